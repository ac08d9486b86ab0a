/// COPY, REWIND and CONFIGURED: how the data directory becomes a standby's.
extension Recovery {
    public mutating func hostAnswered(_ answer: HostAnswer, now: UInt64) -> [Action] {
        if case .undo(let undo) = step { return undone(undo, answer, now: now) }
        if step == .discardOld { return oldDiscarded(answer, now: now) }
        if step == .cancelForSource { return restart(now: now) }
        // A job may have begun or a directory may have moved: what was answered counts first.
        if let actions = interrupted(now: now) { return actions }
        switch (step, answer) {
        case (.login, _): return loginTried(answer, now: now)
        case (.copyLogin, _): return copyLoginTried(answer, now: now)
        case (.jobStatus, .failed):
            // The host is out of reach; the job goes on there.
            return jobPolled(lastJob ?? JobReport(state: .running), now: now)
        case (.jobFound, .job(let report)): return jobFound(report, now: now)
        case (.jobStatus, .job(let report)): return jobPolled(report, now: now)
        case (.jobBegin, .done), (.jobBegin, .job): return jobBegun(now: now)
        case (.startLook, _): return startLooked(answer, now: now)
        case (.startLog, _): return startFailed(answer, now: now)
        case (_, .failed(let reason, let hint)):
            return fail(Self.words(step) + reason, hint: hint, now: now)
        case (.description, .description(let description)): return described(description, now: now)
        case (.copyLook, .description(let description)): return copyLooked(description, now: now)
        case (.configureLook, .description(let description)):
            return configureLooked(description, now: now)
        case (.stopBeforeUnswap, .done): return askHost(.unswapBeforeCopy, .unswap, now: now)
        case (.unswapBeforeCopy, .done), (.discardOldBeforeCopy, .done):
            return askHost(.discardNewBeforeCopy, .discard(.new), now: now)
        case (.discardNewBeforeCopy, .done):
            guard record.removesOld, rules.mayRemoveOld, target?.exists == true else {
                return beginCopy(now: now)
            }
            // Who goes on with what another proxy began has checked nothing yet.
            guard facts != nil else { return restart(now: now) }
            return askHost(.stopBeforeRemoval, .stop(seconds: 60), now: now)
        case (.stopBeforeRemoval, .done):
            // What is removed may be the last copy by now.
            return askSource(.probeBeforeRemoval, .writeProbe, now: now)
        case (.removeOld, .done): return beginCopy(now: now)
        case (.stopBeforeRewind, .done):
            return askSource(
                .checkpointBeforeRewind, .checkpoint, limit: Self.factsLimit, now: now)
        case (.stopBeforeConfigure, .done): return configure(.data, now: now)
        case (.configure, .done):
            return isNewWaiting
                ? askHost(.stopBeforeSwap, .stop(seconds: 60), now: now)
                : journal(.started, now: now)
        case (.stopBeforeSwap, .done): return askHost(.swap, .swap, now: now)
        case (.swap, .done): return journal(.started, now: now)
        case (.start, .done): return serverStarted(now: now)
        default:
            return isAskingHost
                ? fail("the host's answer does not fit the request", now: now) : []
        }
    }

    private var isAskingHost: Bool {
        switch step {
        case .description, .jobFound, .copyLook, .stopBeforeUnswap, .unswapBeforeCopy,
            .discardOldBeforeCopy, .discardNewBeforeCopy, .stopBeforeRemoval, .removeOld,
            .stopBeforeRewind, .jobBegin, .jobStatus,
            .configureLook, .configure, .stopBeforeSwap, .stopBeforeConfigure, .swap:
            true
        case .start: !record.isScripted
        default: false
        }
    }

    /// What the host was asked for, as the beginning of a sentence.
    private static func words(_ step: Step) -> String {
        switch step {
        case .description, .jobFound, .copyLook, .configureLook: "the host does not answer: "
        case .stopBeforeUnswap, .stopBeforeRemoval, .stopBeforeRewind, .stopBeforeConfigure,
            .stopBeforeSwap:
            "the server could not be stopped: "
        case .unswapBeforeCopy: "the old data directory could not be put back: "
        case .discardOldBeforeCopy, .discardNewBeforeCopy:
            "what is left of earlier copies could not be removed: "
        case .removeOld: "the old data could not be removed: "
        case .configure: "the standby could not be configured: "
        case .swap: "the new data directory could not take the place of the old one: "
        case .start: "the server could not be started: "
        default: ""
        }
    }

    // MARK: Jobs

    private mutating func jobFound(_ report: JobReport, now: UInt64) -> [Action] {
        switch report.state {
        case .running, .succeeded:
            jobStartedAt = now
            jobStartBytes = report.bytesDone
            jobMovedAt = now
            return jobPolled(report, now: now)
        case .none, .failed:
            if record.phase == .rewind {
                return askHost(.stopBeforeRewind, .stop(seconds: 60), now: now)
            }
            return askHost(.copyLook, .describe(expecting: .init()), now: now)
        }
    }

    /// What earlier recoveries have left goes first; never the data that nothing has replaced yet.
    private mutating func copyLooked(
        _ description: ServerDescription, now: UInt64
    ) -> [Action] {
        target = description
        guard description.hasOld else {
            return askHost(.discardNewBeforeCopy, .discard(.new), now: now)
        }
        if description.exists, rules.isVerified {
            return askHost(.discardOldBeforeCopy, .discard(.old), now: now)
        }
        // An earlier recovery did not come to its end: its copy was never found to be good.
        return askHost(.stopBeforeUnswap, .stop(seconds: 60), now: now)
    }

