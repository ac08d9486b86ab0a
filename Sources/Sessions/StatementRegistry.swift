/// Which nodes of a session hold what: one bit a node, 0...127.
package struct NodeSet: Equatable, Sendable, BitwiseCopyable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    package init() {}

    package init(_ node: Int) { insert(node) }

    package func contains(_ node: Int) -> Bool {
        node < 64 ? low & bit(node) != 0 : high & bit(node) != 0
    }

    package mutating func insert(_ node: Int) {
        if node < 64 { low |= bit(node) } else { high |= bit(node) }
    }

    package mutating func remove(_ node: Int) {
        if node < 64 { low &= ~bit(node) } else { high &= ~bit(node) }
    }

    package mutating func formUnion(_ other: NodeSet) {
        low |= other.low
        high |= other.high
    }

    package var isEmpty: Bool { low == 0 && high == 0 }

    private func bit(_ node: Int) -> UInt64 { 1 << UInt64(truncatingIfNeeded: node & 63) }
}

/// The prepared statements of one session and which of its server connections know them.
///
/// A session that reads on a standby and later writes on the primary must find its statements
/// there under the client's own names. Each is remembered as the Parse message that made it and
/// prepared again where it is missing, just before it is used.
package struct StatementRegistry: Sendable {
    package struct Entry: Sendable {
        /// The complete Parse message.
        package var parse: [UInt8]
        /// Only reads that any node may run.
        package var isReadOnly: Bool
        /// Nodes that hold this version.
        package var current: NodeSet
        /// Nodes that hold an older version under this name: Close there before Parse.
        package var stale = NodeSet()
        /// The client closed it; the entry remains for the stale nodes' sake.
        package var isClosed = false
    }

    /// What has to go to a server before a message that names a statement.
    package struct Preparation: Equatable, Sendable {
        /// Close the older version first.
        package var closes = false
        /// The Parse message to put in, if any.
        package var parse: [UInt8]?

        package static let none = Preparation()
    }

    private struct Pending: Sendable {
        var name: [UInt8]
        var parse: [UInt8]
        var isReadOnly: Bool
        var node: Int
    }

    private var entries: [[UInt8]: Entry] = [:]
    private var pending: [Pending] = []
    private var pendingHead = 0

    package init() {}

    /// Named and unnamed statements that the client can use.
    package var count: Int { entries.count }

    /// Whether nothing is known: then messages need not be looked at.
    package var isEmpty: Bool { entries.isEmpty && pending.count == pendingHead }

    /// Whether a statement is known to be a certain read; nil where we do not know the name.
    package func isReadOnly(_ name: [UInt8]) -> Bool? {
        var index = pending.count
        while index > pendingHead {
            index -= 1
            if pending[index].name == name { return pending[index].isReadOnly }
        }
        guard let entry = entries[name], !entry.isClosed else { return nil }
        return entry.isReadOnly
    }

    /// A Bind, Describe, Close or Parse that names `name` is about to go to `node`.
    package mutating func prepare(_ name: [UInt8], on node: Int) -> Preparation {
        for index in pendingHead..<pending.count where pending[index].name == name { return .none }
        guard var entry = entries[name], !name.isEmpty || !entry.isClosed else { return .none }
        var preparation = Preparation()
        if entry.stale.contains(node) {
            preparation.closes = true
            entry.stale.remove(node)
        }
        if !entry.isClosed, !entry.current.contains(node) {
            preparation.parse = entry.parse
            entry.current.insert(node)
        }
        entries[name] = entry
        return preparation
    }

    /// The client's Parse went to `node`; ``parseSucceeded()`` or ``parsesFailed()`` follows.
    package mutating func parseSent(
        _ name: [UInt8], _ parse: [UInt8], isReadOnly: Bool, node: Int
    ) {
        pending.append(Pending(name: name, parse: parse, isReadOnly: isReadOnly, node: node))
    }

    /// The oldest Parse on its way was confirmed.
    package mutating func parseSucceeded() {
        guard pendingHead < pending.count else { return }
        let made = pending[pendingHead]
        pendingHead += 1
        settlePending()
        var entry = Entry(
            parse: made.parse, isReadOnly: made.isReadOnly, current: NodeSet(made.node))
        // Unnamed statements are replaced without a Close: no node is stale for them.
        if let old = entries[made.name], !made.name.isEmpty {
            entry.stale = old.stale
            entry.stale.formUnion(old.current)
            entry.stale.remove(made.node)
        }
        entries[made.name] = entry
    }

    /// Parses on their way were skipped or refused: they never happened.
    package mutating func parsesFailed() {
        for index in pendingHead..<pending.count where pending[index].name.isEmpty {
            // A failed Parse of the unnamed statement has dropped the old one.
            entries[[]] = nil
        }
        pendingHead = pending.count
        settlePending()
    }

    /// The client closed a statement on `node`.
    package mutating func closed(_ name: [UInt8], on node: Int) {
        guard var entry = entries[name] else { return }
        entry.current.remove(node)
        entry.stale.formUnion(entry.current)
        entry.stale.remove(node)
        entry.current = NodeSet()
        entry.isClosed = true
        entry.parse = []
        entries[name] = entry.stale.isEmpty || name.isEmpty ? nil : entry
    }

    /// `DISCARD ALL` or `DEALLOCATE ALL` ran on `node`.
    package mutating func deallocatedAll(on node: Int) {
        for name in Array(entries.keys) { closed(name, on: node) }
    }

    /// A server connection ended: the statements on it are gone.
    package mutating func lost(_ node: Int) {
        for name in Array(entries.keys) {
            entries[name]?.current.remove(node)
            entries[name]?.stale.remove(node)
        }
    }

    private mutating func settlePending() {
        guard pendingHead == pending.count else { return }
        pending.removeAll(keepingCapacity: true)
        pendingHead = 0
    }
}
