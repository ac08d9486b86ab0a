internal import ClusterModel
internal import Reactor
internal import Routing

/// Positions for reads that have to see what was written before: asked for while somebody wants
/// them, of the primary and all standbys at once.
extension ControlThread {
    /// When the servers are to be asked; nil while nobody waits or the primary cannot be asked.
    var nextPositionsAt: UInt64? {
        positionRequests.nextAskAt.flatMap { idlePrimary == nil ? nil : $0 }
    }

    private var idlePrimary: Int? {
        survey.snapshot.primary.flatMap { isIdle($0) ? $0 : nil }
    }

    /// A node that is still busy with its last question is not waited for.
    private func isIdle(_ node: Int) -> Bool {
        probes.indices.contains(node) && probes[node].phase == .idle && isUsed(node)
    }

    func askForPositions() {
        guard let primary = idlePrimary, let at = positionRequests.nextAskAt, at <= reactor.now
        else { return }
        // The primary first: what standbys say later may reach its position.
        ask(primary, .positions)
        for node in survey.snapshot.nodes
        where node.isUsable && node.id != primary && isIdle(node.id) {
            ask(node.id, .positions)
        }
    }

    /// A node was asked, for whatever reason; the survey knows the answer.
    func positionAnswered(_ index: Int, _ answer: ProbeAnswer) {
        let term = positions.term
        let news = positions.probed(
            index, answer, askedAt: probes[index].askedAt, primary: survey.snapshot.primary)
        switch news {
        case .none: break
        case .primary:
            positionReaders.formUnion(
                positionRequests.primaryAnswered(
                    askedAt: probes[index].askedAt, now: reactor.now))
        case .standby:
            positionReaders.formUnion(positionRequests.standbyAnswered(now: reactor.now))
        }
        tellAll(ifNotIn: term)
    }

    /// A connection was closed.
    func positionLost(_ index: Int) {
        let term = positions.term
        positions.lost(index)
        tellAll(ifNotIn: term)
    }

    /// The nodes are not the same as before.
    func positionsReconfigured() {
        let term = positions.term
        positions.reconfigured()
        tellAll(ifNotIn: term)
    }

    /// What workers know of an old term must not be used any more.
    private func tellAll(ifNotIn term: UInt64) {
        if positions.term != term { positionReaders.formUnion(shared.mailboxes.indices) }
    }

    /// Tells everybody who is to know, once for all answers of a batch of events.
    func postPositions() {
        guard !positionReaders.isEmpty, let primary = positions.primary,
            let position = positions.primaryPosition
        else { return }
        let known = ReplayPositions(
            term: positions.term, primary: primary, sampledAt: positions.sampledAt,
            primaryPosition: position,
            // A slot without a server lacks nothing.
            replayed: probes.indices.map { isUsed($0) ? positions.replayed($0) : .max })
        for worker in positionReaders where shared.mailboxes.indices.contains(worker) {
            shared.mailboxes[worker].post(.positions(known))
        }
        positionReaders.removeAll(keepingCapacity: true)
    }
}
