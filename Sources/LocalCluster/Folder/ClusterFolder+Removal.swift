import Glibc

extension ClusterFolder {
    /// Removes what was made with the cluster, and the folder if nothing else is in it. Nothing may
    /// run any more.
    ///
    /// - Parameter keepsFolder: the folder itself stays in any case.
    /// - Returns: Names in the folder that were not made with it, and stay.
    package func remove(keepsFolder: Bool = false) throws -> [String] {
        for node in nodes where node.isRunning {
            throw LocalClusterError(.cannotStart, "\(node.name) runs: stop the cluster first")
        }
        let tree = try FolderTree(path)
        let names = try tree.names
        let ours = marker.entries + names.filter(isOfRecovery)
        let others = names.filter { !ours.contains($0) }
        // The marker last: what is left of an attempt that failed can be removed again.
        for name in ours where name != ClusterMarker.fileName {
            try tree.remove(name)
        }
        try tree.remove(ClusterMarker.fileName)
        if others.isEmpty, !keepsFolder { rmdir(path) }
        return others
    }
}

extension ClusterFolder {
    /// What a recovery has left beside a data directory: `data1.trunkline-old` and the like.
    private func isOfRecovery(_ name: String) -> Bool {
        nodes.contains { name.hasPrefix("data\($0.index).trunkline-") }
    }
}

/// A folder to remove things from. Symbolic links are removed, never followed, and what another
/// file system is mounted on is refused.
final class FolderTree {
    private let path: String
    private let handle: Int32
    private let device: dev_t

    init(_ path: String) throws {
        self.path = path
        handle = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        var facts = stat()
        guard handle >= 0, fstat(handle, &facts) == 0 else { throw ClusterFolder.failure(path) }
        device = facts.st_dev
    }

    deinit { if handle >= 0 { close(handle) } }

    var names: [String] { get throws { try Self.names(in: handle, path) } }

    /// Removes a file, a link, or a folder with everything in it; what is not there is fine.
    func remove(_ name: String) throws {
        // An `initdb` whose caller was interrupted may write for a moment.
        let isGone = try Deadline.after(.seconds(10)).poll { try remove(name, in: handle, path) }
        guard isGone else {
            throw LocalClusterError(
                .timedOut, "\(path)/\(name) cannot be removed: somebody writes into it")
        }
    }

    /// Returns whether it is gone: something may have come into a folder meanwhile.
    private func remove(_ name: String, in parent: Int32, _ folder: String) throws -> Bool {
        let path = "\(folder)/\(name)"
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/") else {
            throw LocalClusterError(.missing, "\(path) is no entry of \(folder)")
        }
        var facts = stat()
        guard fstatat(parent, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return true }
            throw ClusterFolder.failure(path)
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            guard unlinkat(parent, name, 0) == 0 || errno == ENOENT else {
                throw ClusterFolder.failure(path)
            }
            return true
        }
        guard facts.st_dev == device else {
            throw LocalClusterError(
                .cannotStart, "\(path) is another file system: unmount it first")
        }
        let child = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard child >= 0 else { throw ClusterFolder.failure(path) }
        defer { close(child) }
        for entry in try Self.names(in: child, path) {
            guard try remove(entry, in: child, path) else { return false }
        }
        if unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard errno == ENOTEMPTY else { throw ClusterFolder.failure(path) }
        return false
    }

    private static func names(in folder: Int32, _ path: String) throws -> [String] {
        // closedir closes its descriptor.
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let listing = fdopendir(copy) else { throw ClusterFolder.failure(path) }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
