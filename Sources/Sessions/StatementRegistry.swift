public import SQLSyntax

/// Which nodes of a session hold what: one bit a node, 0...127.
public struct NodeSet: Equatable, Sendable, BitwiseCopyable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    public init() {}

    public init(_ node: Int) { insert(node) }

    public func contains(_ node: Int) -> Bool {
        node < 64 ? low & bit(node) != 0 : high & bit(node) != 0
    }

    public mutating func insert(_ node: Int) {
        if node < 64 { low |= bit(node) } else { high |= bit(node) }
    }

    public mutating func remove(_ node: Int) {
        if node < 64 { low &= ~bit(node) } else { high &= ~bit(node) }
    }

    public mutating func formUnion(_ other: NodeSet) {
        low |= other.low
        high |= other.high
    }

    public var isEmpty: Bool { low == 0 && high == 0 }

    private func bit(_ node: Int) -> UInt64 { 1 << UInt64(truncatingIfNeeded: node & 63) }
}

/// The prepared statements of one session and which of its server connections know them.
///
/// A session that reads on a standby and later writes on the primary must find its statements
/// there under the client's own names. Each is remembered as the Parse message that made it and
/// prepared again where it is missing, just before it is used.
///
/// What SQL's own PREPARE made is remembered as its text and prepared again by that, which is a
/// message of its own: not within a segment.
///
/// Nothing is believed before the server confirmed it: every Parse and Close that goes out, the
/// client's and ours, waits in a queue in the order of ``ServerMachine``'s. The queue belongs to
/// one node, because a session changes nodes only when nothing is owed.
public struct StatementRegistry: Sendable {
    private struct Entry: Sendable {
        /// The complete Parse message, or the text of the PREPARE.
        var parse: [UInt8]
        /// What its text is; nil where PREPARE made it.
        var analysis: StatementAnalysis?
        /// Nodes that hold this version.
        var current = NodeSet()
        /// Nodes that hold an older version under this name: Close there before Parse.
        var stale = NodeSet()
        /// The client closed it; the entry remains for the stale nodes' sake.
        var isClosed = false

        /// PREPARE made it, and it is not closed.
        var isText: Bool { analysis == nil && !isClosed }

        /// Nodes that hold any version.
        var holders: NodeSet {
            var holders = stale
            holders.formUnion(current)
            return holders
        }
    }

    /// What has to go to a server before a message that names a statement.
    public struct Preparation: Equatable, Sendable {
        /// Close the older version first.
        public var closes = false
        /// The Parse message to put in, if any.
        public var parse: [UInt8]?
        /// The PREPARE to send as a Query, if any.
        public var text: [UInt8]?

        public init(closes: Bool = false, parse: [UInt8]? = nil, text: [UInt8]? = nil) {
            self.closes = closes
            self.parse = parse
            self.text = text
        }

        public static let none = Preparation()
    }

    private enum Change: Sendable {
        /// The client's Parse.
        case parse([UInt8], analysis: StatementAnalysis)
        /// The client's Close.
        case close
        /// A Parse or PREPARE of ours: the node catches up.
        case catchUp
        /// A Close of ours: the node loses its older version.
        case clear
        /// The Close of a portal, or a message that nobody could read.
        case nothing
    }

    private struct Pending: Sendable {
        var name: [UInt8]
        var change: Change
        var node: Int

        /// It is about the statement of its name.
        var isChange: Bool {
            switch change {
            case .parse, .close, .catchUp, .clear: true
            case .nothing: false
            }
        }

        /// It is the client's own and about the statement of its name.
        var isClients: Bool {
            switch change {
            case .parse, .close: true
            case .catchUp, .clear, .nothing: false
            }
        }
    }

    private var named: [[UInt8]: Entry] = [:]
    /// Of the statements that PREPARE made: how many there are, and the bytes of their texts.
    public private(set) var textCount = 0
    public private(set) var textByteCount = 0
    /// The named statement that was used last: most messages name it again.
    public private(set) var recentName: [UInt8] = []
    /// Where in the table that one is; nil = not known.
    private var recent: [[UInt8]: Entry].Index?
    /// The unnamed statement, which most drivers use for everything: kept apart from the table.
    private var unnamed: Entry?
    private var pending: [Pending] = []
    private var pendingHead = 0
    /// Where in `pending` names are, once it is long; see ``comparedMax``.
    private var places: [[UInt8]: Place] = [:]
    private var hasPlaces = false

    private struct Place: Sendable {
        /// Changes of the statement that are on their way.
        var count = 0
        /// The last Parse or Close of the client's, which may have been answered.
        var last = -1
    }

    /// So many pending changes are looked through one by one.
    private static let comparedMax = 32

    public init() {}

    /// Statements that are remembered, closed ones that some node still holds included.
    public var count: Int { named.count + (unnamed == nil ? 0 : 1) }

