import Routing
import Testing

@Suite("what bodies of volatile functions leave") struct FunctionBodyTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// The fact that a row of the catalog's answer makes.
    static func fact(_ traits: String, _ language: String, _ body: String?) throws -> FunctionFact {
        var reading = CatalogReading(CatalogQuestion(functions: [bytes("f")]))
        let columns: [String?] = [
            "F", "1", nil, "public", "f", traits, "0", "0", language, nil, body,
        ]
        let isRow = reading.row(columns.map { $0.map(bytes) })
        #expect(isRow)
        return try #require(reading.facts().functions[bytes("f")]?.first)
    }

    @Test(
        "a body that calls nothing but PostgreSQL's own leaves nothing",
        arguments: [
            ("sql", "SELECT 1"), ("sql", "INSERT INTO log (a, b) VALUES (now(), $1)"),
            ("sql", "UPDATE t SET a = coalesce(a, 0) + 1 WHERE b IN (1, 2) RETURNING upper(c)"),
            ("sql", "SELECT nextval('s'); DELETE FROM t WHERE a = pg_catalog.lower($1);"),
            ("sql", ""), ("sql", "SELECT pg_advisory_xact_lock(1)"),
            ("plpgsql", "BEGIN RETURN 1; END"),
            (
                "plpgsql",
                """
                DECLARE n numeric(10, 2) := 0; s varchar(20); c CURSOR (k int) FOR SELECT 1;
                BEGIN
                    -- other() is no call here
                    INSERT INTO app.log (a, b) VALUES ('other(', COALESCE(n, 1)) ON CONFLICT (a)
                        DO UPDATE SET (b, c) = (1, 2);
                    IF (n > 1) AND EXISTS (SELECT 1 FROM t AS x (a, b) WHERE a IN (1, 2)) THEN
                        PERFORM pg_notify('a', Format('%s', count(*))) FROM t;
                    END IF;
                    OPEN c (1);
                    RETURN QUERY (SELECT array_agg(a ORDER BY b) OVER (PARTITION BY c)
                        FROM (VALUES (1)) v (temp), unnest($1) u (n));
                END
                """
            ),
            (
                "sql",
                "CREATE OR REPLACE FUNCTION public.f()\n RETURNS integer\n LANGUAGE sql\n"
                    + "BEGIN ATOMIC\n INSERT INTO t (a) VALUES (lower($1));\nEND"
            ),
        ])
    func clean(language: String, body: String) throws {
        #expect(try !Self.fact("v", language, body).mayLeaveState)
    }

    @Test(
        "what nobody follows may leave something",
        arguments: [
            ("sql", "SELECT other()"), ("sql", "INSERT INTO t SELECT app.other(1)"),
            ("sql", "SET a.b = 1"), ("sql", "SELECT 'open"), ("sql", "CALL p()"),
            ("sql", "SELECT pg_advisory_lock(1)"), ("plpgsql", "BEGIN x := (1) + f(2); END"),
            ("plpgsql", "BEGIN PERFORM other(); END"), ("plpgsql", "BEGIN CALL p(1); END"),
            ("plpgsql", "BEGIN x := app.other (1); END"), ("plpgsql", "BEGIN \"Odd\"(1); END"),
            ("plpgsql", "BEGIN SELECT 1 FROM t JOIN u ON other(t.a); END"),
            ("plpgsql", "BEGIN PERFORM 'open; END"), ("plpgsql", "BEGIN x := setseed(1); END"),
            ("plpython3u", "pass"), ("c", "f"),
        ])
    func unclear(language: String, body: String) throws {
        #expect(try Self.fact("v", language, body).mayLeaveState, "\(body)")
    }

    @Test("without its body, or with one that is too long, nothing is known")
    func missing() throws {
        #expect(try Self.fact("v", "sql", nil).mayLeaveState)
        let long = "SELECT 1" + String(repeating: " ", count: 100_000)
        #expect(try Self.fact("v", "sql", long).mayLeaveState)
    }

    @Test("functions that are not volatile are believed, but for what their text shows")
    func notVolatile() throws {
        let plain = try Self.fact("s", "plpgsql", nil)
        #expect(!plain.mayLeaveState && !plain.readsTransactionTime && !plain.writes)
        let timed = try Self.fact("st", "sql", nil)
        #expect(timed.readsTransactionTime && !timed.writes)
        let setting = try Self.fact("ss", "sql", nil)
        #expect(setting.mayLeaveState && setting.writes)
        #expect(try Self.fact("sst", "sql", nil).readsTransactionTime)
    }

    @Test("the time of the transaction in a view or function is part of the verdict")
    func time() {
        var scene = CatalogScene()
        scene.relation("v", "public", .view, hindrances: .transactionTime)
        scene.relation("t", "public")
        scene.function(
            "f",
            FunctionFact(schema: Array("public".utf8), readsTransactionTime: true))
        scene.relation(
            "w", "public", .view,
            calls: [
                CalledFunction(
                    name: Array("f".utf8),
                    fact: FunctionFact(schema: nil, readsTransactionTime: true))
            ])
        let (v, t, w) = ("v", "t", "w")
        let messages = [
            CatalogScene.read([CatalogScene.table(v), CatalogScene.table(t)]),
            CatalogScene.read([CatalogScene.table(w)]),
            CatalogScene.read([], [CatalogScene.call("f/0")]),
        ]
        for message in messages {
            #expect(scene.verdict(message) == .transactionTime)
            #expect(scene.look(message) == .known(.transactionTime), "remembered")
        }
        #expect(scene.verdict(CatalogScene.read([CatalogScene.table(t)])) == .anyNode)
    }
}
