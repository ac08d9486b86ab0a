import Foundation
import LocalCluster

/// What a run of pgbench says about itself.
struct DemoLoadResult {
    /// Transactions that pgbench counts as processed.
    var transactions = 0
    /// Transactions that failed with an error pgbench may retry.
    var failed = 0
    /// Clients that got an error and gave up.
    var abortedClients = 0
    /// Whether pgbench itself said that all went well.
    var isClean = false
    /// Its messages, to show when it is not.
    var messages = ""

    init(_ result: ToolResult) {
        transactions = Self.number("number of transactions actually processed: ", in: result.output)
        failed = Self.number("number of failed transactions: ", in: result.output)
        abortedClients =
            Set(
                result.errors.split(separator: "\n").filter { $0.contains("aborted") }
                    .compactMap { line in
                        line.range(of: "client [0-9]+", options: .regularExpression).map {
                            line[$0]
                        }
                    }
            ).count
        isClean = result.isSuccess && failed == 0 && abortedClients == 0
        messages = result.errors
    }

    private static func number(_ label: String, in text: String) -> Int {
        guard let found = text.range(of: label) else { return 0 }
        return Int(text[found.upperBound...].prefix { $0.isNumber }) ?? 0
    }
}

/// The clients of the demo: pgbench and psql through the proxy.
struct DemoLoad {
    static let database = "bench"
    let installation: PostgresInstallation
    let port: UInt16

    private var target: [String] { ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"] }

    /// The line for a visitor to try.
    var psqlLine: String { "psql " + (target + [Self.database]).joined(separator: " ") }

    /// Makes pgbench's tables.
    func initialize(scale: Int) throws -> ToolResult {
        try pgbench(["-i", "-q", "-s", "\(scale)"]).finish(within: .seconds(120))
    }

    /// Starts reading single rows; `rate` limits the transactions a second of all clients.
    func read(clients: Int, seconds: Int, rate: Int? = nil) throws -> ClientTool {
        let limit = rate.map { ["-R", "\($0)"] } ?? []
        return try pgbench(["-S", "-n", "-c", "\(clients)", "-T", "\(seconds)"] + limit)
    }

    /// Starts pgbench's TPC-B-like transactions: three updates, a select and an insert.
    func write(clients: Int, seconds: Int) throws -> ClientTool {
        try pgbench(["-n", "-c", "\(clients)", "-T", "\(seconds)", "-R", "\(clients * 20)"])
    }

    /// Runs statements through the proxy and returns what psql printed.
    func psql(_ statements: String) throws -> ToolResult {
        try session(statements).finish(within: .seconds(60))
    }

    /// Starts a psql that reads its statements from `statements`.
    func session(_ statements: String) throws -> ClientTool {
        try ClientTool(
            [installation.path("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"] + target
                + [Self.database, "-f", "-"], input: statements)
    }

    private func pgbench(_ arguments: [String]) throws -> ClientTool {
        try ClientTool([installation.path("pgbench")] + arguments + target + [Self.database])
    }
}
