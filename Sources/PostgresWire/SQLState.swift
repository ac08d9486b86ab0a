/// The SQLSTATEs that we answer with or look for (PostgreSQL documentation, appendix A).
public struct SQLState: Equatable, Hashable, Sendable {
    public let code: String

    public init(_ code: String) { self.code = code }

    public static let successfulCompletion = SQLState("00000")
    public static let connectionException = SQLState("08000")
    public static let connectionFailure = SQLState("08006")
    public static let cannotConnectNow = SQLState("57P03")
    public static let connectionRefusedByServer = SQLState("08004")
    public static let protocolViolation = SQLState("08P01")
    public static let noUsableNode = SQLState("08S01")
    public static let featureNotSupported = SQLState("0A000")
    public static let invalidAuthorization = SQLState("28000")
    public static let invalidPassword = SQLState("28P01")
    public static let outOfMemory = SQLState("53200")
    public static let tooManyConnections = SQLState("53300")
    public static let programLimitExceeded = SQLState("54000")
    public static let queryCanceled = SQLState("57014")
    public static let adminShutdown = SQLState("57P01")
    public static let crashShutdown = SQLState("57P02")
    public static let operatorIntervention = SQLState("57000")
    public static let idleSessionTimeout = SQLState("57P05")
    public static let transactionResolutionUnknown = SQLState("08007")
    public static let serializationFailure = SQLState("40001")
    public static let inFailedTransaction = SQLState("25P02")
    public static let internalError = SQLState("XX000")
}

/// What a client is told when something went wrong: the one shape behind every ErrorResponse and
/// NoticeResponse that we make ourselves.
public struct ServerReport: Equatable, Sendable {
    public enum Severity: String, Sendable {
        case error = "ERROR"
        case fatal = "FATAL"
        case notice = "NOTICE"
        case warning = "WARNING"
    }

    public var severity: Severity
    public var state: SQLState
    public var message: String
    public var detail: String?
    public var hint: String?

    public init(
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
