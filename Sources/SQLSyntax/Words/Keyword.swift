/// Keywords that mean something to the classifier. `none`: any other word.
enum Keyword: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case none

    // Heads of statements.
    case select, values, table, with, show, begin, start, commit, end, rollback, abort, savepoint
    case release, prepare, insert, update, delete, merge, truncate, copy, explain, set, reset
    case discard, deallocate, execute, declare, fetch, move, close, listen, unlisten, notify
    case lock, call, `do`, vacuum, analyze, analyse, cluster, reindex, checkpoint, load, create
    case alter, drop, grant, revoke, comment, security, refresh, `import`, reassign

    // Words that follow heads.
    case transaction, prepared, to, work, or, replace, function, procedure, atomic

    // Words inside a SELECT.
    case into, `for`, no, share, key, `as`, recursive, not, materialized, by, order, group
    case partition, over, filter, within, join, ilike, similar, tablesample, repeatable, system
    case bernoulli, sets, grouping, rollup, cube, first, next, columns, varying, character
    case char, bit, nchar, national, `case`, left, right, full, inner, outer, cross, natural

    // Names with a meaning.
    case pgCatalog, informationSchema
    /// The column of a sequence whose value a standby sees ahead of time.
    case lastValue

    /// SHOW of these tells the state of one server connection.
    case inHotStandby, transactionReadOnly, transactionIsolation, transactionDeferrable
    case defaultTransactionReadOnly, all, isolation

    /// The word as it is written in SQL, in lower case.
    var spelling: String {
        switch self {
        case .none: ""
        case .pgCatalog: "pg_catalog"
        case .informationSchema: "information_schema"
        case .lastValue: "last_value"
        case .inHotStandby: "in_hot_standby"
        case .transactionReadOnly: "transaction_read_only"
        case .transactionIsolation: "transaction_isolation"
        case .transactionDeferrable: "transaction_deferrable"
        case .defaultTransactionReadOnly: "default_transaction_read_only"
        default: "\(self)"
        }
    }
}

/// Words that cannot name a function a user made, unquoted and unqualified.
enum UncallableWords {
    /// PostgreSQL's reserved words: a parenthesis after one never begins an argument list of a user's
    /// function.
    static let reserved = """
        all analyse analyze and any array as asc asymmetric both case cast check collate column \
        constraint create current_catalog current_date current_role current_time \
        current_timestamp current_user default deferrable desc distinct do else end except false \
        fetch for foreign from grant group having in initially intersect into lateral leading \
        limit localtime localtimestamp not null offset on only or order placing primary \
        references returning select session_user some symmetric system_user table then to \
        trailing true union unique user using variadic when where window with
        """

    /// Words that PostgreSQL's grammar keeps for columns and special syntax (col_name_keyword).
    static let special = """
        between bigint bit boolean char character coalesce dec decimal exists extract float \
        greatest grouping inout int integer interval json_array json_arrayagg json_exists \
        json_object json_objectagg json_query json_scalar json_serialize json_table json_value \
        least merge_action national nchar none normalize nullif numeric out overlay position \
        precision real row setof smallint substring time timestamp trim values varchar \
        xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi \
        xmlroot xmlserialize xmltable
        """
}
