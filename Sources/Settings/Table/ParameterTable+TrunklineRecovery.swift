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
            - `sql`: a server that is up on the same host starts `trunkline host` (COPY TO PROGRAM),
              as recovery_user, who has to be allowed to; only where this is set.

            With recovery_1st_stage_command set, the scripts do the work and no host is asked; `sql`
            lets a server run them without the extension pgpool_recovery.
            """),
        .text(
            "recovery_host_command", .at(\.recoveryHostCommand),
            .reload, since: "trunkline", .active(.recovery),
            "What starts `trunkline host` on the hosts, for recovery_transport = ssh and sql."),
        .text(
            "recovery_ssh_user", .at(\.recoverySSHUser),
            .reload, since: "trunkline", .active(.recovery),
            "Account on the hosts for recovery_transport = ssh: the one that runs the servers."),
        .path(
            "recovery_ssh_key", .at(\.recoverySSHKey),
            .reload, since: "trunkline", .active(.recovery),
            "Private key for recovery_transport = ssh; '' = what ssh finds by itself."),
        .text(
            "recovery_ssh_options", .at(\.recoverySSHOptions),
            .reload, since: "trunkline", .active(.recovery),
            "Further arguments of ssh, such as -p 2222, with blanks between them."
        ).explained(
            """
            What ssh reads in the configuration of the account that the proxy runs as need not be
            said here. The check of the host's key stays on whatever is said.
            """),
        .text(
            "recovery_start_command", .at(\.recoveryStartCommand),
            .reload, since: "trunkline", .active(.recovery),
            """
            Run on the proxy's host to start the server of a recovered node, in place of the helper \
            on its host and of pgpool_remote_start.
            """
        ).explained(
            """
            Placeholders are those of failover_command: %d is the node, %h its host, %p its port and
            %D its data directory, %H, %r and %R are host, port and data directory of the primary. It
            may be run twice, if the proxy dies meanwhile. It has recovery_start_max to end.
            """),
        .choice(
            "recovery_plan", .at(\.recoveryPlan),
            .reload, since: "trunkline", .active(.recovery),
            "What a recovery does."
        ).explained(
            """
            - `auto`: what recovery_1st_stage_command says; where it is empty, what is built in.
            - `builtin`: what is built in, whatever that command says.
            - `start_only`: it starts the server and verifies that it is a standby that streams. That
              is what Pgpool-II does without recovery_1st_stage_command.
            """),
        .choice(
            "recovery_copy_from", .at(\.recoveryCopyFrom),
            .reload, since: "trunkline", .active(.recovery),
            "Whose data a copy is made of."
        ).explained(
            """
            - `primary`: the primary's.
            - `standby`: that of the standby in service that is least behind; without one no copy is
              made.
            - `auto`: the same, and the primary's where there is none, or the copy has failed.

            The node streams from the primary in any case, which keeps the WAL for it meanwhile.
            """),
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
        .kilobytes(
            "slot_max_retain", .at(\.slotMaxRetain), 0...8_796_093_022_207,
            .reload, since: "trunkline", .active(.recovery),
            "How much WAL the primary may keep for a node that is down, by a slot of ours; 0 = by room."
        ).explained(
            """
            0 stands for half of the room that is free on the primary's host, at least 1GB. The slot
            is dropped then, and the node needs a base backup when it comes back. Slots that somebody
            else has made are not touched.
            """),
        .seconds(
            "slot_max_age", .at(\.slotMaxAge), .int32(),
            .reload, since: "trunkline", .active(.recovery),
            "How long the slot of a node that is down is kept; 0 = no limit."),
        .choice(
            "recovery_checkpoint", .at(\.recoveryCheckpoint),
            .reload, since: "trunkline", .active(.recovery),
            "Whether the primary makes the checkpoint of a copy at once or in its own time."),
        .boolean(
            "recovery_verify_backup", .at(\.recoveryVerifyBackup),
            .reload, since: "trunkline", .active(.recovery),
            "Check each copy with pg_verifybackup before it is used (PostgreSQL 13 and later)."),
        .secondsOrNever(
            "recovery_keep_old", .at(\.recoveryKeepOld), .int32(),
            .reload, since: "trunkline", .active(.recovery),
            "How long the old data directory is kept after the node serves again."
        ).explained(
            """
            With 0 it goes when the node is verified. With `never` it may go before the copy begins,
            where there is no room for both and all other checks are passed: if the copy fails then,
            the node has nothing.
            """),
        .list(
            "recovery_tablespace_map", .backend(\.tablespaceMap),
            .reload, since: "trunkline", .active(.recovery),
            "Where the node's copies of the primary's tablespaces are: 'PATH=PATH, ...'."
        ).explained(
            """
            Each item has the absolute path on the primary and that on the node's host. A tablespace
            that is not listed comes to the path that it has on the primary. A copy is refused where
            that place is not empty.
            """),
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
