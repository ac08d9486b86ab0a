package import Operations
package import Settings

extension LogConfiguration {
    /// The logging parameters of a configuration, and `-d` of the command line.
    package init(_ settings: Settings, isDebug: Bool) {
        let level = Severity(settings.logMinMessages)
        self.init(
            toStandardError: settings.logDestination.contains("stderr"),
            toSyslog: settings.logDestination.contains("syslog"),
            linePrefix: settings.logLinePrefix,
            severityMin: isDebug ? min(level, .debug1) : level,
            verbosity: Verbosity(settings.logErrorVerbosity),
            collector: settings.loggingCollector ? Collector(settings) : nil,
            syslogIdent: settings.syslogIdent,
            syslogLocalFacility: SyslogFacility.allCases.firstIndex(of: settings.syslogFacility)
                ?? 0)
    }
}

extension LogConfiguration.Collector {
    init(_ settings: Settings) {
        self.init(
            directory: settings.logDirectory, filenamePattern: settings.logFilename,
            rotationAgeMinutes: Int(settings.logRotationAge.components.seconds / 60),
            rotationSizeKilobytes: Int(settings.logRotationSize / 1024),
            truncatesOnRotation: settings.logTruncateOnRotation,
            fileMode: UInt32(truncatingIfNeeded: settings.logFileMode))
    }
}

extension LogConfiguration.Verbosity {
    init(_ choice: LogErrorVerbosity) {
        switch choice {
        case .terse: self = .terse
        case .standard: self = .default
        case .verbose: self = .verbose
        }
    }
}

extension Severity {
    package init(_ level: MessageLevel) {
        switch level {
        case .debug5: self = .debug5
        case .debug4: self = .debug4
        case .debug3: self = .debug3
        case .debug2: self = .debug2
        case .debug1: self = .debug1
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .log: self = .log
        case .fatal: self = .fatal
        case .panic: self = .panic
        }
    }
}
