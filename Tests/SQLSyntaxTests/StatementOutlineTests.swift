import SQLSyntax
import Testing

/// What single statements do, name and ask of their session.
@Suite struct StatementOutlineTests {
    private static func outline(_ sql: String) throws -> StatementOutline {
        let message = ParsedMessage.of(sql)
        #expect(message.fault == nil, "\(sql)")
        return try #require(message.statements.first)
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "effects are those of what runs",
        arguments: [
            ("SELECT 1", StatementEffect.read), ("SELECT random(), pg_sleep(1)", .read),
            ("SELECT now()", .read), ("SELECT f(1)", .read), ("SELECT * FROM t", .read),
            ("SELECT pg_is_in_recovery()", .primaryRead), ("SELECT currval('s')", .primaryRead),
            ("SELECT * FROM pg_class", .primaryRead), ("SELECT f(1) FROM pg_locks", .primaryRead),
            ("SELECT last_value FROM s", .primaryRead),
            ("SELECT a.\"last_value\" FROM a", .primaryRead),
            ("SELECT pg_stat_get_something_new(1)", .primaryRead),
            ("SELECT nextval('s')", .write), ("SELECT * FROM t FOR SHARE", .write),
            ("SELECT 1 INTO t", .write), ("SELECT pg_advisory_lock(1)", .write),
            ("SELECT (1).pg_advisory_lock", .write), ("SELECT x.nextval FROM f() x", .write),
            ("SELECT (1).pg_stat_get_backend_pid", .primaryRead),
            ("SELECT a.now, (b).random", .read),
            ("SELECT TREAT('s' AS nextval)", .write),
            ("SELECT age(xmin) FROM t", .primaryRead), ("SELECT age('3'::xid)", .primaryRead),
            ("SELECT age(d.datfrozenxid) FROM d", .primaryRead),
            ("SELECT mxid_age(a)", .primaryRead),
            ("SELECT age(born), age(a.xmin, b) FROM a", .read),
            ("SELECT schema_to_xml('a', true, true, '')", .write),
            ("SELECT setseed(0.5)", .write), ("SELECT query_to_xml('x', true, true, '')", .write),
            ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", .write),
            ("EXPLAIN DELETE FROM t", .read),
            ("EXPLAIN (ANALYZE false) SELECT nextval('s')", .read),
            ("EXPLAIN (ANALYZE off, VERBOSE) DELETE FROM t", .read),
            ("EXPLAIN (ANALYZE, ANALYZE 0) DELETE FROM t", .read),
            ("EXPLAIN EXECUTE p", .read), ("EXPLAIN ANALYZE SELECT 1", .read),
            ("EXPLAIN ANALYZE DELETE FROM t", .write),
            ("EXPLAIN (ANALYZE on) DELETE FROM t", .write),
            ("EXPLAIN (ANALYZE 'maybe') DELETE FROM t", .write),
            ("EXPLAIN ANALYZE EXECUTE p", .write), ("EXPLAIN SELECT * FROM pg_class", .read),
            ("COPY t TO STDOUT", .read), ("COPY (SELECT * FROM pg_class) TO STDOUT", .primaryRead),
            ("COPY (SELECT nextval('s')) TO STDOUT", .write), ("COPY t TO 'f'", .write),
            ("COPY t TO PROGRAM 'f'", .write), ("COPY t FROM STDIN", .write),
            ("DECLARE c CURSOR FOR SELECT 1", .read),
            ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", .primaryRead),
            ("DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE", .write),
            ("FETCH c", .read), ("MOVE 3 IN c", .read), ("CLOSE c", .read), ("EXECUTE p", .write),
            ("DEALLOCATE p", .sessionControl), ("DEALLOCATE ALL", .sessionControl),
            ("PREPARE p AS DELETE FROM t", .sessionControl), ("LISTEN c", .sessionControl),
            ("UNLISTEN *", .sessionControl), ("NOTIFY c", .write), ("LOCK t", .write),
            ("SET CONSTRAINTS ALL DEFERRED", .primaryRead), ("LOAD 'x'", .sessionControl),
            ("CALL p()", .write), ("DO 'x'", .write), ("DO LANGUAGE a '' $$b$$", .write),
            ("CREATE TABLE t ()", .write),
            ("PREPARE TRANSACTION 'x'", .write), ("COMMIT PREPARED 'x'", .write),
            ("BEGIN", .transactionControl), ("SAVEPOINT a", .transactionControl),
            ("SET TRANSACTION READ ONLY", .transactionControl),
            ("SET transaction_isolation = 'serializable'", .transactionControl),
            ("SET LOCAL transaction_read_only TO on", .transactionControl),
            ("SET TRANSACTION SNAPSHOT 'x'", .primaryRead), ("SET a = 1", .sessionControl),
            ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", .sessionControl),
            ("RESET ALL", .sessionControl), ("DISCARD ALL", .sessionControl),
            ("SELECT set_config('a', 'b', false)", .sessionControl),
            ("SELECT set_config('a', 'b', false) WHERE false", .write),
            ("SELECT set_config('a', $1, false)", .write),
            ("SELECT set_config('a', 'b', false), 1", .write),
            ("SELECT set_config('transaction_read_only', 'on', true)", .write),
            ("SHOW work_mem", .read), ("SHOW transaction_read_only", .primaryRead),
            ("SHOW ALL", .primaryRead), ("SHOW POOL_NODES", .nothing),
            ("SHOW TRANSACTION ISOLATION LEVEL", .primaryRead),
            ("SHOW \"Data_Directory\"", .primaryRead),
            ("SHOW in_hot_standby", .primaryRead), ("SHOW Data_Directory", .primaryRead),
            ("SHOW primary_conninfo", .primaryRead), ("SHOW unix_socket_directories", .primaryRead),
            ("SHOW \"Work_Mem\"", .read), ("SHOW my.port", .read), ("SHOW TIME ZONE", .read),
            ("SELECT current_setting('transaction_read_only')", .primaryRead),
            ("SELECT current_setting('Data_Directory', true)", .primaryRead),
            ("SELECT pg_catalog.current_setting(E'data\\x5fdirectory'::text)", .primaryRead),
            ("SELECT current_setting('po' || 'rt')", .primaryRead),
            ("SELECT current_setting('po'::text || 'rt')", .primaryRead),
            ("SELECT current_setting($1)", .primaryRead),
            ("SELECT current_setting(a) FROM b", .primaryRead),
            ("SELECT current_setting(setting_name => 'port')", .primaryRead),
            ("SELECT current_setting('my.port'), current_setting('TimeZone')", .read),
            ("SELECT * FROM t WHERE a = current_setting('app.tenant'::text, true)", .read),
            ("SELECT s.current_setting('port')", .read),
            ("PGPOOL SHOW ALL", .nothing),
            ("VACUUM", .write), ("CHECKPOINT", .write), ("TRUNCATE t", .write),
            ("SELECT * FROM GRAPH_TABLE (g MATCH (a) COLUMNS (a.x))", .write),
        ])
    func effects(sql: String, effect: StatementEffect) throws {
        #expect(try Self.outline(sql).effect == effect)
    }

