import Foundation
import SQLSyntax
import Testing

/// SQLSyntax against PostgreSQL's own parser, on texts that people and a seed wrote.
///
/// ORACLE_SEED and ORACLE_COUNT make another run of the last test; its seed is printed.
@Suite struct OracleTests {
    @Test("the table of SQL texts: written and locked tables are exact")
    func table() async throws {
        let total = try await Self.compare("table", isExact: true)
        #expect(total.texts == 307)
        #expect(total.accepted == 293)
    }

    @Test("PostgreSQL's regression tests")
    func regression() async throws {
        let total = try await Self.compare("regression")
        #expect(total.texts > 20_000)
        #expect(total.accepted > total.texts * 95 / 100)
    }

    @Test("mutated statements")
    func mutations() async throws {
        let seed = Self.number("ORACLE_SEED", 20_260_101)
        let count = Self.number("ORACLE_COUNT", 100_000)
        print("oracle: seed \(seed), \(count) texts")
        let total = try await Self.compare("mutations", seed, count)
        #expect(total.texts == count)
        #expect(total.accepted > count / 2)
    }

    /// What was compared and what was found.
    private struct Total: Sendable {
        var texts = 0
        var accepted = 0
        var statements = 0
        /// Queries that any standby answers, and those of them that are recognised.
        var reads = 0
        var readsRecognised = 0
        var findings: [Comparison.Finding] = []

        mutating func add(_ other: Total) {
            self.texts += other.texts
            self.accepted += other.accepted
            self.statements += other.statements
            self.reads += other.reads
            self.readsRecognised += other.readsRecognised
            self.findings += other.findings
        }
    }

    private static func compare(
        _ corpus: any CustomStringConvertible..., isExact: Bool = false
    ) async throws -> Total {
        let parts = try await Oracle.ask(corpus) { Self.judge($0, isExact: isExact) }
        let total = parts.reduce(into: Total()) { $0.add($1) }
        print(
            """
            oracle, \(corpus[0]): \(total.texts) texts, \(total.accepted) accepted by PostgreSQL, \
            \(total.statements) statements; \(total.readsRecognised) of \(total.reads) reads recognised
            """)
        Self.record(total.findings)
        return total
    }

    private static func judge(_ answers: [Oracle.Answer], isExact: Bool) -> Total {
        var total = Total()
        let options = AnalysisOptions(allowSQLComments: true)
        var analyzer = StatementAnalyzer(options: options)
        for answer in answers {
            let bytes = Array(answer.sql.utf8)
            // Whatever the text: these come to an end.
            let parsed = StatementParser.parse(bytes.span, options: options)
            let analysis = analyzer.analyze(bytes.span)
            total.texts += 1
            guard let statements = answer.statements else { continue }
            total.accepted += 1
            total.statements += statements.count
            if statements.allSatisfy({ $0.kind == "SelectStmt" && $0.writes == .no }) {
                total.reads += 1
                if analysis.isReadOnly { total.readsRecognised += 1 }
            }
            var comparison = Comparison(answer.sql, isExact: isExact)
            comparison.message(parsed, statements)
            comparison.analysis(analysis, statements)
            total.findings += comparison.findings
        }
        return total
    }

    /// One issue for each kind of finding, with the shortest texts.
    private static func record(_ findings: [Comparison.Finding]) {
        if let file = ProcessInfo.processInfo.environment["ORACLE_FINDINGS"] {
            Self.append(findings, to: file)
        }
        for kind in Comparison.Finding.Kind.allCases {
            let some = findings.filter { $0.kind == kind && !Self.isKnown($0) }
                .sorted { $0.sql.count < $1.sql.count }
            guard !some.isEmpty else { continue }
            let examples = some.prefix(12).map { "  \($0.details)\n    \($0.sql.debugDescription)" }
            Issue.record(
                "\(kind.rawValue), \(some.count) times:\n\(examples.joined(separator: "\n"))")
        }
    }

    /// TREAT to a type that the grammar itself has (here int) calls PostgreSQL's own conversion, which
    /// is harmless on every node and is not named.
    private static func isKnown(_ finding: Comparison.Finding) -> Bool {
        finding.kind == .call && finding.details.hasSuffix(" pg_catalog.int4")
            && finding.sql.uppercased().contains("TREAT")
    }

    /// All findings, one a line, for whoever mends them.
    private static func append(_ findings: [Comparison.Finding], to file: String) {
        let lines = findings.map { "\($0.kind)\t\($0.details)\t\($0.sql.debugDescription)\n" }
        guard let handle = FileHandle(forWritingAtPath: file) else { return }
        handle.seekToEndOfFile()
        handle.write(Data(lines.joined().utf8))
    }

    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }
}
