import Foundation
import LocalCluster
import SQLSyntax
import Testing

/// PostgreSQL's own parser, asked through pglast by the scripts of `Oracle/`.
enum Oracle {
    /// What it says of one text.
    struct Answer: Decodable, Sendable {
        var sql: String
        /// Set when PostgreSQL refuses the text; then nothing else is known.
        var error: String?
        var statements: [Statement]?
    }

    /// One statement as PostgreSQL's tree shows it.
    struct Statement: Decodable, Sendable {
        /// PostgreSQL's name of the tree, such as `SelectStmt`.
        var kind: String
        /// Byte offsets: first token, behind the last token, the semicolon or the end of the text.
        var start: Int
        var last: Int
        var end: Int
        /// `r`, `w` or `k`, then catalog, schema and name as far as given.
        var tables: [[String]]
        /// Schema, if given, and name.
        var functions: [[String]]
        var writes: Writes
        /// Words of what it asks of the session; empty where that is not compared.
        var command: [String]
    }

    enum Writes: Int, Decodable, Comparable, Sendable {
        /// A standby accepts it, and it changes nothing outside its session.
        case no
        /// Calls a function that PostgreSQL does not bring, or depends on the session's past.
        case maybe
        /// Calls a function of PostgreSQL's that writes or needs a primary.
        case calls
        /// The text alone says so.
        case yes

        static func < (left: Writes, right: Writes) -> Bool { left.rawValue < right.rawValue }
    }

    /// Runs `oracle.py` and hands each of its lines to `judge`, on all cores.
    static func ask<Verdict: Sendable>(
        _ arguments: [any CustomStringConvertible], judge: @escaping @Sendable ([Answer]) -> Verdict
    ) async throws -> [Verdict] {
        let result = try ClientTool.run(
            [self.python.path, "-B", self.script.path] + arguments.map(\.description),
            within: .seconds(600))
        try #require(result.isSuccess, "\(result.errors)\nDid Scripts/bootstrap --tests run?")
        let lines = result.output.components(separatedBy: "\n").dropLast()
        return try await withThrowingTaskGroup { group in
            for (number, chunk) in self.chunks(of: lines).enumerated() {
                group.addTask {
                    let decoder = JSONDecoder()
                    let answers = try chunk.map {
                        try decoder.decode(Answer.self, from: Data($0.utf8))
                    }
                    return (number, judge(answers))
                }
            }
            var verdicts: [(Int, Verdict)] = []
            for try await verdict in group { verdicts.append(verdict) }
            return verdicts.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func chunks(of lines: ArraySlice<String>) -> [ArraySlice<String>] {
        let size = 2000
        return stride(from: lines.startIndex, to: lines.endIndex, by: size).map {
            lines[$0..<min($0 + size, lines.endIndex)]
        }
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let python = root.appendingPathComponent(".build/venv/bin/python")
    private static let script = root.appendingPathComponent("Tests/OracleTests/Oracle/oracle.py")
}
