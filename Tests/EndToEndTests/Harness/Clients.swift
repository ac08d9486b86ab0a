import Foundation
import LocalCluster
import Testing

/// Client programs pointed at a proxy.
struct Clients {
    let proxy: ProxyProcess
    let cluster: LocalCluster

    init(_ proxy: ProxyProcess, _ cluster: LocalCluster? = nil) throws {
        self.proxy = proxy
        self.cluster = try cluster ?? Stage.cluster()
    }

    /// Options that every PostgreSQL client program takes.
    var target: [String] { ["-h", "127.0.0.1", "-p", "\(proxy.port)", "-U", "postgres"] }

    /// Runs one of PostgreSQL's programs against the proxy.
    func run(
        _ program: String, _ arguments: [String], input: String? = nil,
        within limit: Duration = .seconds(60)
    ) throws -> ToolResult {
        try ClientTool.run(
            [cluster.installation.path(program)] + target + arguments, input: input, within: limit)
    }

    /// What psql prints for some SQL; an error fails the test.
    func psql(_ sql: String, database: String = Stage.database) throws -> String {
        let result = try run(
            "psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"], input: sql)
        try #require(result.isSuccess, "\(result.summary)\n\(Stage.logTail(proxy))")
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// pgbench; every client must come to its end.
    @discardableResult
    func pgbench(_ arguments: [String], within limit: Duration = .seconds(90)) throws -> ToolResult
    {
        let result = try run("pgbench", arguments + [Stage.database], within: limit)
        #expect(result.isSuccess, "\(result.summary)\n\(Stage.logTail(proxy))")
        #expect(!result.errors.contains("aborted"), "\(result.errors)")
        return result
    }

    /// Starts a scenario of `Scripts/` with the proxy's port as its first argument.
    func start(_ script: String, _ scenario: String, _ arguments: [String]) throws -> ClientTool {
        try ClientTool(Self.command(script, scenario, ["\(proxy.port)"] + arguments))
    }

    /// Runs a scenario of `Scripts/` and expects it to succeed; returns what it printed.
    @discardableResult
    func scenario(
        _ script: String, _ scenario: String, _ arguments: any CustomStringConvertible...,
        within limit: Duration = .seconds(60)
    ) throws -> String {
        let command = Self.command(
            script, scenario, ["\(proxy.port)"] + arguments.map(\.description))
        let result = try ClientTool.run(command, within: limit)
        #expect(result.isSuccess, "\(scenario): \(result.summary)\n\(Stage.logTail(proxy))")
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// A file of `Scripts/`.
    static func path(_ script: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Scripts/\(script)").path
    }

    /// The distribution's own Python, which has the distribution's psycopg2.
    static let python = "/usr/bin/python3"

    private static func command(
        _ script: String, _ scenario: String, _ arguments: [String]
    ) -> [String] {
        [python, "-B", path(script), scenario] + arguments
    }
}
