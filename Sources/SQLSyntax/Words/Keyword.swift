/// Words that mean something to the parser. `none`: any other word.
///
/// Most are names as well: a keyword counts only where the grammar has a place for it.
enum Keyword: UInt16, BitwiseCopyable, Sendable, CaseIterable {
    case none

    // Heads of statements.
    case select, values, table, with, show, begin, start, commit, end, rollback, abort, savepoint
    case release, prepare, insert, update, delete, merge, truncate, copy, explain, set, reset
    case discard, deallocate, execute, declare, fetch, move, close, listen, unlisten, notify
    case lock, call, `do`, vacuum, analyze, analyse, cluster, reindex, checkpoint, load, create
    case alter, drop, grant, revoke, comment, security, refresh, `import`, reassign, pgpool

    // Transactions and settings.
    case transaction, work, prepared, to, and, chain, no, isolation, level, read, write, only
    case deferrable, repeatable, serializable, committed, uncommitted, snapshot, session, local
    case characteristics, constraints, role, authorization, time, zone, names, xml, option, schema
    case `default`, current, all, plans, sequences, temp, temporary, on, `true`, `false`

    // Queries.
    case into, from, `where`, group, by, having, window, union, intersect, except, order, limit
    case offset, `for`, `as`, distinct, recursive, not, materialized, search, cycle, using, of
    case share, key, nowait, skip, locked, unlogged, global, first, next, ties, ordinality
    case lateral, rows, tablesample, natural, cross, inner, left, right, full, outer, join

    // Expressions.
    case null, `is`, `in`, within, filter, over, partition, range, groups, at, escape, like, ilike
    case similar, between, overlaps, normalized, collation, `operator`, variadic, returning
    case passing, columns, value, sets, rollup, cube, grouping, then, placing, leading
    case trailing, uescape

    // Calls with a syntax of their own.
    case cast, treat, xmlparse, xmlserialize, document, content, xmlexists, extract, overlay,
        position, substring
    case trim, normalize, json, jsonArray, jsonObject, jsonObjectagg, format, graphTable
    case setConfig, currentSetting, age

    // Types of more than one word.
    case double, precision, character, char, nchar, national, bit, varying, setof, interval
    case year, month, day, hour, minute, second

    // Calls without parentheses.
    case currentDate, currentTime, currentTimestamp, localtime, localtimestamp, currentUser
    case currentRole, sessionUser, systemUser, user, currentCatalog, currentSchema

    // Changes and definitions.
    case conflict, constraint, unique, nothing, overriding, stdin, stdout, program, binary
    case freeze, verbose, hold, without, cursor, `if`, exists, or, replace, function, procedure
    case routine, atomic, view, index, sequence, foreign, rule, trigger, event, database, system
    case domain, type, language, large, tablespace, parameter, publication, statistics, policy
    case concurrently, references, inherit, inherits, also, instead, attach, detach, `extension`,
        `case`

    // Names with a meaning.
    case pgCatalog, informationSchema
    /// The column of a sequence whose value a standby sees ahead of time.
    case lastValue

    /// YEAR, DAY TO SECOND ... behind INTERVAL.
    var isIntervalField: Bool {
        switch self {
        case .year, .month, .day, .hour, .minute, .second, .to: true
        default: false
        }
    }

    /// The word as it is written in SQL, in lower case.
    var spelling: String {
        switch self {
        case .none: ""
        default: Self.spelling(of: "\(self)")
        }
    }

    /// `currentDate` is written current_date.
    private static func spelling(of name: String) -> String {
        var spelling = ""
        for letter in name.unicodeScalars {
            if letter.value < 0x61, letter != "_" {
                spelling += "_" + String(letter).lowercased()
            } else {
                spelling.unicodeScalars.append(letter)
            }
        }
        return spelling
    }
}

/// PostgreSQL's keywords that are not free to be names everywhere (src/include/parser/kwlist.h,
/// version 18).
enum RestrictedWords {
    /// Never a name unless quoted.
    static let reserved = """
        all analyse analyze and any array as asc asymmetric both case cast check collate column \
        constraint create current_catalog current_date current_role current_time \
        current_timestamp current_user default deferrable desc distinct do else end except false \
        fetch for foreign from grant group having in initially intersect into lateral leading \
        limit localtime localtimestamp not null offset on only or order placing primary \
        references returning select session_user some symmetric system_user table then to \
        trailing true union unique user using variadic when where window with
        """

    /// Names of functions and types, not of relations and columns.
    static let typeOrFunction = """
        authorization binary collation concurrently cross current_schema freeze full ilike inner \
        is isnull join left like natural notnull outer overlaps right similar tablesample verbose
        """

    /// Names of columns and relations; before a parenthesis they are types or special syntax, never
    /// the name of a user's function.
    static let column = """
        between bigint bit boolean char character coalesce dec decimal exists extract float \
        graph_table greatest grouping inout int integer interval json json_array json_arrayagg \
        json_exists json_object json_objectagg json_query json_scalar json_serialize json_table \
        json_value least merge_action national nchar none normalize nullif numeric out overlay \
        position precision real row setof smallint substring time timestamp treat trim values \
        varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse \
        xmlpi xmlroot xmlserialize xmltable
        """
}
