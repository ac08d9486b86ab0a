import Foundation

/// What a server tells of its watchdog: JSON.
private struct WatchdogReport: Decodable {
    struct Node: Decodable {
        let state: Int
        let membership: Int
        let membershipText: String
        let name: String
        let host: String
        let stateName: String
        let delegateIP: String
        let watchdogPort: Int
        let pgpoolPort: Int
        let priority: Int

        private enum CodingKeys: String, CodingKey {
            case state = "State"
            case membership = "Membership"
            case membershipText = "MembershipString"
            case name = "NodeName"
            case host = "HostName"
            case stateName = "StateName"
            case delegateIP = "DelegateIP"
            case watchdogPort = "WdPort"
            case pgpoolPort = "PgpoolPort"
            case priority = "Priority"
        }
    }

    let remoteNodes: Int
    let memberRemoteNodes: Int?
    let quorumNodes: Int?
    let quorumStatus: Int
    let aliveNodes: Int
    let escalated: Int
    let leaderName: String
    let leaderHost: String
    let nodes: [Node]

    private enum CodingKeys: String, CodingKey {
        case remoteNodes = "RemoteNodeCount"
        case memberRemoteNodes = "MemberRemoteNodeCount"
        case quorumNodes = "NodesRequireForQuorum"
        case quorumStatus = "QuorumStatus"
        case aliveNodes = "AliveNodeCount"
        case escalated = "Escalated"
        case leaderName = "LeaderNodeName"
        case leaderHost = "LeaderHostName"
        case nodes = "WatchdogNodes"
    }

    var quorum: String {
        switch quorumStatus {
        case 1: "QUORUM EXIST"
        case 0: "QUORUM IS ON THE EDGE"
        case -1: "QUORUM ABSENT"
        case -2: "NO LEADER NODE"
        default: "UNKNOWN"
        }
    }
}

extension PCPToolOutput {
    static func watchdog(_ texts: [String], _ isVerbose: Bool) -> String {
        let document = Data((texts.first ?? "").utf8)
        guard let report = try? JSONDecoder().decode(WatchdogReport.self, from: document) else {
            return "No watchdog information available\n\n"
        }
        return isVerbose ? long(report) : short(report)
    }

    private static func short(_ report: WatchdogReport) -> String {
        let members = (report.memberRemoteNodes ?? report.remoteNodes) + 1
        var text =
            "\(report.remoteNodes + 1) \(members) \(report.escalated == 0 ? "NO" : "YES") "
            + "\(report.leaderName) \(report.leaderHost)\n\n"
        for node in report.nodes {
            text +=
                "\(node.name) \(node.host) \(node.pgpoolPort) \(node.watchdogPort) "
                + "\(node.state) \(node.stateName) \(node.membership) \(node.membershipText)\n"
        }
        return text
    }

    private static func long(_ report: WatchdogReport) -> String {
        let members = report.memberRemoteNodes ?? report.remoteNodes
        var text = "Watchdog Cluster Information \n"
        text += labelled(
            [
                ("Total Nodes", "\(report.remoteNodes + 1)"),
                ("Remote Nodes", "\(report.remoteNodes)"),
                ("Member Remote Nodes", "\(members)"),
                ("Alive Remote Nodes", "\(report.aliveNodes)"),
                ("Nodes required for quorum", "\(report.quorumNodes ?? 0)"),
                ("Quorum state", report.quorum),
                ("Local node escalation", report.escalated == 0 ? "NO" : "YES"),
                ("Leader Node Name", report.leaderName), ("Leader Host Name", report.leaderHost),
            ], width: 25)
        text += "\nWatchdog Node Information \n"
        for node in report.nodes {
            text += labelled(
                [
                    ("Node Name", node.name), ("Host Name", node.host),
                    ("Delegate IP", node.delegateIP), ("Pgpool port", "\(node.pgpoolPort)"),
                    ("Watchdog port", "\(node.watchdogPort)"),
                    ("Node priority", "\(node.priority)"), ("Status", "\(node.state)"),
                    ("Status Name", node.stateName), ("Membership Status", node.membershipText),
                ], width: 18)
            text += "\n"
        }
        return text
    }
}
