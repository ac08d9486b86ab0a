import CLinux
import Glibc

/// A program in a session of its own, which nobody waits for: it outlives us and our terminal.
enum DetachedProcess {
    /// Starts it.
    ///
    /// - Parameters:
    ///   - launch: its input is for standard input; the outputs are not read.
    ///   - log: what standard output and standard error are appended to; nil: nothing.
    /// - Returns: the pid, which is also the number of the session.
    static func start(_ launch: ProgramLaunch, log: String? = nil) throws(HostFailure) -> pid_t {
        guard let program = launch.arguments.first,
            launch.input.count <= ProgramLaunch.inputBytesMax
        else { throw HostFailure("nothing to start, or too much to tell it") }
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw .system("could not start", program) }
        defer { for end in ends { close(end) } }
        _ = launch.input.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if launch.input.isEmpty {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        } else {
            posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        }
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        _ = clinux_spawn_close_from(&actions, STDERR_FILENO + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            CLINUX_SPAWN_SETSID | Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let words: [UnsafeMutablePointer<CChar>?] = launch.arguments.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] =
            launch.environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child = pid_t()
        let result = posix_spawnp(&child, program, &actions, &attributes, words, variables)
        guard result == 0 else { throw .system("could not start", program, result) }
        return child
    }

    /// How a child of ours has ended, which is told once: 0 stands for success; nil while it runs.
    static func end(of child: pid_t) -> Int32? {
        var status: Int32 = 0
        switch waitpid(child, &status, WNOHANG) {
        case 0: return nil
        case child: return status
        // Nobody knows.
        default: return -1
        }
    }
}
