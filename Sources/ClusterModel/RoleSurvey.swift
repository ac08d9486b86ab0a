/// One node's answer to one round of questions.
package enum ProbeAnswer: Equatable, Sendable {
    /// It answered: whether it is in recovery, its timeline (of a standby the one that it replays,
    /// 0 where it does not tell), and how far its WAL is (insert location of a primary, replay
    /// location of a standby), in bytes.
    case answered(isInRecovery: Bool, timeline: Int64, walBytes: Int64)
    /// It is alive, but would not let us ask (wrong password, no room, still starting): no reason
    /// to take work from it, no news about its role.
    case refused(reason: String)
    /// No answer at all.
    case unreachable(reason: String)
}

/// Finds the primary, the nodes that answer and how far the standbys are behind, from what the
/// servers say. Event in, snapshot out. Times are monotonic nanoseconds.
///
/// In raw mode nobody replicates: every node that answers is up and roles mean nothing.
package struct RoleSurvey: Equatable, Sendable {
    package struct Node: Equatable, Sendable {
        package var id: Int
        package var weight: Double
        package var isUsed: Bool
        /// `ALWAYS_PRIMARY`: taken for the primary whatever it says.
        package var isAlwaysPrimary: Bool
        /// `application_name` of its WAL receiver; empty where not configured.
        package var applicationName: String

        package init(
            id: Int, weight: Double, isUsed: Bool, isAlwaysPrimary: Bool,
            applicationName: String = ""
        ) {
            self.id = id
            self.weight = weight
            self.isUsed = isUsed
            self.isAlwaysPrimary = isAlwaysPrimary
            self.applicationName = applicationName
        }
    }

    /// What is asked of delays.
    package struct DelayRules: Equatable, Sendable {
        package var limit: DelayLimit
        /// A delay that was measured longer ago is unknown.
        package var ageMax: UInt64

        package init(limit: DelayLimit = .none, ageMax: UInt64 = .max) {
            self.limit = limit
            self.ageMax = ageMax
        }
    }

    private var nodes: [Node]
    private let isStreaming: Bool
    private var rules: DelayRules
    private var answers: [ProbeAnswer?]
    private var delays = DelaySurvey()
    /// Whether a standby was within the limit when its delay was last known, under this primary.
    private var wasWithin: [Int: Bool] = [:]
    package private(set) var snapshot: ClusterSnapshot

    package init(nodes: [Node], isStreaming: Bool, rules: DelayRules = DelayRules()) {
        self.nodes = nodes
        self.isStreaming = isStreaming
        self.rules = rules
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
    ///
    /// - Parameter standbys: the node's pg_stat_replication; nil if it was not asked for.
    package mutating func probed(
        _ id: Int, _ answer: ProbeAnswer, standbys: [StandbyReport]? = nil, askedAt: UInt64 = 0,
        now: UInt64 = 0
    ) {
        guard let index = nodes.firstIndex(where: { $0.id == id }), nodes[index].isUsed else {
            return
        }
        answers[index] = answer
        let primary = findPrimary()
        if primary != snapshot.primary {
            delays.forgetPrimary()
            if primary != nil { wasWithin = [:] }
        }
        measure(nodes[index], answer, standbys, askedAt: askedAt, primary: primary)
        delays.aged(now: now, ageMax: rules.ageMax)
        derive(primary)
    }

    /// Time went by: delays that nobody has measured again become unknown.
    package mutating func passed(_ now: UInt64) {
        delays.aged(now: now, ageMax: rules.ageMax)
        derive(findPrimary())
    }

    /// When to call ``passed(_:)``; nil while nothing can become too old.
    package var nextExpiry: UInt64? { delays.nextExpiry(ageMax: rules.ageMax) }

    /// A session's connection to the node broke or was refused: no new work until it answers again.
    package mutating func lost(_ id: Int, reason: String) {
        probed(id, .unreachable(reason: reason))
    }

    /// New weights, new nodes and new rules after a reload; what is known of the others stays.
    package mutating func reconfigured(_ nodes: [Node], rules: DelayRules? = nil) {
        var answers: [ProbeAnswer?] = []
        for node in nodes {
            let old = self.nodes.firstIndex { $0.id == node.id && $0.isUsed == node.isUsed }
            answers.append(old.flatMap { self.answers[$0] })
        }
        self.nodes = nodes
        self.answers = answers
        if let rules {
            if rules.limit != self.rules.limit { wasWithin = [:] }
            self.rules = rules
        }
        derive(findPrimary())
    }

    private mutating func measure(
        _ node: Node, _ answer: ProbeAnswer, _ standbys: [StandbyReport]?, askedAt: UInt64,
        primary: Int?
    ) {
        guard case .answered(let isInRecovery, let timeline, let walBytes) = answer else {
            if node.id == primary { delays.forgetPrimary() }
            return delays.forget(node.id)
        }
        if node.id == primary {
            delays.forget(node.id)
            delays.primarySampled(walBytes, timeline: timeline, askedAt: askedAt)
            if let standbys {
                let names = nodes.map { (id: $0.id, name: $0.applicationName) }
                delays.reported(standbys, names: names, askedAt: askedAt)
            }
        } else if isInRecovery {
            delays.standbySampled(node.id, walBytes, timeline: timeline, askedAt: askedAt)
        } else {
            delays.forget(node.id)
        }
    }

    private mutating func derive(_ primary: Int?) {
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

    private mutating func view(
        of node: Node, _ answer: ProbeAnswer?, primary: Int?
    ) -> NodeView {
        var view = NodeView(
            id: node.id, status: .waiting, role: .unknown, weight: node.weight)
        guard node.isUsed else {
            view.status = .unused
            return view
        }
        let known = snapshot.nodes.first { $0.id == node.id }
        switch answer {
        case nil: break
        case .answered(let isInRecovery, _, _):
            view.status = .up
            guard isStreaming else { break }
            if node.id == primary {
                view.role = .primary
            } else if isInRecovery {
                view.role = .standby
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
        judgeDelay(&view)
        return view
    }

    private mutating func judgeDelay(_ view: inout NodeView) {
        guard view.role == .standby else { return }
        view.lagBytes = delays.lagBytes(view.id)
        view.lagTime = delays.lagTime(view.id)
        view.replicationState = delays.state(view.id)
        view.replicationSyncState = delays.syncState(view.id)
        view.delay = rules.limit.delay(of: view)
        let isExceeded = rules.limit.isExceeded(by: view.delay)
        if view.delay != nil { wasWithin[view.id] = !isExceeded }
        // Without a primary nobody can tell a delay, and nothing is written that could add to it.
        let isWithin =
            view.delay == nil && !isPrimaryKnown ? wasWithin[view.id] ?? false : !isExceeded
        view.isDelayed = view.isUsable && rules.limit != .none && !isWithin
    }

    /// The primary is there, even if it does not let the proxy ask.
    private var isPrimaryKnown: Bool {
        guard let primary = findPrimary(), let index = nodes.firstIndex(where: { $0.id == primary })
        else { return false }
        switch answers[index] {
        case .answered?, .refused?: return true
        case .unreachable?, nil: return false
        }
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