    @Test(
        "traits say what routing has to know besides",
        arguments: [
            ("SELECT 1", StatementTraits()), ("SELECT * FROM t", .needsFacts),
            ("SELECT lower('A'), random()", []), ("SELECT f(1)", [.needsFacts, .runsUnseenCode]),
            ("SELECT now(), CURRENT_DATE", .usesTransactionTime),
            ("SELECT 'now'::timestamptz", .usesTransactionTime),
            ("SELECT date 'today', 1", .usesTransactionTime),
            ("SELECT timestamp with time zone ' Now '", .usesTransactionTime),
            ("SELECT CAST('yesterday' AS date)", .usesTransactionTime),
            ("SELECT ('now'::text)::date", .usesTransactionTime),
            ("SELECT $a$tomorrow 12:00$a$::timestamp", .usesTransactionTime),
            ("SELECT a > N'12:00 TODAY'", .usesTransactionTime),
            ("SELECT greatest('a', 'now', 'b')", .usesTransactionTime),
            ("SELECT * FROM (VALUES (1, 'x'), (2, 'now')) x", .usesTransactionTime),
            ("SELECT 'nowhere', 'snow', 'todays', '', 'no', 'y', '2024-01-01'::date, $$$$", []),
            ("EXPLAIN SELECT 'now'::date", []), ("SELECT B'1', 'epoch'::date", []),
            ("SELECT age(a)", .usesTransactionTime),
            ("SELECT age(a, b), s.age(c) IS NULL", [.needsFacts, .runsUnseenCode]),
            ("SELECT pg_create_logical_replication_slot('a', 'b', true)", .leavesOtherState),
            ("SELECT pg_advisory_lock(1)", .takesAdvisoryLock),
            ("SELECT pg_advisory_xact_lock(1)", []), ("SELECT setseed(1)", .leavesOtherState),
            ("SELECT set_config('a', $1, true)", .leavesOtherState),
            ("SELECT 1 INTO TEMP t", [.createsTemporary, .changesCatalog, .needsFacts]),
            ("SELECT 1 INTO temp", [.changesCatalog, .needsFacts]),
            ("SELECT 1 INTO TABLE t", [.changesCatalog, .needsFacts]),
            ("CREATE TABLE t ()", [.changesCatalog, .needsFacts]),
            ("CREATE TEMP TABLE t ()", [.changesCatalog, .createsTemporary, .needsFacts]),
            ("CREATE TABLE pg_temp.t ()", [.changesCatalog, .createsTemporary, .needsFacts]),
            (
                "CREATE LOCAL TEMPORARY SEQUENCE s",
                [.changesCatalog, .createsTemporary, .needsFacts]
            ),
            ("CREATE TEMP VIEW v AS SELECT 1", [.changesCatalog, .createsTemporary, .needsFacts]),
            (
                "CREATE TEMP TABLE t AS SELECT now()",
                [.changesCatalog, .createsTemporary, .needsFacts, .usesTransactionTime]
            ),
            ("GRANT a TO b", .changesCatalog), ("COMMENT ON TABLE t IS 'x'", .changesCatalog),
            ("TRUNCATE t", [.changesCatalog, .needsFacts]), ("VACUUM t", .needsFacts),
            ("ALTER SYSTEM RESET ALL", []), ("CALL p()", [.runsUnseenCode, .needsFacts]),
            ("DO 'x'", .runsUnseenCode), ("LISTEN c", .listens), ("UNLISTEN c", []),
            ("LOAD 'x'", .leavesOtherState), ("DISCARD ALL", .discardsAll), ("DISCARD TEMP", []),
            ("PREPARE p AS SELECT 1", [.preparesInSQL, .dependsOnLiterals]),
            (
                "PREPARE p AS SELECT pg_advisory_lock(1)",
                [.preparesInSQL, .takesAdvisoryLock, .dependsOnLiterals]
            ),
            (
                "PREPARE p AS SELECT set_config('a.b', $1, false)",
                [.preparesInSQL, .leavesOtherState, .dependsOnLiterals]
            ),
            (
                "PREPARE p AS SELECT * FROM GRAPH_TABLE (g MATCH (a) COLUMNS (a.x))",
                [.preparesInSQL, .isUnknown, .leavesOtherState, .dependsOnLiterals]
            ),
            ("EXECUTE p", .inheritsNode), ("DEALLOCATE p", .inheritsNode), ("DEALLOCATE ALL", []),
            ("FETCH c", .inheritsNode), ("CLOSE ALL", .inheritsNode),
            ("EXPLAIN EXECUTE p", .inheritsNode), ("EXPLAIN SELECT now(), pg_advisory_lock(1)", []),
            ("EXPLAIN (ANALYZE 1) SELECT 1", .dependsOnLiterals),
            ("EXPLAIN (ANALYZE, COSTS off) SELECT 1", []),
            ("DECLARE c CURSOR FOR SELECT 1", .opensCursor),
            ("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT 1", .opensHeldCursor),
            ("EXPLAIN ANALYZE DECLARE c CURSOR WITH HOLD FOR SELECT 1", []),
            ("SET a = b", []), ("SET a = 1", .dependsOnLiterals),
            ("SET a = 'b'", .dependsOnLiterals),
            ("SELECT set_config('a', 'b', true)", .dependsOnLiterals),
            ("SELECT current_setting('a.b')", .dependsOnLiterals),
            ("TABLE U&\"d!0061t\" UESCAPE '!'", [.needsFacts, .dependsOnLiterals]),
            ("TABLE U&\"d\\0061t\"", .needsFacts),
            ("SELECT * FROM GRAPH_TABLE (g MATCH (a) COLUMNS (a.x))", .isUnknown),
            ("WITH x AS (UPDATE t SET a = now()) SELECT 1", [.needsFacts, .usesTransactionTime]),
        ] as [(String, StatementTraits)])
    func traits(sql: String, traits: StatementTraits) throws {
        #expect(try Self.outline(sql).traits == traits)
    }

