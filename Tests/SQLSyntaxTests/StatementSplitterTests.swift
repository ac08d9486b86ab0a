import SQLSyntax
import TestSupport
import Testing

@Suite struct StatementSplitterTests {
    private static func split(_ sql: String) -> [String] {
        let bytes = Array(sql.utf8)
        return StatementSplitter.split(bytes.span).map {
            String(decoding: bytes[$0], as: UTF8.self)
        }
    }

    @Test(
        "statements end at top-level semicolons",
        arguments: [
            ("", []), (" ;; \n", []), ("SELECT 1", ["SELECT 1"]),
            (" SELECT 1 ; SELECT 2;", ["SELECT 1", "SELECT 2"]),
            ("SELECT ';'; SELECT $$;$$", ["SELECT ';'", "SELECT $$;$$"]),
            ("SELECT 1 -- a;b\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
            ("-- first\nSELECT 1; /* b */ SELECT 2", ["-- first\nSELECT 1", "/* b */ SELECT 2"]),
            (
                "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 1",
                ["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "SELECT 1"]
            ),
            (
                "CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; END; SELECT 2",
                ["CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; END", "SELECT 2"]
            ),
            ("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]),
        ] as [(String, [String])])
    func split(sql: String, expected: [String]) {
        #expect(Self.split(sql) == expected)
    }

    @Test("statements that are joined are split again")
    func roundTrip() {
        var random = SeededGenerator(seed: 53)
        let rows = SQLCase.all.filter {
            $0.dialect == .standard && !["error", "empty"].contains($0.kind)
                && !$0.kind.hasPrefix("multi") && !$0.sql.contains(UInt8(ascii: "-"))
        }.compactMap { row in
            // As the splitter gives it: without blanks and semicolons around it.
            StatementSplitter.split(row.sql.span).first.map { Array(row.sql[$0]) }
        }
        #expect(rows.count > 200)
        for _ in 0..<200 {
            let parts = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
                rows.randomElement(using: &random)
            }
            let separators = [";", " ; ", ";\n", ";;"].map { Array($0.utf8) }
            var script: [UInt8] = []
            for part in parts {
                script += part
                script += separators.randomElement(using: &random) ?? [UInt8(ascii: ";")]
            }
            let found = StatementSplitter.split(script.span).map { Array(script[$0]) }
            #expect(found == parts)
        }
    }

    @Test("ranges of any bytes are in order and within the text")
    func totality() {
        var random = SeededGenerator(seed: 59)
        let alphabet = Array("a'\";;-/*$( )\n\u{0}é".utf8)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var reached = 0
            for range in StatementSplitter.split(bytes.span) {
                #expect(range.lowerBound >= reached && !range.isEmpty)
                reached = range.upperBound
            }
            #expect(reached <= bytes.count)
        }
    }
}
