import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("operation")
    struct OperationTests {
        @Test("a reload applies to new sessions, and a broken file changes nothing")
        func reload() throws {
            let cluster = try Stage.cluster()
            try Stage.loadPgbench(cluster)
            var configuration = ProxyConfiguration()
            configuration.weights = [1, 0]
            configuration.extraLines = ["relcache_query_timeout = 5s"]
            let proxy = try ProxyProcess(before: cluster, configuration: configuration)
            defer { proxy.kill() }
            try Stage.waitUntilRolesAreKnown(proxy)
            let clients = try Clients(proxy)
            func weights() throws -> [Double] { try proxy.status().nodes.map { $0.weight } }
            let first = try weights()
            #expect(first[0] > 0 && first[1] == 0)

            configuration.weights = [0, 1]
            try proxy.reload(configuration)
            let applied = try Deadline.after(.seconds(10)).poll {
                let now = try weights()
                return now[0] == 0 && now[1] > 0
            }
            #expect(applied, "\(Stage.state(proxy))")
            let before = try Stage.accountReads(cluster.nodes[1])
            try clients.pgbench(["-n", "-S", "-c", "4", "-t", "50"])

            configuration.weights = [1, 0]
            configuration.extraLines = ["client_idle_limit = soon"]
            try proxy.reload(configuration)
            #expect(Deadline.after(.seconds(10)).poll { proxy.log.contains("client_idle_limit") })
            try #expect(weights()[0] == 0)
            try #expect(clients.psql("select 1") == "1")
            #expect(proxy.stop(.fast) == .exited(0), "\(Stage.logTail(proxy))")
            // A server counts what a backend did when that has ended.
            _ = try Deadline.after(.seconds(30)).poll {
                try Stage.clientCount(cluster.nodes[1]) == 0
            }
            try #expect(Stage.accountReads(cluster.nodes[1]) - before == 200)
        }

        @Test("smart stop lets the clients finish")
        func smart() throws {
            let proxy = try ProxyProcess(before: Stage.cluster())
            defer { proxy.kill() }
            try Clients(proxy).scenario("shutdown.py", "smart", proxy.processID)
            let ended = Deadline.after(.seconds(10)).poll { proxy.exit != nil }
            #expect(ended && proxy.exit == .exited(0), "\(Stage.logTail(proxy))")
            #expect(!FileManager.default.fileExists(atPath: "\(proxy.folder)/trunkline.pid"))
            #expect(
                !FileManager.default.fileExists(
                    atPath: "\(proxy.socketFolder)/.s.PGSQL.\(proxy.port)"))
        }

        @Test("fast stop sends everybody away at once")
        func fast() throws {
            let proxy = try ProxyProcess(before: Stage.cluster())
            defer { proxy.kill() }
            try Clients(proxy).scenario("shutdown.py", "fast", proxy.processID)
            let ended = Deadline.after(.seconds(10)).poll { proxy.exit != nil }
            #expect(ended && proxy.exit == .exited(0), "\(Stage.logTail(proxy))")
        }

        @Test("a second instance is refused; after kill -9 a new one takes over the leftovers")
        func secondInstance() throws {
            let cluster = try Stage.cluster()
            let proxy = try ProxyProcess(before: cluster)
            defer { proxy.kill() }
            let command = [
                try ProxyProcess.findBinary(), "run", "-f", "\(proxy.folder)/pgpool.conf",
            ]
            let second = try ClientTool.run(command, within: .seconds(10))
            #expect(!second.timedOut && second.exit != .exited(0), "\(second.summary)")
            #expect(
                (second.errors + second.output).contains("is another pgpool"), "\(second.summary)")
            let clients = try Clients(proxy)
            try #expect(clients.psql("select 1") == "1")

            proxy.kill()
            let successor = try ClientTool(command)
            let serves = try Deadline.after(.seconds(10)).poll {
                try clients.run("psql", ["-XAtqd", Stage.database, "-c", "select 1"]).output
                    == "1\n"
            }
            #expect(serves, "\(successor.errorsSoFar)")
            successor.signal(SIGINT)
            #expect(successor.finish(within: .seconds(10)).isSuccess)
        }
    }
}
