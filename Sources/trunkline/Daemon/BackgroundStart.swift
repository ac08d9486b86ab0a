import CLinux
import Glibc

/// Starting in the background: this program again, in a session of its own, with the null device
/// as its stdio. Never by fork, which threads do not survive.
///
/// The child's standard error is a pipe until its clients can connect. It then sends a NUL and
/// changes to the null device. What it wrote before is shown by the parent, which leaves only then:
/// whoever started a proxy can use it at once, or sees why not.
enum BackgroundStart {
    /// The environment variable that tells the child what it is.
    static let marker = "TRUNKLINE_DETACHED"

    /// Starts the child and waits for it.
    ///
    /// - Parameter arguments: Its whole command line, which makes it run in the foreground. Paths
    ///   are absolute.
    /// - Returns: The exit code of the starting command.
    static func launch(_ arguments: [String]) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return failed("could not create a pipe") }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        let child = spawn(arguments, standardError: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        guard let child else { return failed("could not start in the background") }
        if relay(ends[0]) { return ExitStatus.success }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        // WIFEXITED, WEXITSTATUS
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : ExitStatus.failed
        return code == 0 ? ExitStatus.failed : code
    }

    /// In a process that may be such a child: takes the marker and leaves the parent's directory.
    static func takeMarker() -> Bool {
        guard getenv(marker) != nil else { return false }
        unsetenv(marker)
        chdir("/")
        return true
    }

    /// In the child: clients can connect.
    static func reportReady() {
        var nul: UInt8 = 0
        _ = write(2, &nul, 1)
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        if null >= 0 {
            dup2(null, 2)
            close(null)
        }
    }

    /// Shows what the child writes until it is ready.
    ///
    /// - Returns: Whether it got ready.
    private static func relay(_ descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            let text = buffer.prefix(count)
            StandardStreams.error(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
            if text.contains(0) { return true }
        }
    }

    private static func spawn(_ arguments: [String], standardError: Int32) -> pid_t? {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard null >= 0 else { return nil }
        defer { close(null) }
        setenv(marker, "1", 1)
        defer { unsetenv(marker) }
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let result = clinux_spawn(
            &child, "/proc/self/exe", words, clinux_environment(), -1, null, standardError,
            CLINUX_SPAWN_SETSID)
        guard result == 0 else {
            errno = result
            return nil
        }
        return child
    }

    private static func failed(_ message: String) -> Int32 {
        StandardStreams.error("trunkline: \(message): \(String(cString: strerror(errno)))\n")
        return ExitStatus.failed
    }
}
