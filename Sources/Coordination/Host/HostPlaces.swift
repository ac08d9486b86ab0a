import ClusterModel
import Foundation
import Glibc

/// Where everything of a server lies on its host. Nothing outside of these names is ever changed,
/// but for tablespaces that a copy fills.
struct HostPlaces: Equatable {
    /// The data directory, without links.
    let data: String
    /// Whether the data directory is the root of a file system.
    let isMountPoint: Bool
    /// Whether the directory cannot be renamed, because it is a mount point or because its parent
    /// is not ours to write: then new and old copies lie inside of it, and their entries are moved.
    let isInside: Bool
    /// What the names of the small files begin with.
    private let side: String

    /// The directory inside a data directory that cannot be renamed.
    static let innerName = ".trunkline"

    /// A finished copy.
    var new: String { isInside ? "\(inner)/new" : "\(data).trunkline-new" }
    /// A copy that is not finished.
    var copy: String { isInside ? "\(inner)/copy" : "\(data).trunkline-copy" }
    /// What the data directory was.
    var old: String { isInside ? "\(inner)/old" : "\(data).trunkline-old" }
    /// What is being removed.
    var trash: String { isInside ? "\(inner)/trash" : "\(data).trunkline-trash" }
    /// Which entries are on their way, where the directory cannot be renamed.
    var swapPhase: String { "\(inner)/swap" }
    /// Holds all of these where the directory cannot be renamed.
    var inner: String { "\(data)/\(Self.innerName)" }

    var jobFile: String { side + "job" }
    /// Locked by the job while it runs.
    var jobLock: String { side + "job-lock" }
    /// The password of the source for the time of a job.
    var jobPassFile: String { side + "job-pass" }
    /// The password of the primary for the standby.
    var passFile: String { side + "pass" }
    /// Names the directory that a rewind has left unusable.
    var taint: String { side + "tainted" }
    var serverLog: String { side + "log" }

    init(_ server: HostedServer) throws(HostFailure) {
        if let flaw = Self.flaw(inPath: server.dataDirectory) {
            throw HostFailure("\"\(server.dataDirectory)\" is no data directory: \(flaw)")
        }
        let data = Self.realPath(server.dataDirectory)
        let parent = HostFiles.folder(of: data)
        guard parent != "/" || HostFiles.isDirectory(data) else {
            throw HostFailure("\"\(data)\" does not exist, and nothing is made in \"/\"")
        }
        self.data = data
        isMountPoint = Self.isMountPoint(data, parent: parent)
        let isParentOurs = access(parent, W_OK) == 0
        isInside = isMountPoint || (HostFiles.isDirectory(data) && !isParentOurs)
        side = isParentOurs ? "\(data).trunkline-" : try Self.homePrefix(for: data)
    }

    /// The directory that a request means.
    func path(of directory: HostRequest.Directory) -> String {
        switch directory {
        case .data: data
        case .new: new
        case .old: old
        }
    }

    /// The entries of the data directory that belong to the server.
    var entries: [String] {
        HostFiles.names(in: data).filter { $0 != Self.innerName && $0 != "lost+found" }
    }

    /// Whether there is a data directory with something in it.
    var dataExists: Bool { !entries.isEmpty }

    private static func isMountPoint(_ path: String, parent: String) -> Bool {
        var own = stat()
        var above = stat()
        guard stat(path, &own) == 0, stat(parent, &above) == 0 else { return false }
        if own.st_dev != above.st_dev { return true }
        // A directory that is mounted in its own file system.
        guard let data = FileManager.default.contents(atPath: "/proc/self/mountinfo") else {
            return false
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ", maxSplits: 5)
            return fields.count > 4 && fields[4] == path
        }
    }

    /// Small files where the parent directory is not ours: in our home, by the name of the
    /// directory that they are about.
    private static func homePrefix(for data: String) throws(HostFailure) -> String {
        guard let entry = getpwuid(geteuid()), let home = entry.pointee.pw_dir else {
            throw HostFailure(
                "\"\(HostFiles.folder(of: data))\" is not writable, and the account has no home")
        }
        let folder = String(cString: home) + "/.trunkline"
        try HostFiles.makeDirectory(folder)
        return folder + "/" + data.dropFirst().map { $0 == "/" ? "-" : "\($0)" }.joined() + "."
    }
}

// MARK: Paths

extension HostPlaces {
    /// What is wrong with a path that was sent; nil if nothing is.
    static func flaw(inPath path: String) -> String? {
        guard path.hasPrefix("/") else { return "it is not absolute" }
        guard path.utf8.count <= pathBytesMax else { return "it is too long" }
        guard path.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return "it has control characters"
        }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            return "it is not written plainly"
        }
        return nil
    }

    /// Bytes that leave room for the names beside it.
    private static let pathBytesMax = 900

    /// Follows links as far as there is something; what does not exist yet keeps its name.
    static func realPath(_ path: String) -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        // A link to a directory that is gone.
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
            target.hasPrefix("/"), flaw(inPath: target) == nil
        {
            return realParent(of: target)
        }
        return realParent(of: path)
    }

    private static func realParent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex,
            let resolved = realpath(String(path[..<slash]), nil)
        else { return path }
        defer { free(resolved) }
        return String(cString: resolved) + path[slash...]
    }
}
