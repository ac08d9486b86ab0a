internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// Changing the primary: does what ``Failover`` and ``Switchover`` say, and tells them what came of
/// it.
extension ControlThread {
    /// How long one request to a node may take, in nanoseconds.
    private static let requestLimit: UInt64 = 5_000_000_000
    private static let checkpointLimit: UInt64 = 60_000_000_000
    /// A node that was restarted by us may take so long to answer.
    private static let restartGrace: UInt64 = 60_000_000_000
    /// A standby that is about to be promoted is asked again after this time.
    private static let promotionPoll: UInt64 = 5_000_000

    var failoverRules: FailoverRules {
        let settings = settings.settings
        var rules = FailoverRules()
        rules.promotes = settings.failoverBuiltinPromotion
        rules.hasCommand = settings.failoverCommand.contains { !$0.isWhitespace }
        rules.policy = settings.failoverCandidatePolicy == .nodeID ? .lowestID : .mostAdvanced
        rules.drain = settings.failoverDrain.nanoseconds
        rules.lagBytesMax = settings.failoverMaxLagBytes
        rules.searchLimit = settings.searchPrimaryNodeTimeout.nanoseconds
        rules.isVetoed = settings.failoverVetoIfStreaming
        if settings.failoverFenceCommand.contains(where: { !$0.isWhitespace }) {
            rules.fenceLimit = settings.failoverCommandTimeout.nanoseconds &+ 5_000_000_000
            rules.requiresFencing = settings.failoverRequireFencing
        }
        return rules
    }

    /// Standbys that may take part: members that answer as such.
    private func standbys(except node: Int) -> Set<Int> {
        Set(
            survey.snapshot.nodes.map(\.id).filter { id in
                id != node && isUsed(id) && survey.membership(id).isMember && !health[id].isDead
                    && survey.candidate(id) != nil
            })
    }

    // MARK: Beginning

    /// The primary's checks have failed for good.
    func primaryDied(_ node: Int, _ reason: String) {
        let rules = failoverRules
        guard rules.isActive else {
            return logOnce(
                node, .warning,
                "the primary, node \(node), is down: \(reason); writes wait until it is back or "
                    + "somebody has promoted a standby")
        }
        guard change.operation == nil else { return }
        let standbys = standbys(except: node)
        guard !standbys.isEmpty else {
            return logOnce(
                node, .warning,
                "no failover: the primary, node \(node), is down, and no standby answers that could "
                    + "take over")
        }
        if isPrimaryAwaited {
            return logOnce(
                node, .log,
                "all nodes were lost: node \(node), the last primary, is waited for before a "
                    + "standby is promoted",
                hint: "It has health_check_start_grace. A standby can be promoted by hand.")
        }
        // They may have died in the same moment.
        let since = health[node].troubledSince ?? 0
        guard standbys.contains(where: { probes[$0].heardAt >= since }) else {
            change.awaitsStandbysOf = node
            return hurryStandbys(of: node)
        }
        if let now = mayNotChange {
            return logOnce(node, .warning, "no failover of node \(node): \(now)")
        }
        if rules.isVetoed, let witness = witness(of: node) {
            return logOnce(
                node, .warning,
                "no failover: node \(node) does not answer the proxy, but node \(witness) still "
                    + "hears from it")
        }
        startFailover(of: node, reason: reason, isAutomatic: true)
    }

    /// Everybody was gone: who comes back first may lack what the primary has (HF-40).
    var isPrimaryAwaited: Bool {
        survey.isPrimaryAwaited(
            now: reactor.now, grace: settings.settings.healthCheckStartGrace.nanoseconds)
    }

    func hurryStandbys(of primary: Int) {
        for node in survey.snapshot.nodes where node.id != primary && isUsed(node.id) {
            hurry(node.id)
        }
    }

