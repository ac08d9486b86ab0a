import Pooling
import TestSupport
import Testing

/// Clients, workers and servers that use one ``PermitBook`` at random, with what they hold.
private struct House {
    var generator: SeededGenerator
    var book: PermitBook
    var sessions: Set<UInt64> = []
    var queue: [PermitBook.Waiter] = []
    /// Server connections by handle.
    var leased: [UInt64: PoolKey] = [:]
    var parked: [UInt64: (server: IdleServer, key: PoolKey)] = [:]
    var serverQueue: [Int: [(waiter: PermitBook.Waiter, key: PoolKey)]] = [:]
    var nextClient: UInt64 = 1
    var nextHandle: UInt64 = 1
    var clock: UInt64 = 1
    /// The highest limits since fewer were out.
    var sessionsBound: Int
    var serversBound: Int
    var faults: [String] = []

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        book = PermitBook(
            limits: .init(
                sessionsMax: 4, sessionsReserved: 0, waitersMax: 6, serversPerNodeMax: 4))
        sessionsBound = 4
        serversBound = 4
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    mutating func step() {
        clock += 1
        switch number(0...10) {
        case 0...1: arrive()
        case 2: end()
        case 3: leaveQueue()
        case 4...6: request()
        case 7: park()
        case 8: close()
        case 9: withdraw()
        default: if number(0...9) == 0 { reload() }
        }
        check()
    }

    private mutating func arrive() {
        let waiter = PermitBook.Waiter(worker: number(0...2), client: nextClient)
        nextClient += 1
        switch book.sessionRequested(by: waiter) {
        case .granted:
            if !queue.isEmpty { faults.append("somebody jumped the queue") }
            sessions.insert(waiter.client)
        case .queued: queue.append(waiter)
        case .refused:
            if queue.count < book.limits.waitersMax { faults.append("refused with room") }
        }
    }

    private mutating func admit(_ next: PermitBook.Waiter?) {
        guard let next else { return }
        if next != queue.first { faults.append("out of order") }
        queue.removeAll { $0 == next }
        admitted(next)
    }

    private mutating func admitted(_ next: PermitBook.Waiter) {
        sessions.insert(next.client)
        // Some are gone by the time they hear of it.
        if number(0...9) == 0 {
            book.withdrawn(next)
            sessions.remove(next.client)
            admit(book.sessionEnded())
        }
    }

    private mutating func end() {
        guard let client = sessions.randomElement(using: &generator) else { return }
        sessions.remove(client)
        admit(book.sessionEnded())
    }

    private mutating func leaveQueue() {
        guard let waiter = queue.randomElement(using: &generator) else { return }
        queue.removeAll { $0 == waiter }
        book.withdrawn(waiter)
    }

    private mutating func request() {
        let key = PoolKey(node: number(0...1), key: number(0...2))
        request(key, PermitBook.Waiter(worker: number(0...2), client: nextClient))
        nextClient += 1
    }

    private mutating func request(_ key: PoolKey, _ waiter: PermitBook.Waiter) {
        switch book.serverRequested(key, waiter: waiter) {
        case .reuse(let server):
            guard let known = parked.removeValue(forKey: server.handle), known.key == key else {
                return faults.append("a connection that is not idle, or of another key")
            }
            leased[server.handle] = key
        case .open:
            leased[nextHandle] = key
            nextHandle += 1
        case .openInsteadOf(let victim):
            let idle = parked.values.filter { $0.key.node == key.node }
            if idle.contains(where: { $0.server.parkedAt < victim.parkedAt }) {
                faults.append("not the least recently used")
            }
            guard let known = parked.removeValue(forKey: victim.handle),
                known.key.node == key.node
            else { return faults.append("a victim that is not idle") }
            leased[nextHandle] = key
            nextHandle += 1
        case .queued:
            if parked.values.contains(where: { $0.key.node == key.node }) {
                faults.append("queued while one is idle")
            }
            serverQueue[key.node, default: []].append((waiter, key))
        }
    }