    @Test("traits that tie a session to its connection are known together")
    func sessionState() {
        for sql in [
            "CREATE TEMP TABLE t ()", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "LISTEN c",
            "SELECT pg_try_advisory_lock(1)", "PREPARE p AS SELECT 1", "LOAD 'x'",
        ] {
            let analysis = StatementAnalysis.of(sql)
            #expect(!analysis.traits.isDisjoint(with: .sessionState), "\(sql)")
        }
        let plain = StatementAnalysis.of("DECLARE c CURSOR FOR SELECT 1")
        #expect(plain.traits.isDisjoint(with: .sessionState))
        let repeatable = StatementAnalysis.of("PREPARE p AS SELECT 1")
        #expect(repeatable.traits.isDisjoint(with: .lastingState))
    }

    @Test(
        "commands carry names and values as PostgreSQL reads them",
        arguments: [
            ("BEGIN", SessionCommand.transaction(.begin(TransactionModes()))),
            (
                "BEGIN WORK ISOLATION LEVEL READ COMMITTED, READ WRITE NOT DEFERRABLE",
                .transaction(
                    .begin(
                        TransactionModes(
                            isolation: .readCommitted, isReadOnly: false, isDeferrable: false)))
            ),
            (
                "START TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                .transaction(.begin(TransactionModes(isolation: .repeatableRead)))
            ),
            ("COMMIT", .transaction(.commit(isChained: false))),
            ("END TRANSACTION AND CHAIN", .transaction(.commit(isChained: true))),
            ("COMMIT AND NO CHAIN", .transaction(.commit(isChained: false))),
            ("ROLLBACK", .transaction(.rollback(isChained: false))),
            ("ABORT WORK AND CHAIN", .transaction(.rollback(isChained: true))),
            ("SAVEPOINT \"A b\"", .transaction(.savepoint(name: bytes("A b")))),
            ("RELEASE SAVEPOINT A", .transaction(.release(name: bytes("a")))),
            ("RELEASE savepoint", .transaction(.release(name: bytes("savepoint")))),
            ("ROLLBACK TO x", .transaction(.rollbackTo(name: bytes("x")))),
            ("ROLLBACK TRANSACTION TO SAVEPOINT x", .transaction(.rollbackTo(name: bytes("x")))),
            ("PREPARE TRANSACTION 'x'", .transaction(.prepare)),
            ("ROLLBACK PREPARED 'x'", .transaction(.finishPrepared)),
            (
                "SET TRANSACTION READ ONLY, DEFERRABLE",
                .transaction(.set(TransactionModes(isReadOnly: true, isDeferrable: true)))
            ),
            (
                "SET LOCAL transaction_isolation TO 'Read Uncommitted'",
                .transaction(.set(TransactionModes(isolation: .readUncommitted)))
            ),
            (
                "SET transaction_read_only = yes",
                .transaction(.set(TransactionModes(isReadOnly: true)))
            ),
            (
                "SET transaction_deferrable = 0",
                .transaction(.set(TransactionModes(isDeferrable: false)))
            ),
            (
                "SET transaction_read_only TO DEFAULT",
                .transaction(.set(TransactionModes(isUnderstood: false)))
            ),
            (
                "SET TRANSACTION SNAPSHOT 'x'",
                .transaction(.set(TransactionModes(isUnderstood: false)))
            ),
            ("DISCARD ALL", .discard(.all)), ("DISCARD TEMPORARY", .discard(.temporary)),
            ("PREPARE a (int) AS SELECT 1", .prepare(name: bytes("a"), effect: .read)),
            ("PREPARE \"A\" AS DELETE FROM t", .prepare(name: bytes("A"), effect: .write)),
            (
                "PREPARE transaction AS SELECT 1",
                .prepare(name: bytes("transaction"), effect: .read)
            ),
            ("EXECUTE a (f(1))", .execute(name: bytes("a"))),
            ("EXPLAIN EXECUTE a", .execute(name: bytes("a"))),
            ("DEALLOCATE PREPARE a", .deallocate(name: bytes("a"))),
            ("DEALLOCATE prepare", .deallocate(name: bytes("prepare"))),
            ("DEALLOCATE ALL", .deallocate(name: nil)),
            (
                "DECLARE C BINARY CURSOR WITHOUT HOLD FOR SELECT 1",
                .declareCursor(name: bytes("c"), isHeld: false)
            ),
            (
                "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
                .declareCursor(name: bytes("c"), isHeld: true)
            ),
            ("EXPLAIN DECLARE c CURSOR FOR SELECT 1", .none),
            ("FETCH ALL FROM \"C\"", .fetch(name: bytes("C"))),
            ("FETCH BACKWARD -3 IN c", .fetch(name: bytes("c"))),
            ("MOVE next", .fetch(name: bytes("next"))),
            ("CLOSE c", .closeCursor(name: bytes("c"))), ("CLOSE ALL", .closeCursor(name: nil)),
            ("LISTEN \"X\"", .listen(channel: bytes("X"))),
            ("UNLISTEN x", .unlisten(channel: bytes("x"))), ("UNLISTEN *", .unlisten(channel: nil)),
            ("SHOW Work_Mem", .show(name: bytes("work_mem"))),
            ("SHOW TIME ZONE", .show(name: bytes("timezone"))),
            ("SHOW my.\"Var\"", .show(name: bytes("my.var"))),
            (
                "SHOW TRANSACTION ISOLATION LEVEL",
                .show(name: bytes("transaction_isolation"))
            ),
            ("SHOW ALL", .show(name: bytes("all"))), ("SHOW pool_nodes", .pooler),
            ("PGPOOL SET client_idle_limit = 3", .pooler), ("SELECT 1", .none),
        ])
    func commands(sql: String, command: SessionCommand) throws {
        #expect(try Self.outline(sql).command == command)
    }

