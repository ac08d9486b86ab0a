import ArgumentParser
import LocalCluster

/// `trunkline demo`: three real PostgreSQL servers behind the proxy, with load and a dead standby.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a real three-node PostgreSQL cluster served through Trunkline.",
        discussion: """
            Makes a primary and two standbys in a temporary folder, runs pgbench through the proxy, \
            kills a standby, and checks with the servers' own counters that what it shows is true. \
            Everything is removed at the end and on Ctrl-C.
            """)

    @Flag(help: "Do not wait for Ctrl-C; exit 0 only if everything shown was true.")
    var auto = false

    @Option(help: ArgumentHelp("How long the load runs in all.", valueName: "N"))
    var seconds = 24

    func validate() throws {
        guard (10...3600).contains(seconds) else {
            throw ValidationError("--seconds must be between 10 and 3600")
        }
    }

    func run() throws {
        let screen = DemoScreen()
        let scene = DemoScene(screen: screen, loadSeconds: seconds)
        let curtain = DemoCurtain(screen: screen)
        let allTrue: Bool
        do {
            allTrue = try scene.play(curtain)
            if !auto { scene.stayOpen() }
        } catch {
            // After Ctrl-C everything fails, because everything is being removed.
            curtain.holdIfFalling()
            curtain.drop()
            screen.line("demo: \(error)")
            throw ExitCode.failure
        }
        curtain.holdIfFalling()
        curtain.drop()
        if !allTrue { throw ExitCode.failure }
    }
}
