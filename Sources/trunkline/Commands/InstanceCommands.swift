import ArgumentParser
import Glibc
import Operations
import Settings

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a running proxy and wait until it is gone.")

    @OptionGroup var configuration: ConfigurationArgument

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How: smart waits for the clients, fast disconnects them, immediate waits for nothing.",
            valueName: "smart|fast|immediate"))
    var mode = "smart"

    func run() throws {
        guard let signal = PgpoolRequest.stopSignal(mode) else {
            throw ValidationError("\"\(mode)\" is no mode: use smart, fast or immediate.")
        }
        throw ExitCode(
            Instance(configuration.launch)?.stop(signal: signal) ?? ExitStatus.failed)
    }
}

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Make a running proxy read its files again.")

    @OptionGroup var configuration: ConfigurationArgument

    func run() throws {
        throw ExitCode(Instance(configuration.launch)?.reload() ?? ExitStatus.failed)
    }
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a configuration: prints everything that is wrong.")

    @OptionGroup var configuration: ConfigurationArgument

    func run() throws {
        let loaded = ConfigurationSource.load(configuration.path, strict: true)
        var errors = 0
        for problem in loaded.problems.sorted(by: isBefore) {
            StandardStreams.out("\(problem)\n")
            if problem.severity == .error { errors += 1 }
        }
        if errors == 0, !loaded.settings.backends.contains(where: \.isUsed) {
            StandardStreams.out(
                "\(configuration.path): error: no backend is configured\n"
                    + "    Set backend_hostname0 and backend_port0.\n")
            errors += 1
        }
        if errors > 0 { throw ExitCode(ExitStatus.refused) }
        StandardStreams.out("\(configuration.path): no errors\n")
    }

    /// In the order in which somebody goes through the files.
    private func isBefore(_ left: ConfigurationProblem, _ right: ConfigurationProblem) -> Bool {
        left.file == right.file ? left.line < right.line : left.file < right.file
    }
}

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the nodes of a running proxy.")

    @OptionGroup var configuration: ConfigurationArgument

    @Flag(help: "Print the JSON document.")
    var json = false

    @Flag(help: "Show the table again every second; q ends.")
    var watch = false

    func validate() throws {
        if json, watch { throw ValidationError("--json and --watch do not go together.") }
    }

    func run() throws {
        let proxy = try RunningProxy(configuration)
        if watch { return LiveView(proxy).run() }
        let status = try proxy.status().status
        StandardStreams.out(
            json ? String(decoding: status.json(), as: UTF8.self) : StatusTable.render(status))
    }
}
