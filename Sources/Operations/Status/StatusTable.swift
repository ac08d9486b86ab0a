/// The table of `trunkline status`, for people.
package enum StatusTable {
    private enum Alignment { case left, right }

    private typealias Column = (title: String, alignment: Alignment)

    private static let columns: [Column] = [
        ("node", .right), ("host", .left), ("port", .right), ("role", .left), ("state", .left),
        ("weight", .right), ("reads", .right), ("writes", .right), ("lag", .right),
        ("connections", .right),
    ]

    /// A headline, one line per node, and what decided where statements went.
    ///
    /// - Parameter before: an earlier status and its age in seconds: adds what happened since then.
    package static func render(
        _ status: ProxyStatus, since before: (status: ProxyStatus, seconds: Double)? = nil
    ) -> String {
        var lines = [
            "trunkline \(status.version), pid \(status.pid), \(status.state),"
                + " up \(uptime(status.uptimeSeconds)), clients \(status.clients)"
                + (status.waitingClients > 0 ? " (\(status.waitingClients) waiting)" : "")
        ]
        var columns = Self.columns
        var rows = status.nodes.map(cells)
        // Counters begin anew with the process.
        if let before, before.seconds > 0, before.status.pid == status.pid {
            columns += [("reads/s", .right), ("writes/s", .right)]
            for (index, node) in status.nodes.enumerated() {
                rows[index] += rates(node, before.status, before.seconds)
            }
        }
        lines += table(columns, rows)
        if !status.decisions.isEmpty {
            let most = status.decisions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            lines.append("routed: " + most.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        }
        if status.repeatedReads > 0 {
            lines.append("reads repeated on another node: \(status.repeatedReads)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The lines of the nodes alone.
    package static func nodes(_ status: ProxyStatus) -> String {
        table(columns, status.nodes.map(cells)).joined(separator: "\n") + "\n"
    }

    private static func table(_ columns: [Column], _ rows: [[String]]) -> [String] {
        let rows = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let cells = columns.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].alignment == .right
                    ? blanks + row[column] : row[column] + blanks
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Statements a second since an earlier status.
    private static func rates(
        _ node: ProxyStatus.Node, _ before: ProxyStatus, _ seconds: Double
    ) -> [String] {
        let old = before.nodes.first { $0.id == node.id }
        func rate(_ now: UInt64, _ then: UInt64?) -> String {
            guard let then, now >= then else { return "-" }
            return String(Int64((Double(now - then) / seconds).rounded()))
        }
        return [rate(node.reads, old?.reads), rate(node.writes, old?.writes)]
    }

    private static func cells(_ node: ProxyStatus.Node) -> [String] {
        [
            String(node.id), node.host, String(node.port), node.role, node.state,
            tenths(node.weight), String(node.reads), String(node.writes),
            node.lagBytes.map(size) ?? "-",
            "\(node.serverConnections) (\(node.idleServerConnections) idle)",
        ]
    }

    /// At most two decimals, no trailing zeros.
    private static func tenths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "-" }
        let hundredths = Int64((value * 100).rounded())
        let fraction = hundredths % 100
        if fraction == 0 { return String(hundredths / 100) }
        let digits = fraction < 10 ? "0\(fraction)" : String(fraction)
        return "\(hundredths / 100).\(digits.last == "0" ? String(digits.dropLast()) : digits)"
    }

    private static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<1024: "\(bytes) B"
        case ..<(1 << 20): "\(bytes >> 10) kB"
        case ..<(1 << 30): "\(bytes >> 20) MB"
        default: "\(bytes >> 30) GB"
        }
    }

    private static func uptime(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        case ..<86400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86400) d \(seconds % 86400 / 3600) h"
        }
    }
}
