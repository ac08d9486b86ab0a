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
        let output = open(log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .system("could not open", log ?? "/dev/null") }
        defer { close(output) }
        var child = pid_t()
        let result = launch.start(
            input: launch.input.isEmpty ? -1 : ends[0], output: output, errors: output,
            group: CLINUX_SPAWN_SETSID, &child)
        guard result == 0 else { throw .system("could not start", program, result) }
        return child
    }

    /// Waits until something is true, which is looked at every 20 ms, or the child has ended.
    ///
    /// - Returns: how the child has ended, where that came first; nil while it may run.
    static func wait(
        _ time: Duration, for child: pid_t, orUntil isTrue: () -> Bool
    ) -> Int32? {
        let deadline = ContinuousClock.now.advanced(by: time)
        let childEnd = ProcessEnd(of: child)
        while !isTrue() {
            if let end = Self.end(of: child) { return end }
            if ContinuousClock.now >= deadline { return nil }
            childEnd.wait(atMost: .milliseconds(20))
        }
        return nil
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
