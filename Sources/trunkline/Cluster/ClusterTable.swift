package import LocalCluster

/// What `trunkline cluster status` prints.
package enum ClusterTable {
    package static func text(_ report: ClusterReport, _ plan: ClusterPlan) -> String {
        let hasHosts = plan.hosts != nil
        let rows = report.nodes.map { node in
            [node.name] + (hasHosts ? [node.host ?? "-"] : []) + [
                "\(node.port)", node.processID.map { "\($0)" } ?? "-", node.role ?? "-",
                node.state, lag(node), node.proxyState ?? "-",
            ]
        }
        var lines = TextTable.lines(
            ["node"] + (hasHosts ? ["host"] : []) + [
                "port", "pid", "role", "state", "lag", "proxy",
            ], rows)
        if plan.hasProxy { lines.append(proxyLine(report.proxy, plan)) }
        lines += report.nodes.compactMap { node in node.problem.map { "\(node.name): \($0)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    package static func exitCode(_ report: ClusterReport, _ plan: ClusterPlan) -> Int32 {
        if report.proxy == nil, report.nodes.allSatisfy({ $0.state == "stopped" }) {
            return ExitStatus.failed
        }
        let isComplete = report.isComplete && (report.proxy != nil || !plan.hasProxy)
        return isComplete ? ExitStatus.success : ExitStatus.refused
    }

    private static func proxyLine(_ proxy: ProxyReport?, _ plan: ClusterPlan) -> String {
        guard let proxy else { return "proxy: stopped, port \(plan.proxyPort)" }
        let http = plan.httpPort.map { ", HTTP port \($0)" } ?? ""
        return "proxy: \(proxy.state), port \(plan.proxyPort), PCP port \(plan.pcpPort)\(http),"
            + " pid \(proxy.pid), clients \(proxy.clients)"
    }

    private static func lag(_ node: ClusterReport.Node) -> String {
        guard let bytes = node.lagBytes else { return "-" }
        return bytes < 10_240 ? "\(bytes) B" : "\(bytes / 1024) kB"
    }
}
