import SQLSyntax
import Testing

@Suite struct StatementAnalysisTests {
    @Test(
        "reads that a standby answers like the primary",
        arguments: [
            "SELECT 1", "SELECT 1;", "SELECT 1 ;; ", "  \nselect\t*\nfrom t",
            "((SELECT 1) UNION ALL (SELECT 2))", "VALUES (1), (2)", "TABLE t",
            "WITH x AS (SELECT 1) SELECT * FROM x", "WITH x (a, b) AS (VALUES (1, 2)) TABLE x",
            "WITH RECURSIVE x (a) AS (SELECT 1) SELECT * FROM x",
            "WITH x AS NOT MATERIALIZED (SELECT 1) SELECT * FROM x",
            "SELECT count(*), Lower(a), pg_catalog.upper(b), \"length\"(c) FROM t",
            "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b ORDER BY c) FROM t",
            "SELECT a::numeric(10,2), b::pg_catalog.varchar(3), CAST(c AS s.t(3)) FROM t",
            "SELECT * FROM generate_series(1, 3) AS g(i)",
            "SELECT * FROM a LEFT JOIN (b JOIN c USING (i)) USING (i)",
            "SELECT * FROM a JOIN (SELECT 1 AS i) b ON (a.i = b.i)",
            "SELECT * FROM a, LATERAL (SELECT 1) b WHERE a.x IN (1, 2) AND NOT (a.y)",
            "SELECT * FROM t FOR READ ONLY", "SELECT substring(a FROM 1 FOR 2) FROM t",
            "SELECT update, insert, delete, merge, copy FROM t",
            "SELECT 'nextval(''s'')', $1, E'\\'', $$ DELETE $$, B'1', interval '1 day'",
            "SELECT a.into_ FROM t", "SELECT a[1:2] FROM t", "SELECT json_object('a': 1)",
            "SELECT a FROM t ORDER BY (a) FETCH FIRST (3) ROWS WITH TIES",
            "SELECT character varying(3) 'abc'", "SELECT now(), current_timestamp(3)",
            "SELECT a IS DISTINCT FROM b FROM t", "SELECT pg_sleep(1), version()",
        ])
    func plainReads(sql: String) {
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.isReadOnly, "\(analysis.reason.word)")
        #expect(analysis.keepsSessionMovable && analysis.statementCount == 1)
        #expect(analysis.reason == .plainRead)
    }

    @Test(
        "everything that may write or lock pins the session",
        arguments: [
            ("SELECT nextval('s')", AnalysisReason.functionMayWrite),
            ("SELECT \"nextval\"('s')", .functionMayWrite),
            ("SELECT pg_catalog.setval('s', 1)", .functionMayWrite),
            ("SELECT \"pg_catalog\" . \"setval\" ('s', 1)", .functionMayWrite),
            ("SELECT public.lower('A')", .functionMayWrite),
            ("SELECT x.pg_catalog.lower('A')", .functionMayWrite),
            ("SELECT \"Lower\"('A')", .functionMayWrite),
            ("SELECT U&\"next\\0076al\"('s')", .functionMayWrite),
            ("SELECT f/* c */(1)", .functionMayWrite),
            ("SELECT over(1)", .functionMayWrite),
            ("SELECT DISTINCT ON (a) filter(b) FROM t", .functionMayWrite),
            ("SELECT NOT materialized(1)", .functionMayWrite),
            ("SELECT join(1)", .functionMayWrite),
            ("SELECT a AT TIME ZONE join(1)", .functionMayWrite),
            ("SELECT cube(1), by(1)", .functionMayWrite),
            ("SELECT system(1)", .functionMayWrite),
            ("SELECT columns(1)", .functionMayWrite),
            ("SELECT varying(1)", .functionMayWrite),
            ("SELECT t.select(1)", .functionMayWrite),
            ("SELECT random(), txid_current()", .functionMayWrite),
            ("SELECT set_config('a.b', c, false)", .functionMayWrite),
            ("SELECT set_config('a.b', 'c', false)", .sessionControl),
            ("SELECT pg_advisory_lock(1)", .functionMayWrite),
            ("SELECT dblink_exec('x')", .functionMayWrite),
            ("SELECT * FROM t FOR UPDATE", .rowLock),
            ("SELECT * FROM (SELECT * FROM t FOR NO KEY UPDATE) s", .rowLock),
            ("SELECT * FROM t FOR KEY SHARE", .rowLock),
            ("SELECT * FROM t FOR/**/SHARE", .rowLock),
            ("SELECT a INTO b FROM t", .selectInto), ("SELECT insert INTO b FROM t", .selectInto),
            ("WITH x AS (SELECT 1) INSERT INTO t SELECT 1", .notASelect),
            ("WITH x AS (SELECT 1) SELECT * INTO y FROM x", .selectInto),
            ("WITH x AS (DELETE FROM t RETURNING *) TABLE x", .dataModifyingCTE),
            ("WITH x AS (SELECT 1) UPDATE t SET a = 1", .notASelect),
            ("WITH x AS (WITH y AS (SELECT 1) INSERT INTO t SELECT 1) SELECT 1", .dataModifyingCTE),
            ("WITH RECURSIVE g AS (SELECT 1) CYCLE i SET c USING p DELETE FROM t", .notASelect),
            ("SELECT 1; SELECT 2", .multipleStatements), ("BEGIN; SELECT 1", .multipleStatements),
            ("SELECT (1; SELECT 2)", .containsUnknownConstruct),
            ("SELECT 1)", .containsUnknownConstruct), ("SELECT (1", .containsUnknownConstruct),
            ("SELECT :x", .containsUnknownConstruct), ("SELECT 1a", .containsUnknownConstruct),
            ("SELECT 'a' 'b'", .containsUnknownConstruct),
            ("SELECT 'open", .unterminatedText), ("INSERT INTO t VALUES ('", .unterminatedText),
            ("SELEC 1", .containsUnknownConstruct), ("(DELETE FROM t)", .containsUnknownConstruct),
            ("'x'", .containsUnknownConstruct),
            ("INSERT INTO t VALUES (1)", .notASelect), ("COPY t TO 'f'", .notASelect),
            ("SET a = 1", .sessionControl),
            ("PREPARE TRANSACTION 'x'", .twoPhaseCommit), ("COMMIT PREPARED 'x'", .twoPhaseCommit),
            ("ROLLBACK PREPARED 'x'", .twoPhaseCommit), ("PREPARE p AS SELECT 1", .sessionControl),
        ])
    func pinning(sql: String, reason: AnalysisReason) {
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.reason == reason)
        #expect(!analysis.isReadOnly && !analysis.keepsSessionMovable)
        #expect(!analysis.isTransactionControl)
    }

    @Test(
        "harmless reads that depend on the node go to the primary and pin nothing",
        arguments: [
            ("SELECT pg_is_in_recovery()", AnalysisReason.nodeSpecificFunction),
            ("SELECT pg_catalog.inet_server_addr()", .nodeSpecificFunction),
            ("SELECT * FROM pg_stat_activity", .nodeSpecificCatalog),
            ("SELECT * FROM pg_catalog.pg_class", .nodeSpecificCatalog),
            ("SELECT * FROM \"pg_locks\"", .nodeSpecificCatalog),
            ("TABLE PG_LOCKS", .nodeSpecificCatalog),
            ("SELECT * FROM information_schema.tables", .nodeSpecificCatalog),
            ("SELECT * FROM pg_temp.x", .nodeSpecificCatalog),
            ("SELECT last_value FROM s", .nodeSpecificCatalog),
            ("SHOW transaction_read_only", .showNodeSpecific),
            ("SHOW TRANSACTION ISOLATION LEVEL", .showNodeSpecific),
            ("SHOW pool_nodes", .poolerCommand), ("SHOW ALL", .showNodeSpecific),
            ("/* c */ SELECT 1", .leadingComment), ("-- c\nSELECT 1", .leadingComment),
            ("; /* c */ SELECT 1", .leadingComment), ("/* c */ SHOW work_mem", .leadingComment),
        ])
    func primaryOnly(sql: String, reason: AnalysisReason) {
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.reason == reason)
        #expect(!analysis.isReadOnly && analysis.keepsSessionMovable)
    }

    @Test(
        "transaction control is recognised",
        arguments: [
            ("BEGIN", StatementKind.begin), ("begin isolation level serializable;", .begin),
            ("START TRANSACTION READ ONLY", .startTransaction), ("COMMIT", .commit),
            ("COMMIT AND CHAIN", .commit), ("END WORK", .commit), ("ABORT", .rollback),
            ("ROLLBACK", .rollback), ("ROLLBACK AND NO CHAIN", .rollback),
            ("SAVEPOINT a", .savepoint), ("RELEASE a", .release), ("ROLLBACK TO a", .rollbackTo),
            ("ROLLBACK WORK TO SAVEPOINT a", .rollbackTo),
            ("ROLLBACK TRANSACTION TO a", .rollbackTo), ("/* c */ BEGIN", .begin),
        ])
    func transactionControl(sql: String, kind: StatementKind) {
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.kind == kind)
        #expect(analysis.isTransactionControl && analysis.keepsSessionMovable)
        #expect(!analysis.isReadOnly)
    }

    @Test("what stands before a read counts as the settings say")
    func leadingText() {
        let permissive = AnalysisOptions(allowSQLComments: true)
        #expect(StatementAnalysis.of("/* c */ SELECT 1", options: permissive).isReadOnly)
        #expect(StatementAnalysis.of("SELECT /* c */ 1 -- d").isReadOnly)
        let strict = AnalysisOptions(ignoreLeadingWhiteSpace: false)
        #expect(StatementAnalysis.of(" SELECT 1").isReadOnly)
        #expect(StatementAnalysis.of(" SELECT 1", options: strict).reason == .leadingWhiteSpace)
        #expect(StatementAnalysis.of("SELECT 1", options: strict).isReadOnly)
    }

    @Test("texts without a statement are harmless", arguments: ["", " \n", ";", ";;", "-- c"])
    func empty(sql: String) {
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.kind == .empty && analysis.isReadOnly && analysis.keepsSessionMovable)
        #expect(analysis.statementCount == 0)
    }

    @Test("statements are counted where the server ends them, up to a limit")
    func counting() {
        #expect(StatementAnalysis.of("BEGIN; SELECT 1;; COMMIT").statementCount == 3)
        #expect(StatementAnalysis.of("SELECT 1; SELECT ';'; /* ; */").statementCount == 2)
        let routine =
            "CREATE OR REPLACE FUNCTION begin() RETURNS int BEGIN ATOMIC"
            + " SELECT CASE WHEN true THEN 1 END; SELECT 2; END"
        #expect(StatementAnalysis.of(routine).kind == .createFunction)
        #expect(StatementAnalysis.of(routine + "; SELECT 1").statementCount == 2)
        #expect(StatementAnalysis.of("CREATE TABLE begin (atomic int); SELECT 1").kind == .multiple)
        let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)"
        #expect(StatementAnalysis.of(rule).statementCount == 1)
        // Beyond a limit the rest of the text is one statement that is not known.
        let many = StatementAnalysis.of(String(repeating: "BEGIN;", count: 70_000))
        #expect(many.statementCount == 10_001 && many.traits.contains(.isUnknown))
        let fewer = StatementAnalysis.of(String(repeating: "BEGIN;", count: 10_000))
        #expect(fewer.statementCount == 10_000 && fewer.effect == .transactionControl)
    }

    @Test("a text that was cut is never a read")
    func tooLong() {
        var analyzer = StatementAnalyzer()
        let text = Array("SELECT 1".utf8)
        let analysis = analyzer.analyze(text.span, isComplete: false)
        #expect(analysis == .tooLong)
        #expect(!StatementAnalysis.tooLong.isReadOnly)
        #expect(!StatementAnalysis.tooLong.keepsSessionMovable)
    }

    @Test("every kind and reason has a word and every reason a sentence")
    func words() {
        let reasons = AnalysisReason.allCases.map(\.word)
        #expect(Set(reasons).count == reasons.count)
        for reason in AnalysisReason.allCases {
            #expect(reason.word.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect(reason.sentence.hasSuffix("."))
        }
        for kind in StatementKind.allCases { #expect(!kind.word.isEmpty) }
    }
}
