import Foundation
import Glibc

/// The server process of a data directory.
struct Postmaster: Equatable {
    let process: pid_t
    private let startTime: String
    private let directory: String

    /// The one that runs in a directory; a frozen one does, what is left of a dead one does not.
    init?(in directory: String) {
        guard let lock = PidFile(in: directory), let start = ProcessTable.startTime(lock.process),
            // The number may have been given to somebody else since.
            ProcessTable.workingDirectory(lock.process) == directory
        else { return nil }
        process = lock.process
        startTime = start
        self.directory = directory
    }

    var isAlive: Bool { ProcessTable.startTime(process) == startTime }

    func signal(_ number: Int32) { if isAlive { kill(process, number) } }

    /// Ends it: clients are disconnected, what they did is kept; at once and with a recovery at the
    /// next start if it has not ended in time; by force if it does not end at all.
    ///
    /// - Returns: whether it is gone.
    func stop(within time: Duration) -> Bool {
        signal(SIGINT)
        if hasEnded(within: time) { return true }
        signal(SIGQUIT)
        // One that was frozen takes the signal when it goes on.
        signal(SIGCONT)
        if hasEnded(within: Self.immediateTime) { return true }
        for process in [process] + ProcessTable.servers(in: directory) { kill(process, SIGKILL) }
        return hasEnded(within: Self.immediateTime)
    }

    private func hasEnded(within time: Duration) -> Bool {
        ProcessEnd.wait(time, forAll: { isAlive ? [process] : [] })
    }

    /// Time that an immediate shutdown has.
    private static let immediateTime: Duration = .seconds(10)

    /// Ends processes of a server whose postmaster has died: they hold its shared memory, and the
    /// next one would not start.
    static func endOrphans(in directory: String) -> Bool {
        let orphans = { ProcessTable.servers(in: directory) }
        for process in orphans() { kill(process, SIGQUIT) }
        if ProcessEnd.wait(.seconds(3), forAll: orphans) { return true }
        for process in orphans() { kill(process, SIGKILL) }
        return ProcessEnd.wait(.seconds(3), forAll: orphans)
    }

    /// Removes the pid file of a server that was killed, if it is certain that nothing of it is
    /// left: PostgreSQL believes in a number that belongs to somebody else, or to a process that
    /// nobody has buried.
    static func removeStalePidFile(in directory: String) {
        guard let lock = PidFile(in: directory), Postmaster(in: directory) == nil,
            ProcessTable.servers(in: directory).isEmpty, !lock.hasSharedMemoryInUse
        else { return }
        lock.removeSocket()
        unlink(directory + "/postmaster.pid")
    }
}

/// `postmaster.pid` (src/include/utils/pidfile.h).
private struct PidFile {
    var process: pid_t
    /// `.s.PGSQL.PORT` in the first directory for sockets; nil if there is none.
    private var socket: String?
    /// System V identifier, which changes with every start; nil if there is none.
    var sharedMemory: String?

    init?(in directory: String) {
        guard let text = HostFiles.text(directory + "/postmaster.pid") else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let number = lines.first.flatMap({ pid_t($0) }), number != 0, number != .min else {
            return nil
        }
        // Negative for a server that serves one person only.
        process = abs(number)
        if lines.count > 4, let port = UInt16(lines[3]), lines[4].hasPrefix("/") {
            socket = "\(lines[4])/.s.PGSQL.\(port)"
        }
        sharedMemory = lines.count > 6 ? lines[6].split(separator: " ").last.map(String.init) : nil
    }

    /// Removes the socket of a server that is gone, with the lock file that says whose it is.
    func removeSocket() {
        guard let socket, let lock = HostFiles.text(socket + ".lock"),
            lock.split(separator: "\n").first.flatMap({ pid_t($0) }) == process
        else { return }
        unlink(socket)
        unlink(socket + ".lock")
    }

    /// Whether somebody still has the server's shared memory.
    var hasSharedMemoryInUse: Bool {
        guard let sharedMemory else { return false }
        guard let table = FileManager.default.contents(atPath: "/proc/sysvipc/shm") else {
            return true
        }
        // key shmid perms size cpid lpid nattch ...
        return String(decoding: table, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 6 && fields[1] == sharedMemory && fields[6] != "0"
        }
    }
}
