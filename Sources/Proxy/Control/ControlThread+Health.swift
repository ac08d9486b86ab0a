internal import ClusterModel
internal import Coordination
internal import Operations
internal import Reactor
internal import Settings
internal import Synchronization

/// What follows from how a node answers: it is given up, or taken back.
extension ControlThread {
    /// A node that was given up has to answer so often before it is taken back by itself.
    private static let returnsNeeded = 3
    /// A node that has stayed so long is no flapping one any more, in nanoseconds.
    private static let flapMemory: UInt64 = 3_600_000_000_000

    func healthRules(_ node: Int) -> HealthRules {
        let backend = settings.settings.backend(node)
        var rules = HealthRules()
        rules.period = backend.healthCheckPeriod.nanoseconds
        rules.timeout = backend.healthCheckTimeout.nanoseconds
        rules.retriesMax = backend.healthCheckMaxRetries
        rules.retryDelay = backend.healthCheckRetryDelay.nanoseconds
        rules.trustsErrors = settings.settings.failoverOnBackendError
        rules.trustsShutdown = settings.settings.failoverOnBackendShutdown
        let isPrimary = node == survey.snapshot.primary
        rules.startGrace =
            (isPrimary
            ? settings.settings.healthCheckStartGrace
            : settings.settings.healthCheckStandbyStartGrace).nanoseconds
        return rules
    }

    /// Judges a node by its latest answer.
    func judge(_ index: Int, _ answer: ProbeAnswer) {
        let finding: NodeHealth.Finding =
            switch answer {
            case .answered, .refused: .alive
            case .starting: .starting
            case .unreachable(_, let isRefused): isRefused ? .refused : .silent
            }
        let rules = healthRules(index)
        defer {
            // Where nobody asked for health checks there are none to tell of.
            if rules.period > 0 {
                let totals = health[index].statistics
                shared.health.withLock { $0[index] = totals }
            }
        }
        if !survey.membership(index).isMember, finding != .alive {
            return health[index].skipped(at: WallClock.seconds())
        }
        let verdict = health[index].found(
            finding, begunAt: probes[index].begunAt, now: reactor.now,
            seconds: WallClock.seconds(), rules: rules)
        switch verdict {
        case .none: break
        case .alive: considerReturn(of: index, answer)
        case .suspect(let again):
            probes[index].nextAt = min(probes[index].nextAt, again)
            // What they know has to be younger than that.
            if isStreaming, index == survey.snapshot.primary { hurryStandbys(of: index) }
        case .dead: died(index, answer)
        }
    }

    /// The node's checks have failed for good.
    private func died(_ index: Int, _ answer: ProbeAnswer) {
        guard survey.membership(index).isMember, !change.concerns(index),
            change.graceUntil[index].map({ $0 <= reactor.now }) ?? true
        else { return }
        change.returns[index] = 0
        let reason = answer.reason ?? "no answer"
        guard !settings.settings.backend(index).flags.disallowsFailover else {
            return logOnce(
                index, .log,
                "health check failed on node \(index) but failover is disallowed for the node")
        }
        let others = survey.snapshot.nodes.filter { $0.id != index && $0.isUsable }
        guard !others.isEmpty else {
            return logOnce(
                index, .warning,
                "node \(index) does not answer and stays in the cluster: it is the last one")
        }
        if isStreaming, index == survey.snapshot.primary { return primaryDied(index, reason) }
        log(.log, "failover: node \(index) is taken out of service: \(reason)")
        exclude(index, .failed, reason: reason)
    }

    /// `health_check_test`: what a node answers, unless `backend_down_request` has it fail. It goes
    /// on failing until its line is gone or an operator attaches it.
    func tested(_ index: Int, _ answer: ProbeAnswer) -> ProbeAnswer {
        do throws(StateFailure) {
            let requests = try DownRequestFile(directory: settings.settings.workDir).heed()
            let wanted = requests?.wanted ?? []
            for node in wanted { log(.log, "node \(node) is to fail its health check") }
            change.failing.formIntersection(requests?.heeded ?? [])
            change.failing.formUnion(wanted)
        } catch {
            logOnce(index, .warning, error.message)
        }
        guard change.failing.contains(index) else { return answer }
        return .unreachable(reason: "backend_down_request says so", isRefused: true)
    }

    /// Puts a node out: it comes back when an operator or `auto_failback` says so.
    func exclude(_ index: Int, _ exclusion: Membership.Exclusion, reason: String) {
        let before = survey.snapshot
        var membership = survey.membership(index)
        membership.exclusion = exclusion
        membership.since = WallClock.seconds()
        survey.decided(index, membership)
        noteStatusChanges(before)
        publish(force: false)
        saveState()
        runFailoverCommand(for: index, before: before, target: nil, reason: reason)
    }

