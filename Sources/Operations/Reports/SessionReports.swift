/// `SHOW pool_processes`: a row for each session, and one for each place that is free.
package enum ProcessesReport {
    package static let columns = [
        "pool_pid", "start_time", "client_connection_count", "database", "username",
        "backend_connection_time", "pool_counter", "status",
    ]

    package static func table(
        _ sessions: [SessionFacts], slots: SlotFacts,
        local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        var rows = sessions.map { session in
            let connection = session.served
            return [
                String(session.processID), ReportText.moment(session.startedAt, local),
                String(session.clientsBefore), session.database, session.user,
                ReportText.moment(connection?.openedAt, local),
                connection.map { String($0.sessionCount) } ?? "", session.state.rawValue,
            ]
        }
        let free = [
            String(slots.processID), ReportText.moment(slots.startedAt, local), "0", "", "", "",
            "", SessionFacts.State.waiting.rawValue,
        ]
        rows += repeatElement(free, count: max(0, slots.count - sessions.count))
        return ReportTable(columns: columns, rows: rows)
    }
}

extension SessionFacts {
    /// The connection that served last, or any.
    fileprivate var served: ConnectionFacts? {
        guard let active, connections.indices.contains(active) else { return connections.first }
        return connections[active]
    }
}

/// `SHOW pool_pools`: a row for each session and node, and one for each idle server connection.
package enum PoolsReport {
    package static let columns = [
        "pool_pid", "start_time", "client_connection_count", "pool_id", "backend_id", "database",
        "username", "backend_connection_time", "client_connection_time",
        "client_disconnection_time", "client_idle_duration", "majorversion", "minorversion",
        "pool_counter", "pool_backendpid", "pool_connected", "status", "load_balance_node",
        "client_host", "client_port", "statement",
    ]

    package static func table(
        _ sessions: [SessionFacts], idle: [ConnectionFacts], nodeCount: Int, slots: SlotFacts,
        local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        var rows: [[String]] = []
        for session in sessions {
            for node in 0..<max(nodeCount, 0) { rows.append(row(session, node, local)) }
        }
        for (id, connection) in idle.enumerated() {
            rows.append(row(connection, id: id, slots, local))
        }
        return ReportTable(columns: columns, rows: rows)
    }

    /// Rows for free places: the SHOW command has none, the PCP programs may want them.
    static func free(
        _ count: Int, _ slots: SlotFacts, local: (Int64) -> LogMoment = LogMoment.local
    ) -> [[String]] {
        let row =
            [
                String(slots.processID), ReportText.moment(slots.startedAt, local), "0", "0", "0",
                "", "", "", "", "", "0", "0", "0", "0", "0", "0",
                SessionFacts.State.waiting.rawValue, "0", "", "", "",
            ]
        return Array(repeating: row, count: max(0, count))
    }

    private static func row(
        _ session: SessionFacts, _ node: Int, _ local: (Int64) -> LogMoment
    ) -> [String] {
        let connection = session.connections.first { $0.node == node }
        return [
            String(session.processID), ReportText.moment(session.startedAt, local),
            String(session.clientsBefore), "0", String(node),
        ] + used(connection, clientSince: session.startedAt, idle: idle(session), local) + [
            connection == nil ? "0" : "1", session.state.rawValue,
            session.reader == node ? "1" : "0", session.host,
            session.port == 0 ? "" : String(session.port), "",
        ]
    }

    private static func row(
        _ connection: ConnectionFacts, id: Int, _ slots: SlotFacts,
        _ local: (Int64) -> LogMoment
    ) -> [String] {
        [
            String(slots.processID), ReportText.moment(slots.startedAt, local), "0", String(id),
            String(connection.node),
        ] + used(connection, clientSince: nil, idle: "", local) + [
            "0", SessionFacts.State.waiting.rawValue, "0", "", "", "",
        ]
    }

    /// The columns from `database` to `pool_backendpid`.
    private static func used(
        _ connection: ConnectionFacts?, clientSince: Int64?, idle: String,
        _ local: (Int64) -> LogMoment
    ) -> [String] {
        guard let connection else { return ["", "", "", "", "", "", "0", "0", "0", "0"] }
        return [
            connection.database, connection.user, ReportText.moment(connection.openedAt, local),
            ReportText.moment(clientSince, local), ReportText.moment(connection.leftAt, local),
            idle, "3", "0", String(connection.sessionCount), String(connection.processID),
        ]
    }

    private static func idle(_ session: SessionFacts) -> String {
        let seconds = String(max(session.idleSeconds, 0))
        guard let left = session.idleSecondsLeft else { return seconds }
        return "\(seconds) (\(ReportText.minutes(left)) before client disconnected)"
    }
}
