import CLinux
import Glibc

/// `/bin/sh -c TEXT` in a process group of its own, its output in one pipe.
///
/// It inherits nothing of ours but the environment and the working directory: every descriptor
/// from 3 on is closed, signals are as a program expects them. Owned by one thread.
struct ShellProcess: ~Copyable {
    private let processID: pid_t
    /// Standard output and standard error of the command; does not block.
    private let output: Int32
    /// Readable once the shell has ended; -1 where the kernel has no such thing.
    private let end: Int32

    /// Why there is no process: the words of the system.
    struct Failure: Error {
        var reason: String
    }

    /// Starts the command.
    ///
    /// - Parameter environment: Added to ours; takes the place of variables of the same name.
    init(_ text: String, environment: [(name: String, value: String)]) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw Failure(reason: Self.words(of: errno)) }
        defer { close(ends[1]) }
        var child = pid_t()
        let result = Self.spawn(text, environment, writingTo: ends[1], &child)
        guard result == 0 else {
            close(ends[0])
            throw Failure(reason: Self.words(of: result))
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        processID = child
        output = ends[0]
        end = clinux_open_child(child)
    }

    deinit {
        close(output)
        if end >= 0 { close(end) }
    }

    /// What there is to read now.
    enum Output {
        case bytes(Int)
        /// Nothing yet.
        case nothing
        /// Nothing any more: nobody has the other end open.
        case closed
    }

    /// Waits until there is output or the shell has ended, at most this long.
    ///
    /// - Parameters:
    ///   - awaitsOutput: false once the output is closed.
    ///   - awaitsEnd: false once the shell has ended.
    func wait(atMost time: Duration, awaitsOutput: Bool, awaitsEnd: Bool) {
        let milliseconds = time.components.seconds.multipliedReportingOverflow(by: 1000)
        let whole = milliseconds.overflow ? Int64.max : milliseconds.partialValue
        // Rounded up, so that a wait for the rest of a deadline does not end just before it.
        let rest = time.components.attoseconds / 1_000_000_000_000_000 + 1
        let most: Int64 = end < 0 ? Self.tickMilliseconds : Self.waitMillisecondsMax
        let limit = Int32(max(0, min(whole.addingReportingOverflow(rest).partialValue, most)))
        var descriptors = [
            pollfd(fd: awaitsOutput ? output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: awaitsEnd ? end : -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&descriptors, nfds_t(descriptors.count), limit)
    }

    /// Reads what has arrived, into the front of `buffer`.
    func read(into buffer: inout [UInt8]) -> Output {
        while true {
            let count = Glibc.read(output, &buffer, buffer.count)
            if count > 0 { return .bytes(count) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? .nothing : .closed
        }
    }

    /// Whether the shell has ended. It stays a zombie, and its number ours, until ``reap()``.
    var hasEnded: Bool {
        var facts = siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        let result = waitid(P_PID, id_t(processID), &facts, options)
        // ECHILD: somebody else has taken the result.
        return result != 0 ? errno != EINTR : facts.si_signo != 0
    }

    /// Sends a signal to the shell and everything that it started and that stayed in its group.
    func signalGroup(_ number: Int32) { kill(-processID, number) }

    /// Takes the result of a shell that ``hasEnded``.
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

    /// How often to look where no descriptor tells of the end.
    private static let tickMilliseconds: Int64 = 20
    private static let waitMillisecondsMax: Int64 = 60_000

    private static func words(of error: Int32) -> String { String(cString: strerror(error)) }
}

// MARK: Starting

extension ShellProcess {
    private static func spawn(
        _ text: String, _ environment: [(name: String, value: String)],
        writingTo descriptor: Int32, _ child: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, descriptor, STDERR_FILENO)
        // All of ours are close-on-exec; one that a library opened may not be.
        _ = clinux_spawn_close_from(&actions, STDERR_FILENO + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let texts = ["sh", "-c", text]
        let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        let settings = merged(environment)
        let variables: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        return posix_spawn(&child, "/bin/sh", &actions, &attributes, words, variables)
    }

    /// Our variables and the given ones, as `NAME=VALUE`.
    private static func merged(_ added: [(name: String, value: String)]) -> [String] {
        var result: [String] = []
        let names = Set(added.map(\.name))
        var next = clinux_environment()
        while let entry = next?.pointee {
            let text = String(cString: entry)
            if !names.contains(String(text.prefix { $0 != "=" })) { result.append(text) }
            next = next?.successor()
        }
        return result + added.map { "\($0.name)=\($0.value)" }
    }
}
