package import SQLSyntax

/// What routing remembers of one session: a few bytes, no heap.
///
/// Ask `route` once for each Query or Parse message, in order, before it is sent. Binding to the
/// primary is remembered at once, before the statement succeeds: a statement that fails may still
/// have changed something.
package struct SessionRoute: BitwiseCopyable, Equatable, Sendable {
    /// The session stays on the primary until it ends.
    package private(set) var isPinned: Bool
    private var chosenReader: Int32

    package init() {
        self.isPinned = false
        self.chosenReader = -1
    }

    /// Decides one message.
    ///
    /// - Parameter transaction: status when the message will run: that of the last ReadyForQuery if
    ///   nothing is outstanding. With messages outstanding pass `.inTransaction` if they may have
    ///   begun one.
    package mutating func route(
        _ analysis: StatementAnalysis, transaction: TransactionStatus, topology: RoutingTopology
    ) -> RouteDecision {
        let wasPinned = self.isPinned
        if !analysis.keepsSessionMovable { self.isPinned = true }
        if topology.mode == .raw { return RouteDecision(target: .primary, reason: .rawMode) }
        if wasPinned { return RouteDecision(target: .primary, reason: .sessionPinned) }
        if self.isPinned { return RouteDecision(target: .primary, reason: .pinsSession) }
        if transaction != .idle {
            return RouteDecision(target: .primary, reason: .insideTransaction)
        }
        if analysis.isTransactionControl {
            return RouteDecision(target: .primary, reason: .transactionControl)
        }
        guard analysis.isReadOnly else {
            return RouteDecision(target: .primary, reason: .primaryOnlyRead)
        }
        guard topology.loadBalance else {
            return RouteDecision(target: .primary, reason: .loadBalanceOff)
        }
        return RouteDecision(target: .reader, reason: .balancedRead)
    }

    /// The node for a decision, or nil when no node may take it now.
    ///
    /// The reader is chosen at the first read and kept, unless it stopped taking reads or the
    /// topology asks for a choice per statement.
    ///
    /// - Parameter random: 32 uniformly distributed bits, used only when a choice is made.
    package mutating func node(
        for decision: RouteDecision, topology: RoutingTopology, random: UInt32
    ) -> Int? {
        switch decision.target {
        case .primary: return topology.writer
        case .reader:
            let kept = Int(self.chosenReader)
            if kept >= 0, !topology.statementLevel, topology.mayRead(from: kept) { return kept }
            let chosen = topology.reader(random: UInt64(random))
            self.chosenReader = chosen.flatMap { Int32(exactly: $0) } ?? -1
            return chosen
        }
    }

    /// The node that reads go to; nil before the first.
    package var reader: Int? { self.chosenReader < 0 ? nil : Int(self.chosenReader) }

    /// Keeps the reader that a copy of this value has chosen, and nothing else of it: for a
    /// message that has to wait for a connection there and is decided anew when it has one.
    package mutating func keepReader(of other: SessionRoute) {
        self.chosenReader = other.chosenReader
    }

    /// Binds the session to the primary for a cause that no statement text shows: a function call
    /// message, a replication connection, a failed read that was repeated there.
    package mutating func pin() { self.isPinned = true }
}
