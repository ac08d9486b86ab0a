/// The SQLSTATEs that we answer with or look for (PostgreSQL documentation, appendix A).
package struct SQLState: Equatable, Hashable, Sendable {
    package let code: String

    package init(_ code: String) { self.code = code }

    package static let successfulCompletion = SQLState("00000")
    package static let connectionException = SQLState("08000")
    package static let connectionFailure = SQLState("08006")
    package static let cannotConnectNow = SQLState("57P03")
    package static let connectionRefusedByServer = SQLState("08004")
    package static let protocolViolation = SQLState("08P01")
    package static let noUsableNode = SQLState("08S01")
    package static let featureNotSupported = SQLState("0A000")
    package static let invalidAuthorization = SQLState("28000")
    package static let invalidPassword = SQLState("28P01")
    package static let outOfMemory = SQLState("53200")
    package static let tooManyConnections = SQLState("53300")
    package static let programLimitExceeded = SQLState("54000")
    package static let queryCanceled = SQLState("57014")
    package static let adminShutdown = SQLState("57P01")
    package static let crashShutdown = SQLState("57P02")
    package static let operatorIntervention = SQLState("57000")
    package static let idleSessionTimeout = SQLState("57P05")
    package static let transactionResolutionUnknown = SQLState("08007")
    package static let serializationFailure = SQLState("40001")
    package static let inFailedTransaction = SQLState("25P02")
    package static let internalError = SQLState("XX000")
}

/// What a client is told when something went wrong: the one shape behind every ErrorResponse and
/// NoticeResponse that we make ourselves.
package struct ServerReport: Equatable, Sendable {
    package enum Severity: String, Sendable {
        case error = "ERROR"
        case fatal = "FATAL"
        case notice = "NOTICE"
        case warning = "WARNING"
    }

    package var severity: Severity
    package var state: SQLState
    package var message: String
    package var detail: String?
    package var hint: String?

    package init(
        _ severity: Severity, _ state: SQLState, _ message: String, detail: String? = nil,
        hint: String? = nil
    ) {
        self.severity = severity
        self.state = state
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}
