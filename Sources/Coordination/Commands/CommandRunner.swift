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
        run(
            ProgramLaunch(shell: text, environment: environment), timeMax: timeMax, onLine: onLine)
    }

    /// Runs a program and waits for its end, as for a command; no shell is involved.
    ///
    /// - Parameters:
    ///   - onLine: for each line of standard output, and of standard error unless that is
    ///     separate.
    ///   - onErrorLine: for each line of a separate standard error.
    package static func run(
        _ launch: ProgramLaunch, timeMax: Duration, onLine: (String) -> Void,
        onErrorLine: (String) -> Void = { _ in }
    ) -> CommandOutcome {
        let deadline = ContinuousClock.now.advanced(by: timeMax)
        let process: PipedProcess
        do {
            process = try PipedProcess(launch)
        } catch {
            return .couldNotStart(reason: error.reason)
        }
        func take(_ stream: PipedProcess.Stream, _ line: String) {
            stream == .output ? onLine(line) : onErrorLine(line)
        }
        var reader = OutputReader(launch)
        if reader.follow(process, until: deadline, take) {
            reader.finish(process, take)
            return process.reap()
        }
        process.signalGroup(SIGTERM)
        let last = ContinuousClock.now.advanced(by: graceTime)
        _ = reader.follow(process, until: last, untilClosed: true, take)
        // Always: a member of the group may have ignored the first signal. The program is not
        // reaped yet, so the number of the group is nobody else's.
        process.signalGroup(SIGKILL)
        _ = reader.follow(process, until: ContinuousClock.now.advanced(by: graceTime), take)
        reader.finish(process, take)
        _ = process.reap()
        return .timedOut
    }
}

/// Reads a program's output while it runs.
private struct OutputReader {
    /// Takes one line of an output.
    typealias Taker = (PipedProcess.Stream, String) -> Void

    private var lines: [PipedProcess.Stream: OutputLines] = [:]
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    private var openStreams: [PipedProcess.Stream]

    init(_ launch: ProgramLaunch) {
        openStreams = launch.separatesErrors ? PipedProcess.Stream.allCases : [.output]
        for stream in openStreams { lines[stream] = OutputLines(bytesMax: launch.lineBytesMax) }
    }

    /// Follows the output until the program has ended; with `untilClosed` also everybody else who
    /// writes to the pipes.
    ///
    /// - Returns: false if the deadline came first.
    mutating func follow(
        _ process: borrowing PipedProcess, until deadline: ContinuousClock.Instant,
        untilClosed: Bool = false, _ onLine: Taker
    ) -> Bool {
        while true {
            readOnce(process, onLine)
            let hasEnded = process.hasEnded
            if hasEnded, openStreams.isEmpty || !untilClosed { return true }
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest <= .zero { return false }
            process.wait(atMost: rest, awaiting: openStreams, awaitsEnd: !hasEnded)
        }
    }

    /// Takes what is still in the pipes, but does not wait for those who hold them open.
    mutating func finish(_ process: borrowing PipedProcess, _ onLine: Taker) {
        for _ in 0..<Self.lastReadsMax {
            if !readOnce(process, onLine) { break }
        }
        for stream in PipedProcess.Stream.allCases {
            lines[stream]?.ended { onLine(stream, $0) }
        }
    }

    /// - Returns: whether there was something.
    @discardableResult
    private mutating func readOnce(
        _ process: borrowing PipedProcess, _ onLine: Taker
    ) -> Bool {
        var hasRead = false
        for stream in openStreams {
            switch process.read(stream, into: &buffer) {
            case .bytes(let count):
                lines[stream]?.received(buffer.prefix(count)) {
                    onLine(stream, $0)
                }
                hasRead = true
            case .nothing: break
            case .closed: openStreams.removeAll { $0 == stream }
            }
        }
        return hasRead
    }

    /// A pipe holds 64 KiB; somebody in the background may go on filling it.
    private static let lastReadsMax = 16
}
