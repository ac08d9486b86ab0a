import Operations
import Testing

@testable import trunkline

extension CommandLineTests {
    @Suite(.serialized) struct PCPToolRequestTests {
        private func parse(_ tool: PCPTool, _ words: String...) -> PCPToolRequest {
            PCPToolRequest([tool.rawValue] + words, tool: tool, defaultUser: "me")
        }

        private func request(_ tool: PCPTool, _ words: String...) -> PCPRequest? {
            guard
                case .ask(let request, _) = PCPToolRequest(
                    [tool.rawValue] + words, tool: tool, defaultUser: "me")
            else { return nil }
            return request
        }

        @Test("there are fifteen programs, each with its own help")
        func programs() {
            #expect(PCPTool.allCases.count == 15)
            for tool in PCPTool.allCases {
                #expect(parse(tool, "--help") == .help)
                #expect(parse(tool, "-?") == .help)
                #expect(parse(tool, "-V", "nonsense") == .version)
                #expect(tool.usage.hasPrefix("\(tool.rawValue) - "))
                for option in tool.ownOptions {
                    #expect(tool.usage.contains("-\(option.letter), --\(option.name)"))
                }
            }
        }

        @Test("where, as whom, and how")
        func common() {
            var options = PCPToolOptions(user: "me")
            #expect(parse(.nodeCount) == .ask(.nodeCount, options))
            options.host = "pg"
            options.port = 9999
            options.user = "u"
            options.password = .file
            options.isVerbose = true
            options.isDebugging = true
            let expected = PCPToolRequest.ask(.nodeCount, options)
            #expect(parse(.nodeCount, "-h", "pg", "-p9999", "-U", "u", "-wvd") == expected)
            #expect(
                parse(
                    .nodeCount, "--host=pg", "--port", "9999", "--user", "u", "--no-password",
                    "--verb", "--debug") == expected)
            options.password = .prompt
            #expect(
                parse(.nodeCount, "-hpg", "-p", "9999", "-Uu", "-w", "-W", "-v", "-d")
                    == .ask(.nodeCount, options))
            #expect(options.passwordHost == "pg")
            options.host = "/tmp"
            #expect(options.passwordHost == "localhost")
            options.host = "/run"
            #expect(options.passwordHost == "/run")
        }

        @Test("each program sends its request")
        func requests() {
            #expect(request(.attachNode, "1") == .attach(node: 1))
            #expect(request(.attachNode, "-n", "0") == .attach(node: 0))
            #expect(request(.detachNode, "-g", "2") == .detach(node: 2, isGraceful: true))
            #expect(
                request(.detachNode, "--gracefully", "--node-id=2")
                    == .detach(node: 2, isGraceful: true))
            #expect(
                request(.promoteNode, "-w", "--switchover", "1")
                    == .promote(node: 1, isSwitchover: true, isGraceful: false))
            #expect(
                request(.promoteNode, "1", "-g")
                    == .promote(node: 1, isSwitchover: false, isGraceful: true))
            #expect(request(.recoveryNode, "-n1") == .recover(node: 1))
            #expect(request(.recoveryNode, "--status", "1") == .recovery(node: 1, .status))
            #expect(request(.recoveryNode, "-n1", "--cancel") == .recovery(node: 1, .cancel))
            #expect(request(.recoveryNode, "--check", "1") == .recovery(node: 1, .check))
            #expect(request(.recoveryNode, "--async", "1") == .recovery(node: 1, .begin))
            #expect(request(.healthCheckStatistics, "1") == .healthCheckStatistics(node: 1))
            #expect(request(.nodeInfo) == .nodeInfo(node: nil))
            #expect(request(.nodeInfo, "-a") == .nodeInfo(node: nil))
            #expect(request(.nodeInfo, "128") == .nodeInfo(node: 128))
            #expect(request(.processInfo) == .processInfo(process: nil))
            #expect(request(.processInfo, "-P", "812", "--all") == .processInfo(process: 812))
            #expect(request(.watchdogInfo, "-n", "0") == .watchdogInfo(index: 0))
            #expect(request(.stop) == .stop(mode: 0x73, scope: .local))
            #expect(
                request(.stop, "-a", "-m", "fast", "-s", "cluster")
                    == .stop(mode: 0x66, scope: .cluster))
            #expect(request(.stop, "--mode=i", "--scope=l") == .stop(mode: 0x69, scope: .local))
            #expect(request(.reloadConfiguration, "-s", "c") == .reload(.cluster))
            #expect(request(.logRotate) == .rotateLog(.local))
            #expect(request(.invalidateQueryCache) == .invalidateQueryCache)
        }

        @Test(
            "wrong words, and the exit codes that scripts know",
            arguments: [
                (.attachNode, [], 1, "pcp_attach_node: missing node-id\nTry \"pcp_attach_node"),
                (
                    .attachNode, ["129"], 0,
                    "pcp_attach_node: Invalid node-id \"129\", must be between 0 and 128\n"
                ),
                (
                    .nodeInfo, ["-n", "x"], 0,
                    "pcp_node_info: Invalid node-id \"x\", must be between 0 and 128\n"
                ),
                (
                    .nodeCount, ["-p", "80"], 0,
                    "pcp_node_count: Invalid port number \"80\", must be between 1024 and 65535\n"
                ),
                (.nodeCount, ["-p", "1024"], 0, "pcp_node_count: Invalid port number \"1024\""),
                (.nodeCount, ["-p", "65536"], 0, "pcp_node_count: Invalid port number \"65536\""),
                (
                    .processInfo, ["0"], 0,
                    "pcp_proc_info: Invalid process-id \"0\", must be greater than 0\n"
                ),
                (
                    .stop, ["-m", "x"], 1,
                    "pcp_stop_pgpool: Invalid shutdown mode \"x\", must be either \"smart\" "
                        + "\"immediate\" or \"fast\" \n"
                ),
                (
                    .reloadConfiguration, ["-s", "x"], 1,
                    "pcp_reload_config: Invalid command scope \"x\", must be either \"cluster\" "
                        + "or \"local\" \n"
                ),
                (
                    .invalidateQueryCache, ["-s", "l"], 1,
                    "pcp_invalidate_query_cache: Invalid argument \"l\", Try \"pcp_inval"
                ),
                (.nodeCount, ["--nonsense"], 1, "Try \"pcp_node_count --help\" for more"),
                (.nodeCount, ["-g"], 1, "Try \"pcp_node_count --help\" for more"),
                (.nodeCount, ["-w", "-?"], 1, "Try \"pcp_node_count --help\" for more"),
            ] as [(PCPTool, [String], Int32, String)])
        func misuse(tool: PCPTool, words: [String], code: Int32, text: String) {
            let request = PCPToolRequest([tool.rawValue] + words, tool: tool, defaultUser: "me")
            guard case .misuse(let shown, let exitCode) = request else {
                Issue.record("\(request)")
                return
            }
            #expect(shown.hasPrefix(text) && exitCode == code, "\(shown)")
        }

        @Test("what is too much is ignored with a warning")
        func extra() {
            guard case .ask(let request, let options) = parse(.nodeInfo, "1", "2", "3") else {
                Issue.record("no request")
                return
            }
            #expect(request == .nodeInfo(node: 1))
            #expect(
                options.warning
                    == "pcp_node_info: Warning: extra command-line argument \"2\" ignored\n")
        }

        @Test("pgpool switch drops the main server or another one")
        func historicSwitch() {
            func parse(_ words: String...) -> PgpoolRequest {
                PgpoolRequest(["pgpool"] + words, directory: "/etc/x", workingDirectory: "/")
            }
            let launch = LaunchOptions(directory: "/etc/x")
            #expect(parse("switch") == .switchServer(launch, dropsMain: true))
            #expect(parse("-s", "m", "switch") == .switchServer(launch, dropsMain: true))
            #expect(parse("-s", "secondary", "switch") == .switchServer(launch, dropsMain: false))
            #expect(parse("-s", "x", "switch") == .misuse)
            #expect(parse("-s", "m", "stop") == .misuse)
            let nodes = [
                ("standby", "down"), ("standby", "up"), ("primary", "up"), ("standby", "up"),
            ]
            .enumerated().map { id, node in
                ProxyStatus.Node(
                    id: id, host: "h", port: 1, role: node.0, state: node.1, weight: 1,
                    lagBytes: id == 1 ? 10 : 0, reads: 0, writes: 0, serverConnections: 0,
                    idleServerConnections: 0)
            }
            #expect(HistoricSwitch.victim(nodes, dropsMain: true) == 2)
            #expect(HistoricSwitch.victim(nodes, dropsMain: false) == 1)
            #expect(HistoricSwitch.victim([], dropsMain: true) == nil)
            #expect(SwitchCommand.bestStandby(nodes) == 3)
            #expect(SwitchCommand.bestStandby([nodes[0], nodes[2]]) == nil)
        }
    }
}