    @Test(
        "settings are canonical",
        arguments: [
            (
                "SET Search_Path TO a, \"B\", 'c d'", "search_path", SettingChange.Scope.session,
                SettingChange.Value.items(["a", "B", "c d"].map(bytes))
            ),
            ("SET LOCAL statement_timeout = '5s'", "statement_timeout", .transaction, items("5s")),
            ("SET SESSION a.B = -5", "a.b", .session, items("-5")),
            ("SET x = +1.5", "x", .session, items("1.5")),
            ("SET x TO ON", "x", .session, items("on")),
            ("SET x = true", "x", .session, items("true")),
            ("SET x = E'a\\n\\x41\\101\\u0042\\''", "x", .session, items("a\nAAB'")),
            ("SET x = 'it''s' \n 'so'", "x", .session, items("it'sso")),
            ("SET x = $q$a'b$q$", "x", .session, items("a'b")),
            ("SET x = U&'\\0041'", "x", .session, items("A")),
            ("SET x = U&'!0041b' UESCAPE '!'", "x", .session, items("Ab")),
            ("SET LOCAL x = U&'d\\0061' -- c\n 't''!'", "x", .transaction, items("dat'!")),
            ("SET x = E'\\q\\xg\\8'", "x", .session, items("qxg8")),
            ("SET x TO DEFAULT", "x", .session, .standard),
            ("SET LOCAL x FROM CURRENT", "x", .transaction, .current),
            ("SET TIME ZONE 'Asia/Tokyo'", "timezone", .session, items("Asia/Tokyo")),
            ("SET LOCAL TIME ZONE -7", "timezone", .transaction, items("-7")),
            ("SET TIME ZONE LOCAL", "timezone", .session, .standard),
            (
                "SET TIME ZONE INTERVAL '+09:00' HOUR TO MINUTE", "timezone", .session,
                .whole(bytes("INTERVAL '+09:00'"))
            ),
            ("SET time = 1", "time", .session, items("1")),
            ("SET NAMES 'SJIS'", "client_encoding", .session, items("SJIS")),
            ("SET NAMES", "client_encoding", .session, .standard),
            ("SET ROLE bob", "role", .session, items("bob")),
            ("SET LOCAL ROLE NONE", "role", .transaction, items("none")),
            ("SET role = 'Bob'", "role", .session, items("Bob")),
            ("SET SESSION AUTHORIZATION DEFAULT", "session_authorization", .session, .standard),
            (
                "SET LOCAL SESSION AUTHORIZATION 'x'", "session_authorization", .transaction,
                items("x")
            ),
            ("SET XML OPTION DOCUMENT", "xmloption", .session, items("document")),
            ("SET SCHEMA 'a'", "search_path", .session, items("a")),
            ("RESET x", "x", .session, .standard), ("RESET ALL", "*", .session, .standard),
            ("RESET TIME ZONE", "timezone", .session, .standard),
            ("RESET SESSION AUTHORIZATION", "session_authorization", .session, .standard),
            (
                "SET CONSTRAINTS a, s.b IMMEDIATE", "constraints", .transaction, items("immediate")
            ),
            (
                "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "default_transaction_isolation", .session, items("repeatable read")
            ),
            (
                "SET LOCAL SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "default_transaction_read_only", .transaction, items("on")
            ),
            (
                "SET SESSION SESSION CHARACTERISTICS AS TRANSACTION DEFERRABLE",
                "default_transaction_deferrable", .session, items("on")
            ),
            (
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
                "default_transaction_read_only", .session, items("off")
            ),
            (
                "SELECT set_config('Search_Path', 'a, b', false)", "search_path", .session,
                .whole(bytes("a, b"))
            ),
            (
                "SELECT pg_catalog.set_config('a', '', 'true') AS x", "a", .transaction, .whole([])
            ),
        ])
    func settings(
        sql: String, name: String, scope: SettingChange.Scope, value: SettingChange.Value
    ) throws {
        let expected = SettingChange(name: Self.bytes(name), scope: scope, value: value)
        #expect(try Self.outline(sql).command == .settings([expected]))
    }

