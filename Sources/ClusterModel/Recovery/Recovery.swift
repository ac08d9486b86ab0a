/// One node coming back while the others serve (OR-21 to OR-41): it is checked, gets a slot and the
/// primary's data, becomes a standby, is looked at, and is attached. Event in, actions out; times
/// are monotonic nanoseconds.
///
/// Before each step that can be seen outside the record is written down; whoever finds it after a
/// crash goes on from there, because every step can be done twice. At most one request is under way
/// at any time.
public struct Recovery: Equatable, Sendable {
    public enum Action: Equatable, Sendable {
        /// Bring the record to the disk: ``journaled(failure:now:)``.
        case journal
        /// Ask the node's host: ``hostAnswered(_:now:)``.
        case host(HostRequest.Action, seconds: Int)
        /// Ask the primary: ``sourceAnswered(_:now:)``.
        case source(RecoveryQuestion, limit: UInt64)
        /// Ask the node's server: ``targetAnswered(_:isReachable:now:)``.
        case target(RecoveryQuestion, limit: UInt64)
        /// Run `recovery_start_command`: ``startCommandEnded(failure:now:)``.
        case startCommand
        /// The node may serve: ``attached(now:)``.
        case attach
        /// For the log and for those who watch.
        case note(String)
        /// Tell whoever waits. The record stays until ``forget``.
        case end(Outcome)
        /// Nothing is left to do.
        case forget
    }

    public enum Outcome: Equatable, Sendable {
        case attached
        /// Only the checks were asked for: their lines, and whether all are good.
        case checked([String], isGood: Bool)
        case failed(RecoveryFailure)
    }

    /// What is waited for.
    enum Step: Equatable, Sendable {
        /// Not begun.
        case none
        case journal
        /// There is no primary to copy from.
        case sourceWait
        case writeProbe, facts, history, functions
        case description, login, copyLogin
        case slot
        /// Whether an earlier run has begun the job.
        case jobFound
        /// What is there before a copy begins.
        case copyLook
        case stopBeforeUnswap, unswapBeforeCopy, discardOldBeforeCopy, discardNewBeforeCopy
        case stopBeforeRemoval, probeBeforeRemoval, removeOld
        case stopBeforeRewind, checkpointBeforeRewind
        case jobBegin, jobPause, jobStatus
        /// Whether a job has failed because the source was restarted.
        case lossPause, lossFacts
        case firstStage
        case configureLook, configure, stopBeforeSwap, stopBeforeConfigure, swap
        case start, startCommand, startPause, startTarget, startLook, startLog
        case verifyPause, verifyTarget, verifySource
        case attach
        /// Old data is kept until its time has come.
        case keep
        case discardOld
        /// The job is ended because there is another primary.
        case cancelForSource
        case undo(Undo)
        case over
    }

    /// What is taken back after a failure.
    enum Undo: Equatable, Sendable {
        case cancelJob, look, stop, unswap, discardNew, dropSlot
    }

    enum Interruption: Equatable, Sendable {
        case cancelled
        case sourceChanged
    }

    static let pause: UInt64 = 250_000_000
    static let longPause: UInt64 = 1_000_000_000
    /// Copies are asked for often at first, so that short ones are short.
    static let shortJob: UInt64 = 10_000_000_000
    static let askLimit: UInt64 = 5_000_000_000
    static let factsLimit: UInt64 = 120_000_000_000
    static let journalLimit: UInt64 = 30_000_000_000
    static let sourceLimit: UInt64 = 300_000_000_000
    /// A standby that has its data from the past and does not stream by then never will.
    static let streamLimit: UInt64 = 30_000_000_000
    /// Who streams from elsewhere for so long does not do so in passing.
    static let misdirectionLimit: UInt64 = 3_000_000_000
    /// A script copies as long as it takes.
    static let scriptLimit: UInt64 = 86_400_000_000_000

    public internal(set) var record: RecoveryRecord
    public internal(set) var progress: RecoveryProgress
    /// When ``passed(now:)`` is due; nil while only answers count.
    public internal(set) var deadline: UInt64?
    /// Only the checks of before are made, and nothing is changed.
    public let isCheckOnly: Bool
    let rules: RecoveryRules
    var source: RecoverySource?
    var step = Step.none
    var interruption: Interruption?

    // What is known so far.
    var facts: SourceFacts?
    var target: ServerDescription?
    var calls: RecoveryScript.Calls?
    var replicationFailure: String?
    /// A copy of a standby has failed, or it does not let us copy: the primary is next.
    var isStandbyTried = false

