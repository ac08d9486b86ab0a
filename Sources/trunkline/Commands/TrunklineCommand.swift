import ArgumentParser

/// The program under its own name.
struct TrunklineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunkline",
        abstract: "Pools connections to PostgreSQL servers and splits reads from writes.",
        discussion: """
            Reads the files of Pgpool-II. Under the names pgpool, pg_md5 and pcp_node_info, \
            pcp_attach_node ... this program takes their options and answers in their words.
            """,
        version: Version.trunklineLine,
        subcommands: [
            RunCommand.self, StartCommand.self, StopCommand.self, ReloadCommand.self,
            StatusCommand.self, NodeCommand.self, SwitchCommand.self, CheckCommand.self,
            ExplainCommand.self, ClusterCommand.self, HostCommand.self, DemoCommand.self,
            VersionCommand.self,
        ])

    /// Parses and runs; usage errors have Pgpool-II's exit code.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return ExitStatus.success
        } catch {
            let text = fullMessage(for: error)
            let code = exitCode(for: error)
            if !text.isEmpty {
                code.isSuccess
                    ? StandardStreams.out(text + "\n") : StandardStreams.error(text + "\n")
            }
            return code == .validationFailure ? ExitStatus.refused : code.rawValue
        }
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    func run() { StandardStreams.out("\(Version.trunklineLine)\n") }
}

/// The file that every command about an instance needs.
struct ConfigurationArgument: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help: "pgpool.conf (default: \(LaunchOptions.defaultDirectory)/pgpool.conf).")
    var configFile: String?

    /// Absolute.
    var path: String {
        let directory = LaunchOptions.workingDirectory
        return configFile.map { LaunchOptions.absolute($0, in: directory) }
            ?? LaunchOptions(directory: LaunchOptions.defaultDirectory).configurationFile
    }

    var launch: LaunchOptions {
        var options = LaunchOptions(directory: LaunchOptions.defaultDirectory)
        options.configurationFile = path
        return options
    }
}
