import CLinux
package import Glibc
import Synchronization

/// How a process ended.
package enum ProcessExit: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)

    /// Whether it is `exit(0)`.
    package var isSuccess: Bool { self == .exited(0) }

    /// The code as a shell reports it: 128 + signal number for a death by signal.
    package var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + signal
        }
    }
}

/// One process that this program started, in a process group of its own.
///
/// Its own group, so that a Ctrl-C meant for us does not reach it and a deadline can end it
/// together with what it started. Synchronous on purpose: the callers are command line scenes and
/// tests, and a blocked thread is the simplest thing that can wait.
package final class ChildProcess: Sendable {
    /// The pid, which is also the number of the process group.
    package let processID: pid_t
    private let outcome = Mutex<ProcessExit?>(nil)

    private init(processID: pid_t) { self.processID = processID }

    /// Held while descriptors without close-on-exec may exist, and while a child is started:
    /// Glibc's Swift overlay has no `pipe2`, and an inherited descriptor would keep a pipe open.
    private static let spawning = Mutex<Void>(())

    /// Runs `body` while no child can be started, so that it can create descriptors and mark them.
    package static func withoutSpawning<Result>(_ body: () throws -> Result) rethrows -> Result {
        try spawning.withLock { _ in try body() }
    }

    /// Starts `arguments[0]` (an absolute path, or a name on PATH) with the given descriptors.
    ///
    /// - Parameters:
    ///   - environment: the whole environment of the child, not an addition to ours.
    ///   - input: descriptor for standard input; `/dev/null` when absent.
    ///   - output: descriptor for standard output.
    ///   - error: descriptor for standard error.
    package static func spawn(
        _ arguments: [String], environment: [String: String], input: Int32? = nil, output: Int32,
        error: Int32
    ) throws -> ChildProcess {
        guard let program = arguments.first else {
            throw LocalClusterError(.cannotStart, "an empty command line")
        }
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }

        var processID: pid_t = 0
        let failure = spawning.withLock { _ in
            clinux_spawn(
                &processID, program, words, variables, input ?? -1, output, error,
                Int16(POSIX_SPAWN_SETPGROUP))
        }
        guard failure == 0 else {
            throw LocalClusterError(
                .cannotStart, "\(program): \(String(cString: strerror(failure)))")
        }
        return ChildProcess(processID: processID)
    }

    /// How it ended, or nil while it runs.
    package var exit: ProcessExit? {
        outcome.withLock { outcome in
            if outcome == nil {
                var status: Int32 = 0
                if waitpid(processID, &status, WNOHANG) == processID {
                    let signal = status & 0x7f
                    outcome = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
                }
            }
            return outcome
        }
    }

    /// Waits for the end; nil when the deadline came first (the process then still runs).
    package func wait(until deadline: Deadline) -> ProcessExit? {
        _ = deadline.poll { exit != nil }
        return exit
    }

    /// Sends a signal to the process alone; nothing happens when it has ended.
    package func signal(_ number: Int32) {
        outcome.withLock { outcome in
            // Not yet waited for, so the pid cannot belong to anybody else.
            if outcome == nil { kill(processID, number) }
        }
    }

    /// Ends the process and everything in its group at once, and reaps it.
    package func killGroup() {
        outcome.withLock { outcome in
            if outcome == nil { kill(-processID, SIGKILL) }
        }
        _ = wait(until: .after(.seconds(10)))
    }
}

extension ChildProcess {
    /// Opens a file for appending, for the time of `body`: what a child's output goes to.
    package static func withOpenFile<Result>(
        _ path: String, _ body: (Int32) throws -> Result
    ) throws -> Result {
        let file = withoutSpawning {
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            if file >= 0 { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
            return file
        }
        guard file >= 0 else {
            throw LocalClusterError(.cannotStart, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        return try body(file)
    }
}
