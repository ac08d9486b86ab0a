"""What PostgreSQL's own functions do, from the catalog data in its source package."""
import os
import re

# Scripts/bootstrap unpacks it here.
SOURCE = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, ".build", "oracle", "postgresql")

# Volatile in the catalog, and yet they change nothing on any node: their answer varies, belongs to
# the node, or takes time.
HARMLESS_VOLATILE = set("""
    random gen_random_uuid clock_timestamp timeofday pg_sleep pg_sleep_for pg_sleep_until
    current_query currtid2 lo_get amvalidate pg_blocking_pids pg_collation_actual_version
    pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system pg_current_logfile
    pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
    pg_database_collation_actual_version pg_database_size pg_get_backend_memory_contexts
    pg_get_multixact_members pg_get_shmem_allocations pg_get_wal_replay_pause_state
    pg_get_wal_resource_managers pg_hba_file_rules pg_ident_file_mappings pg_indexes_size
    pg_is_in_recovery pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available
    pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
    pg_last_xact_replay_timestamp pg_lock_status pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir
    pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_tmpdir pg_ls_waldir
    pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact
    pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size
    pg_replication_origin_progress pg_safe_snapshot_blocking_pids pg_sequence_last_value
    pg_show_all_file_settings pg_show_replication_origin_status pg_stat_file pg_stat_have_stats
    pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp
    pg_xact_commit_timestamp_origin pg_xact_status txid_status system bernoulli
    """.split())

# Not volatile, and yet they need a primary: they assign a transaction id.
WRITING_STABLE = {"txid_current", "pg_current_xact_id"}


def load():
    path = os.path.join(SOURCE, "src", "include", "catalog", "pg_proc.dat")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    known, volatile = set(), set()
    for entry in re.split(r"\n\{ oid => ", text)[1:]:
        name = re.search(r"proname => '([^']+)'", entry).group(1)
        known.add(name)
        if "provolatile => 'v'" in entry:
            volatile.add(name)
    writing = {name for name in volatile if not name.startswith("pg_stat_get_")}
    return known, writing - HARMLESS_VOLATILE | WRITING_STABLE


KNOWN, WRITING = load()


def judge(name):
    """`harmless`, `writes` or `unknown` for the parts of a function's name."""
    if len(name) > 1 and name[-2] != "pg_catalog" or name[-1] not in KNOWN:
        return "unknown"
    return "writes" if name[-1] in WRITING else "harmless"
