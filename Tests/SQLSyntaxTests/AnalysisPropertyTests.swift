import SQLSyntax
import TestSupport
import Testing

/// What must hold for every text, on the texts of the table and on damaged ones.
@Suite struct AnalysisPropertyTests {
    private static let permissive = AnalysisOptions(allowSQLComments: true)

    private static func tokens(_ row: SQLCase) -> [Token] {
        var lexer = Lexer(dialect: row.dialect)
        var tokens: [Token] = []
        while true {
            let token = lexer.next(in: row.sql.span)
            if token.kind == .end { return tokens }
            tokens.append(token)
        }
    }

    /// The text with some of its tokens changed, all else as it was.
    private static func text(
        _ row: SQLCase, _ change: (Token, ArraySlice<UInt8>) -> [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var reached = 0
        for token in Self.tokens(row) {
            result += row.sql[reached..<token.start]
            result += change(token, row.sql[token.start..<token.end])
            reached = token.end
        }
        return result + row.sql[reached...]
    }

    private static func mutated(
        _ sql: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        var sql = sql
        let pieces = SQLCase.all
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0...sql.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: sql.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 1: sql.removeSubrange(at..<min(sql.count, at + 3))
            case 2:
                let other = pieces.randomElement(using: &random)?.sql ?? []
                sql.insert(contentsOf: other.prefix(at), at: at)
            default: if at < sql.count { sql[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            }
        }
        return sql
    }

    /// The text with comments, blanks and semicolons around it.
    private static func commented(
        _ sql: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        let pieces = [
            " ", "/*NO LOAD BALANCE*/", "/* a */", "-- b\n", ";", "/*replication*/", "\t", "-- c",
        ]
        func pick() -> [UInt8] {
            (0..<Int.random(in: 0...3, using: &random)).flatMap { _ in
                Array((pieces.randomElement(using: &random) ?? "").utf8)
            }
        }
        return pick() + sql + pick()
    }

    @Test("comments between tokens change nothing")
    func comments() {
        for row in SQLCase.all {
            let plain = StatementAnalysis.of(
                row.sql, dialect: row.dialect, options: Self.permissive)
            let commented = Self.text(row) { token, bytes in
                token.followsBlank && token.kind != .unterminated && token.kind != .invalid
                    ? Array(" /* ; DELETE ' */ ".utf8) + bytes : Array(bytes)
            }
            let analysis = StatementAnalysis.of(
                commented, dialect: row.dialect, options: Self.permissive)
            #expect(analysis == plain, "\(row)")
            // In every place, even where the text has no blank.
            let everywhere = Self.text(row) { token, bytes in
                let isReadable = token.kind != .unterminated && token.kind != .invalid
                return isReadable ? Array("-- ; '\n/*/**/*/".utf8) + bytes : Array(bytes)
            }
            // The lexer of these tests does not see the characters of such an encoding.
            guard row.kind != "error", !row.dialect.encoding.mayHideASCII else { continue }
            let spread = StatementAnalysis.of(
                everywhere, dialect: row.dialect, options: Self.permissive)
            #expect(spread == plain, "\(row)")
        }
    }

    @Test("the case of unquoted words changes nothing")
    func letterCase() {
        for row in SQLCase.all {
            let plain = StatementAnalysis.of(row.sql, dialect: row.dialect)
            let upper = Self.text(row) { token, bytes in
                guard token.kind == .word else { return Array(bytes) }
                return bytes.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
            }
            #expect(StatementAnalysis.of(upper, dialect: row.dialect) == plain, "\(row)")
        }
    }

    @Test("a call of an unknown function in the place of any literal spoils a read")
    func hiddenCalls() {
        for row in SQLCase.all where row.kind == "select" || row.kind == "values" {
            let literals = Self.tokens(row).filter { $0.kind == .number || $0.kind == .string }
            for chosen in literals {
                let spoiled = Self.text(row) { token, bytes in
                    token == chosen ? Array(" write_it(1) ".utf8) : Array(bytes)
                }
                let analysis = StatementAnalysis.of(
                    spoiled, dialect: row.dialect, options: Self.permissive)
                #expect(!analysis.isReadOnly, "\(String(decoding: spoiled, as: UTF8.self))")
            }
        }
    }

    @Test("a write inside WITH, a lock and a second statement spoil every read")
    func spoiledReads() {
        for row in SQLCase.all where row.dialect == .standard {
            let sql = String(decoding: row.sql, as: UTF8.self)
            for spoiled in [
                "WITH w AS (\(sql)\n) DELETE FROM t", "WITH w AS (DELETE FROM t) \(sql)",
                "\(sql)\n; DELETE FROM t", "DELETE FROM t; \(sql)", "\(sql)\n FOR UPDATE",
                "SELECT write_it(1), (\(sql)\n)",
            ] {
                // PGPOOL and the like are no statements of PostgreSQL's.
                let isWhole = !["error", "empty"].contains(row.kind)
                guard isWhole || spoiled.hasPrefix("DELETE") || spoiled.hasPrefix("SELECT") else {
                    continue
                }
                // A lock after something else than a query is a syntax error.
                if spoiled.hasSuffix("FOR UPDATE"), !["select", "values"].contains(row.kind) {
                    continue
                }
                let analysis = StatementAnalysis.of(spoiled, options: Self.permissive)
                #expect(!analysis.isReadOnly, "\(spoiled)")
                #expect(!analysis.keepsSessionMovable, "\(spoiled)")
            }
        }
    }

    @Test("two statements of the table in one text are the sum of both, and not a read")
    func concatenation() {
        var random = SeededGenerator(seed: 43)
        let rows = SQLCase.all.filter {
            $0.dialect == .standard && $0.kind != "error" && $0.kind != "empty"
                && !$0.kind.hasPrefix("multi")
        }
        for first in rows {
            guard let second = rows.randomElement(using: &random) else { continue }
            let text = first.sql + Array("\n;".utf8) + second.sql
            let analysis = StatementAnalysis.of(text, options: Self.permissive)
            #expect(analysis.kind == .multiple && analysis.statementCount == 2, "\(first)\(second)")
            #expect(!analysis.isReadOnly && !analysis.keepsSessionMovable)
            let parts = [first, second].map {
                StatementAnalysis.of($0.sql, options: Self.permissive)
            }
            #expect(analysis.effect == parts.map(\.effect).max(), "\(first)\(second)")
            // A directive stands at an edge of one of them only.
            guard parts.allSatisfy({ !$0.traits.contains(.mustNotBalance) }) else { continue }
            #expect(analysis.traits == parts[0].traits.union(parts[1].traits))
            let options = AnalysisOptions(allowSQLComments: true, usesShapes: false)
            let details = [first, second].flatMap {
                StatementAnalysis.of($0.sql, options: options).detail?.statements ?? []
            }
            #expect(analysis.detail == StatementDetail(details), "\(first)\(second)")
        }
    }

    @Test("every prefix of every text is analysed, and so is every damaged one")
    func damage() {
        var random = SeededGenerator(seed: 71)
        for row in SQLCase.all {
            var texts = (0..<row.sql.count).map { Array(row.sql[..<$0]) }
            for _ in 0..<20 { texts.append(Self.mutated(row.sql, using: &random)) }
            for index in row.sql.indices {
                texts.append(row.sql)
                texts[texts.count - 1][index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            for text in texts { Self.check(text, dialect: row.dialect) }
        }
    }

    /// What holds for any bytes.
    private static func check(_ text: [UInt8], dialect: TextDialect) {
        let message = ParsedMessage.of(text, dialect: dialect)
        var reached = 0
        for statement in message.statements {
            let isInOrder =
                statement.range.lowerBound >= reached && statement.range.upperBound <= text.count
            #expect(isInOrder, "\(text)")
            reached = statement.range.upperBound
            if statement.isReadOnly {
                #expect(statement.effect != .write && !statement.traits.contains(.isUnknown))
            }
        }
        let split = StatementSplitter.split(text.span, dialect: dialect)
        #expect(
            split == message.statements.map(\.range), "\(String(decoding: text, as: UTF8.self))")
        let analysis = StatementAnalysis.of(text, dialect: dialect)
        #expect(Int(analysis.statementCount) == message.statements.count)
        #expect(!analysis.isReadOnly || analysis.keepsSessionMovable)
        if analysis.isReadOnly {
            #expect(analysis.effect <= .read && analysis.traits.isDisjoint(with: .sessionState))
        }
        if message.fault != nil { #expect(analysis.effect == .write) }
    }

    @Test(
        "an analysis from the cache is the analysis of the text",
        arguments: [0, 16 << 10, 40 << 10, 4 << 20])
    func cacheAgrees(cacheBytesMax: Int) {
        var random = SeededGenerator(seed: 47)
        let options = AnalysisOptions(
            allowSQLComments: cacheBytesMax % 3 == 0,
            ignoreLeadingWhiteSpace: cacheBytesMax > 16384,
            usesShapes: cacheBytesMax != 40 << 10)
        var analyzer = StatementAnalyzer(options: options, cacheBytesMax: cacheBytesMax)
        var seen: [(sql: [UInt8], dialect: TextDialect)] = []
        for _ in 0..<6000 {
            var sql: [UInt8]
            var dialect: TextDialect
            if let known = seen.randomElement(using: &random), Bool.random(using: &random) {
                (sql, dialect) = known
            } else {
                guard let row = SQLCase.all.randomElement(using: &random) else { break }
                sql = row.sql
                dialect = row.dialect
                if Bool.random(using: &random) { sql = Self.mutated(sql, using: &random) }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    sql = Self.commented(sql, using: &random)
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    dialect.standardConformingStrings.toggle()
                }
                seen.append((sql, dialect))
                if seen.count > 300 { seen.removeFirst(100) }
            }
            let expected = StatementAnalysis.of(sql, dialect: dialect, options: options)
            let analysis = analyzer.analyze(sql.span, dialect: dialect)
            #expect(analysis == expected, "\(String(decoding: sql, as: UTF8.self))")
        }
    }

    @Test("texts that differ in a literal share nothing that matters")
    func literals() {
        var analyzer = StatementAnalyzer()
        for _ in 0..<3 {
            for (sql, isRead) in [
                ("SELECT * FROM t WHERE a = 'x'", true), ("SELECT * FROM t WHERE a = 'y'", true),
                ("SELECT * FROM t WHERE a = 'x'; DELETE FROM t --'", false),
                ("SELECT * FROM t WHERE a = E'x\\'; DELETE FROM t --'", true),
                ("SELECT * FROM t WHERE a = x", true), ("SELECT * FROM t WHERE a = x(1)", false),
                ("SELECT * FROM t WHERE a = \u{1}", false),
                ("SELECT * FROM t WHERE a = \"\u{1}\"", true),
                ("/* DELETE */ SELECT * FROM t WHERE a = 'x'", false),
            ] {
                let bytes = Array(sql.utf8)
                let analysis = analyzer.analyze(bytes.span)
                #expect(analysis.isReadOnly == isRead, "\(sql)")
            }
        }
    }

    @Test("texts longer than the cache takes are analysed all the same")
    func longTexts() {
        var analyzer = StatementAnalyzer(cacheBytesMax: 64 << 10)
        for count in [4_000, 16_384, 16_385, 100_000] {
            let read = Array("SELECT '\(String(repeating: "x", count: count))'".utf8)
            let write = read + Array(", nextval('s')".utf8)
            for _ in 0..<3 {
                let ofRead = analyzer.analyze(read.span)
                let ofWrite = analyzer.analyze(write.span)
                #expect(ofRead.isReadOnly && ofWrite.reason == .functionMayWrite)
            }
        }
    }
}
