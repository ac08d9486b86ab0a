/// PostgreSQL's own functions by unqualified name, class by class.
///
/// All of PostgreSQL 15's that SQL can call (not those with arguments of type internal), and what
/// later versions added up to 18. A name stands
/// for all its overloads, so one that writes makes it write. Names of pg_catalog come before all
/// others in a search_path which does not say otherwise; a session that puts a schema before
/// pg_catalog, or a user function which overloads such a name for argument types of its own, is not
/// seen here.
enum BuiltInFunctions {
    /// Their value is fixed by the transaction or the statement.
    static let transactionTime = """
        now statement_timestamp transaction_timestamp
        """

    /// Volatile in PostgreSQL's catalog, and yet a standby can run them: they write nothing, and any
    /// node's answer is as good as another's.
    static let harmlessVolatile = """
        amvalidate array_sample array_shuffle clock_timestamp current_query currtid2 \
        gen_random_uuid lo_get pg_partition_ancestors pg_partition_tree pg_sleep pg_sleep_for \
        pg_sleep_until random random_normal timeofday uuidv4 uuidv7
        """

    /// Volatile, and the answer belongs to the node: its role, its files, its locks, its log, or the
    /// session that the primary has (currval, lastval).
    static let nodeSpecificVolatile = """
        currval lastval pg_available_wal_summaries pg_backup_start_time pg_blocking_pids \
        pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery \
        pg_control_system pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn \
        pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_get_aios \
        pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members \
        pg_get_process_memory_contexts pg_get_shmem_allocations pg_get_shmem_allocations_numa \
        pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_get_wal_summarizer_state \
        pg_hba_file_rules pg_ident_file_mappings pg_indexes_size pg_is_in_backup pg_is_in_recovery \
        pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available \
        pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn \
        pg_last_xact_replay_timestamp pg_lock_status pg_logical_slot_peek_binary_changes \
        pg_logical_slot_peek_changes pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir \
        pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir \
        pg_ls_waldir pg_notification_queue_usage pg_numa_available pg_prepared_xact \
        pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size \
        pg_replication_origin_progress pg_replication_origin_session_is_setup \
        pg_replication_origin_session_progress pg_safe_snapshot_blocking_pids \
        pg_sequence_last_value pg_show_all_file_settings pg_show_replication_origin_status \
        pg_stat_file pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched \
        pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls \
        pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time \
        pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched \
        pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted \
        pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats \
        pg_table_size pg_tablespace_size pg_total_relation_size pg_wal_summary_contents \
        pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status txid_status
        """

    /// Stable by the catalog, and yet the answer belongs to the node or the server process. So do
    /// those of all functions that begin with `nodeSpecificPrefix`.
    static let nodeSpecific = """
        inet_client_addr inet_client_port inet_server_addr inet_server_port mxid_age \
        pg_available_extension_versions pg_available_extensions pg_backend_pid pg_conf_load_time \
        pg_config pg_current_snapshot pg_current_xact_id_if_assigned pg_cursor \
        pg_extension_update_paths pg_filenode_relation pg_get_replication_slots \
        pg_is_other_temp_schema pg_listening_channels pg_my_temp_schema pg_postmaster_start_time \
        pg_prepared_statement pg_relation_filenode pg_relation_filepath pg_show_all_settings \
        pg_tablespace_databases pg_tablespace_location pg_walfile_name pg_walfile_name_offset \
        txid_current_if_assigned txid_current_snapshot
        """

    static let nodeSpecificPrefix: StaticString = "pg_stat_get_"

    /// Session-level advisory locks. What is released at the end of a transaction is among those
    /// that write: it must be on the primary to be of use, and leaves nothing.
    static let advisoryLock = """
        pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
        """

