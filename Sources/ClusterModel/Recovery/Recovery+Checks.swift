/// From LOCKED to SLOT: whether it may be done, and how.
extension Recovery {
    mutating func enterLocked(now: UInt64) -> [Action] {
        guard let source else { return wait(.sourceWait, until: now &+ Self.sourceLimit) }
        record.source = source.node
        show("checking")
        return askSource(.writeProbe, .writeProbe, now: now)
    }

    public mutating func sourceAnswered(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        switch step {
        case .undo(.dropSlot): return nextUndo(now: now)
        case .lossFacts: return lossAnswered(answer, now: now)
        default: break
        }
        if let actions = interrupted(now: now) { return actions }
        let node = record.source ?? 0
        switch step {
        case .writeProbe:
            if let reason = answer.reason {
                return fail(
                    "the primary, node \(node), does not take a write: \(reason)", isFinal: true,
                    now: now)
            }
            return askSource(
                .facts, .source(slot: record.slot), limit: Self.factsLimit, now: now)
        case .facts: return factsAnswered(answer, now: now)
        case .history:
            if case .rows(let rows) = answer, let text = rows.first?.first?.first ?? nil {
                facts?.history = TimelineHistory(text)
            }
            return factsKnown(now: now)
        case .functions: return functionsAnswered(answer, now: now)
        case .slot:
            if let reason = answer.reason {
                return fail(
                    "the replication slot \"\(record.slot)\" could not be made on node \(node): "
                        + reason, now: now)
            }
            return slotMade(now: now)
        case .probeBeforeRemoval:
            if let reason = answer.reason {
                return fail("node \(node) does not take a write any more: \(reason)", now: now)
            }
            return [.note("the old data is removed: there is no room for a copy beside it")]
                + askHost(.removeOld, .remove, now: now)
        case .checkpointBeforeRewind:
            guard let server = source?.server else { return restart(now: now) }
            // pg_rewind fails by itself where it needs it.
            return askHost(.jobBegin, .rewind(from: server), now: now)
        case .firstStage: return firstStageEnded(answer, now: now)
        case .start:
            if let reason = answer.reason {
                return fail(
                    "pgpool_remote_start failed: \(reason)", command: "pgpool_remote_start",
                    now: now)
            }
            return serverStarted(now: now)
        case .verifySource: return feedAnswered(answer, now: now)
        case .none, .journal, .sourceWait, .description, .login, .copyLogin, .jobFound, .copyLook,
            .stopBeforeUnswap, .unswapBeforeCopy, .discardOldBeforeCopy, .discardNewBeforeCopy,
            .stopBeforeRemoval, .removeOld, .stopBeforeRewind, .jobBegin, .jobPause, .jobStatus,
            .lossPause, .lossFacts,
            .configureLook, .configure, .stopBeforeSwap, .stopBeforeConfigure, .swap, .startCommand,
            .startPause, .startTarget, .startLook, .startLog, .verifyPause, .verifyTarget, .attach,
            .keep,
            .discardOld, .cancelForSource, .undo, .over:
            return []
        }
    }

    private mutating func factsAnswered(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        guard case .rows(let rows) = answer,
            let facts = SourceFacts(node: record.source ?? 0, rows: rows)
        else {
            return fail(
                "node \(record.source ?? 0) does not tell what has to be known: "
                    + (answer.reason ?? "no answer"),
                hint: "recovery_user has to be a superuser, or has to be granted pg_monitor and "
                    + "REPLICATION.", isFinal: true, now: now)
        }
        self.facts = facts
        guard facts.timeline > 1 else { return factsKnown(now: now) }
        return askSource(.history, .history, now: now)
    }

    private mutating func factsKnown(now: UInt64) -> [Action] {
        guard let facts else { return [] }
        if record.isScripted { return askSource(.functions, .functions, now: now) }
        return askHost(
            .description,
            .describe(
                expecting: .init(
                    sourceBytes: max(facts.dataBytes, 1), tablespaces: tablespacePlaces(facts))),
            now: now)
    }

    /// Where the source's tablespaces are on the node's host.
    private func tablespacePlaces(_ facts: SourceFacts) -> [String] {
        facts.tablespaces.map { rules.backup.tablespaceMap[$0] ?? $0 }
    }

    mutating func described(_ description: ServerDescription, now: UInt64) -> [Action] {
        target = description
        guard let server = source?.server else { return restart(now: now) }
        if record.isStartOnly { return checked(now: now) }
        return askHost(.login, .tryReplication(from: server), now: now)
    }

    mutating func loginTried(_ answer: HostAnswer, now: UInt64) -> [Action] {
        if case .failed(let reason, _) = answer { replicationFailure = reason }
        guard let facts, let target, replicationFailure == nil, let standby = origin,
            RecoveryMethod.choice(target: target, source: facts, allowed: allowed).method
                == .baseBackup
        else { return checked(now: now) }
        return askHost(.copyLogin, .tryReplication(from: standby.server), now: now)
    }

