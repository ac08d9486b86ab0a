extension ParameterTable {
    /// Parameters of the group "Backends".
    static let backend: [Parameter] = [
        .integer(
            "backend_port", .backend(\.port), 1024...65535,
            .reload, since: "<=1.0", .active(.nodes),
            "Port of the backend."),
        .real(
            "backend_weight", .backend(\.weight), 0.0...100_000_000,
            .reload, since: "<=1.0", .active(.nodes),
            "Relative load-balance weight, normalised over all backends."),
        .text(
            "backend_hostname", .backend(\.hostname),
            .reload, since: "<=1.0", .active(.nodes),
            """
            Host name/IP, or socket directory when it starts with '/'; defines that the backend \
            slot exists.
            """),
        .text(
            "backend_data_directory", .backend(\.dataDirectory),
            .reload, since: "2.2", .active(.nodes),
            "Data directory, passed to failover/recovery scripts."),
        .text(
            "backend_application_name", .backend(\.applicationName),
            .reload, since: "4.1", .active(.nodes),
            "Application_name of the node's walreceiver; used to match pg_stat_replication."),
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
