import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("statements that the proxy answers itself")
    struct ShowCommandTests {
        private static let script = "show_commands.py"

        @Test(
            "over the wire",
            arguments: [
                "shapes", "foreign", "nodes", "status", "several", "order", "bound", "extended",
                "sessions", "settings", "idle",
            ])
        func wire(scenario: String) throws {
            try Stage.withProxy { proxy in
                try Clients(proxy).scenario(Self.script, scenario)
            }
        }

        @Test("with one worker and with many", arguments: [1, 4])
        func workers(count: Int) throws {
            try Stage.withProxy {
                $0.extraLines = ["worker_threads = \(count)"]
            } test: { proxy in
                try Clients(proxy).scenario(Self.script, "sessions")
            }
        }

        @Test("a session switches on its own logging, and off again")
        func logged() throws {
            try Stage.withProxy { proxy in
                try Clients(proxy).scenario(Self.script, "logged")
                let isThere = Deadline.after(.seconds(10)).poll {
                    proxy.log.contains("statement: pgpool reset all")
                }
                #expect(isThere, "\(Stage.logTail(proxy))")
                let log = proxy.log
                let expected = [
                    "statement: select 'but this'", "statement: show pool_version",
                    "statement: pgpool show port", "statement: pgpool reset all",
                ]
                for line in expected { #expect(log.contains("LOG:  \(line)\n"), "\(line)\n\(log)") }
                #expect(log.contains("backend pid: "))
                #expect(!log.contains("not this") && !log.contains("no more"))
            }
        }

        @Test("what a session set survives a reload")
        func reload() throws {
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                var configuration = ProxyConfiguration()
                configuration.extraLines = ["client_idle_limit = 77", "log_connections = on"]
                let session = try clients.start(Self.script, "reloaded", [])
                let hasSet = Deadline.after(.seconds(10)).poll {
                    session.outputSoFar.contains("set")
                }
                try #require(hasSet, "\(session.errorsSoFar)")
                try proxy.reload(configuration)
                let result = session.finish(within: .seconds(20))
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.logTail(proxy))")
            }
        }

        @Test("a comment that one session allows does not keep its reads on the primary")
        func comments() throws {
            try Stage.withProxy {
                $0.weights = [0, 1]
                $0.extraLines = ["log_per_node_statement = on"]
            } test: { proxy in
                _ = try Clients(proxy).psql(
                    """
                    /* first */ select 'a';
                    pgpool set allow_sql_comments to on;
                    /* second */ select 'b';
                    pgpool reset all;
                    /* third */ select 'c';
                    """)
                let isThere = Deadline.after(.seconds(10)).poll { proxy.log.contains("'c'") }
                #expect(isThere)
                let lines = proxy.log.split(separator: "\n").filter { $0.contains("DB node id") }
                    .compactMap {
                        $0.firstRange(of: "DB node id: ").map { line in line.upperBound }
                    }
                #expect(lines.count == 3)
                for (text, node) in [("'a'", 0), ("'b'", 1), ("'c'", 0)] {
                    let line = proxy.log.split(separator: "\n").first { $0.contains(text) } ?? ""
                    #expect(line.contains("DB node id: \(node) "), "\(line)")
                }
            }
        }

        @Test("psql shows them as tables")
        func psql() throws {
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                let nodes = try clients.run(
                    "psql", ["-X", "-d", Stage.database, "-c", "SHOW pool_nodes"])
                #expect(nodes.isSuccess && nodes.errors.isEmpty, "\(nodes.summary)")
                #expect(nodes.output.hasPrefix(" node_id |") && nodes.output.contains("(2 rows)"))
                let all = try clients.psql("PGPOOL SHOW ALL")
                #expect(all.split(separator: "\n").count > 180)
                let session = try clients.psql(
                    """
                    PGPOOL SET log_statement TO on;
                    PGPOOL SHOW log_statement;
                    begin;
                    show pool_version \\g
                    select 1;
                    commit;
                    show pool_cache;
                    """)
                #expect(
                    session.split(separator: "\n").map(String.init) == [
                        "on", "4.7.2 (trunkline 0.1.0)", "1", "0|0|0.00|0|0|0|0|0|0",
                    ])
                let prompt = try clients.run(
                    "psql", ["-XAtq", "-v", "PROMPT1=%x>", "-d", Stage.database],
                    input: "begin;\nshow pool_version;\n\\echo :LAST_ERROR_SQLSTATE\nrollback;\n")
                #expect(prompt.isSuccess, "\(prompt.summary)")
                let failing = try clients.run(
                    "psql",
                    ["-XAtq", "-v", "VERBOSITY=verbose", Stage.database, "-c", "PGPOOL SHOW x"])
                #expect(failing.errors.contains("XX000: config variable \"x\" not found"))
            }
        }

        @Test("drivers: psycopg2 and pgJDBC")
        func drivers() throws {
            try Stage.withProxy { proxy in
                let python = try ClientTool.run([
                    Clients.python, "-B", Clients.path("show_psycopg.py"), "\(proxy.port)",
                ])
                #expect(python.isSuccess, "\(python.summary)\n\(Stage.logTail(proxy))")
                let java = try ClientTool.run(
                    [
                        "java", "-cp", "/usr/share/java/postgresql.jar",
                        Clients.path("ShowClient.java"), "\(proxy.port)", "use",
                    ], within: .seconds(90))
                #expect(java.isSuccess, "\(java.summary)\n\(Stage.logTail(proxy))")
            }
        }

        @Test("BEGIN in one segment with a statement of ours is held")
        func begun() throws {
            try Stage.withProxy { proxy in
                try Clients(proxy).scenario(Self.script, "begun")
                let java = try ClientTool.run(
                    [
                        "java", "-cp", "/usr/share/java/postgresql.jar",
                        Clients.path("ShowClient.java"), "\(proxy.port)", "begin",
                    ], within: .seconds(90))
                #expect(java.isSuccess, "\(java.summary)\n\(Stage.logTail(proxy))")
            }
        }

        @Test("Debian's Pgpool-II says the same")
        func sideBySide() throws {
            let cluster = try Stage.cluster()
            try Stage.withProxy { proxy in
                let pgpool = try PgpoolReference(before: cluster, in: proxy.folder)
                defer { pgpool.stop() }
                let script = [Clients.python, "-B", Clients.path(Self.script), "spoken"]
                let theirs = try ClientTool.run(script + ["\(pgpool.port)"])
                try #require(theirs.isSuccess, "\(theirs.summary)\n\(pgpool.log)")
                let ours = try Clients(proxy).scenario(Self.script, "spoken")
                let lines = ours.split(separator: "\n").map(String.init)
                let expected = theirs.output.split(separator: "\n").map(String.init)
                #expect(lines.count == expected.count && lines.count > 30)
                for (line, other) in zip(lines, expected) { #expect(line == other) }
            }
        }

        @Test("a client that asks and does not read answers is held back")
        func greedy() throws {
            try Stage.withProxy { proxy in
                let before = proxy.residentBytes
                try Clients(proxy).scenario(Self.script, "greedy")
                #expect(proxy.peakResidentBytes - before < 100 << 20, "\(proxy.peakResidentBytes)")
            }
        }
    }
}
