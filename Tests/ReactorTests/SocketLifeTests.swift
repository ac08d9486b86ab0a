import Glibc
import Reactor
import Testing

@Suite("Sockets, ids and time")
struct SocketLifeTests {
    @Test("a connection is made, accepted and used")
    func connect() throws {
        var reactor = Reactor()
        let (descriptor, address) = try loopbackListener()
        defer { close(descriptor) }
        let listener = reactor.watch(listener: descriptor, owner: 1)
        let connecting = reactor.connect(to: address, owner: 2)
        let client = try #require(connecting)
        var server = SocketID.none
        var isConnected = false
        while server == .none || !isConnected {
            let completion = reactor.soon()
            switch completion.kind {
            case .connected:
                #expect(completion.id == client)
                isConnected = true
            case .acceptable:
                #expect(completion.owner == 1)
                let waiting = reactor.accept(listener)
                let accepted = try #require(waiting)
                #expect(accepted.peer.host == "127.0.0.1")
                #expect(accepted.peer.port > 0)
                server = reactor.adopt(accepted.descriptor, owner: 3)
                let another = reactor.accept(listener)
                #expect(another == nil)
            default:
                Issue.record("\(completion.kind)")
                return
            }
        }
        _ = reactor.send(client, Array("hi".utf8))
        let completion = reactor.soon()
        #expect(completion.id == server)
        #expect(Array(completion.bytes) == Array("hi".utf8))
        reactor.close(listener)
        #expect(fcntl(descriptor, F_GETFD) >= 0, "the listener stays the caller's")
    }

    @Test("a refused connection is a failed completion with its errno")
    func refused() throws {
        var reactor = Reactor()
        // Bound and not listening: nobody else can get the port meanwhile.
        let (descriptor, address) = try loopbackListener(listens: false)
        defer { close(descriptor) }
        if let id = reactor.connect(to: address, owner: 9) {
            let completion = reactor.soon()
            #expect(completion.kind == .failed)
            #expect(completion.id == id)
            #expect(completion.owner == 9)
            #expect(completion.error == ECONNREFUSED)
        } else {
            #expect(errno == ECONNREFUSED)
        }
    }

    @Test("a socket file that is not there is refused at once")
    func noSocketFile() throws {
        var reactor = Reactor()
        let address = try #require(SocketAddress(unixPath: "/nonexistent/.s.PGSQL.5432"))
        let id = reactor.connect(to: address, owner: 0)
        #expect(id == nil)
        #expect(errno == ENOENT)
    }

    @Test("a connection does not take a descriptor that is kept for others")
    func descriptorsEnd() throws {
        var reactor = Reactor()
        let (descriptor, address) = try loopbackListener()
        defer { close(descriptor) }
        reactor.descriptorsEnd = 0
        let refused = reactor.connect(to: address, owner: 0)
        #expect(refused == nil)
        #expect(Reactor.isShortage(errno))
        reactor.descriptorsEnd = .max
        let made = reactor.connect(to: address, owner: 0)
        #expect(made != nil)
    }

    @Test("the id of a closed socket reaches nobody, not even the next user of its slot")
    func stale() throws {
        var reactor = Reactor()
        let (near, far) = try socketPair()
        let old = reactor.adopt(near, owner: 1)
        reactor.close(old)
        close(far)
        let (second, other) = try socketPair()
        defer { close(other) }
        let new = reactor.adopt(second, owner: 2)
        #expect(new.slot == old.slot)
        #expect(new != old)
        #expect(reactor.send(old, [1]) == .failed)
        reactor.close(old)
        reactor.pause(old)
        reactor.resume(old)
        reactor.setOwner(old, 99)
        reactor.shutdownSending(old)
        #expect(reactor.detach(old) == nil)
        #expect(reactor.backlogBytes(old) == 0)
        let accepted = reactor.accept(old)
        #expect(accepted == nil)
        #expect(reactor.send(.none, [1]) == .failed)
        _ = [UInt8(5)].withUnsafeBytes { write(other, $0.baseAddress, 1) }
        let completion = reactor.soon()
        #expect(completion.kind == .received)
        #expect(completion.owner == 2)
    }

    @Test("an event of a socket closed in the same batch is dropped")
    func closedInBatch() throws {
        var reactor = Reactor()
        let pairs = try (0..<2).map { _ in try socketPair() }
        let ids = [reactor.adopt(pairs[0].0, owner: 0), reactor.adopt(pairs[1].0, owner: 1)]
        for pair in pairs { _ = [UInt8(1)].withUnsafeBytes { write(pair.1, $0.baseAddress, 1) } }
        let first = reactor.soon()
        #expect(first.kind == .received)
        reactor.close(ids[first.owner == 0 ? 1 : 0])
        #expect(reactor.already().kind == .timeout)
        for pair in pairs { close(pair.1) }
    }

