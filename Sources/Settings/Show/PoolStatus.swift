/// The answer to SHOW POOL_STATUS: values as the reference prints them there, which is not how
/// PGPOOL SHOW prints them.
///
/// Rows that need more than the settings carry a mark in place of a value: who answers the
/// command knows the nodes and the query cache.
public enum PoolStatus {
    /// One row.
    public struct Row: Sendable, Equatable {
        /// The column of that name: a parameter with its number, or one of the marked rows.
        public let item: String
        /// The column of that name.
        public let value: Value
        /// The column `description`.
        public let help: String
    }

    /// What stands in the column `value`.
    public enum Value: Sendable, Equatable {
        /// This text.
        case text(String)
        /// `backend_statusN`: unused, waiting, up, down or quarantine.
        case nodeStatus(Int)
        /// `standby_delayN`: bytes, or microseconds under delay_threshold_by_time.
        case standbyDelay(Int)
        /// `memqcache_stats_start_time`, in the form of ctime().
        case cacheStatisticsStart
        /// `memqcache_no_cache_hits`: SELECTs that were not answered from the cache.
        case cacheMisses
        /// `memqcache_cache_hits`
        case cacheHits
    }

    /// All rows in the order of the reference, then those that the reference does not have.
    public static func rows(_ settings: Settings) -> [Row] {
        var rows = leading.compactMap { row($0, nil, settings) }
        for (number, node) in settings.watchdogNodes.enumerated() where node.pgpoolPort != 0 {
            rows += watchdogNode.compactMap { row($0, number, settings) }
        }
        for (number, channel) in settings.heartbeats.enumerated() where channel.port != 0 {
            rows += heartbeat.compactMap { row($0, number, settings) }
        }
        rows += queryCache.compactMap { row($0, nil, settings) }
        rows += cacheRows(settings)
        rows += cacheLists.compactMap { row($0, nil, settings) }
        for (number, node) in settings.backends.enumerated() where node.isUsed {
            rows += nodeRows(number, settings)
        }
        return rows + newer.compactMap { row($0, nil, settings) }
    }

    private static func row(_ name: String, _ index: Int?, _ settings: Settings) -> Row? {
        ParameterTable.row(named: name).map { parameter in
            Row(
                item: parameter.fullName(index),
                value: .text(parameter.statusText(settings, index)), help: parameter.help)
        }
    }

    private static func cacheRows(_ settings: Settings) -> [Row] {
        [
            Row(
                item: "memqcache_cache_oiddir", value: .text(settings.memqcacheOiddir),
                help: "Directory of table-OID to cache-entry maps."),
            Row(
                item: "memqcache_stats_start_time", value: .cacheStatisticsStart,
                help: "Time since which the query cache counts."),
            Row(
                item: "memqcache_no_cache_hits", value: .cacheMisses,
                help: "SELECTs that were not answered from the query cache."),
            Row(
                item: "memqcache_cache_hits", value: .cacheHits,
                help: "SELECTs that were answered from the query cache."),
        ]
    }

    private static func nodeRows(_ number: Int, _ settings: Settings) -> [Row] {
        let before = backendBefore.compactMap { row($0, number, settings) }
        let facts = [
            Row(
                item: "backend_status\(number)", value: .nodeStatus(number),
                help: "Status of the node."),
            Row(
                item: "standby_delay\(number)", value: .standbyDelay(number),
                help: "How far the node is behind the primary."),
        ]
        return before + facts + backendAfter.compactMap { row($0, number, settings) }
    }
}

// MARK: Order

extension PoolStatus {
    /// Rows before those of the watchdog nodes.
    private static let leading = names(
        """
        backend_clustering_mode listen_addresses port unix_socket_directories unix_socket_group
        unix_socket_permissions pcp_listen_addresses pcp_port pcp_socket_dir enable_pool_hba
        pool_passwd authentication_timeout allow_clear_text_frontend_auth ssl ssl_key ssl_cert
        ssl_ca_cert ssl_ca_cert_dir ssl_crl_file ssl_ciphers ssl_prefer_server_ciphers
        ssl_ecdh_curve ssl_dh_params_file ssl_passphrase_command listen_backlog_multiplier
        serialize_accept reserved_connections max_pool process_management_mode
        process_management_strategy num_init_children min_spare_children max_spare_children
        child_life_time child_max_connections connection_life_time client_idle_limit
        log_destination log_line_prefix log_error_verbosity client_min_messages log_min_messages
        log_connections log_disconnections log_pcp_processes log_hostname log_statement
        log_per_node_statement notice_per_node_statement log_client_messages log_backend_messages
        log_standby_delay syslog_facility syslog_ident pid_file_name work_dir connection_cache
        reset_query_list replicate_select insert_lock lobj_lock_table replication_stop_on_mismatch
        failover_if_affected_tuples_mismatch load_balance_mode ignore_leading_white_space
        read_only_function_list write_function_list primary_routing_query_pattern_list
        disable_load_balance_on_write dml_adaptive_object_relationship_list
        statement_level_load_balance sr_check_period sr_check_user sr_check_database
        delay_threshold delay_threshold_by_time prefer_lower_delay_standby follow_primary_command
        user_redirect_preference_list database_redirect_preference_list
        app_name_redirect_preference_list allow_sql_comments health_check_period
        health_check_timeout health_check_user health_check_database health_check_max_retries
        health_check_retry_delay connect_timeout failover_command failback_command
        failover_on_backend_error failover_on_backend_shutdown detach_false_primary auto_failback
        auto_failback_interval recovery_user recovery_database recovery_1st_stage_command
        recovery_2nd_stage_command recovery_timeout search_primary_node_timeout
        client_idle_limit_in_recovery relcache_expire relcache_size check_temp_table
        check_unlogged_table enable_shared_relcache relcache_query_target use_watchdog
        wd_ipc_socket_dir wd_lifecheck_method clear_memqcache_on_escalation wd_escalation_command
        wd_de_escalation_command trusted_servers trusted_server_command delegate_ip wd_priority
        wd_interval ping_path if_cmd_path if_up_cmd if_down_cmd arping_path arping_cmd
        wd_heartbeat_keepalive wd_heartbeat_deadtime wd_life_point wd_lifecheck_query
        wd_lifecheck_dbname wd_lifecheck_user
        """)

    private static let watchdogNode = ["hostname", "pgpool_port", "wd_port"]
    private static let heartbeat = ["heartbeat_hostname", "heartbeat_device", "heartbeat_port"]

    private static let queryCache = names(
        """
        wd_monitoring_interfaces_list memory_cache_enabled memqcache_method
        memqcache_memcached_host memqcache_memcached_port memqcache_total_size
        memqcache_max_num_cache memqcache_expire memqcache_auto_cache_invalidation
        memqcache_maxcache memqcache_cache_block_size
        """)

    private static let cacheLists = [
        "cache_safe_memqcache_table_list", "cache_unsafe_memqcache_table_list",
    ]

    private static let backendBefore = [
        "backend_hostname", "backend_port", "backend_weight", "backend_data_directory",
    ]
    private static let backendAfter = ["backend_flag", "backend_application_name"]

    /// What 4.7 does not have: our own parameters and those of later releases.
    private static let newer = ParameterTable.all
        .filter { $0.since == Parameter.ownRelease || $0.since == "4.8devel" }
        .map(\.name)

    private static func names(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}
