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
            .reload, since: "4.5", .active(.router),
            "Preferred read nodes by user: pattern:node(ratio)."
        ).explained(preferences),
        .redirects(
            "database_redirect_preference_list", .at(\.databaseRedirectPreferenceList),
            subject: .database,
            .reload, since: "3.4", .active(.router),
            "Preferred read nodes by database: pattern:node(ratio); wins over user."
        ).explained("As `user_redirect_preference_list`, for the name of the database."),
        .redirects(
            "app_name_redirect_preference_list", .at(\.appNameRedirectPreferenceList),
            subject: .application,
            .reload, since: "3.4", .active(.router),
            """
            Preferred read nodes by application_name: pattern:node(ratio); wins over database, \
            which wins over user.
            """
        ).explained(
            """
            As `user_redirect_preference_list`, for the `application_name` of the startup packet;
            one that is set later does not count.
            """),
        .dependencies(
            "dml_adaptive_object_relationship_list", .at(\.dmlAdaptiveObjectRelationshipList),
            .reload, since: "4.2", .active(.router),
            "Pairs object:dependent for dml_adaptive; functions are written as name()."
        ).explained(
            """
            Checked, with no further effect: a transaction that wrote anything stays on the primary
            (see `disable_load_balance_on_write`), so that it reads every table as it left it,
            dependent or not.
            """),
        .list(
            "read_only_function_list", .at(\.readOnlyFunctionList),
            .reload, since: "4.2", .active(.router),
            "Functions that do not write (patterns); when set, all others count as writing."
        ).explained(
            """
            \(patterns)

            It is compared with the name as the statement has it, without double quotes, and with
            a schema only if the statement has one: `f` and `public.f` need two entries, or
            `(public\\.)?f`. How volatile a function is does not matter then. Functions of
            PostgreSQL itself are known and need no entry.

            Not together with `write_function_list`.
            """),
        .list(
            "write_function_list", .at(\.writeFunctionList),
            .reload, since: "4.2", .active(.router),
            "Functions that write (patterns); when set, no others of the catalog count as writing."
        ).explained(
            """
            Entries are those of `read_only_function_list`. One may name a function of PostgreSQL
            itself, to keep its callers on the primary; those that are known to write do so
            without an entry.

            Not together with `read_only_function_list`.
            """),
        .list(
            "primary_routing_query_pattern_list", .at(\.primaryRoutingQueryPatternList),
            separator: ";", backslashEscapes: true,
            .reload, since: "4.2", .active(.router),
            "Statements that always go to the primary (patterns)."
        ).explained(
            """
            \(patterns)

            It is compared with the whole text of the client's message, comments included, without
            double quotes; `.` also matches a line end. `\\;` is a semicolon in an entry, and blanks
            around an entry belong to it. It wins over `read_only_function_list`.
            """),
        .choice(
            "disable_load_balance_on_write", .at(\.disableLoadBalanceOnWrite),
            .reload, since: "4.0", .active(.router),
            "How far a write keeps later reads of its session on the primary."
        ).explained(
            """
            A transaction that wrote stays on the primary until it ends, whatever is set here: it
            has to read what it wrote. So `off`, `dml_adaptive` and `dml_adaptive_global` do what
            `transaction` does.

            - `transaction`: the rest of the transaction.
            - `trans_transaction`: also all later explicit transactions of the session.
            - `always`: everything later in the session.

            What reads after the transaction see of it is up to `read_your_writes`, in each mode.
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

    /// What an entry of a pattern list is.
    private static let patterns = """
        An entry is a POSIX extended regular expression in any letter case, which has to match the
        whole: `a|b` matches `a` and `b` only, `^` and `$` at the ends add nothing, and `.*` leaves
        something open. Back references are refused.
        """

    /// What an entry of a redirect list is.
    private static let preferences = """
        The pattern is a POSIX extended regular expression in any letter case, which has to match
        the whole name. The first entry of a list that matches counts; of the three lists that for
        applications counts before that for databases, and that before the one for users. A list
        that does not match says nothing.

        The node is `primary`, `standby` (any other, chosen by weight) or the number of a configured
        node, whose weight does not matter. The ratio, 0 to 1, is the share of the sessions that
        follows, by default all: the others choose among the other nodes by weight, and for
        `standby` they read from the primary.
        """
}
