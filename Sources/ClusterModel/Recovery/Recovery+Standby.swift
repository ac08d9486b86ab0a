/// STARTED, VERIFYING, ATTACHED and CLEANED: whether it is the standby that it should be.
extension Recovery {
    mutating func enterStarted(now: UInt64) -> [Action] {
        show("starting")
        if rules.hasStartCommand {
            step = .startCommand
            deadline = nil
            return [.startCommand]
        }
        guard record.isScripted else { return askHost(.start, .start, now: now) }
        guard let call = calls?.start else {
            // Found after a crash of the proxy: it was called, or can be called by the operator.
            return serverStarted(now: now)
        }
        return askSource(.start, call, limit: Self.scriptLimit, now: now)
    }

    /// - Parameter failure: how `recovery_start_command` has ended, as part of a sentence; nil:
    ///   well.
    public mutating func startCommandEnded(failure: String?, now: UInt64) -> [Action] {
        guard step == .startCommand else { return [] }
        if let actions = interrupted(now: now) { return actions }
        guard let failure else { return serverStarted(now: now) }
        return fail(
            "recovery_start_command \(failure)", hint: "Its output is in the log of the proxy.",
            isFinal: true, now: now)
    }

    mutating func serverStarted(now: UInt64) -> [Action] {
        startedAt = now
        startEndsAt = now &+ rules.timeout
        startPosition = 0
        startSegment = nil
        deadLooks = 0
        return wait(.startPause, until: now &+ Self.pause)
    }

    /// The node's server answered, or did not.
    ///
    /// - Parameter isReachable: whether the proxy's own checks get answers from it.
    public mutating func targetAnswered(
        _ answer: SQLAnswer, isReachable: Bool, now: UInt64
    ) -> [Action] {
        if let actions = interrupted(now: now) { return actions }
        self.isReachable = isReachable
        switch step {
        case .startTarget:
            guard case .rows(let rows) = answer, let standby = StandbyChecks.Standby(rows: rows)
            else {
                show("starting: \(answer.reason ?? "no answer")")
                // A script's host is not asked: there need not be anything to ask.
                guard !record.isScripted else { return startGoesOn(isMoving: false, now: now) }
                return askHost(.startLook, .describe(expecting: .init()), now: now)
            }
            self.standby = standby
            if record.isScripted, !rules.isStrict { return journal(.attached, now: now) }
            return journal(.verifying, now: now)
        case .verifyTarget:
            guard case .rows(let rows) = answer, let standby = StandbyChecks.Standby(rows: rows)
            else { return verifyAgain(answer.reason ?? "no answer", now: now) }
            if standby.replayedBytes != self.standby?.replayedBytes
                || standby.status == "streaming"
            {
                lastMoveAt = now
            }
            self.standby = standby
            return askSource(
                .verifySource,
                .feed(applicationName: rules.applicationName, slot: record.slot), now: now)
        default: return []
        }
    }

    // MARK: Starting

    mutating func startLooked(_ answer: HostAnswer, now: UInt64) -> [Action] {
        guard case .description(let description) = answer else {
            return startGoesOn(isMoving: false, now: now)
        }
        deadLooks = description.isRunning ? 0 : deadLooks + 1
        // The program that starts it may need a moment before there is a server.
        if deadLooks >= 8 { return askHost(.startLog, .logTail(lines: 20), now: now) }
        // A segment that is replayed shows long before pg_control has moved.
        let isMoving =
            description.position > startPosition
            || (description.replaying != nil && description.replaying != startSegment)
        startSegment = description.replaying ?? startSegment
        startPosition = max(startPosition, description.position)
        return startGoesOn(isMoving: isMoving, now: now)
    }

    /// Waits on while it replays.
    private mutating func startGoesOn(isMoving: Bool, now: UInt64) -> [Action] {
        if isMoving {
            startEndsAt = min(now &+ rules.timeout, startedAt &+ rules.startMax)
        }
        guard now < startEndsAt else {
            if record.isScripted {
                return fail(
                    "the node's server does not let \"\(source?.server.user ?? "")\" log in after "
                        + "recovery_timeout", isFinal: true, now: now)
            }
            return askHost(.startLog, .logTail(lines: 20), now: now)
        }
        let gap = now &- startedAt < Self.shortJob ? Self.pause : Self.longPause
        return wait(.startPause, until: now &+ gap)
    }

