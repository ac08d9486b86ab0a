import ArgumentParser
import Glibc
import LocalCluster

/// `trunkline cluster part`: does at a host what a cluster's other commands ask for.
struct ClusterPartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "part",
        abstract: "Do on a cluster's host what its proxy's machine asks for (over ssh, by itself).",
        discussion: """
            Reads one order from standard input, a JSON object on a line, and writes the answer.
            """,
        shouldDisplay: false)

    func run() {
        // Who asked may be gone before the answer.
        signal(SIGPIPE, SIG_IGN)
        let line = StandardStreams.firstLine(bytesMax: ClusterWire.lineBytesMax) ?? []
        StandardStreams.out(String(decoding: ClusterWire.answer(to: line), as: UTF8.self))
    }
}
