package import Glibc

/// What a cluster is like now.
package struct ClusterReport: Sendable, Equatable {
    package struct Node: Sendable, Equatable {
        package var name: String
        package var port: UInt16
        package var processID: pid_t?
        /// `primary`, `standby`, or nil where it does not answer.
        package var role: String?
        /// `stopped`, `running`, `streaming`, `not streaming`, `no answer`, or `unreachable` where
        /// its host is.
        package var state: String
        /// WAL bytes of the primary that it has not replayed.
        package var lagBytes: Int64?
        /// What the proxy calls it: `up`, `down`, `waiting`.
        package var proxyState: String?
        /// Where it has one of its own.
        package var host: String?
        /// Why nothing is known of it.
        package var problem: String?

        package init(
            name: String, port: UInt16, processID: pid_t?, role: String? = nil, state: String,
            lagBytes: Int64? = nil, proxyState: String? = nil
        ) {
            self.name = name
            self.port = port
            self.processID = processID
            self.role = role
            self.state = state
            self.lagBytes = lagBytes
            self.proxyState = proxyState
        }
    }

    package var nodes: [Node]
    package var proxy: ProxyReport?

    package init(nodes: [Node], proxy: ProxyReport?) {
        self.nodes = nodes
        self.proxy = proxy
    }

    /// Every server runs, as does the proxy where there is one, and it lets all of them work.
    package var isComplete: Bool {
        nodes.allSatisfy { $0.processID != nil && $0.state != "no answer" }
            && nodes.allSatisfy { $0.proxyState == nil || $0.proxyState == "up" }
    }
}

extension ClusterFolder {
    /// Asks the servers and the proxy. A host that does not answer is part of the answer.
    package func report() -> ClusterReport {
        var servers: [ServerFacts] = []
        var problems: [Int: String] = [:]
        for part in serverParts {
            do {
                servers += try part.examine(asks: true)
            } catch {
                for node in part.node.map({ [$0] }) ?? marker.nodes {
                    problems[node] = (error as? LocalClusterError)?.description ?? "\(error)"
                }
            }
        }
        return ClusterReport(plan, servers, problems: problems, proxy: proxyReport)
    }
}

extension ClusterReport {
    /// - Parameter problems: by node, why nothing is known of it.
    package init(
        _ plan: ClusterPlan, _ servers: [ServerFacts], problems: [Int: String] = [:],
        proxy: ProxyReport?
    ) {
        // The one with the most, should there be two: the other one is not followed.
        let written = servers.filter { $0.answer?.isStandby == false }
            .compactMap { $0.answer?.position }.max()
        nodes = (0..<plan.nodeCount).map { index in
            let server = servers.first { $0.node == index }
            var entry = Node(
                name: plan.name(index), port: plan.port(index), processID: server?.processID,
                state: server == nil ? "unreachable" : "stopped")
            entry.host = plan.hosts.map { _ in plan.host(index) }
            entry.problem = problems[index]
            entry.proxyState = proxy?.nodes.first { $0.id == index }?.state
            guard let server, server.processID != nil else { return entry }
            guard let answer = server.answer else {
                entry.state = "no answer"
                return entry
            }
            entry.role = answer.isStandby ? "standby" : "primary"
            entry.state = answer.isStreaming ? "streaming" : "not streaming"
            if !answer.isStandby { entry.state = "running" }
            if answer.isStandby, let written, let position = answer.position {
                let (lag, overflow) = written.subtractingReportingOverflow(position)
                entry.lagBytes = overflow ? nil : max(lag, 0)
            }
            return entry
        }
        self.proxy = proxy
    }
}
