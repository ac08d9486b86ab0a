import ClusterModel
import Testing

@Suite("How often the primary may change by itself")
struct ChangeHistoryTests {
    private static let second: UInt64 = 1_000_000_000

    /// Seconds at which changes began, when the next one is wanted, and what is against it.
    private static let cases: [([UInt64], UInt64, gap: UInt64, ChangeHistory.Obstacle?)] = [
        ([], 0, 60, nil),
        ([100], 159, 60, .tooSoon),
        ([100], 160, 60, nil),
        ([100], 50, 60, .tooSoon),
        ([100, 200], 260, 60, nil),
        ([100, 200, 300], 301, 60, .tooMany(3)),
        ([100, 200, 300], 1000, 60, .tooMany(3)),
        ([100, 200, 300], 1001, 60, nil),
        ([100, 200, 300], 301, 0, nil),
        ([100, 101, 102, 103], 104, 1, .tooMany(4)),
    ]

    @Test("the gap and the number are kept", arguments: cases.indices)
    func obstacles(_ index: Int) {
        let (begun, now, gap, expected) = Self.cases[index]
        var history = ChangeHistory()
        for time in begun { history.began(now: time * Self.second) }
        #expect(history.obstacle(now: now * Self.second, gapMin: gap * Self.second) == expected)
    }

    @Test("after a storm only an operator helps, not time")
    func storm() {
        var history = ChangeHistory()
        for time in [1, 2, 3] as [UInt64] { history.began(now: time * Self.second) }
        let later = 100_000 * Self.second
        #expect(history.obstacle(now: 10 * Self.second, gapMin: 1) == .tooMany(3))
        #expect(history.obstacle(now: later, gapMin: 1) == .tooMany(3))
        #expect(history.obstacle(now: later, gapMin: 0) == nil, "there is no limit")
        history.confirmed()
        #expect(history.obstacle(now: later, gapMin: 1) == nil)
    }

    @Test("what was taken back does not count")
    func undone() {
        var history = ChangeHistory()
        for time in [1, 2, 3] as [UInt64] { history.began(now: time) }
        history.undone(begunAt: 2)
        #expect(history.obstacle(now: 10, gapMin: 1) == nil)
        history.undone(begunAt: 3)
        #expect(history.obstacle(now: 2, gapMin: 5) == .tooSoon)
        history.undone(begunAt: 1)
        #expect(history == ChangeHistory())
    }
}
