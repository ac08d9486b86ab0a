/// The programs that talk to a PCP server, by the names they are called by.
package enum PCPTool: String, CaseIterable, Sendable {
    case attachNode = "pcp_attach_node"
    case detachNode = "pcp_detach_node"
    case healthCheckStatistics = "pcp_health_check_stats"
    case invalidateQueryCache = "pcp_invalidate_query_cache"
    case logRotate = "pcp_log_rotate"
    case nodeCount = "pcp_node_count"
    case nodeInfo = "pcp_node_info"
    case poolStatus = "pcp_pool_status"
    case processCount = "pcp_proc_count"
    case processInfo = "pcp_proc_info"
    case promoteNode = "pcp_promote_node"
    case recoveryNode = "pcp_recovery_node"
    case reloadConfiguration = "pcp_reload_config"
    case stop = "pcp_stop_pgpool"
    case watchdogInfo = "pcp_watchdog_info"

    /// What the one word that is no option means.
    enum Argument: Sendable {
        case none
        case node(isRequired: Bool)
        case watchdog
        case process
    }

    var argument: Argument {
        switch self {
        case .attachNode, .detachNode, .promoteNode, .recoveryNode, .healthCheckStatistics:
            .node(isRequired: true)
        case .nodeInfo: .node(isRequired: false)
        case .watchdogInfo: .watchdog
        case .processInfo: .process
        case .invalidateQueryCache, .logRotate, .nodeCount, .poolStatus, .processCount,
            .reloadConfiguration, .stop:
            .none
        }
    }

    private static let common: [LongOptions.Option] = [
        .init("h", "host", takesArgument: true), .init("p", "port", takesArgument: true),
        .init("U", "username", takesArgument: true), .init("w", "no-password"),
        .init("W", "password"), .init("v", "verbose"), .init("d", "debug"),
        .init("?", "help"), .init("V", "version"),
    ]

    /// The options that only this program has.
    var ownOptions: [LongOptions.Option] {
        let node = LongOptions.Option("n", "node-id", takesArgument: true)
        let scope = LongOptions.Option("s", "scope", takesArgument: true)
        let all = LongOptions.Option("a", "all")
        let gracefully = LongOptions.Option("g", "gracefully")
        return switch self {
        case .attachNode, .healthCheckStatistics: [node]
        case .recoveryNode:
            [
                node, .init("S", "status"), .init("C", "cancel"), .init("K", "check"),
                .init("A", "async"),
            ]
        case .detachNode: [node, gracefully]
        case .promoteNode: [node, gracefully, .init("s", "switchover")]
        case .nodeInfo: [node, all]
        case .processInfo: [.init("P", "process-id", takesArgument: true), all]
        case .watchdogInfo: [.init("n", "watchdog-id", takesArgument: true)]
        case .stop: [.init("m", "mode", takesArgument: true), scope, all]
        case .reloadConfiguration, .logRotate, .invalidateQueryCache: [scope]
        case .nodeCount, .poolStatus, .processCount: []
        }
    }

    var options: LongOptions { LongOptions(Self.common + ownOptions) }
}

// MARK: Help

extension PCPTool {
    private var abstract: String {
        switch self {
        case .attachNode: "let a node serve again"
        case .detachNode: "take a node out of service"
        case .healthCheckStatistics: "show what the health checks of a node came to"
        case .invalidateQueryCache: "empty the query cache"
        case .logRotate: "begin a new log file"
        case .nodeCount: "show the number of nodes"
        case .nodeInfo: "show nodes and their state"
        case .poolStatus: "show the parameters in use"
        case .processCount: "show the processes that serve clients"
        case .processInfo: "show what the processes that serve clients do"
        case .promoteNode: "make a node the primary"
        case .recoveryNode: "rebuild a node from the primary"
        case .reloadConfiguration: "have the configuration files read again"
        case .stop: "stop the proxy"
        case .watchdogInfo: "show the proxies of a watchdog cluster"
        }
    }

    /// What `--help` prints on stderr.
    package var usage: String {
        let word =
            switch argument {
            case .none: ""
            case .node(let isRequired): isRequired ? "node-id" : "[node-id]"
            case .watchdog: "[watchdog-id]"
            case .process: "[process-id]"
            }
        var text = "\(rawValue) - \(abstract)\nUsage:\n\(rawValue) [OPTION...] \(word)\nOptions:\n"
        for (option, help) in Self.helped + ownOptions.map({ ($0, Self.help($0)) }) + Self.last {
            var left = "  -\(option.letter), --\(option.name)"
            if option.takesArgument { left += "=\(Self.placeholder(option))" }
            text += left.padded(to: 25) + help + "\n"
        }
        return text + "\n"
    }

    private static let helped: [(LongOptions.Option, String)] = [
        (.init("U", "username", takesArgument: true), "user of pcp.conf (default: yours)"),
        (.init("h", "host", takesArgument: true), "host, or directory of the Unix socket"),
        (.init("p", "port", takesArgument: true), "PCP port (default: 9898)"),
        (.init("w", "no-password"), "never ask for a password: use .pcppass"),
        (.init("W", "password"), "ask for a password"),
    ]

    private static let last: [(LongOptions.Option, String)] = [
        (.init("d", "debug"), "show the messages of the protocol"),
        (.init("v", "verbose"), "show more"), (.init("V", "version"), "print the version"),
        (.init("?", "help"), "print this help"),
    ]

    private static func placeholder(_ option: LongOptions.Option) -> String {
        switch option.name {
        case "username": "NAME"
        case "host": "HOST"
        case "port": "PORT"
        case "mode": "MODE"
        case "scope": "SCOPE"
        case "process-id": "PID"
        default: "ID"
        }
    }

    private static func help(_ option: LongOptions.Option) -> String {
        switch option.name {
        case "node-id": "the node"
        case "watchdog-id": "the proxy; without it all"
        case "process-id": "the process; without it all"
        case "all": "also what is not used"
        case "gracefully": "wait until no session needs it"
        case "status": "show how far it is, or how it ended"
        case "cancel": "end a running recovery"
        case "check": "show what would be done, and change nothing"
        case "async": "do not wait for the end"
        case "switchover": "have the server promoted; the old primary follows it"
        case "mode": "\"smart\", \"fast\" or \"immediate\""
        default: "\"local\", or \"cluster\" for all proxies of a watchdog"
        }
    }
}

extension String {
    /// With blanks behind it, at least one.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
