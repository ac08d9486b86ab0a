import ArgumentParser
import Glibc
import LocalCluster

/// `trunkline cluster`: PostgreSQL servers with replication and a proxy, in a folder or on hosts.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Make, start, stop, show and remove a PostgreSQL cluster in a folder.",
        discussion: """
            A primary, streaming standbys and a proxy before them, on this machine, or the servers on \
            hosts that ssh reaches. Everything is in the folder, on hosts in the same one: data0, \
            data1 ... are the servers' data directories, etc has the proxy's files and the \
            passwords, log its log, run the Unix sockets.
            """,
        subcommands: [
            ClusterCreateCommand.self, Start.self, Stop.self, Status.self, Destroy.self,
            ClusterPartCommand.self,
        ])

    struct FolderArgument: ParsableArguments {
        @Argument(help: ArgumentHelp("The cluster's folder.", valueName: "FOLDER"))
        var folder = "."

        func open() throws -> ClusterFolder { try ClusterCommand.open(folder) }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start the servers and the proxy that do not run.")

        @OptionGroup var argument: FolderArgument

        @Flag(
            help: "Start what can be reached, although the primary may be on a host that cannot.")
        var reachable = false

        func run() throws {
            let cluster = try argument.open()
            guard cluster.marker.isComplete else { throw ClusterCommand.incomplete(cluster) }
            var count = 0
            try ClusterCommand.explained {
                try cluster.start(proxy: OwnProgram.path(), leavesOut: reachable) { event in
                    count += 1
                    ClusterCommand.tell(event, cluster)
                }
            }
            if count == 0 { StandardStreams.out("everything runs already\n") }
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop the proxy and the servers.",
            discussion: "The primary stops before the standbys, so that they have everything.")

        @OptionGroup var argument: FolderArgument

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp(
                "How: smart waits for the clients, fast disconnects them, immediate waits for "
                    + "nothing.", valueName: "smart|fast|immediate"))
        var mode = "fast"

        func run() throws {
            guard let mode = ClusterNode.StopMode(rawValue: mode) else {
                throw ValidationError("\"\(mode)\" is no mode: use smart, fast or immediate.")
            }
            let cluster = try argument.open()
            var count = 0
            try ClusterCommand.explained {
                try cluster.stop(proxy: OwnProgram.path(), mode: mode) { event in
                    count += 1
                    ClusterCommand.tell(event, cluster)
                }
            }
            if count == 0 { StandardStreams.out("nothing runs\n") }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the servers and the proxy.",
            discussion: "Exit code 0: everything runs; 1: not everything does; 3: nothing does.")

        @OptionGroup var argument: FolderArgument

        func run() throws {
            let cluster = try argument.open()
            let report = cluster.report()
            StandardStreams.out(ClusterTable.text(report, cluster.plan))
            throw ExitCode(ClusterTable.exitCode(report, cluster.plan))
        }
    }

    struct Destroy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a cluster and remove it, with all of its data.",
            discussion: """
                Removes what "cluster create" made and nothing else: a folder without its marker \
                file is refused, symbolic links are not followed, other files stay.
                """)

        @Argument(help: ArgumentHelp("The cluster's folder, by its name.", valueName: "FOLDER"))
        var folder: String

        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false

        func run() throws {
            let cluster = try ClusterCommand.open(folder)
            guard yes || isConfirmed(cluster) else {
                StandardStreams.error("nothing was removed\n")
                throw ExitCode(ExitStatus.refused)
            }
            try ClusterCommand.explained {
                try cluster.destroy(proxy: OwnProgram.path()) { ClusterCommand.tell($0, cluster) }
            }
            StandardStreams.out("removed the cluster in \(cluster.path)\n")
        }

        private func isConfirmed(_ cluster: ClusterFolder) -> Bool {
            let hosts = cluster.plan.hosts.map { " on " + $0.names.joined(separator: ", ") } ?? ""
            let data = "all data of its \(cluster.plan.nodeCount) nodes\(hosts)"
            guard isatty(0) == 1 else {
                StandardStreams.error(
                    "this would remove \(cluster.path) with \(data): say --yes if you mean it\n")
                return false
            }
            StandardStreams.out("Remove \(cluster.path) with \(data)? [y/N] ")
            let answer = readLine()?.lowercased()
            return answer == "y" || answer == "yes"
        }
    }
}

extension ClusterCommand {
    fileprivate static func open(_ folder: String) throws -> ClusterFolder {
        try explained { try ClusterFolder.open(folder) }
    }

    /// Runs something that throws a ``LocalClusterError``: that is told, not thrown.
    static func explained<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as LocalClusterError {
            StandardStreams.error("trunkline cluster: \(error.description)\n")
            let isRefused = error.code == .refused || error.code == .missing
            throw ExitCode(isRefused ? ExitStatus.refused : ExitStatus.failed)
        }
    }

    fileprivate static func incomplete(_ cluster: ClusterFolder) -> ExitCode {
        StandardStreams.error(
            "trunkline cluster: the cluster in \(cluster.path) was not made to its end:"
                + " \"trunkline cluster destroy \(cluster.path)\" removes it\n")
        return ExitCode(ExitStatus.refused)
    }

    static func tell(_ event: ClusterFolder.Event, _ cluster: ClusterFolder) {
        switch event {
        case .started(let name): StandardStreams.out("started \(name)\n")
        case .stopped(let name): StandardStreams.out("stopped \(name)\n")
        case .kept(let names, let host):
            StandardStreams.out(
                "\(host.map { "\($0): " } ?? "")\(cluster.path) stays, with what the cluster was not"
                    + " made with: \(names.sorted().joined(separator: ", "))\n")
        case .unreachable(let reason): StandardStreams.error("\(reason)\n")
        case .foreign(let host):
            StandardStreams.error(
                "\(host): \(cluster.path) is another cluster now, and stays\n")
        case .leftStopped(let node, let primary):
            StandardStreams.error(
                "\(cluster.plan.name(node)) stays stopped: it was the primary before"
                    + " \(cluster.plan.name(primary)), and would take writes that nobody else has\n"
                    + (cluster.plan.hasProxy
                        ? "    \"trunkline node recover \(node) -f \(cluster.configurationFile)\""
                            + " makes it a standby\n"
                        : "    Rewind it (pg_rewind), or make it anew as a standby.\n"))
        }
    }
}
