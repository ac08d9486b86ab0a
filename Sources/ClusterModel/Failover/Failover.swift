/// One change of the primary after it died: fence, select, promote, verify, open (HF-15.1). Event
/// in, actions out; the doer tells what became of them. Times are monotonic nanoseconds.
///
/// Every step can be said twice: a promotion that was asked for again, or after the proxy itself
/// was started anew, finds the standby promoted and goes on.
public struct Failover: Equatable, Sendable {
    public enum Phase: String, Equatable, Sendable {
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

    public enum Action: Equatable, Sendable {
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
        /// Nobody took over, and the old primary is back: it is the primary as before.
        case reopen(Int)
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

    public let id: UInt64
    public let oldPrimary: Int
    /// Of the old primary, as far as known.
    public let oldTimeline: Int64
    public let startedAt: UInt64
    /// An operator has said who is to take over: nobody else may.
    public let isOrdered: Bool
    public private(set) var phase = Phase.fencing
    public private(set) var target: Int?
    /// Standbys that did not become the primary: others are asked before them (T-11).
    public private(set) var failed: Set<Int> = []
    /// How often a standby was chosen to become the primary.
    public private(set) var attempts = 0
    /// When ``passed(now:)`` is due; nil while only events count.
    public private(set) var deadline: UInt64?

    private let rules: FailoverRules
    /// How far the old primary was when it said so last, in bytes.
    private let oldBytes: Int64
    /// The standbys that may answer.
    private var members: Set<Int>
    /// Those that were members when it began: who is lost since may come back.
    private let firstMembers: Set<Int>
    private var latest: [Int: Candidate] = [:]
    /// Those that said twice in a row that they are where they are.
    private var atRest: Set<Int> = []
    private var selectionEndsAt: UInt64 = 0
    private var promotionEndsAt: UInt64 = 0
    /// From then on those that have failed may try again, if there is nobody else.
    private var retryAt: UInt64 = 0
    /// Those that an earlier run of the proxy may have made the primary: until they say that they
    /// are none, nobody goes back to the old one.
    private var doubted: Set<Int>
    /// The users' command knows that nobody is left.
    private var isEndTold = false

    /// - Parameters:
    ///   - members: the standbys that can answer now.
    ///   - doubted: standbys that were asked to become the primary before the proxy was started
    ///     anew.
    ///   - isOrdered: the members are whom an operator has named; otherwise standbys that answer
    ///     later may take over, too.
    public init(
        id: UInt64, oldPrimary: Int, oldTimeline: Int64, oldBytes: Int64 = 0, members: Set<Int>,
        doubted: Set<Int> = [], isOrdered: Bool = false, rules: FailoverRules, now: UInt64
    ) {
        self.id = id
        self.oldPrimary = oldPrimary
        self.oldTimeline = oldTimeline
        self.oldBytes = oldBytes
        firstMembers = members.subtracting([oldPrimary])
        self.members = firstMembers
        self.doubted = doubted.subtracting([oldPrimary])
        self.isOrdered = isOrdered
        self.rules = rules
        startedAt = now
    }

    /// Nobody was asked to become the primary: nothing is lost if the old one stays it.
    public var isUntouched: Bool { attempts == 0 && doubted.isEmpty }

    // MARK: Events

    public mutating func begin(now: UInt64) -> [Action] {
        deadline = now &+ rules.fenceLimit
        return [.fence, .note]
    }

    /// All workers send nothing more to the old primary.
    public mutating func fenced(now: UInt64) -> [Action] {
        guard phase == .fencing else { return [] }
        return select(now: now)
    }

    /// `failover_fence_command` failed, and nobody may be promoted without it.
    public mutating func fenceFailed(now: UInt64) -> [Action] {
        guard phase == .fencing else { return [] }
        return block("the old primary could not be fenced", now: now)
    }

    /// A standby told where it is.
    public mutating func answered(_ candidate: Candidate, now: UInt64) -> [Action] {
        guard candidate.id != oldPrimary else { return [] }
        doubted.remove(candidate.id)
        if phase == .blocked { return answeredWhileBlocked(candidate, now: now) }
        guard phase == .selecting, isAdmitted(candidate), !failed.contains(candidate.id) else {
            return []
        }
        members.insert(candidate.id)
        if latest[candidate.id]?.receivedBytes == candidate.receivedBytes {
            atRest.insert(candidate.id)
        } else {
            atRest.remove(candidate.id)
        }
        latest[candidate.id] = candidate
        guard atRest.isSuperset(of: members) else { return [] }
        return choose(now: now)
    }

    private mutating func answeredWhileBlocked(_ candidate: Candidate, now: UInt64) -> [Action] {
        guard isAble(candidate), isAdmitted(candidate) else { return [] }
        if failed.contains(candidate.id) {
            guard now >= retryAt else { return [] }
            failed.remove(candidate.id)
        }
        members.insert(candidate.id)
        return select(now: now)
    }

