import CLinux
import Glibc

/// A program that runs, its output in pipes, in a process group of its own unless it is to stay in
/// ours.
///
/// It inherits nothing of ours but the working directory: every descriptor from 3 on is closed,
/// signals are as a program expects them. Owned by one thread.
struct PipedProcess: ~Copyable {
    private let processID: pid_t
    private let staysInGroup: Bool
    /// Standard output, and standard error unless it has its own; does not block.
    private let output: Int32
    /// Standard error; -1 if it goes with the output.
    private let errors: Int32
    private let end: ProcessEnd

    /// Why there is no process: the words of the system.
    struct Failure: Error {
        var reason: String
    }

    /// Which of the outputs of a program.
    enum Stream: CaseIterable {
        case output
        case errors
    }

    init(_ launch: ProgramLaunch) throws(Failure) {
        guard launch.input.count <= ProgramLaunch.inputBytesMax else {
            throw Failure(reason: Self.words(of: E2BIG))
        }
        let pipes = try Pipes(launch)
        var child = pid_t()
        let result = launch.start(
            input: pipes.input.theirs, output: pipes.output.theirs,
            errors: launch.separatesErrors ? pipes.errors.theirs : pipes.output.theirs,
            group: launch.staysInGroup ? 0 : Int16(POSIX_SPAWN_SETPGROUP), &child)
        pipes.closeTheirs()
        guard result == 0 else {
            pipes.closeOurs()
            throw Failure(reason: Self.words(of: result))
        }
        processID = child
        staysInGroup = launch.staysInGroup
        output = pipes.output.ours
        errors = pipes.errors.ours
        end = ProcessEnd(of: child)
    }

    deinit {
        close(output)
        if errors >= 0 { close(errors) }
    }

    /// What there is to read now.
    enum Piece {
        case bytes(Int)
        /// Nothing yet.
        case nothing
        /// Nothing any more: nobody has the other end open.
        case closed
    }

    /// Waits until there is output or the program has ended, at most this long.
    ///
    /// - Parameters:
    ///   - awaited: the outputs that are not closed yet.
    ///   - awaitsEnd: false once the program has ended.
    func wait(atMost time: Duration, awaiting awaited: [Stream], awaitsEnd: Bool) {
        var descriptors = awaited.map {
            pollfd(fd: descriptor(of: $0), events: Int16(POLLIN), revents: 0)
        }
        descriptors.append(
            pollfd(fd: awaitsEnd ? end.descriptor : -1, events: Int16(POLLIN), revents: 0))
        let limit = end.pause(atMost: time).pollMilliseconds
        _ = poll(&descriptors, nfds_t(descriptors.count), limit)
    }

    /// Reads what has arrived, into the front of `buffer`.
    func read(_ stream: Stream, into buffer: inout [UInt8]) -> Piece {
        let descriptor = descriptor(of: stream)
        guard descriptor >= 0 else { return .closed }
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 { return .bytes(count) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? .nothing : .closed
        }
    }

    private func descriptor(of stream: Stream) -> Int32 { stream == .output ? output : errors }

    /// Whether the program has ended. It stays a zombie, and its number ours, until ``reap()``.
    var hasEnded: Bool {
        var facts = siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        let result = waitid(P_PID, id_t(processID), &facts, options)
        // ECHILD: somebody else has taken the result.
        return result != 0 ? errno != EINTR : facts.si_signo != 0
    }

    /// Sends a signal to the program and everything that it started and that stayed in its group.
    func signalGroup(_ number: Int32) { kill(staysInGroup ? processID : -processID, number) }

    /// Takes the result of a program that ``hasEnded``.
    func reap() -> CommandOutcome {
        var status: Int32 = 0
        var result: pid_t
        repeat {
            result = waitpid(processID, &status, WNOHANG)
        } while result < 0 && errno == EINTR
        guard result == processID else {
            return .couldNotStart(reason: "nobody knows how it ended")
        }
        // WIFEXITED, WEXITSTATUS, WTERMSIG
        let signal = status & 0x7F
        return signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .signalled(number: signal)
    }

    private static func words(of error: Int32) -> String { String(cString: strerror(error)) }
}

// MARK: Starting

extension PipedProcess {
    /// The ends of the pipes; -1 where there is none.
    private struct Pipes {
        var input = (ours: Int32(-1), theirs: Int32(-1))
        var output = (ours: Int32(-1), theirs: Int32(-1))
        var errors = (ours: Int32(-1), theirs: Int32(-1))

        init(_ launch: ProgramLaunch) throws(Failure) {
            do throws(Failure) {
                output = try Self.pipe()
                if launch.separatesErrors { errors = try Self.pipe() }
                if !launch.input.isEmpty {
                    let ends = try Self.pipe()
                    input = (ours: ends.theirs, theirs: ends.ours)
                }
            } catch {
                closeTheirs()
                closeOurs()
                throw error
            }
            for end in [output.ours, errors.ours] where end >= 0 {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
            // It fits into the pipe, so nobody has to read it yet.
            if input.ours >= 0 {
                _ = launch.input.withUnsafeBytes { write(input.ours, $0.baseAddress, $0.count) }
                close(input.ours)
                input.ours = -1
            }
        }

        func closeTheirs() {
            for end in [input.theirs, output.theirs, errors.theirs] where end >= 0 { close(end) }
        }

        func closeOurs() {
            for end in [input.ours, output.ours, errors.ours] where end >= 0 { close(end) }
        }

        private static func pipe() throws(Failure) -> (ours: Int32, theirs: Int32) {
            var ends: [Int32] = [-1, -1]
            guard clinux_pipe(&ends) == 0 else { throw Failure(reason: words(of: errno)) }
            return (ends[0], ends[1])
        }
    }
}
