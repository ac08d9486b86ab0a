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
        /// Names that were not made with the cluster and stay, with their folder; on a host, if
        /// that is named.
        case kept([String], host: String?)
        /// A host's folder is another cluster now.
        case foreign(host: String)
        /// A host that does not answer, and why.
        case unreachable(String)
    }

    /// Starts what does not run, the primary first and the proxy last, and waits until each of
    /// them can be used.
    ///
    /// - Parameters:
    ///   - proxy: the program that runs as the proxy.
    ///   - leavesOut: whether hosts that do not answer are left out. One of them might have the
    ///     primary: otherwise nothing is started then.
    package func start(
        proxy: String, leavesOut: Bool = false, watcher: (Event) -> Void
    ) throws {
        let (servers, silent) = try examine()
        for reason in silent where leavesOut { watcher(.unreachable(reason)) }
        guard silent.isEmpty || leavesOut else {
            throw LocalClusterError(
                .unreachable,
                (silent + [
                    "Nothing was started: the primary may be there. --reachable starts the"
                        + " others all the same"
                ]).joined(separator: "\n"))
        }
        let outdated = plan.replication == .streaming ? servers.outdatedPrimaries : []
        if let primary = outdated.isEmpty ? nil : servers.currentPrimary {
            for server in servers where outdated.contains(server.node) && server.processID == nil {
                watcher(.leftStopped(server.node, primary: primary))
            }
        }
        for server in servers.primariesFirst
        where server.processID == nil && !outdated.contains(server.node) {
            _ = try part(of: server.node).perform(.start(node: server.node))
            watcher(.started(plan.name(server.node)))
        }
        guard plan.hasProxy, !isProxyRunning else { return }
        try startProxy(proxy)
        watcher(.started("proxy"))
    }

    /// Stops what runs: the proxy, the primary, and then the standbys, which so have everything.
    /// Hosts that do not answer are told at the end.
    package func stop(
        proxy: String, mode: ClusterNode.StopMode = .fast, watcher: (Event) -> Void
    ) throws {
        try stopProxy(proxy, mode, watcher)
        var (servers, silent) = try examine()
        servers.removeAll { $0.processID == nil }
        for server in servers.primariesFirst {
            do {
                _ = try part(of: server.node).perform(.stop(node: server.node, mode))
                watcher(.stopped(plan.name(server.node)))
            } catch let error as LocalClusterError {
                // The others are stopped all the same.
                silent.append(error.description)
            }
        }
        guard silent.isEmpty else {
            throw LocalClusterError(.unreachable, silent.joined(separator: "\n"))
        }
    }

    /// What is known of the servers, and why nothing is known of others: their host does not answer,
    /// or has not what it takes any more.
    private func examine() throws -> (servers: [ServerFacts], silent: [String]) {
        var servers: [ServerFacts] = []
        var silent: [String] = []
        for part in serverParts {
            do {
                servers += try part.examine(asks: false)
            } catch let error as LocalClusterError where part.node != nil {
                silent.append(error.description)
            }
        }
        return (servers, silent)
    }

    /// Stops everything at once and removes what was made with the cluster, here and on its hosts;
    /// the folders, too, if nothing else is in them.
    ///
    /// While a host does not answer the marker stays here, so that it can be done again.
    package func destroy(proxy: String, watcher: (Event) -> Void) throws {
        try stopProxy(proxy, .immediate, watcher)
        var left: [String] = []
        for part in plan.hosts == nil ? [] : serverParts {
            do {
                if let others = try part.discard() {
                    if !others.isEmpty { watcher(.kept(others, host: part.host)) }
                } else {
                    watcher(.foreign(host: part.host ?? ""))
                }
            } catch let error as LocalClusterError {
                left.append(error.description)
            }
        }
        guard left.isEmpty else {
            throw LocalClusterError(
                .unreachable,
                (left + [
                    "\(path) stays until this could be removed, too: do it again then. If a host is"
                        + " gone for good, remove \(path) here by hand"
                ])
                .joined(separator: "\n"))
        }
        if let others = try home.discard(), !others.isEmpty { watcher(.kept(others, host: nil)) }
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
        for (purpose, port) in plan.proxyPorts { try checkPort(port, of: purpose) }
        try control(
            program, ["start", "-f", configurationFile, "-F", pcpFile, "-a", hbaFile])
    }

    private func stopProxy(
        _ program: String, _ mode: ClusterNode.StopMode, _ watcher: (Event) -> Void
    ) throws {
        guard plan.hasProxy, isProxyRunning else { return }
        try control(program, ["stop", "-f", configurationFile, "-m", mode.rawValue])
        watcher(.stopped("proxy"))
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

    func checkPort(_ port: UInt16, of user: String, isFree: (UInt16) -> Bool = FreePort.isFree)
        throws
    {
        guard !isFree(port) else { return }
        let owner = ProcessFacts.listener(on: port).map { " by \($0)" } ?? ""
        throw LocalClusterError(.refused, "port \(port), of \(user), is taken\(owner)")
    }
}

// MARK: Who is the primary

extension [ServerFacts] {
    /// The node that takes writes when it runs.
    package var currentPrimary: Int? {
        filter { !$0.startsAsStandby }.max { $0.timeline < $1.timeline }?.node
    }

    /// Former primaries: others have been promoted since, on a timeline that these have not seen.
    /// Started as they are they would take writes that nobody else has.
    package var outdatedPrimaries: Set<Int> {
        let primaries = filter { !$0.startsAsStandby }
        guard primaries.count > 1, let newest = map(\.timeline).max() else { return [] }
        return Set(primaries.filter { $0.timeline < newest }.map(\.node))
    }

    var primariesFirst: [ServerFacts] {
        filter { !$0.startsAsStandby } + filter(\.startsAsStandby)
    }
}
