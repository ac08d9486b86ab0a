import SQLSyntax
import Testing

/// Relations and calls in the places where they are easily missed.
@Suite struct MentionTests {
    @Test(
        "every relation is found, and no more",
        arguments: [
            ("SELECT * FROM a, b JOIN c ON true, LATERAL (SELECT * FROM d) x", "a b c d"),
            ("SELECT * FROM a JOIN b JOIN c ON true JOIN d USING (i) ON false", "a b c d"),
            ("SELECT * FROM ((SELECT * FROM a) UNION TABLE b) s, ((c CROSS JOIN d))", "a b c d"),
            ("SELECT (((SELECT 1 FROM a) UNION SELECT 2 FROM b) EXCEPT SELECT 3 FROM c)", "a b c"),
            ("SELECT * FROM ONLY (a), b * AS x (y), c TABLESAMPLE m (1) REPEATABLE (2)", "a b c"),
            (
                "SELECT ARRAY(TABLE a), EXISTS (SELECT FROM b), (VALUES ((SELECT 1 FROM c)))",
                "a b c"
            ),
            ("SELECT a.b FROM c ORDER BY (SELECT d FROM e) LIMIT (SELECT f FROM g)", "c e g"),
            ("WITH a AS (TABLE b), b AS (TABLE a) SELECT * FROM a, b, c, s.a", "b c s.a"),
            ("WITH RECURSIVE a AS (TABLE b), b AS (TABLE c) SELECT * FROM a", "c"),
            ("WITH recursive AS (TABLE a) TABLE recursive", "a"),
            ("SELECT * FROM (WITH a AS (TABLE b) TABLE a) x, a", "b a"),
            ("SELECT * FROM extract(year FROM (SELECT b FROM a)) x, coalesce((TABLE c), 1)", "a c"),
            ("SELECT * FROM CAST((TABLE a) AS int) x, current_date, current_schema y", "a"),
            ("SELECT x IS DISTINCT FROM (TABLE a), substring(b FROM c FOR d) FROM e", "a e"),
            ("SELECT 1 distinct FROM a", "a"), ("SELECT 1 collation FROM a", "a"),
            (
                "SELECT count(*) FILTER (WHERE EXISTS (TABLE a)) OVER (ORDER BY (TABLE b)) FROM c",
                "a b c"
            ),
            ("INSERT INTO a (b, c) SELECT * FROM d CROSS JOIN e ON CONFLICT DO NOTHING", "a d e"),
            ("INSERT INTO a ((SELECT 1 FROM b)) RETURNING (SELECT c FROM d)", "a b d"),
            ("INSERT INTO a (values) VALUES ((TABLE b))", "a b"),
            (
                "UPDATE a x SET b = (TABLE c), (d, e) = (SELECT 1, 2 FROM f) FROM g WHERE h",
                "a c f g"
            ),
            ("DELETE FROM ONLY a USING b JOIN c ON true WHERE d = ALL (TABLE e)", "a b c e"),
            (
                """
                MERGE INTO a USING (TABLE b) x ON EXISTS (TABLE c) WHEN MATCHED AND (SELECT d FROM e)
                THEN UPDATE SET f = (TABLE g) WHEN NOT MATCHED THEN INSERT (h) VALUES ((TABLE i))
                """, "a b c e g i"
            ),
            ("CREATE TABLE a (LIKE b, c int REFERENCES d (e)) INHERITS (f, g)", "a b d f g"),
            ("CREATE TABLE a PARTITION OF b FOR VALUES IN (1)", "a b"),
            ("CREATE TABLE a (b, c) WITH (d = 1) AS (TABLE e) UNION TABLE f", "a e f"),
            ("CREATE RECURSIVE VIEW a (n) AS VALUES (1) UNION SELECT n FROM a, b", "a b"),
            ("CREATE RULE a AS ON INSERT TO b DO (VALUES (1); INSERT INTO c TABLE d)", "b c d"),
            ("CREATE STATISTICS a ON b, (c + 1) FROM d", "d"),
            ("CREATE POLICY a ON b USING (EXISTS (TABLE c))", "b c"),
            ("CREATE POLICY a ON b AS PERMISSIVE FOR SELECT TO c USING ((TABLE d))", "b d"),
            ("ALTER TABLE a ADD CHECK (EXISTS (TABLE b)) NO INHERIT, ADD c int", "a b"),
            ("CREATE TRIGGER a AFTER INSERT ON b FOR EACH ROW EXECUTE FUNCTION s.left()", "b"),
            ("SELECT a TABLE, b.c SELECT, (d) table FROM e", "e"),
            ("CREATE COLLATION materialized (a = b)", ""),
            ("CREATE SERVER view OPTIONS (a 'b')", ""),
            (
                "SELECT xmlparse(content (TABLE a)), xmlserialize(document (TABLE b) AS text) FROM c",
                "a b c"
            ),
            ("SELECT recursive select", ""), ("DROP TABLE a.b.c.d, e", "e"),
            (
                "SELECT * FROM COLLATION FOR ((TABLE a)) x, JSON_ARRAY(SELECT b FROM c) y, d",
                "a c d"
            ),
            ("SELECT JSON_ARRAY(TABLE a FORMAT JSON RETURNING jsonb) FROM b", "a b"),
            ("SELECT * FROM JSON_ARRAY(SELECT b FROM a FORMAT JSON) WITH ORDINALITY x (y, z)", "a"),
            ("CREATE SCHEMA x CREATE TABLE a (b int) GRANT SELECT ON c TO d", "a c"),
            ("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c, INHERIT d", "a c d"),
            ("ALTER TABLE a ATTACH PARTITION s.b DEFAULT", "a s.b"),
            ("ALTER TRIGGER a ON b RENAME TO c", "b"), ("DROP TRIGGER a ON s.b", "s.b"),
            ("DROP FOREIGN TABLE a, b", "a b"), ("DROP FUNCTION f(int)", ""),
            ("GRANT SELECT (a, b), UPDATE ON TABLE c, s.d TO e", "c s.d"),
            ("GRANT ALL ON schema TO a", "schema"), ("GRANT ALL ON SCHEMA a TO b", ""),
            ("REVOKE GRANT OPTION FOR ALL ON a FROM b", "a"), ("GRANT a TO b", ""),
            ("VACUUM (FULL) a (b), c", "a c"), ("CLUSTER a ON b", "b"), ("REINDEX SCHEMA a", ""),
        ])
    func relations(sql: String, names: String) throws {
        let message = ParsedMessage.of(sql)
        #expect(message.fault == nil && message.statements.count == 1)
        let tables = try #require(message.statements.first).tables.map { table in
            [table.schema, table.name].compactMap { $0 }
                .map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
        }
        #expect(Set(tables) == Set(names.split(separator: " ").map(String.init)))
    }

    @Test(
        "every call is found, and no more",
        arguments: [
            ("SELECT a(b(c)), d.e(1), f.g, h [1], i.*, (j(1)).k", "a b d.e j"),
            (
                "SELECT CASE a(1) WHEN b(2) THEN c(3) ELSE d(4) END, ROW(e()), ARRAY[f()], g[h(1):i()]",
                "a b c d e f h i"
            ),
            ("SELECT left(a, 1), a LIKE ('b'), c ILIKE (d) AND NOT like(e, f) FROM t", "left like"),
            (
                "SELECT a FROM t JOIN u ON left(b, 1) = c(1) LEFT JOIN v ON join(2) CROSS JOIN w(3)",
                "left c join w"
            ),
            (
                "SELECT count(*) over (partition by a(1) rows (2) preceding), over(3), filter(4)",
                "count a over filter"
            ),
            ("SELECT (rows(1)), range(2), x(rows(3)) OVER (ORDER BY rows(4))", "rows range x"),
            (
                "SELECT a FROM t GROUP BY ROLLUP (b, cube(c(1))), CUBE (d), GROUPING SETS (CUBE (e), (f()))",
                "cube c f"
            ),
            ("SELECT cube(1), rollup(2), sets(3) FROM t GROUP BY a + cube(4)", "cube rollup sets"),
            ("SELECT DISTINCT ON (a(1)) filter(2) FROM t", "a filter"),
            ("SELECT coalesce(range(1), 0), (groups(2)), greatest(rows(3))", "range groups rows"),
            (
                "SELECT a(1) OVER w FROM t WINDOW w AS (ORDER BY rows(2) ROWS (3) PRECEDING), v AS (w GROUPS (4) FOLLOWING)",
                "a rows"
            ),
            (
                "SELECT (1::bigint).pg_advisory_lock, ('s'::regclass).nextval, x.\"setval\", (y).lower, z.f, txid_current FROM x",
                "pg_advisory_lock nextval setval"
            ),
            (
                "SELECT a(1) OVER (PARTITION BY value(2) ORDER BY rows(3)), b BETWEEN escape(4) AND 5, XMLEXISTS('c' PASSING columns(6))",
                "a value rows escape columns pg_catalog.xmlexists"
            ),
            (
                "SELECT content(1), xmlparse(document (a(2))), xmlserialize(content (b(3)) AS text), xmlparse(document document(4))",
                "content a b document"
            ),
            (
                "SELECT TREAT(a(1) AS b.mytype), TREAT('s' AS nextval), TREAT(c AS int)",
                "a mytype nextval"
            ),
            ("SELECT a::b(1), CAST(c AS s.d(2)), e::character varying(3), numeric(4) '5'", ""),
            ("SELECT a OPERATOR(s.+) b(1), operator(2)", "b operator"),
            (
                "SELECT JSON_OBJECT('a': b(1), 'c' VALUE d(2)), JSON_ARRAY(e(3)), JSON_OBJECT(f(4), 'g')",
                "b d e f pg_catalog.json_object"
            ),
            (
                "SELECT * FROM JSON_TABLE(a(1), '$' COLUMNS (b int PATH '$' DEFAULT c(2) ON EMPTY))",
                "a c"
            ),
            ("SELECT * FROM XMLTABLE('x' PASSING a(1) COLUMNS b int DEFAULT c(2))", "a c"),
            (
                "SELECT * FROM ROWS FROM (a(1), b(2) AS (c int)) WITH ORDINALITY, d.e(3) AS f (g)",
                "a b d.e"
            ),
            (
                "SELECT * FROM CAST(a(1) AS int), substring('b', 1), current_date",
                "a substring CURRENT_DATE"
            ),
            ("SELECT f(SELECT), \"F\"(1), U&\"\\0066\"(2)", ""),
            ("SELECT \"F\"(1), U&\"\\0066\"(2)", "F f"),
            (
                "SELECT a AT TIME ZONE b(1), c AT LOCAL, d.at, e LIKE f ESCAPE g(2)",
                "b g pg_catalog.timezone pg_catalog.like_escape"
            ),
            (
                "SELECT interval '1' second(2), interval '1' day to second(2), c::interval second(3), second(4), second(second(5))",
                "second"
            ),
            (
                "SELECT sum(a) OVER (PARTITION BY second(1)), CAST(f(1) AS interval day to second(2)) FROM t",
                "sum second f"
            ),
            (
                "SELECT JSON_ARRAY(SELECT a(1) FROM b ORDER BY c(2)), JSON_ARRAY(d(3), e) FROM JSON_ARRAY(f(4)), COLLATION FOR (g(5))",
                "a c d f g pg_catalog.pg_collation_for"
            ),
            (
                "SELECT collation for (a(1)), b IS NFC NORMALIZED, c SIMILAR TO d",
                "a pg_catalog.pg_collation_for pg_catalog.is_normalized pg_catalog.similar_to_escape"
            ),
            (
                "SELECT trim(leading FROM a), trim(trailing b(1) FROM c), trim(d)",
                "b pg_catalog.ltrim pg_catalog.rtrim pg_catalog.btrim"
            ),
            (
                "SELECT substring(a FROM 1), overlay(b, c, 2), overlay(d PLACING e FROM 3)",
                "pg_catalog.substring overlay pg_catalog.overlay"
            ),
            (
                "INSERT INTO t (a[f(1)]) VALUES (1), (2, g(3)) ON CONFLICT (lower(a)) WHERE h(4) DO UPDATE SET b = i(5) WHERE j(6) RETURNING k(7)",
                "f g lower h i j k"
            ),
            (
                "INSERT INTO t (a) VALUES (1, 'x', NULL), (-2, 'it''s', f(1)), (3, now(), 4)",
                "f now"
            ),
            (
                "MERGE INTO t USING u ON a(1) WHEN MATCHED AND b(2) THEN UPDATE SET c = d(3) WHEN NOT MATCHED THEN INSERT (e) VALUES (f(4))",
                "a b d f"
            ),
            ("CREATE INDEX i ON t (a(b), (c(d))) WHERE e(f)", "a c e"),
            ("EXECUTE p (a(1), b())", "a b"), ("CALL s.p(a(1), b => c())", "s.p a c"),
            ("COPY t FROM STDIN (FORMAT csv, FORCE_NULL (a, b)) WHERE c(1)", "c"),
        ])
    func calls(sql: String, names: String) throws {
        let message = ParsedMessage.of(sql)
        let functions = message.functionWords
        #expect(functions == Set(names.split(separator: " ").map(String.init)))
    }
}
