import Foundation
import LocalCluster
import TestSupport
import Testing

extension EndToEnd {
    @Suite("metrics and health")
    struct MetricsTests {
        /// A proxy with its HTTP port before a cluster of its own.
        private func withObservedProxy(
            _ lines: [String] = [],
            _ test: (ProxyProcess, LocalCluster, WebClient) throws -> Void
        ) throws {
            let cluster = try Stage.ownCluster(standbys: 2)
            defer { cluster.destroy() }
            try Stage.loadPgbench(cluster)
            let port = try FreePort.next()
            try Stage.withProxy(before: cluster) {
                $0.extraLines =
                    ["http_port = \(port)", "statement_level_load_balance = on"] + lines
            } test: { proxy in
                try test(proxy, cluster, WebClient(port: port))
            }
        }

        private func scrape(_ web: WebClient) throws -> PrometheusText {
            let answer = try web.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
            return try PrometheusText(answer.body)
        }

        @Test("numbers agree with what pgbench did, and a killed standby is seen")
        func traffic() throws {
            try withObservedProxy { proxy, cluster, web in
                let clients = try Clients(proxy, cluster)
                let before = try scrape(web)
                for node in 0...2 {
                    #expect(before["trunkline_node_up{node=\"\(node)\"}"] == 1)
                }
                #expect(before["trunkline_node_primary{node=\"0\"}"] == 1)
                #expect(before["trunkline_ready"] == 1)
                try #expect(web.get("/readyz").body == "ready\n")

                let load = try ClientTool(
                    [cluster.installation.path("pgbench")] + clients.target
                        + ["-n", "-S", "-c", "5", "-T", "60", "-M", "prepared", Stage.database])
                let isSeen = try Deadline.after(.seconds(10)).poll {
                    try scrape(web)["trunkline_session_permits_used"] == 5
                }
                #expect(isSeen)
                let during = try scrape(web)
                #expect(during.sum("trunkline_sessions{") == 5)
                #expect(during["trunkline_clients"] == 5)
                load.signal(SIGINT)
                _ = load.finish(within: .seconds(30))
                try clients.pgbench(["-n", "-c", "2", "-t", "50"])

                let after = try scrape(web)
                func grown(_ prefix: String) -> Double { after.sum(prefix) - before.sum(prefix) }
                #expect(grown("trunkline_requests_total{kind=\"read\"") > 100)
                #expect(grown("trunkline_requests_total{kind=\"write\",node=\"0\"") >= 100 * 4)
                #expect(after.sum("trunkline_requests_total{kind=\"write\",node=\"1\"") == 0)
                // Whatever went to a node came back, and took its time.
                let asked = grown("trunkline_requests_total{")
                let timed = grown("trunkline_request_duration_seconds_count{")
                #expect(timed > asked * 0.5 && timed <= asked * 1.5, "\(asked) \(timed)")
                for node in 0...2 {
                    let labels = "{kind=\"read\",node=\"\(node)\"}"
                    let count = after["trunkline_request_duration_seconds_count\(labels)"] ?? 0
                    let sum = after["trunkline_request_duration_seconds_sum\(labels)"] ?? 0
                    #expect(count > 0)
                    #expect(sum > 0 && sum / max(count, 1) < 1, "\(sum) s in \(count)")
                }
                #expect(grown("trunkline_statements_total{kind=\"select\"") > 100)
                #expect(grown("trunkline_routing_decisions_total{reason=\"balanced_read\"") > 100)

                cluster.nodes[2].kill()
                let isDown = try Deadline.after(.seconds(15)).poll {
                    try scrape(web)["trunkline_node_up{node=\"2\"}"] == 0
                }
                #expect(isDown, "\(Stage.state(proxy))")
                try #expect(web.get("/readyz").status == 200)
                let events = try web.get("/api/status").body
                #expect(events.contains("node 2 does not answer"), "\(events)")
            }
        }

        @Test("a failover is counted, with the time that it took")
        func failover() throws {
            let lines = [
                "failover_builtin_promotion = on", "health_check_period = 1",
                "health_check_timeout = 2",
            ]
            try withObservedProxy(lines) { proxy, cluster, web in
                let kind = "{kind=\"failover\"}"
                let before = try scrape(web)
                #expect(before["trunkline_primary_change_timestamp_seconds\(kind)"] == nil)
                let key = "trunkline_primary_changes_total{kind=\"failover\",outcome=\"done\"}"
                #expect(before[key] == 0)
                cluster.primary.kill()
                let isDone = try Deadline.after(.seconds(30)).poll { try scrape(web)[key] == 1 }
                #expect(isDone, "\(Stage.state(proxy))")
                let after = try scrape(web)
                let took = after["trunkline_primary_change_duration_seconds\(kind)"] ?? -1
                #expect(took >= 0 && took < 30)
                #expect((after["trunkline_primary_change_timestamp_seconds\(kind)"] ?? 0) > 1e9)
                #expect(after["trunkline_node_primary{node=\"0\"}"] == 0)
                #expect(after.sum("trunkline_node_primary{") == 1)
                #expect(after["trunkline_ready"] == 1)
                try #expect(web.get("/api/status").body.contains("failover done: node"))
            }
        }

