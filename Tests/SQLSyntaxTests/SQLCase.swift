import Foundation
import SQLSyntax

/// One row of Tests/Fixtures/sql-cases.tsv: a text and what is true of it.
struct SQLCase: Sendable, CustomStringConvertible {
    var line: Int
    var sql: [UInt8]
    var kind: String
    var isReadOnly: Bool
    var reason: String
    var dialect = TextDialect.standard

    var description: String { "line \(self.line): \(String(decoding: self.sql, as: UTF8.self))" }

    static let all: [SQLCase] = Self.load()

    private static func load() -> [SQLCase] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/sql-cases.tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        var cases: [SQLCase] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        where index > 0 && !line.isEmpty {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 6 else { continue }
            var row = SQLCase(
                line: index + 1, sql: Self.unescaped(fields[0]), kind: String(fields[1]),
                isReadOnly: fields[2] == "yes", reason: String(fields[3]))
            if row.reason.hasPrefix("{"), let end = row.reason.firstIndex(of: "}") {
                for setting in row.reason[..<end].dropFirst().split(separator: ",") {
                    if setting == "scs=off" { row.dialect.standardConformingStrings = false }
                    if setting.hasPrefix("enc=") {
                        row.dialect.encoding = ClientEncoding(name: setting.dropFirst(4).utf8)
                    }
                }
            }
            cases.append(row)
        }
        return cases
    }

    /// Undoes the escapes of the file: `\\`, `\n`, `\r`, `\t`, `\xHH`.
    private static func unescaped(_ field: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "x"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                bytes.append(UInt8(digits, radix: 16) ?? 0)
            default: bytes.append(next)
            }
        }
        return bytes
    }
}

extension StatementAnalysis {
    /// Analyses without any memory of other texts.
    static func of(
        _ sql: some Sequence<UInt8>, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> StatementAnalysis {
        var analyzer = StatementAnalyzer(options: options, cacheBytesMax: 0)
        return analyzer.analyze(Array(sql).span, dialect: dialect)
    }

    static func of(
        _ sql: String, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> StatementAnalysis {
        Self.of(sql.utf8, dialect: dialect, options: options)
    }
}
