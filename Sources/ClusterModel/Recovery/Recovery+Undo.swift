/// What follows a failure (OR-37): a dearer method once, else all is as it was.
extension Recovery {
    /// - Parameter isFinal: whether no other method could do better.
    mutating func fail(
        _ reason: String, command: String? = nil, lines: [String] = [], hint: String? = nil,
        isFinal: Bool = false, now: UInt64
    ) -> [Action] {
        fail(
            RecoveryFailure(
                phase: record.phase, reason: reason, command: command, lines: lines, hint: hint),
            isFinal: isFinal, now: now)
    }

    mutating func fail(
        _ failure: RecoveryFailure, isFinal: Bool = false, now: UInt64
    ) -> [Action] {
        deadline = nil
        if !isFinal, let next = escalation {
            self.failure = nil
            record.least = next
            let words = "\(failure.words); next is \(next.rawValue)"
            return [.note(words)] + (failure.details.map { [.note($0)] } ?? [])
                + restart(now: now)
        }
        self.failure = failure
        guard !isCheckOnly, hasLeftTraces else { return over(.failed(failure)) }
        record.failure = failure.words
        step = .journal
        deadline = now &+ Self.journalLimit
        return [.note("failed: \(failure.words)"), .journal]
    }

    /// What could be taken back is taken back at once: nothing can be written down.
    mutating func failUnrecorded(_ reason: String, now: UInt64) -> [Action] {
        let failure = RecoveryFailure(phase: record.phase, reason: reason)
        self.failure = failure
        record.failure = failure.words
        return beginUndo(now: now)
    }

    private var hasLeftTraces: Bool {
        record.wasStarted || record.attempt > 0 || record.ownsSlot
            || record.phase == .configured
    }

    /// The next method after one that did not lead to a standby; nil where there is none.
    private var escalation: RecoveryMethod? {
        switch record.phase {
        case .rewind, .configured, .started, .verifying: break
        case .locked, .checked, .slot, .copy, .attached, .cleaned: return nil
        }
        guard !record.isScripted, !isCheckOnly, record.options.method == nil,
            let method = record.method
        else { return nil }
        guard let facts, let target else {
            return method == .baseBackup || !rules.allowed.contains(.baseBackup)
                ? nil : .baseBackup
        }
        return method.next(target: target, source: facts, allowed: rules.allowed)
    }

    mutating func beginUndo(now: UInt64) -> [Action] {
        show("taking back")
        undo = []
        guard !record.isScripted else { return nextUndo(now: now) }
        // What streams and merely is behind goes on, and may be attached later.
        let isGood = lastChecks?.isGoodButLate == true && record.phase == .verifying
        if record.attempt > 0, !isGood {
            undo.append(.cancelJob)
            if record.phase == .configured, record.method == .baseBackup { undo.append(.look) }
            undo.append(.discardNew)
        }
        if record.wasStarted, !isGood { undo.append(.stop) }
        // Data that was put in place needs the WAL that the slot keeps.
        if record.ownsSlot, !record.wasStarted { undo.append(.dropSlot) }
        return nextUndo(now: now)
    }

    mutating func nextUndo(now: UInt64) -> [Action] {
        guard !undo.isEmpty else {
            let failure =
                failure
                ?? RecoveryFailure(
                    phase: record.phase, reason: record.failure ?? "unknown")
            return over(.failed(failure))
        }
        let next = undo.removeFirst()
        switch next {
        case .cancelJob: return askHost(.undo(next), .jobCancel, now: now)
        case .look: return askHost(.undo(next), .describe(expecting: .init()), now: now)
        case .stop: return askHost(.undo(next), .stop(seconds: 60), now: now)
        case .unswap: return askHost(.undo(next), .unswap, now: now)
        case .discardNew: return askHost(.undo(next), .discard(.new), now: now)
        case .dropSlot: return askSource(.undo(next), .dropSlot(record.slot), now: now)
        }
    }

    mutating func undone(_ step: Undo, _ answer: HostAnswer, now: UInt64) -> [Action] {
        var actions: [Action] = []
        switch (step, answer) {
        case (.look, .description(let description)):
            // The copy had taken the place of what was there.
            if description.hasOld { undo.insert(.unswap, at: 0) }
        case (_, .failed(let reason, _)):
            actions.append(.note("not all could be taken back: \(reason)"))
        default: break
        }
        return actions + nextUndo(now: now)
    }
}
