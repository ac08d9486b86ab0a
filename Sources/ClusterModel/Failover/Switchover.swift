/// A planned change of the primary: hold new work, stop the old primary so that its standbys get
/// all it has, promote the target, and have the old one come back as a standby (HF-15.3). Event in,
/// actions out; times are monotonic nanoseconds.
///
/// Nothing that was acknowledged is lost, with asynchronous replication either: a server that is
/// shut down in fast mode sends its standbys everything before it ends.
public struct Switchover: Equatable, Sendable {
    public enum Phase: String, Equatable, Sendable {
        /// A checkpoint, so that the stop is short; the old primary learns whom it will follow.
        case preparing
        /// New work waits, open transactions end.
        case draining
        /// The old primary stops, and starts again as a standby.
        case stopping
        /// The target has everything.
        case settling
        case promoting
        /// The old primary takes over again.
        case undoing
        case done
        case failed
    }

    public enum Action: Equatable, Sendable {
        /// CHECKPOINT on the old primary and, there, where to stream from when it comes back.
        case prepare
        /// New work for the primary waits; ``drained(now:)`` when no transaction is open there.
        case hold
        /// Whoever is still in a transaction there loses it.
        case cut
        /// Ask the old primary how far it is, ``positionKnown(_:now:)``, and only then restart it as
        /// a standby.
        case stop
        /// Look whether the old primary is gone; when it is, what the target has.
        case ask
        /// Ask this node to become the primary, now and every time this is said.
        case promote(Int)
        /// It is the primary, the other one a standby.
        case open(Int)
        /// The order is refused: nothing was changed, or it is changed back.
        case fail(String)
        case note
    }

    private static let askGap: UInt64 = 10_000_000
    private static let stopGap: UInt64 = 20_000_000
    private static let promotionGap: UInt64 = 50_000_000
    private static let prepareLimit: UInt64 = 60_000_000_000
    private static let stopLimit: UInt64 = 30_000_000_000
    private static let promotionLimit: UInt64 = 10_000_000_000
    private static let undoLimit: UInt64 = 30_000_000_000

    public let id: UInt64
    public let oldPrimary: Int
    public let oldTimeline: Int64
    public let target: Int
    public let startedAt: UInt64
    public private(set) var phase = Phase.preparing
    public private(set) var deadline: UInt64?

    private let drainLimit: UInt64
    private var phaseEndsAt: UInt64 = 0
    private var isCut = false
    /// The target may have become the primary.
    private var isTargetAsked = false
    /// The old primary answers, as a standby.
    private var isOldBack = false
    private var isFailureTold = false
    /// How far the old primary was when nobody could write any more; nil: it has not said yet, and
    /// was not told to stop.
    private var bound: Int64?
    private var reason = ""

    /// - Parameter drainLimit: `switchover_drain_timeout`.
    public init(
        id: UInt64, oldPrimary: Int, oldTimeline: Int64, target: Int, drainLimit: UInt64,
        now: UInt64
    ) {
        self.id = id
        self.oldPrimary = oldPrimary
        self.oldTimeline = oldTimeline
        self.target = target
        self.drainLimit = drainLimit
        startedAt = now
    }

    /// The old primary has said how far it is, and is told to stop.
    public var isTold: Bool { bound != nil }
    public var isOver: Bool { phase == .done || phase == .failed }

    // MARK: Events

    public mutating func begin(now: UInt64) -> [Action] {
        deadline = now &+ Self.prepareLimit
        return [.prepare, .note]
    }

    public mutating func prepared(failure: String?, now: UInt64) -> [Action] {
        guard phase == .preparing else { return [] }
        if let failure { return fail(failure) }
        phase = .draining
        deadline = now &+ drainLimit
        return [.hold, .note]
    }

    /// No worker has a transaction open on the old primary.
    public mutating func drained(now: UInt64) -> [Action] {
        guard phase == .draining else { return [] }
        phase = .stopping
        phaseEndsAt = now &+ Self.stopLimit
        deadline = phaseEndsAt
        return [.note, .stop]
    }

    /// The old primary is about to be told to stop.
    public mutating func positionKnown(_ bytes: Int64, now: UInt64) {
        guard phase == .stopping, bound == nil else { return }
        bound = bytes
        deadline = now &+ Self.stopGap
    }

    /// The old primary could not be asked or stopped.
    public mutating func refused(_ reason: String, now: UInt64) -> [Action] {
        switch phase {
        case .preparing, .draining, .stopping: fail(reason)
        case .settling, .promoting, .undoing, .done, .failed: []
        }
    }

