extension ParameterTable {
    /// Parameters of the group "Connections".
    static let connections: [Parameter] = [
        .boolean(
            "serialize_accept", .at(\.serializeAccept),
            .startup, since: "3.5", .inactive(.withoutMeaning),
            """
            Take a lock around accept() so that one idle child at a time wakes up for a \
            connection.
            """),
        .text(
            "unix_socket_group", .at(\.unixSocketGroup),
            .startup, since: "4.4", .active(.listener),
            "Group that owns the client Unix sockets; empty = the group of the running user."),
        .list(
            "listen_addresses", .at(\.listenAddresses),
            .startup, since: "<=1.0", .active(.listener),
            """
            Addresses or host names on which clients are accepted; '*' = every IPv4 and IPv6 \
            address, '' = no TCP.
            """),
        .list(
            "pcp_listen_addresses", .at(\.pcpListenAddresses),
            .startup, since: "3.4", .active(.pcp),
            "TCP addresses for the PCP (control) server; same syntax as listen_addresses."),
        .list(
            "unix_socket_directories", .at(\.unixSocketDirectories),
            .startup, since: "4.4", .active(.listener),
            "Directories in which the client Unix socket is created."),
        .list(
            "pcp_socket_dir", .at(\.pcpSocketDir),
            .startup, since: "<=1.0", .active(.pcp),
            "Directories in which the PCP Unix socket is created."),
        .integer(
            "port", .at(\.port), 1024...65535,
            .startup, since: "<=1.0", .active(.listener),
            "TCP port for clients; also the suffix of the Unix socket name .s.PGSQL.PORT."),
        .integer(
            "pcp_port", .at(\.pcpPort), 1024...65535,
            .startup, since: "<=1.0", .active(.pcp),
            "TCP port of the PCP server and suffix of its Unix socket."),
        .octal(
            "unix_socket_permissions", .at(\.unixSocketPermissions), 0...0o777, shownInOctal: true,
            .startup, since: "4.4", .active(.listener),
            "File mode of the client Unix sockets (octal when written with a leading 0)."),
        .integer(
            "reserved_connections", .at(\.reservedConnections), .int32(),
            .startup, since: "4.1", .active(.pool),
            """
            When above 0, refuse clients with SQLSTATE 53300 once the sessions exceed \
            num_init_children minus this; 0 = let them wait.
            """),
        .integer(
            "listen_backlog_multiplier", .at(\.listenBacklogMultiplier), .int32(from: 1),
            .startup, since: "3.4", .active(.listener),
            "The listen() backlog is this value times num_init_children."),
    ]
}
