extension ParameterTable {
    /// Parameters of the group "Streaming replication".
    static let streamingReplication: [Parameter] = [
        .boolean(
            "prefer_lower_delay_standby", .at(\.preferLowerDelayStandby),
            .reload, since: "4.3", .active(.router),
            "On excess lag, use the least lagging other standby instead of the primary."),
        .text(
            "sr_check_user", .at(\.srCheckUser),
            .reload, since: "3.1", .active(.roleCheck),
            "User of the role and lag check."),
        .secret(
            "sr_check_password", .at(\.srCheckPassword),
            .reload, since: "3.1", .active(.roleCheck),
            "Password of that user (AES…/TEXT…/md5… or plain); empty = look in pool_passwd."),
        .text(
            "sr_check_database", .at(\.srCheckDatabase),
            .reload, since: "3.5", .active(.roleCheck),
            "Database of the role and lag check."),
        .bytes(
            "delay_threshold", .at(\.delayThreshold), .int64(),
            .reload, since: "3.0", .active(.roleCheck),
            """
            Lag in WAL bytes above which a standby gets no reads, and neither one whose lag is \
            unknown; 0 = off.
            """),
        .seconds(
            "sr_check_period", .at(\.srCheckPeriod), .int32(),
            .reload, since: "3.1", .active(.roleCheck),
            """
            Time between role and lag checks; 0 counts as 10 seconds, because the primary has to \
            be found. With delay_threshold or delay_threshold_by_time there is a check every \
            second at least.
            """),
        .milliseconds(
            "delay_threshold_by_time", .at(\.delayThresholdByTime), .int32(),
            .reload, since: "4.4", .active(.roleCheck),
            """
            Lag in time above which a standby gets no reads, and neither one whose lag is unknown; \
            overrides delay_threshold when >0. Needs backend_application_name and an sr_check_user \
            with the rights of pg_monitor.
            """),
        .text(
            "replication_delay_source_cmd", .at(\.replicationDelaySourceCmd),
            .reload, since: "4.8devel", .inactive(.warn),
            """
            Command that prints one line of delays in milliseconds, one per standby (-1 = down); \
            its arguments are host:port of each node that is not the primary.
            """),
        .seconds(
            "replication_delay_source_timeout", .at(\.replicationDelaySourceTimeout), 1...3600,
            .reload, since: "4.8devel", .inactive(.warn),
            "Time allowed for replication_delay_source_cmd."),
    ]
}
