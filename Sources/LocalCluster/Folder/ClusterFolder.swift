import Foundation
import Glibc

/// A cluster that stays: PostgreSQL servers and a proxy whose files are all in one folder.
///
/// Where a ``LocalCluster`` ends with its owner, this one is started and stopped again and again.
package struct ClusterFolder: Sendable {
    package internal(set) var marker: ClusterMarker
    package let installation: PostgresInstallation
    /// Those on this machine.
    package let nodes: [ClusterNode]

    /// The real path.
    package var path: String { marker.folder }
    package var plan: ClusterPlan { marker.plan }

    init(marker: ClusterMarker, installation: PostgresInstallation) {
        self.marker = marker
        self.installation = installation
        let folder = marker.folder
        let plan = marker.plan
        nodes = marker.nodes.map { index in
            let place = ServerPlace(
                index: index, name: plan.name(index), dataFolder: "\(folder)/data\(index)",
                socketFolder: plan.socketFolder ?? "\(folder)/run",
                logFile: "\(folder)/log/\(plan.name(index)).log", port: plan.port(index),
                superuser: plan.superuser, passwordFile: Self.passwordFile(folder, plan),
                hasUntrustedPrograms: true)
            return ClusterNode(place, installation: installation)
        }
    }

    /// Opens a cluster that was made before.
    ///
    /// - Parameter folder: as somebody typed it; must not be a symbolic link.
    package static func open(_ folder: String) throws -> ClusterFolder {
        let cluster = try openPart(folder)
        if let node = cluster.marker.node {
            throw LocalClusterError(
                .refused,
                "\(cluster.path) has \(cluster.plan.name(node)) of a cluster on several hosts: call"
                    + " this on the machine of its proxy")
        }
        return cluster
    }

    /// Opens what this machine has of a cluster, be it all of it or a node of its own.
    static func openPart(_ folder: String) throws -> ClusterFolder {
        let path = try realPath(folder)
        let marker = try ClusterMarker.read(in: path)
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw failure(path) }
        let isOurs = facts.st_uid == geteuid() || geteuid() == 0
        guard isOurs else {
            let owner = getpwuid(facts.st_uid).map { String(cString: $0.pointee.pw_name) }
            throw LocalClusterError(
                .refused,
                "\(path) belongs to \(owner ?? "user \(facts.st_uid)"): only that user and root can"
                    + " do this")
        }
        let owner = (facts.st_uid, facts.st_gid)
        let installation =
            marker.programs.isEmpty
            ? try PostgresInstallation.withoutPrograms(owner: owner)
            : try PostgresInstallation.find(programs: marker.programs, owner: owner)
        return ClusterFolder(marker: marker, installation: installation)
    }

    /// A node of this machine.
    func node(_ index: Int) throws -> ClusterNode {
        guard let node = nodes.first(where: { $0.index == index }) else {
            throw LocalClusterError(.refused, "node \(index) is not in \(path)")
        }
        return node
    }

    package var configurationFolder: String { "\(path)/etc" }
    package var configurationFile: String { "\(configurationFolder)/pgpool.conf" }
    package var hbaFile: String { "\(configurationFolder)/pool_hba.conf" }
    package var pcpFile: String { "\(configurationFolder)/pcp.conf" }
    package var logFolder: String { "\(path)/log" }
    package var runFolder: String { "\(path)/run" }
    package var archiveFolder: String { "\(path)/archivedir" }
    package var socketFolder: String { plan.socketFolder ?? runFolder }

    /// In libpq's format: the passwords of the superuser and of the replication role.
    package var passwordFile: String? { Self.passwordFile(path, plan) }

    private static func passwordFile(_ folder: String, _ plan: ClusterPlan) -> String? {
        plan.authentication == .scram ? "\(folder)/etc/pgpass" : nil
    }

    /// Runs one of PostgreSQL's programs under the servers' account.
    func run(_ command: [String], within limit: Duration = .seconds(600)) throws {
        try installation.run(
            command, in: path, environment: passwordFile.map { ["PGPASSFILE": $0] } ?? [:],
            within: limit)
    }

    /// Writes a file that belongs to the servers' account.
    func write(_ text: String, to path: String, mode: mode_t) throws {
        unlink(path)
        let file = ChildProcess.withoutSpawning {
            let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
            if file >= 0 { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
            return file
        }
        guard file >= 0 else { throw Self.failure(path) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fchmod(file, mode) == 0 else {
            throw Self.failure(path)
        }
        if let account = installation.serverAccount {
            guard fchown(file, account.user, account.group) == 0 else { throw Self.failure(path) }
        }
    }

    /// Appends to a file that is there; its owner stays.
    func append(_ text: String, to path: String) throws {
        try ChildProcess.withOpenFile(path) { file in
            let bytes = Array(text.utf8)
            guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
                throw Self.failure(path)
            }
        }
    }

    /// Makes a folder that belongs to the servers' account.
    func makeFolder(_ path: String, mode: mode_t) throws {
        guard mkdir(path, mode) == 0, chmod(path, mode) == 0 else { throw Self.failure(path) }
        if let account = installation.serverAccount {
            guard chown(path, account.user, account.group) == 0 else { throw Self.failure(path) }
        }
    }

    static func failure(_ path: String) -> LocalClusterError {
        LocalClusterError(.cannotStart, "\(path): \(String(cString: strerror(errno)))")
    }

    /// The path without links and dots. That the last name itself is a link is an error: what is
    /// removed or moved later would not be what was meant.
    static func realPath(_ folder: String) throws -> String {
        var trimmed = folder
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        var facts = stat()
        guard lstat(trimmed, &facts) == 0 else {
            throw LocalClusterError(.refused, "\(folder): \(String(cString: strerror(errno)))")
        }
        guard let resolved = realpath(trimmed, nil) else { throw failure(folder) }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard facts.st_mode & S_IFMT != S_IFLNK else {
            throw LocalClusterError(
                .refused, "\(folder) is a symbolic link: name the folder itself, \(path)")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw LocalClusterError(.refused, "\(folder) is not a folder")
        }
        return path
    }
}