    /// `auto_failback`: a standby that failed and streams again is taken back, unless an operator
    /// took it out. A node that comes and goes has to wait longer each time.
    private func considerReturn(of index: Int, _ answer: ProbeAnswer) {
        change.logged[index] = nil
        if case .answered(isInRecovery: false, let timeline, _, let facts) = answer {
            return considerRogue(index, timeline, facts)
        }
        change.warnedRogues.remove(index)
        let membership = survey.membership(index)
        guard !membership.isDetached, membership.exclusion != nil,
            membership.exclusion != .recovering
        else { return }
        guard settings.settings.autoFailback, isStreaming, change.operation == nil,
            case .answered(isInRecovery: true, let timeline, _, let facts) = answer,
            facts.receiver?.isStreaming == true, survey.snapshot.primary != nil,
            facts.receiver?.timeline ?? timeline >= survey.primaryTimeline
        else {
            change.returns[index] = 0
            return
        }
        let seen = (change.returns[index] ?? 0) + 1
        change.returns[index] = seen
        guard seen >= Self.returnsNeeded else {
            return hurry(index)
        }
        let interval = settings.settings.autoFailbackInterval.nanoseconds
        if let last = change.returnedAt[index], reactor.now &- last > Self.flapMemory {
            change.flaps[index] = 0
        }
        let flaps = UInt64(min(change.flaps[index] ?? 0, 4))
        if let last = change.returnedAt[index], reactor.now < last &+ (interval << flaps) { return }
        change.flaps[index] = (change.flaps[index] ?? 0) + 1
        change.returnedAt[index] = reactor.now
        log(.log, "auto_failback: node \(index) streams again and is attached")
        takeBack(index, reason: "auto_failback")
    }

    /// A node that takes writes although another one is the primary gets no statements in any case.
    private func considerRogue(_ index: Int, _ timeline: Int64, _ facts: ServerFacts) {
        guard isStreaming, change.operation == nil, let primary = survey.snapshot.primary,
            primary != index, !settings.settings.backend(index).flags.isAlwaysPrimary
        else { return }
        let membership = survey.membership(index)
        guard membership.exclusion == .replaced else {
            guard membership.isMember else { return }
            if change.warnedRogues.insert(index).inserted {
                log(
                    .warning,
                    "node \(index) takes writes (timeline \(timeline)) although node \(primary) is "
                        + "the primary",
                    hint: "No statement goes there. Stop it, or order its promotion.")
            }
            if settings.settings.detachFalsePrimary, settings.settings.roguePrimaryAction != .never
            {
                exclude(index, .rogue, reason: "it takes writes beside the primary")
            }
            return
        }
        guard settings.settings.roguePrimaryAction == .demote, failoverRules.promotes,
            timeline <= survey.primaryTimeline,
            case .answered(_, _, _, let known)? = survey.answer(primary),
            known.systemIdentifier == facts.systemIdentifier,
            change.graceUntil[index].map({ $0 <= reactor.now }) ?? true
        else { return }
        demote(index, below: primary)
    }

    /// The node is a member again.
    func takeBack(_ index: Int, reason: String) {
        let before = survey.snapshot
        survey.decided(index, Membership())
        change.returns[index] = 0
        noteStatusChanges(before)
        publish(force: false)
        saveState()
        runFailbackCommand(for: index, before: before, reason: reason)
    }

    func logOnce(
        _ index: Int, _ severity: Severity, _ message: String, hint: String? = nil
    ) {
        guard change.logged[index, default: []].insert(message).inserted else { return }
        log(severity, message, hint: hint)
    }

    /// Times and log lines of statuses that a decision has changed.
    func noteStatusChanges(_ before: ClusterSnapshot) {
        for (old, new) in zip(before.nodes, survey.snapshot.nodes) { noteStatus(old, new) }
    }

    func noteStatus(_ old: NodeView, _ new: NodeView) {
        guard old.status != new.status || old.role != new.role, tellStatus(new),
            old.status != new.status
        else { return }
        shared.statusChanges.withLock { $0[new.id] = WallClock.seconds() }
    }

    /// Logs how a node is. The same change may be seen twice, by who decided it and with the node's
    /// answer, but it is told once.
    ///
    /// - Returns: whether it is news.
    @discardableResult
    func tellStatus(_ node: NodeView) -> Bool {
        let words = "\(node.status.rawValue) \(node.role.rawValue)"
        guard statusWords.updateValue(words, forKey: node.id) != words else { return false }
        log(.log, "node status[\(node.id)]: \(words)")
        return true
    }
}

extension ProbeAnswer {
    /// Why it is no answer; nil where it is one.
    var reason: String? {
        switch self {
        case .answered: nil
        case .refused(let reason), .starting(let reason), .unreachable(let reason, _): reason
        }
    }
}
