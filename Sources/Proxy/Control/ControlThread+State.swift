internal import ClusterModel
internal import Coordination
internal import Operations
internal import Reactor
internal import Settings
internal import Synchronization

/// What was decided survives a restart: a detached node stays detached, a replaced primary is not
/// taken for the primary, a failover that was under way is finished (HF-3, HF-4).
extension ControlThread {
    /// Hands the present decisions to the writer, which brings them to the disk.
    ///
    /// - Parameter completion: called when they are there, or with the reason why not.
    func saveState(then completion: (@Sendable (String?) -> Void)? = nil) {
        let record = stateRecord()
        if record != savedRecord || (completion != nil && stateWriter.hasFailed) {
            savedRecord = record
            stateWriter.write(
                record, isLegacyWanted: settings.settings.writeLegacyStatusFile)
        }
        if let completion { stateWriter.whenWritten(completion) }
    }

    private func stateRecord() -> ClusterRecord {
        var record = ClusterRecord(
            clusterID: clusterID, epoch: survey.snapshot.epoch, primary: survey.recordedPrimary)
        for (id, backend) in settings.settings.backends.enumerated() where backend.isUsed {
            let membership = survey.membership(id)
            var node = ClusterRecord.Backend(
                id: id, host: backend.hostname, port: backend.port,
                isDetached: membership.isDetached, isOut: membership.exclusion != nil,
                reason: membership.exclusion?.rawValue ?? "",
                since: membership.since ?? 0)
            node.systemIdentifier = survey.systemIdentifier(id)
            node.timeline =
                id == survey.recordedPrimary ? survey.primaryTimeline : survey.knownTimeline(id)
            // Of a primary that is being replaced: the next run knows its successor by that.
            if case .failover(let failover)? = change.operation, failover.oldPrimary == id {
                node.timeline = failover.oldTimeline
            }
            record.backends.append(node)
        }
        record.operation =
            switch change.operation {
            case .failover(let failover)? where failover.phase != .done:
                ClusterRecord.Operation(
                    id: "\(failover.id)", kind: "failover", phase: failover.phase.rawValue,
                    oldPrimary: failover.oldPrimary, target: failover.target,
                    startedAt: WallClock.seconds(), attempts: failover.attempts)
            case .switchover(let switchover)? where !switchover.isOver:
                ClusterRecord.Operation(
                    id: "\(switchover.id)", kind: "switchover", phase: switchover.phase.rawValue,
                    oldPrimary: switchover.oldPrimary,
                    target: switchover.target == switchover.oldPrimary ? nil : switchover.target,
                    startedAt: WallClock.seconds())
            default: nil
            }
        record.recoveries = recovery.records.isEmpty ? nil : recovery.records
        record.slots = slots.slots.isEmpty ? nil : slots.slots
        // Times of writing make no difference.
        if let known = savedRecord?.operation, var new = record.operation, known.id == new.id {
            new.startedAt = known.startedAt
            record.operation = new
        }
        return record
    }

    /// Takes over what the last run decided.
    func restore(_ record: ClusterRecord) {
        clusterID = record.clusterID
        for backend in record.backends where isUsed(backend.id) {
            var exclusion =
                backend.isOut ? Membership.Exclusion(rawValue: backend.reason) ?? .failed : nil
            let isRecovering = record.recoveries?.contains { $0.node == backend.id } == true
            if exclusion == .recovering, !isRecovering { exclusion = .failed }
            guard backend.isDetached || exclusion != nil else { continue }
            // Of 0 nobody knows when: it counts from the start, as for nodes that never changed.
            let since = backend.since > 0 ? backend.since : nil
            survey.decided(
                backend.id,
                Membership(isDetached: backend.isDetached, exclusion: exclusion, since: since))
            shared.statusChanges.withLock { $0[backend.id] = since }
            log(
                .log,
                "node \(backend.id) stays out: \(survey.membership(backend.id).words)")
        }
        if let primary = record.primary, isUsed(primary) {
            survey.primaryDecided(
                primary, timeline: record.backend(primary)?.timeline ?? 0)
        }
        // Until all nodes were asked nobody is the primary while one was being replaced.
        let replaced = record.primary == nil ? record.operation?.oldPrimary : nil
        if let replaced, isUsed(replaced) {
            survey.primaryDecided(replaced, timeline: record.backend(replaced)?.timeline ?? 0)
        }
        for backend in record.backends where isUsed(backend.id) {
            survey.remembered(
                backend.id, systemIdentifier: backend.systemIdentifier, timeline: backend.timeline)
        }
        if let replaced, isUsed(replaced) { survey.primaryWithheld() }
        if record.operation == nil { survey.began(now: reactor.now) }
        if let operation = record.operation, let old = operation.oldPrimary, isUsed(old) {
            unfinished = operation
            unfinishedTimeline = record.backend(old)?.timeline ?? 0
            log(
                .warning,
                "a \(operation.kind) of node \(old) was under way (\(operation.phase)) when the "
                    + "proxy ended")
        }
        recovery.unfinished = record.recoveries ?? []
        slots = SlotLedger(record.slots ?? [])
        publishSlots()
        savedRecord = nil
    }

