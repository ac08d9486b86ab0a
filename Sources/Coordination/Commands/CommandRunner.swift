import Glibc

/// Runs the commands of users: failover_command and its kin.
package enum CommandRunner {
    /// Time that a command has to end by itself after the deadline, before it is killed.
    package static let graceTime: Duration = .seconds(2)

    /// Runs a command through the shell and waits for its end. To be called on a thread that may
    /// block for so long.
    ///
    /// The command is over when its shell is. What it left in the background keeps running, but
    /// its output is not read any more. At the deadline the whole process group gets SIGTERM, and
    /// SIGKILL ``graceTime`` later.
    ///
    /// - Parameters:
    ///   - text: The expanded command.
    ///   - environment: Variables beyond our own.
    ///   - timeMax: From now to the deadline.
    ///   - onLine: Called on this thread for each line of standard output and standard error, in
    ///     their order; a line longer than 8 KiB arrives in pieces.
    package static func run(
        _ text: String, environment: [(name: String, value: String)] = [], timeMax: Duration,
        onLine: (String) -> Void
    ) -> CommandOutcome {
        let deadline = ContinuousClock.now.advanced(by: timeMax)
        let process: ShellProcess
        do {
            process = try ShellProcess(text, environment: environment)
        } catch {
            return .couldNotStart(reason: error.reason)
        }
        var reader = OutputReader()
        if reader.follow(process, until: deadline, onLine) {
            reader.finish(process, onLine)
            return process.reap()
        }
        process.signalGroup(SIGTERM)
        let last = ContinuousClock.now.advanced(by: graceTime)
        _ = reader.follow(process, until: last, untilClosed: true, onLine)
        // Always: a member of the group may have ignored the first signal. The shell is not reaped
        // yet, so the number of the group is nobody else's.
        process.signalGroup(SIGKILL)
        _ = reader.follow(process, until: ContinuousClock.now.advanced(by: graceTime), onLine)
        reader.finish(process, onLine)
        _ = process.reap()
        return .timedOut
    }
}

/// Reads a command's output while it runs.
private struct OutputReader {
    private var lines = OutputLines()
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    private var isClosed = false

    /// Follows the output until the shell has ended; with `untilClosed` also everybody else who
    /// writes to the pipe.
    ///
    /// - Returns: false if the deadline came first.
    mutating func follow(
        _ process: borrowing ShellProcess, until deadline: ContinuousClock.Instant,
        untilClosed: Bool = false, _ onLine: (String) -> Void
    ) -> Bool {
        while true {
            readOnce(process, onLine)
            let hasEnded = process.hasEnded
            if hasEnded, isClosed || !untilClosed { return true }
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest <= .zero { return false }
            process.wait(atMost: rest, awaitsOutput: !isClosed, awaitsEnd: !hasEnded)
        }
    }

    /// Takes what is still in the pipe, but does not wait for those who hold it open.
    mutating func finish(_ process: borrowing ShellProcess, _ onLine: (String) -> Void) {
        for _ in 0..<Self.lastReadsMax where !isClosed {
            if !readOnce(process, onLine) { break }
        }
        lines.ended(onLine)
    }

    /// - Returns: whether there was something.
    @discardableResult
    private mutating func readOnce(
        _ process: borrowing ShellProcess, _ onLine: (String) -> Void
    ) -> Bool {
        if isClosed { return false }
        switch process.read(into: &buffer) {
        case .bytes(let count):
            lines.received(buffer.prefix(count), onLine)
            return true
        case .nothing: return false
        case .closed:
            isClosed = true
            return false
        }
    }

    /// A pipe holds 64 KiB; somebody in the background may go on filling it.
    private static let lastReadsMax = 16
}