    /// Why an automatic change has to wait for an operator; nil if it has not.
    private var mayNotChange: String? {
        let gap = settings.settings.failoverMinInterval.nanoseconds
        return switch change.history.obstacle(now: reactor.now, gapMin: gap) {
        case nil: nil
        case .tooSoon?: "the last one was less than failover_min_interval ago"
        case .tooMany(let count)?:
            "there were \(count) within 15 minutes; promote a standby by hand, or attach a node"
        }
    }

    /// A standby that heard from a silent primary after it fell silent for us. A refused connection
    /// is no silence: somebody's kernel answered.
    private func witness(of node: Int) -> Int? {
        guard let since = health[node].suspectSince,
            case .unreachable(_, isRefused: false)? = survey.answer(node)
        else { return nil }
        let window = settings.settings.failoverVetoWindow.nanoseconds
        return standbys(except: node).sorted().first { id in
            guard case .answered(_, _, _, let facts)? = survey.answer(id),
                let receiver = facts.receiver, receiver.isStreaming,
                let silence = receiver.silence, silence >= 0
            else { return false }
            let quiet = UInt64(silence).multipliedReportingOverflow(by: 1000)
            guard !quiet.overflow, quiet.partialValue <= window else { return false }
            let asked = probes[id].askedAt
            return asked > since && asked - since > quiet.partialValue
        }
    }

    /// - Parameter target: who is to be promoted, where an operator said so.
    func startFailover(
        of node: Int, reason: String, isAutomatic: Bool, target: Int? = nil,
        timeline: Int64? = nil, doubted: Set<Int> = []
    ) {
        if isAutomatic { change.history.began(now: reactor.now) }
        let members = target.map { Set([$0]) } ?? standbys(except: node)
        var failover = Failover(
            id: nextOperationID(), oldPrimary: node,
            oldTimeline: timeline ?? survey.primaryTimeline, oldBytes: survey.primaryBytes,
            members: members, doubted: doubted, isOrdered: target != nil,
            rules: failoverRules, now: reactor.now)
        if let target {
            logSwitchover(of: node, to: target)
        } else {
            log(.log, "failover: the primary, node \(node), is given up: \(reason)")
        }
        change.reason = reason
        let actions = failover.begin(now: reactor.now)
        change.operation = .failover(failover)
        perform(actions)
    }

    func startSwitchover(to target: Int, reply: OrderReply?) {
        guard let old = survey.snapshot.primary else {
            reply?.end(
                .refused(
                    reason: "there is no primary to switch over from",
                    hint: "Promote the node with its own tools, then order its promotion without "
                        + "--switchover."))
            return
        }
        var switchover = Switchover(
            id: nextOperationID(), oldPrimary: old, oldTimeline: survey.primaryTimeline,
            target: target, drainLimit: settings.settings.switchoverDrainTimeout.nanoseconds,
            now: reactor.now)
        logSwitchover(of: old, to: target)
        change.reply = reply
        change.reason = "switchover"
        let actions = switchover.begin(now: reactor.now)
        change.operation = .switchover(switchover)
        perform(actions)
    }

    private func logSwitchover(of old: Int, to target: Int) {
        log(.log, "switchover: node \(target) is to replace node \(old) as the primary")
    }

    private func nextOperationID() -> UInt64 {
        change.nextID &+= 1
        return change.nextID
    }

    // MARK: Events

    private func withFailover(_ body: (inout Failover) -> [Failover.Action]) {
        guard case .failover(var failover)? = change.operation else { return }
        let actions = body(&failover)
        change.operation = .failover(failover)
        perform(actions)
    }

    private func withSwitchover(_ body: (inout Switchover) -> [Switchover.Action]) {
        guard case .switchover(var switchover)? = change.operation else { return }
        let actions = body(&switchover)
        change.operation = .switchover(switchover)
        perform(actions)
    }

    /// A deadline of the running change came.
    func expireChange() {
        let now = reactor.now
        withFailover { $0.passed(now: now) }
        withSwitchover { $0.passed(now: now) }
        expireNoted()
        if change.holdEndsAt <= now { holdExpired() }
        expireAttaching()
    }

