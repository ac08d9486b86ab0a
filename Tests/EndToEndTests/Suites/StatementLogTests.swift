import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("the log of sessions")
    struct StatementLogTests {
        private static let script = "statement_log.py"

        @Test("each message is logged as it came and as it went, in order")
        func messages() throws {
            try Stage.withProxy {
                $0.weights = [1, 0]
                $0.extraLines = [
                    "log_statement = on", "log_per_node_statement = on", "log_client_messages = on",
                ]
            } test: { proxy in
                let pids = try Clients(proxy).scenario(Self.script, "messages")
                    .split(separator: " ").map(String.init)
                try #require(pids.count == 2)
                let node = "DB node id: 0 backend pid: \(pids[0]) statement: "
                func query(_ sql: String) -> [String] {
                    [
                        "Query message from frontend.", "+ query: \"\(sql)\"", "statement: \(sql)",
                        "\(node)\(sql)",
                    ]
                }
                func message(_ kind: String, _ detail: String?, _ sent: String?) -> [String] {
                    ["\(kind) message from frontend."] + (detail.map { ["+ \($0)"] } ?? [])
                        + (sent.map { ["\(node)\($0)"] } ?? [])
                }
                let copyData = "CopyData message from frontend."
                let expected: [[String]] = [
                    query("select pg_backend_pid()"), query("create temp table logged (a int)"),
                    message("Parse", "statement: \"S1\", query: \"select 42\"", nil),
                    ["statement: select 42", "\(node)Parse: select 42"],
                    message("Describe", "statement: \"S1\"", "D message"),
                    message("Flush", nil, "H message"),
                    message("Bind", "portal: \"P1\", statement: \"S1\"", "Bind: select 42"),
                    message("Describe", "portal: \"P1\"", "D message"),
                    message("Execute", "portal: \"P1\"", "Execute: select 42"),
                    message("Close", "portal: \"P1\"", "C message"),
                    message("Close", "statement: \"S1\"", "C message"),
                    message("Sync", nil, "S message"),
                    query("copy logged from stdin"), [copyData, "+ count: 3"],
                    message("CopyDone", nil, "c message"),
                    query("copy logged from stdin"), [copyData, "+ count: 1"],
                    message("CopyFail", nil, "f message"),
                    message("FunctionCall", "oid: \"2026\"", "F message"),
                    message("Cancel", "process id: \(pids[1])", nil),
                    message("Terminate", nil, nil),
                ]
                #expect(
                    try entries(proxy) { $0.hasPrefix("Terminate ") } == expected.flatMap { $0 })
            }
        }

        @Test("a read is logged with the node that got it, and once if a second node had to help")
        func repeated() throws {
            let cluster = try Stage.cluster()
            try Stage.withProxy {
                $0.weights = [0, 1]
                // A repeated read may have been a write in disguise: the next one would go to the primary.
                $0.extraLines = [
                    "log_statement = on", "log_per_node_statement = on", "read_your_writes = off",
                    "relcache_query_timeout = 5s",
                ]
            } test: { proxy in
                let standby = cluster.nodes[1]
                _ = try standby.value("select pg_wal_replay_pause()")
                defer { _ = try? standby.value("select pg_wal_replay_resume()") }
                let paused = try Deadline.after(.seconds(10)).poll {
                    try standby.value("select pg_get_wal_replay_pause_state()") == "paused"
                }
                try #require(paused)
                _ = try cluster.primary.value(
                    "create table fresh (a int); select 1", database: Stage.database)
                defer {
                    _ = try? cluster.primary.value(
                        "drop table fresh; select 1", database: Stage.database)
                }
                try Clients(proxy).scenario(Self.script, "repeated")
                let sql = "select count(*) from fresh"
                let segment = ["Parse: \(sql)", "Bind: \(sql)", "Execute: \(sql)", "S message"]
                let received = "statement: \(sql)"
                let lines = try entries(proxy) {
                    $0.hasPrefix("DB node id: 0 ") && $0.hasSuffix(" S message")
                }.map {
                    $0.replacing(/\ backend pid: \d+ statement/, with: "")
                }
                #expect(
                    lines == [received, "DB node id: 1: \(sql)", "DB node id: 0: \(sql)"]
                        + [received] + segment.map { "DB node id: 1: \($0)" }
                        + segment.map { "DB node id: 0: \($0)" })
            }
        }

        @Test("a client is told which node gets what", arguments: ["told", "told_between_rows"])
        func notices(scenario: String) throws {
            try Stage.withProxy {
                $0.weights = [1, 0]
                $0.extraLines = ["notice_per_node_statement = on"]
            } test: { proxy in
                try Clients(proxy).scenario(Self.script, scenario)
                #expect(!proxy.log.contains("DB node id"), "a notice is for the client alone")
            }
        }

        @Test("clients come and go with address or name", arguments: [false, true])
        func connections(isNamed: Bool) throws {
            try Stage.withProxy {
                $0.extraLines = [
                    "log_connections = on", "log_disconnections = on",
                    "log_hostname = \(isNamed ? "on" : "off")",
                ]
            } test: { proxy in
                let name = try Clients(proxy).scenario(Self.script, "come_and_go")
                let host = NSRegularExpression.escapedPattern(for: isNamed ? name : "127.0.0.1")
                let database = Stage.database
                let patterns = [
                    #"LOG:  new connection received\n.*DETAIL:  connecting host=\#(host) port=\d+\n"#,
                    #"LOG:  connection authorized: user=postgres database=\#(database)\n"#,
                    #"LOG:  frontend disconnection: session time: 0:00:\d\d\.\d\d\d user=postgres "#
                        + #"database=\#(database) host=\#(host) port=\d+\n"#,
                ]
                for pattern in patterns {
                    let found = Deadline.after(.seconds(10)).poll {
                        proxy.log.range(of: pattern, options: .regularExpression) != nil
                    }
                    #expect(found, "\(pattern)\n\(Stage.logTail(proxy))")
                }
            }
        }

        @Test("what is off is not logged")
        func switches() throws {
            try Stage.withProxy { _ in
            } test: { proxy in
                try Clients(proxy).scenario(Self.script, "messages")
                #expect(!proxy.log.contains("from frontend") && !proxy.log.contains("statement:"))
                #expect(!proxy.log.contains("connection received"))
            }
        }

        /// The messages and, with a plus, the details that the log has of the scenario's session, as
        /// soon as the last one is there.
        private func entries(_ proxy: ProxyProcess, until isLast: (String) -> Bool) throws
            -> [String]
        {
            func lines() -> [String] {
                proxy.log.split(separator: "\n").compactMap { line in
                    guard line.contains(": e2e-log pid ") else { return nil }
                    if let message = line.firstRange(of: "LOG:  ") {
                        return String(line[message.upperBound...])
                    }
                    return line.firstRange(of: "DETAIL:  ").map { "+ \(line[$0.upperBound...])" }
                }
            }
            let isThere = Deadline.after(.seconds(10)).poll {
                lines().contains(where: isLast)
            }
            try #require(isThere, "\(Stage.logTail(proxy))")
            return lines()
        }
    }
}
