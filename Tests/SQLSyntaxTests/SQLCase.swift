import Foundation
import SQLSyntax

/// One row of Tests/Fixtures/sql-cases.tsv: a text and what is true of it.
struct SQLCase: Sendable, CustomStringConvertible {
    var line: Int
    var sql: [UInt8]
    var kind: String
    var isReadOnly: Bool
    var reason: String
    /// `r:`, `w:` or `k:` and a name, without quotes.
    var tables: Set<[UInt8]>
    var functions: Set<String>
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
                isReadOnly: fields[2] == "yes", reason: String(fields[3]), tables: [],
                functions: Set(Self.list(fields[5]).map(String.init)))
            if row.reason.hasPrefix("{"), let end = row.reason.firstIndex(of: "}") {
                for setting in row.reason[..<end].dropFirst().split(separator: ",") {
                    if setting == "scs=off" { row.dialect.standardConformingStrings = false }
                    if setting.hasPrefix("enc=") {
                        row.dialect.encoding = ClientEncoding(name: setting.dropFirst(4).utf8)
                    }
                }
            }
            row.tables = Set(
                Self.list(fields[4]).map {
                    Self.encoded($0.filter { $0 != "\"" }, row.dialect.encoding)
                })
            cases.append(row)
        }
        return cases
    }

    private static func list(_ field: Substring) -> [Substring] {
        field == "-" ? [] : field.split(separator: ",")
    }

    /// A name as its client sends it; the file itself is UTF-8.
    private static func encoded(_ name: String, _ encoding: ClientEncoding) -> [UInt8] {
        let shiftJIS: [Character: [UInt8]] = [
            "表": [0x95, 0x5C], "ポ": [0x83, 0x7C], "能": [0x94, 0x5C],
        ]
        return name.flatMap { character in
            (encoding == .sjis ? shiftJIS[character] : nil) ?? Array(character.utf8)
        }
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

extension ParsedMessage {
    /// The kind as the table spells it.
    var kindWord: String {
        if self.fault != nil { return "error" }
        let words = self.statements.map(\.kind.word)
        switch words.count {
        case 0: return "empty"
        case 1: return words[0]
        default: return "multi(\(words.joined(separator: "+")))"
        }
    }

    var isReadOnly: Bool { self.fault == nil && self.statements.allSatisfy(\.isReadOnly) }

    /// Its relations as the table spells them.
    var tableWords: Set<[UInt8]> {
        Set(
            self.statements.flatMap(\.tables).map { table in
                let mode =
                    switch table.mode {
                    case .read: "r:"
                    case .write: "w:"
                    case .lock: "k:"
                    }
                let parts = [table.catalog, table.schema, table.name].compactMap { $0 }
                return Array(mode.utf8) + Array(parts.joined(separator: [UInt8(ascii: ".")]))
            })
    }

    /// Its calls as the table spells them.
    var functionWords: Set<String> {
        Set(
            self.statements.flatMap(\.functions).map { function in
                [function.schema, function.name].compactMap { $0 }
                    .map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
            })
    }

    static func of(
        _ sql: some Sequence<UInt8>, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> ParsedMessage {
        StatementParser.parse(Array(sql).span, dialect: dialect, options: options)
    }

    static func of(
        _ sql: String, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> ParsedMessage {
        Self.of(sql.utf8, dialect: dialect, options: options)
    }
}
