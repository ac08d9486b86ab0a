internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// Who is the primary was decided elsewhere: by an operator at the servers, or by another tool.
extension ControlThread {
    /// The survey follows a node that others have promoted: the one before is out until it streams
    /// from it, and the standbys are told.
    func adopted(_ node: Int, insteadOf old: Int) {
        // What was under way before the proxy was started is finished when all were asked.
        guard isStreaming, isUsed(old), unfinished == nil,
            !settings.settings.backend(node).flags.isAlwaysPrimary
        else { return }
        log(
            .warning,
            "node \(node) was promoted by others and is the primary instead of node \(old)")
        let before = survey.snapshot
        if !hasBegunToFollow(old) {
            var membership = survey.membership(old)
            membership.exclusion = .replaced
            membership.since = WallClock.seconds()
            survey.decided(old, membership)
        }
        noteStatusChanges(before)
        publish(force: true)
        saveState()
        follow(node, old: old)
    }

    private func hasBegunToFollow(_ node: Int) -> Bool {
        guard case .answered(isInRecovery: true, _, _, let facts)? = survey.answer(node),
            let receiver = facts.receiver, receiver.isStreaming
        else { return false }
        return receiver.timeline ?? 0 >= survey.primaryTimeline
    }

    /// The recorded primary is in recovery, and nobody has told it to be (HF-27).
    func alarm(_ node: Int) {
        guard change.operation == nil, change.graceUntil[node].map({ $0 <= reactor.now }) ?? true
        else { return }
        let hint =
            "Writes wait until it is promoted, or another node that was promoted from it is found."
        log(.error, "node \(node), the recorded primary, is in recovery", hint: hint)
    }
}
