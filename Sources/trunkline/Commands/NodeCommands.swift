import ArgumentParser
import ClusterModel
import Operations

struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Show nodes, recover them, and have them serve or not.",
        subcommands: [List.self, Attach.self, Detach.self, Promote.self, RecoverCommand.self])

    /// Number of a node, as in `backend_hostname0`.
    struct NodeArgument: ParsableArguments {
        @Argument(help: ArgumentHelp("Number of the node, from 0.", valueName: "NODE"))
        var node: Int
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the nodes.")

        @OptionGroup var configuration: ConfigurationArgument

        func run() throws {
            let status = try RunningProxy(configuration).status().status
            StandardStreams.out(StatusTable.nodes(status))
        }
    }

    struct Attach: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a node serve again that was detached.")

        @OptionGroup var configuration: ConfigurationArgument
        @OptionGroup var argument: NodeArgument

        func run() throws {
            try RunningProxy(configuration).carryOut(.attach(node: argument.node))
        }
    }

    struct Detach: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a node out of service until it is attached again.")

        @OptionGroup var configuration: ConfigurationArgument
        @OptionGroup var argument: NodeArgument

        @Flag(help: "Wait until no session uses the node.")
        var gracefully = false

        func run() throws {
            try RunningProxy(configuration).carryOut(
                .detach(node: argument.node, isGraceful: gracefully))
        }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a node for the primary.",
            discussion: """
                Without --switchover the server must have been promoted already. With it the proxy \
                has it promoted, and the old primary follows it.
                """)

        @OptionGroup var configuration: ConfigurationArgument
        @OptionGroup var argument: NodeArgument

        @Flag(help: "Have the server promoted.")
        var switchover = false

        @Flag(help: "Wait until all sessions have ended.")
        var gracefully = false

        func run() throws {
            try RunningProxy(configuration).carryOut(
                .promote(
                    node: argument.node, isSwitchover: switchover, isGraceful: gracefully))
        }
    }
}

struct SwitchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Make a standby the primary, as planned; the old primary follows it.",
        discussion: "Without a node it is the standby that has replayed most.")

    @OptionGroup var configuration: ConfigurationArgument

    @Argument(help: ArgumentHelp("Number of the new primary.", valueName: "NODE"))
    var node: Int?

    @Flag(help: "Wait until all sessions have ended.")
    var gracefully = false

    func run() throws {
        let proxy = try RunningProxy(configuration)
        guard let target = try node ?? Self.bestStandby(proxy.status().status.nodes) else {
            StandardStreams.error("there is no standby that could become the primary\n")
            throw ExitCode(ExitStatus.refused)
        }
        try proxy.carryOut(
            .promote(node: target, isSwitchover: true, isGraceful: gracefully))
        if node == nil { StandardStreams.out("node \(target) is the primary\n") }
    }

    /// The standby in service that lacks least; the lowest number among equals.
    package static func bestStandby(_ nodes: [ProxyStatus.Node]) -> Int? {
        nodes.filter { $0.role == "standby" && $0.state == "up" }
            .min { ($0.lagBytes ?? .max, $0.id) < ($1.lagBytes ?? .max, $1.id) }?.id
    }
}

/// `pgpool switch`: the first product's word for dropping one of its two servers.
enum HistoricSwitch {
    /// The node to detach.
    ///
    /// - Parameter dropsMain: the primary (or main node); otherwise the first other one in service.
    package static func victim(_ nodes: [ProxyStatus.Node], dropsMain: Bool) -> Int? {
        let inService = nodes.filter { $0.state == "up" || $0.state == "waiting" }
        let main = (inService.first { $0.role == "primary" } ?? inService.first)?.id
        return dropsMain ? main : inService.first { $0.id != main }?.id
    }

    static func run(_ launch: LaunchOptions, dropsMain: Bool) -> Int32 {
        do {
            let proxy = try RunningProxy(path: launch.configurationFile)
            guard let node = victim(try proxy.status().status.nodes, dropsMain: dropsMain) else {
                StandardStreams.error("there is no server to switch away from\n")
                return ExitStatus.refused
            }
            try proxy.carryOut(.detach(node: node, isGraceful: false))
            return ExitStatus.success
        } catch {
            return (error as? ExitCode)?.rawValue ?? ExitStatus.failed
        }
    }
}