    /// Nobody listens at the old primary any more, or it answers as a standby.
    public mutating func stopped(isBack: Bool, now: UInt64) -> [Action] {
        isOldBack = isBack
        guard phase == .stopping, bound != nil else { return [] }
        phase = .settling
        deadline = now &+ Self.askGap
        return [.ask, .note]
    }

    /// The target told what it has.
    public mutating func answered(receivedBytes: Int64, now: UInt64) -> [Action] {
        guard phase == .settling, let bound, receivedBytes >= bound else { return [] }
        phase = .promoting
        isTargetAsked = true
        phaseEndsAt = now &+ Self.promotionLimit
        deadline = now &+ Self.promotionGap
        return [.note, .promote(target)]
    }

    /// A node answered that it is not in recovery.
    public mutating func promoted(_ node: Int, timeline: Int64, now: UInt64) -> [Action] {
        switch phase {
        case .promoting where node == target && timeline > oldTimeline,
            // Later than it had time for, and before the old one.
            .undoing where node == target && timeline > oldTimeline && isTargetAsked:
            phase = .done
            deadline = nil
            return [.open(node), .note]
        case .undoing where node == oldPrimary:
            deadline = nil
            phase = .failed
            return [.open(node)] + told(reason) + [.note]
        default: return []
        }
    }

    /// The target died.
    public mutating func targetLost(now: UInt64) -> [Action] {
        switch phase {
        case .preparing, .draining: fail("node \(target) was lost before anything was changed")
        case .stopping, .settling, .promoting: undo("node \(target) was lost", now: now)
        case .undoing, .done, .failed: []
        }
    }

    public mutating func passed(now: UInt64) -> [Action] {
        guard let due = deadline, due <= now else { return [] }
        switch phase {
        case .preparing: return fail("the checkpoint on node \(oldPrimary) took too long")
        case .draining:
            if isCut { return fail("transactions on node \(oldPrimary) did not end") }
            isCut = true
            deadline = now &+ Self.stopLimit
            return [.cut]
        case .stopping:
            if bound == nil { return fail("node \(oldPrimary) does not tell where it is") }
            if now >= phaseEndsAt { return undo("node \(oldPrimary) did not stop", now: now) }
            deadline = now &+ Self.stopGap
            return [.ask]
        case .settling:
            if now >= phaseEndsAt {
                return undo("node \(target) did not get all that node \(oldPrimary) had", now: now)
            }
            deadline = now &+ Self.askGap
            return [.ask]
        case .promoting:
            if now >= phaseEndsAt {
                return undo("node \(target) did not become the primary", now: now)
            }
            deadline = now &+ Self.promotionGap
            return [.promote(target)]
        case .undoing:
            let isLate = now >= phaseEndsAt
            let failure =
                isLate ? told(reason + ", and node \(oldPrimary) did not come back") : []
            guard !isLate || isOldBack else {
                phase = .failed
                deadline = nil
                return failure + [.note]
            }
            // Both are standbys now: there is no primary unless it is promoted.
            deadline = now &+ Self.promotionGap
            return failure + [.promote(oldPrimary)]
        case .done, .failed:
            deadline = nil
            return []
        }
    }

    // MARK: Ends

    /// The old primary was found as a standby, and nobody took over from it: it takes over again.
    public mutating func takenBack(_ reason: String, now: UInt64) -> [Action] {
        guard !isOver else { return [] }
        return undo(reason, now: now)
    }

    /// Others have promoted a node: who is neither the old primary nor the target ends it, and the
    /// target must not take writes beside it.
    public mutating func overtaken(by node: Int) -> [Action] {
        guard !isOver, node != oldPrimary, node != target else { return [] }
        return fail("node \(node) became the primary meanwhile")
    }

    private mutating func fail(_ reason: String) -> [Action] {
        phase = .failed
        deadline = nil
        return told(reason) + [.note]
    }

    private mutating func told(_ reason: String) -> [Action] {
        defer { isFailureTold = true }
        return isFailureTold ? [] : [.fail(reason)]
    }

    /// The old primary starts as a standby in any case: it is promoted again.
    private mutating func undo(_ reason: String, now: UInt64) -> [Action] {
        self.reason = reason
        phase = .undoing
        phaseEndsAt = now &+ Self.undoLimit
        deadline = now &+ Self.promotionGap
        return [.note, .promote(oldPrimary)]
    }
}
