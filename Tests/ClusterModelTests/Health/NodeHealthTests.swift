import ClusterModel
import Testing

@Suite("Health of a node")
struct NodeHealthTests {
    private static let millisecond: UInt64 = 1_000_000
    private static let second: UInt64 = 1_000_000_000

    private static func rules(
        period: UInt64 = 10, retries: Int = 0, trustsErrors: Bool = true,
        trustsShutdown: Bool = false
    ) -> HealthRules {
        var rules = HealthRules()
        rules.period = period * second
        rules.retriesMax = retries
        rules.trustsErrors = trustsErrors
        rules.trustsShutdown = trustsShutdown
        return rules
    }

    private enum Event: Sendable {
        /// An attempt that takes a millisecond, at this time in milliseconds.
        case found(NodeHealth.Finding, at: UInt64, NodeHealth.Verdict)
        case met(isOrderly: Bool, asks: Bool)
    }

    private static func again(_ milliseconds: UInt64) -> NodeHealth.Verdict {
        .suspect(askAgainAt: milliseconds * millisecond)
    }

    private static let courses: [(String, HealthRules, [Event])] = [
        ("it answers", rules(), [.found(.alive, at: 0, .alive), .found(.alive, at: 9, .alive)]),
        (
            "without retries the first failed check is enough", rules(),
            [.found(.silent, at: 0, .dead), .found(.silent, at: 9, .dead)]
        ),
        (
            "as many retries as are configured, a second apart", rules(retries: 2),
            [
                .found(.silent, at: 0, again(1000)), .found(.refused, at: 1000, again(2000)),
                .found(.silent, at: 2000, .dead),
            ]
        ),
        (
            "an answer between them begins anew", rules(retries: 1),
            [
                .found(.silent, at: 0, again(1000)), .found(.alive, at: 1000, .alive),
                .found(.silent, at: 2000, again(3000)), .found(.silent, at: 3000, .dead),
            ]
        ),
        (
            "without checks nothing but evidence counts", rules(period: 0),
            [
                .found(.refused, at: 0, .none), .found(.refused, at: 9, .none),
                .found(.silent, at: 19, .none), .met(isOrderly: false, asks: true),
                .found(.refused, at: 100, again(120)), .found(.refused, at: 120, .dead),
            ]
        ),
        (
            "evidence: who refuses twice has nobody who listens", rules(retries: 9),
            [
                .met(isOrderly: false, asks: true), .found(.refused, at: 0, again(20)),
                .found(.refused, at: 20, .dead),
            ]
        ),
        (
            "evidence: three attempts, 200 ms apart", rules(period: 0),
            [
                .met(isOrderly: false, asks: true), .found(.silent, at: 0, again(200)),
                .found(.refused, at: 200, again(220)), .found(.silent, at: 220, .dead),
            ]
        ),
        (
            "evidence: silence that has cost its time limit as often as the checks ask for",
            rules(retries: 1),
            [
                .met(isOrderly: false, asks: true), .found(.silent, at: 0, again(200)),
                .found(.silent, at: 2000, .dead),
            ]
        ),
        (
            "evidence about a server that answers is forgotten", rules(retries: 1),
            [
                .met(isOrderly: false, asks: true), .met(isOrderly: true, asks: true),
                .found(.alive, at: 0, .alive), .found(.refused, at: 9, again(1009)),
                .found(.refused, at: 1009, .dead),
            ]
        ),
        (
            "a storm of evidence alone never fails a node over", rules(period: 0),
            [
                .met(isOrderly: true, asks: true), .found(.alive, at: 0, .alive),
                .met(isOrderly: true, asks: true), .met(isOrderly: false, asks: true),
                .found(.starting, at: 10, again(210)), .found(.alive, at: 210, .alive),
                .met(isOrderly: true, asks: true), .found(.alive, at: 220, .alive),
            ]
        ),
        (
            "failover_on_backend_error off: the next check decides",
            rules(retries: 1, trustsErrors: false),
            [
                .met(isOrderly: false, asks: false), .found(.refused, at: 0, again(1000)),
                .found(.refused, at: 1000, .dead),
            ]
        ),
        (
            "off and no checks: nobody decides", rules(period: 0, trustsErrors: false),
            [
                .met(isOrderly: false, asks: true), .found(.refused, at: 0, .none),
                .found(.refused, at: 9, .none), .found(.refused, at: 19, .none),
            ]
        ),
        (
            "who says that it is shut down has time to restart", rules(period: 0),
            [
                .met(isOrderly: true, asks: true), .found(.refused, at: 0, again(1000)),
                .found(.refused, at: 1000, .dead),
            ]
        ),
        (
            "as much as the retries allow", rules(retries: 2),
            [
                .met(isOrderly: true, asks: true), .found(.refused, at: 0, again(1000)),
                .found(.refused, at: 1000, again(2000)), .found(.alive, at: 2000, .alive),
            ]
        ),
        (
            "failover_on_backend_shutdown: as any other death",
            rules(retries: 9, trustsShutdown: true),
            [
                .met(isOrderly: true, asks: true), .found(.refused, at: 0, again(20)),
                .found(.refused, at: 20, .dead),
            ]
        ),
        (
            "starting counts after the grace only", rules(),
            [
                .found(.starting, at: 0, again(200)), .found(.starting, at: 29_000, again(29_200)),
                .found(.starting, at: 30_000, .dead), .found(.starting, at: 31_000, .dead),
                .found(.alive, at: 32_000, .alive), .found(.starting, at: 40_000, again(40_200)),
            ]
        ),
        (
            "starting begins the count of failures anew", rules(retries: 1),
            [
                .found(.silent, at: 0, again(1000)), .found(.starting, at: 1000, again(1200)),
                .found(.silent, at: 1200, again(2200)), .found(.silent, at: 2200, .dead),
            ]
        ),
        (
            "who was dead and answers is alive", rules(),
            [
                .found(.silent, at: 0, .dead), .found(.starting, at: 9, .dead),
                .found(.alive, at: 19, .alive), .found(.silent, at: 29, .dead),
            ]
        ),
    ]

