import ArgumentParser
import Coordination
import Glibc

/// The program at a database's host: what a recovery asks of it.
struct HostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "Do on a database's host what a proxy asks for (over ssh, by itself).",
        discussion: """
            Reads requests from standard input, one JSON object on each line, and writes an answer \
            to each. It runs as the account that owns the servers; as root it becomes that account \
            for each request.

            What it may do can be limited in \(HostPermits.file), in lines "allow = DIRECTORY" and \
            "source = HOST", and by --allow.
            """)

    @Option(
        name: .customLong("allow"), parsing: .singleValue,
        help: ArgumentHelp(
            "A data directory, or a directory that holds some; without any, all are allowed.",
            valueName: "DIRECTORY"))
    var allowed: [String] = []

    @Option(name: .customLong("account"), help: .hidden)
    var user: UInt32?

    @Flag(help: .hidden)
    var job = false

    /// Called by a server, with one request; the answer goes to a file.
    @Flag(help: .hidden)
    var answerFile = false

    func run() throws {
        if let user {
            guard HostAccount(user: user)?.become() == true else {
                throw ValidationError("cannot become user \(user)")
            }
        }
        let program = LocalHost.ownProgram + allowed.flatMap { ["--allow", $0] }
        let session = HostSession(permits: .load(allowed: allowed), program: program)
        guard job || answerFile else { return session.run() }
        let isDone = job ? session.runJob() : session.runForServer()
        if !isDone { throw ExitCode(ExitStatus.failed) }
    }
}
