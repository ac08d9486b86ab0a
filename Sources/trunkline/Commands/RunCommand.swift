import ArgumentParser
import CLinux

/// What a proxy is started with.
struct LaunchArguments: ParsableArguments {
    @OptionGroup var configuration: ConfigurationArgument

    @Option(name: [.customShort("a"), .long], help: "pool_hba.conf.")
    var hbaFile: String?

    @Option(name: [.customShort("F"), .long], help: "pcp.conf.")
    var pcpFile: String?

    @Option(name: [.customShort("k"), .long], help: "Key of the encrypted passwords.")
    var keyFile: String?

    @Flag(name: [.customShort("D"), .long], help: "Forget which nodes were down.")
    var discardStatus = false

    @Flag(name: [.customShort("C"), .long], help: "Clear the query cache's table maps.")
    var clearOidmaps = false

    @Flag(name: [.customShort("d"), .long], help: "Write debug messages to the log.")
    var debug = false

    @Flag(name: [.customShort("x"), .long], help: .hidden)
    var debugAssertions = false

    var launch: LaunchOptions {
        let directory = LaunchOptions.workingDirectory
        var options = configuration.launch
        if let hbaFile { options.hbaFile = LaunchOptions.absolute(hbaFile, in: directory) }
        if let pcpFile { options.pcpFile = LaunchOptions.absolute(pcpFile, in: directory) }
        options.keyFile = keyFile.map { LaunchOptions.absolute($0, in: directory) }
        options.discardsStatus = discardStatus
        options.clearsCacheMaps = clearOidmaps
        options.isDebug = debug
        options.checksAssertions = debugAssertions
        return options
    }
}

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a proxy in the foreground.")

    @OptionGroup var arguments: LaunchArguments

    func run() throws {
        clinux_name_thread("trunkline")
        throw ExitCode(ProxyDaemon.run(arguments.launch))
    }
}

struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a proxy in the background; returns when clients can connect.")

    @OptionGroup var arguments: LaunchArguments

    func run() throws {
        throw ExitCode(BackgroundStart.launch(["trunkline", "run"] + arguments.launch.arguments))
    }
}