    /// Whether nothing is known: then messages need not be looked at.
    public var isEmpty: Bool { named.isEmpty && unnamed == nil && pending.isEmpty }

    /// Whether a session that stays on `node` needs no registry any more: the node has the current
    /// version of everything, and nothing is on its way.
    public func isComplete(on node: Int) -> Bool {
        guard pending.isEmpty else { return false }
        func isThere(_ entry: Entry) -> Bool {
            !entry.stale.contains(node) && (entry.isClosed || entry.current.contains(node))
        }
        return unnamed.map(isThere) ?? true && named.values.allSatisfy(isThere)
    }

    /// Named statements whose current version `node` lacks, or which it holds in an older one.
    public func missing(on node: Int) -> [[UInt8]] {
        named.compactMap { name, entry in
            let isStale = entry.stale.contains(node)
            let isMissing = !entry.isClosed && !entry.current.contains(node)
            return isStale || isMissing ? name : nil
        }
    }

    /// A statement as the client sees it now; nil where we do not know the name.
    public mutating func statement(
        _ name: [UInt8]
    ) -> (parse: [UInt8], analysis: StatementAnalysis)? {
        if let change = pendingChange(of: name) {
            guard case .parse(let parse, let analysis) = change else { return nil }
            return (parse, analysis)
        }
        noteUse(name)
        guard let entry = entry(name), !entry.isClosed, let analysis = entry.analysis else {
            return nil
        }
        return (entry.parse, analysis)
    }

    /// Whether PREPARE made the statement of this name.
    public func isText(_ name: [UInt8]) -> Bool {
        textCount > 0 && named[name]?.isText == true
    }

    /// The names of all that PREPARE made.
    public var textNames: [[UInt8]] {
        textCount == 0 ? [] : named.compactMap { $0.value.isText ? $0.key : nil }
    }

    // MARK: What is sent

    /// A Bind, Describe or named Parse that names `name` is about to go to `node`; what is
    /// returned goes before it.
    public mutating func prepare(_ name: [UInt8], on node: Int) -> Preparation {
        // What is on its way has put the node up to date.
        if isPending(name) { return .none }
        noteUse(name)
        guard let entry = entry(name) else { return .none }
        var preparation = Preparation()
        // A Parse of the unnamed statement replaces the older one by itself.
        if entry.stale.contains(node), !name.isEmpty || entry.isClosed {
            preparation.closes = true
            append(Pending(name: name, change: .clear, node: node))
        }
        if !entry.isClosed, !entry.current.contains(node) {
            if entry.isText {
                preparation.text = entry.parse
            } else {
                preparation.parse = entry.parse
            }
            append(Pending(name: name, change: .catchUp, node: node))
        }
        return preparation
    }

    /// The client's Parse, the complete message, goes to `node`.
    public mutating func parseSent(
        _ name: [UInt8], _ parse: [UInt8], analysis: StatementAnalysis, node: Int
    ) {
        append(Pending(name: name, change: .parse(parse, analysis: analysis), node: node))
    }

    /// The client's Parse, the complete message, was answered without a server: it goes to each
    /// node that needs it. Nothing may be on its way.
    public mutating func parsedNowhere(
        _ name: [UInt8], _ parse: [UInt8], analysis: StatementAnalysis
    ) {
        store(name, Entry(parse: parse, analysis: analysis, stale: holders(name)))
    }

    /// `PREPARE name` succeeded on `node`; `text` is the statement alone.
    public mutating func prepared(_ name: [UInt8], text: [UInt8], on node: Int) {
        var stale = holders(name)
        stale.remove(node)
        store(name, Entry(parse: text, analysis: nil, current: NodeSet(node), stale: stale))
    }

    /// `DEALLOCATE name` succeeded on `node`.
    public mutating func deallocated(_ name: [UInt8], on node: Int) { closed(name, on: node) }

    /// The client's Close of a statement goes to `node`.
    public mutating func closeSent(_ name: [UInt8], node: Int) {
        append(Pending(name: name, change: .close, node: node))
    }

    /// The client's Close of a portal goes to `node`, or a Parse or Close that was not read.
    public mutating func otherSent(node: Int) {
        append(Pending(name: [], change: .nothing, node: node))
    }

    // MARK: What came of it

    /// ``ServerMachine/Effect/statementSettled``.
    public mutating func settled() {
        guard let done = takePending() else { return }
        switch done.change {
        case .parse(let parse, let analysis): parsed(done, parse, analysis)
        case .close: closed(done.name, on: done.node)
        case .catchUp:
            change(done.name) { entry in
                entry.current.insert(done.node)
                entry.stale.remove(done.node)
            }
        case .clear:
            change(done.name) { $0.stale.remove(done.node) }
            forget(done.name)
        case .nothing: break
        }
    }