    mutating func copyLoginTried(_ answer: HostAnswer, now: UInt64) -> [Action] {
        guard case .failed(let reason, _) = answer, let standby = origin else {
            return checked(now: now)
        }
        let words = "node \(standby.node): \(reason)"
        guard rules.copyFrom == .any else {
            replicationFailure = words
            return checked(now: now)
        }
        isStandbyTried = true
        return [.note("\(words); the primary is copied")] + checked(now: now)
    }

    /// The standby that a copy is made of; nil: it is made of the primary.
    var origin: RecoverySource.Standby? {
        switch rules.copyFrom {
        case .primary: nil
        case .standby: source?.standby
        case .any: isStandbyTried ? nil : source?.standby
        }
    }

    /// The methods that may be used now.
    private var allowed: Set<RecoveryMethod> {
        var allowed = record.options.method.map { Set([$0]) } ?? rules.allowed
        if let least = record.least, let place = RecoveryMethod.ladder.firstIndex(of: least) {
            allowed.formIntersection(RecoveryMethod.ladder[place...])
        }
        return allowed
    }

    /// Everything is known: the checks.
    mutating func checked(now: UInt64) -> [Action] {
        guard let facts, let target else { return [] }
        var input = RecoveryChecks.Input(
            target: target, source: facts, options: record.options, allowed: allowed,
            replicationFailure: replicationFailure, applicationName: rules.applicationName,
            otherNames: rules.otherNames, user: source?.server.user ?? "")
        input.startObstacle = rules.startObstacle
        input.isStartOnly = record.isStartOnly
        input.mayRemoveOld = rules.mayRemoveOld
        input.needsStandby = rules.copyFrom == .standby
        input.origin = origin?.node
        let checks = RecoveryChecks(input)
        if isCheckOnly {
            return over(.checked(checks.lines, isGood: checks.failure == nil))
        }
        record.phase = .checked
        if let flaw = checks.failure {
            return fail(
                "\(flaw.name): \(flaw.words)", hint: flaw.remedy, isFinal: true, now: now)
        }
        guard !record.isStartOnly else {
            return [.note("only the server is started")] + journal(.checked, now: now)
        }
        record.method = checks.choice.method
        record.copiedFrom = record.method == .baseBackup ? origin?.node ?? record.source : nil
        record.removesOld = checks.removesOld
        record.ownsSlot = record.ownsSlot || (facts.slot.map(\.isLost) ?? true)
        let method = checks.choice.method?.rawValue ?? ""
        return [.note("\(method): \(checks.choice.reason)")] + journal(.checked, now: now)
    }

    private mutating func slotMade(now: UInt64) -> [Action] {
        switch record.method {
        case .restart?: return journal(.configured, now: now)
        case .rewind?:
            record.attempt += 1
            return journal(.rewind, now: now)
        case .baseBackup?, nil:
            record.attempt += 1
            return journal(.copy, now: now)
        }
    }

    // MARK: Scripts

    private mutating func functionsAnswered(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        guard let script = rules.script else {
            return fail("recovery_1st_stage_command is not set any more", isFinal: true, now: now)
        }
        guard case .rows(let rows) = answer else {
            return fail(
                "node \(record.source ?? 0): \(answer.reason ?? "no answer")", isFinal: true,
                now: now)
        }
        guard let server = source?.server else { return restart(now: now) }
        calls = script.calls(rows: rows, source: server, starts: !rules.hasStartCommand)
        guard let calls else {
            return fail(
                "the extension pgpool_recovery is not installed in database \"\(script.database)\" "
                    + "of node \(record.source ?? 0)",
                hint: "CREATE EXTENSION pgpool_recovery there, or set recovery_transport = sql to "
                    + "do without it, or leave recovery_1st_stage_command empty for the built-in "
                    + "recovery.", isFinal: true, now: now)
        }
        if let flaw = calls.flaw { return fail(flaw, isFinal: true, now: now) }
        if isCheckOnly { return over(.checked(["ok    \(calls.words)"], isGood: true)) }
        return journal(.checked, now: now)
    }

    mutating func runFirstStage(now: UInt64) -> [Action] {
        guard let script = rules.script, let calls else {
            // Found after a crash of the proxy: the script may still run, and can not be asked.
            return fail(
                "the proxy ended while \(rules.script?.firstStage ?? "the script") ran",
                hint: "When the script has ended, order the recovery again.", isFinal: true,
                now: now)
        }
        show("\(script.firstStage) runs")
        return askSource(.firstStage, calls.firstStage, limit: Self.scriptLimit, now: now)
    }

    private mutating func firstStageEnded(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        if let reason = answer.reason {
            return fail(
                "execution of command failed at \"1st stage\": \(reason)",
                command: rules.script?.firstStage,
                hint: "Its messages are in the log of the server of node \(record.source ?? 0).",
                isFinal: true, now: now)
        }
        return journal(.started, now: now)
    }
}
