import ClusterModel
import Testing

@Suite("recovery") struct RecoveryTests {
    private func machine(
        _ options: RecoveryOptions = RecoveryOptions(),
        _ configure: (inout RecoveryRules) -> Void = { _ in }
    ) -> Recovery {
        Recovery(
            record: Fixture.record(options), source: Fixture.source,
            rules: Fixture.rules(configure))
    }

    @Test("a standby that was stopped is started again, with a slot, and attached")
    func restart() {
        var world = RecoveryWorld()
        var recovery = machine()
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.ends == [.attached])
        #expect(world.isAttached && world.hasSlot && world.data == .standby)
        #expect(
            world.log == [
                "describe", "login", "describe", "stop", "configure data", "start", "discard old",
            ])
    }

    @Test("an old primary is rewound")
    func rewind() {
        var world = RecoveryWorld()
        world.data = .diverged
        var recovery = machine()
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.ends == [.attached])
        #expect(world.data == .rewound)
    }

    @Test("without data all is copied, beside what is there")
    func copy() {
        for data in [nil, RecoveryWorld.Directory.standby] {
            var world = RecoveryWorld()
            world.data = data
            var recovery = machine(RecoveryOptions(method: .baseBackup))
            let isOver = world.run(&recovery)
            #expect(isOver)
            #expect(world.ends == [.attached])
            #expect(world.data == .copy && world.new == nil && world.old == nil)
            #expect(!world.hasLostOld)
        }
    }

    @Test("a restart that does not stream becomes a rewind, and that a copy")
    func escalation() {
        var world = RecoveryWorld()
        world.hopeless = [.standby, .rewound]
        var recovery = machine()
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.ends == [.attached])
        #expect(world.data == .copy)
    }

    @Test("a rewind that fails becomes a copy")
    func failedRewind() {
        var world = RecoveryWorld()
        world.data = .diverged
        world.failures["rewind job"] = "could not find common ancestor"
        var recovery = machine()
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.ends == [.attached])
        #expect(world.data == .copy)
    }

    @Test(
        "recovery_start_command starts the server in place of the host",
        arguments: [nil, "exited with code 3"])
    func startCommand(failure: String?) {
        var world = RecoveryWorld()
        world.failures["start command"] = failure
        var recovery = machine { $0.hasStartCommand = true }
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached == (failure == nil), "\(world.ends)")
        #expect(world.log.contains("start command") && !world.log.contains("start"))
        #expect(world.isRunning == (failure == nil))
    }

    @Test(
        "a standby that streams from elsewhere is pointed to the primary once", arguments: [1, 2])
    func misdirected(times: Int) {
        var world = RecoveryWorld()
        world.misdirections = times
        var recovery = machine()
        let isOver = world.run(&recovery)
        #expect(isOver && world.configurations == 2)
        #expect(world.isAttached == (times == 1) && world.isRunning == (times == 1))
        guard times > 1 else { return }
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(failure.reason.contains("V5: it streams from port 5439, the primary's is 5432"))
    }

    @Test(
        "a server that replays is waited for, one that does not is not", arguments: [true, false])
    func slowStart(isReplaying: Bool) {
        var world = RecoveryWorld()
        world.startLooks = 150
        world.isReplaying = isReplaying
        var recovery = machine(RecoveryOptions(method: .restart)) {
            $0.timeout = 2 * Fixture.second
        }
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached == isReplaying, "\(world.ends)")
    }

    @Test("the one method that the operator named is not followed by another")
    func forced() {
        var world = RecoveryWorld()
        world.hopeless = [.standby]
        var recovery = machine(RecoveryOptions(method: .restart))
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(!world.isAttached)
        #expect(!world.isRunning, "what is no good standby is stopped")
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(failure.phase == .verifying && failure.reason.contains("V5"))
    }

    @Test("a copy that fails leaves everything as it was")
    func failedCopy() {
        var world = RecoveryWorld()
        world.failures["copy job"] = "No space left on device"
        var recovery = machine(RecoveryOptions(method: .baseBackup))
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.data == .standby && world.new == nil && world.old == nil)
        #expect(!world.hasSlot, "the slot was this job's own")
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(
            failure.words == "COPY: pg_basebackup failed, command pg_basebackup, exit code 1")
        #expect(failure.details == "No space left on device")
    }

    @Test("without room the old data goes before the copy, where it may", arguments: [true, false])
    func removal(mayRemoveOld: Bool) {
        var world = RecoveryWorld()
        world.isRunning = true
        world.target.freeBytes = 1 << 30
        world.target.usedBytes = 200 << 20
        var recovery = machine(RecoveryOptions(method: .baseBackup)) {
            $0.mayRemoveOld = mayRemoveOld
            $0.keepOldSeconds = 0
        }
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached == mayRemoveOld)
        #expect(world.log.contains("remove") == mayRemoveOld)
        #expect(world.data == (mayRemoveOld ? .copy : .standby) && world.old == nil)
    }

    @Test("whenever the proxy dies, nobody removes old data that may not be removed any more")
    func removalWithdrawn() {
        var isEnded = false
        var death = 1
        while !isEnded, death < 200 {
            var world = RecoveryWorld()
            world.isRunning = true
            world.target.freeBytes = 1 << 30
            world.target.usedBytes = 200 << 20
            var recovery = machine(RecoveryOptions(method: .baseBackup)) {
                $0.mayRemoveOld = true
            }
            isEnded = world.run(&recovery, dyingAt: death)
            if !isEnded, let record = world.journal {
                let removals = world.log.count { $0 == "remove" }
                var next = Recovery(record: record, source: Fixture.source, rules: Fixture.rules())
                _ = world.run(&next)
                #expect(
                    world.log.count { $0 == "remove" } == removals,
                    "death at step \(death) in \(record.phase)")
            }
            death += 1
        }
        #expect(isEnded)
    }

    @Test("what another proxy began to remove is checked anew")
    func removalResumed() {
        var world = RecoveryWorld()
        world.isRunning = true
        var record = Fixture.record(RecoveryOptions(method: .baseBackup))
        record.phase = .copy
        record.method = .baseBackup
        record.removesOld = true
        var recovery = Recovery(
            record: record, source: Fixture.source, rules: Fixture.rules { $0.mayRemoveOld = true })
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached && !world.log.contains("remove"), "there is room now")
    }

    @Test("with room the old data stays until the copy is verified")
    func noRemoval() {
        var world = RecoveryWorld()
        var recovery = machine(RecoveryOptions(method: .baseBackup)) { $0.mayRemoveOld = true }
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached && !world.log.contains("remove") && !world.hasLostOld)
    }

    @Test("a slot that was there before stays after a failure")
    func keptSlot() {
        var world = RecoveryWorld()
        world.hasSlot = true
        world.failures["copy job"] = "x"
        var recovery = machine(RecoveryOptions(method: .baseBackup))
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.hasSlot)
    }

    @Test("a precondition that does not hold changes nothing")
    func refused() {
        for failure in ["write", "source", "login", "describe", "slot", "journal"] {
            var world = RecoveryWorld()
            world.failures[failure] = "no"
            var recovery = machine()
            let isOver = world.run(&recovery)
            #expect(isOver, "\(failure)")
            #expect(world.data == .standby && !world.isRunning && !world.hasSlot, "\(failure)")
            guard case .failed? = world.ends.last else {
                Issue.record("\(failure): \(world.ends)")
                continue
            }
        }
    }

    @Test("a server that never gets ready is stopped, and its log is shown")
    func deadServer() {
        var world = RecoveryWorld()
        world.failures["server"] = "the database system is starting up"
        var recovery = machine(RecoveryOptions(method: .baseBackup))
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(!world.isRunning && !world.isAttached)
        #expect(world.data == .copy && world.old == .standby, "both are kept")
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(failure.lines == ["FATAL:  no"])
        // The next one finds the copy good enough to be started, and loses nothing.
        world.failures = [:]
        var next = machine()
        let isDone = world.run(&next)
        #expect(isDone)
        #expect(world.isAttached && !world.hasLostOld)
    }

    @Test("a copy after one that was never verified keeps the first data")
    func secondCopy() {
        var world = RecoveryWorld()
        world.data = .rewound
        world.old = .standby
        var recovery = machine(RecoveryOptions(method: .baseBackup)) { $0.keepOldSeconds = 100 }
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached)
        #expect(world.log.contains("unswap"))
        #expect(!world.hasLostOld)
    }

    @Test("what only a check is asked for is said, and nothing is done")
    func checkOnly() {
        var world = RecoveryWorld()
        var recovery = Recovery(
            record: Fixture.record(), source: Fixture.source, rules: Fixture.rules(),
            isCheckOnly: true)
        let isOver = world.run(&recovery)
        #expect(isOver)
        #expect(world.log == ["describe", "login"])
        #expect(world.journal == nil && !world.hasSlot)
        guard case .checked(let lines, isGood: true)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(lines.contains { $0.contains("method: restart") })
    }

    @Test("whenever the proxy dies, the next one brings the node back, and no data is lost")
    func deaths() {
        let worlds: [(String, RecoveryOptions, (inout RecoveryWorld) -> Void)] = [
            ("restart", RecoveryOptions(), { _ in }),
            ("rewind", RecoveryOptions(), { $0.data = .diverged }),
            ("copy", RecoveryOptions(method: .baseBackup), { _ in }),
            ("empty", RecoveryOptions(), { $0.data = nil }),
            ("escalating", RecoveryOptions(), { $0.hopeless = [.standby, .rewound] }),
        ]
        for (name, options, prepare) in worlds {
            var isEnded = false
            var death = 1
            while !isEnded, death < 1500 {
                var world = RecoveryWorld()
                prepare(&world)
                var recovery = machine(options)
                isEnded = world.run(&recovery, dyingAt: death)
                if !isEnded, let record = world.journal {
                    var next = Recovery(
                        record: record, source: Fixture.source, rules: Fixture.rules())
                    let isOver = world.run(&next)
                    #expect(isOver, "\(name), death at step \(death) in \(record.phase)")
                    #expect(
                        world.isAttached && world.isRunning && !world.hasLostOld,
                        "\(name), death at step \(death) in \(record.phase): \(world.ends)")
                    #expect(world.new == nil && world.old == nil, "\(name), \(death)")
                }
                death += 1
            }
            #expect(isEnded, "\(name)")
        }
    }

    @Test("whenever the proxy dies while it takes back, the next one takes back")
    func deathsInUndo() {
        var isEnded = false
        var death = 1
        while !isEnded, death < 200 {
            var world = RecoveryWorld()
            world.failures["copy job"] = "x"
            var recovery = machine(RecoveryOptions(method: .baseBackup))
            isEnded = world.run(&recovery, dyingAt: death)
            if !isEnded, let record = world.journal, record.failure != nil {
                var next = Recovery(
                    record: record, source: Fixture.source, rules: Fixture.rules())
                let isOver = world.run(&next)
                #expect(isOver && !world.hasSlot && world.data == .standby, "\(death)")
            }
            death += 1
        }
        #expect(isEnded)
    }

    @Test("cancelled in any step, it takes back what it has done or has just ended")
    func cancelled() {
        for stop in 1..<60 {
            var world = RecoveryWorld()
            var recovery = machine(RecoveryOptions(method: .baseBackup))
            _ = world.run(&recovery, dyingAt: stop)
            guard recovery.mayBeInterrupted, let record = world.journal else { continue }
            var next = Recovery(record: record, source: Fixture.source, rules: Fixture.rules())
            let first = next.cancelled(now: world.now)
            #expect(first.isEmpty)
            let isOver = world.run(&next)
            #expect(isOver, "\(stop)")
            #expect(!world.isAttached, "\(stop) \(record.phase)")
            #expect(!world.isRunning, "\(stop) \(record.phase)")
            #expect(world.new == nil, "\(stop) \(record.phase)")
        }
    }

    @Test("another primary in the middle of it: it begins again, from there")
    func sourceChanged() {
        let other = RecoverySource(
            node: 2,
            server: SourceServer(host: "db2", port: 5432, user: "rep", applicationName: "node1"))
        for stop in 1..<60 {
            var world = RecoveryWorld()
            var recovery = machine(RecoveryOptions(method: .baseBackup))
            _ = world.run(&recovery, dyingAt: stop)
            guard recovery.mayBeInterrupted, let record = world.journal else { continue }
            var next = Recovery(record: record, source: Fixture.source, rules: Fixture.rules())
            _ = next.sourceFound(other, now: world.now)
            let isOver = world.run(&next)
            #expect(isOver && world.isAttached, "\(stop) \(record.phase): \(world.ends)")
            #expect(next.record.source == 2, "\(stop) \(record.phase)")
        }
    }

    @Test("without a primary it waits, and gives up at last")
    func noSource() {
        var world = RecoveryWorld()
        var recovery = Recovery(
            record: Fixture.record(), source: nil, rules: Fixture.rules())
        let isOver = world.run(&recovery)
        #expect(isOver)
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(failure.reason == "there is no primary")
    }

    @Test("a copy that does not move is given up")
    func stalled() {
        var world = RecoveryWorld()
        world.jobPolls = .max
        var recovery = machine(RecoveryOptions(method: .baseBackup))
        let isOver = world.run(&recovery)
        #expect(isOver)
        guard case .failed(let failure)? = world.ends.last else {
            Issue.record("\(world.ends)")
            return
        }
        #expect(failure.reason.contains("recovery_stall_timeout"))
        #expect(world.log.contains("cancel") && world.data == .standby)
    }

    @Test("percent and time left follow from bytes")
    func progress() {
        let progress = RecoveryProgress(
            phase: .copy, method: .baseBackup, activity: "copying", bytesDone: 30 << 20,
            bytesTotal: 120 << 20, secondsLeft: 9)
        #expect(progress.percent == 25)
        #expect(progress.words == "COPY (basebackup): copying, 25 %, 30 MB of 120 MB, 9 s left")
        #expect(RecoveryProgress(phase: .copy, bytesDone: 5).percent == nil)
        #expect(RecoveryProgress(phase: .copy, bytesDone: 9, bytesTotal: 3).percent == 100)
    }
}
