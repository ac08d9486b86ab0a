/// The answers that a server connection still owes, in the order of the questions. This queue
/// alone decides whether an answer goes to the client or was ours.
package struct OwedReplies: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// The client's Query; settled by ReadyForQuery.
        case query
        /// The client's Sync; settled by ReadyForQuery.
        case sync
        /// The client's FunctionCall; settled by ReadyForQuery.
        case functionCall
        /// The client's Parse; settled by ParseComplete, or skipped up to the next Sync.
        case parse
        /// The client's Close; settled by CloseComplete.
        case close
        /// CopyDone or CopyFail of the client: settles nothing, but Syncs before it are lost when
        /// the server was in COPY (it ignores them there).
        case copyEnd
        /// A Parse that we put in: its ParseComplete is swallowed.
        case insertedParse
        /// A Close that we put in: its CloseComplete is swallowed.
        case insertedClose
        /// A Query of our own: everything up to its ReadyForQuery is swallowed.
        case insertedQuery
        /// A Sync of our own: its ReadyForQuery is swallowed.
        case insertedSync
    }

    private var ring: [Kind] = []
    private var head = 0
    package private(set) var count = 0
    /// How many of them end with a ReadyForQuery.
    package private(set) var readyCount = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    @inline(__always)
    package var first: Kind? { count == 0 ? nil : ring[head] }

    package mutating func append(_ kind: Kind) {
        if count == ring.count { grow() }
        ring[(head &+ count) & (ring.count &- 1)] = kind
        count += 1
        if kind.endsWithReady { readyCount += 1 }
    }

    @discardableResult
    package mutating func removeFirst() -> Kind? {
        guard count > 0 else { return nil }
        let kind = ring[head]
        head = (head &+ 1) & (ring.count &- 1)
        count -= 1
        if kind.endsWithReady { readyCount -= 1 }
        return kind
    }

    package mutating func removeAll() {
        head = 0
        count = 0
        readyCount = 0
    }

    /// Whether any of the answers is the client's.
    package var hasClients: Bool {
        for index in 0..<count where !self[index].isInserted && self[index] != .copyEnd {
            return true
        }
        return false
    }

    /// Makes everything that is owed ours: the answers are swallowed from now on.
    package mutating func disown() {
        for index in 0..<count {
            let slot = (head &+ index) & (ring.count &- 1)
            switch ring[slot] {
            case .query, .functionCall: ring[slot] = .insertedQuery
            case .sync: ring[slot] = .insertedSync
            case .parse: ring[slot] = .insertedParse
            case .close: ring[slot] = .insertedClose
            case .copyEnd, .insertedParse, .insertedClose, .insertedQuery, .insertedSync: break
            }
        }
    }

    /// The server began COPY FROM STDIN. In the extended protocol it ignores every Sync that was
    /// sent between the statement and the end of the data.
    ///
    /// - Returns: whether the end of the data has already been sent.
    package mutating func copyInBegan() -> Bool {
        switch first {
        case .query, .functionCall, .insertedQuery:
            guard count > 1, self[1] == .copyEnd, let statement = removeFirst() else {
                return false
            }
            ring[head] = statement
            readyCount += 1
            return true
        case .sync, .insertedSync, .copyEnd:
            while let next = removeFirst() {
                if next == .copyEnd { return true }
            }
            return false
        case .parse, .close, .insertedParse, .insertedClose, nil:
            return false
        }
    }

    private subscript(index: Int) -> Kind { ring[(head &+ index) & (ring.count &- 1)] }

    private mutating func grow() {
        let larger = max(4, ring.count * 2)
        var fresh: [Kind] = []
        fresh.reserveCapacity(larger)
        for index in 0..<count { fresh.append(ring[(head + index) & (ring.count - 1)]) }
        while fresh.count < larger { fresh.append(.query) }
        ring = fresh
        head = 0
    }

    package static func == (left: OwedReplies, right: OwedReplies) -> Bool {
        left.kinds == right.kinds
    }

    /// All of them in order, for tests and logs.
    package var kinds: [Kind] { (0..<count).map { ring[(head + $0) & (ring.count - 1)] } }
}

extension OwedReplies.Kind {
    package var endsWithReady: Bool {
        switch self {
        case .query, .sync, .functionCall, .insertedQuery, .insertedSync: true
        case .parse, .close, .copyEnd, .insertedParse, .insertedClose: false
        }
    }

    /// Whether the answer is for us.
    package var isInserted: Bool {
        switch self {
        case .insertedParse, .insertedClose, .insertedQuery, .insertedSync: true
        case .query, .sync, .functionCall, .parse, .close, .copyEnd: false
        }
    }
}
