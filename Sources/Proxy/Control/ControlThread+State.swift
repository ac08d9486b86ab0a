internal import ClusterModel
internal import Coordination
internal import Operations
internal import Settings
internal import Synchronization

/// What was decided survives a restart: a detached node stays detached, a replaced primary is not
/// taken for the primary, a failover that was under way is finished (HF-3, HF-4).
extension ControlThread {
    /// Hands the present decisions to the writer, which brings them to the disk.
    func saveState() {
        let record = stateRecord()
        guard record != savedRecord else { return }
        savedRecord = record
        stateWriter.write(record, isLegacyWanted: settings.settings.writeLegacyStatusFile)
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
            if case .answered(_, let timeline, _, let facts)? = survey.answer(id) {
                node.systemIdentifier = facts.systemIdentifier
                node.timeline = id == survey.recordedPrimary ? survey.primaryTimeline : timeline
            }
            if id == survey.recordedPrimary { node.timeline = survey.primaryTimeline }
            record.backends.append(node)
        }
        record.operation =
            switch change.operation {
            case .failover(let failover)? where failover.phase != .done:
                ClusterRecord.Operation(
                    id: "\(failover.id)", kind: "failover", phase: failover.phase.rawValue,
                    oldPrimary: failover.oldPrimary, target: failover.target,
                    startedAt: WallClock.seconds())
            case .switchover(let switchover)? where !switchover.isOver:
                ClusterRecord.Operation(
                    id: "\(switchover.id)", kind: "switchover", phase: switchover.phase.rawValue,
                    oldPrimary: switchover.oldPrimary, target: switchover.target,
                    startedAt: WallClock.seconds())
            default: nil
            }
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
            let exclusion =
                backend.isOut ? Membership.Exclusion(rawValue: backend.reason) ?? .failed : nil
            guard backend.isDetached || exclusion != nil else { continue }
            survey.decided(
                backend.id,
                Membership(
                    isDetached: backend.isDetached, exclusion: exclusion, since: backend.since))
            shared.statusChanges.withLock { $0[backend.id] = backend.since }
            log(
                .log,
                "node \(backend.id) stays out: \(survey.membership(backend.id).words)")
        }
        if let primary = record.primary, isUsed(primary) {
            survey.primaryDecided(
                primary, timeline: record.backend(primary)?.timeline ?? 0)
        }
        if let operation = record.operation, let old = operation.oldPrimary, isUsed(old) {
            unfinished = operation
            log(
                .warning,
                "a \(operation.kind) of node \(old) was under way (\(operation.phase)) when the "
                    + "proxy ended")
        }
        savedRecord = nil
    }

    /// All nodes were asked once: what was under way is finished, or taken back where nobody had
    /// been asked to take over.
    func finishUnfinished() {
        guard let operation = unfinished, let old = operation.oldPrimary else { return }
        unfinished = nil
        let alive: Bool =
            if case .answered(isInRecovery: false, _, _, _)? = survey.answer(old) { true } else {
                false
            }
        if let target = operation.target,
            case .answered(isInRecovery: false, let timeline, _, _)? = survey.answer(target),
            timeline > survey.primaryTimeline
        {
            log(.log, "node \(target) has become the primary meanwhile")
            survey.decided(target, Membership())
            survey.decided(old, Membership(exclusion: .replaced, since: WallClock.seconds()))
            survey.primaryDecided(target, timeline: timeline)
            publish(force: true)
            saveState()
            return follow(target, old: old)
        }
        let wasPromoting = ["promoting", "commanding"].contains(operation.phase)
        if alive, !wasPromoting {
            log(.log, "node \(old) is still the primary: the \(operation.kind) is taken back")
            survey.decided(old, Membership())
            survey.primaryDecided(old, timeline: survey.primaryTimeline)
            publish(force: true)
            return saveState()
        }
        startFailover(
            of: old, reason: "it was begun before the proxy was started anew", isAutomatic: true)
    }
}

/// Brings records to the disk, one after the other and off the control thread; of several that wait
/// only the latest is written.
final class StateWriter: Sendable {
    private struct State {
        var waiting: (record: ClusterRecord, isLegacyWanted: Bool)?
        var isWriting = false
        var hasFailed = false
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

    private func writeAll() {
        while true {
            let next = state.withLock { state in
                let next = state.waiting
                state.waiting = nil
                if next == nil { state.isWriting = false }
                return next
            }
            guard let next else { return }
            do throws(StateFailure) {
                try file.save(next.record)
                if next.isLegacyWanted { _ = try file.saveLegacy(LegacyStatus(next.record)) }
                state.withLock { $0.hasFailed = false }
            } catch {
                let isNews = state.withLock { state in
                    defer { state.hasFailed = true }
                    return !state.hasFailed
                }
                guard isNews else { continue }
                shared.log.emit(
                    LogRecord(
                        .error, error.message,
                        hint:
                            "Decisions about nodes do not survive a restart until this is mended.",
                        process: "sr_check_worker"))
            }
        }
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
