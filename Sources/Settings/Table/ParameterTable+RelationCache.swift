extension ParameterTable {
    /// Parameters of the group "Relation cache".
    static let relationCache: [Parameter] = [
        .boolean(
            "check_unlogged_table", .at(\.checkUnloggedTable),
            .session, since: "3.4", .inactive(.warn),
            "Look up whether a table is unlogged."),
        .boolean(
            "enable_shared_relcache", .at(\.enableSharedRelcache),
            .startup, since: "4.1", .inactive(.warn),
            "Share catalog lookups through the query cache memory."),
        .seconds(
            "relcache_expire", .at(\.relcacheExpire), .int64(),
            .startup, since: "3.1", .inactive(.warn),
            "Time a catalog-lookup entry lives; 0 = forever."),
        .integer(
            "relcache_size", .at(\.relcacheSize), .int32(),
            .startup, since: "3.2", .inactive(.warn),
            "Number of catalog-lookup entries."),
        .choice(
            "relcache_query_target", .at(\.relcacheQueryTarget),
            .reload, since: "4.1", .inactive(.warn),
            "Where catalog lookups are sent."),
        .choice(
            "check_temp_table", .at(\.checkTempTable),
            .reload, since: "3.2", .inactive(.warn),
            "How temporary tables are recognised (on=catalog, off=none)."),
    ]
}