    /// All nodes were asked once: what was under way is finished, or taken back where nobody had
    /// been asked to take over.
    func finishUnfinished() {
        guard let operation = unfinished, let old = operation.oldPrimary else { return }
        unfinished = nil
        let timeline = unfinishedTimeline
        if let node = successor(of: old, timeline: timeline, wanted: operation.target) {
            log(.log, "node \(node) has become the primary meanwhile")
            return adopt(node, replaced: old)
        }
        let wasAsked =
            operation.attempts > 0 || ["promoting", "commanding"].contains(operation.phase)
        let isSwitchover = operation.kind == "switchover"
        switch survey.answer(old) {
        case .answered(isInRecovery: false, _, _, _)?
        where !survey.isForeign(old) && (isSwitchover || !wasAsked):
            log(.log, "node \(old) is still the primary: the \(operation.kind) is taken back")
            // It may have been told to restart as a standby.
            if isSwitchover { change.graceUntil[old] = reactor.now &+ Self.unfinishedGrace }
            survey.decided(old, Membership())
            survey.primaryDecided(old, timeline: timeline)
            publish(force: true)
            saveState()
        case .answered(isInRecovery: true, _, _, _)? where !survey.isForeign(old) && isSwitchover:
            undoSwitchover(of: old, target: operation.target ?? old, timeline: timeline)
        default:
            startFailover(
                of: old, reason: "it was begun before the proxy was started anew",
                isAutomatic: true, timeline: timeline,
                doubted: wasAsked ? Set([operation.target].compactMap { $0 }) : [])
        }
    }

    /// How long a server may take to restart that an earlier run has told to, in nanoseconds.
    private static let unfinishedGrace: UInt64 = 60_000_000_000

    /// Who has taken over from a primary: its timeline goes on from there.
    private func successor(of old: Int, timeline: Int64, wanted: Int?) -> Int? {
        let claims = survey.snapshot.nodes.map(\.id).filter { id in
            guard id != old, isUsed(id), survey.mayLead(id),
                case .answered(isInRecovery: false, let its, _, _)? = survey.answer(id)
            else { return false }
            return its > timeline
        }
        return claims.first { $0 == wanted } ?? claims.first { $0 == survey.snapshot.primary }
            ?? claims.first
    }

    /// The node was promoted, and is the primary from now on.
    func adopt(_ node: Int, replaced old: Int?) {
        let before = survey.snapshot
        var timeline: Int64 = 0
        if case .answered(_, let its, _, _)? = survey.answer(node) { timeline = its }
        survey.decided(node, Membership())
        if let old {
            survey.decided(old, Membership(exclusion: .replaced, since: WallClock.seconds()))
        }
        survey.primaryDecided(node, timeline: timeline)
        noteStatusChanges(before)
        publish(force: true)
        saveState()
        if let old { follow(node, old: old) }
    }
}

/// Brings records to the disk, one after the other and off the control thread; of several that wait
/// only the latest is written.
final class StateWriter: Sendable {
    private struct State {
        var waiting: (record: ClusterRecord, isLegacyWanted: Bool)?
        var isWriting = false
        /// Why the last record could not be written.
        var failure: String?
        var hasLegacyFailed = false
        /// To be told of what waits.
        var waitingCompletions: [@Sendable (String?) -> Void] = []
        /// To be told of what is being written.
        var completions: [@Sendable (String?) -> Void] = []
    }

