import Foundation
import SQLSyntax
import Testing

/// Whole messages: where statements begin and end, what is no SQL, comments at the edges, limits.
@Suite struct StatementParserTests {
    private static func parts(_ sql: String) -> [String] {
        let bytes = Array(sql.utf8)
        return ParsedMessage.of(bytes).statements.map {
            String(decoding: bytes[$0.range], as: UTF8.self)
        }
    }

    @Test(
        "statements have ranges with the comments before them and without semicolons",
        arguments: [
            ("", [], false), (" ; ", [], false), (" SELECT 1 ", ["SELECT 1"], false),
            ("SELECT 1;", ["SELECT 1"], true), ("SELECT 1 ;; ;", ["SELECT 1"], true),
            ("; /* a */ SELECT 1 /* b */; SELECT 2", ["/* a */ SELECT 1", "SELECT 2"], false),
            ("SELEC 1; SELECT 2;", ["SELEC 1", "SELECT 2"], true),
            ("SELECT (1; SELECT 2", ["SELECT (1; SELECT 2"], false),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; TABLE t",
                ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", "TABLE t"], false
            ),
            (
                "CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end, CASE WHEN b THEN c END end; END; BEGIN",
                [
                    "CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end, CASE WHEN b THEN c END end; END",
                    "BEGIN",
                ], false
            ),
            (
                "CREATE FUNCTION f() BEGIN ATOMIC CREATE OR REPLACE FUNCTION g() BEGIN ATOMIC END; SELECT 1; END; END",
                [
                    "CREATE FUNCTION f() BEGIN ATOMIC CREATE OR REPLACE FUNCTION g() BEGIN ATOMIC END; SELECT 1; END",
                    "END",
                ], false
            ),
            (
                "CREATE FUNCTION begin(atomic int) AS 'x'; CREATE FUNCTION f(begin atomic) AS 'y'; END",
                [
                    "CREATE FUNCTION begin(atomic int) AS 'x'",
                    "CREATE FUNCTION f(begin atomic) AS 'y'", "END",
                ], false
            ),
            (
                "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; NOTIFY b;); COMMIT",
                ["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; NOTIFY b;)", "COMMIT"], false
            ),
        ] as [(String, [String], Bool)])
    func ranges(sql: String, parts: [String], hasTrailingSemicolon: Bool) {
        #expect(Self.parts(sql) == parts)
        #expect(ParsedMessage.of(sql).hasTrailingSemicolon == hasTrailingSemicolon)
    }

    @Test(
        "the first thing that PostgreSQL refuses is named with its place",
        arguments: [
            ("SELECT 'x", SyntaxFault.Kind.unterminated, 7), ("SELECT 1 /* x", .unterminated, 9),
            ("SELECT 1; TABLE \"x", .unterminated, 16), ("SELECT 1a", .invalidToken, 7),
            ("SELECT 1..2", .invalidToken, 8), ("SELECT \"\"", .invalidToken, 7),
            ("SELECT U&\"\\00\"", .invalidToken, 7), ("SELEC 1", .unknownStatement, 0),
            ("SELECT 1; 'x'", .unknownStatement, 10), ("START_REPLICATION", .unknownStatement, 0),
            ("START 1", .unknownStatement, 0), ("PGPOOL DROP", .unknownStatement, 0),
            ("SELECT 'a' 'b'", .unexpectedToken, 11), ("SELECT :x", .unexpectedToken, 7),
            ("SELECT (1", .unexpectedToken, 9), ("SELECT 1)", .unexpectedToken, 8),
            ("SELECT a[1", .unexpectedToken, 10), ("SELECT (a[1)]", .unexpectedToken, 11),
            ("SELECT * FROM t WHERE", .unexpectedToken, 99), ("INSERT t", .unexpectedToken, 7),
            ("SELECT * FROM t t t", .unexpectedToken, 18), ("COMMIT x", .unexpectedToken, 7),
            ("SELECT * FROM a JOIN b", .unexpectedToken, 22),
            ("(DELETE FROM t)", .unexpectedToken, 1),
            ("SELECT f(SELECT 1)", .unexpectedToken, 9), ("BEGIN READ ONLY,", .unexpectedToken, 16),
            ("FETCH", .unexpectedToken, 5), ("SET a", .unexpectedToken, 5),
            ("SET x = E'\\000'", .unexpectedToken, 8), ("SET x = E'\\u00'", .unexpectedToken, 8),
            ("SET x = U&'\\'", .unexpectedToken, 8), ("SELECT U&'a' UESCAPE 1", .invalidToken, 7),
            ("SELECT * FROM t FOR x", .unexpectedToken, 20), ("TABLE select", .unexpectedToken, 6),
        ])
    func faults(sql: String, kind: SyntaxFault.Kind, offset: Int) {
        let message = ParsedMessage.of(sql)
        guard offset < 99 else {
            // What stands in an expression is not judged.
            #expect(message.fault == nil)
            return
        }
        #expect(message.fault == SyntaxFault(kind: kind, offset: offset))
        let analysis = StatementAnalysis.of(sql)
        #expect(analysis.effect == .write && analysis.traits.contains(.isUnknown))
        #expect(!analysis.isReadOnly && !analysis.keepsSessionMovable)
    }

    @Test("several statements are the sum of their parts")
    func sums() {
        let analysis = StatementAnalysis.of("SELECT now(); LISTEN a; SELECT pg_advisory_lock(1)")
        #expect(analysis.kind == .multiple && analysis.effect == .write)
        #expect(analysis.traits == [.usesTransactionTime, .listens, .takesAdvisoryLock])
        #expect(analysis.detail?.statements.map(\.effect) == [.read, .sessionControl, .write])
        #expect(StatementAnalysis.of("SELECT 1; BEGIN").effect == .transactionControl)
        #expect(StatementAnalysis.of("BEGIN; SET a = 1").effect == .sessionControl)
        #expect(StatementAnalysis.of("SHOW pool_nodes; SELECT 1").effect == .read)
    }

    @Test("a detail is there when there is more to know")
    func details() {
        for sql in ["", "SELECT 1", "VALUES (1), ('x')", "SELECT a + 1"] {
            #expect(StatementAnalysis.of(sql).detail == nil, "\(sql)")
            let options = AnalysisOptions(usesShapes: false)
            #expect(StatementAnalysis.of(sql, options: options).detail != nil, "\(sql)")
        }
        for sql in ["TABLE t", "SELECT now()", "BEGIN", "SELECT 1; SELECT 2"] {
            #expect(StatementAnalysis.of(sql).detail != nil, "\(sql)")
        }
    }

    @Test(
        "comments at the edges: directives keep a text from being balanced, others do not matter",
        arguments: [
            ("/*NO LOAD BALANCE*/ SELECT 1", true, StatementEffect.read),
            ("/* no  Load\tbalance */SELECT 1", true, .read),
            ("SELECT 1 /*no load balance*/", true, .read),
            ("SELECT 1; /*REPLICATION*/ ;", true, .read),
            ("SELECT 1 /* a */ /*NO LOAD BALANCE*/ -- b", true, .read),
            ("/*NO LOAD BALANCE*/ DELETE FROM t", true, .write),
            ("/* x */ /*NO LOAD BALANCE*/ SELECT 1", true, .primaryRead),
            ("SELECT /*NO LOAD BALANCE*/ 1", false, .read),
            ("SELECT 1 /*NO LOAD BALANCE*/; SELECT 2", false, .read),
            ("/*NO LOAD BALANCES*/ SELECT 1", false, .primaryRead),
            ("/*NO LOAD*/ SELECT 1", false, .primaryRead),
            ("/**/ SELECT 1", false, .primaryRead), ("SELECT '/*NO LOAD BALANCE*/'", false, .read),
            ("-- NO LOAD BALANCE\nSELECT 1", false, .primaryRead),
            ("SELECT 1 /* trace */", false, .read), ("/* x */ BEGIN", false, .transactionControl),
            ("/* x */ SELECT 1; SELECT 2", false, .primaryRead),
            ("SELECT 1; /* x */ SELECT 2", false, .read),
        ])
    func edges(sql: String, mustNotBalance: Bool, effect: StatementEffect) {
        // Twice the same text, so that every way through the caches is gone.
        var analyzer = StatementAnalyzer()
        let bytes = Array(sql.utf8)
        for _ in 0..<3 {
            let analysis = analyzer.analyze(bytes.span)
            #expect(analysis.traits.contains(.mustNotBalance) == mustNotBalance)
            #expect(analysis.effect == effect)
            if mustNotBalance { #expect(!analysis.isReadOnly) }
        }
        let permissive = StatementAnalysis.of(sql, options: AnalysisOptions(allowSQLComments: true))
        #expect(permissive.traits.contains(.mustNotBalance) == mustNotBalance)
        #expect(permissive.effect == (effect == .primaryRead ? .read : effect))
    }

    @Test("bytes that are no character of the encoding are refused as a whole")
    func invalidCharacters() {
        for (encoding, bytes) in [
            (ClientEncoding.sjis, [0x95, 0x27]), (.sjis, [0x80]), (.sjis, [0xFD, 0x40]),
            (.big5, [0xA1, 0x80]), (.gbk, [0x81]), (.uhc, [0x81, 0x5C]), (.johab, [0x88, 0x41]),
            (.gb18030, [0x81, 0x30, 0x81, 0x40]), (.shiftJIS2004, [0x81, 0x3B]),
        ] as [(ClientEncoding, [UInt8])] {
            let text = Array("SELECT '".utf8) + bytes + Array("'; DELETE FROM t".utf8)
            let dialect = TextDialect(encoding: encoding)
            let message = ParsedMessage.of(text, dialect: dialect)
            #expect(message.fault == SyntaxFault(kind: .invalidToken, offset: 8), "\(encoding)")
            #expect(StatementSplitter.split(text.span, dialect: dialect) == [0..<text.count])
            let analysis = StatementAnalysis.of(text, dialect: dialect)
            #expect(analysis.reason == .invalidEncoding && analysis.effect == .write)
        }
    }

    @Test("names keep the bytes of their encoding, and only ASCII is folded")
    func encodedNames() throws {
        let dialect = TextDialect(encoding: .sjis)
        // 0x8341 ends in the byte of a capital A, 0x835C in a backslash.
        let text = Array("TABLE A".utf8) + [0x83, 0x41, 0x83, 0x5C] + Array("B".utf8)
        let tables = try #require(ParsedMessage.of(text, dialect: dialect).statements.first).tables
        #expect(tables.first?.name == [0x61, 0x83, 0x41, 0x83, 0x5C, 0x62])
        // Two names that differ in hidden bytes only are two texts.
        var analyzer = StatementAnalyzer()
        for trail: UInt8 in [0x41, 0xC1, 0x41, 0xC1] {
            let text = Array("TABLE ".utf8) + [0x83, trail]
            let analysis = analyzer.analyze(text.span, dialect: dialect)
            #expect(analysis.detail?.statements.first?.tables.first?.name == [0x83, trail])
        }
    }

    @Test("what is too deep or too long is not known, and harms nothing")
    func limits() {
        func nested(_ depth: Int, _ open: String, _ core: String, _ close: String) -> String {
            String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
        }
        for (shallow, deep, known) in [
            (100, 100_000, { nested($0, "SELECT (", "SELECT 1", ")") }),
            (100, 100_000, { nested($0, "(", "SELECT 1", ")") }),
            (60, 100_000, { nested($0, "SELECT * FROM (", "TABLE t", ") s") }),
            (1000, 100_000, { "SELECT " + nested($0, "(", "1", ")") }),
            (1000, 100_000, { "SELECT " + nested($0, "f(", "1", ")") }),
            (1000, 100_000, { "SELECT " + nested($0, "a[", "1", "]") }),
            (100, 100_000, { nested($0, "WITH x AS (", "SELECT 1", ") SELECT 1") }),
            (
                500, 5000,
                {
                    "WITH " + (0..<$0).map { "x\($0) AS (TABLE t)" }.joined(separator: ",")
                        + "SELECT 1"
                }
            ),
            (4000, 5000, { "SELECT * FROM " + (0..<$0).map { "t\($0)" }.joined(separator: ",") }),
            (900, 1100, { "SELECT 1" + String(repeating: " FOR UPDATE", count: $0) }),
            (4000, 5000, { "SELECT " + (0..<$0).map { "f\($0)()" }.joined(separator: ",") }),
        ] as [(Int, Int, (Int) -> String)] {
            let fits = ParsedMessage.of(known(shallow) + "; SELECT 2")
            #expect(fits.fault == nil && fits.statements.count == 2)
            #expect(fits.statements.allSatisfy { !$0.traits.contains(.isUnknown) })
            let tooMuch = ParsedMessage.of(known(deep) + "; SELECT 2")
            #expect(tooMuch.fault == nil && tooMuch.statements.count == 2)
            #expect(tooMuch.statements.first?.traits.contains(.isUnknown) == true)
            #expect(tooMuch.statements.first?.effect == .write)
            #expect(tooMuch.statements.last?.effect == .read)
        }
    }

    @Test("the deepest text that is parsed fits a small stack")
    func stack() async {
        // Five of the limit for each: items of FROM and queries.
        let units = 25
        let sql =
            String(repeating: "SELECT * FROM (a JOIN (b CROSS JOIN LATERAL (", count: units)
            + "SELECT 1" + String(repeating: ") x) ON true) y", count: units)
        let isKnown = await withCheckedContinuation { continuation in
            let thread = Thread {
                let message = ParsedMessage.of(sql)
                continuation.resume(
                    returning: message.fault == nil
                        && message.statements.allSatisfy { !$0.traits.contains(.isUnknown) })
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        #expect(isKnown)
    }
}
