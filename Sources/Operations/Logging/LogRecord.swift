/// Severities in Pgpool-II's order; `log` sorts above `error` only for clients, never in the log
/// (PostgreSQL's `is_log_level_output`).
package enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case debug5, debug4, debug3, debug2, debug1, info, notice, warning, error, log, fatal, panic

    package static func < (left: Severity, right: Severity) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The word printed in front of the message: all five debug levels print as `DEBUG`.
    package var word: StaticString {
        switch self {
        case .debug5, .debug4, .debug3, .debug2, .debug1: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .log: "LOG"
        case .fatal: "FATAL"
        case .panic: "PANIC"
        }
    }

    /// The syslog priority that PostgreSQL and Pgpool-II use for this severity.
    package var syslogPriority: Int32 {
        switch self {
        case .debug5, .debug4, .debug3, .debug2, .debug1: 7
        case .log, .info: 6
        case .notice, .warning: 5
        case .error: 4
        case .fatal: 3
        case .panic: 2
        }
    }
}

/// One entry for the log: what happened, to whom, and what to do about it.
package struct LogRecord: Sendable, Equatable {
    package var severity: Severity
    package var message: String
    package var detail: String?
    package var hint: String?
    /// Pgpool-II's process kind, printed for `%P` and, without a client, for `%a`:
    /// `main`, `child`, `sr_check_worker` ... (config-files reference, section 1.11).
    package var process: String
    package var application: String?
    package var user: String?
    package var database: String?
    /// What `%p` prints: the virtual pid of a client session, or 0 for the process's own.
    package var processID: Int32

    package init(
        _ severity: Severity, _ message: String, detail: String? = nil, hint: String? = nil,
        process: String = "main", application: String? = nil, user: String? = nil,
        database: String? = nil, processID: Int32 = 0
    ) {
        self.severity = severity
        self.message = message
        self.detail = detail
        self.hint = hint
        self.process = process
        self.application = application
        self.user = user
        self.database = database
        self.processID = processID
    }

    /// Bytes of text held while the record waits for the writer.
    var textLength: Int {
        message.utf8.count + (detail?.utf8.count ?? 0) + (hint?.utf8.count ?? 0)
    }
}