    private let file: StateFile
    private let shared: ProxyShared
    private let state = Mutex(State())

    /// For decisions about servers of which there is no record yet.
    static func newID() -> String {
        String(UInt64.random(in: .min ... .max), radix: 16)
    }

    init(directory: String, shared: ProxyShared) {
        file = StateFile(directory: directory)
        self.shared = shared
    }

    func write(_ record: ClusterRecord, isLegacyWanted: Bool) {
        let isFirst = state.withLock { state in
            state.waiting = (record, isLegacyWanted)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard isFirst else { return }
        shared.blocking.run { [self] in writeAll() }
    }

    /// A record that was handed over is not on the disk yet.
    var isBusy: Bool { state.withLock { $0.isWriting } }

    var hasFailed: Bool { state.withLock { $0.failure != nil } }

    /// Calls when the record that was handed over last is on the disk, on any thread, or with the
    /// reason why it is not.
    func whenWritten(_ completion: @escaping @Sendable (String?) -> Void) {
        let (isDone, failure) = state.withLock { state in
            if state.waiting != nil {
                state.waitingCompletions.append(completion)
            } else if state.isWriting {
                state.completions.append(completion)
            } else {
                return (true, state.failure)
            }
            return (false, nil)
        }
        if isDone { completion(failure) }
    }

    private func writeAll() {
        while true {
            let (next, late, reason) = state.withLock { state in
                let (next, late) = (state.waiting, state.completions)
                state.waiting = nil
                state.completions = state.waitingCompletions
                state.waitingCompletions = []
                if next == nil { state.isWriting = false }
                return (next, late, state.failure)
            }
            for completion in late { completion(reason) }
            guard let next else { return }
            let failed = failure(of: { () throws(StateFailure) in try file.save(next.record) })
            if written(failure: failed?.message), let failed { report(failed) }
            guard failed == nil, next.isLegacyWanted else { continue }
            let legacyFailed = failure(of: { () throws(StateFailure) in
                _ = try file.saveLegacy(LegacyStatus(next.record))
            })
            let isNews = state.withLock { state in
                defer { state.hasLegacyFailed = legacyFailed != nil }
                return !state.hasLegacyFailed
            }
            if isNews, let legacyFailed { report(legacyFailed) }
        }
    }

    private func failure(of write: () throws(StateFailure) -> Void) -> StateFailure? {
        do {
            try write()
            return nil
        } catch {
            return error
        }
    }

    private func report(_ failure: StateFailure) {
        shared.log.emit(
            LogRecord(
                .error, failure.message,
                hint: "Decisions about nodes do not survive a restart until this is mended.",
                process: "sr_check_worker"))
    }

    /// The record is on the disk, or not: tells those who wait.
    ///
    /// - Returns: whether it was otherwise before.
    @discardableResult
    private func written(failure: String?) -> Bool {
        let (completions, isNews) = state.withLock { state in
            defer {
                state.completions = []
                state.failure = failure
            }
            return (state.completions, (state.failure == nil) != (failure == nil))
        }
        for completion in completions { completion(failure) }
        return isNews
    }

    /// What the last run left, matched to the nodes that are configured now.
    func load(_ settings: Settings, clusterID: String) -> ClusterRecord? {
        let addresses = settings.backends.enumerated().filter { $0.element.isUsed }.map {
            ClusterRecord.Address(
                id: $0.offset, host: $0.element.hostname, port: $0.element.port)
        }
        do throws(StateFailure) {
            if let found = try file.load() {
                let (record, mismatches) = found.matched(to: addresses)
                for mismatch in mismatches { warn("\(mismatch)") }
                return record
            }
            if let legacy = try file.loadLegacy() {
                shared.log.emit(LogRecord(.log, "Backend status file \(file.legacyPath) read"))
                for line in legacy.invalidLines {
                    warn("\(file.legacyPath) line \(line): neither up nor down nor unused")
                }
                return legacy.record(
                    of: addresses, clusterID: clusterID, now: WallClock.seconds())
            }
        } catch {
            warn(error.message)
            if error.code == .damaged, let kept = file.setAside() {
                warn("the damaged file is kept as \(kept)")
            }
        }
        return nil
    }

    private func warn(_ message: String) {
        shared.log.emit(LogRecord(.warning, message, process: "main"))
    }
}