    /// ``ServerMachine/Effect/clientError``: what did not happen.
    public mutating func refused(_ refusal: ServerMachine.Refusal) {
        for index in 0..<max(refusal.statementCount, 0) {
            guard let skipped = takePending() else { return }
            // A Parse of the unnamed statement drops the old one before it fails.
            if index == 0, refusal.isFirstTried, skipped.name.isEmpty {
                switch skipped.change {
                case .parse: closed([], on: skipped.node)
                case .catchUp: unnamed?.stale.remove(skipped.node)
                case .close, .clear, .nothing: break
                }
            }
        }
    }

    private mutating func parsed(
        _ done: Pending, _ parse: [UInt8], _ analysis: StatementAnalysis
    ) {
        var stale = holders(done.name)
        stale.remove(done.node)
        store(
            done.name,
            Entry(
                parse: parse, analysis: analysis, current: NodeSet(done.node), stale: stale))
    }

    private mutating func closed(_ name: [UInt8], on node: Int) {
        guard var entry = entry(name) else { return }
        entry.stale.formUnion(entry.current)
        entry.stale.remove(node)
        entry.current = NodeSet()
        entry.isClosed = true
        entry.parse = []
        store(name, entry)
        forget(name)
    }

    /// A closed statement that no node holds any more needs no entry.
    private mutating func forget(_ name: [UInt8]) {
        guard let entry = entry(name), entry.isClosed, entry.stale.isEmpty else { return }
        store(name, nil)
    }

    /// `DISCARD ALL` or `DEALLOCATE ALL` ran on `node`.
    public mutating func deallocatedAll(on node: Int) {
        for name in names { closed(name, on: node) }
    }

    /// A server connection ended: the statements on it are gone, and so is what was on its way.
    public mutating func lost(_ node: Int) {
        pending.removeSubrange(..<pendingHead)
        pendingHead = 0
        pending.removeAll { $0.node == node }
        hasPlaces = false
        places = [:]
        findPlaces()
        for name in names {
            change(name) { entry in
                entry.current.remove(node)
                entry.stale.remove(node)
            }
            forget(name)
        }
    }

    // MARK: Entries

    private var names: [[UInt8]] { (unnamed == nil ? [] : [[]]) + named.keys }

    private func entry(_ name: [UInt8]) -> Entry? {
        if name.isEmpty { return unnamed }
        if let recent, recentName == name { return named.values[recent] }
        return named[name]
    }

    private func holders(_ name: [UInt8]) -> NodeSet {
        let holders = name.isEmpty ? unnamed?.holders : named[name]?.holders
        return holders ?? NodeSet()
    }

    private mutating func store(_ name: [UInt8], _ entry: Entry?) {
        if name.isEmpty { return unnamed = entry }
        recent = nil
        if textCount > 0, let old = named[name], old.isText { countText(old, -1) }
        if let entry, entry.isText { countText(entry, 1) }
        named[name] = entry
    }

    private mutating func countText(_ entry: Entry, _ direction: Int) {
        textCount += direction
        textByteCount += direction * entry.parse.count
    }

    private mutating func noteUse(_ name: [UInt8]) {
        if name.isEmpty || recent != nil && recentName == name { return }
        recentName = name
        recent = named.index(forKey: name)
    }

    private mutating func change(_ name: [UInt8], _ body: (inout Entry) -> Void) {
        guard var entry = entry(name) else { return }
        body(&entry)
        store(name, entry)
    }

    private mutating func takePending() -> Pending? {
        guard pendingHead < pending.count else { return nil }
        guard pendingHead < pending.count - 1 else {
            // The last one is moved, not copied.
            let last = pending.popLast()
            pending.removeAll(keepingCapacity: true)
            pendingHead = 0
            if hasPlaces {
                hasPlaces = false
                places = [:]
            }
            return last
        }
        let first = pending[pendingHead]
        pendingHead += 1
        if hasPlaces, first.isChange { places[first.name]?.count -= 1 }
        return first
    }

    // MARK: On the way

    private mutating func append(_ change: Pending) {
        pending.append(change)
        if hasPlaces { return place(pending.count - 1) }
        findPlaces()
    }

    private mutating func findPlaces() {
        guard pending.count - pendingHead > Self.comparedMax else { return }
        hasPlaces = true
        for position in pendingHead..<pending.count { place(position) }
    }

    private mutating func place(_ position: Int) {
        let change = pending[position]
        guard change.isChange else { return }
        var place = places[change.name] ?? Place()
        place.count += 1
        if change.isClients { place.last = position }
        places[change.name] = place
    }

    private func isPending(_ name: [UInt8]) -> Bool {
        if hasPlaces { return places[name].map { $0.count > 0 } ?? false }
        return pending[pendingHead...].contains { $0.name == name && $0.isChange }
    }

    /// The client's last Parse or Close of the name that is on its way.
    private func pendingChange(of name: [UInt8]) -> Change? {
        if hasPlaces {
            guard let last = places[name]?.last, last >= pendingHead else { return nil }
            return pending[last].change
        }
        return pending[pendingHead...].last { $0.name == name && $0.isClients }?.change
    }
}
