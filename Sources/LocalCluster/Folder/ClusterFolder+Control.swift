import Foundation
import Glibc

/// Starting and stopping: whatever runs already, or no longer does, is left as it is.
extension ClusterFolder {
    /// What a start or stop did, for people.
    package enum Event: Sendable, Equatable {
        case started(String)
        case stopped(String)
        /// A former primary that must not run beside the present one.
        case leftStopped(Int, primary: Int)
    }

    /// Starts what does not run, the primary first and the proxy last, and waits until each of
    /// them can be used.
    ///
    /// - Parameter proxy: the program that runs as the proxy.
    package func start(proxy: String, watcher: (Event) -> Void) throws {
        let outdated = outdatedPrimaries()
        if let primary = outdated.isEmpty ? nil : currentPrimary() {
            for node in nodes where outdated.contains(node.index) && !node.isRunning {
                watcher(.leftStopped(node.index, primary: primary.index))
            }
        }
        let order = nodes.filter { !isStandby($0) } + nodes.filter(isStandby)
        for node in order where !node.isRunning && !outdated.contains(node.index) {
            try checkPort(node.port, of: node.name)
            try node.start()
            watcher(.started(node.name))
        }
        guard plan.hasProxy, !isProxyRunning else { return }
        try startProxy(proxy)
        watcher(.started("proxy"))
    }

    /// Stops what runs: the proxy, the primary, and then the standbys, which so have everything.
    package func stop(
        proxy: String, mode: ClusterNode.StopMode = .fast, watcher: (Event) -> Void
    ) throws {
        if plan.hasProxy, isProxyRunning {
            try control(proxy, ["stop", "-f", configurationFile, "-m", mode.rawValue])
            watcher(.stopped("proxy"))
        }
        let order = nodes.filter { !isStandby($0) } + nodes.filter(isStandby)
        for node in order where node.isRunning {
            try node.stop(mode)
            watcher(.stopped(node.name))
        }
    }

    /// Whether a proxy has the cluster's pid file, also one whose status socket is off.
    var isProxyRunning: Bool {
        guard let bytes = FileManager.default.contents(atPath: "\(runFolder)/pgpool.pid"),
            let processID = pid_t(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)),
            let name = try? String(contentsOfFile: "/proc/\(processID)/comm", encoding: .utf8)
        else { return false }
        return ProcessFacts.isAlive(processID) && ["trunkline\n", "pgpool\n"].contains(name)
    }

    /// What the proxy says about itself; nil when it does not run.
    package var proxyReport: ProxyReport? {
        let path = "\(socketFolder)/.s.TRUNKLINE.\(plan.proxyPort)"
        guard plan.hasProxy, let text = try? UnixSocket.readAll(path) else { return nil }
        return try? JSONDecoder().decode(ProxyReport.self, from: Data(text))
    }

    /// Waits until the proxy has found every node and lets it work.
    package func waitForProxy(within limit: Duration = .seconds(30)) throws {
        let done = Deadline.after(limit).poll {
            guard let report = proxyReport else { return false }
            return report.nodes.allSatisfy { $0.state == "up" }
        }
        guard done else {
            let state = proxyReport.map { "\($0.nodes)" } ?? "it does not answer"
            throw LocalClusterError(
                .timedOut,
                "the proxy has not got all nodes up: \(state)\nIts log is in \(logFolder)")
        }
    }

    private func startProxy(_ program: String) throws {
        for (purpose, port) in plan.ports.prefix(while: { !$0.purpose.hasPrefix("node") }) {
            try checkPort(port, of: purpose)
        }
        try control(
            program, ["start", "-f", configurationFile, "-F", pcpFile, "-a", hbaFile])
    }

    /// Runs the proxy's program under the servers' account, so that it may do for them what an
    /// operator would.
    private func control(_ program: String, _ arguments: [String]) throws {
        let result = try ClientTool.run(
            ["/usr/bin/env", "-C", path] + installation.asServerAccount + [program] + arguments,
            within: .seconds(120))
        guard result.isSuccess else {
            throw LocalClusterError(
                .cannotStart, "the proxy: \(arguments[0]) failed: \(result.summary)")
        }
    }

    private func checkPort(_ port: UInt16, of user: String) throws {
        guard !FreePort.isFree(port) else { return }
        let owner = ProcessFacts.listener(on: port).map { " by \($0)" } ?? ""
        throw LocalClusterError(.refused, "port \(port), of \(user), is taken\(owner)")
    }
}

// MARK: Who is the primary

extension ClusterFolder {
    /// Whether the server starts as a standby.
    func isStandby(_ node: ClusterNode) -> Bool {
        FileManager.default.fileExists(atPath: "\(node.dataFolder)/standby.signal")
    }

    /// The node that takes writes when it runs.
    func currentPrimary() -> ClusterNode? {
        nodes.filter { !isStandby($0) }.max { timeline($0) < timeline($1) }
    }

    /// Former primaries: others have been promoted since, on a timeline that these have not seen.
    /// Started as they are they would take writes that nobody else has.
    func outdatedPrimaries() -> Set<Int> {
        guard plan.replication == .streaming else { return [] }
        let primaries = nodes.filter { !isStandby($0) }
        guard primaries.count > 1, let newest = nodes.map(timeline).max() else { return [] }
        return Set(primaries.filter { timeline($0) < newest }.map(\.index))
    }

    /// The highest timeline that the data directory knows of: of its last checkpoint, or of a
    /// promotion that no checkpoint has followed yet.
    private func timeline(_ node: ClusterNode) -> Int {
        let wal =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(node.dataFolder)/pg_wal"))
        let promotions = (wal ?? []).filter { $0.hasSuffix(".history") }
            .compactMap { Int($0.prefix(8), radix: 16) }
        let answer = try? ClientTool.run(
            installation.asServerAccount
                + [installation.path("pg_controldata"), "-D", node.dataFolder],
            within: .seconds(10))
        let label = "Latest checkpoint's TimeLineID:"
        let checkpoint = answer?.output.split(separator: "\n").first { $0.hasPrefix(label) }
            .flatMap { Int($0.dropFirst(label.count).drop { $0 == " " }) }
        return max(checkpoint ?? 0, promotions.max() ?? 0)
    }
}
