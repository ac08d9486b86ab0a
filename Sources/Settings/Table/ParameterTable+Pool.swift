extension ParameterTable {
    /// Parameters of the group "Pool".
    static let pool: [Parameter] = [
        .boolean(
            "connection_cache", .at(\.connectionCache),
            .startup, since: "<=1.0", .active(.pool),
            "Keep server connections after the client leaves."),
        .list(
            "reset_query_list", .at(\.resetQueryList), separator: ";",
            .reload, since: "<=1.0", .active(.pool),
            """
            Statements (separated by ;) sent to backends when a client leaves, before the \
            connection is cached.
            """),
        .integer(
            "num_init_children", .at(\.numInitChildren), .int32(from: 1),
            .startup, since: "<=1.0", .active(.pool),
            """
            Number of sessions that may be active at the same time; further clients wait in a \
            queue.
            """),
        .integer(
            "min_spare_children", .at(\.minSpareChildren), .int32(from: 1),
            .reload, since: "4.4", .inactive(.withoutMeaning),
            "Dynamic mode: lowest number of idle slots to keep."),
        .integer(
            "max_spare_children", .at(\.maxSpareChildren), .int32(from: 1),
            .reload, since: "4.4", .inactive(.withoutMeaning),
            "Dynamic mode: highest number of idle slots to keep."),
        .seconds(
            "child_life_time", .at(\.childLifeTime), .int32(),
            .startup, since: "<=1.0", .active(.pool),
            "Time after which what an idle session slot keeps is given up; 0 = never."),
        .seconds(
            "client_idle_limit", .at(\.clientIdleLimit), .int32(),
            .session, since: "2.2", .active(.pool),
            """
            Time a client may stay idle since its last query before it is disconnected; 0 = no \
            limit.
            """),
        .seconds(
            "connection_life_time", .at(\.connectionLifeTime), .int32(),
            .startup, since: "<=1.0", .active(.pool),
            "Time an unused server connection is kept after the client left; 0 = forever."),
        .integer(
            "child_max_connections", .at(\.childMaxConnections), .int32(),
            .startup, since: "<=1.0", .active(.pool),
            "Server connections are replaced after serving this many clients; 0 = never."),
        .integer(
            "max_pool", .at(\.maxPool), .int32(),
            .startup, since: "<=1.0", .active(.pool),
            """
            Server connections per session slot; a node has at most num_init_children times \
            max_pool of them, busy and idle ones together. 0 counts as 1.
            """),
        .choice(
            "process_management_mode", .at(\.processManagementMode),
            .reload, since: "4.4", .inactive(.withoutMeaning),
            """
            Whether session slots exist from the start (static) or come and go between the spare \
            limits (dynamic).
            """),
        .choice(
            "process_management_strategy", .at(\.processManagementStrategy),
            .reload, since: "4.4", .inactive(.withoutMeaning),
            "Dynamic mode: how quickly surplus idle slots are given up."),
    ]
}