    // Of the job that runs.
    var jobStartedAt: UInt64 = 0
    var jobStartBytes: Int64 = 0
    var jobMovedAt: UInt64 = 0
    var lastJob: JobReport?
    var toldPercent = 0
    /// What the last copy or rewind has come to, and was to come to, in bytes.
    public internal(set) var copied: (bytes: Int64, total: Int64) = (0, 0)
    var failure: RecoveryFailure?
    var lossEndsAt: UInt64 = 0

    // Of the server that starts.
    var startedAt: UInt64 = 0
    var startEndsAt: UInt64 = 0
    var startPosition: Int64 = 0
    var startSegment: String?
    var deadLooks = 0

    // Of the standby that is looked at.
    var verifyEndsAt: UInt64 = 0
    var verifyBytes: Int64?
    var standby: StandbyChecks.Standby?
    var isReachable = false
    var lastChecks: StandbyChecks?
    var lastMoveAt: UInt64 = 0
    /// Since when it streams from elsewhere; nil while it does not.
    var misdirectedAt: UInt64?
    /// It was pointed to the primary once more.
    var isRepointed = false
    var undo: [Undo] = []

    /// - Parameters:
    ///   - record: a new one, or one that an earlier run of the proxy has left.
    ///   - source: the primary; nil while there is none.
    public init(
        record: RecoveryRecord, source: RecoverySource?, rules: RecoveryRules,
        isCheckOnly: Bool = false
    ) {
        self.record = record
        self.source = source
        self.rules = rules
        self.isCheckOnly = isCheckOnly
        progress = RecoveryProgress(phase: record.phase, method: record.method)
    }

    public static func == (left: Recovery, right: Recovery) -> Bool {
        left.record == right.record && left.step == right.step && left.progress == right.progress
            && left.deadline == right.deadline && left.source == right.source
    }

    /// Nobody has to wait for it any more: the node serves, or it has failed.
    public var isSettled: Bool { step == .over || record.phase == .cleaned }

    /// It cannot be ended any more.
    public var isOver: Bool { step == .over }

    /// Whether it uses this node as its source.
    public func copies(from node: Int) -> Bool { record.source == node && !isSettled }

    // MARK: Beginning

    /// Begins, or goes on where the record says.
    public mutating func begin(now: UInt64) -> [Action] {
        guard step == .none else { return [] }
        if isCheckOnly { return enter(now: now) }
        // What the extension can do is looked up again.
        if record.isScripted, record.phase == .checked { record.phase = .locked }
        return journal(record.phase, now: now)
    }

    /// Writes down that a phase begins.
    mutating func journal(_ phase: RecoveryPhase, now: UInt64) -> [Action] {
        record.phase = phase
        if phase == .started { record.wasStarted = true }
        show("")
        step = .journal
        deadline = now &+ Self.journalLimit
        return [.note(progress.words), .journal]
    }

    mutating func show(_ activity: String) {
        progress = RecoveryProgress(
            phase: record.phase, method: record.method, activity: activity)
    }

    public mutating func journaled(failure: String?, now: UInt64) -> [Action] {
        guard step == .journal else { return [] }
        deadline = nil
        // Where the server runs already, going on leaves less behind than giving up.
        if let failure, record.failure == nil, !record.wasStarted {
            return failUnrecorded("the state file cannot be written: \(failure)", now: now)
        }
        if record.failure != nil { return beginUndo(now: now) }
        return interrupted(now: now) ?? enter(now: now)
    }

    /// A phase begins: what it does.
    mutating func enter(now: UInt64) -> [Action] {
        switch record.phase {
        case .locked: return enterLocked(now: now)
        case .checked:
            if record.isScripted {
                record.attempt += 1
                return journal(.copy, now: now)
            }
            return journal(record.isStartOnly ? .started : .slot, now: now)
        case .slot: return askSource(.slot, .createSlot(record.slot), now: now)
        case .copy, .rewind:
            if record.isScripted { return runFirstStage(now: now) }
            return askHost(.jobFound, .jobStatus, now: now)
        case .configured:
            return askHost(.configureLook, .describe(expecting: .init()), now: now)
        case .started: return enterStarted(now: now)
        case .verifying: return enterVerifying(now: now)
        case .attached:
            step = .attach
            return [.attach]
        case .cleaned: return enterCleaned(now: now)
        }
    }

    // MARK: Asking

    /// How long a host may take for an answer, in seconds.
    private static func seconds(_ action: HostRequest.Action) -> Int {
        switch action {
        case .discard, .remove: 3600
        case .stop(let seconds): seconds + 30
        case .configure, .swap, .unswap, .start, .describe, .tryReplication: 60
        case .baseBackup, .rewind, .jobStatus, .jobCancel, .logTail: 30
        }
    }

    mutating func askHost(_ step: Step, _ action: HostRequest.Action, now: UInt64) -> [Action] {
        self.step = step
        deadline = nil
        return [.host(action, seconds: Self.seconds(action))]
    }

