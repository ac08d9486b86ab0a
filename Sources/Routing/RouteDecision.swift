/// Transaction state of a session as ReadyForQuery reports it ('I', 'T', 'E').
package enum TransactionStatus: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case idle
    case inTransaction
    case failed
}

/// Where a statement goes and why.
package struct RouteDecision: BitwiseCopyable, Equatable, Sendable {
    package enum Target: UInt8, BitwiseCopyable, Sendable {
        /// The node that `RoutingTopology.reader(random:)` gives; it may be the primary.
        case reader
        case primary
    }

    package var target: Target
    package var reason: RouteReason

    package init(target: Target, reason: RouteReason) {
        self.target = target
        self.reason = reason
    }
}

/// Why a statement went where it went. Words are stable: logs, counters and JSON carry them.
package enum RouteReason: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A read outside a transaction of a session that can move.
    case balancedRead
    /// The mode has one node for everything.
    case rawMode
    case loadBalanceOff
    /// Inside an explicit transaction, which runs on the primary as a whole.
    case insideTransaction
    /// Begins a transaction, or ends or marks one that is not open.
    case transactionControl
    /// An earlier statement of the session bound it to the primary.
    case sessionPinned
    /// This statement writes or leaves state behind, and binds the session to the primary.
    case pinsSession
    /// A harmless read whose answer depends on the node: the primary gives it.
    case primaryOnlyRead

    /// Stable word for JSON, logs and counters.
    package var word: String {
        switch self {
        case .balancedRead: "balanced_read"
        case .rawMode: "raw_mode"
        case .loadBalanceOff: "load_balance_off"
        case .insideTransaction: "inside_transaction"
        case .transactionControl: "transaction_control"
        case .sessionPinned: "session_pinned"
        case .pinsSession: "pins_session"
        case .primaryOnlyRead: "primary_only_read"
        }
    }

    /// One English sentence for a person.
    package var sentence: String {
        switch self {
        case .balancedRead: "Reads outside transactions are spread over the nodes by weight."
        case .rawMode: "In raw mode everything goes to the main node."
        case .loadBalanceOff: "load_balance_mode is off."
        case .insideTransaction: "Explicit transactions run on the primary as a whole."
        case .transactionControl: "Transactions run on the primary."
        case .sessionPinned: "An earlier statement bound the session to the primary."
        case .pinsSession: "From here on the session stays on the primary."
        case .primaryOnlyRead: "The primary answers it; the session can still move."
        }
    }
}
