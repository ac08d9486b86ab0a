import Foundation
package import Operations

/// What a `pcp_*` program prints: layouts that scripts cut into columns.
package enum PCPToolOutput {
    /// - Parameter local: a moment in seconds since 1970 as people here write it.
    package static func text(
        _ answer: PCPAnswer, of tool: PCPTool, _ options: PCPToolOptions,
        local: (Int64) -> String = LogMoment.localText
    ) -> String {
        switch tool {
        case .nodeCount: count(answer.texts, options.isVerbose)
        case .processCount: processes(answer.texts, options.isVerbose)
        case .poolStatus: parameters(answer.rows, options.isVerbose)
        case .nodeInfo: nodes(answer.rows, options, local)
        case .processInfo: processInfo(answer.rows, options)
        case .healthCheckStatistics: healthChecks(answer.texts, options.isVerbose)
        case .watchdogInfo: watchdog(answer.texts, options.isVerbose)
        case .recoveryNode where !answer.texts.isEmpty:
            answer.texts.map { "\($0)\n" }.joined()
        case .attachNode, .detachNode, .promoteNode, .recoveryNode, .reloadConfiguration,
            .logRotate, .invalidateQueryCache, .stop:
            "\(tool.rawValue) -- Command Successful\n"
        }
    }

    private static func count(_ texts: [String], _ isVerbose: Bool) -> String {
        let count = texts.first ?? "0"
        return isVerbose ? "Node Count\n____________\n \(count)\n" : "\(count)\n"
    }

    private static func processes(_ texts: [String], _ isVerbose: Bool) -> String {
        let processes = texts.dropFirst()
        guard isVerbose else { return processes.map { "\($0) " }.joined() + "\n" }
        var text = "No \t | \t PID\n_____________________\n"
        for (number, process) in processes.enumerated() {
            text += "\(number) \t | \t \(process)\n"
        }
        return text + "\nTotal Processes:\(processes.count)\n"
    }

    private static func parameters(_ rows: [[String]], _ isVerbose: Bool) -> String {
        var text = ""
        for (number, row) in rows.enumerated() where row.count >= 3 {
            if isVerbose {
                let index = String(repeating: " ", count: max(0, 3 - "\(number)".count))
                text += "Name [\(index)\(number)]:\t\(row[0])\nValue:      \t\(row[1])\n"
                text += "Description:\t\(row[2])\n\n"
            } else {
                text += "name : \(row[0])\nvalue: \(row[1])\ndesc : \(row[2])\n\n"
            }
        }
        return text
    }

    private static let healthCheckLabels = [
        "Node Id", "Host Name", "Port", "Status", "Role", "Last Status Change", "Total Count",
        "Success Count", "Fail Count", "Skip Count", "Retry Count", "Average Retry Count",
        "Max Retry Count", "Max Health Check Duration", "Minimum Health Check Duration",
        "Average Health Check Duration", "Last Health Check", "Last Successful Health Check",
        "Last Skip Health Check", "Last Failed Health Check",
    ]

    private static func healthChecks(_ texts: [String], _ isVerbose: Bool) -> String {
        guard isVerbose else { return texts.joined(separator: " ") + "\n" }
        return labelled(zip(healthCheckLabels, texts), width: 30) + "\n"
    }

    /// `Label   : value`, one a line.
    static func labelled(
        _ lines: some Sequence<(String, String)>, width: Int
    ) -> String {
        lines.map { label, value in
            label + String(repeating: " ", count: max(0, width - label.count)) + ": \(value)\n"
        }.joined()
    }
}

// MARK: Nodes

extension PCPToolOutput {
    private static let nodeLabels = [
        "Hostname", "Port", "Status", "Weight", "Status Name", "Backend Status Name", "Role",
        "Backend Role", "Replication Delay", "Replication State", "Replication Sync State",
        "Last Status Change",
    ]

    private static func nodes(
        _ rows: [[String]], _ options: PCPToolOptions, _ local: (Int64) -> String
    ) -> String {
        let shown = rows.compactMap { NodeRow($0) }.filter { options.showsAll || !$0.host.isEmpty }
        guard !shown.isEmpty else { return "No node information available\n\n" }
        return shown.map { row in
            let fields = row.fields(isVerbose: options.isVerbose, local)
            guard options.isVerbose else { return fields.joined(separator: " ") + "\n" }
            return labelled(zip(nodeLabels, fields), width: 23) + "\n"
        }.joined()
    }

    /// A node as the server tells it, in twelve fields or thirteen: here the length of the message
    /// tells them apart.
    private struct NodeRow {
        let host: String
        private let row: [String]
        private let isTime: Bool

        init?(_ row: [String]) {
            var row = row
            isTime = row.count >= 13 && row[8] == "1"
            if row.count >= 13 { row.remove(at: 8) }
            guard row.count >= 12 else { return nil }
            self.row = row
            host = row[0]
        }

        func fields(isVerbose: Bool, _ local: (Int64) -> String) -> [String] {
            let weight = (Double(row[5]) ?? 0) / PCPReply.weightUnit
            return [
                host, row[1], row[2], String(format: "%f", weight), status, row[4], role, row[7],
                delay(isVerbose), row[9].isEmpty ? "none" : row[9],
                row[10].isEmpty ? "none" : row[10], local(Int64(row[11]) ?? 0),
            ]
        }

        private var status: String {
            switch row[2] {
            case "0": "unused"
            case "1": "waiting"
            case "2": "up"
            case "3": row[3] == "1" ? "quarantine" : "down"
            default: "unknown"
            }
        }

        private var role: String {
            switch row[6] {
            case "0": "main"
            case "1": "replica"
            case "2": "primary"
            case "3": "standby"
            default: "unknown"
            }
        }

        private func delay(_ isVerbose: Bool) -> String {
            guard isTime, let microseconds = Int64(row[8]) else { return row[8] }
            let seconds = String(format: "%f", Double(microseconds) / 1_000_000)
            guard isVerbose else { return seconds }
            return "\(seconds) second\(microseconds >= 2_000_000 ? "s" : "")"
        }
    }
}

// MARK: Processes

extension PCPToolOutput {
    private static let processLabels = [
        "Database", "Username", "Start time", "Client connection count", "Major", "Minor",
        "Backend connection time", "Client connection time", "Client idle duration",
        "Client disconnection time", "Pool Counter", "Backend PID", "Connected", "PID",
        "Backend ID", "Status", "Load balance node", "client_host", "client_port", "statement",
    ]

    /// Places of the printed columns in the fields of the protocol.
    private static let processColumns = [
        5, 6, 1, 2, 11, 12, 7, 8, 10, 9, 13, 14, 15, 0, 4, 16, 17, 18, 19, 20,
    ]

    private static func processInfo(_ rows: [[String]], _ options: PCPToolOptions) -> String {
        let shown = rows.filter { row in
            row.count >= 17 && (options.showsAll || (!row[5].isEmpty && row[0] != "0"))
        }
        guard !shown.isEmpty else { return "No process information available\n\n" }
        return shown.map { row in
            // Older servers do not tell the last ones.
            let fields = processColumns.filter { row.indices.contains($0) }.map { row[$0] }
            guard options.isVerbose else { return fields.joined(separator: " ") + "\n" }
            return labelled(zip(processLabels, fields), width: 26) + "\n"
        }.joined()
    }
}
