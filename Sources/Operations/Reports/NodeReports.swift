internal import ClusterModel

/// `SHOW pool_nodes`
package enum NodesReport {
    package static let columns = [
        "node_id", "hostname", "port", "status", "pg_status", "lb_weight", "role", "pg_role",
        "select_cnt", "load_balance_node", "replication_delay", "replication_state",
        "replication_sync_state", "last_status_change",
    ]

    package static func table(
        _ nodes: [NodeFacts], local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        ReportTable(
            columns: columns,
            rows: nodes.map { node in
                [
                    String(node.id), node.host, String(node.port), node.status, node.serverStatus,
                    ReportText.fraction(node.weight), node.role, node.serverRole,
                    String(node.statements.select), node.isReader ? "true" : "false",
                    text(node.delay), node.replicationState, node.replicationSyncState,
                    ReportText.moment(node.statusChangedAt, local),
                ]
            })
    }

    private static func text(_ delay: NodeFacts.Delay) -> String {
        switch delay {
        case .bytes(let bytes): return String(bytes)
        case .microseconds(let time):
            let seconds = ReportText.fraction(Double(time) / 1_000_000)
            return "\(seconds) second\(time >= 2_000_000 ? "s" : "")"
        }
    }
}

/// `SHOW pool_health_check_stats`
package enum HealthCheckReport {
    package static let columns = [
        "node_id", "hostname", "port", "status", "role", "last_status_change", "total_count",
        "success_count", "fail_count", "skip_count", "retry_count", "average_retry_count",
        "max_retry_count", "max_duration", "min_duration", "average_duration",
        "last_health_check", "last_successful_health_check", "last_skip_health_check",
        "last_failed_health_check",
    ]

    package static func table(
        _ nodes: [NodeFacts], local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        ReportTable(
            columns: columns,
            rows: nodes.map { node in
                let checks = node.healthCheck
                let millisecond: UInt64 = 1_000_000
                return [
                    String(node.id), node.host, String(node.port), node.status, node.role,
                    ReportText.moment(node.statusChangedAt, local), String(checks.total),
                    String(checks.succeeded), String(checks.failed), String(checks.skipped),
                    String(checks.retries), ReportText.fraction(checks.average(of: checks.retries)),
                    String(checks.retriesMax), String(checks.durationMax / millisecond),
                    String(checks.durationMin / millisecond),
                    ReportText.fraction(checks.average(of: checks.durationSum / millisecond)),
                    ReportText.moment(checks.lastAt, local),
                    ReportText.moment(checks.lastSuccessAt, local),
                    ReportText.moment(checks.lastSkipAt, local),
                    ReportText.moment(checks.lastFailureAt, local),
                ]
            })
    }
}

extension HealthCheckTotals {
    /// An average over the checks that were done; 0 before the first.
    fileprivate func average(of sum: UInt64) -> Double {
        total > skipped ? Double(sum) / Double(total - skipped) : 0
    }
}

/// `SHOW pool_backend_stats`
package enum BackendStatsReport {
    package static let columns = [
        "node_id", "hostname", "port", "status", "role", "select_cnt", "insert_cnt", "update_cnt",
        "delete_cnt", "ddl_cnt", "other_cnt", "panic_cnt", "fatal_cnt", "error_cnt",
    ]

    package static func table(_ nodes: [NodeFacts]) -> ReportTable {
        ReportTable(
            columns: columns,
            rows: nodes.map { node in
                let statements = node.statements
                let counts = [
                    statements.select, statements.insert, statements.update, statements.delete,
                    statements.ddl, statements.other, node.errors.panic, node.errors.fatal,
                    node.errors.error,
                ]
                return [String(node.id), node.host, String(node.port), node.status, node.role]
                    + counts.map { String($0) }
            })
    }
}
