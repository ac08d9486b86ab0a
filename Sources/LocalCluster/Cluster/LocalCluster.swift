import Foundation
import Glibc
import Synchronization

/// A real PostgreSQL primary with streaming standbys, in a folder of its own.
///
/// Nothing outlives it: `destroy()`, the end of the last reference and the end of the program, however
/// it ends, stop the servers and remove the folder.
package final class LocalCluster: Sendable {
    /// The folder of everything that belongs to the cluster, Unix sockets included.
    package let folder: String
    /// The servers; number 0 starts as the primary.
    package let nodes: [ClusterNode]
    package let options: LocalClusterOptions
    package let installation: PostgresInstallation
    private let reaper: ClusterReaper
    private let proxyCount = Mutex(0)

    /// A Unix socket's address has room for 107 bytes; the longest name here is
    /// `.s.TRUNKLINE.65535`.
    private static let folderLengthMax = 107 - "/.s.TRUNKLINE.65535".utf8.count

    /// Makes a cluster in a new folder inside `directory`.
    ///
    /// - Parameters:
    ///   - directory: where the folder is made; the `postgres` account must be able to reach it
    ///     when we run as root.
    ///   - standbys: how many streaming standbys, each with a physical replication slot.
    package static func create(
        in directory: String = "/tmp", standbys: Int, options: LocalClusterOptions = .init()
    ) throws -> LocalCluster {
        let installation = try PostgresInstallation.find()
        let folder = try makeFolder(in: directory, owner: installation.serverAccount)
        let reaper: ClusterReaper
        do {
            reaper = try ClusterReaper(folder: folder)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        // From here on a failure leaves through the cluster's deinit.
        let cluster = try LocalCluster(
            folder: folder, standbys: standbys, options: options, installation: installation,
            reaper: reaper)
        try cluster.build()
        return cluster
    }

    private init(
        folder: String, standbys: Int, options: LocalClusterOptions,
        installation: PostgresInstallation, reaper: ClusterReaper
    ) throws {
        self.folder = folder
        self.options = options
        self.installation = installation
        self.reaper = reaper
        nodes = try (0...standbys).map { index in
            let place = ServerPlace(
                index: index, name: "node\(index)", dataFolder: "\(folder)/node\(index)",
                socketFolder: folder, logFile: "\(folder)/node\(index).log",
                port: try FreePort.next(), getsPortAtStart: true)
            return ClusterNode(place, installation: installation)
        }
    }

    deinit { reaper.release() }

    /// The node that was created as primary.
    package var primary: ClusterNode { nodes[0] }

    /// The nodes that were created as standbys.
    package var standbys: ArraySlice<ClusterNode> { nodes.dropFirst() }

    /// Stops everything and removes the folder. Safe to call more than once.
    package func destroy() { reaper.release() }

    /// Waits until every running standby streams from `source` (the first node unless told) and
    /// has replayed what that node has written up to now.
    package func waitForReplication(
        from source: ClusterNode? = nil, within limit: Duration = .seconds(30)
    ) throws {
        let source = source ?? primary
        let standbys = nodes.filter { $0.isRunning && $0.index != source.index }
        try source.waitForStandbys(standbys.map(\.name), within: limit)
    }

    /// A folder for a further process of this cluster, inside the cluster's folder.
    func makeProxyFolder() throws -> String {
        let number = proxyCount.withLock { count in
            count += 1
            return count
        }
        let path = "\(folder)/proxy\(number)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700]
        )
        return path
    }

    /// Has the process ended together with the cluster.
    func register(_ processID: pid_t) {
        let start = ProcessFacts.startTime(processID) ?? ""
        try? start.write(toFile: "\(folder)/pids/\(processID)", atomically: false, encoding: .utf8)
    }

    /// The process has ended and was waited for.
    func unregister(_ processID: pid_t) { unlink("\(folder)/pids/\(processID)") }

    private static func makeFolder(
        in directory: String, owner: (user: uid_t, group: gid_t)?
    ) throws -> String {
        var template = Array("\(directory)/trunkline-XXXXXX".utf8CString)
        guard template.count - 1 <= folderLengthMax else {
            throw LocalClusterError(
                .cannotStart,
                "\(directory) is too long a path: Unix sockets in it could not be addressed")
        }
        guard mkdtemp(&template) != nil else {
            throw LocalClusterError(
                .cannotStart, "no folder in \(directory): \(String(cString: strerror(errno)))")
        }
        let folder = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        mkdir("\(folder)/pids", 0o700)
        if let owner { chown(folder, owner.user, owner.group) }
        return folder
    }
}
