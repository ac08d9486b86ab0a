internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// What operators order: attach, detach, promote. Each is checked against what is known, and refused
/// with the reason where it would do harm.
extension ControlThread {
    func take(_ order: NodeOrder, _ reply: OrderReply) {
        switch order {
        case .attach(let node): attach(node, reply)
        case .detach(let node, let isGraceful): detach(node, isGraceful: isGraceful, reply)
        case .promote(let node, let isSwitchover, _):
            promote(node, isSwitchover: isSwitchover, reply)
        case .recover(let node, let options, let isAwaited):
            recover(node, options, isAwaited: isAwaited, reply)
        case .checkRecovery(let node, let options): checkRecovery(of: node, options, reply)
        case .cancelRecovery(let node): cancelRecovery(of: node, reply)
        }
    }

    func isKnown(_ node: Int, _ reply: OrderReply) -> Bool {
        guard probes.indices.contains(node), isUsed(node) else {
            reply.end(.refused(reason: "node \(node) is not configured", hint: nil))
            return false
        }
        return true
    }

    /// A failover that found nobody is not in the way: an operator can help it.
    func isFree(_ reply: OrderReply, orBlocked mayBeBlocked: Bool = false) -> Bool {
        let isWaiting = change.operation == nil || mayBeBlocked && isBlocked
        guard isWaiting, change.holdReply == nil else {
            reply.end(
                .refused(reason: "failover is in progress", hint: "Try again when it is done."))
            return false
        }
        return true
    }

    /// A failover waits for somebody who can take over.
    var isBlocked: Bool {
        guard case .failover(let failover)? = change.operation else { return false }
        return failover.phase == .blocked
    }

    /// The thread ends: nobody waits any longer.
    func endOrders() {
        let outcome = NodeOrderOutcome.refused(reason: "the proxy is shutting down", hint: nil)
        change.reply?.end(outcome)
        change.holdReply?.end(outcome)
        for reply in change.attaching.values.flatMap(\.replies) { reply.end(outcome) }
        for case .order(_, let reply) in shared.control.takeAll() { reply.end(outcome) }
    }

    // MARK: Detach

    private func detach(_ node: Int, isGraceful: Bool, _ reply: OrderReply) {
        guard isKnown(node, reply), isFree(reply) else { return }
        let membership = survey.membership(node)
        guard !membership.isDetached else { return reply.end(.done) }
        if settings.settings.backend(node).flags.disallowsFailover {
            log(.warning, "node \(node) is detached although failover is disallowed on it")
        }
        if isStreaming, node == survey.snapshot.primary, failoverRules.isActive {
            return detachPrimary(reply)
        }
        log(.log, "node \(node) is detached by an operator")
        guard isGraceful else {
            detachNow(node)
            return reply.end(.done)
        }
        // New work goes elsewhere, what runs there ends.
        var leaving = membership
        leaving.isDetached = true
        leaving.since = WallClock.seconds()
        survey.decided(node, leaving)
        change.holdReply = reply
        let limit = settings.settings.recoveryTimeout.nanoseconds
        change.holdEndsAt = limit == 0 ? .max : reactor.now &+ limit
        holdWork(on: node)
    }

    /// Sessions that were at the node have ended what they had begun there.
    func holdCameToRest(_ reply: OrderReply) {
        guard let hold = change.hold else { return }
        change.hold = nil
        change.holdReply = nil
        change.holdEndsAt = .max
        detachNow(hold.node)
        reply.end(.done)
    }

    func holdExpired() {
        guard let hold = change.hold, let reply = change.holdReply else {
            change.holdEndsAt = .max
            return
        }
        change.hold = nil
        change.holdReply = nil
        change.holdEndsAt = .max
        var membership = survey.membership(hold.node)
        membership.isDetached = false
        survey.decided(hold.node, membership)
        publish(force: true)
        reply.end(
            .refused(
                reason: "sessions are still busy on node \(hold.node) after recovery_timeout",
                hint: "It is attached again. Without -g it is detached at once."))
    }

