internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// An order to attach a node that has to be asked anew first.
struct PendingAttach {
    var replies: [OrderReply]
    /// Answers to questions that were asked earlier do not count.
    var since: UInt64
    var until: UInt64
    /// The standby was asked whether it is fed by an archive.
    var isUpstreamAsked = false
}

/// Orders to attach a node: it is asked anew, and has to be one that serves right answers.
extension ControlThread {
    /// So long a standby may take to show that it streams, in nanoseconds: one that has lost its
    /// sender tries again every `wal_retrieve_retry_interval`, 5 s.
    private static let attachLimit: UInt64 = 7_000_000_000
    private static let requestLimit: UInt64 = 5_000_000_000
    private static let askGap: UInt64 = 250_000_000

    func attach(_ node: Int, _ reply: OrderReply) {
        guard isKnown(node, reply), isFree(reply, orBlocked: true) else { return }
        guard !survey.membership(node).isMember else { return reply.end(.done) }
        guard survey.membership(node).exclusion != .recovering else {
            return reply.end(
                .refused(
                    reason: "node \(node) is being recovered",
                    hint: "It is attached when it is a standby that streams."))
        }
        if change.attaching[node] == nil {
            change.attaching[node] = PendingAttach(
                replies: [], since: reactor.now, until: reactor.now &+ Self.attachLimit)
        }
        change.attaching[node]?.replies.append(reply)
        change.failing.remove(node)
        hurry(node)
    }

    /// A node answered, or did not, that is to be attached.
    func advanceAttaching(_ node: Int) {
        guard let pending = change.attaching[node] else { return }
        guard probes[node].begunAt >= pending.since else { return hurry(node) }
        guard !survey.membership(node).isMember else { return endAttaching(node, .done) }
        switch survey.obstacle(toAttaching: node) {
        case nil: attachNow(node)
        case let obstacle? where obstacle.mayPass && reactor.now < pending.until:
            if obstacle == .withoutReceiver, !pending.isUpstreamAsked {
                change.attaching[node]?.isUpstreamAsked = true
                askUpstream(of: node)
            }
            probes[node].nextAt = min(probes[node].nextAt, reactor.now &+ Self.askGap)
        case let obstacle?: refuseAttaching(node, obstacle.words)
        }
    }

    /// A standby that replays an archive needs no WAL receiver.
    private func askUpstream(of node: Int) {
        run([Self.upstreamQuestion], on: node, limit: Self.requestLimit) { control, outcome in
            guard case .done(let rows) = outcome, let row = rows.first?.first,
                row.first == "", control.change.attaching[node] != nil,
                control.survey.obstacle(toAttaching: node) == .withoutReceiver
            else { return }
            control.attachNow(node)
        }
    }

    private func attachNow(_ node: Int) {
        guard change.operation == nil || isBlocked, change.holdReply == nil else {
            return refuseAttaching(node, "failover is in progress")
        }
        log(.log, "node \(node) is attached by an operator")
        change.flaps[node] = 0
        change.history.confirmed()
        if case .failover(let failover)? = change.operation, failover.oldPrimary == node,
            case .answered(isInRecovery: false, _, _, _)? = survey.answer(node)
        {
            // Nobody has taken over, and the operator wants the old primary back.
            change.operation = nil
            survey.primaryDecided(node, timeline: failover.oldTimeline)
        }
        takeBack(node, reason: "operator")
        endAttaching(node, .done)
    }

    func expireAttaching() {
        for (node, pending) in change.attaching where pending.until <= reactor.now {
            refuseAttaching(
                node, survey.obstacle(toAttaching: node)?.words ?? "it does not answer in time")
        }
    }

    private func refuseAttaching(_ node: Int, _ words: String) {
        endAttaching(
            node,
            .refused(
                reason: "node \(node) cannot be attached: \(words)",
                hint: "Repair the server first."))
    }

    private func endAttaching(_ node: Int, _ outcome: NodeOrderOutcome) {
        let pending = change.attaching.removeValue(forKey: node)
        for reply in pending?.replies ?? [] { reply.end(outcome) }
    }
}