    private mutating func beginCopy(now: UInt64) -> [Action] {
        guard let source else { return restart(now: now) }
        show("copying")
        var options = rules.backup
        options.tablespaces = facts?.tablespaces ?? []
        // It was chosen with the other checks, and may be out of service by now: then another one is
        // copied where it has to be a standby.
        let mustBeStandby = rules.copyFrom == .standby
        let standby = source.standby.flatMap {
            mustBeStandby || record.copiedFrom == $0.node ? $0 : nil
        }
        guard !mustBeStandby || standby != nil else {
            return fail("there is no standby to copy any more", now: now)
        }
        record.copiedFrom = standby?.node ?? source.node
        // A slot of that name is the primary's; from a standby the WAL comes through a passing one.
        let slot = standby != nil || record.slot.isEmpty ? nil : record.slot
        return askHost(
            .jobBegin,
            .baseBackup(from: standby?.server ?? source.server, slot: slot, options: options),
            now: now)
    }

    private mutating func jobBegun(now: UInt64) -> [Action] {
        jobStartedAt = now
        jobStartBytes = 0
        jobMovedAt = now
        lastJob = nil
        toldPercent = 0
        return wait(.jobPause, until: now &+ Self.pause)
    }

    private mutating func jobPolled(_ report: JobReport, now: UInt64) -> [Action] {
        let isNews =
            lastJob.map { $0.bytesDone != report.bytesDone || $0.activity != report.activity }
            ?? true
        if isNews { jobMovedAt = now }
        lastJob = report
        if report.bytesTotal > 0 { copied = (report.bytesDone, report.bytesTotal) }
        switch report.state {
        case .succeeded:
            return journal(.configured, now: now)
        case .none:
            return jobFailed(JobReport(state: .failed), "the host knows of no such job", now: now)
        case .failed:
            let name = record.phase == .rewind ? "pg_rewind" : "pg_basebackup"
            return jobFailed(report, "\(name) failed", now: now)
        case .running:
            if now &- jobMovedAt > rules.stallTimeout {
                return fail(
                    "nothing has moved for recovery_stall_timeout",
                    lines: report.lastLines, now: now)
            }
            var actions = told(report, now: now)
            let gap = now &- jobStartedAt < Self.shortJob ? Self.pause : Self.longPause
            actions += wait(.jobPause, until: now &+ gap)
            return actions
        }
    }

    /// One line for each ten percent.
    private mutating func told(_ report: JobReport, now: UInt64) -> [Action] {
        progress = RecoveryProgress(
            phase: record.phase, method: record.method, activity: report.activity,
            bytesDone: report.bytesDone, bytesTotal: report.bytesTotal,
            secondsLeft: RecoveryProgress.secondsLeft(
                done: report.bytesDone - jobStartBytes,
                total: report.bytesTotal - jobStartBytes, elapsed: now &- jobStartedAt))
        guard let percent = progress.percent, percent >= toldPercent + 10 else { return [] }
        toldPercent = percent - percent % 10
        return [.note(progress.words)]
    }

    /// It may have failed because the source was restarted: then once more.
    private mutating func jobFailed(
        _ report: JobReport, _ reason: String, now: UInt64
    ) -> [Action] {
        let command = record.phase == .rewind ? "pg_rewind" : "pg_basebackup"
        failure = RecoveryFailure(
            phase: record.phase, reason: reason, command: command, exitCode: report.exitCode,
            lines: report.lastLines)
        lossEndsAt = now &+ Self.sourceLimit
        return askSource(.lossFacts, .source(slot: record.slot), limit: Self.factsLimit, now: now)
    }

    mutating func lossAnswered(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        if interruption == .cancelled, let actions = interrupted(now: now) { return actions }
        if interruption == .sourceChanged {
            interruption = nil
            record.restarts += 1
            return restart(now: now)
        }
        guard let failure else { return restart(now: now) }
        guard case .rows(let rows) = answer,
            let latest = SourceFacts(node: record.source ?? 0, rows: rows)
        else {
            if now < lossEndsAt, record.restarts < 1 {
                show("waiting for the primary")
                return wait(.lossPause, until: now &+ Self.longPause)
            }
            return fail(failure, now: now)
        }
        if record.phase == .copy, record.copiedFrom != record.source, record.restarts < 1 {
            // Another standby, or the primary: whatever is right now.
            self.failure = nil
            record.restarts += 1
            isStandbyTried = true
            return [.note("\(failure.words); it is tried once more")] + restart(now: now)
        }
        let wasRestarted = facts.map { $0.startedAt != latest.startedAt } ?? false
        guard wasRestarted, record.restarts < 1 else { return fail(failure, now: now) }
        self.failure = nil
        record.restarts += 1
        return [.note("the primary was restarted meanwhile")] + restart(now: now)
    }

    // MARK: Configuration

    /// A finished copy has yet to take the place of the data directory.
    private var isNewWaiting: Bool {
        record.method == .baseBackup && target?.hasNew == true
    }

    private mutating func configureLooked(
        _ description: ServerDescription, now: UInt64
    ) -> [Action] {
        target = description
        if isNewWaiting { return configure(.new, now: now) }
        guard description.exists else {
            return fail("there is no data directory any more", now: now)
        }
        return askHost(.stopBeforeConfigure, .stop(seconds: 60), now: now)
    }

    private mutating func configure(
        _ directory: HostRequest.Directory, now: UInt64
    ) -> [Action] {
        guard let server = source?.server else { return restart(now: now) }
        return askHost(
            .configure,
            .configure(
                directory, from: server, slot: record.slot.isEmpty ? nil : record.slot,
                settings: ["port": "\(rules.port)", "recovery_target_timeline": "latest"]),
            now: now)
    }
}
