extension ParameterTable {
    /// Parameters of the group "Replication".
    static let replication: [Parameter] = [
        .boolean(
            "replication_stop_on_mismatch", .at(\.replicationStopOnMismatch),
            .reload, since: "<=1.0", .inactive(.warn),
            "Detach the minority node when replies differ in kind; off = only end the session."),
        .boolean(
            "failover_if_affected_tuples_mismatch", .at(\.failoverIfAffectedTuplesMismatch),
            .reload, since: "3.0", .inactive(.warn),
            """
            Detach the minority node when affected-row counts differ; off = only end the \
            session.
            """),
        .boolean(
            "replicate_select", .at(\.replicateSelect),
            .reload, since: "<=1.0", .inactive(.warn),
            "Send SELECTs to every backend."),
        .boolean(
            "insert_lock", .at(\.insertLock),
            .reload, since: "<=1.0", .inactive(.warn),
            "Take a table/row lock before INSERT into tables with serial columns."),
        .text(
            "lobj_lock_table", .at(\.lobjLockTable),
            .reload, since: "2.3", .inactive(.warn),
            """
            Table locked when creating large objects so that all nodes get the same OID; '' = \
            off.
            """),
    ]
}
