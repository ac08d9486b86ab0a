import CLinux
import Glibc

/// The program under the name `pgpool`.
enum PgpoolProgram {
    static func run(_ arguments: [String]) -> Int32 {
        let directory = LaunchOptions.defaultDirectory
        let request = PgpoolRequest(
            arguments, directory: directory, workingDirectory: LaunchOptions.workingDirectory)
        switch request {
        case .help:
            StandardStreams.error(PgpoolRequest.usage(directory: directory))
            return ExitStatus.success
        case .version:
            StandardStreams.error("\(Version.pgpoolLine)\n")
            return ExitStatus.success
        case .misuse:
            StandardStreams.error(PgpoolRequest.usage(directory: directory))
            return ExitStatus.refused
        case .start(let launch, inForeground: true):
            // Scripts look for the process by this name.
            clinux_name_thread("pgpool")
            return ProxyDaemon.run(launch)
        case .start(let launch, inForeground: false):
            return BackgroundStart.launch(["pgpool", "-n"] + launch.arguments)
        case .stop(let launch, let signal):
            return Instance(launch)?.stop(signal: signal) ?? ExitStatus.failed
        case .switchServer(let launch, let dropsMain):
            return HistoricSwitch.run(launch, dropsMain: dropsMain)
        case .reload(let launch):
            return Instance(launch)?.reload() ?? ExitStatus.failed
        }
    }
}