    func acknowledged(_ worker: Int, _ revision: UInt64) {
        guard revision >= change.awaitedRevision else { return }
        change.unacknowledged.remove(worker)
        guard change.unacknowledged.isEmpty, !change.isFencing else { return }
        let now = reactor.now
        withFailover { $0.fenced(now: now) }
    }

    func drained(_ worker: Int, _ revision: UInt64) {
        guard revision >= change.awaitedRevision, change.hold != nil else { return }
        change.undrained.remove(worker)
        guard change.undrained.isEmpty else { return }
        let now = reactor.now
        withSwitchover { $0.drained(now: now) }
        if let reply = change.holdReply { holdCameToRest(reply) }
    }

    func failoverCommandEnded(_ id: UInt64, isSuccess: Bool) {
        let now = reactor.now
        withFailover { $0.id == id ? $0.commandEnded(isSuccess: isSuccess, now: now) : [] }
    }

    /// A node answered, or did not.
    func advanceChange(_ index: Int, _ answer: ProbeAnswer) {
        guard change.operation != nil else {
            if let primary = change.awaitsStandbysOf, primary != index {
                change.awaitsStandbysOf = nil
                hurry(primary)
            }
            considerUndoing(index, answer)
            return considerFollowing(index)
        }
        let now = reactor.now
        if let primary = survey.recordedPrimary {
            withSwitchover { $0.overtaken(by: primary) }
        }
        switch answer {
        case .answered(isInRecovery: false, let timeline, _, _):
            let mayLead = survey.mayLead(index)
            let isForeign = survey.isForeign(index)
            withFailover { failover in
                if index == failover.oldPrimary {
                    return isForeign ? [] : failover.oldPrimaryReturned(now: now)
                }
                return mayLead ? failover.promoted(index, timeline: timeline, now: now) : []
            }
            withSwitchover { $0.promoted(index, timeline: timeline, now: now) }
        case .answered(isInRecovery: true, _, _, _):
            // One that was given up may be all that is left.
            let candidate = survey.candidate(index)
            let isAwaited = isPrimaryAwaited
            withFailover { failover in
                guard let candidate, !isAwaited else { return [] }
                return failover.answered(candidate, now: now)
            }
            withSwitchover { switchover in
                if index == switchover.oldPrimary {
                    return switchover.stopped(isBack: true, now: now)
                }
                guard index == switchover.target, let candidate else { return [] }
                return switchover.answered(receivedBytes: candidate.receivedBytes, now: now)
            }
            pollPromotion(of: index)
        case .unreachable, .starting:
            let isDead = health[index].isDead
            let needsFence = settings.settings.failoverRequireFencing
            withFailover { isDead ? $0.lost(index, now: now) : [] }
            withSwitchover { switchover in
                if index == switchover.oldPrimary {
                    // One lost answer is no stop: it may still take writes. Nor is silence where
                    // the old primary has to be fenced.
                    let isGone = isDead && !needsFence
                    guard case .unreachable(_, let isRefused) = answer, isRefused || isGone else {
                        return []
                    }
                    return switchover.stopped(isBack: false, now: now)
                }
                return index == switchover.target && isDead ? switchover.targetLost(now: now) : []
            }
        case .refused: break
        }
        forgetIfOver()
    }

    /// The primary that a switchover restarted as a standby answers as one after all, and nobody
    /// took over: there would be no primary for ever.
    private func considerUndoing(_ index: Int, _ answer: ProbeAnswer) {
        guard isStreaming, index == survey.recordedPrimary, survey.snapshot.primary == nil,
            case .answered(isInRecovery: true, _, _, _) = answer,
            let until = change.graceUntil[index], reactor.now < until
        else { return }
        undoSwitchover(of: index, target: index, timeline: survey.primaryTimeline)
    }

