import Foundation
import Glibc
import LocalCluster
import Testing

/// A cluster of its own before a proxy, for tests in which nodes come back.
struct RecoveryScene {
    let cluster: LocalCluster
    let proxy: ProxyProcess
    let pcpPort: UInt16

    /// Runs a test; the primary is node 0 and all nodes are up when it begins.
    ///
    /// - Parameter endsProxy: whether the test kills the proxy, and answers for its successor.
    static func play(
        standbys: Int = 1, _ lines: [String] = [], weights: [Double] = [],
        endsProxy: Bool = false, test: (RecoveryScene) throws -> Void
    ) throws {
        let cluster = try Stage.ownCluster(standbys: standbys)
        defer { cluster.destroy() }
        // A server that is started by others listens where ours do.
        for node in cluster.nodes {
            try append("unix_socket_directories = '\(cluster.folder)'", to: node)
        }
        try cluster.primary.sql("create table kept (n int)", database: Stage.database)
        try Stage.loadPgbench(cluster)
        let port = try FreePort.next()
        func configure(_ configuration: inout ProxyConfiguration) {
            configuration.pcpPort = port
            configuration.pcpEntries = [PCPTools.entry]
            configuration.weights = weights
            configuration.extraLines =
                [
                    "health_check_period = 1", "health_check_timeout = 5",
                    "recovery_timeout = 60", "recovery_verify_timeout = 60",
                    "recovery_keep_old = 0", "failover_builtin_promotion = on",
                ] + lines
        }
        guard endsProxy else {
            return try Stage.withProxy(before: cluster, configure) { proxy in
                try test(RecoveryScene(cluster: cluster, proxy: proxy, pcpPort: port))
            }
        }
        var configuration = ProxyConfiguration()
        configure(&configuration)
        let proxy = try ProxyProcess(before: cluster, configuration: configuration)
        defer { proxy.kill() }
        try Stage.waitUntilRolesAreKnown(proxy)
        try test(RecoveryScene(cluster: cluster, proxy: proxy, pcpPort: port))
    }

    static func append(_ line: String, to node: ClusterNode) throws {
        let file = "\(node.dataFolder)/postgresql.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + line + "\n").write(toFile: file, atomically: false, encoding: .utf8)
    }

    var configuration: String { "\(proxy.folder)/pgpool.conf" }

    /// Adds a line to the configuration, and has it read.
    func configure(_ line: String) throws {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try (text + line + "\n").write(
            toFile: configuration, atomically: true, encoding: .utf8)
        kill(proxy.processID, SIGHUP)
    }

    /// `trunkline node recover NODE ...`
    func recover(_ node: Int, _ words: String...) throws -> ToolResult { try recover(node, words) }

    func recover(_ node: Int, _ words: [String]) throws -> ToolResult {
        try ClientTool.run(
            [try ProxyProcess.findBinary(), "node", "recover", "-f", configuration, "\(node)"]
                + words, within: .seconds(180))
    }

    /// Recovers a node, which has to serve what the primary has when it is done.
    ///
    /// - Parameter load: what goes on meanwhile; no client of it may have met an error.
    @discardableResult
    func expectRecovered(
        _ node: Int, _ words: String..., from primary: Int = 0, under load: ClientTool? = nil
    ) throws -> ToolResult {
        let result = try recover(node, words)
        #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(proxy))")
        waitUntil(node, is: "up")
        if let load { expectGood(load) }
        try expectSame(node, as: primary)
        return result
    }

    /// Stops a node's server at once; the proxy has noticed when this returns.
    func stop(_ node: Int, _ mode: ClusterNode.StopMode = .immediate) throws {
        try cluster.nodes[node].stop(mode)
        waitUntil(node, is: "down")
    }

    /// Stops a node's server and removes all that it had.
    func wipe(_ node: Int) throws {
        try cluster.nodes[node].stop(.immediate)
        try FileManager.default.removeItem(atPath: cluster.nodes[node].dataFolder)
        waitUntil(node, is: "down")
    }

    /// Waits until the state file has a node's recovery in this phase.
    func waitUntil(_ node: Int, isIn phase: String, _ seconds: Int = 60) {
        let isThere = wait(seconds) { journaledPhase(node) == phase }
        #expect(isThere, "\(phase) was not reached:\n\(Stage.state(proxy))")
    }

