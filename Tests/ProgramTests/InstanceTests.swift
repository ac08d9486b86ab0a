import Operations
import Settings
import Testing
import trunkline

@Suite struct InstanceTests {
    @Test(
        "what stop and reload say about a pid file",
        arguments: [
            (.missing, .problem("could not read pid file")),
            (.empty, .problem("EOF detected while reading pid file \"/p\"")),
            (.process(7, isAlive: false), .problem("could not stop process with pid: 7")),
            (.process(7, isAlive: true), .running(7)),
        ] as [(PidFile.Reading, Instance.Standing)])
    func standing(reading: PidFile.Reading, expected: Instance.Standing) {
        let standing = Instance.standing(reading, path: "/p") {
            "could not stop process with pid: \($0)"
        }
        #expect(standing == expected)
    }

    @Test("a problem of the configuration names its place")
    func problems() {
        let place = ConfigurationLocation(file: "/etc/pgpool.conf", line: 12)
        let problem = ConfigurationProblem(.error, at: place, "bad value", hint: "use 5")
        let atStart = LogRecord(problem, errorsAs: .fatal)
        #expect(atStart.severity == .fatal)
        #expect(atStart.message == "bad value")
        #expect(atStart.detail == "/etc/pgpool.conf, line 12")
        #expect(atStart.hint == "use 5")
        #expect(LogRecord(problem, errorsAs: .warning).severity == .warning)
        let doubt = ConfigurationProblem(.warning, at: place, "odd", detail: "why")
        #expect(LogRecord(doubt, errorsAs: .fatal).severity == .warning)
        #expect(LogRecord(doubt, errorsAs: .fatal).detail == "why\n/etc/pgpool.conf, line 12")
    }
}

@Suite struct LogConfigurationTests {
    @Test("the default settings give the default log")
    func defaults() {
        #expect(LogConfiguration(Settings(), isDebug: false) == LogConfiguration())
    }

    @Test("every logging parameter arrives")
    func everything() {
        var settings = Settings()
        settings.logDestination = ["syslog"]
        settings.logLinePrefix = "%t "
        settings.logMinMessages = .error
        settings.logErrorVerbosity = .terse
        settings.loggingCollector = true
        settings.logDirectory = "/l"
        settings.logFilename = "f"
        settings.logRotationAge = .seconds(7200)
        settings.logRotationSize = 4096
        settings.logTruncateOnRotation = true
        settings.logFileMode = 0o640
        settings.syslogIdent = "proxy"
        settings.syslogFacility = .local3
        let expected = LogConfiguration(
            toStandardError: false, toSyslog: true, linePrefix: "%t ", severityMin: .error,
            verbosity: .terse,
            collector: .init(
                directory: "/l", filenamePattern: "f", rotationAgeMinutes: 120,
                rotationSizeKilobytes: 4, truncatesOnRotation: true, fileMode: 0o640),
            syslogIdent: "proxy", syslogLocalFacility: 3)
        #expect(LogConfiguration(settings, isDebug: false) == expected)
    }

    @Test("-d raises the detail to DEBUG1 and never lowers it")
    func debug() {
        var settings = Settings()
        #expect(LogConfiguration(settings, isDebug: true).severityMin == .debug1)
        settings.logMinMessages = .debug5
        #expect(LogConfiguration(settings, isDebug: true).severityMin == .debug5)
    }
}
