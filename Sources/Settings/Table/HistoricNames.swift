/// Names that Pgpool-II no longer knows: what they meant and what is done with them.
struct HistoricName: Sendable {
    /// What is done when a file still uses the name.
    enum Treatment: Sendable {
        /// The value goes to the parameter of this name, as Pgpool-II does; the last line wins.
        case alias(String)
        /// The value goes to the parameter of this name unless the file sets that one, too.
        case rename(String)
        /// The value has no effect; the text says what to write instead.
        case dropped(String)
        /// As `dropped`, but if the value is on, start is refused because of the reason.
        case droppedUnlessOff(String, reason: String)
        /// As `dropped`, but start is refused for these words because of the reason.
        case droppedUnlessWords([String], String, reason: String)
    }

    let name: String
    let treatment: Treatment
    /// Whether a node's number follows the name.
    var isNumbered = false

    private static let aliases: [HistoricName] = [
        HistoricName(
            name: "fail_over_on_backend_error", treatment: .alias("failover_on_backend_error")),
        HistoricName(name: "delegate_IP", treatment: .alias("delegate_ip")),
        HistoricName(name: "logdir", treatment: .alias("work_dir")),
    ]

    private static let renames: [HistoricName] = [
        HistoricName(name: "socket_dir", treatment: .rename("unix_socket_directories")),
        HistoricName(name: "white_function_list", treatment: .rename("read_only_function_list")),
        HistoricName(name: "black_function_list", treatment: .rename("write_function_list")),
        HistoricName(
            name: "black_query_pattern_list",
            treatment: .rename("primary_routing_query_pattern_list")),
        HistoricName(
            name: "white_memqcache_table_list",
            treatment: .rename("cache_safe_memqcache_table_list")),
        HistoricName(
            name: "black_memqcache_table_list",
            treatment: .rename("cache_unsafe_memqcache_table_list")),
        HistoricName(name: "follow_master_command", treatment: .rename("follow_primary_command")),
        HistoricName(name: "ifconfig_path", treatment: .rename("if_cmd_path")),
        HistoricName(
            name: "enable_multiple_failover_requests_from_node",
            treatment: .rename("allow_multiple_failover_requests_from_node")),
    ]

    private static let modes: [HistoricName] = [
        HistoricName(
            name: "master_slave_mode",
            treatment: .dropped(
                """
                Write backend_clustering_mode = streaming_replication for on (it is the default), \
                backend_clustering_mode = raw for off without replication_mode.
                """)),
        HistoricName(
            name: "master_slave_sub_mode",
            treatment: .droppedUnlessWords(
                ["logical", "slony"], "Write backend_clustering_mode = streaming_replication.",
                reason: "replicas of that kind are not recognised as standbys")),
        HistoricName(
            name: "replication_mode",
            treatment: .droppedUnlessOff(
                "Write backend_clustering_mode = native_replication.",
                reason: "writes would reach only one of the nodes")),
        HistoricName(
            name: "parallel_mode",
            treatment: .droppedUnlessOff(
                "Parallel query was removed in Pgpool-II 3.5; partition in PostgreSQL.",
                reason: "queries would see the data of one node only")),
    ]

    private static let dropped: [HistoricName] = [
        ("allow_inet_domain_socket", "Write listen_addresses = '*' for 1, '' for 0."),
        ("pcp_timeout", "There is no replacement."),
        ("backend_host_name", "Write backend_hostname0."),
        ("backend_socket_dir", "Write the directory as backend_hostnameN."),
        ("secondary_backend_host_name", "Write backend_hostname1."),
        ("secondary_backend_port", "Write backend_port1."),
        ("pgpool2_hostname", "There is no replacement: parallel query was removed."),
        ("system_db_hostname", "There is no replacement: parallel query was removed."),
        ("system_db_port", "There is no replacement: parallel query was removed."),
        ("system_db_dbname", "There is no replacement: parallel query was removed."),
        ("system_db_schema", "There is no replacement: parallel query was removed."),
        ("system_db_user", "There is no replacement: parallel query was removed."),
        ("system_db_password", "There is no replacement: parallel query was removed."),
        ("print_timestamp", "Write log_line_prefix with %t or %m."),
        ("print_user", "Write log_line_prefix with %u."),
        ("debug_level", "Write log_min_messages."),
        ("weight_master", "Write backend_weight0."),
        ("weight_secondary", "Write backend_weight1."),
        ("replication_strict", "Replication is always strict."),
        ("replication_timeout", "Use statement_timeout or deadlock_timeout of PostgreSQL."),
        ("wd_hostname", "Write hostnameN; pgpool_node_id says which N is this node."),
        ("wd_heartbeat_port", "Write heartbeat_portN."),
        ("enable_query_cache", "Write memory_cache_enabled."),
    ].map { HistoricName(name: $0.0, treatment: .dropped($0.1)) }

    private static let numbered: [HistoricName] = [
        ("heartbeat_destination", "Write heartbeat_hostnameN."),
        ("heartbeat_destination_port", "Write heartbeat_portN."),
        ("other_pgpool_hostname", "Write hostnameN; N then counts all nodes, this one included."),
        ("other_pgpool_port", "Write pgpool_portN; N then counts all nodes, this one included."),
        ("other_wd_port", "Write wd_portN; N then counts all nodes, this one included."),
    ].map { HistoricName(name: $0.0, treatment: .dropped($0.1), isNumbered: true) }

    /// Every historic name.
    static let all: [HistoricName] = aliases + renames + modes + dropped + numbered

    private static let byName = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The entry for a name in a file.
    static func named(_ name: String) -> HistoricName? {
        if let entry = byName[name] { return entry.isNumbered ? nil : entry }
        let base = String(name.reversed().drop { $0.isASCII && $0.isNumber }.reversed())
        guard base != name, let entry = byName[base], entry.isNumbered else { return nil }
        return entry
    }
}
