import ClusterModel

/// A host, a primary and a node's server as a recovery sees them, on paper: what was journaled and
/// done survives the proxy, which can die before and after every answer.
struct RecoveryWorld {
    // The host's disk.
    var data: Directory? = .standby
    var new: Directory?
    var old: Directory?
    var isRunning = false
    var jobs: [String: JobReport] = [:]
    var target = Fixture.target()

    // The primary.
    var hasSlot = false
    var facts = Fixture.facts()
    /// What each question or request is answered with instead.
    var failures: [String: String] = [:]
    /// A server on this data does not become a standby that streams.
    var hopeless: Set<Directory> = []
    /// A rewind or a copy says so often that it runs.
    var jobPolls = 2

    /// Whom copies were made of, by their hosts' names.
    var copied: [String] = []
    /// The standby streams from elsewhere until it was configured once more than that.
    var misdirections = 0
    var configurations = 0
    /// The server says so often that it is starting up; whether it replays meanwhile.
    var startLooks = 0
    var isReplaying = false

    // The proxy.
    var journal: RecoveryRecord?
    var isAttached = false
    var ends: [Recovery.Outcome] = []
    var now: UInt64 = 1_000_000_000
    var log: [String] = []
    /// What the node had before was removed although nothing had been verified.
    var hasLostOld = false

    enum Directory: Equatable {
        /// Of before the recovery.
        case standby
        /// Of an old primary.
        case diverged
        case rewound
        case copy
    }

    /// Runs a recovery to its end, or until `deaths` says that the proxy dies at this step.
    ///
    /// - Returns: whether it came to its end.
    mutating func run(
        _ machine: inout Recovery, dyingAt death: Int? = nil, stepsMax: Int = 2000
    ) -> Bool {
        var actions = machine.begin(now: now)
        var step = 0
        while step < stepsMax {
            var next: [Recovery.Action] = []
            for action in actions {
                step += 1
                if step == death { return false }
                next += perform(action, &machine)
            }
            if machine.isOver, next.isEmpty { return true }
            if next.isEmpty, let deadline = machine.deadline {
                now = max(now, deadline)
                next = machine.passed(now: now)
            }
            actions = next
            if actions.isEmpty, machine.deadline == nil { return machine.isOver }
        }
        return false
    }

    private mutating func perform(
        _ action: Recovery.Action, _ machine: inout Recovery
    ) -> [Recovery.Action] {
        now += 1_000_000
        switch action {
        case .journal:
            journal = machine.record
            return machine.journaled(failure: failures["journal"], now: now)
        case .host(let request, _):
            log.append(Self.word(request))
            return machine.hostAnswered(answer(request, machine), now: now)
        case .source(let question, _):
            return machine.sourceAnswered(answer(question), now: now)
        case .target:
            return machine.targetAnswered(standbyAnswer(), isReachable: true, now: now)
        case .startCommand:
            log.append("start command")
            if failures["start command"] == nil { isRunning = data != nil }
            return machine.startCommandEnded(failure: failures["start command"], now: now)
        case .attach:
            isAttached = true
            return machine.attached(now: now)
        case .note: return []
        case .end(let outcome):
            ends.append(outcome)
            return []
        case .forget:
            journal = nil
            return []
        }
    }

    static func word(_ request: HostRequest.Action) -> String {
        switch request {
        case .describe: "describe"
        case .tryReplication: "login"
        case .baseBackup: "basebackup"
        case .rewind: "rewind"
        case .configure(let directory, _, _, _): "configure \(directory.rawValue)"
        case .swap: "swap"
        case .unswap: "unswap"
        case .discard(let directory): "discard \(directory.rawValue)"
        case .remove: "remove"
        case .start: "start"
        case .stop: "stop"
        case .jobStatus: "status"
        case .jobCancel: "cancel"
        case .logTail: "log"
        }
    }

