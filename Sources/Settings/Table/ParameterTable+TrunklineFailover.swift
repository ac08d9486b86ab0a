extension ParameterTable {
    /// Parameters of the group "Trunkline: failover".
    static let trunklineFailover: [Parameter] = [
        .boolean(
            "failover_builtin_promotion", .at(\.failoverBuiltinPromotion),
            .reload, since: "trunkline", .active(.failover),
            """
            Promote a standby over SQL when failover_command is empty; off = a lost primary is \
            only detached.
            """
        ).explained(
            """
            Leave it off where something else promotes (Patroni, repmgr, an operator of Kubernetes):
            two that promote make two primaries. With a failover_command, the command promotes.
            """),
        .choice(
            "failover_candidate_policy", .at(\.failoverCandidatePolicy),
            .reload, since: "trunkline", .active(.failover),
            "Which standby is promoted."
        ).explained(
            """
            - `lsn`: the one that has received most of the primary's WAL; of equals the one with the
              lowest node id.
            - `node_id`: the one with the lowest node id, as Pgpool-II does; what it has not received
              is lost.
            """),
        .bytes(
            "failover_max_lag_bytes", .at(\.failoverMaxLagBytes), .int64(),
            .reload, since: "trunkline", .active(.failover),
            """
            A standby that lacks more than this of the primary's last known WAL is not promoted; \
            0 = no limit.
            """),
        .milliseconds(
            "failover_drain", .at(\.failoverDrain), 0...60000,
            .reload, since: "trunkline", .active(.failover),
            """
            Longest wait for the standbys to store what they have received of a lost primary, \
            before one of them is chosen.
            """),
        .seconds(
            "failover_min_interval", .at(\.failoverMinInterval), .int32(),
            .reload, since: "trunkline", .active(.failover),
            "Shortest time between two automatic changes of the primary; 0 = no limit."),
        .seconds(
            "failover_command_timeout", .at(\.failoverCommandTimeout), .int32(from: 1),
            .reload, since: "trunkline", .active(.failover),
            """
            Time after which a running failover_command or failover_fence_command is ended, with \
            all that it has started.
            """),
        .boolean(
            "failover_veto_if_streaming", .at(\.failoverVetoIfStreaming),
            .reload, since: "trunkline", .active(.failover),
            """
            Promote nobody while a standby still receives from the primary: then only our own way \
            to it is broken.
            """),
        .seconds(
            "failover_veto_window", .at(\.failoverVetoWindow), .int32(),
            .reload, since: "trunkline", .active(.failover),
            """
            How recently a standby must have heard from the primary for \
            failover_veto_if_streaming.
            """),
        .text(
            "failover_fence_command", .at(\.failoverFenceCommand),
            .reload, since: "trunkline", .active(.failover),
            """
            Shell command that makes sure that a lost primary takes no more writes, run before \
            another is promoted; it has the placeholders of failover_command.
            """),
        .boolean(
            "failover_require_fencing", .at(\.failoverRequireFencing),
            .reload, since: "trunkline", .active(.failover),
            "Promote nobody unless failover_fence_command has succeeded."),
        .seconds(
            "failover_client_wait", .at(\.failoverClientWait), .int32(),
            .reload, since: "trunkline", .active(.failover),
            """
            Time that a new session or a statement for the primary waits while there is none, \
            before it fails with SQLSTATE 57P03; 0 = no wait.
            """),
        .choice(
            "failover_session_state", .at(\.failoverSessionState),
            .reload, since: "trunkline", .active(.failover),
            "What becomes of a session whose server is gone with state of the session."
        ).explained(
            """
            Settings and prepared statements are made again on another server. Temporary tables,
            cursors WITH HOLD, advisory locks of the session and LISTEN are not:

            - `strict`: a session that has any of these ends with SQLSTATE 57P01.
            - `replay`: it stays, without them, and is told so by a notice. If it was in a
              transaction, that is lost (40001); if a write or a COMMIT was on its way, the session
              ends as any other (08007). Each statement of such a session is looked at, which
              `strict` spares once a session is bound, and so it is with `load_balance_mode = off`.
              A change holds for sessions that begin or become bound from then on.

            Sessions with one backend, in raw mode, and replication connections end in any case.
            What `currval` and `lastval` gave is not kept under either.
            """),
        .boolean(
            "read_only_when_no_primary", .at(\.readOnlyWhenNoPrimary),
            .reload, since: "trunkline", .active(.failover),
            "Go on answering reads from the standbys while there is no primary."),
        .seconds(
            "switchover_drain_timeout", .at(\.switchoverDrainTimeout), .int32(),
            .reload, since: "trunkline", .active(.failover),
            """
            Time that running transactions get to end in a switchover, before they are ended; new \
            ones wait meanwhile.
            """),
        .choice(
            "rogue_primary_action", .at(\.roguePrimaryAction),
            .reload, since: "trunkline", .active(.failover),
            """
            What happens to a node that takes writes but is not the primary; no statement goes \
            there in any case.
            """
        ).explained(
            """
            - `none`: it is shown and logged.
            - `detach`: it is detached as well, so that it does not return by itself.
            - `demote`: as `detach`; and a primary that was replaced and comes back is restarted
              as a standby of the new one where failover_builtin_promotion is on. What only it had
              stays in its data directory until the node is recovered.
            """),
        .choice(
            "external_failover", .at(\.externalFailover),
            .reload, since: "trunkline", .active(.failover),
            "What happens when somebody else has promoted a standby."
        ).explained(
            """
            - `adopt`: it becomes the primary, if the former one takes no more writes and the
              timeline of the new one descends from the one recorded.
            - `ignore`: it is a rogue primary until an operator promotes it here too.
            """),
        .seconds(
            "health_check_start_grace", .at(\.healthCheckStartGrace), .int32(),
            .reload, since: "trunkline", .active(.healthCheck),
            "Time that a primary may be starting or stopping before its health check fails."),
        .seconds(
            "health_check_standby_start_grace", .at(\.healthCheckStandbyStartGrace), .int32(),
            .reload, since: "trunkline", .active(.healthCheck),
            "Time that a standby may be starting or stopping before its health check fails."),
        .boolean(
            "write_legacy_status_file", .at(\.writeLegacyStatusFile),
            .reload, since: "trunkline", .active(.failover),
            "Write work_dir/pgpool_status too, for scripts that read the state of nodes there."),
        .boolean(
            "allow_unsafe_command_values", .at(\.allowUnsafeCommandValues),
            .reload, since: "trunkline", .active(.failover),
            """
            Accept host names and data directories with characters that mean something to the \
            shell, although a command is set that they are put into.
            """),
    ]
}