    mutating func startFailed(_ answer: HostAnswer, now: UInt64) -> [Action] {
        var lines: [String] = []
        if case .lines(let tail) = answer { lines = tail }
        let isDead = deadLooks > 0
        return fail(
            isDead
                ? "the server has ended while it started"
                : "the server is not ready after recovery_timeout",
            lines: lines, hint: "The end of its log is above.", now: now)
    }

    // MARK: Verifying

    mutating func enterVerifying(now: UInt64) -> [Action] {
        show("verifying")
        verifyEndsAt = now &+ rules.verifyTimeout
        lastMoveAt = now
        misdirectedAt = nil
        return askTarget(.verifyTarget, .standby, now: now)
    }

    mutating func feedAnswered(_ answer: SQLAnswer, now: UInt64) -> [Action] {
        guard case .rows(let rows) = answer, let feed = StandbyChecks.Feed(rows: rows),
            let standby, let server = source?.server, !feed.isInRecovery
        else { return verifyAgain(answer.reason ?? "the primary is in recovery", now: now) }
        // What the primary had when the standby streamed for the first time.
        if verifyBytes == nil, standby.status == "streaming" { verifyBytes = feed.flushedBytes }
        let checks = StandbyChecks(
            standby: standby, feed: feed,
            expected: StandbyChecks.Expectation(
                systemIdentifier: facts?.systemIdentifier ?? rules.systemIdentifier,
                sourcePort: server.port,
                bytes: verifyBytes, hasSlot: !record.slot.isEmpty && !record.isScripted),
            isReachable: isReachable)
        lastChecks = checks
        if checks.areAllGood { return journal(.attached, now: now) }
        if let fatal = checks.fatal {
            return fail(
                "\(fatal.check.rawValue): \(fatal.reason)", isFinal: true, now: now)
        }
        return misdirected(checks, now: now) ?? verifyAgain(checks.words, now: now)
    }

    /// It streams, but not from the primary: it is told once more from whom, and that is all.
    ///
    /// - Returns: nil where it does not, or may be doing so in passing.
    private mutating func misdirected(_ checks: StandbyChecks, now: UInt64) -> [Action]? {
        guard checks.isMisdirected, !record.isScripted, !record.isStartOnly else {
            misdirectedAt = nil
            return nil
        }
        let since = misdirectedAt ?? now
        misdirectedAt = since
        guard now &- since >= Self.misdirectionLimit else { return nil }
        if isRepointed { return fail(checks.words, isFinal: true, now: now) }
        isRepointed = true
        return [.note("\(checks.words); it is pointed to node \(record.source ?? 0) again")]
            + journal(.configured, now: now)
    }

    private mutating func verifyAgain(_ reason: String, now: UInt64) -> [Action] {
        show("verifying: \(reason)")
        let mayBeHopeless = record.method != .baseBackup && !record.isScripted
        if now >= verifyEndsAt || (mayBeHopeless && now &- lastMoveAt > Self.streamLimit) {
            return fail("it is not the standby that it should be: \(reason)", now: now)
        }
        let gap =
            now &+ rules.verifyTimeout &- verifyEndsAt < Self.shortJob
            ? Self.pause : Self.longPause
        return wait(.verifyPause, until: now &+ gap)
    }

    // MARK: The end

    /// The node serves.
    public mutating func attached(now: UInt64) -> [Action] {
        guard step == .attach else { return [] }
        record.keepOldUntil =
            rules.wallOffset &+ Int64(now / 1_000_000_000) &+ rules.keepOldSeconds
        return [.end(.attached)] + journal(.cleaned, now: now)
    }

    mutating func enterCleaned(now: UInt64) -> [Action] {
        guard !record.isScripted, !record.isStartOnly else { return over(nil) }
        let wall = rules.wallOffset &+ Int64(now / 1_000_000_000)
        guard let until = record.keepOldUntil, until > wall else {
            return askHost(.discardOld, .discard(.old), now: now)
        }
        let seconds = UInt64(min(until - wall, 10_000_000))
        return wait(.keep, until: now &+ seconds &* 1_000_000_000)
    }

    mutating func oldDiscarded(_ answer: HostAnswer, now: UInt64) -> [Action] {
        var actions: [Action] = []
        if case .failed(let reason, _) = answer {
            actions.append(.note("the old data directory could not be removed: \(reason)"))
        }
        return actions + over(nil)
    }

    /// Nothing follows.
    mutating func over(_ outcome: Outcome?) -> [Action] {
        step = .over
        deadline = nil
        return (outcome.map { [.end($0)] } ?? []) + [.forget]
    }
}
