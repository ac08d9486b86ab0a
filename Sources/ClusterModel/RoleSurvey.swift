/// Finds the nodes that answer, who is the primary and how far the standbys are behind, from what
/// the servers say and what was decided about them. Event in, snapshot out. Times are monotonic
/// nanoseconds.
///
/// Who is the primary is a decision: found once by evidence, then kept until somebody decides
/// anew. A second server that takes writes is not followed while the first one still does.
///
/// In raw mode nobody replicates: every node that answers is up and roles mean nothing.
public struct RoleSurvey: Equatable, Sendable {
    public struct Node: Equatable, Sendable {
        public var id: Int
        public var weight: Double
        public var isUsed: Bool
        /// `ALWAYS_PRIMARY`: taken for the primary whatever it says.
        public var isAlwaysPrimary: Bool
        /// `application_name` of its WAL receiver; empty where not configured.
        public var applicationName: String

        public init(
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
    public struct DelayRules: Equatable, Sendable {
        public var limit: DelayLimit
        /// A delay that was measured longer ago is unknown.
        public var ageMax: UInt64

        public init(limit: DelayLimit = .none, ageMax: UInt64 = .max) {
            self.limit = limit
            self.ageMax = ageMax
        }
    }

    /// Who is the primary, beside what the servers say.
    private enum Leadership: Equatable, Sendable {
        /// Nobody knows yet: whom the evidence shows.
        case searching
        /// This one, whose timeline was this when it said so last.
        case recorded(Int, timeline: Int64)
        /// Nobody, while somebody else is made the primary: the old one was on this timeline.
        case withheld(timeline: Int64)
    }

    private var nodes: [Node]
    let isStreaming: Bool
    /// `external_failover`: whether a primary that somebody else has promoted is followed.
    public var followsOthers = true
    private var leadership = Leadership.searching
    /// How many standbys stream from a node, as it says itself.
    private var followers: [Int: Int] = [:]
    private var memberships: [Int: Membership] = [:]
    private var rules: DelayRules
    private var answers: [ProbeAnswer?]
    private var delays = DelaySurvey()
    /// Whether a standby was within the limit when its delay was last known, under this primary.
    private var wasWithin: [Int: Bool] = [:]
    private var lastPrimary: Int?
    private var identities = ServerIdentities()
    /// The timeline of the primary that a standby was last seen to follow: when the primary has
    /// died the standby itself may not tell any more.
    private var followed: [Int: Int64] = [:]
    /// When standbys were asked that said first that they stream from nobody any more.
    private var lostAt: [Int: UInt64] = [:]
    /// When the primary was asked that answered last.
    private var primaryAskedAt: UInt64 = 0
    /// The last moment at which nobody answered, until the primary does.
    private var allLostAt: UInt64?
    /// How far the primary was when it said so last, in bytes.
    public private(set) var primaryBytes: Int64 = 0
    public private(set) var snapshot: ClusterSnapshot

    public init(nodes: [Node], isStreaming: Bool, rules: DelayRules = DelayRules()) {
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
    public var isComplete: Bool {
        zip(nodes, answers).allSatisfy { !$0.isUsed || $1 != nil }
    }

    /// A node answered, or did not. The snapshot follows; its epoch rises where work moves.
    ///
    /// - Parameter standbys: the node's pg_stat_replication; nil if it was not asked for.
    public mutating func probed(
        _ id: Int, _ answer: ProbeAnswer, standbys: [StandbyReport]? = nil, askedAt: UInt64 = 0,
        now: UInt64 = 0
    ) {
        guard let index = nodes.firstIndex(where: { $0.id == id }), nodes[index].isUsed else {
            return
        }
        answers[index] = answer
        if let standbys { followers[id] = standbys.count(where: \.isStreaming) }
        identified(id, answer)
        let primary = findPrimary()
        record(primary)
        if primary != snapshot.primary { delays.forgetPrimary() }
        seenToFollow(id, answer, askedAt: askedAt)
        countLosses(id, answer, now: now)
        measure(nodes[index], answer, standbys, askedAt: askedAt, primary: primary)
        delays.aged(now: now, ageMax: rules.ageMax)
        derive(primary)
    }

    /// Time went by: delays that nobody has measured again become unknown.
    public mutating func passed(_ now: UInt64) {
        delays.aged(now: now, ageMax: rules.ageMax)
        derive(findPrimary())
    }

    /// When to call ``passed(_:)``; nil while nothing can become too old.
    public var nextExpiry: UInt64? { delays.nextExpiry(ageMax: rules.ageMax) }

    // MARK: Decisions

    /// What was decided of a node.
    public func membership(_ id: Int) -> Membership { memberships[id] ?? Membership() }

    public mutating func decided(_ id: Int, _ membership: Membership) {
        memberships[id] = membership
        derive(findPrimary())
    }

    /// Nobody is the primary until ``primaryDecided(_:)``: the old one is given up.
    public mutating func primaryWithheld() {
        guard isStreaming else { return }
        leadership = .withheld(timeline: currentTimeline)
        delays.forgetPrimary()
        derive(nil)
    }

    /// This node is the primary, whatever was before; nil: whom the evidence shows.
    ///
    /// - Parameter timeline: its timeline as far as known; one that was promoted past it by others
    ///   has a higher one.
    public mutating func primaryDecided(_ id: Int?, timeline: Int64 = 0) {
        leadership = id.map { .recorded($0, timeline: timeline) } ?? .searching
        let primary = findPrimary()
        record(primary)
        delays.forgetPrimary()
        derive(primary)
    }

    /// What happened before this moment is not known: the recorded primary is waited for as if
    /// everybody had been gone.
    public mutating func began(now: UInt64) {
        if recordedPrimary != nil { allLostAt = now }
    }

    /// Whether the last primary has to be waited for before a standby may take over: everybody was
    /// gone, and who comes back first may lack what the primary has (HF-40).
    ///
    /// - Parameter grace: how long it has to come back, from when somebody else did.
    public func isPrimaryAwaited(now: UInt64, grace: UInt64) -> Bool {
        guard let allLostAt else { return false }
        return now < allLostAt || now - allLostAt < grace
    }

    /// What the node answered last; nil before the first answer.
    public func answer(_ id: Int) -> ProbeAnswer? {
        nodes.firstIndex { $0.id == id }.flatMap { answers[$0] }
    }

    /// The timeline of the primary as it said last; 0 where unknown.
    public var primaryTimeline: Int64 {
        if case .recorded(_, let timeline) = leadership { return timeline }
        return 0
    }

    /// The node that was decided to be the primary, be it down; nil while nobody is.
    public var recordedPrimary: Int? {
        if case .recorded(let id, _) = leadership { return id }
        return nil
    }

    /// What an earlier run knew of a server.
    public mutating func remembered(_ id: Int, systemIdentifier: String?, timeline: Int64) {
        identities.told(id, systemIdentifier)
        if id == recordedPrimary {
            identities.led(by: id)
        } else if timeline > 0 {
            followed[id] = timeline
        }
    }

    /// The `system_identifier` that a node told last; nil where it never did.
    public func systemIdentifier(_ id: Int) -> String? { identities.identifier(id) }

    /// The highest timeline that a node was seen on; 0 where unknown.
    public func knownTimeline(_ id: Int) -> Int64 {
        var timeline = followed[id] ?? 0
        if case .answered(_, let told, _, _)? = answer(id) { timeline = max(timeline, told) }
        return timeline
    }

    /// Another cluster's server answers in the place of this node.
    public func isForeign(_ id: Int) -> Bool { identities.isForeign(id) }

    /// The node as one that may become the primary; nil where it may not.
    public func candidate(_ id: Int) -> Candidate? {
        guard membership(id).mayBecomePrimary, !isForeign(id),
            case .answered(isInRecovery: true, let timeline, let replayed, let facts)? = answer(id)
        else { return nil }
        return Candidate(
            id: id, receivedBytes: max(facts.receivedBytes ?? replayed, replayed),
            timeline: max(timeline, followed[id] ?? 0), isReplayPaused: facts.isReplayPaused,
            isOut: !membership(id).isMember)
    }

    /// Whether the node is a standby that was left behind at a change of the primary, and may wait for
    /// the old one for ever. The old primary itself is one when it is back as a standby.
    public func isLeftBehind(_ id: Int) -> Bool {
        let membership = membership(id)
        guard !membership.isDetached, membership.exclusion != .recovering, !isForeign(id),
            case .answered(isInRecovery: true, _, _, _)? = answer(id)
        else { return false }
        let timeline = knownTimeline(id)
        return timeline > 0 && timeline < primaryTimeline
    }

    /// Whether the node may be taken for the primary if it says that it is one.
    public func mayLead(_ id: Int) -> Bool {
        membership(id).mayBecomePrimary && !isForeign(id)
    }

    /// Nodes that take writes although another one is the primary.
    public var roguePrimaries: [Int] {
        nodes.map(\.id).filter { id in
            guard isStreaming, let primary = snapshot.primary, id != primary,
                case .answered(isInRecovery: false, _, _, _)? = answer(id)
            else { return false }
            return true
        }
    }

    /// New weights, new nodes and new rules after a reload; what is known of the others stays.
    public mutating func reconfigured(_ nodes: [Node], rules: DelayRules? = nil) {
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

    /// Another server has the node's number: nothing that was known or decided is about it.
    public mutating func replaced(_ id: Int) {
        memberships[id] = nil
        followed[id] = nil
        identities.forget(id)
        delays.forget(id)
        if let index = nodes.firstIndex(where: { $0.id == id }) { answers[index] = nil }
        if recordedPrimary == id { leadership = .searching }
        derive(findPrimary())
    }

    private mutating func identified(_ id: Int, _ answer: ProbeAnswer) {
        guard case .answered(let isInRecovery, _, _, let facts) = answer,
            let told = facts.systemIdentifier
        else { return }
        if identities.identifier(id) != told { followed[id] = nil }
        identities.told(id, told)
        // The whole cluster was made anew, if nobody is left of the old one.
        if id == recordedPrimary, !isInRecovery, isForeign(id),
            !nodes.contains(where: { $0.isUsed && identities.isKin($0.id) })
        {
            identities.led(by: id)
        }
    }

    private mutating func seenToFollow(_ id: Int, _ answer: ProbeAnswer, askedAt: UInt64) {
        guard case .answered(let isInRecovery, let timeline, let bytes, let facts) = answer else {
            return
        }
        if facts.receiver?.isStreaming == true {
            lostAt[id] = nil
        } else if lostAt[id] == nil {
            lostAt[id] = askedAt
        }
        guard case .recorded(let primary, let current) = leadership else { return }
        if id == primary {
            followed[id] = nil
            primaryAskedAt = askedAt
            if !isInRecovery { primaryBytes = bytes }
        } else if isInRecovery, !isForeign(id), follows(id, timeline, facts) {
            followed[id] = max(current, timeline)
        }
    }

    private mutating func countLosses(_ id: Int, _ answer: ProbeAnswer, now: UInt64) {
        if id == recordedPrimary, answer.isAlive {
            allLostAt = nil
        } else if leadership != .searching, isComplete, !isAnybodyThere {
            allLostAt = now
        }
    }

    /// Whether a member answers.
    private var isAnybodyThere: Bool {
        zip(nodes, answers).contains { node, answer in
            node.isUsed && membership(node.id).isMember && answer?.isAlive == true
        }
    }

    private mutating func measure(
        _ node: Node, _ answer: ProbeAnswer, _ standbys: [StandbyReport]?, askedAt: UInt64,
        primary: Int?
    ) {
        guard case .answered(let isInRecovery, let timeline, let walBytes, _) = answer else {
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
        if let primary, primary != lastPrimary {
            wasWithin = [:]
            lastPrimary = primary
        }
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
        case .answered(let isInRecovery, let timeline, _, let facts):
            view.status = .up
            guard isStreaming else { break }
            if node.id == primary {
                view.role = .primary
            } else if isInRecovery {
                view.role = .standby
                if !follows(node.id, timeline, facts) { view.status = .waiting }
            } else {
                // A second server that takes writes belongs to no cluster of ours.
                view.status = .down
            }
        case .refused, .starting:
            view.status = .up
            view.role = node.id == primary ? .primary : (known?.role ?? .unknown)
            // Another node is the primary now: what this one has become we do not know.
            if node.id != primary, view.role == .primary { view.role = .unknown }
            // A node of unknown role gets nothing: neither reads nor writes are safe there.
            if isStreaming, view.role == .unknown { view.status = .waiting }
            if case .starting? = answer { view.status = .waiting }
        case .unreachable: view.status = .down
        }
        switch answer {
        case nil: break
        case .answered(let isInRecovery, _, _, _):
            view.answers = true
            view.saidRole = isInRecovery ? .standby : .primary
        case .refused: view.answers = true
        case .starting, .unreachable: view.answers = false
        }
        let membership = membership(node.id)
        if !membership.isMember {
            view.status = .down
            view.reason = membership.words
            view.isGone = membership.exclusion != nil
        }
        if isStreaming, isForeign(node.id), answer?.isAnswered == true, !node.isAlwaysPrimary {
            view.status = .down
            view.reason = "belongs to another cluster"
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
        view.isDelayed =
            view.isUsable && rules.limit != .none
            && (!isWithin || isPrimaryKnown && hasNoReceiver(view.id))
    }

    /// The standby tells that it streams from nobody, so that its delay has no bound.
    private func hasNoReceiver(_ id: Int) -> Bool {
        guard case .answered(isInRecovery: true, _, _, let facts)? = answer(id) else {
            return false
        }
        return facts.systemIdentifier != nil && facts.receiver == nil
    }

    /// The primary is there, even if it does not let the proxy ask.
    private var isPrimaryKnown: Bool {
        guard let primary = findPrimary(), let index = nodes.firstIndex(where: { $0.id == primary })
        else { return false }
        return answers[index]?.isAlive == true
    }

    /// Whether a standby replays what the primary writes: one that was left behind at a change of
    /// the primary would serve old rows without end. What it may not tell us is believed.
    private func follows(_ id: Int, _ timeline: Int64, _ facts: ServerFacts) -> Bool {
        let current = currentTimeline
        guard timeline != 0, timeline < current else { return true }
        if let receiver = facts.receiver {
            guard let status = receiver.status else { return true }
            if status == "streaming", receiver.timeline ?? 0 >= current { return true }
        }
        // Its control file may be old for long: it followed, and nobody can while the primary is
        // gone.
        guard let seen = followed[id], seen >= current else { return false }
        return !hasPrimaryAnswered(since: lostAt[id] ?? 0)
    }

    /// The primary answers, and was asked after this moment.
    private func hasPrimaryAnswered(since moment: UInt64) -> Bool {
        guard case .recorded(let id, _) = leadership else { return false }
        return answer(id)?.isAlive == true && primaryAskedAt > moment
    }

    /// Of the primary that standbys follow, or followed until it was given up.
    private var currentTimeline: Int64 {
        switch leadership {
        case .searching: 0
        case .recorded(_, let timeline), .withheld(let timeline): timeline
        }
    }

    // MARK: The primary

    private mutating func record(_ primary: Int?) {
        if case .withheld = leadership { return }
        guard let primary, case .answered(false, let timeline, _, _)? = answer(primary) else {
            return
        }
        // The first that shows may be the wrong one.
        if case .searching = leadership, !isComplete { return }
        leadership = .recorded(primary, timeline: timeline)
        identities.led(by: primary)
        // Others have promoted one that we had given up: a primary that is out would serve nobody.
        if let exclusion = memberships[primary]?.exclusion,
            exclusion == .failed || exclusion == .behind
        {
            memberships[primary]?.exclusion = nil
        }
    }

    private func findPrimary() -> Int? {
        guard isStreaming else { return nil }
        for (node, answer) in zip(nodes, answers) where node.isUsed && node.isAlwaysPrimary {
            if case .answered? = answer { return node.id }
        }
        switch leadership {
        case .withheld: return nil
        case .searching: return primaryByEvidence() ?? previousPrimary
        case .recorded(let id, let timeline):
            guard nodes.contains(where: { $0.id == id && $0.isUsed }) else {
                return primaryByEvidence()
            }
            if case .answered(isInRecovery: false, _, _, _)? = answer(id), !isForeign(id) {
                return id
            }
            if followsOthers, let other = primaryByEvidence(above: timeline) { return other }
            // It answers and is in recovery now: then nobody is the primary.
            if case .answered? = answer(id) { return nil }
            return id
        }
    }

    /// A primary that stopped answering stays the primary, down, until another one shows.
    private var previousPrimary: Int? {
        guard let previous = snapshot.primary,
            nodes.contains(where: { $0.id == previous && $0.isUsed })
        else { return nil }
        if case .answered(isInRecovery: true, _, _, _)? = answer(previous) { return nil }
        return previous
    }

    /// The node that is not in recovery. Of several the one that all standbys stream from, else a
    /// member rather than one that was given up, then the one whose cluster most standbys belong
    /// to, then the one with the highest timeline (a promoted standby beats the primary it
    /// replaced), then the one that was the primary before. Nobody if that leaves several: the
    /// order of nodes is no evidence (HF-7).
    private func primaryByEvidence(above least: Int64 = -1) -> Int? {
        if let followed = followedByAll, least < 0 { return followed }
        var claims: [(id: Int, isMember: Bool, kin: Int, timeline: Int64)] = []
        for (node, answer) in zip(nodes, answers) where node.isUsed && mayLead(node.id) {
            guard case .answered(isInRecovery: false, let timeline, _, _)? = answer,
                timeline > least
            else { continue }
            let isMember = membership(node.id).isMember
            claims.append((node.id, isMember, standbysOfCluster(of: node.id), timeline))
        }
        if claims.contains(where: \.isMember) { claims.removeAll { !$0.isMember } }
        let kin = claims.map(\.kin).max()
        claims.removeAll { $0.kin != kin }
        let timeline = claims.map(\.timeline).max()
        claims.removeAll { $0.timeline != timeline }
        guard claims.count > 1 else { return claims.first?.id }
        return claims.first { $0.id == snapshot.primary }?.id
    }

    /// How many standbys have this node's system identifier; 0 where it tells none.
    private func standbysOfCluster(of id: Int) -> Int {
        guard let cluster = identities.identifier(id) else { return 0 }
        return zip(nodes, answers).count { node, answer in
            guard node.isUsed, case .answered(isInRecovery: true, _, _, _)? = answer else {
                return false
            }
            return identities.identifier(node.id) == cluster
        }
    }

    /// The primary that as many standbys stream from as there are; nil where nobody follows.
    private var followedByAll: Int? {
        var standbys = 0
        var candidates: [Int] = []
        for (node, answer) in zip(nodes, answers) where node.isUsed {
            guard case .answered(let isInRecovery, _, _, _)? = answer else { continue }
            if isInRecovery {
                standbys += 1
            } else if mayLead(node.id) {
                candidates.append(node.id)
            }
        }
        guard standbys > 0, candidates.count > 1 else { return nil }
        let followed = candidates.filter { followers[$0] ?? 0 >= standbys }
        return followed.count == 1 ? followed.first : nil
    }
}

extension ProbeAnswer {
    fileprivate var isAnswered: Bool {
        if case .answered = self { true } else { false }
    }

    /// The server is there, even if it does not let the proxy ask.
    fileprivate var isAlive: Bool {
        switch self {
        case .answered, .refused: true
        case .starting, .unreachable: false
        }
    }
}
