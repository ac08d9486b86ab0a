import ArgumentParser
import ClusterModel
import Glibc
import Operations

/// `trunkline node recover`
struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Rebuild a node from the primary while the others serve, and attach it.",
        discussion: """
            The node's data directory is started again, rewound or copied anew, whichever is the \
            cheapest that works. The old data is kept until the node is found to be a standby that \
            streams. Interrupting this program does not end the recovery: see --status, --cancel.
            """)

    @OptionGroup var configuration: ConfigurationArgument
    @OptionGroup var argument: NodeCommand.NodeArgument

    @Option(help: "Use this method alone: restart, rewind or basebackup.")
    var method: String?

    @Flag(help: "Take the node out of service first if it serves.")
    var detach = false

    @Flag(help: "Let go of what only this server has, although it takes writes.")
    var discardDivergent = false

    @Flag(help: "Replace a data directory that belongs to another cluster.")
    var overwriteForeign = false

    @Flag(help: "Do not wait for the end.")
    var async = false

    @Flag(help: "Show what would be done and what stands in the way, and change nothing.")
    var check = false

    @Flag(help: "Show how far it is, or how the last one ended.")
    var status = false

    @Flag(help: "End a running recovery and take back what it has done.")
    var cancel = false

    func validate() throws {
        guard [async, check, status, cancel].count(where: { $0 }) <= 1 else {
            throw ValidationError("--async, --check, --status and --cancel exclude one another")
        }
        guard method.map({ RecoveryMethod(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--method is restart, rewind or basebackup")
        }
    }

    func run() throws {
        let proxy = try RunningProxy(configuration)
        let node = argument.node
        if cancel {
            try proxy.carryOut(.cancelRecovery(node: node))
            return
        }
        if status {
            let facts = try proxy.recoveries().filter { $0.node == node }
            if facts.isEmpty { StandardStreams.out("node \(node): no recovery\n") }
            for fact in facts { StandardStreams.out("\(fact.words)\n") }
            return
        }
        let options = RecoveryOptions(
            method: method.flatMap(RecoveryMethod.init(rawValue:)), detaches: detach,
            discardsDivergent: discardDivergent,
            overwritesForeign: overwriteForeign)
        if check {
            let lines = try proxy.carryOut(.checkRecovery(node: node, options: options))
            for line in lines { StandardStreams.out("\(line)\n") }
            if lines.contains(where: { $0.hasPrefix("FAIL") }) {
                throw ExitCode(ExitStatus.refused)
            }
            return
        }
        let id = try proxy.carryOut(.recover(node: node, options: options, isAwaited: false)).first
        guard !async, let id else {
            StandardStreams.out("\(id ?? "")\n")
            return
        }
        try follow(proxy, id)
    }

    /// Shows how far it is until its end.
    private func follow(_ proxy: RunningProxy, _ id: String) throws {
        var shown = ""
        while true {
            guard let facts = try proxy.recoveries().first(where: { $0.id == id }) else {
                StandardStreams.error("the proxy knows of no such recovery any more\n")
                throw ExitCode(ExitStatus.failed)
            }
            if facts.words != shown {
                shown = facts.words
                StandardStreams.out("\(shown)\n")
            }
            switch facts.state {
            case .running: usleep(Self.pauseMicroseconds)
            case .done: return
            case .failed:
                StandardStreams.error(
                    "could not recover node \(facts.node): \(facts.phase): \(facts.activity)\n"
                        + (facts.hint.map { "    \($0)\n" } ?? ""))
                throw ExitCode(ExitStatus.refused)
            }
        }
    }

    private static let pauseMicroseconds: UInt32 = 300_000
}
