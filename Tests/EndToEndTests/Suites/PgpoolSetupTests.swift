import Foundation
import Glibc
import LocalCluster
import Testing

extension EndToEnd {
    /// `pgpool_setup`, as test rigs call it.
    @Suite("pgpool_setup")
    struct PgpoolSetupTests {
        @Test("sets up a rig whose scripts start, serve, fail over and stop")
        func streaming() throws {
            let rig = try ClusterRig(user: ClusterRig.account)
            defer { rig.remove() }
            let port = try rig.basePort()
            let result = try rig.pgpoolSetup("-n", "3", "-s", "-p", "\(port)")
            try #require(result.isSuccess, "\(result.summary)")
            #expect(
                result.output.contains("pgpool-II setting for streaming replication mode is done."))
            #expect(result.output.contains("shutdown all\n"))
            for name in [
                "etc/pgpool.conf", "etc/pool_hba.conf", "etc/pcp.conf", "etc/pool_passwd", "data0",
                "data1", "data2", "log/pgpool.log", "run", "startall", "shutdownall",
                "pgpool_reload", "README.port", "bashrc.ports", "pcppass", "pgpool_setup.log",
            ] {
                #expect(FileManager.default.fileExists(atPath: "\(rig.cluster)/\(name)"), "\(name)")
            }
            #expect(!FreePort.isListening(port) && !FreePort.isListening(port + 2))

            // What a test of Pgpool-II's own suite does with it.
            let started = try rig.script(
                """
                echo "sr_check_period = 1" >> etc/pgpool.conf
                ./startall
                . ./bashrc.ports
                export PGPORT=$PGPOOL_PORT PGHOST=localhost
                for i in 1 2 3 4 5 6 7 8 9 10; do
                    \(rig.bin)/psql -c 'show pool_nodes' test > nodes 2>&1 && break
                    sleep 1
                done
                \(rig.bin)/psql -c 'create table t1 (i int)' -c 'insert into t1 values (1)' test
                bin/pcp_node_info -w -h localhost -p $PCP_PORT -n 1
                bin/pg_md5 -m -f etc/pgpool.conf -u bob secret
                ./pgpool_reload
                """)
            #expect(started.errors.isEmpty, "\(started.summary)")
            #expect(started.output.contains("INSERT 0 1"), "\(started.summary)")
            #expect(started.output.contains("localhost \(port + 3) "), "\(started.summary)")
            let shown = try String(contentsOfFile: "\(rig.cluster)/nodes", encoding: .utf8)
                .split(separator: "\n").map(String.init)
            #expect(shown.filter { $0.contains("| up ") && $0.contains("| standby |") }.count == 2)
            #expect(shown.filter { $0.contains("| up ") && $0.contains("| primary |") }.count == 1)
            let entries = try String(
                contentsOfFile: "\(rig.cluster)/etc/pool_passwd", encoding: .utf8)
            #expect(entries.contains("bob:md5"))

            try rig.killServer(0)
            #expect(
                try rig.psql(port, "insert into t1 values (2); select count(*) from t1", "test")
                    == "2")
            let log = try String(contentsOfFile: "\(rig.cluster)/log/pgpool.log", encoding: .utf8)
            #expect(log.contains("DB node id: "), "log_per_node_statement is on")
            #expect(log.contains("node 1 is the primary") || log.contains("node 2 is the primary"))

            let recovered = try rig.script(
                """
                . ./bashrc.ports
                bin/pcp_recovery_node -w -h localhost -p $PCP_PORT -n 0
                bin/pcp_node_info -w -h localhost -p $PCP_PORT -n 0
                """)
            #expect(recovered.output.contains(" up up standby standby "), "\(recovered.summary)")

            let stopped = try rig.script("./shutdownall")
            #expect(stopped.output.contains("server stopped"), "\(stopped.summary)")
            #expect(!FreePort.isListening(port) && !FreePort.isListening(port + 3))
            // It is a cluster like any other.
            #expect(try rig.trunkline("status", rig.cluster).exit == .exited(3))
            let destroyed = try rig.trunkline("destroy", rig.cluster, "--yes")
            #expect(
                destroyed.output.contains("stays, with what the cluster was not made with: nodes"))
        }

        @Test("leaves a raw rig running if asked, with an archive and a sample of one's own")
        func raw() throws {
            let rig = try ClusterRig(user: ClusterRig.account)
            defer { rig.remove() }
            let port = try rig.basePort()
            try "# mine\nnum_init_children = 7\n".write(
                toFile: "\(rig.folder)/pgpool.conf.sample", atomically: true, encoding: .utf8)
            let result = try rig.pgpoolSetup(
                "-m", "n", "-n", "2", "-p", "\(port)", "-pg", "\(port + 6)", "--no-stop",
                environment: ["PGPOOLDIR": rig.folder])
            try #require(result.isSuccess, "\(result.summary)")
            #expect(result.output.hasSuffix("CAUTION: whole system is still running.\n"))
            #expect(try rig.psql(port, "pgpool show num_init_children", "test") == "7")
            for server in [port + 6, port + 7] {
                #expect(
                    try rig.psql(
                        server, "select pg_is_in_recovery(), current_setting('archive_mode')",
                        "test") == "f|on")
            }
            let text = try String(contentsOfFile: "\(rig.cluster)/etc/pgpool.conf", encoding: .utf8)
            #expect(text.hasPrefix("# mine\nnum_init_children = 7\n"))
            #expect(text.contains("backend_clustering_mode = raw"))
            #expect(try rig.script("./shutdownall").isSuccess)
        }

        @Test("makes files alone with -e")
        func filesOnly() throws {
            let rig = try ClusterRig(user: ClusterRig.account)
            defer { rig.remove() }
            let port = try rig.basePort()
            let result = try rig.pgpoolSetup("-e", "-p", "\(port)")
            #expect(result.isSuccess, "\(result.summary)")
            #expect(!FileManager.default.fileExists(atPath: "\(rig.cluster)/data0"))
            let check = try rig.run(["check", "-f", "\(rig.cluster)/etc/pgpool.conf"])
            #expect(check.isSuccess, "\(check.summary)")
        }

        @Test("refuses what it cannot do, as scripts expect it")
        func refusals() throws {
            let rig = try ClusterRig(user: ClusterRig.account)
            defer { rig.remove() }
            let usage = try rig.pgpoolSetup("--help")
            #expect(usage.exit == .exited(1) && usage.output.hasPrefix("usage: "))
            let native = try rig.pgpoolSetup("-m", "r")
            #expect(native.exit == .exited(1), "\(native.summary)")
            #expect(native.errors.contains("native replication mode (-m r) is not supported"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: rig.cluster).isEmpty)

            #expect(FileManager.default.createFile(atPath: "\(rig.cluster)/file", contents: nil))
            let full = try rig.pgpoolSetup("-n", "1")
            #expect(full.exit == .exited(1))
            #expect(
                full.output.contains(
                    "Current directory is not empty. Please remove files and directories then try"
                        + " again."))
        }
    }
}
