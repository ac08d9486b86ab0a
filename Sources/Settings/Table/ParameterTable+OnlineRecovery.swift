extension ParameterTable {
    /// Parameters of the group "Online recovery".
    static let onlineRecovery: [Parameter] = [
        .text(
            "recovery_user", .at(\.recoveryUser),
            .reload, since: "2.2", .active(.recovery),
            """
            User for recovery: a superuser, or one with REPLICATION and pg_monitor; '' = \
            sr_check_user.
            """),
        .secret(
            "recovery_password", .at(\.recoveryPassword),
            .reload, since: "2.2", .active(.recovery),
            "Password for recovery_user (AES…/TEXT…/plain); empty = look in pool_passwd."),
        .text(
            "recovery_database", .at(\.recoveryDatabase),
            .reload, since: "4.7", .active(.recovery),
            "Database that holds the recovery functions; '' = postgres."),
        .text(
            "recovery_1st_stage_command", .at(\.recovery1stStageCommand),
            .reload, since: "2.2", .active(.recovery),
            """
            Script in the primary's data directory that copies the data, run by the extension \
            pgpool_recovery; '' = recovery is built in.
            """
        ).explained(
            """
            With recovery_transport = sql it is run without the extension where that is not installed,
            and may be an absolute path.
            """),
        .text(
            "recovery_2nd_stage_command", .at(\.recovery2ndStageCommand),
            .reload, since: "2.2", .inactive(.warn),
            "Script name in the main node's data directory, stage 2 (clients blocked)."),
        .seconds(
            "recovery_timeout", .at(\.recoveryTimeout), .int32(),
            .reload, since: "2.2", .active(.recovery),
            "Time to wait for the recovered node to start."),
        .seconds(
            "client_idle_limit_in_recovery", .at(\.clientIdleLimitInRecovery), .int32(from: -1),
            .session, since: "2.2", .inactive(.warn),
            """
            Idle limit of clients in the second stage of recovery; -1 = disconnect at once, 0 = \
            no limit.
            """),
    ]
}
