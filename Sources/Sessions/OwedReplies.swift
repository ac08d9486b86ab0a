/// The answers that a server connection still owes, in the order of the questions. This queue
/// alone decides whether an answer goes to the client or was ours.
public struct OwedReplies: Equatable, Sendable {
    /// What was asked. Messages up to Sync get one answer each, or none after an error; the others
    /// end with a ReadyForQuery.
    public enum Kind: UInt8, Sendable {
        /// The client's Query; settled by ReadyForQuery.
        case query
        /// The client's Sync; settled by ReadyForQuery.
        case sync
        /// The client's FunctionCall; settled by ReadyForQuery.
        case functionCall
        /// The client's Parse; settled by ParseComplete.
        case parse
        /// The client's Bind; settled by BindComplete.
        case bind
        /// The client's Describe; settled by RowDescription or NoData.
        case describe
        /// The client's Execute; settled by CommandComplete, EmptyQueryResponse or
        /// PortalSuspended.
        case execute
        /// The client's Close; settled by CloseComplete.
        case close
        /// CopyDone or CopyFail, the client's or ours, before the server said that it wants data.
        /// Owes nothing; it ends the COPY of the statement before it, if there is one.
        case copyEnd
        /// A Parse that we put in, or one whose client left.
        case insertedParse
        /// A Bind whose client left.
        case insertedBind
        /// A Describe whose client left.
        case insertedDescribe
        /// An Execute whose client left.
        case insertedExecute
        /// A Close that we put in, or one whose client left.
        case insertedClose
        /// A Query of our own: everything up to its ReadyForQuery is swallowed.
        case insertedQuery
        /// A Query of our own that is a PREPARE: as the other one, and counted as a Parse.
        case insertedPrepare
        /// A Sync of our own: its ReadyForQuery is swallowed.
        case insertedSync
    }

    /// What an error took with it.
    public struct Skipped: Equatable, Sendable {
        /// Parse and Close messages, the client's and ours, that did not happen.
        public var statementCount = 0
        /// The Sync that ends the skipping, where it was already sent.
        public var end: Kind?
    }

    private var ring: [Kind] = []
    private var head = 0
    public private(set) var count = 0
    /// How many of them end with a ReadyForQuery.
    public private(set) var readyCount = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    @inline(__always)
    public var first: Kind? { count == 0 ? nil : ring[head] }

    public mutating func append(_ kind: Kind) {
        if count == ring.count { grow() }
        ring[(head &+ count) & (ring.count &- 1)] = kind
        count += 1
        if kind.endsWithReady { readyCount += 1 }
    }

    @discardableResult
    public mutating func removeFirst() -> Kind? {
        guard let kind = takeFirst() else { return nil }
        // The end of a COPY that never began means nothing: the server ignores it.
        while first == .copyEnd { takeFirst() }
        return kind
    }

    /// The first message failed: it and everything before the next Sync is skipped by the server.
    public mutating func skipToSync() -> Skipped {
        var skipped = Skipped()
        while let next = first {
            if next == .sync || next == .insertedSync {
                skipped.end = next
                break
            }
            if next.isStatement { skipped.statementCount += 1 }
            takeFirst()
        }
        return skipped
    }

    /// Makes everything that is owed ours: the answers are swallowed from now on.
    public mutating func disown() {
        for index in 0..<count {
            let slot = (head &+ index) & (ring.count &- 1)
            ring[slot] = ring[slot].disowned
        }
    }

    /// How a COPY FROM STDIN goes on when the server says that it began.
    public struct CopyStart: Equatable, Sendable {
        /// The end of the data has already been sent.
        public var hasEnded = false
        /// Syncs that were sent before the end of the data: the server ignores them.
        public var ignoredSyncs = 0
    }

    /// The server began COPY FROM STDIN for the first statement in the queue and takes what was
    /// sent behind it for its data (PostgreSQL documentation, section 55.2.6).
    public mutating func copyInBegan() -> CopyStart {
        var start = CopyStart()
        guard let statement = takeFirst() else { return start }
        while let next = first {
            if next == .copyEnd {
                takeFirst()
                start.hasEnded = true
                break
            }
            guard next == .sync || next == .insertedSync else { break }
            takeFirst()
            start.ignoredSyncs += 1
        }
        prepend(statement)
        return start
    }

    @discardableResult
    private mutating func takeFirst() -> Kind? {
        guard count > 0 else { return nil }
        let kind = ring[head]
        head = (head &+ 1) & (ring.count &- 1)
        count -= 1
        if kind.endsWithReady { readyCount -= 1 }
        return kind
    }

    /// Puts back what ``takeFirst()`` took: there is room.
    private mutating func prepend(_ kind: Kind) {
        head = (head &- 1) & (ring.count &- 1)
        ring[head] = kind
        count += 1
        if kind.endsWithReady { readyCount += 1 }
    }

    /// Whether any of the answers is the client's.
    public var hasClients: Bool {
        for index in 0..<count {
            let kind = ring[(head &+ index) & (ring.count &- 1)]
            if !kind.isInserted, kind != .copyEnd { return true }
        }
        return false
    }

    /// How many ReadyForQuery the client waits for.
    public var clientReadyCount: Int { kinds.count { !$0.isInserted && $0.endsWithReady } }

    private mutating func grow() {
        let larger = max(4, ring.count * 2)
        var fresh: [Kind] = []
        fresh.reserveCapacity(larger)
        for index in 0..<count { fresh.append(ring[(head + index) & (ring.count - 1)]) }
        while fresh.count < larger { fresh.append(.query) }
        ring = fresh
        head = 0
    }

    public static func == (left: OwedReplies, right: OwedReplies) -> Bool {
        left.kinds == right.kinds
    }

    /// All of them in order, for tests and logs.
    public var kinds: [Kind] { (0..<count).map { ring[(head + $0) & (ring.count - 1)] } }
}

extension OwedReplies.Kind {
    public var endsWithReady: Bool {
        switch self {
        case .query, .sync, .functionCall, .insertedQuery, .insertedPrepare, .insertedSync: true
        case .parse, .bind, .describe, .execute, .close, .copyEnd, .insertedParse, .insertedBind,
            .insertedDescribe, .insertedExecute, .insertedClose:
            false
        }
    }

    /// Whether the answer is for us.
    public var isInserted: Bool {
        switch self {
        case .insertedParse, .insertedBind, .insertedDescribe, .insertedExecute, .insertedClose,
            .insertedQuery, .insertedPrepare, .insertedSync:
            true
        case .query, .sync, .functionCall, .parse, .bind, .describe, .execute, .close, .copyEnd:
            false
        }
    }

    /// Whether it changes which prepared statements or portals there are: Parse, PREPARE and Close.
    public var isStatement: Bool {
        switch self {
        case .parse, .close, .insertedParse, .insertedPrepare, .insertedClose: true
        case .query, .sync, .functionCall, .bind, .describe, .execute, .copyEnd, .insertedBind,
            .insertedDescribe, .insertedExecute, .insertedQuery, .insertedSync:
            false
        }
    }

    /// The same question after its client left.
    fileprivate var disowned: Self {
        switch self {
        case .query, .functionCall: .insertedQuery
        case .sync: .insertedSync
        case .parse: .insertedParse
        case .bind: .insertedBind
        case .describe: .insertedDescribe
        case .execute: .insertedExecute
        case .close: .insertedClose
        case .copyEnd, .insertedParse, .insertedBind, .insertedDescribe, .insertedExecute,
            .insertedClose, .insertedQuery, .insertedPrepare, .insertedSync:
            self
        }
    }
}
