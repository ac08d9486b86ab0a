extension ParameterTable {
    /// Parameters of the group "Backends".
    static let backend: [Parameter] = [
        .text(
            "backend_hostname", .backend(\.hostname),
            .reload, since: "<=1.0", .active(.nodes),
            """
            Host name or address of the server, or the directory of its Unix socket when it \
            starts with '/'; empty = /tmp.
            """),
        .integer(
            "backend_port", .backend(\.port), 1024...65535,
            .reload, since: "<=1.0", .active(.nodes),
            "Port of the server; a slot without a port is unused."),
        .real(
            "backend_weight", .backend(\.weight), 0.0...100_000_000,
            .reload, since: "<=1.0", .active(.nodes),
            "Share of the reads, relative to the weights of the other nodes."),
        .text(
            "backend_data_directory", .backend(\.dataDirectory),
            .reload, since: "2.2", .active(.nodes),
            "Data directory on the server, passed to failover and recovery scripts."),
        .text(
            "backend_application_name", .backend(\.applicationName),
            .reload, since: "4.1", .active(.nodes),
            """
            The application_name of the node's WAL receiver, by which pg_stat_replication is \
            matched.
            """),
        .flags(
            "backend_flag", .backend(\.flags),
            .reload, since: "3.1", .active(.nodes),
            """
            What may happen to the node: ALLOW_TO_FAILOVER or DISALLOW_TO_FAILOVER, and \
            ALWAYS_PRIMARY, joined with |.
            """),
        .choice(
            "backend_clustering_mode", .at(\.backendClusteringMode),
            .startup, since: "4.2",
            .inactive(
                .refuseWords(
                    ["native_replication", "snapshot_isolation", "logical_replication"],
                    "writes would reach only one of the nodes", readBy: .nodes)),
            "How the nodes keep the same data, which decides where statements may go."),
    ]
}