    func undoSwitchover(of old: Int, target: Int, timeline: Int64) {
        var switchover = Switchover(
            id: nextOperationID(), oldPrimary: old, oldTimeline: timeline, target: target,
            drainLimit: 0, now: reactor.now)
        log(.log, "switchover: node \(old) was restarted as a standby and is the primary again")
        change.reason = "switchover"
        let actions = switchover.takenBack("nobody took over from node \(old)", now: reactor.now)
        change.operation = .switchover(switchover)
        perform(actions)
    }

    /// While a standby is being promoted it is asked again and again.
    private func pollPromotion(of index: Int) {
        if isPromoting(index) { probes[index].nextAt = reactor.now &+ Self.promotionPoll }
    }

    private func isPromoting(_ node: Int) -> Bool {
        switch change.operation {
        case .failover(let failover)?: failover.phase == .promoting && failover.target == node
        case .switchover(let switchover)?:
            (switchover.phase == .promoting && switchover.target == node)
                || (switchover.phase == .undoing && switchover.oldPrimary == node)
        case nil: false
        }
    }

    private func forgetIfOver() {
        switch change.operation {
        case .failover(let failover)? where failover.phase == .done: change.operation = nil
        case .switchover(let switchover)? where switchover.isOver: change.operation = nil
        default: break
        }
    }

    // MARK: Actions

    private func perform(_ actions: [Failover.Action]) {
        for action in actions {
            guard case .failover(let failover)? = change.operation else { return }
            switch action {
            case .fence: fence(failover.oldPrimary)
            case .ask:
                logStep("the standbys are asked how much they have")
                askStandbys()
            case .command(let target):
                whenNoted { control in
                    guard case .failover(let now)? = control.change.operation,
                        now.id == failover.id, now.phase == .commanding
                    else { return }
                    control.runCommand(now, target: target)
                }
            case .promote(let node): promoteWhenNoted(node)
            case .open(let node): open(node, replaced: failover.oldPrimary)
            case .reopen: reopen(failover, "it is back, and nobody has taken over")
            case .stuck(let reason): failoverStuck(failover, reason)
            case .note: saveState()
            }
        }
        forgetIfOver()
    }

    private func perform(_ actions: [Switchover.Action]) {
        for action in actions {
            guard case .switchover(let switchover)? = change.operation else { return }
            switch action {
            case .prepare: prepare(switchover)
            case .hold: holdWork(on: switchover.oldPrimary)
            case .cut:
                change.hold?.isCut = true
                publish(force: true)
            case .stop:
                whenNoted { control in
                    guard case .switchover(let now)? = control.change.operation,
                        now.id == switchover.id, now.phase == .stopping
                    else { return }
                    control.stop(now)
                }
            case .ask:
                // A server that stops waits for the process of each look at it.
                if switchover.phase == .stopping {
                    hurry(switchover.oldPrimary)
                } else {
                    hurry(switchover.target)
                }
            case .promote(let node): promoteWhenNoted(node)
            case .open(let node): switched(switchover, to: node)
            case .fail(let reason): switchoverFailed(switchover, reason)
            case .note: saveState()
            }
        }
        forgetIfOver()
    }

    /// Workers leave the old primary; when all have said so it cannot acknowledge anything to a
    /// client any more.
    private func fence(_ node: Int) {
        let before = survey.snapshot
        survey.primaryWithheld()
        survey.decided(node, Membership(exclusion: .replaced, since: WallClock.seconds()))
        noteStatusChanges(before)
        publish(force: true)
        change.awaitedRevision = state.revision
        change.unacknowledged = Set(shared.mailboxes.indices)
        change.isFencing = runFenceCommand(for: node, before: before)
    }

    func fenceCommandEnded(_ id: UInt64, isSuccess: Bool) {
        change.isFencing = false
        let now = reactor.now
        let isNeeded = settings.settings.failoverRequireFencing
        withFailover { failover in
            guard failover.id == id else { return [] }
            return isSuccess || !isNeeded ? [] : failover.fenceFailed(now: now)
        }
        guard isSuccess || !isNeeded, change.unacknowledged.isEmpty else { return }
        withFailover { $0.fenced(now: now) }
    }

