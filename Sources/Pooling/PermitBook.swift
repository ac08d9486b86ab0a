/// Where a worker's idle server connection is, and what it can serve.
public struct IdleServer: Equatable, Sendable {
    /// The worker that holds it.
    public var worker: Int
    /// The holder's own name for it; stale names are answered with "gone".
    public var handle: UInt64
    /// When it was parked, in nanoseconds of the monotonic clock.
    public var parkedAt: UInt64

    public init(worker: Int, handle: UInt64, parkedAt: UInt64) {
        self.worker = worker
        self.handle = handle
        self.parkedAt = parkedAt
    }
}

/// Which server connections may serve which sessions: node, and the interned startup key with the
/// credential it was authenticated with.
public struct PoolKey: Hashable, Sendable {
    public var node: Int
    public var key: Int

    public init(node: Int, key: Int) {
        self.node = node
        self.key = key
    }
}

/// The limits of the proxy, for all workers together: who may have a session, how many server
/// connections each node gets, and who waits. One lock guards the value; it is asked when a session
/// starts or ends and when a server connection opens, parks or closes, never per message.
public struct PermitBook: Sendable {
    public struct Limits: Equatable, Sendable {
        /// `num_init_children`.
        public var sessionsMax: Int
        /// `reserved_connections`: with a value above 0 clients beyond the rest are refused at
        /// once instead of queued.
        public var sessionsReserved: Int
        /// Clients that may wait for a session: num_init_children x listen_backlog_multiplier.
        public var waitersMax: Int
        /// Server connections for each node: num_init_children x max_pool.
        public var serversPerNodeMax: Int

        public init(
            sessionsMax: Int, sessionsReserved: Int, waitersMax: Int, serversPerNodeMax: Int
        ) {
            self.sessionsMax = sessionsMax
            self.sessionsReserved = sessionsReserved
            self.waitersMax = waitersMax
            self.serversPerNodeMax = serversPerNodeMax
        }
    }

    /// A client that waits for a session.
    public struct Waiter: Hashable, Sendable {
        public var worker: Int
        public var client: UInt64

        public init(worker: Int, client: UInt64) {
            self.worker = worker
            self.client = client
        }
    }

    public enum Admission: Equatable, Sendable {
        case granted
        /// In the queue; ``sessionEnded()`` names it when its turn comes.
        case queued
        /// Beyond `num_init_children - reserved_connections`, or the queue is full.
        case refused
    }

    public enum ServerPermit: Equatable, Sendable {
        /// This idle connection is yours.
        case reuse(IdleServer)
        /// Open a new one; it is counted from now on.
        case open
        /// Open a new one after this idle connection, which is already struck off, is closed by
        /// its holder: the least recently used one of the node.
        case openInsteadOf(IdleServer)
        /// All are leased: whoever asked is told when one is parked or closed.
        case queued
    }

    public private(set) var limits: Limits
    public private(set) var sessions = 0
    /// In the order of arrival; who is not in `waiting` any more left or was admitted.
    private var waiters: [Waiter] = []
    private var waitersHead = 0
    private var waiting: Set<Waiter> = []
    private var idle: [PoolKey: [IdleServer]] = [:]
    private var servers: [Int: Int] = [:]
    private var idleCounts: [Int: Int] = [:]
    private var serverWaiters: [Int: [Waiter]] = [:]
    /// How many had to wait for a session, and how many were refused one, since the start.
    public private(set) var sessionWaits: UInt64 = 0
    public private(set) var sessionRefusals: UInt64 = 0
    private var serverWaits: [Int: UInt64] = [:]

    public init(limits: Limits) { self.limits = limits }

    // MARK: Sessions

    public var waiterCount: Int { waiting.count }

    /// A client asks for a session.
    public mutating func sessionRequested(by waiter: Waiter) -> Admission {
        if limits.sessionsReserved > 0, sessions >= limits.sessionsMax - limits.sessionsReserved {
            sessionRefusals &+= 1
            return .refused
        }
        if sessions < limits.sessionsMax, waiterCount == 0 {
            sessions += 1
            return .granted
        }
        guard waiterCount < limits.waitersMax else {
            sessionRefusals &+= 1
            return .refused
        }
        if waiting.insert(waiter).inserted {
            waiters.append(waiter)
            sessionWaits &+= 1
        }
        return .queued
    }

    /// A session ended. Its permit goes to the client that has waited longest, which is returned.
    public mutating func sessionEnded() -> Waiter? {
        if sessions <= limits.sessionsMax, let next = nextWaiter() { return next }
        sessions -= 1
        return nil
    }

    /// A waiting client left. One that was admitted meanwhile is not in the queue any more: whoever
    /// hears of its admission ends its session.
    public mutating func withdrawn(_ waiter: Waiter) { waiting.remove(waiter) }

    private mutating func nextWaiter() -> Waiter? {
        defer { forgetPassedWaiters() }
        while waitersHead < waiters.count {
            let next = waiters[waitersHead]
            waitersHead += 1
            if waiting.remove(next) != nil { return next }
        }
        return nil
    }