    /// Who was out before has missed nobody knows how much; who was lost since may come back.
    private func isAdmitted(_ candidate: Candidate) -> Bool {
        firstMembers.contains(candidate.id) || (!isOrdered && !candidate.isOut)
    }

    /// A node is given up, or does not answer.
    public mutating func lost(_ node: Int, now: UInt64) -> [Action] {
        members.remove(node)
        latest[node] = nil
        atRest.remove(node)
        switch phase {
        case .selecting where atRest.isSuperset(of: members): return choose(now: now)
        case .promoting where target == node: return next(now: now)
        default: return []
        }
    }

    /// A node answered that it is not in recovery.
    public mutating func promoted(_ node: Int, timeline: Int64, now: UInt64) -> [Action] {
        guard node != oldPrimary, timeline > oldTimeline, isAwaited(node) else { return [] }
        target = node
        phase = .done
        deadline = nil
        return [.open(node), .note]
    }

    private func isAwaited(_ node: Int) -> Bool {
        switch phase {
        // Workers may still send to the old primary; or it is over.
        case .fencing, .done: false
        // The user's command may have chosen another one; who was passed over comes too late.
        case .promoting: node == target || (rules.hasCommand && !failed.contains(node))
        case .selecting, .commanding, .blocked: true
        }
    }

    /// The old primary answered that it is not in recovery.
    public mutating func oldPrimaryReturned(now: UInt64) -> [Action] {
        guard phase == .blocked, doubted.isEmpty else { return [] }
        phase = .done
        deadline = nil
        return [.reopen(oldPrimary), .note]
    }

    /// `failover_command` ended.
    public mutating func commandEnded(isSuccess: Bool, now: UInt64) -> [Action] {
        guard phase == .commanding else { return [] }
        guard target != nil else { return block("no standby is left to promote", now: now) }
        // Its word is not taken: who is the primary is looked at.
        if !isSuccess, rules.promotes { return promote(now: now) }
        phase = .promoting
        let waitsForOthers = isSuccess && !rules.promotes
        let limit = waitsForOthers ? rules.searchLimit : rules.promotionLimit
        promotionEndsAt = limit == 0 && waitsForOthers ? .max : now &+ limit
        deadline = now &+ Self.promotionGap
        return [.ask, .note]
    }

    /// The deadline came.
    public mutating func passed(now: UInt64) -> [Action] {
        guard let due = deadline, due <= now else { return [] }
        switch phase {
        case .fencing:
            if rules.requiresFencing {
                return block("the old primary could not be fenced in time", now: now)
            }
            return select(now: now)
        case .selecting:
            if now >= selectionEndsAt { return choose(now: now) }
            deadline = min(now &+ Self.askGap, selectionEndsAt)
            return [.ask]
        case .promoting:
            guard let target else { return block("no standby is left to promote", now: now) }
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
        target = nil
        latest = [:]
        atRest = []
        selectionEndsAt = now &+ rules.drain
        deadline = min(now &+ Self.askGap, selectionEndsAt)
        if members.isEmpty { return choose(now: now) }
        return [.ask]
    }

    /// Of those that answered the one that has most; the lowest number among equals.
    private mutating func choose(now: UInt64) -> [Action] {
        let known = latest.values.filter { !failed.contains($0.id) && isAble($0) }
        let most = max(known.map(\.receivedBytes).max() ?? 0, oldBytes)
        let able = known.filter {
            guard rules.lagBytesMax > 0 else { return true }
            let (lag, overflow) = most.subtractingReportingOverflow($0.receivedBytes)
            return !overflow && lag <= rules.lagBytesMax
        }
        let best =
            switch rules.policy {
            case .mostAdvanced: able.min { ($1.receivedBytes, $0.id) < ($0.receivedBytes, $1.id) }
            case .lowestID: able.min { $0.id < $1.id }
            }
        target = best?.id
        if rules.hasCommand, target != nil || !isEndTold {
            phase = .commanding
            deadline = nil
            if target == nil { isEndTold = true } else { attempts &+= 1 }
            return [.note, .command(target: target)]
        }
        guard target != nil else { return block("no standby can be promoted", now: now) }
        attempts &+= 1
        return promote(now: now)
    }

    /// Whether it can be promoted, and has the old primary's history (HF-15.1, 5).
    private func isAble(_ candidate: Candidate) -> Bool {
        !candidate.isReplayPaused
            && (candidate.timeline == 0 || oldTimeline == 0 || candidate.timeline == oldTimeline)
    }

    private mutating func promote(now: UInt64) -> [Action] {
        guard let target else { return block("no standby can be promoted", now: now) }
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
        if members.isEmpty { return block("no standby could be promoted", now: now) }
        return select(now: now)
    }

    private mutating func block(_ reason: String, now: UInt64) -> [Action] {
        phase = .blocked
        deadline = nil
        target = nil
        retryAt = now &+ (rules.hasCommand ? rules.commandRetryGap : rules.promotionLimit)
        return [.stuck(reason), .note]
    }
}