    /// A step of the running change, once.
    private func logStep(_ text: String) {
        guard change.step != text else { return }
        change.step = text
        if let kind = change.kind { log(.log, "\(kind): \(text)") }
    }

    private func askStandbys() {
        guard case .failover(let failover)? = change.operation else { return }
        for node in survey.snapshot.nodes where node.id != failover.oldPrimary && isUsed(node.id) {
            probes[node.id].nextAt = min(probes[node.id].nextAt, reactor.now)
        }
    }

    /// The request is said again and again: one that waits is enough.
    private func promoteWhenNoted(_ node: Int) {
        guard change.noted.isEmpty else { return }
        whenNoted { control in
            if control.isPromoting(node) { control.promote(node) }
        }
    }

    /// Asks a standby to become the primary, unless the last request still runs, and looks whether
    /// it has.
    private func promote(_ node: Int) {
        logStep("node \(node) is asked to become the primary")
        probes[node].nextAt = min(probes[node].nextAt, reactor.now &+ Self.promotionPoll)
        guard change.promoting.insert(node).inserted else { return }
        run(
            ["SELECT pg_catalog.pg_promote(false)"], on: node, limit: Self.requestLimit
        ) { control, outcome in
            control.change.promoting.remove(node)
            if case .failed(let reason) = outcome, !reason.contains("recovery is not in progress") {
                control.logOnce(
                    node, .warning, "node \(node) refuses to be promoted: \(reason)",
                    hint: "sr_check_user must be a superuser or be granted pg_promote().")
            }
            control.hurry(node)
        }
    }

    /// The new primary takes writes.
    private func open(_ node: Int, replaced old: Int) {
        let before = survey.snapshot
        var timeline: Int64 = 0
        if case .answered(_, let answered, _, _)? = survey.answer(node) { timeline = answered }
        survey.decided(node, Membership())
        survey.primaryDecided(node, timeline: timeline)
        noteStatusChanges(before)
        publish(force: true)
        change.logged.removeAll()
        if case .failover(let failover)? = change.operation {
            done(node, since: failover.startedAt)
        }
        change.reply?.end(.done)
        change.reply = nil
        follow(node, old: old)
        detachOldPrimary(old)
    }

    private func done(_ node: Int, since start: UInt64) {
        guard let kind = change.kind else { return }
        let took = reactor.now &- start
        let whence = kind == .failover ? "decided" : "ordered"
        log(
            .log,
            "\(kind) done: node \(node) is the primary, \(took / 1_000_000) ms after it was \(whence)"
        )
        shared.history.changed(kind, took: took)
    }

    private func failoverStuck(_ failover: Failover, _ reason: String) {
        log(
            .error, "\(failover.kind) stuck: \(reason)",
            hint: "It goes on when a standby answers, or the old primary is back.")
        shared.history.failed(failover.kind)
        change.reply?.end(.refused(reason: reason, hint: nil))
        change.reply = nil
        // Nobody was asked to take over: nothing is lost if the old primary comes back.
        guard failover.isUntouched else { return }
        change.operation = nil
        change.history.undone(begunAt: failover.startedAt)
        reopen(failover, "nobody can take over")
    }

    /// The old primary is the primary as before.
    private func reopen(_ failover: Failover, _ reason: String) {
        let before = survey.snapshot
        log(.log, "\(failover.kind): node \(failover.oldPrimary) stays the primary: \(reason)")
        survey.decided(failover.oldPrimary, Membership())
        survey.primaryDecided(failover.oldPrimary, timeline: failover.oldTimeline)
        noteStatusChanges(before)
        publish(force: true)
    }

    // MARK: Switchover

