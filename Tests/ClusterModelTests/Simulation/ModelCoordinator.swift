import ClusterModel
import TestSupport
import Testing

/// What the proxy's control thread does with the deciders, without sockets: it asks, judges, and
/// carries out what the failover says. Violations of what must always hold are recorded.
struct ModelCoordinator {
    private static let millisecond: UInt64 = 1_000_000
    private static let second: UInt64 = 1_000_000_000

    let seed: UInt64
    var cluster: ModelCluster
    var survey: RoleSurvey
    private(set) var failover: Failover?
    private(set) var promotions = 0
    private(set) var openings = 0
    /// Messages get lost with this probability, in percent.
    var loss = 0
    private var health: [NodeHealth]
    private var rules = HealthRules()
    private var failoverRules = FailoverRules()
    private var nextAt: [UInt64]
    private var answeredAt: [UInt64]
    private var returns: [Int]
    private var changedAt: UInt64?
    private var selectingSince: UInt64 = 0
    private var random: SeededGenerator
    private let count: Int

    init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
        random = SeededGenerator(seed: seed ^ 0xC0FF_EE00)
        cluster = ModelCluster(count: count, seed: seed)
        survey = RoleSurvey(
            nodes: (0..<count).map {
                RoleSurvey.Node(id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false)
            }, isStreaming: true)
        health = Array(repeating: NodeHealth(), count: count)
        nextAt = Array(repeating: 0, count: count)
        answeredAt = Array(repeating: 0, count: count)
        returns = Array(repeating: 0, count: count)
        rules.period = Self.second
        rules.retriesMax = 1
        rules.retryDelay = 300 * Self.millisecond
        failoverRules.promotes = true
        failoverRules.promotionLimit = 3 * Self.second
    }

    mutating func step(_ now: UInt64) {
        cluster.advance(to: now)
        if let deadline = failover?.deadline, deadline <= now {
            with(now) { $0.passed(now: now) }
        }
        for id in 0..<count where nextAt[id] <= now {
            probe(id, now)
        }
        checkPrimary()
    }

    // MARK: Asking

    private mutating func probe(_ id: Int, _ now: UInt64) {
        nextAt[id] = now &+ Self.second / 2
        let isLost = Int.random(in: 0..<100, using: &random) < loss
        let answer = cluster.answer(id, now, isLost: isLost)
        let before = survey.snapshot.primary
        survey.probed(id, answer, askedAt: now, now: now)
        if case .answered = answer { answeredAt[id] = now }
        checkAdoption(before)
        judge(id, answer, now)
        advance(id, answer, now)
    }

    private mutating func judge(_ id: Int, _ answer: ProbeAnswer, _ now: UInt64) {
        let finding: NodeHealth.Finding =
            switch answer {
            case .answered, .refused: .alive
            case .starting: .starting
            case .unreachable(_, let isRefused): isRefused ? .refused : .silent
            }
        if !survey.membership(id).isMember, finding != .alive {
            returns[id] = 0
            return
        }
        if finding == .refused { _ = health[id].met(isOrderly: false, rules: rules) }
        switch health[id].found(finding, begunAt: now, now: now, seconds: 0, rules: rules) {
        case .none: break
        case .suspect(let again): nextAt[id] = min(nextAt[id], again)
        case .alive: considerReturn(id, answer)
        case .dead: died(id, now)
        }
    }

    private mutating func died(_ id: Int, _ now: UInt64) {
        guard survey.membership(id).isMember, failover?.oldPrimary != id else { return }
        guard survey.snapshot.nodes.contains(where: { $0.id != id && $0.isUsable }) else { return }
        guard id == survey.snapshot.primary else {
            return survey.decided(id, Membership(exclusion: .failed))
        }
        let members = Set((0..<count).filter { isCandidate($0) && $0 != id })
        guard failover == nil, !members.isEmpty else { return }
        if let changedAt, now &- changedAt < 5 * Self.second { return }
        changedAt = now
        var failover = Failover(
            id: now, oldPrimary: id, oldTimeline: survey.primaryTimeline,
            oldBytes: survey.primaryBytes, members: members, rules: failoverRules, now: now)
        let actions = failover.begin(now: now)
        self.failover = failover
        perform(actions, now)
    }

    private func isCandidate(_ id: Int) -> Bool {
        survey.membership(id).isMember && !health[id].isDead && survey.candidate(id) != nil
    }

    private mutating func considerReturn(_ id: Int, _ answer: ProbeAnswer) {
        guard case .answered(let isInRecovery, _, _, let facts) = answer, failover == nil,
            let primary = survey.snapshot.primary, primary != id
        else { return }
        if !isInRecovery {
            if survey.membership(id).isMember {
                survey.decided(id, Membership(exclusion: .rogue))
            }
            return
        }
        cluster.servers[id].upstream = primary
        guard survey.membership(id).exclusion == .failed, facts.receiver?.isStreaming == true,
            facts.receiver?.timeline ?? 0 >= survey.primaryTimeline
        else { return }
        returns[id] += 1
        if returns[id] >= 3 { survey.decided(id, Membership()) }
    }

    private mutating func advance(_ id: Int, _ answer: ProbeAnswer, _ now: UInt64) {
        guard let failover else { return }
        switch answer {
        case .answered(isInRecovery: false, let timeline, _, _):
            if id == failover.oldPrimary {
                with(now) { $0.oldPrimaryReturned(now: now) }
            } else if survey.mayLead(id) {
                with(now) { $0.promoted(id, timeline: timeline, now: now) }
            }
        case .answered:
            if let candidate = survey.candidate(id) {
                with(now) { $0.answered(candidate, now: now) }
            }
            if failover.phase == .promoting, failover.target == id {
                nextAt[id] = now &+ 10 * Self.millisecond
            }
        case .unreachable, .starting:
            if health[id].isDead { with(now) { $0.lost(id, now: now) } }
        case .refused: break
        }
    }

    // MARK: Doing

    private mutating func with(
        _ now: UInt64, _ body: (inout Failover) -> [Failover.Action]
    ) {
        guard var failover else { return }
        let was = failover.phase
        let actions = body(&failover)
        if failover.phase == .selecting, was != .selecting { selectingSince = now }
        self.failover = failover
        perform(actions, now)
        if self.failover?.phase == .done { self.failover = nil }
    }

    private mutating func perform(_ actions: [Failover.Action], _ now: UInt64) {
        for action in actions {
            guard let failover else { return }
            switch action {
            case .fence:
                survey.primaryWithheld()
                survey.decided(failover.oldPrimary, Membership(exclusion: .replaced))
                // The workers' word comes at once.
                with(now) { $0.fenced(now: now) }
            case .ask:
                for id in 0..<count where id != failover.oldPrimary { nextAt[id] = now }
            case .command: Issue.record("seed \(seed): a command that nobody has configured")
            case .promote(let id):
                // When it is chosen; what others say later comes too late.
                if actions.contains(.note) { checkChoice(id, failover) }
                promotions += 1
                nextAt[id] = min(nextAt[id], now &+ 10 * Self.millisecond)
                let isLost = Int.random(in: 0..<100, using: &random) < loss
                if !isLost { cluster.promote(id, now) }
            case .open(let id):
                openings += 1
                var timeline: Int64 = 0
                if case .answered(_, let told, _, _)? = survey.answer(id) { timeline = told }
                survey.decided(id, Membership())
                survey.primaryDecided(id, timeline: timeline)
                for other in 0..<count where other != id { cluster.servers[other].upstream = id }
            case .reopen(let id): takeBack(id, failover)
            case .stuck:
                guard failover.isUntouched else { break }
                takeBack(failover.oldPrimary, failover)
                self.failover = nil
            case .note: break
            }
        }
    }

    private mutating func takeBack(_ id: Int, _ failover: Failover) {
        survey.decided(id, Membership())
        survey.primaryDecided(id, timeline: failover.oldTimeline)
    }

    // MARK: What must hold

    /// Nobody is promoted who lacks what another one has that answered, and is no less able.
    private func checkChoice(_ id: Int, _ failover: Failover) {
        guard let chosen = survey.candidate(id) else { return }
        for other in 0..<count where other != id && other != failover.oldPrimary {
            guard !failover.failed.contains(other), answeredAt[other] > selectingSince,
                isCandidate(other), let candidate = survey.candidate(other),
                candidate.timeline == failover.oldTimeline, failover.attempts == 1
            else { continue }
            #expect(
                candidate.receivedBytes <= chosen.receivedBytes,
                "seed \(seed): node \(id) is promoted, node \(other) has more")
        }
    }

    private func checkPrimary() {
        guard let primary = survey.snapshot.primary else { return }
        #expect(
            survey.membership(primary).mayBecomePrimary,
            "seed \(seed): node \(primary) is out and the primary")
        #expect(failover == nil, "seed \(seed): a primary while another one is being made")
        #expect(
            survey.recordedPrimary == nil || survey.recordedPrimary == primary,
            "seed \(seed): two primaries")
        let usable = survey.snapshot.nodes.filter { $0.role == .primary && $0.isUsable }
        #expect(usable.count <= 1, "seed \(seed): two nodes take writes")
    }

    /// Without a failover the primary changes only to one with a later history, and only from one
    /// that does not say that it is one.
    private func checkAdoption(_ before: Int?) {
        guard let before, let after = survey.snapshot.primary, before != after,
            survey.recordedPrimary == after
        else { return }
        if case .answered(isInRecovery: false, _, _, _)? = survey.answer(before) {
            Issue.record("seed \(seed): node \(after) replaced node \(before), which is alive")
        }
    }
}