    @Test("a closed backlog leaves nothing in the total")
    func closedBacklog() throws {
        var reactor = Reactor()
        let (near, far) = try socketPair()
        defer { close(far) }
        let id = reactor.adopt(near, owner: 0)
        _ = reactor.send(id, [UInt8](repeating: 1, count: 1 << 20))
        #expect(reactor.backlogBytesTotal > 0)
        let detached = reactor.detach(id)
        #expect(detached == nil, "it has a backlog")
        reactor.close(id)
        #expect(reactor.backlogBytesTotal == 0)
    }

    @Test("a detached socket goes on in another reactor")
    func detach() throws {
        var first = Reactor()
        var second = Reactor()
        let (near, far) = try socketPair()
        defer { close(far) }
        let id = first.adopt(near, owner: 1)
        _ = first.send(id, [1, 2])
        let detached = first.detach(id)
        let descriptor = try #require(detached)
        #expect(readAll(far) == [1, 2], "what was sent before has left")
        _ = [UInt8(7)].withUnsafeBytes { write(far, $0.baseAddress, 1) }
        #expect(first.already().kind == .timeout)
        let moved = second.adopt(descriptor, owner: 4)
        let completion = second.soon()
        #expect(completion.kind == .received)
        #expect(completion.id == moved)
        #expect(completion.owner == 4)
        #expect(first.send(id, [1]) == .failed)
    }

    @Test("more sockets than the first table holds")
    func many() throws {
        var reactor = Reactor()
        var far: [Int32] = []
        for owner in 0..<300 as Range<UInt> {
            let pair = try socketPair()
            far.append(pair.1)
            _ = reactor.adopt(pair.0, owner: owner)
        }
        for descriptor in far {
            _ = [UInt8(1)].withUnsafeBytes { write(descriptor, $0.baseAddress, 1) }
        }
        var owners: Set<UInt> = []
        for _ in far { owners.insert(reactor.soon().owner) }
        #expect(owners.count == 300)
        for descriptor in far { close(descriptor) }
    }

    @Test("rings that nobody heard are one ring, from any thread")
    func waker() async {
        var reactor = Reactor()
        let waker = Waker()
        reactor.watch(waker)
        await Task.detached { for _ in 0..<3 { waker.ring() } }.value
        #expect(reactor.soon().kind == .woken)
        #expect(reactor.already().kind == .timeout)
        waker.ring()
        #expect(reactor.soon().kind == .woken)
    }

    @Test("a deadline comes, and not before its time")
    func deadline() {
        var reactor = Reactor()
        #expect(reactor.next(deadline: 0).kind == .timeout)
        #expect(reactor.next(deadline: 1).kind == .timeout)
        let deadline = MonotonicClock.now() + 3_000_000
        #expect(reactor.next(deadline: deadline).kind == .timeout)
        #expect(MonotonicClock.now() >= deadline)
        #expect(reactor.now >= deadline)
    }

    @Test("addresses are named as operators write them")
    func names() throws {
        let v4 = try #require(try Resolver.resolve(host: "127.0.0.1", port: 5432).get().first)
        #expect(v4.description == "127.0.0.1:5432")
        #expect(v4.host == "127.0.0.1")
        #expect(v4.port == 5432)
        let v6 = try #require(try Resolver.resolve(host: "::1", port: 9999).get().first)
        #expect(v6.description == "[::1]:9999")
        #expect(v6.host == "::1")
        #expect(v6.port == 9999)
        let file = try #require(try Resolver.resolve(host: "/tmp", port: 5433).get().first)
        #expect(file.description == "/tmp/.s.PGSQL.5433")
        #expect(file.host == "[local]")
        #expect(file.port == 0)
    }

    @Test("a socket path fits with 107 bytes and not with 108")
    func pathLimit() {
        #expect(SocketAddress(unixPath: String(repeating: "x", count: 107)) != nil)
        #expect(SocketAddress(unixPath: String(repeating: "x", count: 108)) == nil)
        #expect(SocketAddress(unixPath: "") == nil)
        let long = "/" + String(repeating: "x", count: 120)
        #expect(throws: ResolverError.self) {
            try Resolver.resolve(host: long, port: 5432).get()
        }
    }
}
