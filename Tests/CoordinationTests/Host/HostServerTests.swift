import ClusterModel
import Foundation
import Glibc
import LocalCluster
import Testing

@testable import Coordination

@Suite("The helper on a database's host", .serialized)
struct HostServerTests {
    @Test("a wiped standby is copied, configured, swapped in, started and stopped")
    func rebuild() throws {
        var options = LocalClusterOptions()
        options.authentication = .scram
        options.superuserPassword = "s:e\\c'r et"
        let stage = try HostStage(options: options)
        let source = stage.source(password: "s:e\\c'r et")
        try stage.primary.sql("create table t as select generate_series(1, 1000) as a")
        stage.standby.kill()
        try FileManager.default.removeItem(atPath: stage.standby.dataFolder)

        var facts = try stage.describe()
        #expect(!facts.exists && !facts.isRunning && !facts.hasNew && !facts.hasOld)
        #expect(facts.programVersion == 15 && facts.dataVersion == nil)
        #expect(facts.freeBytes > 0 && facts.usedBytes == 0 && !facts.isMountPoint)
        #expect(stage.ask(.start).failure.hasSuffix("is no data directory"))

        #expect(stage.ask(.tryReplication(from: source)) == .done)
        let refused = stage.ask(.tryReplication(from: stage.source(password: "wrong")))
        #expect(refused.failure.contains("password authentication failed"), "\(refused)")
        #expect(try stage.names() == [], "no password is left behind")

        #expect(try stage.report().state == .none)
        let backup = HostRequest.Action.baseBackup(
            from: source, slot: "node1", options: .init(isVerified: true))
        let report = try stage.work(backup)
        #expect(report.state == .succeeded, "\(report)")
        #expect(report.exitCode == 0 && report.bytesDone > 1 << 20)
        #expect(report.bytesDone == report.bytesTotal && report.activity == "done")
        // Once more is the same one.
        #expect(stage.ask(backup) == .job(report))
        #expect(try stage.names() == ["job", "job-lock", "new"])
        #expect(try stage.describe().hasNew)
        #expect(
            stage.ask(
                .configure(.new, from: source, slot: "node1", settings: stage.settings())) == .done)
        #expect(stage.ask(.swap) == .done)
        #expect(stage.ask(.swap) == .done)
        for _ in 0..<2 { #expect(stage.ask(.start) == .done) }
        try stage.cluster.waitForReplication()
        #expect(try stage.standby.value("select count(*) from t") == "1000")

        facts = try stage.describe()
        #expect(facts.exists && facts.isRunning && facts.hasStandbySignal && !facts.isTainted)
        #expect(facts.dataVersion == 15 && facts.timeline == 1 && facts.hasChecksums == true)
        #expect(facts.pid == stage.standby.postmaster.map(Int.init))
        #expect(facts.systemIdentifier == (try stage.describe(stage.primary)).systemIdentifier)
        #expect(facts.state == "in archive recovery" && facts.usedBytes > 1 << 20)

        let settings = try stage.standby.sql(
            """
            select name, setting from pg_settings where sourcefile like '%postgresql.auto.conf'
            order by 1
            """)
        let conninfo = settings.first { $0[0] == "primary_conninfo" }?[1] ?? ""
        #expect(settings.map { $0[0] }.contains("primary_slot_name"))
        #expect(!conninfo.contains("password") && conninfo.contains("passfile="))
        let modes = try FileManager.default.attributesOfItem(
            atPath: stage.standby.dataFolder + ".trunkline-pass")
        #expect(modes[.posixPermissions] as? Int == 0o600)

        guard case .lines(let lines) = stage.ask(.logTail(lines: 3)) else {
            throw StageFailure(stage.ask(.logTail(lines: 3)))
        }
        #expect(lines.count == 3)
        #expect(
            stage.ask(.configure(.data, from: source, slot: nil, settings: [:])).failure
                .hasSuffix("runs"))
        for _ in 0..<2 { #expect(stage.ask(.stop(seconds: 20)) == .done) }
        #expect(try stage.describe().state == "shut down in recovery")
    }

