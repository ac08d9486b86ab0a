extension ParameterTable {
    /// Parameters of the group "Failover".
    static let failover: [Parameter] = [
        .boolean(
            "failover_on_backend_error", .at(\.failoverOnBackendError),
            .reload, since: "4.0", .active(.failover),
            "A socket read/write error on a backend starts failover; off = only end the session."),
        .boolean(
            "failover_on_backend_shutdown", .at(\.failoverOnBackendShutdown),
            .reload, since: "4.3", .active(.failover),
            "Backend errors 57P01/57P02 start failover; off = only end the session."),
        .boolean(
            "detach_false_primary", .at(\.detachFalsePrimary),
            .reload, since: "4.0", .active(.failover),
            "Detach extra primaries (split brain) using pg_stat_wal_receiver."),
        .boolean(
            "auto_failback", .at(\.autoFailback),
            .reload, since: "4.1", .active(.failover),
            "Re-attach a down standby when it streams again."),
        .text(
            "failback_command", .at(\.failbackCommand),
            .reload, since: "2.2", .active(.failover),
            "Shell command run when a backend is attached."),
        .text(
            "follow_primary_command", .at(\.followPrimaryCommand),
            .reload, since: "4.2", .active(.failover),
            "Command run per standby after a primary change."),
        .text(
            "failover_command", .at(\.failoverCommand),
            .reload, since: "2.2", .active(.failover),
            "Shell command run when a backend is detached."),
        .seconds(
            "search_primary_node_timeout", .at(\.searchPrimaryNodeTimeout), .int32(),
            .reload, since: "3.3", .active(.failover),
            "Time to look for a primary after failover/startup; 0 = forever."),
        .seconds(
            "auto_failback_interval", .at(\.autoFailbackInterval), .int32(),
            .reload, since: "4.1", .active(.failover),
            "Minimum time between automatic re-attachments."),
    ]
}
