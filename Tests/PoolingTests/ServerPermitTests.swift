import Pooling
import Testing

@Suite("Server permits")
struct ServerPermitTests {
    private let key = PoolKey(node: 0, key: 1)
    private let other = PoolKey(node: 0, key: 2)
    private let me = PermitBook.Waiter(worker: 0, client: 1)
    private let you = PermitBook.Waiter(worker: 1, client: 2)

    private func book(servers: Int = 2) -> PermitBook {
        PermitBook(
            limits: .init(
                sessionsMax: 10, sessionsReserved: 0, waitersMax: 10, serversPerNodeMax: servers))
    }

    private func idle(_ handle: UInt64, worker: Int = 0, at: UInt64 = 0) -> IdleServer {
        IdleServer(worker: worker, handle: handle, parkedAt: at)
    }

    private func woken(_ book: inout PermitBook) -> [PermitBook.Waiter] {
        book.serverWaitersWithRoom().map(\.waiter)
    }

    @Test("up to the limit new ones are opened, for each node")
    func limit() {
        var book = book()
        #expect(book.serverRequested(key, waiter: me) == .open)
        #expect(book.serverRequested(other, waiter: me) == .open)
        #expect(book.serverRequested(key, waiter: me) == .queued)
        #expect(book.serverRequested(PoolKey(node: 1, key: 1), waiter: me) == .open)
        #expect(book.serverRequested(key, waiter: you, mayQueue: false) == .queued)
        #expect(book.serverCount(node: 0) == 2)
        #expect(book.serverCount(node: 1) == 1)
        #expect(book.serverWaiterCount(node: 0) == 1 && book.serverWaits(node: 0) == 1)
        #expect(book.serverWaiterCount(node: 1) == 0 && book.serverWaits(node: 1) == 0)
        _ = book.serverClosed(node: 0)
        #expect(book.serverWaiterCount(node: 0) == 0 && book.serverWaits(node: 0) == 1)
    }

    @Test("an idle one of the same key is reused, the own worker's and the warmest first")
    func reuse() {
        var book = book(servers: 4)
        for _ in 0..<4 { _ = book.serverRequested(key, waiter: me) }
        for (handle, worker) in [(1, 0), (2, 0), (3, 1), (4, 1)] as [(UInt64, Int)] {
            #expect(book.parked(idle(handle, worker: worker, at: handle), key) == nil)
        }
        #expect(book.idleCount(node: 0) == 4)
        #expect(book.serverRequested(key, waiter: me) == .reuse(idle(2, worker: 0, at: 2)))
        #expect(book.serverRequested(key, waiter: me) == .reuse(idle(1, worker: 0, at: 1)))
        #expect(book.serverRequested(key, waiter: me) == .reuse(idle(4, worker: 1, at: 4)))
        #expect(
            book.serverRequested(other, waiter: you) == .openInsteadOf(idle(3, worker: 1, at: 3)))
        #expect(book.idleCount(node: 0) == 0)
        #expect(book.serverCount(node: 0) == 4)
    }

    @Test("the least recently used of all keys makes room, never another node's")
    func eviction() {
        var book = book(servers: 3)
        let elsewhere = PoolKey(node: 1, key: 1)
        for pool in [key, key, other, elsewhere] { _ = book.serverRequested(pool, waiter: me) }
        _ = book.parked(idle(9, at: 1), elsewhere)
        _ = book.parked(idle(1, at: 30), key)
        _ = book.parked(idle(2, at: 20), other)
        _ = book.parked(idle(3, at: 40), key)
        let third = PoolKey(node: 0, key: 3)
        #expect(book.serverRequested(third, waiter: me) == .openInsteadOf(idle(2, at: 20)))
        #expect(book.evictionRequested(node: 0) == idle(1, at: 30))
        #expect(book.evictionRequested(node: 0) == idle(3, at: 40))
        #expect(book.evictionRequested(node: 0) == nil)
        #expect(book.idleCount(node: 1) == 1)
    }

    @Test("parking or closing tells the longest waiting session of that node")
    func wake() {
        var book = book(servers: 1)
        let elsewhere = PoolKey(node: 1, key: 1)
        #expect(book.serverRequested(key, waiter: me) == .open)
        #expect(book.serverRequested(elsewhere, waiter: me) == .open)
        #expect(book.serverRequested(key, waiter: me) == .queued)
        #expect(book.serverRequested(other, waiter: you) == .queued)
        #expect(book.parked(idle(9), elsewhere) == nil)
        #expect(book.parked(idle(1), key) == me)
        #expect(book.serverRequested(key, waiter: me) == .reuse(idle(1)))
        #expect(book.serverClosed(node: 0) == you)
        #expect(book.serverRequested(other, waiter: you) == .open)
        #expect(book.nextServerWaiter(0) == nil)
    }

    @Test("whoever was told and needs nothing passes it on")
    func passedOn() {
        var book = book(servers: 1)
        _ = book.serverRequested(key, waiter: me)
        _ = book.serverRequested(key, waiter: me)
        _ = book.serverRequested(key, waiter: you)
        #expect(book.parked(idle(1), key) == me)
        #expect(book.nextServerWaiter(0) == you)
    }

    @Test("who will not wait is not queued")
    func impatient() {
        var book = book(servers: 0)
        #expect(book.serverRequested(key, waiter: me, mayQueue: false) == .queued)
        #expect(book.nextServerWaiter(0) == nil)
    }

    @Test("a withdrawn idle connection is promised to nobody, a promised one is not withdrawn")
    func withdrawn() {
        var book = book()
        _ = book.serverRequested(key, waiter: me)
        _ = book.serverRequested(key, waiter: me)
        _ = book.parked(idle(1, worker: 0), key)
        _ = book.parked(idle(1, worker: 1), key)
        #expect(book.withdrawn(idle(1, worker: 0), key) == true)
        #expect(book.withdrawn(idle(1, worker: 0), key) == false)
        #expect(book.withdrawn(idle(1, worker: 1), other) == false)
        #expect(book.serverRequested(key, waiter: me) == .reuse(idle(1, worker: 1)))
        #expect(book.withdrawn(idle(1, worker: 1), key) == false)
        #expect(book.idleCount(node: 0) == 0)
        #expect(book.serverCount(node: 0) == 2, "closing is reported apart")
    }

    @Test("a higher limit wakes as many sessions as there is room for")
    func changed() {
        var book = book(servers: 1)
        for waiter in [me, me, you] { _ = book.serverRequested(key, waiter: waiter) }
        #expect(woken(&book) == [])
        var limits = book.limits
        limits.serversPerNodeMax = 2
        _ = book.limitsChanged(limits)
        #expect(woken(&book) == [me])
        #expect(book.serverRequested(key, waiter: me) == .open)
        #expect(woken(&book) == [])
        limits.serversPerNodeMax = 1
        _ = book.limitsChanged(limits)
        #expect(book.serverClosed(node: 0) == you)
        #expect(book.serverRequested(key, waiter: you) == .queued, "one is still out")
        #expect(book.serverClosed(node: 0) == you)
        #expect(book.serverRequested(key, waiter: you) == .open)
    }
}
