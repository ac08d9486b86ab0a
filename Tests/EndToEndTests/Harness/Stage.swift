import Foundation
import LocalCluster
import Testing

/// The servers and proxies that the suites play on.
enum Stage {
    static let database = "e2e"

    private static let common = Result {
        try LocalCluster.create(standbys: 1, options: options())
    }

    /// A primary and a standby for all suites that leave them as they were.
    static func cluster() throws -> LocalCluster { try common.get() }

    /// A cluster of its own, for a test that breaks something.
    static func ownCluster(standbys: Int, settings: [String] = []) throws -> LocalCluster {
        var options = options()
        options.settings += settings
        return try LocalCluster.create(standbys: standbys, options: options)
    }

    private static func options() -> LocalClusterOptions {
        var options = LocalClusterOptions()
        options.databases = [database]
        options.maxConnections = 400
        return options
    }

    /// Starts a proxy before the common cluster, runs the test and stops the proxy.
    ///
    /// Whatever the test did: the proxy must still run then, leave when asked, and give back every
    /// server connection.
    static func withProxy(
        before cluster: LocalCluster? = nil,
        _ configure: (inout ProxyConfiguration) -> Void = { _ in },
        test: (ProxyProcess) throws -> Void
    ) throws {
        let cluster = try cluster ?? Self.cluster()
        var configuration = ProxyConfiguration()
        configure(&configuration)
        let proxy = try ProxyProcess(before: cluster, configuration: configuration)
        defer { proxy.kill() }
        try waitUntilRolesAreKnown(proxy)
        do {
            try test(proxy)
        } catch {
            Issue.record("\(error)\nlog of the proxy:\n\(logTail(proxy))")
        }
        #expect(proxy.isRunning, "the proxy ended by itself:\n\(logTail(proxy))")
        #expect(proxy.stop(.fast) == .exited(0), "\(logTail(proxy))")
        for node in cluster.nodes where node.isRunning {
            let gone = try Deadline.after(.seconds(15)).poll { try clientCount(node) == 0 }
            #expect(gone, "\(node.name) still has server connections of a proxy that is gone")
        }
    }

    /// The end of the proxy's log, for a failure message.
    static func logTail(_ proxy: ProxyProcess) -> String {
        proxy.log.split(separator: "\n").suffix(25).joined(separator: "\n")
    }

    /// What the proxy says about itself and the end of its log, for a failure message.
    static func state(_ proxy: ProxyProcess) -> String {
        let report = (try? proxy.status()).map { "\($0)" } ?? "no status"
        return "\(report)\n\(logTail(proxy))"
    }

    /// Waits until the proxy has asked all servers who is the primary.
    static func waitUntilRolesAreKnown(_ proxy: ProxyProcess) throws {
        let known = Deadline.after(.seconds(15)).poll {
            guard let nodes = try? proxy.status().nodes else { return false }
            let roles = nodes.filter { $0.state == "up" || $0.state == "waiting" }.map(\.role)
            return roles.contains("primary") && !roles.contains("unknown")
        }
        guard known else {
            throw LocalClusterError(.timedOut, "no primary found:\n\(logTail(proxy))")
        }
    }

    /// Client connections of the test's database on a server.
    static func clientCount(_ node: ClusterNode) throws -> Int {
        let text = try node.value(
            """
            select count(*) from pg_stat_activity
             where datname = '\(database)' and backend_type = 'client backend'
            """)
        return Int(text) ?? -1
    }

    /// Fresh pgbench tables on the primary, replayed everywhere.
    static func loadPgbench(_ cluster: LocalCluster, scale: Int = 1) throws {
        let result = try ClientTool.run(
            [
                cluster.installation.path("pgbench"), "-i", "-q", "-s", "\(scale)", "-h",
                cluster.folder, "-p", "\(cluster.primary.port)", "-U", "postgres", database,
            ])
        try #require(result.isSuccess, "\(result.summary)")
        try cluster.waitForReplication()
    }

    /// Index reads of pgbench_accounts, by the node's own statistics.
    static func accountReads(_ node: ClusterNode) throws -> Int {
        let text = try node.value(
            "select idx_scan from pg_stat_user_tables where relname = 'pgbench_accounts'",
            database: database)
        return Int(text) ?? 0
    }

    /// A number from the environment, so that a long run can use the same tests.
    static func size(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }
}
