extension ParameterTable {
    /// Parameters of the group "Logging".
    static let logging: [Parameter] = [
        .boolean(
            "log_connections", .at(\.logConnections),
            .reload, since: "<=1.0", .active(.log),
            "Log each client connection."),
        .boolean(
            "log_disconnections", .at(\.logDisconnections),
            .reload, since: "4.2", .active(.log),
            "Log each client disconnect."),
        .boolean(
            "log_pcp_processes", .at(\.logPcpProcesses),
            .reload, since: "4.5", .active(.pcp),
            "Log each connection to the PCP server, and its end."),
        .boolean(
            "log_hostname", .at(\.logHostname),
            .reload, since: "<=1.0", .active(.log),
            """
            Show host names instead of addresses in the entries of log_connections and \
            log_disconnections.
            """),
        .boolean(
            "log_statement", .at(\.logStatement),
            .session, since: "<=1.0", .active(.log),
            "Log every SQL statement."),
        .boolean(
            "log_per_node_statement", .at(\.logPerNodeStatement),
            .session, since: "2.3", .active(.log),
            "Log each statement and message with the node that gets it."),
        .boolean(
            "notice_per_node_statement", .at(\.noticePerNodeStatement),
            .session, since: "4.1", .active(.log),
            "Tell the client as a NOTICE what log_per_node_statement logs."),
        .boolean(
            "log_client_messages", .at(\.logClientMessages),
            .session, since: "4.0", .active(.log),
            "Log each protocol message from the client."),
        .boolean(
            "logging_collector", .at(\.loggingCollector),
            .startup, since: "4.2", .active(.log),
            "Write log output into files that are rotated."),
        .boolean(
            "log_truncate_on_rotation", .at(\.logTruncateOnRotation),
            .reload, since: "4.2", .active(.log),
            "Overwrite instead of append on time-based rotation."),
        .destinations(
            "log_destination", .at(\.logDestination),
            .reload, since: "3.1", .active(.log),
            "Where the log goes: stderr, syslog or both."),
        .text(
            "syslog_ident", .at(\.syslogIdent),
            .reload, since: "3.1", .active(.log),
            "Syslog program name."),
        .text(
            "log_line_prefix", .at(\.logLinePrefix),
            .reload, since: "3.4", .active(.log),
            "Prefix of each log line; escapes %a %P %u %d %p %l %t %m %%."),
        .text(
            "log_directory", .at(\.logDirectory),
            .reload, since: "4.2", .active(.log),
            "Directory of collector files."),
        .text(
            "log_filename", .at(\.logFilename),
            .reload, since: "4.2", .active(.log),
            "Pattern of the names of collector files, in the form of strftime."),
        .minutes(
            "log_rotation_age", .at(\.logRotationAge), .int32(),
            .reload, since: "4.2", .active(.log),
            "Rotate after this time; 0 = off."),
        .kilobytes(
            "log_rotation_size", .at(\.logRotationSize), 0...2_097_151,
            .reload, since: "4.2", .active(.log),
            "Rotate after this size; 0 = off."),
        .octal(
            "log_file_mode", .at(\.logFileMode), .int32(), shownInOctal: false,
            .reload, since: "4.2", .active(.log),
            "Mode of collector files (octal with leading 0)."),
        .choice(
            "syslog_facility", .at(\.syslogFacility),
            .reload, since: "3.1", .active(.log),
            "Syslog facility."),
        .choice(
            "log_error_verbosity", .at(\.logErrorVerbosity),
            .session, since: "3.4", .active(.log),
            "Detail level of each log message."),
        .choice(
            "client_min_messages", .at(\.clientMinMessages),
            .session, since: "3.4", .inactive(.warn),
            "Lowest severity sent to clients."),
        .choice(
            "log_min_messages", .at(\.logMinMessages),
            .session, since: "3.4", .active(.log),
            "Lowest severity written to the log."),
        .choice(
            "log_standby_delay", .at(\.logStandbyDelay),
            .reload, since: "3.0", .active(.roleCheck),
            """
            When to log replication lag: every sr_check_period, or only where a standby gets no \
            reads because of it, and then at once.
            """),
        .choice(
            "log_backend_messages", .at(\.logBackendMessages),
            .session, since: "4.6", .inactive(.warn),
            "Log protocol messages from backends; terse folds repeats."),
    ]
}
