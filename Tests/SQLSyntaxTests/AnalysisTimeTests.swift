import SQLSyntax
import Testing

/// The time that texts take grows with their length, not with its square: one client's message must
/// not stop all the others of its worker.
@Suite(.serialized) struct AnalysisTimeTests {
    private static let size = 1 << 20

    /// `head`, then `unit` again and again up to a million bytes, then `tail`.
    private static func text(_ head: String, _ unit: String, _ tail: String = "") -> [UInt8] {
        let head = Array(head.utf8)
        let unit = Array(unit.utf8)
        var text = head
        text.reserveCapacity(Self.size + unit.count + tail.utf8.count)
        while text.count < Self.size { text += unit }
        return text + Array(tail.utf8)
    }

    private static func list(_ count: Int, _ item: (Int) -> String) -> String {
        (0..<count).map(item).joined(separator: ",")
    }

    private static func duration(of text: [UInt8]) -> Duration {
        ContinuousClock().measure {
            var analyzer = StatementAnalyzer()
            let analysis = analyzer.analyze(text.span)
            #expect(analysis.statementCount <= 10_001)
        }
    }

    @Test("no text of a million bytes takes much longer than a plain one")
    func adversaries() {
        let plain = Self.duration(of: Self.text("SELECT 1", " OR a.b = f(c, 'd') AND g IN (1, h)"))
        let tables = "SELECT FROM " + Self.list(4096) { _ in "t" }
        let names = "WITH " + Self.list(1000) { "n\($0) AS (SELECT)" }
        let quoted = (0..<16).map { "\"\($0)\"(a)," }.joined()
        let long = String(repeating: "x", count: 100_000)
        let nested =
            String(repeating: "WITH RECURSIVE a AS (", count: 100)
            + "SELECT FROM " + Self.list(3000) { "t\($0)" }
            + String(repeating: "), b AS (SELECT) SELECT", count: 100) + ";"
        for (name, text) in [
            ("names of a locking clause", Self.text(tables + " FOR UPDATE OF t", ",\"a\"")),
            (
                "locking clauses",
                Self.text("", tables + String(repeating: " FOR SHARE", count: 999) + ";")
            ),
            ("references to WITH", Self.text(names + " SELECT FROM n0", ",\"n0\"")),
            ("references besides WITH", Self.text(names + " SELECT FROM a", ",b")),
            ("members that look ahead", Self.text("", nested)),
            ("tables", Self.text("", "SELECT FROM " + Self.list(4000) { "t\($0)" } + ";")),
            ("calls in turn", Self.text("SELECT ", quoted, "1")),
            (
                "long names",
                Self.text("SELECT FROM t \"\(long)\" FOR UPDATE OF \"\(long)\"", ",\"a\"")
            ),
            ("signs", Self.text("SELECT ", "+", "1")),
            ("mixed signs", Self.text("SELECT ", "+-", "1")),
            ("queries in queries", Self.text("", "SELECT (")),
            ("strings that go on", Self.text("SELECT 'a'", "\n-- b\n'c'")),
            ("rows with a bad end", Self.text("INSERT INTO t VALUES (1", ",'a'", ",b)")),
            ("statements", Self.text("", "SELECT a FROM b;")),
            ("faults", Self.text("", "SELECT ) ;")),
            ("routines", Self.text("", "CREATE FUNCTION f() BEGIN ATOMIC ")),
        ] {
            let duration = Self.duration(of: text)
            #expect(duration < plain * 16 + .milliseconds(200), "\(name): \(duration), \(plain)")
        }
    }
}
