import Foundation
import Glibc
import LocalCluster
import Testing

extension EndToEnd {
    /// `trunkline cluster`, as people call it.
    @Suite("trunkline cluster")
    struct ClusterCommandTests {
        @Test("makes a cluster that serves, fails over, stops, starts again, and goes")
        func wholeLife() throws {
            let rig = try ClusterRig()
            defer { rig.remove() }
            let port = try rig.basePort()
            let created = try rig.trunkline("create", rig.cluster, "--port", "\(port)")
            try #require(created.isSuccess, "\(created.summary)")
            #expect(created.output.contains("The cluster in \(rig.cluster) runs."))
            let passwords = try String(
                contentsOfFile: "\(rig.cluster)/etc/pgpass", encoding: .utf8)
            let password = try #require(
                passwords.split(separator: "\n").first?.split(separator: ":").last)
            #expect(created.output.contains(password))

            // Through the proxy, with the password and not without.
            #expect(try rig.psql(port, "create table t as select 1 as a; select a from t") == "1")
            let stranger = try rig.tool("psql", ["-w", "-U", "postgres"], port, environment: [:])
            #expect(stranger.errors.contains("no password supplied"), "\(stranger.summary)")
            let nodes = try rig.nodeInfo(port + 1)
            #expect(nodes.count == 3)
            #expect(nodes.filter { $0.contains(" up up primary primary ") }.count == 1)
            #expect(nodes.filter { $0.contains(" up up standby standby ") }.count == 2)
            let status = try rig.trunkline("status", rig.cluster)
            #expect(status.exit == .exited(0), "\(status.summary)")
            #expect(status.output.contains("standby  streaming"))

            // A second one neither in the same place nor on the same ports.
            let same = try rig.trunkline("create", rig.cluster, "--port", "\(port)")
            #expect(same.exit == .exited(1) && same.errors.contains("is a cluster already"))
            let taken = try rig.trunkline("create", "\(rig.folder)/b", "--port", "\(port)")
            #expect(taken.exit == .exited(1), "\(taken.summary)")
            #expect(taken.errors.contains("port \(port), for the proxy, is taken by trunkline"))
            #expect(!FileManager.default.fileExists(atPath: "\(rig.folder)/b"))

            // The primary dies; what was written is there, and writes go on.
            try rig.killServer(0)
            #expect(try rig.psql(port, "insert into t values (2); select count(*) from t") == "2")
            let broken = try rig.trunkline("status", rig.cluster)
            #expect(broken.exit == .exited(1), "\(broken.summary)")
            #expect(broken.output.contains("node0") && broken.output.contains("stopped"))

            // Stopped and started again, the old primary must not come up beside the new one.
            #expect(try rig.trunkline("stop", rig.cluster).isSuccess)
            #expect(try rig.trunkline("stop", rig.cluster).output == "nothing runs\n")
            #expect(try rig.trunkline("status", rig.cluster).exit == .exited(3))
            let started = try rig.trunkline("start", rig.cluster)
            #expect(started.isSuccess, "\(started.summary)")
            #expect(started.output == "started node1\nstarted node2\nstarted proxy\n")
            #expect(
                started.errors.hasPrefix("node0 stays stopped: it was the primary before node1"))
            let again = try rig.trunkline("start", rig.cluster)
            #expect(again.isSuccess && !again.output.contains("started"), "\(again.summary)")
            #expect(try rig.psql(port, "insert into t values (3); select count(*) from t") == "3")

            // A recovery makes a standby of it, and the cluster is whole again.
            let configuration = "\(rig.cluster)/etc/pgpool.conf"
            let recovered = try rig.run(["node", "recover", "0", "-f", configuration])
            #expect(recovered.isSuccess, "\(recovered.summary)")
            let whole = try rig.trunkline("status", rig.cluster)
            #expect(whole.exit == .exited(0), "\(whole.summary)")
            #expect(try rig.trunkline("start", rig.cluster).output == "everything runs already\n")

