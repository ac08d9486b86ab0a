/// Where the log goes and what it looks like: the logging parameters as one value, for start and
/// for reload.
package struct LogConfiguration: Sendable, Equatable {
    /// `log_error_verbosity`. There is no source location in a record, so `verbose` prints what
    /// `default` prints.
    package enum Verbosity: Sendable, Equatable {
        /// The message only.
        case terse
        /// Message, DETAIL and HINT.
        case `default`
        case verbose
    }

    /// Files instead of standard error (`logging_collector`).
    package struct Collector: Sendable, Equatable {
        package var directory: String
        /// A `strftime` pattern.
        package var filenamePattern: String
        /// 0 switches rotation by age off.
        package var rotationAgeMinutes: Int
        /// 0 switches rotation by size off.
        package var rotationSizeKilobytes: Int
        package var truncatesOnRotation: Bool
        /// Permission bits of new files.
        package var fileMode: UInt32

        package init(
            directory: String = "/tmp/pgpool_logs",
            filenamePattern: String = "pgpool-%Y-%m-%d_%H%M%S.log", rotationAgeMinutes: Int = 1440,
            rotationSizeKilobytes: Int = 10240, truncatesOnRotation: Bool = false,
            fileMode: UInt32 = 0o600
        ) {
            self.directory = directory
            self.filenamePattern = filenamePattern
            self.rotationAgeMinutes = rotationAgeMinutes
            self.rotationSizeKilobytes = rotationSizeKilobytes
            self.truncatesOnRotation = truncatesOnRotation
            self.fileMode = fileMode
        }
    }

    /// Standard error, or the collector's files when there is a collector.
    package var toStandardError: Bool
    package var toSyslog: Bool
    package var linePrefix: String
    /// `log_min_messages`.
    package var severityMin: Severity
    package var verbosity: Verbosity
    package var collector: Collector?
    package var syslogIdent: String
    /// 0...7 for LOCAL0 to LOCAL7.
    package var syslogLocalFacility: Int

    package init(
        toStandardError: Bool = true, toSyslog: Bool = false,
        linePrefix: String = "%m: %a pid %p: ", severityMin: Severity = .warning,
        verbosity: Verbosity = .default, collector: Collector? = nil,
        syslogIdent: String = "pgpool", syslogLocalFacility: Int = 0
    ) {
        self.toStandardError = toStandardError
        self.toSyslog = toSyslog
        self.linePrefix = linePrefix
        self.severityMin = severityMin
        self.verbosity = verbosity
        self.collector = collector
        self.syslogIdent = syslogIdent
        self.syslogLocalFacility = syslogLocalFacility
    }
}
