/// One change of the primary after it died: fence, select, promote, verify, open (HF-15.1). Event
/// in, actions out; the doer tells what became of them. Times are monotonic nanoseconds.
///
/// Every step can be said twice: a promotion that was asked for again, or after the proxy itself
/// was started anew, finds the standby promoted and goes on.
package struct Failover: Equatable, Sendable {
    package enum Phase: String, Equatable, Sendable {
        /// Workers stop sending to the old primary.
        case fencing
        /// Standbys come to rest.
        case selecting
        /// `failover_command` runs.
        case commanding
        /// The target is asked to become the primary.
        case promoting
        /// Nobody can be promoted now; looked at again when a node answers.
        case blocked
        case done
    }

    package enum Action: Equatable, Sendable {
        /// Publish that nobody is the primary; ``fenced(now:)`` when all workers have said so.
        case fence
        /// Ask the standbys where they are; the answers come with ``answered(_:now:)``.
        case ask
        /// Run `failover_command` for this target; nil: nobody is left.
        case command(target: Int?)
        /// Ask this standby to become the primary, now and every time this is said.
        case promote(Int)
        /// It is the primary.
        case open(Int)
        /// For the log: why nothing goes on.
        case stuck(String)
        /// Note the phase where the next start finds it.
        case note
    }

    /// PostgreSQL may oversleep the first request when its WAL receiver has just died: it is told
    /// again and again until it has followed.
    private static let promotionGap: UInt64 = 50_000_000
    /// Between two questions whether the standbys have come to rest.
    private static let askGap: UInt64 = 10_000_000

    package let id: UInt64
    package let oldPrimary: Int
    /// Of the old primary, as far as known.
    package let oldTimeline: Int64
    package let startedAt: UInt64
    package private(set) var phase = Phase.fencing
    package private(set) var target: Int?
    /// Standbys that did not become the primary: they are not asked again (T-11).
    package private(set) var failed: Set<Int> = []
    /// When ``passed(now:)`` is due; nil while only events count.
    package private(set) var deadline: UInt64?

    private let rules: FailoverRules
    /// The standbys that may answer.
    private var members: Set<Int>
    private var latest: [Int: Candidate] = [:]
    /// Those that said twice in a row that they are where they are.
    private var atRest: Set<Int> = []
    private var selectionEndsAt: UInt64 = 0
    private var promotionEndsAt: UInt64 = 0

    package init(
        id: UInt64, oldPrimary: Int, oldTimeline: Int64, members: Set<Int>, rules: FailoverRules,
        now: UInt64
    ) {
        self.id = id
        self.oldPrimary = oldPrimary
        self.oldTimeline = oldTimeline
        self.members = members
        self.rules = rules
        startedAt = now
    }

    // MARK: Events

    package mutating func begin(now: UInt64) -> [Action] {
        deadline = now &+ rules.fenceLimit
        return [.fence, .note]
    }

    /// All workers send nothing more to the old primary.
    package mutating func fenced(now: UInt64) -> [Action] {
        guard phase == .fencing else { return [] }
        return select(now: now)
    }

    /// `failover_fence_command` failed, and nobody may be promoted without it.
    package mutating func fenceFailed(now: UInt64) -> [Action] {
        guard phase == .fencing else { return [] }
        return block("the old primary could not be fenced")
    }

    /// A standby told where it is.
    package mutating func answered(_ candidate: Candidate, now: UInt64) -> [Action] {
        if phase == .blocked {
            guard candidate.id != oldPrimary, !failed.contains(candidate.id) else { return [] }
            members.insert(candidate.id)
            return select(now: now)
        }
        guard members.contains(candidate.id) else { return [] }
        guard phase == .selecting else { return [] }
        if latest[candidate.id]?.receivedBytes == candidate.receivedBytes {
            atRest.insert(candidate.id)
        } else {
            atRest.remove(candidate.id)
        }
        latest[candidate.id] = candidate
        guard atRest.isSuperset(of: members) else { return [] }
        return choose(now: now)
    }

    /// A node is given up, or does not answer.
    package mutating func lost(_ node: Int, now: UInt64) -> [Action] {
        members.remove(node)
        latest[node] = nil
        atRest.remove(node)
        switch phase {
        case .selecting where !members.isEmpty && atRest.isSuperset(of: members):
            return choose(now: now)
        case .selecting where members.isEmpty: return choose(now: now)
        case .promoting where target == node: return next(now: now)
        default: return []
        }
    }

    /// A node answered that it is not in recovery.
    package mutating func promoted(_ node: Int, timeline: Int64, now: UInt64) -> [Action] {
        guard phase != .done, node != oldPrimary, timeline > oldTimeline,
            target == node || phase == .commanding || phase == .blocked
        else { return [] }
        target = node
        phase = .done
        deadline = nil
        return [.open(node), .note]
    }

    /// `failover_command` ended.
    package mutating func commandEnded(isSuccess: Bool, now: UInt64) -> [Action] {
        guard phase == .commanding else { return [] }
        guard target != nil else { return block("no standby is left to promote") }
        // Its word is not taken: who is the primary is looked at.
        if !isSuccess, rules.promotes { return promote(now: now) }
        phase = .promoting
        promotionEndsAt =
            now &+ (rules.promotes ? rules.promotionLimit : max(rules.searchLimit, 1))
        if rules.searchLimit == 0, !rules.promotes { promotionEndsAt = .max }
        deadline = now &+ Self.promotionGap
        return [.ask, .note]
    }

    /// The deadline came.
    package mutating func passed(now: UInt64) -> [Action] {
        guard let due = deadline, due <= now else { return [] }
        switch phase {
        case .fencing: return select(now: now)
        case .selecting:
            if now >= selectionEndsAt { return choose(now: now) }
            deadline = min(now &+ Self.askGap, selectionEndsAt)
            return [.ask]
        case .promoting:
            guard let target else { return block("no standby is left to promote") }
            if now >= promotionEndsAt { return next(now: now) }
            deadline = now &+ Self.promotionGap
            return rules.promotes ? [.promote(target)] : [.ask]
        case .commanding, .blocked, .done:
            deadline = nil
            return []
        }
    }

    // MARK: Steps

    private mutating func select(now: UInt64) -> [Action] {
        phase = .selecting
        latest = [:]
        atRest = []
        selectionEndsAt = now &+ rules.drain
        deadline = min(now &+ Self.askGap, selectionEndsAt)
        if members.isEmpty { return choose(now: now) }
        return [.ask]
    }

    /// Of those that answered the one that has most; the lowest number among equals.
    private mutating func choose(now: UInt64) -> [Action] {
        let known = latest.values.filter {
            !failed.contains($0.id) && !$0.isReplayPaused
                && ($0.timeline == 0 || oldTimeline == 0 || $0.timeline <= oldTimeline)
        }
        let most = known.map(\.receivedBytes).max() ?? 0
        let able = known.filter {
            rules.lagBytesMax == 0
                || most.subtractingReportingOverflow($0.receivedBytes).partialValue
                    <= rules.lagBytesMax
        }
        let best =
            switch rules.policy {
            case .mostAdvanced: able.min { ($1.receivedBytes, $0.id) < ($0.receivedBytes, $1.id) }
            case .lowestID: able.min { $0.id < $1.id }
            }
        target = best?.id
        if rules.hasCommand {
            phase = .commanding
            deadline = nil
            return [.note, .command(target: target)]
        }
        guard target != nil else { return block("no standby can be promoted") }
        return promote(now: now)
    }

    private mutating func promote(now: UInt64) -> [Action] {
        guard let target else { return block("no standby can be promoted") }
        phase = .promoting
        promotionEndsAt = now &+ rules.promotionLimit
        deadline = now &+ Self.promotionGap
        return [.note, .promote(target)]
    }

    /// The target did not become the primary: somebody else is tried.
    private mutating func next(now: UInt64) -> [Action] {
        if let target { failed.insert(target) }
        members.subtract(failed)
        target = nil
        if members.isEmpty { return block("no standby could be promoted") }
        return select(now: now)
    }

    private mutating func block(_ reason: String) -> [Action] {
        phase = .blocked
        deadline = nil
        target = nil
        return [.stuck(reason), .note]
    }
}