    @Test("the old data stays until it is discarded, and comes back")
    func oldData() throws {
        let stage = try HostStage()
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        try "mine".write(
            toFile: stage.standby.dataFolder + "/note", atomically: false, encoding: .utf8)
        let report = try stage.work(
            .baseBackup(from: stage.source(), slot: nil, options: .init()))
        #expect(report.state == .succeeded, "\(report)")
        #expect(
            stage.ask(
                .configure(.new, from: stage.source(), slot: "node1", settings: stage.settings()))
                == .done)
        #expect(stage.ask(.swap) == .done)
        #expect(try stage.describe().hasOld)
        // With the options of its last start.
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
        #expect(stage.ask(.unswap).failure.hasSuffix("runs"))
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        #expect(stage.ask(.unswap) == .done)
        #expect(HostFiles.text(stage.standby.dataFolder + "/note") == "mine")
        #expect(stage.ask(.discard(.new)) == .done)
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
        #expect(try stage.names().isEmpty)
    }

    @Test("a job outlives who asked, can be canceled, and is not believed to live on a number")
    func jobs() throws {
        let stage = try HostStage()
        try stage.primary.sql(
            "create table t as select repeat('x', 100) from generate_series(1, 100000)")
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        // The helper that was asked has ended long before.
        let slow = HostRequest.Action.baseBackup(
            from: stage.source(), slot: nil, options: .init(rateMax: 1024))
        let report = try stage.work(slow) { $0.bytesDone > 0 }
        #expect(report.state == .running && report.bytesTotal > report.bytesDone, "\(report)")
        #expect(report.activity == "copying")
        // Asked again it is the same one; another one has to wait.
        guard case .job(let again) = stage.ask(slow) else { throw StageFailure(stage.ask(slow)) }
        #expect(again.state == .running)
        let other = stage.ask(slow, job: "r2")
        #expect(other.failure.hasPrefix("another job works on"))
        #expect(stage.ask(.jobStatus, job: "r2") == .job(JobReport(state: .none)))
        #expect(stage.ask(.discard(.new)).failure.hasPrefix("a job works on"))
        #expect(stage.ask(.jobCancel, job: "r2") == .done)
        #expect(try stage.report().state == .running)

        let places = try HostPlaces(stage.server())
        let record = try #require(HostJob.load(places))
        #expect(ProcessTable.members(ofSession: record.process).count > 1)
        for _ in 0..<2 { #expect(stage.ask(.jobCancel) == .done) }
        #expect(ProcessTable.members(ofSession: record.process).isEmpty)
        let canceled = try stage.report()
        #expect(canceled.state == .failed && canceled.lastLines.last == "canceled")
        #expect(try stage.names().contains("copy") && !stage.names().contains("new"))

        // The job itself is killed, its program goes on: the next one ends it first.
        stage.job = "r3"
        _ = try stage.work(slow) { $0.bytesDone > 0 }
        let killed = try #require(HostJob.load(places))
        kill(killed.process, SIGKILL)
        let isDead = Deadline.after(.seconds(10)).poll {
            ProcessTable.startTime(killed.process) == nil
        }
        #expect(isDead)
        #expect(try stage.report().state == .failed)
        stage.job = "r4"
        let fast = try stage.work(
            .baseBackup(from: stage.source(), slot: nil, options: .init()))
        #expect(fast.state == .succeeded, "\(fast)")
        #expect(ProcessTable.members(ofSession: killed.process).isEmpty)
        #expect(try !stage.names().contains("copy"))

        // A number that belongs to somebody else now.
        var recycled = fast.state == .succeeded ? try #require(HostJob.load(places)) : killed
        recycled.state = .running
        recycled.process = getpid()
        recycled.startTime = "1"
        #expect(!recycled.isAlive && recycled.report.state == .failed)
    }

    @Test("a rewind that was broken off leaves what is not started, but replaced")
    func brokenRewind() throws {
        let stage = try HostStage()
        let old = stage.primary
        let source = stage.source(stage.standby)
        try old.sql("create table t as select 1 as a")
        try stage.cluster.waitForReplication()
        let refused = try stage.work(.rewind(from: source), on: old)
        #expect(refused.state == .failed)
        #expect(refused.lastLines.last?.contains("runs") == true, "\(refused)")
        #expect(try !stage.describe(old).isTainted)

        try stage.standby.promote()
        try old.sql("insert into t values (2)")
        try stage.standby.sql("insert into t values (3); checkpoint")
        // What cannot be written is found in the middle of it.
        let file = old.dataFolder + "/" + (try old.value("select pg_relation_filepath('t')"))
        try old.stop()
        chmod(file, 0o400)
        stage.job = "r2"
        let failed = try stage.work(.rewind(from: source), on: old)
        #expect(failed.state == .failed && failed.exitCode == 1, "\(failed)")
        #expect(failed.lastLines.contains { $0.contains("Permission denied") }, "\(failed)")
        #expect(try stage.describe(old).isTainted)
        #expect(stage.ask(.start, of: old).failure.contains("has not ended well"))
        #expect(!old.isRunning)
        let again = try stage.work(.rewind(from: source), on: old)
        #expect(again.state == .failed)
        #expect(again.lastLines.last?.contains("has not ended well") == true, "\(again)")

        stage.job = "r3"
        let backup = try stage.work(
            .baseBackup(from: source, slot: nil, options: .init()), on: old)
        #expect(backup.state == .succeeded, "\(backup)")
        let settings = stage.settings(old)
        let configure = HostRequest.Action.configure(
            .new, from: source, slot: nil, settings: settings)
        #expect(stage.ask(configure, of: old) == .done)
        #expect(stage.ask(.swap, of: old) == .done)
        #expect(try !stage.describe(old).isTainted)
        #expect(stage.ask(.start, of: old) == .done)
        #expect(stage.follows("1,3"))
        #expect(stage.ask(.discard(.old), of: old) == .done)
        #expect(try stage.names(beside: old).isEmpty)
    }

    @Test("a killed old primary is rewound; what hinders it is found before anything is touched")
    func rewind() throws {
        let stage = try HostStage()
        let old = stage.primary
        let source = stage.source(stage.standby)
        try old.sql("create table t as select 1 as a")
        try stage.cluster.waitForReplication()
        try stage.standby.promote()
        try old.sql("insert into t values (2)")
        try old.sql("select pg_create_physical_replication_slot('stale', true)")
        try stage.standby.sql("insert into t values (3); checkpoint")
        old.kill()
        var nowhere = source
        nowhere.port = 1
        let failed = try stage.work(.rewind(from: nowhere), on: old)
        #expect(failed.state == .failed && failed.exitCode == 1)
        #expect(
            failed.lastLines.contains { $0.contains("Connection refused") }, "\(failed)")
        var facts = try stage.describe(old)
        #expect(!facts.isTainted && facts.state == "shut down")

        stage.job = "r2"
        let report = try stage.work(.rewind(from: source), on: old)
        #expect(report.state == .succeeded, "\(report)")
        facts = try stage.describe(old)
        #expect(!facts.isTainted && facts.hasStandbySignal)
        #expect(HostFiles.names(in: old.dataFolder + "/pg_replslot").isEmpty)
        // Asked again, it is done.
        #expect(stage.ask(.rewind(from: source), of: old) == .job(report))
        let configure = HostRequest.Action.configure(
            .data, from: source, slot: nil, settings: stage.settings(old))
        #expect(stage.ask(configure, of: old) == .done)
        #expect(stage.ask(.start, of: old) == .done)
        #expect(stage.follows("1,3"))
        #expect(try old.value("select pg_is_in_recovery()") == "t")
    }

    @Test("a frozen server is stopped, a killed one leaves nothing in the way")
    func hardStops() throws {
        let stage = try HostStage()
        stage.standby.freeze()
        #expect(try stage.describe().isRunning)
        #expect(stage.ask(.stop(seconds: 1)) == .done)
        #expect(!stage.standby.isRunning)
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
        // The postmaster alone, so that its children are orphans.
        let postmaster = try #require(stage.standby.postmaster)
        for child in ProcessFacts.children(of: postmaster) { kill(child, SIGSTOP) }
        kill(postmaster, SIGKILL)
        let isGone = Deadline.after(.seconds(10)).poll { !ProcessFacts.isAlive(postmaster) }
        #expect(isGone)
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
        // A shell that somebody has open there is left alone.
        let shell = try ClientTool(
            stage.cluster.installation.asServerAccount + [
                "/usr/bin/env", "-C", stage.standby.dataFolder, "sleep", "60",
            ])
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        #expect(shell.isRunning)
        shell.signal(SIGKILL)
    }

    @Test("a dead server that nobody has buried does not keep the next one from its port")
    func unburied() throws {
        let stage = try HostStage()
        let standby = stage.standby
        let pidFile = standby.dataFolder + "/postmaster.pid"
        let text = try String(contentsOfFile: pidFile, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let socketLock = "\(lines[4])/.s.PGSQL.\(lines[3]).lock"
        let lock = try String(contentsOfFile: socketLock, encoding: .utf8)
        standby.kill()
        // Dead, and not waited for: its number still is somebody's.
        var dead = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        defer { free(arguments[0]) }
        #expect(posix_spawn(&dead, "/bin/true", nil, nil, &arguments, nil) == 0)
        defer { waitpid(dead, nil, 0) }
        for (path, content) in [(pidFile, text), (socketLock, lock)] {
            try content.replacing(lines[0], with: "\(dead)", maxReplacements: 1)
                .write(toFile: path, atomically: false, encoding: .utf8)
        }
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
    }

    @Test("a configuration that the server does not take is said at the start")
    func badConfiguration() throws {
        let stage = try HostStage()
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        let bad = HostRequest.Action.configure(
            .data, from: stage.source(), slot: nil, settings: ["max_connections": "many"])
        #expect(stage.ask(bad) == .done)
        let refused = stage.ask(.start)
        #expect(refused.failure.contains("max_connections"), "\(refused)")
        for settings in [["a b": "1"], ["port": "1\n2"], ["primary_conninfo": "x"], ["": "1"]] {
            let answer = stage.ask(
                .configure(.data, from: stage.source(), slot: nil, settings: settings))
            #expect(answer.failure.contains("no setting") || answer.failure.contains("follows"))
        }
        let slot = HostRequest.Action.configure(
            .data, from: stage.source(), slot: "No Slot", settings: [:])
        #expect(stage.ask(slot).failure.hasSuffix("is no name of a replication slot"))
    }

    @Test("tablespaces are mapped, and filled again after a copy that was broken off")
    func tablespaces() throws {
        let stage = try HostStage()
        let place = try stage.folder("space")
        let other = try stage.folder("other")
        stage.standby.kill()
        try FileManager.default.removeItem(atPath: stage.standby.dataFolder)
        try stage.primary.sql("create tablespace s location '\(place)'")
        try stage.primary.sql(
            """
            create table t tablespace s as select repeat('x', 100) as a
            from generate_series(1, 50000)
            """)
        let answer = stage.ask(
            .describe(expecting: .init(tablespaces: [place, other, "relative"])))
        guard case .description(let facts) = answer else { throw StageFailure(answer) }
        #expect(facts.takenTablespaces == [place])
        func copy(_ rate: Int) -> HostRequest.Action {
            .baseBackup(
                from: stage.source(), slot: nil,
                options: .init(
                    rateMax: rate, tablespaceMap: [place: other], tablespaces: [place]))
        }
        _ = try stage.work(copy(512)) { _ in !HostFiles.names(in: other).isEmpty }
        #expect(stage.ask(.jobCancel) == .done)
        #expect(!HostFiles.names(in: other).isEmpty)
        // pg_basebackup removes the copy of its own accord when it fails, but not these.
        try FileManager.default.removeItem(
            atPath: stage.standby.dataFolder + ".trunkline-copy")
        let report = try stage.work(copy(0))
        #expect(report.state == .succeeded, "\(report)")
        #expect(
            stage.ask(
                .configure(.new, from: stage.source(), slot: nil, settings: stage.settings()))
                == .done)
        #expect(stage.ask(.swap) == .done)
        // What is in use is not cleared.
        #expect(stage.ask(.discard(.new)) == .done)
        #expect(stage.ask(.start) == .done)
        try stage.cluster.waitForReplication()
        #expect(try stage.standby.value("select count(*) from t") == "50000")
    }

    @Test("a full disk fails the copy and nothing else")
    func fullDisk() throws {
        let stage = try HostStage()
        let disk = try stage.folder("disk")
        let mounted = try ClientTool.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", disk])
        guard mounted.isSuccess else { return }
        defer { _ = try? ClientTool.run(["umount", "-l", disk]) }
        if let account = stage.cluster.installation.serverAccount {
            chown(disk, account.user, account.group)
        }
        var server = stage.server()
        server.dataDirectory = disk + "/data"
        func ask(_ action: HostRequest.Action) -> HostAnswer {
            stage.host.ask(
                HostRequest(server: server, job: "r1", action: action), seconds: 60)
        }
        let backup = HostRequest.Action.baseBackup(
            from: stage.source(), slot: nil, options: .init())
        guard case .job(var report) = ask(backup) else { throw StageFailure(ask(backup)) }
        let isOver = Deadline.after(.seconds(60)).poll {
            if case .job(let now) = ask(.jobStatus) { report = now }
            return report.state != .running
        }
        #expect(isOver && report.state == .failed && report.exitCode == 1, "\(report)")
        #expect(report.lastLines.contains { $0.contains("No space left on device") }, "\(report)")
        #expect(ask(.discard(.new)) == .done)
        #expect(HostFiles.freeBytes(at: disk) > 11 << 20)
        #expect(ask(.start).failure.hasSuffix("is no data directory"))
    }

    @Test("a data directory that is a mount point keeps its place, and its entries change")
    func mountPoint() throws {
        let stage = try HostStage()
        let data = stage.standby.dataFolder
        #expect(stage.ask(.stop(seconds: 20)) == .done)
        try FileManager.default.removeItem(atPath: data)
        mkdir(data, 0o700)
        let mounted = try ClientTool.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", data])
        guard mounted.isSuccess else { return }
        defer {
            _ = stage.ask(.stop(seconds: 5))
            _ = try? ClientTool.run(["umount", "-l", data])
        }
        chmod(data, 0o700)
        if let account = stage.cluster.installation.serverAccount {
            chown(data, account.user, account.group)
        }
        for round in 1...2 {
            stage.job = "r\(round)"
            // It would hold the slot.
            #expect(stage.ask(.stop(seconds: 20)) == .done)
            let report = try stage.work(
                .baseBackup(from: stage.source(), slot: "node1", options: .init()))
            #expect(report.state == .succeeded, "\(report)")
            let facts = try stage.describe()
            #expect(facts.isMountPoint && facts.hasNew && facts.exists == (round == 2))
            #expect(
                stage.ask(
                    .configure(
                        .new, from: stage.source(), slot: "node1", settings: stage.settings()))
                    == .done)
            #expect(stage.ask(.swap) == .done)
            #expect(stage.ask(.start) == .done)
            try stage.cluster.waitForReplication()
        }
        #expect(try stage.describe().hasOld)
        #expect(stage.ask(.discard(.old)) == .done)
        #expect(HostFiles.names(in: data + "/.trunkline").isEmpty)
    }

    @Test("only what is allowed, and nothing for who speaks otherwise")
    func permits() throws {
        let stage = try HostStage(host: HostStage.local(["--allow", "/no/such/directory"]))
        let refused = stage.ask(.stop(seconds: 1))
        #expect(refused.failure.hasPrefix("this host does not allow"))
        #expect(stage.standby.isRunning)
        let program = [HostStage.binary, "host"]
        let result = try ClientTool.run(program, input: "nonsense\n\n{}\n")
        #expect(result.isSuccess)
        let answers = result.output.split(separator: "\n").map { HostWire.answer($0.utf8) }
        #expect(answers.count == 2)
        for answer in answers {
            #expect(answer?.failure == "the request is none that this program knows")
        }
        let silent = LocalHost(program: ["sh", "-c", "echo out of order >&2; exit 3"])
        #expect(
            silent.ask(
                HostRequest(server: stage.server(), job: "j", action: .start), seconds: 5
            )
            .failure == "out of order")
        let endless = LocalHost(program: ["sleep", "60"])
        #expect(
            endless.ask(
                HostRequest(server: stage.server(), job: "j", action: .start), seconds: 1
            )
            .failure == "the host has not answered within 1 s")
    }
}