    private mutating func answer(
        _ request: HostRequest.Action, _ machine: Recovery
    ) -> HostAnswer {
        if case .tryReplication(let server) = request, let reason = failures["login \(server.host)"]
        {
            return .failed(reason: reason, hint: nil)
        }
        if let reason = failures[Self.word(request)] { return .failed(reason: reason, hint: nil) }
        let job = machine.record.job
        switch request {
        case .describe: return .description(description(job))
        case .tryReplication: return .done
        case .baseBackup, .rewind:
            if case .baseBackup(let server, let slot, _) = request {
                copied.append(server.host + (slot.map { " through \($0)" } ?? ""))
            }
            let report = JobReport(state: .running, activity: "copying", bytesTotal: 100)
            jobs[job] = jobs[job] ?? report
            return .job(jobs[job] ?? report)
        case .configure(let directory, _, _, _):
            configurations += 1
            let isThere = directory == .new ? new != nil : data != nil
            return isThere ? .done : .failed(reason: "no such directory", hint: nil)
        case .swap:
            if isRunning { return .failed(reason: "it runs", hint: nil) }
            if new == nil { return data == nil ? .failed(reason: "no new", hint: nil) : .done }
            if data != nil {
                if old != nil { return .failed(reason: "old is there", hint: nil) }
                old = data
            }
            data = new
            new = nil
            return .done
        case .unswap:
            if isRunning { return .failed(reason: "it runs", hint: nil) }
            guard old != nil else { return .done }
            new = data
            data = old
            old = nil
            return .done
        case .discard(.new): new = nil
        case .discard(.old):
            if !isAttached { hasLostOld = old != nil }
            old = nil
        case .remove:
            if isRunning { return .failed(reason: "it runs", hint: nil) }
            data = nil
        case .discard(.data): return .failed(reason: "never", hint: nil)
        case .start: isRunning = data != nil
        case .stop: isRunning = false
        case .jobStatus:
            guard var report = jobs[job] else { return .job(JobReport(state: .none)) }
            guard report.state == .running else { return .job(report) }
            report.bytesDone += 100 / Int64(max(jobPolls, 1))
            if report.bytesDone >= 100 { finish(&report, machine) }
            jobs[job] = report
            return .job(report)
        case .jobCancel:
            if jobs[job]?.state == .running { jobs[job]?.state = .failed }
        case .logTail: return .lines(["FATAL:  no"])
        }
        return .done
    }

    private mutating func finish(_ report: inout JobReport, _ machine: Recovery) {
        let isRewind = machine.record.phase == .rewind
        let job = isRewind ? "rewind job" : "copy job"
        if let reason = failures[job] ?? failures["\(job) \(copied.count)"] {
            report.state = .failed
            report.exitCode = 1
            report.lastLines = [reason]
            return
        }
        report.state = .succeeded
        if isRewind { data = .rewound } else { new = .copy }
    }

    private func description(_ job: String) -> ServerDescription {
        var description = target
        description.exists = data != nil
        description.isRunning = isRunning
        description.hasNew = new != nil && jobs[job]?.state == .succeeded
        description.hasOld = old != nil
        if isReplaying { description.replaying = "\(startLooks)" }
        switch data {
        case .diverged: description.state = "in production"
        case .standby, .rewound, .copy: description.state = "in archive recovery"
        case nil:
            description.state = nil
            description.systemIdentifier = nil
        }
        return description
    }

    private mutating func answer(_ question: RecoveryQuestion) -> SQLAnswer {
        switch question {
        case .writeProbe:
            return failures["write"].map { .failed($0) } ?? .rows([[], [["0/1"]]])
        case .source:
            if let reason = failures["source"] { return .lost(reason) }
            facts.slot = hasSlot ? .init(isActive: false) : nil
            return .rows(Fixture.rows(facts))
        case .history: return .rows([[["1\t0/5000000\tx"]]])
        case .createSlot:
            if let reason = failures["slot"] { return .failed(reason) }
            hasSlot = true
            return .rows([[], []])
        case .dropSlot:
            hasSlot = false
            return .rows([[]])
        case .checkpoint, .call, .program: return .rows([[]])
        case .standby: return standbyAnswer()
        case .feed: return .rows(Fixture.rows(Fixture.feed()))
        case .functions: return .rows([[]])
        }
    }

    private mutating func standbyAnswer() -> SQLAnswer {
        guard isRunning, let data else { return .lost("connection refused") }
        if startLooks > 0 {
            startLooks -= 1
            return .lost("the database system is starting up")
        }
        if let reason = failures["server"] { return .lost(reason) }
        let isGood = !hopeless.contains(data) && data != .diverged
        return .rows(
            Fixture.rows(
                Fixture.standby {
                    if !isGood { $0.status = nil }
                    if data == .diverged { $0.isInRecovery = false }
                    if misdirections > 0, configurations <= misdirections { $0.senderPort = 5439 }
                }))
    }
}