    /// Where the old primary streams from when it comes back, and a checkpoint, so that its stop is
    /// short. All of it can be done before anybody waits.
    private func prepare(_ switchover: Switchover) {
        run([Self.upstreamQuestion], on: switchover.target, limit: Self.requestLimit) {
            control, outcome in
            guard case .done(let rows) = outcome else {
                let reason = outcome.reason ?? ""
                let now = control.reactor.now
                return control.withSwitchover {
                    $0.id == switchover.id
                        ? $0.prepared(failure: "node \(switchover.target): \(reason)", now: now)
                        : []
                }
            }
            // What the target streams with is right for the old primary as well: its options hold
            // the user and what the servers ask of him.
            let known = rows.first?.first?.first.flatMap { $0 }.flatMap { ConnectionText($0) }
            control.prepareOld(
                switchover,
                conninfo: control.conninfo(
                    known, of: switchover.oldPrimary, to: switchover.target))
        }
    }

    private func prepareOld(_ switchover: Switchover, conninfo: String) {
        run(
            Self.restartQuestions + [
                "ALTER SYSTEM SET primary_conninfo = \(SQLText.literal(conninfo))",
                "ALTER SYSTEM SET recovery_target_timeline = 'latest'",
                "CHECKPOINT",
            ], on: switchover.oldPrimary, limit: Self.checkpointLimit
        ) { control, outcome in
            // Of an earlier one that has failed meanwhile.
            guard case .switchover(let current)? = control.change.operation,
                current.id == switchover.id
            else { return }
            let now = control.reactor.now
            var failure = outcome.reason
            if case .done(let rows) = outcome {
                control.change.restart = ServerRestart(rows.prefix(2))
                if control.change.restart == nil { failure = "it does not tell where it is" }
            }
            let words = failure.map { "node \(switchover.oldPrimary) could not be prepared: \($0)" }
            control.withSwitchover { $0.prepared(failure: words, now: now) }
        }
    }

    /// New work for the node waits.
    func holdWork(on node: Int) {
        change.hold = NodeHold(node: node)
        publish(force: true)
        change.awaitedRevision = state.revision
        change.undrained = Set(shared.mailboxes.indices)
    }

    /// Has the old primary tell how far it is and restart itself as a standby: it sends its standbys
    /// all it has before it ends. One connection for both, because clients wait.
    private func stop(_ switchover: Switchover) {
        guard let restart = change.restart else { return }
        change.graceUntil[switchover.oldPrimary] = reactor.now &+ Self.restartGrace
        run(
            [
                "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')",
                restart.statement,
            ], on: switchover.oldPrimary, limit: Self.requestLimit,
            proceed: { control, rows in
                guard case .switchover(let current)? = control.change.operation,
                    current.id == switchover.id, current.phase == .stopping, !current.isTold
                else { return false }
                let now = control.reactor.now
                guard let bytes = rows.first?.first?.flatMap({ Int64($0) }) else {
                    control.withSwitchover {
                        $0.refused("it does not tell where it is", now: now)
                    }
                    return false
                }
                control.withSwitchover {
                    $0.positionKnown(bytes, now: now)
                    return []
                }
                return true
            }
        ) { control, outcome in
            let now = control.reactor.now
            control.withSwitchover {
                guard $0.id == switchover.id, let why = outcome.reason else { return [] }
                // One that is stopping loses the connection; one that was not told must not.
                if case .lost = outcome, $0.isTold { return [] }
                return $0.refused(
                    "node \(switchover.oldPrimary) cannot be stopped: \(why)", now: now)
            }
            control.hurry(switchover.oldPrimary)
        }
    }