    @Test("verdicts", arguments: courses.indices)
    func course(_ index: Int) {
        let (name, rules, events) = Self.courses[index]
        var health = NodeHealth()
        for (number, event) in events.enumerated() {
            switch event {
            case .met(let isOrderly, let asks):
                #expect(
                    health.met(isOrderly: isOrderly, rules: rules) == asks, "\(name): \(number)")
            case .found(let finding, let at, let verdict):
                let time = at * Self.millisecond
                let found = health.found(
                    finding, begunAt: time, now: time, seconds: 1, rules: rules)
                #expect(found == verdict, "\(name): \(number)")
                #expect(health.isDead == (verdict == .dead), "\(name): \(number)")
            }
        }
    }

    @Test("since when a node is suspect")
    func suspicion() {
        var health = NodeHealth()
        let rules = Self.rules(retries: 5)
        #expect(health.suspectSince == nil)
        #expect(health.troubledSince == nil)
        _ = health.found(.silent, begunAt: 5, now: 10, seconds: 1, rules: rules)
        _ = health.found(.silent, begunAt: 20, now: 30, seconds: 1, rules: rules)
        #expect(health.suspectSince == 5)
        #expect(health.troubledSince == 5)
        _ = health.found(.alive, begunAt: 40, now: 50, seconds: 1, rules: rules)
        #expect(health.suspectSince == nil)
        _ = health.found(.starting, begunAt: 60, now: 70, seconds: 1, rules: rules)
        #expect(health.suspectSince == nil)
        #expect(health.troubledSince == 60, "it gives nobody work, and is not suspect")
        _ = health.found(.refused, begunAt: 80, now: 90, seconds: 1, rules: rules)
        #expect(health.suspectSince == 80)
        #expect(health.troubledSince == 60)
        _ = health.found(.alive, begunAt: 100, now: 110, seconds: 1, rules: rules)
        #expect(health.troubledSince == nil)
    }

    @Test("statistics count checks, not attempts")
    func statistics() {
        var health = NodeHealth()
        let rules = Self.rules(retries: 2)
        func found(_ finding: NodeHealth.Finding, _ begun: UInt64, _ now: UInt64, _ at: Int64) {
            _ = health.found(finding, begunAt: begun, now: now, seconds: at, rules: rules)
        }
        found(.alive, 0, 10, 100)
        #expect(health.statistics.total == 1)
        #expect(health.statistics.durationMin == 10)
        // Two attempts fail, the third one answers.
        found(.silent, 100, 110, 101)
        found(.silent, 200, 210, 102)
        found(.alive, 300, 310, 103)
        #expect(health.statistics.total == 2)
        #expect(health.statistics.succeeded == 2)
        #expect(health.statistics.retries == 2)
        #expect(health.statistics.retriesMax == 2)
        #expect(health.statistics.durationMax == 210)
        #expect(health.statistics.lastSuccessAt == 103)
        #expect(health.statistics.lastFailureAt == nil)
        // All three fail.
        found(.refused, 400, 401, 104)
        found(.refused, 410, 411, 105)
        found(.refused, 420, 430, 106)
        #expect(health.statistics.total == 3)
        #expect(health.statistics.failed == 1)
        #expect(health.statistics.retries == 4)
        #expect(health.statistics.durationSum == 10 + 210 + 30)
        #expect(health.statistics.lastFailureAt == 106)
        #expect(health.statistics.lastAt == 106)
        // It is out now: further failures are no news, skipped checks are counted.
        found(.refused, 500, 501, 107)
        health.skipped(at: 108)
        #expect(health.statistics.total == 4)
        #expect(health.statistics.failed == 1)
        #expect(health.statistics.skipped == 1)
        #expect(health.statistics.lastSkipAt == 108)
        found(.alive, 600, 601, 109)
        #expect(health.statistics.total == 5)
        #expect(health.statistics.retries == 4)
        #expect(health.statistics.durationMin == 1)
    }

    @Test("a server that is starting is neither a success nor a failure")
    func startingStatistics() {
        var health = NodeHealth()
        let rules = Self.rules()
        _ = health.found(.starting, begunAt: 0, now: 1, seconds: 1, rules: rules)
        _ = health.found(.starting, begunAt: 5, now: 6, seconds: 2, rules: rules)
        #expect(health.statistics == HealthCheckTotals())
        _ = health.found(.alive, begunAt: 10, now: 11, seconds: 3, rules: rules)
        #expect(health.statistics.total == 1)
        #expect(health.statistics.retries == 0)
        #expect(health.statistics.durationSum == 11)
    }

    @Test("failures that nobody judges are counted one by one, without retries")
    func unjudged() {
        var health = NodeHealth()
        let rules = Self.rules(period: 0)
        for time in 1...4 as ClosedRange<UInt64> {
            _ = health.found(
                .refused, begunAt: time * 10, now: time * 10 + 1, seconds: 1, rules: rules)
        }
        #expect(health.statistics.failed == 4)
        #expect(health.statistics.retries == 0)
        #expect(health.statistics.durationMax == 1)
    }

    @Test("the first check decides the least duration, skipped ones do not count for it")
    func leastDuration() {
        var health = NodeHealth()
        health.skipped(at: 1)
        _ = health.found(.alive, begunAt: 0, now: 7, seconds: 2, rules: Self.rules())
        _ = health.found(.alive, begunAt: 10, now: 30, seconds: 3, rules: Self.rules())
        #expect(health.statistics.durationMin == 7)
        #expect(health.statistics.durationMax == 20)
    }

    @Test("times that go backwards and times at the end of the clock do not trap")
    func clocks() {
        var health = NodeHealth()
        var rules = Self.rules(retries: 1)
        rules.retryDelay = .max
        rules.startGrace = 0
        _ = health.found(.silent, begunAt: .max, now: 0, seconds: .min, rules: rules)
        _ = health.found(.starting, begunAt: 5, now: 0, seconds: .max, rules: rules)
        _ = health.found(.refused, begunAt: 0, now: .max, seconds: 0, rules: rules)
        #expect(health.statistics.total <= 2)
    }
}
