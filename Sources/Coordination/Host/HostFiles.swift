import Foundation
import Glibc

/// What the host's side does with files and directories.
enum HostFiles {
    /// Whether there is something of this name, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory; empty if there is none.
    static func names(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }

    /// The number that the file system knows a file by, as text; nil if there is none.
    static func inode(_ path: String) -> String? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? "\(facts.st_ino)" : nil
    }

    /// Moves within a file system. The directories of both names are on disk when it returns.
    static func move(_ path: String, to place: String) throws(HostFailure) {
        guard rename(path, place) else {
            throw .system("could not rename \"\(path)\" to", place)
        }
        sync(folder(of: place))
        if folder(of: path) != folder(of: place) { sync(folder(of: path)) }
    }

    /// The call of the system, which this type has a method beside.
    static func rename(_ path: String, _ place: String) -> Bool { Glibc.rename(path, place) == 0 }

    /// Removes a directory that has nothing in it; no error if there is none.
    static func removeEmpty(_ path: String) throws(HostFailure) {
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw .system("could not remove", path)
        }
    }

    static func makeDirectory(_ path: String) throws(HostFailure) {
        guard mkdir(path, 0o700) == 0 || (errno == EEXIST && isDirectory(path)) else {
            throw .system("could not create", path)
        }
    }

    /// Removes a file; no error if there is none.
    static func removeFile(_ path: String) throws(HostFailure) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .system("could not remove", path)
        }
    }

    /// Removes a directory and what is in it, in this file system only.
    static func removeTree(_ path: String) throws(HostFailure) {
        guard exists(path) else { return }
        var words: [String] = []
        let outcome = CommandRunner.run(
            ProgramLaunch(["rm", "-rf", "--one-file-system", "--", path], separatesErrors: false),
            timeMax: .seconds(86_400)
        ) { if words.count < 3 { words.append($0) } }
        guard outcome.isSuccess else {
            throw HostFailure("could not remove \"\(path)\": \(words.joined(separator: "; "))")
        }
    }

    /// Bytes that a directory takes on disk, without what its links lead to and without `skipped`.
    static func bytes(in directory: String, skipping skipped: String) -> Int64 {
        var sum: Int64 = 0
        for name in names(in: directory) where name != skipped {
            var facts = stat()
            let path = directory + "/" + name
            guard lstat(path, &facts) == 0 else { continue }
            sum += Int64(facts.st_blocks) * 512
            if facts.st_mode & S_IFMT == S_IFDIR { sum += bytes(in: path, skipping: "") }
        }
        return sum
    }

    /// Bytes that somebody without privileges can still write where a path is.
    static func freeBytes(at path: String) -> Int64 {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return 0 }
        let (bytes, isTooMuch) = Int64(clamping: facts.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: facts.f_frsize))
        return isTooMuch ? .max : bytes
    }

    /// Waits until a directory's names are on disk, where the file system knows that.
    static func sync(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// The text of a small file; nil if there is none that can be read.
    static func text(_ path: String) -> String? {
        let bytes = try? DurableFile.read(path)
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a small file; nil if there is no such file.
    static func textIfAny(_ path: String) throws(HostFailure) -> String? {
        do throws(StateFailure) {
            return try DurableFile.read(path).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw HostFailure(error)
        }
    }

    static func replace(_ path: String, with text: String, mode: mode_t = 0o600)
        throws(HostFailure)
    {
        do throws(StateFailure) {
            try DurableFile.replace(path, with: Array(text.utf8), mode: mode)
        } catch {
            throw HostFailure(error)
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last lines of a file, oldest first; nil if it cannot be read.
    static func lastLines(of path: String, count: Int) -> [String]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        let start = max(0, Int(facts.st_size) - tailBytesMax)
        var buffer = [UInt8](repeating: 0, count: tailBytesMax)
        let length = pread(descriptor, &buffer, buffer.count, off_t(start))
        guard length >= 0 else { return nil }
        var lines = String(decoding: buffer.prefix(length), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        // Cut off by where we began.
        if start > 0, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(max(0, count))
    }

    private static let tailBytesMax = 32 << 10
}