    /// A primary that was replaced while it did not answer is back: two servers must not take
    /// writes. It starts anew as a standby; whether it can follow is seen then.
    func demote(_ node: Int, below primary: Int) {
        change.graceUntil[node] = reactor.now &+ Self.restartGrace
        log(.log, "node \(node) was replaced as the primary and is restarted as a standby")
        let example = survey.snapshot.nodes.map(\.id).first { id in
            guard id != node, id != primary,
                case .answered(isInRecovery: true, _, _, _)? = survey.answer(id)
            else { return false }
            return true
        }
        guard let example else { return demote(node, conninfo(nil, of: node, to: primary)) }
        run([Self.upstreamQuestion], on: example, limit: Self.requestLimit) { control, outcome in
            var known: ConnectionText?
            if case .done(let rows) = outcome {
                known = rows.first?.first?.first.flatMap { $0 }.flatMap { ConnectionText($0) }
            }
            control.demote(node, control.conninfo(known, of: node, to: primary))
        }
    }

    private func demote(_ node: Int, _ conninfo: String) {
        run(
            [
                "ALTER SYSTEM SET primary_conninfo = \(SQLText.literal(conninfo))",
                "ALTER SYSTEM SET recovery_target_timeline = 'latest'",
            ] + Self.restartQuestions, on: node, limit: Self.checkpointLimit
        ) { control, outcome in
            guard case .done(let rows) = outcome, let restart = ServerRestart(rows.suffix(2)) else {
                return control.log(
                    .warning, "node \(node) could not be restarted: \(outcome.reason ?? "")",
                    hint: "It takes writes beside the primary until somebody stops it.")
            }
            control.run([restart.statement], on: node, limit: Self.requestLimit) {
                control, outcome in
                if case .failed(let reason) = outcome {
                    control.log(
                        .warning, "node \(node) could not be restarted: \(reason)",
                        hint: "It takes writes beside the primary until somebody stops it.")
                }
                control.hurry(node)
            }
        }
    }

    private static let restartQuestions = [
        "SELECT pg_catalog.current_setting('data_directory')",
        "SELECT setting FROM pg_catalog.pg_config() WHERE name = 'BINDIR'",
    ]

    private func switched(_ switchover: Switchover, to node: Int) {
        let before = survey.snapshot
        change.hold = nil
        if node == switchover.oldPrimary {
            // Undone: it was promoted again, onto a timeline of its own. The order has failed.
            let reply = change.reply
            change.reply = nil
            change.detachesOldPrimary = false
            open(node, replaced: switchover.target)
            change.reply = reply
            return
        }
        survey.decided(switchover.oldPrimary, Membership())
        noteStatusChanges(before)
        change.graceUntil[switchover.oldPrimary] = reactor.now &+ Self.restartGrace
        done(node, since: switchover.startedAt)
        open(node, replaced: switchover.oldPrimary)
    }

    private func switchoverFailed(_ switchover: Switchover, _ reason: String) {
        log(.error, "switchover failed: \(reason)")
        shared.history.failed(.switchover)
        change.hold = nil
        change.detachesOldPrimary = false
        change.reply?.end(.refused(reason: "switchover failed: \(reason)", hint: nil))
        change.reply = nil
        publish(force: true)
        // What it would follow it must not follow after a later start.
        guard survey.recordedPrimary == switchover.oldPrimary else { return }
        run(
            ["ALTER SYSTEM RESET primary_conninfo"], on: switchover.oldPrimary,
            limit: Self.requestLimit
        ) { _, _ in }
    }

    private func detachOldPrimary(_ old: Int) {
        guard change.detachesOldPrimary else { return }
        change.detachesOldPrimary = false
        detachNow(old)
    }
}

extension ServerRestart {
    /// From the answers to `restartQuestions`.
    fileprivate init?(_ rows: ArraySlice<[[String?]]>) {
        guard let data = rows.first?.first?.first ?? nil,
            let programs = rows.last?.first?.first ?? nil
        else { return nil }
        self.init(programs: programs, dataDirectory: data)
    }

    /// Without a row: the command ends at once, and could not take one.
    fileprivate var statement: String {
        "COPY (SELECT 1 WHERE false) TO PROGRAM \(SQLText.literal(asStandby))"
    }
}

extension NodeTask.Outcome {
    var reason: String? {
        switch self {
        case .done: nil
        case .failed(let reason), .lost(let reason): reason
        }
    }
}
