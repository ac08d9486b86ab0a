import LocalCluster
import Testing
import trunkline

@Suite struct ClusterTableTests {
    private func node(
        _ index: Int, _ state: String, role: String? = nil, lag: Int64? = nil, proxy: String? = nil
    ) -> ClusterReport.Node {
        ClusterReport.Node(
            name: "node\(index)", port: UInt16(10_002 + index),
            processID: state == "stopped" ? nil : 100, role: role, state: state, lagBytes: lag,
            proxyState: proxy)
    }

    private var proxy: ProxyReport {
        ProxyReport(
            version: "0", pid: 7, uptimeSeconds: 1, state: "running", clients: 2, waitingClients: 0,
            nodes: [])
    }

    @Test("each node has a line, and the proxy one")
    func table() {
        let report = ClusterReport(
            nodes: [
                node(0, "stopped", proxy: "down"),
                node(1, "running", role: "primary", proxy: "up"),
                node(2, "streaming", role: "standby", lag: 20_480, proxy: "waiting"),
            ], proxy: proxy)
        #expect(
            ClusterTable.text(report, ClusterPlan()) == """
                node   port   pid  role     state      lag    proxy
                node0  10002  -    -        stopped    -      down
                node1  10003  100  primary  running    -      up
                node2  10004  100  standby  streaming  20 kB  waiting
                proxy: running, port 9999, PCP port 10000, pid 7, clients 2

                """)
    }

    @Test("nodes on hosts say where, and what is in the way of asking")
    func hosts() {
        var plan = ClusterPlan()
        plan.nodeCount = 2
        plan.hasProxy = false
        plan.hosts = ClusterHosts(names: ["pg1", "pg2"])
        let running = ServerFacts(
            node: 0, processID: 100, startsAsStandby: false, timeline: 1,
            answer: .init(isStandby: false, isStreaming: false, position: 1))
        let report = ClusterReport(plan, [running], problems: [1: "pg2: no way"], proxy: nil)
        #expect(
            ClusterTable.text(report, plan) == """
                node   host  port   pid  role     state        lag  proxy
                node0  pg1   10002  100  primary  running      -    -
                node1  pg2   10002  -    -        unreachable  -    -
                node1: pg2: no way

                """)
        #expect(ClusterTable.exitCode(report, plan) == 1)
        // Nobody knows whether they run.
        let silent = ClusterReport(plan, [], problems: [0: "x", 1: "y"], proxy: nil)
        #expect(ClusterTable.exitCode(silent, plan) == 1)
    }

    @Test("the exit code tells all, some and nothing apart")
    func exitCodes() {
        let up = node(0, "running", role: "primary", proxy: "up")
        let down = node(1, "stopped", proxy: "down")
        var servers = ClusterPlan()
        servers.hasProxy = false
        func code(_ nodes: [ClusterReport.Node], _ proxy: ProxyReport?, _ plan: ClusterPlan)
            -> Int32
        {
            ClusterTable.exitCode(ClusterReport(nodes: nodes, proxy: proxy), plan)
        }
        #expect(code([up], proxy, ClusterPlan()) == 0)
        #expect(code([up, down], proxy, ClusterPlan()) == 1)
        #expect(code([up], nil, ClusterPlan()) == 1)
        #expect(code([node(0, "no answer", proxy: "up")], proxy, ClusterPlan()) == 1)
        #expect(code([node(0, "running", role: "primary")], nil, servers) == 0)
        #expect(code([node(0, "stopped")], nil, ClusterPlan()) == 3)
    }

    @Test("without HTTP its port is not mentioned; a stopped proxy is")
    func proxyLine() {
        var plan = ClusterPlan()
        plan.httpPort = 10_001
        let report = ClusterReport(nodes: [], proxy: proxy)
        #expect(ClusterTable.text(report, plan).contains("PCP port 10000, HTTP port 10001, pid 7"))
        #expect(
            ClusterTable.text(ClusterReport(nodes: [], proxy: nil), plan)
                .hasSuffix("proxy: stopped, port 9999\n"))
        plan.hasProxy = false
        #expect(!ClusterTable.text(report, plan).contains("proxy:"))
    }
}
