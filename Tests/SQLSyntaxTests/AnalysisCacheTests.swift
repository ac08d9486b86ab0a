import SQLSyntax
import Testing

/// What `StatementAnalyzer` keeps, and what it must not.
@Suite struct AnalysisCacheTests {
    @Test("a literal that stands for the transaction's time has a shape of its own")
    func timeLiterals() {
        var analyzer = StatementAnalyzer()
        for (literal, isTime) in [
            ("'2024-01-01'", false), ("'today'", true), ("'2024-01-02'", false), ("'now'", true),
            ("$$yesterday$$", true), ("'tomorrow'", true), ("'2024-01-03'", false),
        ] {
            let text = Array("SELECT a FROM t WHERE b < \(literal)::date".utf8)
            let traits = analyzer.analyze(text.span).traits
            #expect(traits.contains(.usesTransactionTime) == isTime, "\(literal)")
        }
    }

    private static func analyze(
        _ sql: String, _ analyzer: inout StatementAnalyzer
    ) -> StatementAnalysis {
        let bytes = Array(sql.utf8)
        return analyzer.analyze(bytes.span)
    }

    @Test("texts that differ in literals share one detail, and with it what was concluded")
    func sharing() throws {
        var analyzer = StatementAnalyzer()
        let first = Self.analyze("SELECT * FROM t WHERE a = 1", &analyzer)
        first.detail?.memoKey = 7
        first.detail?.memo = 9
        for sql in [
            "SELECT * FROM t WHERE a = 2", "SELECT  *  FROM t\nWHERE a = 3.5 ",
            "SELECT * FROM t WHERE a = 1 -- trace", "SELECT * FROM t WHERE a = 1 /* trace 17 */",
        ] {
            let detail = try #require(Self.analyze(sql, &analyzer).detail)
            #expect(detail === first.detail && detail.memoKey == 7 && detail.memo == 9, "\(sql)")
        }
        for sql in [
            "SELECT * FROM t WHERE a = '2'", "SELECT * FROM t WHERE b = 1",
            "SELECT * FROM t WHERE a = 1 /*NO LOAD BALANCE*/",
            "/* c */ SELECT * FROM t WHERE a = 1",
        ] {
            let detail = try #require(Self.analyze(sql, &analyzer).detail)
            #expect(detail !== first.detail, "\(sql)")
        }
    }

    @Test("what depends on a literal is kept by exact text")
    func literals() throws {
        var analyzer = StatementAnalyzer()
        for _ in 0..<3 {
            for value in ["a", "b"] {
                let settings = Self.analyze("SET x = '\(value)'", &analyzer)
                #expect(settings.traits.contains(.dependsOnLiterals))
                let change = SettingChange(
                    name: Array("x".utf8), scope: .session, value: .items([Array(value.utf8)]))
                #expect(settings.detail?.statements.first?.command == .settings([change]))
                let range = settings.detail?.statements.first?.range
                #expect(range == 0..<11)
            }
            #expect(Self.analyze("EXPLAIN (ANALYZE 0) DELETE FROM t", &analyzer).effect == .read)
            #expect(Self.analyze("EXPLAIN (ANALYZE 1) DELETE FROM t", &analyzer).effect == .write)
            let names = ["!", "?"].map { escape in
                Self.analyze("TABLE U&\"d!0061\" UESCAPE '\(escape)'", &analyzer)
                    .detail?.statements.first?.tables.first?.name
            }
            #expect(names == [Array("da".utf8), Array("d!0061".utf8)])
        }
    }

    @Test("without shapes each text has an analysis of its own, with a place for conclusions")
    func withoutShapes() throws {
        var analyzer = StatementAnalyzer(options: AnalysisOptions(usesShapes: false))
        var details: [StatementDetail] = []
        for _ in 0..<4 {
            for number in 1...2 {
                details.append(
                    try #require(Self.analyze("SELECT \(number)", &analyzer).detail))
            }
        }
        #expect(details[0] !== details[1] && details[6] !== details[7])
        // Kept at the second sight.
        #expect(details[4] === details[6] && details[5] === details[7])
    }

    @Test("many texts, long ones and those that name much leave the analyses of others right")
    func pressure() {
        var analyzer = StatementAnalyzer(cacheBytesMax: 64 << 10)
        let many = "SELECT " + (0..<200).map { "f\($0)(1)" }.joined(separator: ", ")
        for number in 0..<3000 {
            let analysis = Self.analyze("SELECT c\(number % 700) FROM t\(number % 900)", &analyzer)
            let name = analysis.detail?.statements.first?.tables.first?.name
            #expect(name == Array("t\(number % 900)".utf8))
            if number % 10 == 0 {
                let count = Self.analyze(many, &analyzer).detail?.statements.first?.functions.count
                #expect(count == 200)
            }
        }
    }
}