    private static func items(_ item: String) -> SettingChange.Value { .items([Self.bytes(item)]) }

    @Test("names are folded, unquoted and cut as PostgreSQL does it")
    func names() throws {
        let table = try Self.outline("TABLE Db.\"S\"\"x\".TÄb").tables
        #expect(
            table == [
                TableReference(
                    catalog: Self.bytes("db"), schema: Self.bytes("S\"x"), name: Self.bytes("tÄb"))
            ])
        let unicode = try Self.outline("TABLE U&\"d\\0061t!\\+01F600\"").tables
        #expect(unicode == [TableReference(name: Self.bytes("dat!😀"))])
        let long = String(repeating: "x", count: 62)
        let cut = try Self.outline("SELECT * FROM \(long)é, \(long)éa").tables
        #expect(cut == [TableReference(name: Self.bytes(long))])
    }

    @Test(
        "arguments are counted where that can be done",
        arguments: [
            ("f()", 0), ("f(1)", 1), ("f((1, 2), g(3, 4))", 2), ("f(a => 1, b := 2)", 2),
            ("f(DISTINCT a)", 1), ("f(a, b ORDER BY c, d)", 2), ("f(*)", nil),
            ("f(VARIADIC a)", nil), ("f(a, '1', 2, NULL, 'x')", 5), ("f((SELECT 1, 2))", 1),
            ("f(ARRAY[1, 2], a[1])", 2), ("f(CASE WHEN a THEN b END, c)", 2),
            ("s.f(1, 2)", 2), ("f(1) FILTER (WHERE a)", 1), ("f(-1, 'a''b', $1)", 3),
        ] as [(String, Int?)])
    func argumentCounts(call: String, count: Int?) throws {
        let functions = try Self.outline("SELECT \(call) FROM t").functions
        let found = try #require(functions.first { $0.name == Self.bytes("f") })
        #expect(found.argumentCount == count)
        #expect(found.builtIn == .unknown)
    }

    @Test("a function that is called with several numbers of arguments is named for each")
    func overloads() throws {
        let rows = (0..<5000).map { _ in "(f(1), f(1, 2), now(), s.f(1))" }
        let functions = try Self.outline("INSERT INTO t VALUES " + rows.joined(separator: ","))
            .functions
        #expect(functions.count == 4)
        #expect(Set(functions.map(\.argumentCount)) == [0, 1, 2])
    }

    @Test("a locking clause locks the tables of its own query")
    func locks() throws {
        func modes(_ sql: String) throws -> [String] {
            try Self.outline(sql).tables.map {
                "\($0.mode):\(String(decoding: $0.name, as: UTF8.self))"
            }
        }
        #expect(
            try modes("SELECT * FROM a x, b, (SELECT * FROM c) d FOR UPDATE OF x")
                == ["lock:a", "read:b", "read:c"])
        #expect(
            try modes("SELECT * FROM a WHERE i IN (SELECT i FROM b FOR SHARE)")
                == ["read:a", "lock:b"])
        #expect(try modes("(SELECT * FROM a) FOR UPDATE") == ["lock:a"])
        #expect(
            try modes("SELECT * FROM a UNION (SELECT * FROM b FOR UPDATE)") == ["read:a", "lock:b"])
        #expect(try modes("LOCK a, ONLY b IN SHARE MODE") == ["lock:a", "lock:b"])
    }
}
