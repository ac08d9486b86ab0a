import Foundation
import Glibc
import LocalCluster
import Testing

@Suite("a local cluster", .serialized)
struct LocalClusterTests {
    @Test("replicates, survives a killed node, freezes, promotes, and leaves nothing behind")
    func wholeLife() throws {
        var options = LocalClusterOptions()
        options.databases = ["shop"]
        options.authentication = .scram
        options.superuserPassword = "it's secret"
        options.roles = [.init("clerk", password: "pencil", attributes: "connection limit 7")]
        let cluster = try LocalCluster.create(standbys: 1, options: options)
        defer { cluster.destroy() }
        let (primary, standby) = (cluster.nodes[0], cluster.nodes[1])

        try primary.sql("create table t as select 1 as a, 'x y' as b", database: "shop")
        try cluster.waitForReplication()
        #expect(
            try standby.sql("select a, b, null from t", database: "shop") == [["1", "x y", ""]])
        #expect(try standby.value("select pg_is_in_recovery()") == "t")
        #expect(
            try primary.sql("select slot_name, active from pg_replication_slots") == [
                ["node1", "t"]
            ])
        #expect(throws: LocalClusterError.self) { try standby.sql("create table no ()") }

        // TCP clients are asked for a password, the tests' own way in is not.
        let psql = [cluster.installation.path("psql"), "-XAtc", "select current_user"]
        let target = "host=127.0.0.1 port=\(primary.port) dbname=shop user=clerk"
        let right = try ClientTool.run(psql + [target], environment: ["PGPASSWORD": "pencil"])
        #expect(right.output == "clerk\n", "\(right.summary)")
        let wrong = try ClientTool.run(psql + [target], environment: ["PGPASSWORD": "crayon"])
        #expect(wrong.errors.contains("password authentication failed"), "\(wrong.summary)")

        standby.kill()
        #expect(!standby.isRunning)
        try primary.sql("insert into t values (2, 'while away')", database: "shop")
        try standby.start()
        try cluster.waitForReplication()
        #expect(try standby.value("select count(*) from t", database: "shop") == "2")

        standby.freeze()
        #expect(throws: LocalClusterError.self) {
            try standby.sql("select 1", within: .milliseconds(500))
        }
        standby.thaw()
        #expect(try standby.value("select 1") == "1")

        try primary.stop(.immediate)
        try standby.promote()
        try standby.sql("insert into t values (3, 'new primary')", database: "shop")
        #expect(try standby.value("select count(*) from t", database: "shop") == "3")

        // One runs, one has been stopped; killed and frozen are the harder ends.
        try primary.start()
        let survivors = [primary, standby].compactMap(\.postmaster)
        let segments = survivors.compactMap { sharedMemory(of: $0, among: cluster.nodes) }
        #expect(survivors.count == 2 && segments.count == 2)
        primary.kill()
        standby.freeze()
        cluster.destroy()
        #expect(survivors.allSatisfy { !ProcessFacts.isAlive($0) })
        #expect(!FileManager.default.fileExists(atPath: cluster.folder))
        let table = try String(contentsOfFile: "/proc/sysvipc/shm", encoding: .utf8)
        let left = table.split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst().first.map(String.init)
        }
        #expect(Set(left).isDisjoint(with: segments), "shared memory is left")
    }

    /// The id of a postmaster's shared memory segment: the seventh line of its pid file.
    private func sharedMemory(of postmaster: pid_t, among nodes: [ClusterNode]) -> String? {
        nodes.first { $0.postmaster == postmaster }
            .flatMap {
                try? String(contentsOfFile: "\($0.dataFolder)/postmaster.pid", encoding: .utf8)
            }
            .flatMap { $0.split(separator: "\n").dropFirst(6).first }
            .flatMap { $0.split(separator: " ").last }.map(String.init)
    }

    @Test("is removed with its last reference")
    func removedWithReference() throws {
        var cluster: LocalCluster? = try LocalCluster.create(standbys: 0)
        let folder = try #require(cluster?.folder)
        let postmaster = try #require(cluster?.primary.postmaster)
        #expect(FileManager.default.fileExists(atPath: folder))
        cluster = nil
        #expect(!FileManager.default.fileExists(atPath: folder))
        #expect(!ProcessFacts.isAlive(postmaster))
    }

    @Test("takes the proxy and what that started with it")
    func removedWithProxy() throws {
        let cluster = try LocalCluster.create(standbys: 0)
        // A stand-in that listens where the configuration says and has a child of its own.
        let program = "\(cluster.folder)/stand-in"
        let script = """
            #!/usr/bin/python3
            import re, socket, subprocess, sys
            text = open(sys.argv[3]).read()
            door = socket.create_server(("127.0.0.1", int(re.search(r"^port = (\\d+)", text, re.M)[1])))
            print("child", subprocess.Popen(["sleep", "600"]).pid, flush=True)
            while True: door.accept()
            """
        try script.write(toFile: program, atomically: false, encoding: .utf8)
        chmod(program, 0o700)
        let proxy = try ProxyProcess(before: cluster, binary: program)
        #expect(Deadline.after(.seconds(5)).poll { proxy.log.contains("child ") })
        let child = try #require(
            proxy.log.split(whereSeparator: \.isWhitespace).last.flatMap { pid_t($0) })
        #expect(proxy.isRunning && proxy.residentBytes > 0 && proxy.descriptorCount > 0)
        cluster.destroy()
        #expect(!proxy.isRunning && proxy.exit == .signalled(SIGKILL))
        #expect(Deadline.after(.seconds(5)).poll { !ProcessFacts.isAlive(child) })
    }

    @Test("refuses a folder whose sockets could not be addressed")
    func longPath() {
        let deep = "/tmp/" + String(repeating: "x", count: 90)
        #expect(throws: LocalClusterError.self) {
            try LocalCluster.create(in: deep, standbys: 0)
        }
    }
}

@Suite("a client tool")
struct ClientToolTests {
    @Test("hands over both streams and the exit code of a program that prints a lot")
    func output() throws {
        let script = "head -c 300000 /dev/zero | tr '\\0' a; head -c 300000 /dev/zero >&2; exit 3"
        let result = try ClientTool.run(["/bin/sh", "-c", script])
        #expect(result.output.utf8.count == 300_000)
        #expect(result.errors.utf8.count == 300_000)
        #expect(result.exit == .exited(3) && !result.timedOut)
    }

    @Test("reads its input, and is ended at the deadline with what it started")
    func deadline() throws {
        #expect(try ClientTool.run(["cat"], input: "hello").output == "hello")
        let result = try ClientTool.run(
            ["/bin/sh", "-c", "sleep 100 & echo $!; wait"], within: .milliseconds(300))
        #expect(result.timedOut && result.exit == .signalled(9))
        let child = try #require(
            pid_t(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(Deadline.after(.seconds(5)).poll { !ProcessFacts.isAlive(child) })
    }

    @Test("a program that does not exist is an error")
    func missing() {
        #expect(throws: LocalClusterError.self) { try ClientTool(["/nowhere/at/all"]) }
    }
}
