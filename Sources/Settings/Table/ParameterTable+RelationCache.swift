extension ParameterTable {
    /// Parameters of the group "Relation cache".
    static let relationCache: [Parameter] = [
        .boolean(
            "check_unlogged_table", .at(\.checkUnloggedTable),
            .session, since: "3.4", .active(.router),
            "Look up whether a table is unlogged; reads of those go to the primary."),
        .boolean(
            "enable_shared_relcache", .at(\.enableSharedRelcache),
            .startup, since: "4.1", .active(.router),
            "Share what the catalog said among the worker threads."),
        .seconds(
            "relcache_expire", .at(\.relcacheExpire), .int64(),
            .startup, since: "3.1", .active(.router),
            "Time that answers of the catalog are believed; 0 = until a change is noticed."
        ).explained(
            """
            A statement that changes the catalog through the proxy, and a new primary, make it
            forget at once. What is changed elsewhere is noticed after this time.
            """),
        .integer(
            "relcache_size", .at(\.relcacheSize), .int32(),
            .startup, since: "3.2", .active(.router),
            "Names of tables that a worker thread keeps answers of the catalog for."
        ).explained(
            """
            As many names of functions are kept besides. Below 128 it counts as 128.
            """),
        .choice(
            "relcache_query_target", .at(\.relcacheQueryTarget),
            .reload, since: "4.1", .active(.router),
            "Where catalog lookups are sent: the primary, or a node that takes reads."),
        .choice(
            "check_temp_table", .at(\.checkTempTable),
            .reload, since: "3.2", .active(.router),
            "How temporary tables are recognised (on=catalog, off=none)."
        ).explained(
            """
            A session that was seen to create a temporary table reads from the primary, whatever is
            set here. With `catalog` a name that the catalog has as a temporary table, of whichever
            session, keeps a read on the primary as well, which covers tables made inside
            functions. `trace` and `none` do not look that up.
            """),
    ]
}
