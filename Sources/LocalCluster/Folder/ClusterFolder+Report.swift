package import Glibc

/// What a cluster is like now.
package struct ClusterReport: Sendable, Equatable {
    package struct Node: Sendable, Equatable {
        package var name: String
        package var port: UInt16
        package var processID: pid_t?
        /// `primary`, `standby`, or nil where it does not answer.
        package var role: String?
        /// `stopped`, `running`, `streaming`, `not streaming`, or `no answer`.
        package var state: String
        /// WAL bytes of the primary that it has not replayed.
        package var lagBytes: Int64?
        /// What the proxy calls it: `up`, `down`, `waiting`.
        package var proxyState: String?

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
    /// Asks the servers and the proxy.
    package func report() -> ClusterReport {
        let proxy = proxyReport
        var report = ClusterReport(nodes: [], proxy: proxy)
        var positions: [Int64?] = []
        for node in nodes {
            var entry = ClusterReport.Node(
                name: node.name, port: node.port, processID: node.postmaster, state: "stopped")
            entry.proxyState = proxy?.nodes.first { $0.id == node.index }?.state
            var position: Int64?
            if entry.processID != nil {
                entry.state = "no answer"
                if let answer = facts(of: node) {
                    entry.role = answer.isStandby ? "standby" : "primary"
                    entry.state =
                        answer.isStandby
                        ? (answer.isStreaming ? "streaming" : "not streaming") : "running"
                    position = answer.position
                }
            }
            report.nodes.append(entry)
            positions.append(position)
        }
        // The one with the most, should there be two: the other one is not followed.
        let written = zip(report.nodes, positions).filter { $0.0.role == "primary" }
            .compactMap(\.1).max()
        for (index, position) in positions.enumerated() where report.nodes[index].role == "standby"
        {
            guard let written, let position else { continue }
            report.nodes[index].lagBytes = max(written - position, 0)
        }
        return report
    }

    /// What a running server says about itself.
    private func facts(of node: ClusterNode) -> (
        isStandby: Bool, isStreaming: Bool, position: Int64?
    )? {
        let question = """
            select pg_is_in_recovery(),
              exists (select from pg_stat_wal_receiver where status = 'streaming'),
              pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                else pg_current_wal_lsn() end, '0/0')
            """
        guard let row = try? node.sql(question, within: .seconds(5)).first, row.count == 3 else {
            return nil
        }
        return (row[0] == "t", row[1] == "t", Int64(row[2]))
    }
}