    func recoverInBackground(_ node: Int, _ words: String...) throws {
        let result = try recover(node, ["--async"] + words)
        try #require(result.isSuccess, "\(result.summary)\n\(Stage.state(proxy))")
    }

    func state(_ node: Int) -> String? { try? proxy.status().nodes[node].state }
    func role(_ node: Int) -> String? { try? proxy.status().nodes[node].role }

    func wait(_ seconds: Int = 60, until condition: () throws -> Bool) -> Bool {
        Deadline.after(.seconds(seconds)).poll { (try? condition()) == true }
    }

    func waitUntil(_ node: Int, is state: String, _ seconds: Int = 60) {
        let isSo = wait(seconds) { self.state(node) == state }
        #expect(isSo, "node \(node) is not \(state):\n\(Stage.state(proxy))")
    }

    /// The state file.
    var journal: String {
        (try? String(contentsOfFile: "\(proxy.folder)/trunkline_state.json", encoding: .utf8))
            ?? ""
    }

    /// The phase in the state file, which is what the next run of a proxy would find.
    func journaledPhase(_ node: Int) -> String? {
        guard
            let record = try? JSONSerialization.jsonObject(with: Data(journal.utf8))
                as? [String: Any],
            let recoveries = record["recoveries"] as? [[String: Any]]
        else { return nil }
        return recoveries.first { $0["node"] as? Int == node }?["phase"] as? String
    }

    /// Another proxy with the same files, after the first has died.
    func successor() throws -> ClientTool {
        let tool = try ClientTool([
            "/usr/bin/env", "-C", proxy.folder, try ProxyProcess.findBinary(), "run", "-f",
            configuration, "-F", "\(proxy.folder)/pcp.conf",
        ])
        let port = proxy.port
        let answers = Deadline.after(.seconds(30)).poll { FreePort.isListening(port) }
        try #require(answers, "\(tool.errorsSoFar)")
        return tool
    }

    /// Writes that go on through the proxy meanwhile; none may fail.
    func load(seconds: Int) throws -> ClientTool {
        let clients = try Clients(proxy, cluster)
        return try ClientTool(
            [cluster.installation.path("pgbench")] + clients.target
                + ["-n", "-N", "-c", "2", "-T", "\(seconds)", Stage.database])
    }

    /// No client of the load met an error.
    func expectGood(_ load: ClientTool) {
        let result = load.finish(within: .seconds(90))
        #expect(result.isSuccess, "\(result.summary)")
        #expect(!result.errors.contains("aborted"), "\(result.errors)")
    }

    /// Every table has as many rows, and the same ones, on both nodes.
    func expectSame(_ node: Int, as primary: Int) throws {
        try cluster.nodes[primary].sql("select pg_switch_wal()")
        let wanted = try digest(cluster.nodes[primary])
        let isSame = wait(30) { try digest(cluster.nodes[node]) == wanted }
        let found = try digest(cluster.nodes[node])
        #expect(isSame, "\(found) instead of \(wanted)")
    }

    private func digest(_ node: ClusterNode) throws -> String {
        try node.value(
            """
            select (select count(*) from kept) || ' ' || (select sum(n) from kept) || ' ' ||
              (select count(*) from pgbench_history) || ' ' ||
              (select sum(abalance) from pgbench_accounts)
            """, database: Stage.database)
    }

    /// How many replication slots recoveries have made on the first node; nil if it does not say.
    var slots: Int? {
        let count = try? cluster.primary.value(
            "select count(*) from pg_replication_slots where slot_name like 'pgpool%'")
        return count.flatMap { Int($0) }
    }

    /// What a recovery has left beside a data directory that it should have removed.
    func leftovers(_ node: Int) -> [String] {
        let folder = URL(fileURLWithPath: cluster.nodes[node].dataFolder)
        let names =
            (try? FileManager.default.contentsOfDirectory(
                atPath: folder.deletingLastPathComponent().path)) ?? []
        let passing = ["new", "old", "copy", "trash", "job", "job-lock", "job-pass", "tainted"]
        let wanted = passing.map { "\(folder.lastPathComponent).trunkline-\($0)" }
        return names.filter(wanted.contains)
    }
}
