import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("operators' programs")
    struct PCPTests {
        /// A proxy with a PCP server, and the programs of both makers.
        private func withPCP(
            fields: Int = 12, _ lines: [String] = [],
            test: (ProxyProcess, UInt16, [PCPTools]) throws -> Void
        ) throws {
            let port = try FreePort.next()
            try Stage.withProxy {
                $0.pcpPort = port
                $0.pcpEntries = ["# operators", PCPTools.entry]
                $0.sessionsMax = 4
                $0.extraLines = ["pcp_node_info_fields = \(fields)"] + lines
            } test: { proxy in
                try test(
                    proxy, port,
                    [PCPTools.debian(in: proxy.folder), PCPTools.own(in: proxy.folder)])
            }
        }

        @Test("nodes, processes and parameters, with Debian's programs and ours")
        func information() throws {
            try withPCP { proxy, port, makers in
                let session = try busySession(proxy)
                // psql cancels its statement.
                defer { session.signal(SIGINT) }
                for tools in makers {
                    let count = try tools.run("pcp_node_count", port)
                    #expect(count.output == "2\n" && count.isSuccess, "\(count.summary)")
                    let nodes = try tools.run("pcp_node_info", port)
                    let lines = nodes.output.split(separator: "\n").map { $0.split(separator: " ") }
                    #expect(lines.map(\.count) == [13, 13], "\(nodes.summary)")
                    #expect(
                        lines.first?[2...8].joined(separator: " ")
                            == "2 0.500000 up up primary primary 0", "\(nodes.summary)")
                    #expect(lines.last?[9] == "streaming", "\(nodes.summary)")
                    let one = try tools.run("pcp_node_info", port, "1")
                    #expect(one.output == nodes.output.split(separator: "\n").last! + "\n")
                    let processes = try tools.run("pcp_proc_count", port)
                    #expect(processes.output.split(separator: " ").count == 5)
                    let parameters = try tools.run("pcp_pool_status", port)
                    #expect(parameters.output.contains("name : pcp_port\nvalue: \(port)\n"))
                    let checks = try tools.run("pcp_health_check_stats", port, "0")
                    #expect(
                        checks.output.hasPrefix("0 127.0.0.1 \(lines[0][1]) up primary "),
                        "\(checks.summary)")
                    let isBusy = try Deadline.after(.seconds(10)).poll {
                        let sessions = try tools.run("pcp_proc_info", port).output
                        return sessions.hasPrefix("\(Stage.database) postgres 20")
                            && sessions.contains(" Execute command")
                    }
                    #expect(isBusy, "\(Stage.state(proxy))")
                    let all = try tools.run("pcp_proc_info", port, "-a")
                    #expect(all.isSuccess && all.errors.isEmpty, "\(all.summary)")
                }
            }
        }

        /// A client in the middle of a statement.
        private func busySession(_ proxy: ProxyProcess) throws -> ClientTool {
            let clients = try Clients(proxy)
            return try ClientTool(
                [clients.cluster.installation.path("psql")] + clients.target
                    + ["-X", "-d", Stage.database, "-c", "select pg_sleep(20)"])
        }

        @Test("both makers' programs print the same")
        func sameOutput() throws {
            try withPCP { proxy, port, makers in
                let commands: [(String, [String])] = [
                    ("pcp_node_count", []), ("pcp_node_count", ["-v"]), ("pcp_node_info", []),
                    ("pcp_node_info", ["-v"]), ("pcp_node_info", ["-a", "1"]),
                    ("pcp_node_info", ["7"]), ("pcp_proc_count", []), ("pcp_proc_count", ["-v"]),
                    ("pcp_proc_info", []), ("pcp_proc_info", ["12345"]), ("pcp_pool_status", []),
                    ("pcp_pool_status", ["-v"]), ("pcp_health_check_stats", ["1"]),
                    ("pcp_health_check_stats", ["-v", "0"]), ("pcp_health_check_stats", ["9"]),
                    ("pcp_watchdog_info", []), ("pcp_reload_config", []),
                    ("pcp_recovery_node", ["1"]), ("pcp_attach_node", ["9"]),
                    ("pcp_detach_node", ["9"]), ("pcp_promote_node", ["0"]),
                    ("pcp_promote_node", ["9"]), ("pcp_attach_node", []),
                    ("pcp_node_count", ["-p", "80"]), ("pcp_stop_pgpool", ["-m", "x"]),
                    ("pcp_stop_pgpool", ["-s", "x"]), ("pcp_node_count", ["-U", "nobody"]),
                    ("pcp_node_count", ["-h", "/nowhere"]), ("pcp_node_info", ["0", "1"]),
                ]
                for (name, words) in commands {
                    let results = try makers.map { tools in
                        try run(tools, name, port, words)
                    }
                    let (theirs, ours) = (results[0], results[1])
                    #expect(!(theirs.output + theirs.errors).isEmpty, "\(name) \(words)")
                    #expect(
                        ours.output == theirs.output && ours.errors == theirs.errors
                            && ours.exit == theirs.exit,
                        "\(name) \(words)\ntheirs: \(theirs.summary)\nours: \(ours.summary)")
                }
            }
        }

        private func run(
            _ tools: PCPTools, _ name: String, _ port: UInt16, _ words: [String]
        ) throws -> ToolResult {
            switch words.count {
            case 0: try tools.run(name, port)
            case 1: try tools.run(name, port, words[0])
            default: try tools.run(name, port, words[0], words[1])
            }
        }

        /// Numbers, times and words of a state as one letter each: what is left is the layout.
        private func shape(_ text: String) throws -> String {
            var text = text
            let rules = [
                (#"\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d"#, "T"),
                (#"\b(up|waiting|unknown|primary|standby)\b"#, "S"),
                (#"-?\d+(\.\d+)?"#, "N"), (#"-nan"#, "N"),
            ]
            for (pattern, letter) in rules {
                text.replace(try Regex(pattern), with: letter)
            }
            return text
        }

        @Test("the layout is that of Debian's Pgpool-II")
        func sideBySide() throws {
            let cluster = try Stage.cluster()
            try withPCP(["health_check_period = 0"]) { proxy, port, makers in
                let pgpool = try PgpoolReference(
                    before: cluster, in: proxy.folder, pcpEntries: [PCPTools.entry])
                defer { pgpool.stop() }
                let commands: [(String, [String])] = [
                    ("pcp_node_count", ["-v"]), ("pcp_node_info", ["0"]),
                    ("pcp_node_info", ["-v", "0"]), ("pcp_node_info", ["9"]),
                    ("pcp_proc_count", []), ("pcp_health_check_stats", ["0"]),
                    ("pcp_health_check_stats", ["-v", "0"]), ("pcp_health_check_stats", ["9"]),
                    ("pcp_watchdog_info", []), ("pcp_proc_info", ["1"]),
                    ("pcp_detach_node", ["129"]), ("pcp_promote_node", ["5"]),
                    ("pcp_promote_node", ["0"]), ("pcp_recovery_node", ["7"]),
                    ("pcp_reload_config", []), ("pcp_node_count", ["-U", "nobody"]),
                ]
                for tools in makers {
                    for (name, words) in commands {
                        let ours = try run(tools, name, port, words)
                        let theirs = try run(tools, name, pgpool.pcpPort, words)
                        #expect(
                            try shape(ours.output + ours.errors)
                                == shape(theirs.output + theirs.errors),
                            "\(name) \(words)\nPgpool-II: \(theirs.summary)\n\(ours.summary)")
                        #expect(ours.exit == theirs.exit)
                    }
                    // In Pgpool-II a place that somebody has knocked at looks different.
                    let processes = try [port, pgpool.pcpPort].map {
                        let text = try tools.run("pcp_proc_info", $0, "-a").output
                        return Set(try shape(text).split(separator: "\n"))
                    }
                    if !tools.areOurs {
                        let isAlike =
                            processes[0].count == 1 && processes[0].isSubset(of: processes[1])
                        #expect(isAlike, "\(processes)")
                    }
                    let parameters = try [port, pgpool.pcpPort].map {
                        let text = try tools.run("pcp_pool_status", $0).output
                        return Set(text.split(separator: "\n").filter { $0.hasPrefix("name : ") })
                    }
                    #expect(parameters[0].intersection(parameters[1]).count > 120)
                }
            }
        }

        @Test("clients of 4.4 and later get thirteen fields")
        func thirteen() throws {
            try withPCP(fields: 13) { _, port, makers in
                for tools in makers where tools.areOurs {
                    let nodes = try tools.run("pcp_node_info", port)
                    let last = nodes.output.split(separator: "\n").last ?? ""
                    #expect(last.contains(" streaming "), "\(nodes.summary)")
                    #expect(!last.contains("1970"), "\(nodes.summary)")
                }
            }
        }

        private static func isSuccess(_ result: ToolResult, _ name: String) -> Bool {
            result.output == "\(name) -- Command Successful\n" && result.errors.isEmpty
        }

        @Test("a node leaves and comes back")
        func orders() throws {
            try withPCP { proxy, port, makers in
                for tools in makers {
                    let detach = try tools.run("pcp_detach_node", port, "1")
                    #expect(Self.isSuccess(detach, "pcp_detach_node"), "\(detach.summary)")
                    let down = try tools.run("pcp_node_info", port, "1")
                    #expect(down.output.contains(" 3 0.500000 down "), "\(down.summary)")
                    #expect(try proxy.status().nodes[1].state == "down")
                    let attach = try tools.run("pcp_attach_node", port, "1")
                    #expect(Self.isSuccess(attach, "pcp_attach_node"), "\(attach.summary)")
                    let isUp = Deadline.after(.seconds(10)).poll {
                        (try? proxy.status().nodes[1].state) == "up"
                    }
                    #expect(isUp, "\(Stage.state(proxy))")
                }
                #expect(proxy.log.contains("PCP: detach node 1\n"), "\(Stage.logTail(proxy))")
                #expect(proxy.log.contains("DETAIL:  ordered by op, host=127.0.0.1"))
            }
        }

        @Test("trunkline node does the same, with exit codes that tell")
        func nodeCommands() throws {
            try withPCP { proxy, _, _ in
                let binary = try ProxyProcess.findBinary()
                func node(_ words: String...) throws -> ToolResult {
                    try ClientTool.run(
                        [binary, "node"] + words + ["-f", "\(proxy.folder)/pgpool.conf"],
                        within: .seconds(30))
                }
                let list = try node("list")
                #expect(list.isSuccess && list.output.contains(" primary "), "\(list.summary)")
                let detach = try node("detach", "1", "--gracefully")
                #expect(detach.isSuccess, "\(detach.summary)\n\(Stage.logTail(proxy))")
                #expect(try node("list").output.contains(" down "))
                let attach = try node("attach", "1")
                #expect(attach.isSuccess, "\(attach.summary)\n\(Stage.logTail(proxy))")
                let wrong = try node("detach", "7")
                #expect(
                    wrong.exit == .exited(1) && wrong.errors.contains("out of range"),
                    "\(wrong.summary)")
                let switched = try ClientTool.run(
                    ["/usr/bin/env", "-C", "/", binary, "switch", "-f", "/nowhere/pgpool.conf"])
                #expect(switched.exit == .exited(3), "\(switched.summary)")
            }
        }

        @Test("the primary changes and changes back")
        func switchover() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            let port = try FreePort.next()
            try Stage.withProxy(before: cluster) {
                $0.pcpPort = port
                $0.pcpEntries = [PCPTools.entry]
                $0.extraLines = ["failover_builtin_promotion = on", "pcp_node_info_fields = 12"]
            } test: { proxy in
                let tools = try PCPTools.debian(in: proxy.folder)
                let promote = try tools.run("pcp_promote_node", port, "-s", "1")
                #expect(
                    Self.isSuccess(promote, "pcp_promote_node"),
                    "\(promote.summary)\n\(Stage.logTail(proxy))")
                func waitForPrimary(_ id: Int) throws {
                    let isThere = Deadline.after(.seconds(30)).poll {
                        guard let nodes = try? proxy.status().nodes else { return false }
                        return nodes.allSatisfy { $0.state == "up" } && nodes[id].role == "primary"
                    }
                    try #require(isThere, "\(Stage.state(proxy))")
                }
                try waitForPrimary(1)
                let info = try tools.run("pcp_node_info", port, "1")
                #expect(info.output.contains(" up up primary primary 0 "), "\(info.summary)")
                let back = try ClientTool.run([
                    try ProxyProcess.findBinary(), "switch", "-f", "\(proxy.folder)/pgpool.conf",
                ])
                #expect(
                    back.isSuccess && back.output == "node 0 is the primary\n", "\(back.summary)")
                try waitForPrimary(0)
            }
        }

        @Test("reload, the socket in a folder, and what pcp.conf says now")
        func reload() throws {
            try withPCP { proxy, port, makers in
                for tools in makers {
                    let reload = try tools.run("pcp_reload_config", port, host: proxy.socketFolder)
                    #expect(
                        reload.output == "pcp_reload_config -- Command Successful\n",
                        "\(reload.summary)")
                }
                let isDone = Deadline.after(.seconds(10)).poll {
                    proxy.log.contains("reload config files.")
                }
                #expect(isDone)
                try "nobody\n".write(
                    toFile: "\(proxy.folder)/pcp.conf", atomically: true, encoding: .utf8)
                for tools in makers {
                    let refused = try tools.run("pcp_node_count", port)
                    #expect(refused.exit == .exited(1), "\(refused.summary)")
                    #expect(
                        refused.errors == """
                            FATAL:  authentication failed for user "op"
                            DETAIL:  username and/or password does not match


                            """)
                }
                #expect(proxy.log.contains("pcp.conf\": line 1 is ignored: it has no colon"))
                #expect(proxy.log.contains("authentication failed for user \"op\""))
                #expect(!proxy.log.contains(PCPTools.password))
            }
        }

        @Test("a new log file, where there are files")
        func rotation() throws {
            try withPCP { _, port, makers in
                for tools in makers where tools.areOurs {
                    let refused = try tools.run("pcp_log_rotate", port)
                    #expect(
                        refused.errors == """
                            ERROR:  process log rotation request failed
                            DETAIL:  logging_collector is disabled


                            """)
                    let cache = try tools.run("pcp_invalidate_query_cache", port)
                    #expect(cache.errors == "ERROR:  query cache is not enabled\n\n")
                }
            }
        }

        @Test("stopping, smart and fast", arguments: [false, true])
        func stop(isOurs: Bool) throws {
            let cluster = try Stage.cluster()
            var configuration = ProxyConfiguration()
            let port = try FreePort.next()
            configuration.pcpPort = port
            configuration.pcpEntries = [PCPTools.entry]
            let proxy = try ProxyProcess(before: cluster, configuration: configuration)
            defer { proxy.kill() }
            let isListening = Deadline.after(.seconds(20)).poll { FreePort.isListening(port) }
            try #require(isListening, "\(Stage.logTail(proxy))")
            let tools =
                try isOurs
                ? PCPTools.own(in: proxy.folder) : PCPTools.debian(in: proxy.folder)
            let result = try tools.run("pcp_stop_pgpool", port, "-m", isOurs ? "fast" : "smart")
            #expect(
                result.output == "pcp_stop_pgpool -- Command Successful\n", "\(result.summary)")
            let ended = Deadline.after(.seconds(10)).poll { proxy.exit != nil }
            #expect(ended && proxy.exit == .exited(0), "\(Stage.logTail(proxy))")
            #expect(proxy.log.contains("shutting down by signal \(isOurs ? 2 : 15)"))
            #expect(
                !FileManager.default.fileExists(
                    atPath: "\(proxy.socketFolder)/.s.PGSQL.\(port)"))
        }

        @Test("a port that is taken is a warning; clients are served")
        func taken() throws {
            try withPCP { proxy, port, _ in
                try Stage.withProxy {
                    $0.pcpPort = port
                } test: { other in
                    #expect(other.log.contains("WARNING:  PCP: "), "\(other.log)")
                    try #expect(Clients(other).psql("select 1") == "1")
                }
            }
        }

        @Test("the live view shows the table again and again")
        func watch() throws {
            try withPCP { proxy, _, _ in
                let view = try ClientTool([
                    try ProxyProcess.findBinary(), "status", "--watch", "-f",
                    "\(proxy.folder)/pgpool.conf",
                ])
                let isShown = Deadline.after(.seconds(10)).poll {
                    view.outputSoFar.components(separatedBy: "reads/s").count > 2
                }
                #expect(isShown, "\(view.outputSoFar)")
                view.signal(SIGKILL)
            }
        }
    }
}
