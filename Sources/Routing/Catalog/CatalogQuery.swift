/// The one query that the catalog is asked with: relations (`$1`) and functions (`$2`) by bare name,
/// both `text[]`.
///
/// A relation stands for everything that reading it reads: the children of a parent, and what
/// views and row security policies use. Those are followed by pg_depend, which knows objects and
/// not only names, and knows operators, too. It does not record PostgreSQL's own functions: they
/// are found in the texts of views and policies, where with ``settings`` in force every name
/// without a schema is PostgreSQL's own.
///
/// Works on PostgreSQL 12 and newer, on a standby as well, and needs no privileges.
public enum CatalogQuery {
    /// Settings of the asking connection that the query relies on.
    public static let settings: [(name: String, value: String)] = [
        ("search_path", "pg_catalog"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        // Planning takes longer than the query.
        ("plan_cache_mode", "force_generic_plan"),
        ("jit", "off"),
        // Somebody may hold a view locked: its definition can wait, all the other names cannot.
        ("lock_timeout", "50ms"),
        ("statement_timeout", "5s"),
        ("default_transaction_read_only", "on"),
    ]

    /// Bytes of a definition that is read; a longer one is not understood.
    static let definitionMax = 100_000

    /// Columns of an answer's row, all in text form.
    enum Column: Int, CaseIterable {
        /// What the row is: ``Mark``.
        case mark
        /// `relation`, `function`: the ordinal of the name, from 1. Else the oid of the relation
        /// that the row is about.
        case id
        case relation
        case schema
        case name
        /// `relation`: kind, persistence, then a letter for each hindrance. `function`, `call`:
        /// volatility, then `s` if its body or language shows that it may leave state, and `t` if
        /// it is not volatile and reads the transaction's time.
        case traits
        case argumentsMin
        /// NULL: any number.
        case argumentsMax
        /// `view`, `policy`: the definition, cut beyond ``definitionMax``, NULL if it is gone. Else
        /// the language.
        case text
        case extensionName
        /// Of volatile functions in SQL and PL/pgSQL: the body, cut beyond ``definitionMax``.
        case body
    }

    enum Mark: UInt8 {
        case relation = 0x52  // R
        case view = 0x56  // V
        case policy = 0x50  // P
        case function = 0x46  // F
        case call = 0x43  // C
    }

    public static let text = """
        WITH RECURSIVE
        named (n, relation) AS (
            SELECT w.n, c.oid
            FROM unnest($1::text[]) WITH ORDINALITY AS w (name, n)
            JOIN pg_class AS c ON c.relname = w.name::name
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
        rules (relation, class, rule, mark) AS NOT MATERIALIZED (
            SELECT r.ev_class, r.tableoid, r.oid, 'V'
            FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
            WHERE r.ev_type = '1' AND c.relkind = 'v'
            UNION ALL
            SELECT p.polrelid, p.tableoid, p.oid, 'P'
            FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
            WHERE p.polcmd IN ('r', '*') AND c.relrowsecurity),
        reached (top, relation) AS (
            SELECT relation, relation FROM named
            UNION
            SELECT r.top, step.relation
            FROM reached AS r CROSS JOIN LATERAL (
                SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = r.relation
                UNION ALL
                SELECT d.refobjid
                FROM rules AS u JOIN pg_depend AS d ON d.classid = u.class AND d.objid = u.rule
                WHERE u.relation = r.relation AND d.refclassid = 'pg_class'::regclass
            ) AS step (relation)),
        routines (mark, id, routine) AS (
            SELECT 'F', w.n, p.oid
            FROM unnest($2::text[]) WITH ORDINALITY AS w (name, n)
            JOIN pg_proc AS p ON p.proname = w.name::name
            WHERE p.prokind <> 'p'
            UNION
            SELECT 'C', r.top::int8, coalesce(o.oprcode, d.refobjid)
            FROM reached AS r
            JOIN rules AS u ON u.relation = r.relation
            JOIN pg_depend AS d ON d.classid = u.class AND d.objid = u.rule
            LEFT JOIN pg_operator AS o
                ON o.oid = d.refobjid AND d.refclassid = 'pg_operator'::regclass
            WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
        SELECT 'R'::text, n.n::text, n.relation::text, s.nspname::text, NULL::text,
            c.relkind::text || c.relpersistence::text || (
                SELECT concat(
                    CASE WHEN bool_or(d.relpersistence = 'u') THEN 'u' END,
                    CASE WHEN bool_or(d.relpersistence = 't') THEN 't' END,
                    CASE WHEN bool_or(d.relkind = 'f') THEN 'f' END,
                    CASE WHEN bool_or(d.relkind = 'S') THEN 's' END,
                    CASE WHEN bool_or(d.relnamespace IN ('pg_catalog'::regnamespace,
                        'information_schema'::regnamespace)) THEN 'c' END)
                FROM reached AS r JOIN pg_class AS d ON d.oid = r.relation
                WHERE r.top = n.relation),
            NULL::text, NULL::text, NULL::text, NULL::text, NULL::text
        FROM named AS n
        JOIN pg_class AS c ON c.oid = n.relation
        JOIN pg_namespace AS s ON s.oid = c.relnamespace
        UNION ALL
        SELECT u.mark, r.top::text, NULL, NULL, NULL, NULL, NULL, NULL,
            left(CASE u.mark
                WHEN 'V' THEN pg_get_viewdef(u.relation)
                ELSE (SELECT 'SELECT ' || pg_get_expr(p.polqual, p.polrelid)
                    FROM pg_policy AS p WHERE p.oid = u.rule)
                END, \(definitionMax + 1)), NULL, NULL
        FROM reached AS r
        JOIN rules AS u ON u.relation = r.relation
        UNION ALL
        SELECT f.mark, f.id::text, NULL, s.nspname::text, p.proname::text,
            v.volatility || CASE
                WHEN l.lanname IN ('sql', 'plpgsql') THEN concat(
                    CASE WHEN b.body ~* w.words OR regexp_replace(
                        regexp_replace(b.body, '/\\*.*?\\*/', ' ', 'g'), '--[^\\n]*', ' ', 'g')
                        ~* w.words THEN 's' END,
                    CASE WHEN v.volatility <> 'v' AND b.body ~* $re$\(timeWords)$re$ THEN 't' END)
                WHEN v.volatility = 'v' THEN 's'
                ELSE '' END,
            CASE WHEN g.kind IS DISTINCT FROM 'n' AND p.prokind = 'a' THEN '0'
                ELSE (p.pronargs - p.pronargdefaults)::text END,
            CASE WHEN p.provariadic <> 0 OR (g.kind IS DISTINCT FROM 'n' AND p.prokind = 'a')
                THEN NULL ELSE p.pronargs::text END,
            l.lanname::text,
            (SELECT e.extname::text
                FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'),
            CASE WHEN v.volatility = 'v' AND l.lanname IN ('sql', 'plpgsql')
                THEN left(b.body, \(definitionMax + 1)) END
        FROM routines AS f
        JOIN pg_proc AS p ON p.oid = f.routine
        JOIN pg_namespace AS s ON s.oid = p.pronamespace
        JOIN pg_language AS l ON l.oid = p.prolang
        LEFT JOIN LATERAL (
            SELECT a.aggkind, max(t.provolatile::text)
            FROM pg_aggregate AS a JOIN pg_proc AS t ON t.oid IN (a.aggtransfn, a.aggfinalfn)
            WHERE a.aggfnoid = p.oid GROUP BY a.aggkind) AS g (kind, volatility) ON p.prokind = 'a'
        CROSS JOIN LATERAL (
            SELECT greatest(p.provolatile::text, g.volatility)) AS v (volatility)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN p.prosrc = '' AND l.lanname = 'sql' THEN pg_get_functiondef(p.oid)
                ELSE p.prosrc END) AS b (body)
        CROSS JOIN LATERAL (
            SELECT CASE v.volatility WHEN 'v' THEN $re$\(dynamicWords)|\(stateWords)$re$
                ELSE $re$\(stateWords)$re$ END) AS w (words)
        """

    /// What is put together at run time may do anything. Functions that are not volatile are
    /// believed to read with it.
    private static let dynamicWords = #"\m(execute|dblink\w*)\M"#

    /// What asks for the time of the transaction.
    private static let timeWords =
        #"\m(now|(statement|transaction)_timestamp|current_(date|time|timestamp)|"#
        + #"local(time|timestamp))\M"#

    /// A function body that may leave something on its connection: temporary objects, settings,
    /// session-level locks, prepared statements, held cursors, listening.
    private static let stateWords = [
        #"\mtemp(orary)?\s+(recursive\s+)?(table|view|sequence)\M"#,
        #"\minto\s+((local|global)\s+)?temp(orary)?\M"#,
        #"\mpg_temp"#,
        #"\m(set_config|setseed|set_limit|listen)\M"#,
        #"\mpg_(try_)?advisory_lock(_shared)?\M"#,
        #"\mwith\s+hold\M"#,
        #"(^|;|\m(begin|then|else|loop|atomic)\M)\s*"#
            + #"(set\s+(?!local\M)|(reset|discard|load|prepare)\M)"#,
    ].joined(separator: "|")
}