    private mutating func wake(_ waiter: PermitBook.Waiter?, _ node: Int) {
        guard let waiter else { return }
        guard let first = serverQueue[node]?.first, first.waiter == waiter else {
            return faults.append("the wrong one was told")
        }
        serverQueue[node]?.removeFirst()
        told(waiter, first.key)
    }

    private mutating func told(_ waiter: PermitBook.Waiter, _ key: PoolKey) {
        // Some need nothing any more.
        if number(0...9) == 0 {
            wake(book.nextServerWaiter(key.node), key.node)
        } else {
            request(key, waiter)
        }
    }

    private mutating func park() {
        guard let (handle, key) = leased.randomElement(using: &generator) else { return }
        leased[handle] = nil
        let server = IdleServer(worker: number(0...2), handle: handle, parkedAt: clock)
        parked[handle] = (server, key)
        wake(book.parked(server, key), key.node)
    }

    private mutating func close() {
        guard let (handle, key) = leased.randomElement(using: &generator) else { return }
        leased[handle] = nil
        wake(book.serverClosed(node: key.node), key.node)
    }

    private mutating func withdraw() {
        guard let (handle, known) = parked.randomElement(using: &generator) else { return }
        if !book.withdrawn(known.server, known.key) { faults.append("could not withdraw") }
        parked[handle] = nil
        wake(book.serverClosed(node: known.key.node), known.key.node)
    }

    private mutating func reload() {
        let limits = PermitBook.Limits(
            sessionsMax: number(1...6), sessionsReserved: 0, waitersMax: number(0...8),
            serversPerNodeMax: number(1...6))
        sessionsBound = max(sessionsBound, limits.sessionsMax)
        serversBound = max(serversBound, limits.serversPerNodeMax)
        let waiters = book.limitsChanged(limits)
        if !queue.starts(with: waiters) { faults.append("admitted out of order") }
        queue.removeFirst(min(waiters.count, queue.count))
        for waiter in waiters { admitted(waiter) }
        var woken: [(PermitBook.Waiter, PoolKey)] = []
        for (node, waiter) in book.serverWaitersWithRoom() {
            guard let first = serverQueue[node]?.first, first.waiter == waiter else {
                return faults.append("the wrong one was woken")
            }
            serverQueue[node]?.removeFirst()
            woken.append((waiter, first.key))
        }
        for (waiter, key) in woken { told(waiter, key) }
    }

    private mutating func check() {
        if book.sessions != sessions.count { faults.append("sessions \(book.sessions)") }
        if book.waiterCount != queue.count { faults.append("waiters \(book.waiterCount)") }
        if sessions.count <= book.limits.sessionsMax { sessionsBound = book.limits.sessionsMax }
        if sessions.count > sessionsBound { faults.append("too many sessions") }
        if sessions.count < book.limits.sessionsMax, !queue.isEmpty {
            faults.append("a client waits while there is room")
        }
        var fewest = true
        for node in 0...1 {
            let idle = parked.values.count { $0.key.node == node }
            let count = idle + leased.values.count { $0.node == node }
            if book.idleCount(node: node) != idle { faults.append("idle count") }
            if book.serverCount(node: node) != count { faults.append("server count") }
            if count > serversBound { faults.append("too many servers") }
            if count > book.limits.serversPerNodeMax { fewest = false }
            let isWaiting = serverQueue[node]?.isEmpty == false
            if isWaiting, idle > 0 { faults.append("a session waits beside an idle server") }
            if isWaiting, count < book.limits.serversPerNodeMax {
                faults.append("a session waits while there is room for a server")
            }
        }
        if fewest { serversBound = book.limits.serversPerNodeMax }
    }
}

@Suite("Permits at random")
struct PermitBookPropertyTests {
    @Test("limits hold and nobody is forgotten", arguments: 0..<200 as Range<UInt64>)
    func invariants(_ seed: UInt64) {
        var house = House(seed: seed)
        for _ in 0..<500 where house.faults.isEmpty { house.step() }
        #expect(house.faults.isEmpty, "seed \(seed): \(house.faults)")
    }
}
