/// Settings whose value belongs to the node that is asked: its role, where it is, its files, its part
/// in replication. All others are the session's, or are taken to be the same on every node.
///
/// `port` and `cluster_name` are left out: who asks for them wants to know which node serves him.
enum NodeSettings {
    static let names = """
        allow_alter_system archive_cleanup_command archive_command archive_library archive_mode \
        archive_timeout bonjour bonjour_name config_file data_directory \
        data_directory_mode default_transaction_read_only event_source external_pid_file hba_file \
        hot_standby hot_standby_feedback ident_file in_hot_standby listen_addresses log_directory \
        log_filename max_connections max_slot_wal_keep_size max_standby_archive_delay \
        max_standby_streaming_delay primary_conninfo primary_slot_name promote_trigger_file \
        recovery_end_command recovery_init_sync_method recovery_min_apply_delay recovery_prefetch \
        recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn \
        recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid \
        reserved_connections restore_command ssl_ca_file \
        ssl_cert_file ssl_crl_dir ssl_crl_file ssl_dh_params_file ssl_key_file \
        stats_temp_directory superuser_reserved_connections sync_replication_slots \
        synchronized_standby_slots synchronous_standby_names syslog_ident transaction_deferrable \
        transaction_isolation transaction_read_only unix_socket_directories unix_socket_group \
        unix_socket_permissions wal_receiver_create_temp_slot wal_receiver_status_interval \
        wal_receiver_timeout wal_retrieve_retry_interval
        """
}
