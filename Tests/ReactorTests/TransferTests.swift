import Glibc
import Reactor
import Testing

@Suite("Sending and receiving")
struct TransferTests {
    @Test(
        "bytes arrive with the owner of their socket, and the end after them",
        arguments: [true, false])
    func small(_ batches: Bool) throws {
        var reactor = Reactor(batchesSends: batches)
        let (near, far) = try socketPair()
        let a = reactor.adopt(near, owner: 1)
        let b = reactor.adopt(far, owner: 2)
        #expect(reactor.send(a, Array("hello".utf8)) == .sent)
        let received = reactor.soon()
        #expect(received.kind == .received)
        #expect(received.id == b)
        #expect(received.owner == 2)
        #expect(Array(received.bytes) == Array("hello".utf8))
        reactor.setOwner(b, 7)
        #expect(reactor.send(a, []) == .sent)
        reactor.close(a)
        let ended = reactor.soon()
        #expect(ended.kind == .ended)
        #expect(ended.owner == 7)
    }

    @Test("messages of one turn keep their order", arguments: [true, false])
    func order(_ batches: Bool) throws {
        var reactor = Reactor(batchesSends: batches)
        let (near, far) = try socketPair()
        defer { close(far) }
        let id = reactor.adopt(near, owner: 0)
        var sent = 0
        for count in [1, 10, 3000, 70_000, 5, 0, 20_000] {
            #expect(reactor.send(id, stream(from: sent, count: count)) != .failed)
            sent += count
        }
        var received: [UInt8] = []
        while received.count < sent {
            _ = reactor.next(deadline: MonotonicClock.now() + 1_000_000)
            let more = readAll(far)
            received += more
            if more.isEmpty, reactor.backlogBytesTotal == 0 { break }
        }
        #expect(received == stream(from: 0, count: sent))
    }

    @Test("what the kernel refuses waits, in order, until it is drained", arguments: [true, false])
    func backlog(_ batches: Bool) throws {
        var reactor = Reactor(batchesSends: batches)
        let (near, far) = try socketPair()
        defer { close(far) }
        let id = reactor.adopt(near, owner: 5)
        let size = 1 << 20
        guard case .queued(let waiting) = reactor.send(id, stream(from: 0, count: size)) else {
            Issue.record("the kernel took everything")
            return
        }
        #expect(waiting > 0 && waiting < size)
        #expect(reactor.backlogBytes(id) == waiting)
        #expect(reactor.backlogBytesTotal == waiting)
        let more = reactor.send(id, stream(from: size, count: 100))
        #expect(more == .queued(backlogBytes: waiting + 100))
        #expect(reactor.already().kind == .timeout, "nobody reads yet")
        var received: [UInt8] = []
        var drained = 0
        while received.count < size + 100 {
            received += readAll(far)
            let completion = reactor.next(deadline: MonotonicClock.now() + 1_000_000)
            if completion.kind == .drained {
                drained += 1
                #expect(completion.owner == 5)
            }
        }
        #expect(received == stream(from: 0, count: size + 100))
        #expect(drained == 1)
        #expect(reactor.backlogBytesTotal == 0)
        #expect(reactor.backlogBytes(id) == 0)
        #expect(reactor.already().kind == .timeout, "a drained socket is not watched for room")
    }

    @Test("several ranges go out as one, wherever the kernel stops", arguments: [true, false])
    func ranges(_ batches: Bool) throws {
        for sizes in [[3, 0, 5], [100_000, 1, 400_000, 7], [1 << 20, 1 << 20]] {
            var reactor = Reactor(batchesSends: batches)
            let (near, far) = try socketPair()
            defer { close(far) }
            let id = reactor.adopt(near, owner: 0)
            let total = sizes.reduce(0, +)
            let bytes = stream(from: 0, count: total)
            bytes.withUnsafeBytes { whole in
                var ranges: [SendRange] = []
                var start = 0
                for size in sizes {
                    ranges.append(
                        SendRange(UnsafeRawBufferPointer(rebasing: whole[start..<start + size])))
                    start += size
                }
                let outcome = ranges.withUnsafeMutableBufferPointer { list in
                    list.baseAddress.map { reactor.send(id, $0, list.count) }
                }
                #expect(outcome != .failed && outcome != nil)
            }
            var received: [UInt8] = []
            var turns = 0
            while received.count < total, turns < 10_000 {
                _ = reactor.next(deadline: MonotonicClock.now() + 1_000_000)
                received += readAll(far)
                turns += 1
            }
            #expect(received == bytes)
        }
    }

