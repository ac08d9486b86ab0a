import Pooling
import Testing

@Suite("Session permits")
struct SessionPermitTests {
    private func book(
        sessions: Int = 2, reserved: Int = 0, waiters: Int = 3, servers: Int = 2
    ) -> PermitBook {
        PermitBook(
            limits: .init(
                sessionsMax: sessions, sessionsReserved: reserved, waitersMax: waiters,
                serversPerNodeMax: servers))
    }

    private func client(_ number: UInt64) -> PermitBook.Waiter {
        PermitBook.Waiter(worker: Int(number % 2), client: number)
    }

    @Test("up to the limit sessions are granted, then queued, then refused")
    func limits() {
        var book = book()
        let expected: [PermitBook.Admission] = [
            .granted, .granted, .queued, .queued, .queued, .refused, .refused,
        ]
        for (number, admission) in expected.enumerated() {
            #expect(book.sessionRequested(by: client(UInt64(number))) == admission, "\(number)")
        }
        #expect(book.sessions == 2)
        #expect(book.waiterCount == 3)
        #expect(book.sessionWaits == 3)
        #expect(book.sessionRefusals == 2)
    }

    @Test("what was counted of waiting does not shrink with the queue")
    func waits() {
        var book = book(sessions: 1)
        for number in 0..<3 as Range<UInt64> { _ = book.sessionRequested(by: client(number)) }
        _ = book.sessionEnded()
        book.withdrawn(client(2))
        #expect(book.waiterCount == 0)
        #expect(book.sessionWaits == 2)
        #expect(book.sessionRefusals == 0)
    }

    @Test("the queue is first come, first served")
    func order() {
        var book = book()
        for number in 0..<5 as Range<UInt64> { _ = book.sessionRequested(by: client(number)) }
        #expect(book.sessionEnded() == client(2))
        #expect(book.sessionEnded() == client(3))
        #expect(book.sessionRequested(by: client(9)) == .queued)
        #expect(book.sessionEnded() == client(4))
        #expect(book.sessionEnded() == client(9))
        #expect(book.sessions == 2)
        #expect(book.sessionEnded() == nil)
        #expect(book.sessionEnded() == nil)
        #expect(book.sessions == 0)
    }

    @Test("whoever leaves the queue is passed over and makes room in it")
    func withdrawn() {
        var book = book()
        for number in 0..<5 as Range<UInt64> { _ = book.sessionRequested(by: client(number)) }
        book.withdrawn(client(2))
        book.withdrawn(client(4))
        #expect(book.waiterCount == 1)
        #expect(book.sessionRequested(by: client(7)) == .queued)
        #expect(book.sessionEnded() == client(3))
        #expect(book.sessionEnded() == client(7))
        #expect(book.sessionEnded() == nil)
    }

    @Test("leaving while the admission is on its way does not upset the count")
    func withdrawnTooLate() {
        var book = book(sessions: 1)
        _ = book.sessionRequested(by: client(0))
        _ = book.sessionRequested(by: client(1))
        #expect(book.sessionEnded() == client(1))
        book.withdrawn(client(1))
        #expect(book.waiterCount == 0)
        #expect(book.sessionEnded() == nil)
        #expect(book.sessions == 0)
        #expect(book.sessionRequested(by: client(2)) == .granted)
    }

    @Test("reserved sessions are refused at once instead of queued")
    func reserved() {
        var book = book(sessions: 3, reserved: 1)
        #expect(book.sessionRequested(by: client(0)) == .granted)
        #expect(book.sessionRequested(by: client(1)) == .granted)
        #expect(book.sessionRequested(by: client(2)) == .refused)
        #expect(book.sessionEnded() == nil)
        #expect(book.sessionRequested(by: client(3)) == .granted)
    }

    @Test("a higher limit admits who waits, a lower one takes permits back as they end")
    func changed() {
        var book = book()
        for number in 0..<5 as Range<UInt64> { _ = book.sessionRequested(by: client(number)) }
        var limits = book.limits
        limits.sessionsMax = 4
        let admitted = book.limitsChanged(limits)
        #expect(admitted == [client(2), client(3)])
        #expect(book.sessions == 4)
        limits.sessionsMax = 1
        let nobody = book.limitsChanged(limits)
        #expect(nobody.isEmpty)
        for expected in [3, 2, 1] {
            #expect(book.sessionEnded() == nil)
            #expect(book.sessions == expected)
        }
        #expect(book.sessionEnded() == client(4))
        #expect(book.sessions == 1)
    }

    @Test("a long queue stays in order")
    func longQueue() {
        var book = book(sessions: 1, waiters: 5000)
        _ = book.sessionRequested(by: client(0))
        for number in 1...5000 as ClosedRange<UInt64> {
            #expect(book.sessionRequested(by: client(number)) == .queued)
        }
        for number in 1...5000 as ClosedRange<UInt64> {
            #expect(book.sessionEnded() == client(number))
        }
        #expect(book.waiterCount == 0)
    }
}
