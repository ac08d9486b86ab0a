/// One node's answer to one round of questions.
package enum ProbeAnswer: Equatable, Sendable {
    /// It answered: whether it is in recovery, its timeline, and how far its WAL is (insert
    /// location of a primary, replay location of a standby), in bytes.
    case answered(isInRecovery: Bool, timeline: Int64, walBytes: Int64)
    /// It is alive, but would not let us ask (wrong password, no room, still starting): no reason
    /// to take work from it, no news about its role.
    case refused(reason: String)
    /// No answer at all.
    case unreachable(reason: String)
}

/// Finds the primary and the nodes that answer, from what the servers say. Event in, snapshot out.
///
/// In raw mode nobody replicates: every node that answers is up and roles mean nothing.
package struct RoleSurvey: Equatable, Sendable {
    package struct Node: Equatable, Sendable {
        package var id: Int
        package var weight: Double
        package var isUsed: Bool
        /// `ALWAYS_PRIMARY`: taken for the primary whatever it says.
        package var isAlwaysPrimary: Bool

        package init(id: Int, weight: Double, isUsed: Bool, isAlwaysPrimary: Bool) {
            self.id = id
            self.weight = weight
            self.isUsed = isUsed
            self.isAlwaysPrimary = isAlwaysPrimary
        }
    }

    private var nodes: [Node]
    private let isStreaming: Bool
    private var answers: [ProbeAnswer?]
    package private(set) var snapshot: ClusterSnapshot

    package init(nodes: [Node], isStreaming: Bool) {
        self.nodes = nodes
        self.isStreaming = isStreaming
        answers = nodes.map { _ in nil }
        snapshot = ClusterSnapshot(
            epoch: 0,
            nodes: nodes.map {
                NodeView(
                    id: $0.id, status: $0.isUsed ? .waiting : .unused, role: .unknown,
                    weight: $0.weight)
            }, primary: nil)
    }

    /// Whether every used node has been asked at least once.
    package var isComplete: Bool {
        zip(nodes, answers).allSatisfy { !$0.isUsed || $1 != nil }
    }

    /// A node answered, or did not. The snapshot follows; its epoch rises where work moves.
    package mutating func probed(_ id: Int, _ answer: ProbeAnswer) {
        guard let index = nodes.firstIndex(where: { $0.id == id }), nodes[index].isUsed else {
            return
        }
        answers[index] = answer
        derive()
    }

    /// A session's connection to the node broke or was refused: no new work until it answers again.
    package mutating func lost(_ id: Int, reason: String) {
        probed(id, .unreachable(reason: reason))
    }

    /// New weights and new nodes after a reload; what is known of the others stays.
    package mutating func reconfigured(_ nodes: [Node]) {
        var answers: [ProbeAnswer?] = []
        for node in nodes {
            let old = self.nodes.firstIndex { $0.id == node.id && $0.isUsed == node.isUsed }
            answers.append(old.flatMap { self.answers[$0] })
        }
        self.nodes = nodes
        self.answers = answers
        derive()
    }

    private mutating func derive() {
        let primary = findPrimary()
        var views: [NodeView] = []
        for (node, answer) in zip(nodes, answers) {
            views.append(view(of: node, answer, primary: primary))
        }
        let next = ClusterSnapshot(epoch: snapshot.epoch, nodes: views, primary: primary)
        if next.isSameForWork(as: snapshot) {
            snapshot.nodes = views
        } else {
            snapshot = next
            snapshot.epoch += 1
        }
    }

    private func view(of node: Node, _ answer: ProbeAnswer?, primary: Int?) -> NodeView {
        var view = NodeView(
            id: node.id, status: .waiting, role: .unknown, weight: node.weight)
        guard node.isUsed else {
            view.status = .unused
            return view
        }
        let known = snapshot.nodes.first { $0.id == node.id }
        switch answer {
        case nil: break
        case .answered(let isInRecovery, _, let walBytes):
            view.status = .up
            guard isStreaming else { break }
            if node.id == primary {
                view.role = .primary
            } else if isInRecovery {
                view.role = .standby
                view.lagBytes = primaryBytes.map { lag(of: walBytes, behind: $0) }
            } else {
                // A second server that takes writes belongs to no cluster of ours.
                view.status = .down
            }
        case .refused:
            view.status = .up
            view.role = node.id == primary ? .primary : (known?.role ?? .unknown)
            // Another node is the primary now: what this one has become we do not know.
            if node.id != primary, view.role == .primary { view.role = .unknown }
            // A node of unknown role gets nothing: neither reads nor writes are safe there.
            if isStreaming, view.role == .unknown { view.status = .waiting }
        case .unreachable: view.status = .down
        }
        return view
    }

    /// Bytes that are missing; what a server claims may be any number.
    private func lag(of replayed: Int64, behind written: Int64) -> Int64 {
        let (lag, isOverflow) = written.subtractingReportingOverflow(replayed)
        return isOverflow ? .max : max(0, lag)
    }

    private var primaryBytes: Int64? {
        var highest: Int64?
        for case .answered(false, _, let bytes)? in answers {
            highest = max(highest ?? bytes, bytes)
        }
        return highest
    }

    /// The node that is not in recovery. Of several the one with the highest timeline (a promoted
    /// standby beats the primary it replaced), then the one that was the primary before, then the
    /// lowest id. A primary that stopped answering stays the primary, down, until another one shows.
    private func findPrimary() -> Int? {
        guard isStreaming else { return nil }
        var best: (id: Int, timeline: Int64)?
        for (node, answer) in zip(nodes, answers) where node.isUsed {
            guard case .answered(let isInRecovery, let timeline, _)? = answer else { continue }
            if node.isAlwaysPrimary { return node.id }
            if isInRecovery { continue }
            if let known = best {
                let isPrevious = node.id == snapshot.primary
                if timeline < known.timeline || (timeline == known.timeline && !isPrevious) {
                    continue
                }
            }
            best = (node.id, timeline)
        }
        if let best { return best.id }
        guard let previous = snapshot.primary,
            let index = nodes.firstIndex(where: { $0.id == previous && $0.isUsed })
        else { return nil }
        // It answers and is in recovery now: then nobody is the primary.
        if case .answered(true, _, _)? = answers[index] { return nil }
        return previous
    }
}

extension ClusterSnapshot {
    /// Equal but for numbers that only people look at (lag).
    func isSameForWork(as other: ClusterSnapshot) -> Bool {
        guard primary == other.primary, nodes.count == other.nodes.count else { return false }
        return zip(nodes, other.nodes).allSatisfy {
            $0.id == $1.id && $0.status == $1.status && $0.role == $1.role && $0.weight == $1.weight
        }
    }
}
