import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("failures")
    struct FailureTests {
        @Test("a killed standby is noticed by nobody who was between two statements")
        func killedStandby() throws {
            let cluster = try Stage.ownCluster(standbys: 2)
            defer { cluster.destroy() }
            try Stage.loadPgbench(cluster)
            try Stage.withProxy(before: cluster) { proxy in
                let clients = try Clients(proxy, cluster)
                try play(clients, "between_statements", 30) { cluster.nodes[2].kill() }
                let down = Deadline.after(.seconds(15)).poll {
                    (try? proxy.status().nodes[2].state) == "down"
                }
                #expect(down, "\(Stage.state(proxy))")
                try clients.pgbench(["-n", "-S", "-c", "10", "-t", "100"])
                try clients.pgbench(["-n", "-c", "4", "-t", "20"])
            }
        }

        @Test("a frozen standby does not hold up sessions on the primary")
        func frozenStandby() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            defer { cluster.destroy() }
            try Stage.withProxy(before: cluster) { proxy in
                let clients = try Clients(proxy, cluster)
                try play(clients, "on_primary") { cluster.nodes[1].freeze() }
                cluster.nodes[1].thaw()
            }
        }

        @Test("after a promotion writes go to the new primary")
        func promotion() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            defer { cluster.destroy() }
            try cluster.primary.sql("create table survivors (a int)", database: Stage.database)
            try cluster.waitForReplication()
            try Stage.withProxy(before: cluster) { proxy in
                let clients = try Clients(proxy, cluster)
                try clients.scenario("failover.py", "writes_again", 10)
                try cluster.waitForReplication()
                try cluster.primary.stop(.immediate)
                try cluster.nodes[1].promote()
                print("writes again after", try clients.scenario("failover.py", "writes_again", 20))
                // An attempt whose answer was lost may have counted.
                let rows = try cluster.nodes[1].value(
                    "select count(*) >= 2 from survivors", database: Stage.database)
                #expect(rows == "t")
                let roles = try proxy.status().nodes.map(\.role)
                #expect(roles[1] == "primary", "\(roles)")
            }
        }

        @Test("a server that ends a session is not the end of the proxy")
        func terminatedBackend() throws {
            let cluster = try Stage.cluster()
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                let victim = try ClientTool(
                    [cluster.installation.path("psql")] + clients.target
                        + [
                            "-XAtqd", Stage.database, "-c",
                            "create temp table x (); select pg_sleep(30)",
                        ])
                let found = try Deadline.after(.seconds(10)).poll {
                    try !cluster.primary.sql(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                          where query like '%pg_sleep(30)' and state = 'active' and pid <> pg_backend_pid()
                        """
                    ).isEmpty
                }
                #expect(found)
                let result = victim.finish(within: .seconds(10))
                #expect(!result.isSuccess && !result.timedOut, "\(result.summary)")
                #expect(result.errors.contains("terminating connection"), "\(result.summary)")
                try #expect(clients.psql("select 1") == "1")
            }
        }

        /// Starts a scenario that says when it is ready, does something to the servers, and lets
        /// it go on.
        private func play(
            _ clients: Clients, _ scenario: String, _ arguments: Int..., event: () -> Void
        ) throws {
            let folder = clients.proxy.folder
            let tool = try clients.start(
                "failover.py", scenario, [folder] + arguments.map { "\($0)" })
            let ready = Deadline.after(.seconds(20)).poll {
                FileManager.default.fileExists(atPath: "\(folder)/ready")
            }
            #expect(ready, "\(tool.errorsSoFar)")
            event()
            try "".write(toFile: "\(folder)/go", atomically: false, encoding: .utf8)
            let result = tool.finish(within: .seconds(60))
            #expect(result.isSuccess, "\(result.summary)\n\(Stage.logTail(clients.proxy))")
        }
    }
}
