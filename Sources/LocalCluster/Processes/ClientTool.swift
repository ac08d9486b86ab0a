import Foundation
package import Glibc

/// What a finished program printed and how it ended.
package struct ToolResult: Sendable {
    package let output: String
    package let errors: String
    package let exit: ProcessExit
    /// Whether the deadline came first and the program was ended by us.
    package let timedOut: Bool

    /// `exit(0)` in time.
    package var isSuccess: Bool { exit.isSuccess && !timedOut }

    /// Everything, for a test's failure message.
    package var summary: String {
        "exit \(exit.code)\(timedOut ? " (deadline)" : "")\nstdout: \(output)\nstderr: \(errors)"
    }
}

/// A client program (psql, pgbench, python3, java ...) run with a deadline.
///
/// Output goes to unlinked files instead of pipes: a program that prints a lot can never block on
/// a reader that is busy with its other stream.
package final class ClientTool: Sendable {
    private let process: ChildProcess
    private let output: Int32
    private let errors: Int32

    /// Starts it in the background.
    ///
    /// - Parameters:
    ///   - environment: added to ours; a name that is there already is replaced.
    ///   - input: text for standard input; without it the program reads `/dev/null`.
    package init(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws {
        output = try Self.scratchFile()
        errors = try Self.scratchFile()
        var inputFile: Int32?
        if let input {
            let file = try Self.scratchFile()
            let bytes = Array(input.utf8)
            guard write(file, bytes, bytes.count) == bytes.count else {
                throw LocalClusterError(.cannotStart, "cannot write the input of \(arguments)")
            }
            lseek(file, 0, SEEK_SET)
            inputFile = file
        }
        defer { if let inputFile { close(inputFile) } }
        process = try ChildProcess.spawn(
            arguments, environment: Self.environment(adding: environment), input: inputFile,
            output: output, error: errors)
    }

    deinit {
        if process.exit == nil { process.killGroup() }
        close(output)
        close(errors)
    }

    /// The pid, for looking at the process in /proc.
    package var processID: pid_t { process.processID }

    /// Whether it has not ended yet.
    package var isRunning: Bool { process.exit == nil }

    /// Sends a signal to the process alone.
    package func signal(_ number: Int32) { process.signal(number) }

    /// What it printed so far.
    package var outputSoFar: String { Self.text(of: output) }

    /// What it printed to standard error so far.
    package var errorsSoFar: String { Self.text(of: errors) }

    /// Waits for the end; at the deadline the whole process group is killed.
    package func finish(within limit: Duration = .seconds(60)) -> ToolResult {
        let timedOut = process.wait(until: .after(limit)) == nil
        if timedOut { process.killGroup() }
        return ToolResult(
            output: Self.text(of: output), errors: Self.text(of: errors),
            exit: process.exit ?? .signalled(SIGKILL), timedOut: timedOut)
    }

    /// Runs a program to its end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        within limit: Duration = .seconds(60)
    ) throws -> ToolResult {
        try ClientTool(arguments, environment: environment, input: input).finish(within: limit)
    }

    private static func scratchFile() throws -> Int32 {
        var template = Array("/tmp/.trunkline-out-XXXXXX".utf8CString)
        return try ChildProcess.withoutSpawning {
            let file = mkstemp(&template)
            guard file >= 0 else {
                throw LocalClusterError(
                    .cannotStart,
                    "cannot create a file in /tmp: \(String(cString: strerror(errno)))")
            }
            unlink(template)
            _ = fcntl(file, F_SETFD, FD_CLOEXEC)
            return file
        }
    }

    private static func text(of file: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = pread(file, &chunk, chunk.count, off_t(bytes.count))
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Our environment without PostgreSQL's variables, which would redirect every client, and
    /// without ours, which would override a proxy's parameters.
    static func environment(adding extra: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("PG") && !$0.key.hasPrefix("TRUNKLINE_") }
            .merging(["PGCONNECT_TIMEOUT": "15", "LC_ALL": "C.UTF-8"]) { $1 }
            .merging(extra) { $1 }
    }
}