    @Test("a paused socket is held back by the kernel until it is resumed")
    func pause() throws {
        var reactor = Reactor()
        let (near, far) = try socketPair()
        let a = reactor.adopt(near, owner: 1)
        let b = reactor.adopt(far, owner: 2)
        reactor.pause(b)
        reactor.pause(b)
        _ = reactor.send(a, [1, 2, 3])
        #expect(reactor.already().kind == .timeout)
        #expect(reactor.isSilent(b) == false, "there is something to read")
        #expect(reactor.isSilent(a) == true)
        reactor.resume(b)
        let completion = reactor.soon()
        #expect(completion.kind == .received)
        #expect(completion.bytes.count == 3)
        #expect(reactor.isSilent(b) == true)
    }

    @Test("what a peer said before it left is read after a pause")
    func lastWords() throws {
        var reactor = Reactor()
        let (near, far) = try socketPair()
        let id = reactor.adopt(near, owner: 1)
        reactor.pause(id)
        _ = [UInt8(1), 2, 3].withUnsafeBytes { write(far, $0.baseAddress, 3) }
        close(far)
        #expect(reactor.already().kind == .timeout)
        #expect(reactor.already().kind == .timeout)
        reactor.resume(id)
        let words = reactor.soon()
        #expect(words.kind == .received)
        #expect(words.bytes.count == 3)
        #expect(reactor.soon().kind == .ended)
    }

    @Test("a peer that leaves a paused socket in silence is news at once")
    func leavesInSilence() throws {
        var reactor = Reactor()
        let (near, far) = try socketPair()
        let id = reactor.adopt(near, owner: 1)
        reactor.pause(id)
        close(far)
        let completion = reactor.soon()
        #expect(completion.kind == .failed)
        #expect(completion.id == id)
    }

    @Test("the end is seen after the last byte, also of a backlog")
    func shutdown() throws {
        for size in [10, 1 << 20] {
            var reactor = Reactor()
            let (near, far) = try socketPair()
            let a = reactor.adopt(near, owner: 1)
            _ = reactor.adopt(far, owner: 2)
            #expect(reactor.send(a, stream(from: 0, count: size)) != .failed)
            reactor.shutdownSending(a)
            var received = 0
            var last = Completion.Kind.received
            while last == .received || last == .drained {
                let completion = reactor.soon()
                last = completion.kind
                if last == .received {
                    #expect(completion.bytes.first == UInt8(received % 251))
                    received += completion.bytes.count
                }
            }
            #expect(last == .ended)
            #expect(received == size)
        }
    }

    @Test("large transfers both ways at once add up", arguments: [true, false])
    func bothWays(_ batches: Bool) throws {
        var reactor = Reactor(batchesSends: batches)
        let (near, far) = try socketPair()
        let ids = [reactor.adopt(near, owner: 0), reactor.adopt(far, owner: 1)]
        let total = 2 << 20
        let chunk = 100_000
        var sent = [0, 0]
        var received = [0, 0]
        var broken = 0
        func push(_ side: Int, _ reactor: inout Reactor) {
            while sent[side] < total {
                let bytes = stream(from: sent[side], count: min(chunk, total - sent[side]))
                sent[side] += bytes.count
                if reactor.send(ids[side], bytes) != .sent { return }
            }
        }
        push(0, &reactor)
        push(1, &reactor)
        while received[0] < total || received[1] < total {
            let completion = reactor.soon()
            let side = Int(completion.owner)
            switch completion.kind {
            case .received:
                if completion.bytes.first != UInt8(received[side] % 251) { broken += 1 }
                received[side] += completion.bytes.count
            case .drained: push(side, &reactor)
            default:
                Issue.record("\(completion.kind)")
                return
            }
        }
        #expect(received == [total, total])
        #expect(broken == 0)
        #expect(reactor.backlogBytesTotal == 0)
    }

    @Test(
        "sending to a peer that is gone fails, at once or by a completion",
        arguments: [true, false])
    func gone(_ batches: Bool) throws {
        var reactor = Reactor(batchesSends: batches)
        let (near, far) = try socketPair()
        let id = reactor.adopt(near, owner: 1)
        close(far)
        let outcome = reactor.send(id, [1])
        let kind = reactor.soon().kind
        #expect(outcome == .failed || kind == .failed || kind == .ended)
    }
}