    func detachNow(_ node: Int) {
        let before = survey.snapshot
        var membership = survey.membership(node)
        membership.isDetached = true
        membership.since = WallClock.seconds()
        survey.decided(node, membership)
        noteStatusChanges(before)
        publish(force: true)
        saveState()
        runFailoverCommand(
            for: node, before: before, target: nil, reason: "detached by an operator")
    }

    /// The primary leaves: another one takes over first.
    private func detachPrimary(_ reply: OrderReply) {
        guard let target = bestStandby else {
            return reply.end(
                .refused(
                    reason: "no standby can take over from the primary",
                    hint: "Attach a standby that streams from it first."))
        }
        change.detachesOldPrimary = true
        switchOver(to: target, reply)
    }

    /// The standby that is furthest.
    private var bestStandby: Int? {
        var best: (id: Int, bytes: Int64)?
        for node in survey.snapshot.nodes where node.isUsable && node.role == .standby {
            guard
                case .answered(isInRecovery: true, _, let bytes, let facts)? =
                    survey.answer(node.id)
            else { continue }
            let received = facts.receivedBytes ?? bytes
            if best.map({ received > $0.bytes }) ?? true { best = (node.id, received) }
        }
        return best?.id
    }

    // MARK: Promote

    private func promote(_ node: Int, isSwitchover: Bool, _ reply: OrderReply) {
        guard isKnown(node, reply), isFree(reply, orBlocked: !isSwitchover) else { return }
        guard isStreaming else {
            return reply.end(
                .refused(
                    reason: "not in streaming replication mode, can't promote node id \(node)",
                    hint: nil))
        }
        guard node != survey.snapshot.primary else {
            return reply.end(
                .refused(
                    reason: "specified node is already primary node, can't promote node id \(node)",
                    hint: nil))
        }
        guard isSwitchover else { return adopt(node, reply) }
        let view = survey.snapshot.nodes.first { $0.id == node }
        guard view?.role == .standby, view?.isUsable == true else {
            return reply.end(
                .refused(
                    reason: "node \(node) is no standby in service",
                    hint: "Only a standby that streams from the primary can take over."))
        }
        if case .answered(_, _, _, let facts)? = survey.answer(node), facts.isReplayPaused {
            return reply.end(
                .refused(
                    reason: "replay is paused on node \(node)",
                    hint: "pg_wal_replay_resume() has it go on."))
        }
        switchOver(to: node, reply)
    }

    /// By SQL, or by the user's own command where that is how failover is done.
    private func switchOver(to node: Int, _ reply: OrderReply) {
        let rules = failoverRules
        change.history.confirmed()
        guard rules.hasCommand, !rules.promotes, let primary = survey.snapshot.primary else {
            return startSwitchover(to: node, reply: reply)
        }
        change.reply = reply
        startFailover(
            of: primary, reason: "switchover to node \(node)", isAutomatic: false, target: node)
    }

    /// The node was promoted by its own tools: it is followed from now on.
    private func adopt(_ node: Int, _ reply: OrderReply) {
        var old = survey.snapshot.primary
        var current = survey.primaryTimeline
        if case .failover(let failover)? = change.operation {
            old = failover.oldPrimary
            current = failover.oldTimeline
        }
        guard case .answered(isInRecovery: false, let timeline, _, _)? = survey.answer(node),
            timeline > current, !survey.isForeign(node)
        else {
            return reply.end(
                .refused(
                    reason: "node \(node) is not a primary on a newer timeline",
                    hint: "With --switchover (-s) the proxy promotes it."))
        }
        if let old, settings.settings.failoverRequireFencing,
            case .answered(isInRecovery: false, _, _, _)? = survey.answer(old)
        {
            return reply.end(
                .refused(
                    reason: "node \(old) takes writes, and failover_require_fencing is on",
                    hint: "Stop it first."))
        }
        log(.log, "node \(node), promoted by others, is the primary by an operator's order")
        change.history.confirmed()
        change.operation = nil
        adopt(node, replaced: old)
        reply.end(.done)
    }
}
