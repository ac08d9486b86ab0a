import ClusterModel
import Testing

@Suite("Requests for positions")
struct PositionRequestsTests {
    private static let gap = PositionRequests.gap
    private static let stragglerTime = PositionRequests.stragglerTime

    @Test("nobody is asked while nobody waits")
    func idle() {
        var requests = PositionRequests()
        #expect(requests.nextAskAt == nil)
        #expect(requests.primaryAnswered(askedAt: 10, now: 11) == [])
        #expect(requests.standbyAnswered(now: 12) == [])
    }

    @Test("the first request is asked at once, the next after the gap")
    func gap() {
        var requests = PositionRequests()
        requests.wanted(by: 0, now: 100)
        #expect(requests.nextAskAt.map { $0 <= 100 } == true)
        requests.asked(now: 100)
        #expect(requests.primaryAnswered(askedAt: 100, now: 200) == [0])
        #expect(requests.nextAskAt == nil)
        requests.wanted(by: 0, now: 300)
        #expect(requests.nextAskAt == 100 + Self.gap)
    }

    @Test("a position that was asked for earlier serves nobody who came later")
    func late() {
        var requests = PositionRequests()
        requests.wanted(by: 0, now: 100)
        requests.wanted(by: 1, now: 110)
        requests.asked(now: 110)
        requests.wanted(by: 2, now: 111)
        #expect(requests.primaryAnswered(askedAt: 110, now: 200) == [0, 1])
        #expect(requests.nextAskAt == 110 + Self.gap)
        #expect(requests.primaryAnswered(askedAt: 110 + Self.gap, now: 3_000_000) == [2])
    }

    @Test("a worker that asks again waits once, for the later position")
    func twice() {
        var requests = PositionRequests()
        requests.wanted(by: 0, now: 100)
        requests.wanted(by: 0, now: 120)
        #expect(requests.primaryAnswered(askedAt: 110, now: 130) == [])
        #expect(requests.primaryAnswered(askedAt: 120, now: 140) == [0])
        #expect(requests.primaryAnswered(askedAt: 121, now: 150) == [])
    }

    @Test("standbys that answer a little later are passed on to those who were served")
    func stragglers() {
        var requests = PositionRequests()
        requests.wanted(by: 3, now: 100)
        requests.asked(now: 100)
        #expect(requests.standbyAnswered(now: 150) == [], "the primary's answer goes first")
        #expect(requests.primaryAnswered(askedAt: 100, now: 200) == [3])
        #expect(requests.standbyAnswered(now: 200 + Self.stragglerTime) == [3])
        #expect(requests.standbyAnswered(now: 201 + Self.stragglerTime) == [])
    }
}
