import Glibc

/// The pid file of a running instance: the process id in decimal and a NUL byte, mode 0600.
///
/// The instance also holds a lock on it for as long as it lives.
package struct PidFile: ~Copyable, Sendable {
    /// Why a pid file could not be taken.
    package enum Failure: Error, Sendable, Equatable {
        /// Another instance is alive; 0 if the file does not tell its id yet.
        case running(Int32)
        case failed(String)
    }

    package let path: String
    private let descriptor: Int32
    /// Whether a file of a dead process was there.
    package let replacedStale: Bool

    private init(path: String, descriptor: Int32, replacedStale: Bool) {
        self.path = path
        self.descriptor = descriptor
        self.replacedStale = replacedStale
    }

    deinit { close(descriptor) }

    /// Creates the file for this process, or takes over a stale one.
    package static func acquire(_ path: String) throws(Failure) -> PidFile {
        // Somebody may remove the file between our open and our lock; then the lock is on a file
        // that nobody else sees.
        for _ in 0..<16 {
            if let file = try attempt(path) { return file }
        }
        throw .failed("could not open pid file \"\(path)\"")
    }

    /// Removes the file. The lock goes with the process.
    package borrowing func remove() {
        ftruncate(descriptor, 0)
        unlink(path)
    }

    private static func attempt(_ path: String) throws(Failure) -> PidFile? {
        var replacesExisting = false
        var descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EEXIST {
            replacesExisting = true
            descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if descriptor < 0, errno == ENOENT { return nil }
        }
        guard descriptor >= 0 else { throw failure("could not open pid file \"\(path)\"") }
        let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) != 0
        if replacesExisting {
            let content = PidFileJudgement.content(of: contents(of: descriptor))
            let judgement = PidFileJudgement.judge(
                content, isLocked: isLocked, ownerName: ownerName(content), ownID: getpid())
            if case .running(let id) = judgement {
                close(descriptor)
                throw .running(id)
            }
        } else if isLocked {
            close(descriptor)
            return nil
        }
        var opened = stat()
        var named = stat()
        guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0,
            opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
        else {
            close(descriptor)
            return nil
        }
        do {
            try write(getpid(), to: descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        return PidFile(path: path, descriptor: descriptor, replacedStale: replacesExisting)
    }

    private static func write(_ id: Int32, to descriptor: Int32, _ path: String) throws(Failure) {
        fchmod(descriptor, 0o600)
        let bytes = Array(String(id).utf8) + [0]
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0,
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        else { throw failure("could not write pid file \"\(path)\"") }
        guard fsync(descriptor) == 0 else { throw failure("could not fsync pid file \"\(path)\"") }
    }

    private static func failure(_ message: String) -> Failure {
        .failed("\(message): \(String(cString: strerror(errno)))")
    }
}

extension PidFile {
    /// What somebody who wants to signal the instance finds.
    package enum Reading: Sendable, Equatable {
        case missing
        case empty
        /// A number, and whether that process is an instance that is alive.
        case process(Int32, isAlive: Bool)
    }

    /// Reads the file of another process.
    package static func read(_ path: String) -> Reading {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .missing }
        defer { close(descriptor) }
        let content = PidFileJudgement.content(of: contents(of: descriptor))
        switch content {
        case .empty: return .empty
        case .unreadable: return .process(0, isAlive: false)
        case .process(let id):
            return .process(id, isAlive: isInstance(id))
        }
    }

    /// Whether a process lives whose name is that of an instance.
    package static func isInstance(_ id: Int32) -> Bool {
        ownerName(.process(id)).map(PidFileJudgement.ownerNames.contains) ?? false
    }

    /// Removes the file of a process that is gone, unless somebody else has taken it since.
    package static func removeStale(_ path: String, of id: Int32) {
        if case .process(id, isAlive: false) = read(path) { unlink(path) }
    }

    private static func contents(of descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : []
    }

    /// The command name of the process a file names; nil if it is dead (or a zombie).
    private static func ownerName(_ content: PidFileJudgement.Content) -> String? {
        guard case .process(let id) = content else { return nil }
        let descriptor = open("/proc/\(id)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        // `812 (pgpool) S 1 ...`: the name may itself contain brackets.
        let text = buffer.prefix(max(0, count))
        guard let start = text.firstIndex(of: UInt8(ascii: "(")),
            let end = text.lastIndex(of: UInt8(ascii: ")")), start < end
        else { return nil }
        if text.dropFirst(end + 2).first == UInt8(ascii: "Z") { return nil }
        return String(decoding: text[(start + 1)..<end], as: UTF8.self)
    }
}
