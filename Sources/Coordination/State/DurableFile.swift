import Glibc

/// Small files that are there as a whole or not at all, whatever happens meanwhile.
enum DurableFile {
    /// A file is read only up to here.
    static let bytesMax = 1 << 20

    /// The content; nil if there is no such file.
    static func read(_ path: String) throws(StateFailure) -> [UInt8]? {
        // A FIFO would keep us waiting.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(.unreadable, "could not open", path)
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else {
            throw failure(.unreadable, "could not examine", path)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw StateFailure(.unreadable, "\"\(path)\" is not a regular file")
        }
        guard isTrusted(owner: facts.st_uid, folderMode: folderMode(of: path), own: geteuid())
        else {
            throw StateFailure(
                .unreadable,
                "\"\(path)\" belongs to user \(facts.st_uid), in a directory open to everybody")
        }
        return try content(of: descriptor, path)
    }

    /// Whether what a file says may be believed: in /tmp anybody can leave one.
    static func isTrusted(owner: UInt32, folderMode: UInt32, own: UInt32) -> Bool {
        owner == own || owner == 0 || folderMode & S_IWOTH == 0
    }

    /// Replaces the file, or leaves it as it was.
    ///
    /// The new content is on disk under another name before it takes the old one's place, and the
    /// directory is, too, before this returns.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(StateFailure) {
        let scratch = path + ".new"
        // Of a process that died here.
        unlink(scratch)
        let descriptor = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(.notWritten, "could not create", scratch) }
        var error = write(bytes, to: descriptor)
        if close(descriptor) != 0, error == 0 { error = errno }
        if error == 0, rename(scratch, path) != 0 { error = errno }
        guard error == 0 else {
            unlink(scratch)
            throw failure(.notWritten, "could not write", path, error)
        }
        try syncFolder(of: path)
    }

    /// Writes everything and waits for the disk.
    ///
    /// - Returns: 0 or the number of the error.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            rest = rest.dropFirst(count)
        }
        return fsync(descriptor) == 0 ? 0 : errno
    }

    /// Removes the file.
    ///
    /// - Returns: whether it was there.
    static func remove(_ path: String) -> Bool { unlink(path) == 0 }

    private static func content(of descriptor: Int32, _ path: String) throws(StateFailure)
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(.unreadable, "could not read", path) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
            guard bytes.count <= bytesMax else {
                throw StateFailure(.damaged, "\"\(path)\" has more than \(bytesMax) bytes")
            }
        }
    }

    private static func syncFolder(of path: String) throws(StateFailure) {
        let folder = folder(of: path)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.notWritten, "could not open", folder) }
        defer { close(descriptor) }
        // Some network file systems do not know this for directories.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw failure(.notWritten, "could not fsync", folder)
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func folderMode(of path: String) -> UInt32 {
        var facts = stat()
        return stat(folder(of: path), &facts) == 0 ? facts.st_mode : S_IWOTH
    }

    private static func failure(
        _ code: StateFailure.Code, _ message: String, _ path: String, _ error: Int32 = errno
    ) -> StateFailure {
        StateFailure(code, "\(message) \"\(path)\": \(String(cString: strerror(error)))")
    }
}
