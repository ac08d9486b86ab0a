/// What becomes of a request, and why.
public struct RouteDecision: BitwiseCopyable, Equatable, Sendable {
    public enum Action: UInt8, BitwiseCopyable, Sendable, CaseIterable {
        /// It goes to the node that serves the session's reads; that may be the primary. A
        /// transaction that is held begins there.
        case reader
        /// It goes to the primary. A transaction that is held begins there.
        case primary
        /// It goes where the open transaction is.
        case home
        /// The transaction moves from its standby to the primary first.
        case move
        /// Answered without a server: BEGIN, or modes of a transaction that no server knows of yet.
        case hold
        /// Answered without a server: the end of a transaction that no server knows of.
        case finish
        /// Refused: its transaction cannot leave its standby, where it would do something else than
        /// on the primary. The transaction goes on.
        case refuse
    }

    public var action: Action
    public var reason: RouteReason

    public init(_ action: Action, _ reason: RouteReason) {
        self.action = action
        self.reason = reason
    }
}

/// Why a statement went where it went. Words are stable: logs, counters and JSON carry them.
public enum RouteReason: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A read outside a transaction of a session that can move.
    case balancedRead
    /// The mode has one node for everything.
    case rawMode
    /// Nobody but the primary could get reads.
    case loadBalanceOff
    /// A read of a transaction that a standby can serve.
    case transactionOnStandby
    /// The transaction is on the primary.
    case transactionOnPrimary
    /// BEGIN waits for the first statement to decide where.
    case transactionHeld
    /// Ends a transaction in which nothing was asked.
    case nothingToEnd
    /// The transaction's modes need the primary.
    case transactionModes
    /// Only the primary can do it, and its transaction has to stay on a standby.
    case standbyCannot
    /// Begins a transaction that is not held, or ends or marks one that is not open.
    case transactionControl
    /// Changes what the session carries: the primary checks it, other nodes follow.
    case sessionControl
    /// An earlier statement of the session bound it to the primary.
    case sessionPinned
    /// This statement leaves state behind that only its connection has.
    case pinsSession
    /// A harmless read whose answer depends on the node: the primary gives it.
    case primaryOnlyRead
    /// Writes, may write, or is not understood.
    case writes
    /// `disable_load_balance_on_write`.
    case afterWrite
    /// The same statement reads the time of its transaction, which must not change with a move.
    case transactionTime
    /// A cursor or portal stays open, which could not move with its transaction.
    case cursorStaysOpen
    /// A steering comment forbids another node.
    case steeringComment
    /// `primary_routing_query_pattern_list`.
    case patternListed
    /// The catalog says that a standby cannot serve it.
    case catalog
    /// The catalog did not tell in time.
    case catalogUnknown
    /// No standby is known to have the session's own writes yet.
    case ownWrites
    /// The session's standby is too far behind, unusable or has no share, and nobody replaces it.
    case standbyDelayed
    /// A standby refused it or was lost: the primary is asked.
    case repeatedRead

    /// Stable word for JSON, logs and counters.
    public var word: String {
        switch self {
        case .balancedRead: "balanced_read"
        case .rawMode: "raw_mode"
        case .loadBalanceOff: "load_balance_off"
        case .transactionOnStandby: "transaction_on_standby"
        case .transactionOnPrimary: "transaction_on_primary"
        case .transactionHeld: "transaction_held"
        case .nothingToEnd: "nothing_to_end"
        case .transactionModes: "transaction_modes"
        case .standbyCannot: "standby_cannot"
        case .transactionControl: "transaction_control"
        case .sessionControl: "session_control"
        case .sessionPinned: "session_pinned"
        case .pinsSession: "pins_session"
        case .primaryOnlyRead: "primary_only_read"
        case .writes: "writes"
        case .afterWrite: "after_write"
        case .transactionTime: "transaction_time"
        case .cursorStaysOpen: "cursor_stays_open"
        case .steeringComment: "steering_comment"
        case .patternListed: "pattern_listed"
        case .catalog: "catalog"
        case .catalogUnknown: "catalog_unknown"
        case .ownWrites: "own_writes"
        case .standbyDelayed: "standby_delayed"
        case .repeatedRead: "repeated_read"
        }
    }

    /// One English sentence for a person.
    public var sentence: String {
        switch self {
        case .balancedRead: "Reads outside transactions are spread over the nodes by weight."
        case .rawMode: "In raw mode everything goes to the main node."
        case .loadBalanceOff:
            "Reads are not spread: load_balance_mode is off or no standby has a weight."
        case .transactionOnStandby: "The transaction has only read so far."
        case .transactionOnPrimary: "The transaction is on the primary."
        case .transactionHeld: "The first statement of the transaction decides where it runs."
        case .nothingToEnd: "Nothing was asked in the transaction: no node knows of it."
        case .transactionModes: "A standby cannot run a transaction of these modes."
        case .standbyCannot:
            "Only the primary can do it, and the transaction has to stay on its standby."
        case .transactionControl: "It controls a transaction that runs on the primary."
        case .sessionControl: "The primary checks it; the session's other nodes follow."
        case .sessionPinned: "An earlier statement bound the session to the primary."
        case .pinsSession: "From here on the session stays on the primary."
        case .primaryOnlyRead: "The primary answers it; the session can still move."
        case .writes: "Only the primary takes writes."
        case .afterWrite: "disable_load_balance_on_write keeps it on the primary."
        case .transactionTime:
            "It reads the transaction's time, which would change if the transaction moved."
        case .cursorStaysOpen: "A cursor stays open, which could not move with the transaction."
        case .steeringComment: "A comment in it forbids load balancing."
        case .patternListed: "It matches primary_routing_query_pattern_list."
        case .catalog: "The catalog says that a standby cannot serve it."
        case .catalogUnknown: "What the catalog says of it was not known in time."
        case .ownWrites: "No standby is known to have the session's own writes yet."
        case .standbyDelayed: "The session's standby is too far behind."
        case .repeatedRead: "A standby could not answer it."
        }
    }
}
