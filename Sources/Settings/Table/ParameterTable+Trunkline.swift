extension ParameterTable {
    /// Parameters of the group "Trunkline".
    static let trunkline: [Parameter] = [
        .integer(
            "worker_threads", .at(\.workerThreads), 0...256,
            .startup, since: "trunkline", .active(.workers),
            "Threads that carry client traffic; 0 = one per processor core."),
        .boolean(
            "strict_config", .at(\.strictConfig),
            .reload, since: "trunkline", .active(.program),
            "Treat an unknown parameter name as an error, not as a warning."),
        .bytes(
            "client_message_hold_max", .at(\.clientMessageHoldMax), .int64(from: 16384),
            .reload, since: "trunkline", .active(.memory),
            """
            Longest Query or Parse message that is held and analysed; a longer one is streamed \
            to the primary without analysis.
            """),
        .bytes(
            "connection_backlog_max", .at(\.connectionBacklogMax), .int64(from: 16384),
            .reload, since: "trunkline", .active(.memory),
            "Bytes held for one destination that reads slowly; above this its source is not read."),
        .bytes(
            "total_backlog_max", .at(\.totalBacklogMax), .int64(from: 16384),
            .reload, since: "trunkline", .active(.memory),
            """
            Bytes held for all slow destinations together; above this new clients are refused \
            with SQLSTATE 53200. Each worker thread has its share.
            """),
        .seconds(
            "welcome_max_age", .at(\.welcomeMaxAge), .int32(),
            .reload, since: "trunkline", .active(.clientAuthentication),
            """
            Time that login facts learned from a server are used before they are asked for \
            again; 0 = ask at every login.
            """),
        .list(
            "unpooled_databases", .at(\.unpooledDatabases),
            .reload, since: "trunkline", .active(.pool),
            """
            Databases whose server connections are closed with the session and never kept in the \
            pool.
            """),
        .bytes(
            "statement_cache_size", .at(\.statementCacheSize), .int64(),
            .startup, since: "trunkline", .active(.router),
            "Memory of each worker for the results of statement analysis; 0 = no cache."),
        .milliseconds(
            "relcache_query_timeout", .at(\.relcacheQueryTimeout), .int32(),
            .reload, since: "trunkline", .active(.router),
            """
            Longest wait of a statement for a missing catalog fact before it goes to the \
            primary; 0 = never wait.
            """),
        .choice(
            "read_your_writes", .at(\.readYourWrites),
            .reload, since: "trunkline", .active(.router),
            "Whose acknowledged writes a read on a standby has to see."
        ).explained(
            """
            - `off`: nobody's; a standby may answer before it has replayed what the session itself
              has just written.
            - `session`: those of its own session.
            - `user`: those of every session of its user.
            - `global`: those of every session.

            A write is acknowledged when the proxy has the server's answer to it, or to the COMMIT;
            a read that arrives later is answered by a node that has replayed the WAL up to there,
            else by the primary. So it is by the primary while it is not known how far the standbys
            are. Sessions of other proxies and of direct connections are not known here.
            """),
        .milliseconds(
            "read_your_writes_wait", .at(\.readYourWritesWait), 0...60000,
            .reload, since: "trunkline", .active(.router),
            """
            Longest wait of a read for a standby that has to replay what read_your_writes asks \
            for, before it goes to the primary; 0 = no wait.
            """),
        .integer(
            "session_statements_max", .at(\.sessionStatementsMax), .int32(),
            .reload, since: "trunkline", .active(.memory),
            "Prepared statements remembered for one session."),
        .integer(
            "pcp_node_info_fields", .at(\.pcpNodeInfoFields), 12...13,
            .reload, since: "trunkline", .active(.pcp),
            "Fields of the answer to pcp_node_info: 13, or 12 for clients of Pgpool-II 4.3 and older."
        ).explained(
            """
            Nothing tells the server which client asks, and each generation reads the other's answer
            wrongly: a delay under the heading of the state, a date in 1970. Set 12 if the `pcp_node_info`
            that is used is that of Debian 12 (4.3.5) or older. The program of that name that comes with
            Trunkline understands both.
            """),
        .boolean(
            "status_socket", .at(\.statusSocket),
            .startup, since: "trunkline", .active(.program),
            "Open the Unix socket that \"trunkline status\" reads."),
        .integer(
            "http_port", .at(\.httpPort), 0...65535,
            .startup, since: "trunkline", .active(.http),
            "TCP port for metrics, health checks and the admin page; 0 = off."
        ).explained(
            """
            `/metrics` is for Prometheus, `/healthz` and `/readyz` are for load balancers and
            orchestrators, `/` is a page for people: [metrics](metrics.md). Nothing can be changed
            there, and nobody has to log in.
            """),
        .list(
            "http_listen_addresses", .at(\.httpListenAddresses),
            .startup, since: "trunkline", .active(.http),
            """
            TCP addresses for metrics, health checks and the admin page; same syntax as \
            listen_addresses.
            """),
    ]
}
