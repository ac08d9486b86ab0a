/// One row of the parameter table: everything the program knows about one parameter.
///
/// Parsing, messages, reload, SHOW, the manual page and the sample file all come from these
/// rows; a new parameter is one property in `Settings` and one row here.
public struct Parameter: Sendable {
    /// Name as in the file, without a node's number.
    public let name: String
    /// Type, unit, range and words.
    public let kind: ParameterKind
    /// Whether a node's number follows the name.
    public let suffix: ParameterSuffix
    /// When a changed value takes effect.
    public let reload: ReloadClass
    /// The Pgpool-II release that brought it; `ownRelease` for our own.
    public let since: String
    /// What the value does in this version.
    public let status: ParameterStatus
    /// One sentence for the manual, the sample file and SHOW.
    public let help: String
    /// More for the manual, in Markdown; empty if the sentence says it all.
    public private(set) var explanation = ""
    /// The value in `settings`; with an index that of the node.
    public let read: @Sendable (_ settings: Settings, _ index: Int?) -> ParameterValue
    /// Stores a value that `kind` accepted.
    public let write:
        @Sendable (_ settings: inout Settings, _ index: Int?, _ value: ParameterValue) -> Void

    /// The row with more for the manual.
    func explained(_ text: String) -> Parameter {
        var row = self
        row.explanation = text
        return row
    }

    /// `since` of a parameter that Pgpool-II does not have.
    public static let ownRelease = "trunkline"

    /// The value a fresh installation has.
    public var defaultValue: ParameterValue { read(Settings(), nil) }

    /// The default as it would stand in the file.
    public var defaultText: String { kind.fileText(defaultValue) }
}

/// A parsed value. Numbers are in the parameter's own unit.
public enum ParameterValue: Sendable, Equatable {
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([String])
    case flags(BackendFlags)
    case redirects([RedirectPreference])
    case dependencies([ObjectDependency])
}

/// Whether a node's number directly follows a parameter's name.
public enum ParameterSuffix: Sendable, Equatable {
    /// `port`
    case none
    /// `backend_port0`; the bare name is an error. The payload is the highest number.
    case required(max: Int)
    /// `connect_timeout0`; the bare name is the value of every node without its own.
    case optional(max: Int)

    /// The highest number, nil if there is none.
    public var indexMax: Int? {
        switch self {
        case .none: nil
        case .required(let max), .optional(let max): max
        }
    }
}

/// When a changed value takes effect.
public enum ReloadClass: String, Sendable, Equatable {
    /// Only at start.
    case startup
    /// At the next reload.
    case reload
    /// As `reload`, and each session may set it for itself (`PGPOOL SET`).
    case session

    /// Whether a reload applies a changed value.
    public var isReloadable: Bool { self != .startup }
}

/// What reads a parameter.
public enum ParameterReader: String, Sendable {
    case listener = "listener"
    case clientAuthentication = "client authentication"
    case pool = "connection pool"
    case nodes = "server connections"
    case log = "log"
    case router = "router"
    case roleCheck = "role and lag check"
    case healthCheck = "health check"
    case failover = "failover"
    case recovery = "recovery"
    case memory = "memory limits"
    case workers = "worker threads"
    case program = "program"
    case pcp = "PCP server"
    case http = "HTTP server"
}

/// What a parameter's value does in this version.
public enum ParameterStatus: Sendable {
    /// It acts.
    case active(ParameterReader)
    /// It does not act.
    case inactive(Inactivity)

    /// What happens when the file sets a parameter that does not act to something other than
    /// its default.
    public enum Inactivity: Sendable {
        /// Named in one start-up warning.
        case warn
        /// As `warn`, but only when the named switch is on: without it the value has no effect
        /// in Pgpool-II either.
        case warnTogetherWith(String)
        /// Named in that warning; this architecture has no use for it, now or later.
        case withoutMeaning
        /// Start is refused: going on would weaken security, consistency or agreement. The
        /// reason completes "because ...".
        case refuse(String)
        /// The parameter acts, but start is refused for these words.
        case refuseWords([String], String, readBy: ParameterReader)
    }
}