    /// Leave something with the server process that no replay brings back. A replication slot goes with
    /// it if an argument says that it is temporary.
    static let leavesState = """
        pg_backup_start pg_copy_logical_replication_slot pg_copy_physical_replication_slot \
        pg_create_logical_replication_slot pg_create_physical_replication_slot \
        pg_replication_origin_session_reset pg_replication_origin_session_setup \
        pg_replication_origin_xact_reset pg_replication_origin_xact_setup pg_start_backup \
        set_config setseed
        """

    /// Write, signal other processes, run a query that is given as text, read relations that only an
    /// argument names (table_to_xml ...), work on what only the primary
    /// has, or are triggers. Two of them are stable by the catalog: txid_current and
    /// pg_current_xact_id, which assign an identifier and fail on a standby.
    static let writes = """
        RI_FKey_cascade_del RI_FKey_cascade_upd RI_FKey_check_ins RI_FKey_check_upd \
        RI_FKey_noaction_del RI_FKey_noaction_upd RI_FKey_restrict_del RI_FKey_restrict_upd \
        RI_FKey_setdefault_del RI_FKey_setdefault_upd RI_FKey_setnull_del RI_FKey_setnull_upd \
        binary_upgrade_add_sub_rel_state binary_upgrade_create_empty_extension \
        binary_upgrade_logical_slot_has_caught_up binary_upgrade_replorigin_advance \
        binary_upgrade_set_missing_value binary_upgrade_set_next_array_pg_type_oid \
        binary_upgrade_set_next_attribute_versions binary_upgrade_set_next_heap_pg_class_oid \
        binary_upgrade_set_next_heap_relfilenode binary_upgrade_set_next_index_pg_class_oid \
        binary_upgrade_set_next_index_relfilenode \
        binary_upgrade_set_next_multirange_array_pg_type_oid \
        binary_upgrade_set_next_multirange_pg_type_oid binary_upgrade_set_next_pg_authid_oid \
        binary_upgrade_set_next_pg_enum_oid binary_upgrade_set_next_pg_tablespace_oid \
        binary_upgrade_set_next_pg_type_oid binary_upgrade_set_next_toast_pg_class_oid \
        binary_upgrade_set_next_toast_relfilenode binary_upgrade_set_record_init_privs \
        brin_desummarize_range brin_summarize_new_values brin_summarize_range cursor_to_xml \
        cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema \
        gin_clean_pending_list lo_close lo_creat lo_create lo_export \
        lo_from_bytea lo_import lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate \
        lo_truncate64 lo_unlink loread lowrite nextval pg_advisory_unlock pg_advisory_unlock_all \
        pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared \
        pg_backup_stop pg_cancel_backend pg_clear_attribute_stats pg_clear_relation_stats \
        \
        \
        pg_create_restore_point pg_current_xact_id pg_drop_replication_slot pg_export_snapshot \
        pg_extension_config_dump pg_import_system_collations pg_log_backend_memory_contexts \
        pg_log_standby_snapshot pg_logical_emit_message pg_logical_slot_get_binary_changes \
        pg_logical_slot_get_changes pg_nextoid pg_notify pg_promote pg_reload_conf \
        pg_replication_origin_advance pg_replication_origin_create pg_replication_origin_drop \
        pg_replication_slot_advance pg_restore_attribute_stats pg_restore_relation_stats \
        pg_rotate_logfile pg_rotate_logfile_old pg_stat_clear_snapshot pg_stat_force_next_flush \
        pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot \
        pg_stat_reset_shared pg_stat_reset_single_function_counters \
        pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats \
        pg_stop_backup pg_stop_making_pinned_objects pg_switch_wal pg_sync_replication_slots \
        pg_terminate_backend pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared \
        pg_wal_replay_pause pg_wal_replay_resume query_to_xml query_to_xml_and_xmlschema \
        query_to_xmlschema schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema setval \
        suppress_redundant_updates_trigger table_to_xml table_to_xml_and_xmlschema \
        table_to_xmlschema ts_rewrite ts_stat \
        tsvector_update_trigger tsvector_update_trigger_column txid_current unique_key_recheck
        """
}
