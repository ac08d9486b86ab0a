extension ParameterTable {
    /// Parameters of the group "Trunkline: recovery".
    static let trunklineRecovery: [Parameter] = [
        .choice(
            "recovery_transport", .at(\.recoveryTransport),
            .reload, since: "trunkline", .active(.recovery),
            "How the host of a node is reached, to copy data and to start and stop its server."
        ).explained(
            """
            - `auto`: as `local` where backend_hostnameN is this host, else as `ssh`.
            - `local`: the proxy starts `trunkline host` itself.
            - `ssh`: it runs `trunkline host` there, as recovery_ssh_user.

            With recovery_1st_stage_command set, the scripts do the work and no host is asked.
            """),
        .text(
            "recovery_ssh_user", .at(\.recoverySSHUser),
            .reload, since: "trunkline", .active(.recovery),
            "Account on the hosts for recovery_transport = ssh: the one that runs the servers."),
        .path(
            "recovery_ssh_key", .at(\.recoverySSHKey),
            .reload, since: "trunkline", .active(.recovery),
            "Private key for recovery_transport = ssh; '' = what ssh finds by itself."),
        .text(
            "recovery_ssh_program", .at(\.recoverySSHProgram),
            .reload, since: "trunkline", .active(.recovery),
            "Trunkline's program on the hosts for recovery_transport = ssh: a path or a name."),
        .list(
            "recovery_allow", .at(\.recoveryAllow),
            .reload, since: "trunkline", .active(.recovery),
            "Methods that a recovery may use: restart, rewind, basebackup."
        ).explained(
            """
            The cheapest one that can work is tried first; one that does not lead to a standby that
            streams is followed by the next.

            - `restart`: the data directory is that of a standby, and only has to be started.
            - `rewind`: what only the node has is taken back in place (pg_rewind).
            - `basebackup`: all is copied, beside the old data.
            """),
        .kilobytes(
            "recovery_max_rate", .at(\.recoveryMaxRate), 0...1_048_576,
            .reload, since: "trunkline", .active(.recovery),
            "Largest rate of a copy, per second; 0 = no limit, otherwise at least 32kB."),
        .text(
            "recovery_slot_prefix", .at(\.recoverySlotPrefix),
            .reload, since: "trunkline", .active(.recovery),
            "What the names of the nodes' replication slots begin with: node 1 has PREFIX_n1."),
        .choice(
            "recovery_checkpoint", .at(\.recoveryCheckpoint),
            .reload, since: "trunkline", .active(.recovery),
            "Whether the primary makes the checkpoint of a copy at once or in its own time."),
        .boolean(
            "recovery_verify_backup", .at(\.recoveryVerifyBackup),
            .reload, since: "trunkline", .active(.recovery),
            "Check each copy with pg_verifybackup before it is used (PostgreSQL 13 and later)."),
        .seconds(
            "recovery_keep_old", .at(\.recoveryKeepOld), .int32(),
            .reload, since: "trunkline", .active(.recovery),
            "How long the old data directory is kept after the node serves again."),
        .seconds(
            "recovery_start_max", .at(\.recoveryStartMax), .int32(from: 1),
            .reload, since: "trunkline", .active(.recovery),
            """
            Longest time until a started server is ready; recovery_timeout counts while it does \
            not replay.
            """),
        .seconds(
            "recovery_verify_timeout", .at(\.recoveryVerifyTimeout), .int32(from: 1),
            .reload, since: "trunkline", .active(.recovery),
            "Longest time until a started standby streams and has what the primary has."),
        .seconds(
            "recovery_stall_timeout", .at(\.recoveryStallTimeout), .int32(from: 1),
            .reload, since: "trunkline", .active(.recovery),
            "A copy of which nothing has moved for so long fails."),
        .choice(
            "recovery_verify", .at(\.recoveryVerify),
            .reload, since: "trunkline", .active(.recovery),
            "What a node has to show that recovery_1st_stage_command has recovered."
        ).explained(
            """
            - `strict`: that it is a standby of this cluster, streams from the primary and has
              replayed what the primary has.
            - `login`: that recovery_user can log in, which is all that Pgpool-II asks.
            """),
        .integer(
            "recovery_parallel", .at(\.recoveryParallel), 0...128,
            .reload, since: "trunkline", .active(.recovery),
            "How many nodes may be recovered at the same time; 0 = no limit."),
        .boolean(
            "auto_recovery", .at(\.autoRecovery),
            .reload, since: "trunkline", .active(.recovery),
            """
            After a failover the old primary is rewound, or copied anew, and returns as a standby \
            by itself.
            """
        ).explained(
            """
            What only the old primary had is lost then. A server that takes writes when it comes
            back is stopped first. Nodes that an operator has detached are left alone.
            """),
    ]
}