    mutating func askSource(
        _ step: Step, _ question: RecoveryQuestion, limit: UInt64 = askLimit, now: UInt64
    ) -> [Action] {
        self.step = step
        deadline = nil
        return [.source(question, limit: limit)]
    }

    mutating func askTarget(
        _ step: Step, _ question: RecoveryQuestion, limit: UInt64 = askLimit, now: UInt64
    ) -> [Action] {
        self.step = step
        deadline = nil
        return [.target(question, limit: limit)]
    }

    mutating func wait(_ step: Step, until: UInt64) -> [Action] {
        self.step = step
        deadline = until
        return []
    }

    // MARK: Interruptions

    /// An operator wants it to end.
    public mutating func cancelled(now: UInt64) -> [Action] {
        guard mayBeInterrupted else { return [] }
        interruption = .cancelled
        return isWaiting ? interrupted(now: now) ?? [] : []
    }

    /// Whether ``cancelled(now:)`` does anything.
    public var mayBeInterrupted: Bool {
        switch record.phase {
        case .attached, .cleaned: false
        case .locked, .checked, .slot, .copy, .rewind, .configured, .started, .verifying:
            step != .over && record.failure == nil
        }
    }

    /// This node is the primary now. Who is gone may come back: of that nothing is told.
    public mutating func sourceFound(_ source: RecoverySource, now: UInt64) -> [Action] {
        self.source = source
        guard mayBeInterrupted else { return [] }
        if step == .sourceWait { return restart(now: now) }
        guard let present = record.source, source.node != present, interruption == nil else {
            return []
        }
        interruption = .sourceChanged
        return isWaiting ? interrupted(now: now) ?? [] : []
    }

    /// Nothing is under way that has to be waited for.
    private var isWaiting: Bool {
        switch step {
        case .sourceWait, .jobPause, .lossPause, .startPause, .verifyPause: true
        default: false
        }
    }

    /// What an interruption leads to, now that an answer is there; nil if there is none.
    mutating func interrupted(now: UInt64) -> [Action]? {
        guard let interruption, mayBeInterrupted else { return nil }
        self.interruption = nil
        switch interruption {
        case .cancelled: return fail("it was cancelled", isFinal: true, now: now)
        case .sourceChanged:
            guard record.phase != .locked else { return restart(now: now) }
            guard record.restarts < 2 else {
                return fail("the primary changed again and again", isFinal: true, now: now)
            }
            record.restarts += 1
            let isCopying = record.phase == .copy || record.phase == .rewind
            guard isCopying, !record.isScripted else { return restart(now: now) }
            return askHost(.cancelForSource, .jobCancel, now: now)
        }
    }

    /// All over again, from another source or by another method.
    mutating func restart(now: UInt64) -> [Action] {
        // A slot on a server that is the primary no more goes when that server is recovered.
        if record.source != source?.node { record.ownsSlot = false }
        facts = nil
        target = nil
        replicationFailure = nil
        record.method = nil
        record.phase = .locked
        return isCheckOnly ? enter(now: now) : journal(.locked, now: now)
    }

    // MARK: Time

    public mutating func passed(now: UInt64) -> [Action] {
        guard let due = deadline, due <= now else { return [] }
        deadline = nil
        if let actions = interrupted(now: now) { return actions }
        switch step {
        case .journal:
            return journaled(failure: "it takes too long", now: now)
        case .sourceWait: return fail("there is no primary", isFinal: true, now: now)
        case .jobPause: return askHost(.jobStatus, .jobStatus, now: now)
        case .lossPause:
            return askSource(
                .lossFacts, .source(slot: record.slot), limit: Self.factsLimit, now: now)
        case .startPause: return askTarget(.startTarget, .standby, now: now)
        case .verifyPause: return askTarget(.verifyTarget, .standby, now: now)
        case .keep: return askHost(.discardOld, .discard(.old), now: now)
        case .none, .writeProbe, .facts, .history, .functions, .description, .login, .copyLogin,
            .slot,
            .jobFound, .copyLook, .stopBeforeUnswap, .unswapBeforeCopy, .discardOldBeforeCopy,
            .discardNewBeforeCopy, .stopBeforeRemoval, .probeBeforeRemoval, .removeOld,
            .stopBeforeRewind,
            .checkpointBeforeRewind, .jobBegin,
            .jobStatus, .lossFacts, .firstStage, .configureLook, .configure, .stopBeforeSwap,
            .stopBeforeConfigure, .swap, .start, .startCommand, .startTarget, .startLook, .startLog,
            .verifyTarget, .verifySource, .attach, .discardOld, .cancelForSource, .undo, .over:
            return []
        }
    }
}
