import ClusterModel
import TestSupport
import Testing

/// A primary and two to four standbys that crash, freeze, return, are promoted by others, and whose
/// messages get lost. A failure names its seed: run that one alone.
@Suite("A cluster in bad weather")
struct ClusterSimulationTests {
    private static let tick: UInt64 = 10_000_000
    private static let second: UInt64 = 1_000_000_000
    private static let badWeather: UInt64 = 60 * second
    private static let end: UInt64 = 120 * second

    private func disturb(
        _ model: inout ModelCoordinator, _ random: inout SeededGenerator, _ now: UInt64
    ) {
        let id = Int.random(in: 0..<model.cluster.servers.count, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: model.cluster.crash(id)
        case 3, 4: model.cluster.servers[id].isFrozen = true
        case 5...7: model.cluster.servers[id].isFrozen = false
        case 8...10: model.cluster.restart(id, now)
        default: if Int.random(in: 0..<4, using: &random) == 0 { model.cluster.promote(id, now) }
        }
    }

    /// Everybody comes back; the primary of record stays away if somebody could take over.
    private func calm(
        _ model: inout ModelCoordinator, _ random: inout SeededGenerator, _ now: UInt64
    ) -> Int? {
        model.loss = 0
        var missing: Int?
        if let primary = model.survey.recordedPrimary, Bool.random(using: &random) {
            let others = model.survey.snapshot.nodes.filter {
                $0.id != primary && $0.isUsable && model.cluster.runs($0.id, now)
                    && model.survey.candidate($0.id)?.timeline == model.survey.primaryTimeline
            }
            if !others.isEmpty {
                model.cluster.crash(primary)
                missing = primary
            }
        }
        for id in model.cluster.servers.indices where id != missing {
            model.cluster.servers[id].isFrozen = false
            model.cluster.restart(id, now)
        }
        return missing
    }

    @Test("there are never two primaries, nobody is promoted in vain, and it ends with one")
    func weather() {
        var openings = 0
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = Int.random(in: 3...5, using: &random)
            var model = ModelCoordinator(count: count, seed: seed)
            model.loss = Int.random(in: 0...5, using: &random)
            let interval = UInt64.random(in: 20...300, using: &random)
            var now: UInt64 = 0
            while now < Self.badWeather {
                now += Self.tick
                if now > 2 * Self.second, (now / Self.tick).isMultiple(of: interval) {
                    disturb(&model, &random, now)
                }
                model.step(now)
            }
            _ = calm(&model, &random, now)
            while now < Self.end {
                now += Self.tick
                model.step(now)
            }
            openings += model.openings
            let words = model.survey.snapshot.nodes.map { "\($0.role) \($0.status)" }
            let primary = model.survey.snapshot.primary
            #expect(
                primary.map { model.survey.snapshot.nodes[$0].isUsable } == true,
                "seed \(seed): it ends without a primary: \(words) \(String(describing: model.failover))"
            )
            if let primary {
                #expect(
                    !model.cluster.servers[primary].isInRecovery,
                    "seed \(seed): the primary is none")
            }
        }
        #expect(openings > 30, "the weather was too good: \(openings)")
    }
}
