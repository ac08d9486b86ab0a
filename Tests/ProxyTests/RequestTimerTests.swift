import Operations
import Testing

@testable import Proxy

@Suite struct RequestTimerTests {
    @Test("a request takes from its first bytes to its answer", arguments: [true, false])
    func one(isRead: Bool) {
        var timer = RequestTimer()
        timer.judged(isRead: isRead)
        timer.sent(at: 1000)
        timer.sent(at: 5000)
        #expect(timer.isRead == isRead)
        #expect(timer.answered(at: 9000, isLast: true) == 8000)
        #expect(timer.answered(at: 9000, isLast: true) == nil)
    }

    @Test("of requests on their way at once each is timed from the answer before it")
    func pipeline() {
        var timer = RequestTimer()
        timer.judged(isRead: true)
        timer.sent(at: 1000)
        timer.judged(isRead: false)
        timer.sent(at: 2000)
        #expect(timer.answered(at: 4000, isLast: false) == 3000)
        #expect(timer.isRead)
        #expect(timer.answered(at: 4600, isLast: true) == 600)
        timer.judged(isRead: false)
        timer.sent(at: 8000)
        #expect(!timer.isRead)
        #expect(timer.answered(at: 8002, isLast: true) == 2)
    }

    @Test("what nobody has sent has no time")
    func unsent() {
        var timer = RequestTimer()
        #expect(timer.answered(at: 9000, isLast: true) == nil)
        timer.judged(isRead: true)
        #expect(timer.answered(at: 9000, isLast: true) == nil)
    }

    @Test("a request of a session that nobody looks into is no read")
    func unjudged() {
        var timer = RequestTimer()
        timer.judged(isRead: true)
        timer.sent(at: 1000)
        _ = timer.answered(at: 2000, isLast: true)
        timer.sent(at: 3000)
        #expect(!timer.isRead)
    }

    @Test("times of nodes are kept apart")
    func counters() {
        let counters = WorkerCounters()
        counters.answered(node: 0, isRead: true, after: 5_000)
        counters.answered(node: 0, isRead: false, after: 70_000)
        counters.answered(node: 127, isRead: true, after: 900_000)
        counters.answered(node: 128, isRead: true, after: 1)
        counters.answered(node: -1, isRead: true, after: 1)
        func sum(_ node: Int, _ isRead: Bool) -> UInt64 {
            var totals = LatencyTotals()
            counters.addTimes(node: node, isRead: isRead, to: &totals)
            return totals.microseconds
        }
        #expect([sum(0, true), sum(0, false), sum(1, true), sum(127, true)] == [5, 70, 0, 900])
    }
}