    private mutating func forgetPassedWaiters() {
        if waitersHead == waiters.count {
            waiters.removeAll(keepingCapacity: true)
            waitersHead = 0
        } else if waitersHead > 1024 {
            waiters.removeFirst(waitersHead)
            waitersHead = 0
        }
    }

    /// New limits after a reload. Permits that are out stay out; clients for whom there is room
    /// now are returned.
    public mutating func limitsChanged(_ limits: Limits) -> [Waiter] {
        self.limits = limits
        var admitted: [Waiter] = []
        while sessions < limits.sessionsMax, let next = nextWaiter() {
            sessions += 1
            admitted.append(next)
        }
        return admitted
    }

    // MARK: Server connections

    /// A session needs a connection: an idle one, its own worker's if possible and the most
    /// recently used (few warm connections beat many cold ones), else a new one.
    ///
    /// - Parameter mayQueue: false where the caller will not wait for ``parked(_:_:)``.
    public mutating func serverRequested(
        _ key: PoolKey, waiter: Waiter, mayQueue: Bool = true
    ) -> ServerPermit {
        if let server = takeIdle(key, preferring: waiter.worker) { return .reuse(server) }
        if servers[key.node, default: 0] < limits.serversPerNodeMax {
            servers[key.node, default: 0] += 1
            return .open
        }
        if let victim = takeLeastRecentlyUsed(node: key.node) { return .openInsteadOf(victim) }
        if mayQueue {
            serverWaiters[key.node, default: []].append(waiter)
            serverWaits[key.node, default: 0] &+= 1
        }
        return .queued
    }

    /// One more idle connection of a node has to go, because the node itself has no room:
    /// the least recently used.
    public mutating func evictionRequested(node: Int) -> IdleServer? {
        takeLeastRecentlyUsed(node: node)
    }

    /// A leased connection is clean and waits for its next session.
    ///
    /// - Returns: a session that waits for a connection to this node and should ask again.
    public mutating func parked(_ server: IdleServer, _ key: PoolKey) -> Waiter? {
        idle[key, default: []].append(server)
        idleCounts[key.node, default: 0] += 1
        return nextServerWaiter(key.node)
    }

    /// A parked connection is about to be closed by its holder.
    ///
    /// - Returns: false where somebody has been promised it already: its holder will hear of it.
    public mutating func withdrawn(_ server: IdleServer, _ key: PoolKey) -> Bool {
        guard var list = idle[key],
            let index = list.lastIndex(where: {
                $0.handle == server.handle && $0.worker == server.worker
            })
        else { return false }
        list.remove(at: index)
        idle[key] = list.isEmpty ? nil : list
        idleCounts[key.node, default: 0] -= 1
        return true
    }

    /// A connection that was counted is gone.
    ///
    /// - Returns: a session that waits for a connection to this node and should ask again.
    public mutating func serverClosed(node: Int) -> Waiter? {
        servers[node, default: 1] -= 1
        return nextServerWaiter(node)
    }

    /// The next session that waits for a connection to this node: also asked by whoever was told
    /// and does not need one any more.
    public mutating func nextServerWaiter(_ node: Int) -> Waiter? {
        guard var list = serverWaiters[node], !list.isEmpty else { return nil }
        let next = list.removeFirst()
        serverWaiters[node] = list.isEmpty ? nil : list
        return next
    }

    /// After ``limitsChanged(_:)``: sessions for whose connections there is room now; each should
    /// ask again.
    public mutating func serverWaitersWithRoom() -> [(node: Int, waiter: Waiter)] {
        var woken: [(node: Int, waiter: Waiter)] = []
        for node in serverWaiters.keys.sorted() {
            var room = limits.serversPerNodeMax - serverCount(node: node)
            while room > 0, let next = nextServerWaiter(node) {
                woken.append((node, next))
                room -= 1
            }
        }
        return woken
    }

    public func serverCount(node: Int) -> Int { servers[node, default: 0] }
    public func idleCount(node: Int) -> Int { idleCounts[node, default: 0] }
    /// How many wait for a connection to this node.
    public func serverWaiterCount(node: Int) -> Int { serverWaiters[node]?.count ?? 0 }
    /// How many ever had to.
    public func serverWaits(node: Int) -> UInt64 { serverWaits[node, default: 0] }

    private mutating func takeIdle(_ key: PoolKey, preferring worker: Int) -> IdleServer? {
        guard var list = idle[key], !list.isEmpty else { return nil }
        let index = list.lastIndex { $0.worker == worker } ?? list.count - 1
        let server = list.remove(at: index)
        idle[key] = list.isEmpty ? nil : list
        idleCounts[key.node, default: 0] -= 1
        return server
    }

    private mutating func takeLeastRecentlyUsed(node: Int) -> IdleServer? {
        var oldest: (key: PoolKey, server: IdleServer)?
        for (key, list) in idle where key.node == node {
            guard let first = list.first else { continue }
            if let known = oldest, known.server.parkedAt <= first.parkedAt { continue }
            oldest = (key, first)
        }
        guard let oldest else { return nil }
        idle[oldest.key]?.removeFirst()
        if idle[oldest.key]?.isEmpty == true { idle[oldest.key] = nil }
        idleCounts[node, default: 0] -= 1
        return oldest.server
    }
}