        @Test("requests that are wrong are told so, and nobody can change anything")
        func badRequests() throws {
            try withObservedProxy { _, _, web in
                try #expect(web.get("/healthz").body == "ok\n")
                try #expect(web.get("/nothing").status == 404)
                for method in ["POST", "PUT", "DELETE"] {
                    try #expect(web.get("/metrics", ["-X", method]).status == 405)
                }
                try #expect(web.get("/", ["-d", "x=y"]).status == 413)
                try #expect(web.get("/", ["-H", "Host:"]).status == 400)
                let long = String(repeating: "a", count: 9000)
                try #expect(web.get("/", ["-H", "X-Long: \(long)"]).status == 431)
                try #expect(web.get("/\(long)").status == 414)
                let page = try web.get("/")
                #expect(page.status == 200 && page.body.contains("<title>Trunkline</title>"))
            }
        }

        @Test("a port that is taken ends the start with words that help")
        func portInUse() throws {
            let cluster = try Stage.cluster()
            let taken = cluster.primary.port
            var configuration = ProxyConfiguration()
            configuration.extraLines = [
                "http_port = \(taken)", "http_listen_addresses = '127.0.0.1'",
            ]
            do {
                let proxy = try ProxyProcess(before: cluster, configuration: configuration)
                proxy.kill()
                Issue.record("it started all the same")
            } catch {
                #expect("\(error)".contains("HTTP: could not listen on 127.0.0.1:\(taken)"))
                #expect("\(error)".contains("http_port"))
            }
        }

        @Test("without a primary and with no standby up it is not ready")
        func notReady() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            defer { cluster.destroy() }
            let port = try FreePort.next()
            try Stage.withProxy(before: cluster) {
                $0.extraLines = ["http_port = \(port)"]
            } test: { proxy in
                let web = WebClient(port: port)
                cluster.primary.kill()
                let isReadOnly = try Deadline.after(.seconds(20)).poll {
                    try web.get("/readyz").body == "ready for reads only: no primary is up\n"
                }
                #expect(isReadOnly, "\(Stage.state(proxy))")
                try #expect(scrape(web).sum("trunkline_node_primary{") == 0)
                cluster.nodes[1].kill()
                let isOut = try Deadline.after(.seconds(20)).poll {
                    try web.get("/readyz").status == 503
                }
                #expect(isOut, "\(Stage.state(proxy))")
                try #expect(web.get("/healthz").status == 200)
                try #expect(web.get("/readyz").body == "no node is up\n")
                try #expect(scrape(web)["trunkline_ready"] == 0)
            }
        }

        @Test("the page shows three nodes, one that dies, and that the proxy is gone")
        func page() throws {
            let cluster = try Stage.ownCluster(standbys: 2)
            defer { cluster.destroy() }
            try Stage.loadPgbench(cluster)
            let port = try FreePort.next()
            var configuration = ProxyConfiguration()
            configuration.extraLines = [
                "http_port = \(port)", "statement_level_load_balance = on",
            ]
            let proxy = try ProxyProcess(before: cluster, configuration: configuration)
            defer { proxy.kill() }
            try Stage.waitUntilRolesAreKnown(proxy)
            let clients = try Clients(proxy, cluster)
            let load = try ClientTool(
                [cluster.installation.path("pgbench")] + clients.target
                    + ["-n", "-S", "-c", "3", "-R", "200", "-T", "600", Stage.database])
            let browser = try ClientTool(
                [Clients.python, "-B", Clients.path("browser.py"), "live", "\(port)"])
            try wait(for: "three nodes", browser, proxy)
            cluster.nodes[2].kill()
            try wait(for: "one is down", browser, proxy)
            proxy.kill()
            try wait(for: "no answer", browser, proxy)
            let result = browser.finish(within: .seconds(90))
            #expect(result.isSuccess, "\(result.summary)")
            load.signal(SIGINT)
            _ = load.finish(within: .seconds(10))
        }

        private func wait(
            for words: String, _ browser: ClientTool, _ proxy: ProxyProcess
        ) throws {
            let isSeen = Deadline.after(.seconds(90)).poll {
                browser.outputSoFar.contains(words) || !browser.isRunning
            }
            try #require(
                isSeen && browser.outputSoFar.contains(words),
                "\(words): \(browser.outputSoFar)\n\(browser.errorsSoFar)\n\(Stage.logTail(proxy))")
        }
    }
}
