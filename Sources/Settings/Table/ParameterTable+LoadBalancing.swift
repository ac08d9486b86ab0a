extension ParameterTable {
    /// Parameters of the group "Load balancing".
    static let loadBalancing: [Parameter] = [
        .boolean(
            "load_balance_mode", .at(\.loadBalanceMode),
            .startup, since: "<=1.0", .active(.router),
            "Distribute SELECTs over backends."),
        .boolean(
            "ignore_leading_white_space", .at(\.ignoreLeadingWhiteSpace),
            .reload, since: "<=1.0", .active(.router),
            "Ignore blanks before the statement when deciding on load balancing."),
        .boolean(
            "allow_sql_comments", .at(\.allowSqlComments),
            .session, since: "3.4", .active(.router),
            """
            Ignore SQL comments when judging load balance/cache; off = a leading comment blocks \
            both.
            """),
        .boolean(
            "statement_level_load_balance", .at(\.statementLevelLoadBalance),
            .reload, since: "4.1", .active(.router),
            "Choose the read node per statement rather than per session."),
        .redirects(
            "user_redirect_preference_list", .at(\.userRedirectPreferenceList), subject: .user,
            .reload, since: "4.5",
            .inactive(
                .refuseWhileBalancing("sessions meant for the primary would read from standbys")),
            "Preferred read nodes by user: pattern:node(ratio)."),
        .redirects(
            "database_redirect_preference_list", .at(\.databaseRedirectPreferenceList),
            subject: .database,
            .reload, since: "3.4",
            .inactive(
                .refuseWhileBalancing("sessions meant for the primary would read from standbys")),
            "Preferred read nodes by database: pattern:node(ratio)."),
        .redirects(
            "app_name_redirect_preference_list", .at(\.appNameRedirectPreferenceList),
            subject: .application,
            .reload, since: "3.4",
            .inactive(
                .refuseWhileBalancing("sessions meant for the primary would read from standbys")),
            """
            Preferred read nodes by application_name: pattern:node(ratio); wins over database, \
            which wins over user.
            """),
        .dependencies(
            "dml_adaptive_object_relationship_list", .at(\.dmlAdaptiveObjectRelationshipList),
            .reload, since: "4.2", .inactive(.warn),
            "Pairs object:dependent for dml_adaptive; functions are written as name()."),
        .list(
            "read_only_function_list", .at(\.readOnlyFunctionList),
            .reload, since: "4.2", .inactive(.warn),
            "Functions that do not write (patterns); when set, all others count as writing."),
        .list(
            "write_function_list", .at(\.writeFunctionList),
            .reload, since: "4.2", .inactive(.warn),
            "Functions that write (patterns)."),
        .list(
            "primary_routing_query_pattern_list", .at(\.primaryRoutingQueryPatternList),
            separator: ";", backslashEscapes: true,
            .reload, since: "4.2",
            .inactive(
                .refuseWhileBalancing("statements meant for the primary would go to standbys")),
            "Statements that always go to the primary (patterns)."),
        .choice(
            "disable_load_balance_on_write", .at(\.disableLoadBalanceOnWrite),
            .reload, since: "4.0", .inactive(.warn),
            """
            How writes inside a session stop load balancing afterwards; matters most in \
            streaming replication.
            """),
        .real(
            "track_table_mutation_ttl_factor", .at(\.trackTableMutationTtlFactor), 1.0...100.0,
            .reload, since: "4.8devel", .inactive(.warn),
            "A written table is read from the primary for measured lag times this factor."),
        .milliseconds(
            "track_table_mutation_max_staleness", .at(\.trackTableMutationMaxStaleness),
            0...3_600_000,
            .reload, since: "4.8devel", .inactive(.warn),
            """
            Longest time one table may keep reads on the primary, counted from its first mark; 0 \
            = no cap.
            """),
        .milliseconds(
            "track_table_mutation_cold_start_duration", .at(\.trackTableMutationColdStartDuration),
            0...60000,
            .reload, since: "4.8devel", .inactive(.warn),
            """
            Time after the start (or after becoming watchdog leader) during which all reads go \
            to the primary.
            """),
        .integer(
            "track_table_mutation_table_buckets", .at(\.trackTableMutationTableBuckets), 64...65536,
            .startup, since: "4.8devel", .inactive(.warn),
            "Hash buckets of the shared table."),
        .integer(
            "track_table_mutation_table_size", .at(\.trackTableMutationTableSize), 128...131_072,
            .startup, since: "4.8devel", .inactive(.warn),
            "Entries of the shared table."),
    ]
}