            let asked = try rig.trunkline("destroy", rig.cluster)
            #expect(asked.exit == .exited(1) && asked.errors.contains("say --yes"))
            let destroyed = try rig.trunkline("destroy", rig.cluster, "--yes")
            #expect(destroyed.isSuccess, "\(destroyed.summary)")
            #expect(!FileManager.default.fileExists(atPath: rig.cluster))
            #expect(!FreePort.isListening(port) && !FreePort.isListening(port + 4))
        }

        @Test("an archive, no slots, a synchronous standby, another superuser and his password")
        func options() throws {
            let rig = try ClusterRig(user: "boss")
            defer { rig.remove() }
            let port = try rig.basePort()
            let created = try rig.trunkline(
                "create", rig.cluster, "--port", "\(port)", "--nodes", "2", "--no-slots",
                "--archive", "--synchronous", "--user", "boss", "--password", #"a:b\c"d 'e"#,
                "--http-port", "0")
            try #require(created.isSuccess, "\(created.summary)")
            #expect(!created.output.contains("a:b"), "a password that was given is not shown")
            let facts = try rig.psql(
                port,
                """
                select current_setting('archive_mode'), (select count(*) from pg_replication_slots),
                  (select sync_state from pg_stat_replication), current_user,
                  current_setting('data_checksums'), current_setting('wal_log_hints')
                """)
            #expect(facts == "on|0|quorum|boss|on|on")
            _ = try rig.psql(port, "create table t (); select pg_switch_wal()")
            let archived = Deadline.after(.seconds(10)).poll {
                let names = try? FileManager.default.contentsOfDirectory(
                    atPath: "\(rig.cluster)/archivedir")
                return names?.contains { $0.hasSuffix("000000000001") } ?? false
            }
            #expect(archived)

            // A planned change: the old primary comes back under its own name, and is waited for.
            let switched = try rig.run(["switch", "-f", "\(rig.cluster)/etc/pgpool.conf"])
            #expect(switched.isSuccess, "\(switched.summary)")
            let settled = Deadline.after(.seconds(20)).poll {
                (try? rig.trunkline("status", rig.cluster))?.exit == .exited(0)
            }
            let state = try rig.trunkline("status", rig.cluster).summary
            #expect(settled, "\(state)")
            let names = "select application_name, sync_state from pg_stat_replication"
            let isQuorum = try Deadline.after(.seconds(30)).poll {
                try rig.psql(port, names) == "node0|quorum"
            }
            let found = try rig.psql(port, names)
            #expect(isQuorum, "\(found)")
        }

        @Test("servers alone, on ports of their own")
        func servers() throws {
            let rig = try ClusterRig()
            defer { rig.remove() }
            let port = try rig.basePort()
            let created = try rig.trunkline(
                "create", rig.cluster, "--no-proxy", "--nodes", "1", "--postgres-port", "\(port)")
            try #require(created.isSuccess, "\(created.summary)")
            #expect(try rig.psql(port, "select pg_is_in_recovery()") == "f")
            #expect(!FileManager.default.fileExists(atPath: "\(rig.cluster)/etc/pgpool.conf"))
            #expect(try rig.trunkline("status", rig.cluster).exit == .exited(0))
        }

        @Test("leaves nothing where it cannot work, and says why")
        func refusals() throws {
            let rig = try ClusterRig()
            defer { rig.remove() }
            let wrong: [(arguments: [String], message: String)] = [
                (["--bin-dir", "/nowhere"], "there is no initdb, no pg_ctl, no psql in /nowhere"),
                (["--nodes", "0"], "--nodes must be 1 to 64"),
                (["--nodes", "1", "--synchronous"], "--synchronous needs a standby"),
                (["--port", "65530", "--nodes", "9"], "leaves no room"),
                (["--user", "replicator"], "cannot be the superuser"),
                (["--port", "80"], "--port 80: ports below 1024 are root's"),
                (["--pcp-port", "0"], "--pcp-port 0: ports below 1024"),
                (["--host", "localhost"], "\"localhost\" is another machine for every host"),
                (["--host", "db1", "--host", "db1"], "\"db1\" is there twice"),
                (["--host", "db1", "--nodes", "2"], "--nodes 2 with 1 hosts"),
                (["--host", "db1", "--archive"], "--archive would make an archive on each host"),
                (["--host", "db1", "--remote-program", "a;b"], "\"a;b\" is no program"),
                (["--ssh-user", "postgres"], "name them with --host"),
                (["--password-file", "/nowhere"], "--password-file: /nowhere: No such file"),
                (["--password-file", "/dev/null"], "its first line is no password"),
                (["--password", "x", "--password-file", "-"], "not both"),
            ]
            for (arguments, message) in wrong {
                let result = try rig.run(["cluster", "create", rig.cluster] + arguments)
                #expect(result.exit == .exited(1), "\(arguments): \(result.summary)")
                #expect(result.errors.contains(message), "\(arguments): \(result.summary)")
                #expect(!FileManager.default.fileExists(atPath: rig.cluster))
            }
            let nameless = try rig.run(["cluster", "destroy", "--yes"])
            #expect(nameless.exit == .exited(1), "\(nameless.summary)")
            #expect(nameless.errors.contains("Missing expected argument '<FOLDER>'"))
            for command in ["status", "start", "stop", "destroy"] {
                let result = try rig.run(["cluster", command, rig.folder])
                #expect(result.exit == .exited(1), "\(command): \(result.summary)")
                #expect(result.errors.contains("is no cluster of Trunkline"))
            }
        }
    }
}
