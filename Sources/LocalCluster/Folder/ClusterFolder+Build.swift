import Foundation
import Glibc

/// What happens while a cluster is made, for those who watch.
package enum ClusterStep: Sendable, Equatable {
    /// `initdb`
    case initialize(node: Int)
    case start(node: Int)
    /// Roles, databases and extensions.
    case prepare
    /// `pg_basebackup` from the first node.
    case copy(node: Int)
    /// The proxy's files are written.
    case configureProxy
}

extension ClusterFolder {
    /// Called when a step begins and, with `isDone`, when it has ended.
    package typealias Watcher = (_ step: ClusterStep, _ isDone: Bool) throws -> Void

    /// Makes the servers of a cluster, starts them, and writes the proxy's files. If that fails
    /// everything is stopped and removed again.
    ///
    /// - Parameters:
    ///   - folder: is made, or must be empty.
    ///   - programs: the folder with PostgreSQL's programs; nil = the newest found.
    ///   - proxy: the program that will run as the proxy, which the servers' account has to reach.
    ///   - templates: what the proxy's files begin with.
    ///   - others: names in the folder that the caller is going to make.
    package static func create(
        _ folder: String, plan: ClusterPlan, passwords: ClusterPasswords, programs: String? = nil,
        proxy: String?, templates: ProxyFiles.Templates, others: [String] = [], watcher: Watcher
    ) throws -> ClusterFolder {
        let installation = try PostgresInstallation.find(programs: programs)
        let version = try installation.majorVersion()
        guard version >= 12 else {
            throw LocalClusterError(
                .missing,
                "PostgreSQL \(version) in \(installation.programs) is too old: 12 or later")
        }
        let path = try prepared(folder, plan)
        try checkPorts(plan)
        let isNew = mkdir(path, 0o755) == 0
        guard isNew || errno == EEXIST else { throw failure(path) }
        var entries = ["etc", "run", "log", ClusterMarker.fileName] + others
        entries += (0..<plan.nodeCount).map { "data\($0)" }
        if plan.archives { entries.append("archivedir") }
        let marker = ClusterMarker(
            folder: path, entries: entries, programs: installation.programs, plan: plan)
        var cluster = ClusterFolder(marker: marker, installation: installation)
        do {
            if let account = installation.serverAccount {
                guard chown(path, account.user, account.group) == 0 else { throw failure(path) }
            }
            try cluster.checkReach(program: plan.hasProxy ? proxy : nil)
            try marker.write()
            try cluster.build(passwords, templates, version: version, watcher)
            cluster.marker.isComplete = true
            try cluster.marker.write()
            return cluster
        } catch {
            for node in cluster.nodes where node.isRunning { try? node.stop(.immediate) }
            _ = try? cluster.remove(keepsFolder: !isNew)
            throw error
        }
    }

    private var primary: ClusterNode { nodes[0] }

    private func files(_ version: Int) -> ServerFiles {
        ServerFiles(
            plan: plan, socketFolder: socketFolder, archiveFolder: archiveFolder,
            passwordFile: passwordFile, version: version)
    }

    private func build(
        _ passwords: ClusterPasswords, _ templates: ProxyFiles.Templates, version: Int,
        _ watcher: Watcher
    ) throws {
        let files = files(version)
        func step(_ step: ClusterStep, _ work: () throws -> Void) throws {
            try watcher(step, false)
            try work()
            try watcher(step, true)
        }
        // Passwords are in etc.
        try makeFolder(configurationFolder, mode: plan.authentication == .scram ? 0o700 : 0o755)
        try makeFolder(runFolder, mode: 0o755)
        try makeFolder(logFolder, mode: plan.authentication == .scram ? 0o700 : 0o755)
        if plan.archives { try makeFolder(archiveFolder, mode: 0o700) }
        if let passwordFile {
            try write(files.passwords(passwords), to: passwordFile, mode: 0o600)
        }
        if plan.hasServers { try buildServers(files, passwords, version, step) }
        if plan.hasProxy {
            try step(.configureProxy) { try writeProxyFiles(passwords, templates) }
        }
    }

    private func buildServers(
        _ files: ServerFiles, _ passwords: ClusterPasswords, _ version: Int,
        _ step: (ClusterStep, () throws -> Void) throws -> Void
    ) throws {
        let isStreaming = plan.replication == .streaming
        for node in isStreaming ? [primary] : nodes {
            try step(.initialize(node: node.index)) {
                try initialize(node, files, passwords, version)
            }
            try step(.start(node: node.index)) { try node.start() }
            try step(.prepare) { try prepare(node, files, passwords) }
        }
        if isStreaming {
            for node in nodes.dropFirst() {
                try step(.copy(node: node.index)) { try copy(to: node, files) }
                try step(.start(node: node.index)) { try node.start() }
            }
            try primary.waitForStandbys(nodes.dropFirst().map(\.name), within: .seconds(60))
        }
        // Last: until the standbys are there nothing could be committed.
        if plan.isSynchronous {
            for node in nodes {
                try append(files.synchronousSettings, to: "\(node.dataFolder)/postgresql.conf")
                try node.reload()
            }
        }
    }

    private func initialize(
        _ node: ClusterNode, _ files: ServerFiles, _ passwords: ClusterPasswords, _ version: Int
    ) throws {
        var arguments = ["-D", node.dataFolder, "-U", plan.superuser, "--data-checksums"]
        arguments += plan.initdbArguments ?? ["-E", "UTF8", "--locale=C.UTF-8"]
        arguments += ["-A", plan.authentication.rawValue]
        if version >= 14 { arguments.append("--no-instructions") }
        let secret = "\(configurationFolder)/.initdb"
        if plan.authentication == .scram {
            try write(passwords.superuser + "\n", to: secret, mode: 0o600)
            arguments.append("--pwfile=\(secret)")
        }
        defer { unlink(secret) }
        try run(["initdb"] + arguments)
        try append(
            files.settings + files.ownSettings(node.index),
            to: "\(node.dataFolder)/postgresql.conf")
        try write(files.hostRules, to: "\(node.dataFolder)/pg_hba.conf", mode: 0o600)
    }

    private func prepare(
        _ node: ClusterNode, _ files: ServerFiles, _ passwords: ClusterPasswords
    ) throws {
        if plan.authentication == .scram, plan.replication == .streaming {
            let role = ServerFiles.replicationRole
            // What pg_rewind reads, so that it need not be a superuser.
            try node.sql(
                """
                create role \(role) login replication
                    password \(SQLText.literal(passwords.replication));
                grant execute on function pg_catalog.pg_ls_dir(text, boolean, boolean),
                    pg_catalog.pg_stat_file(text, boolean), pg_catalog.pg_read_binary_file(text),
                    pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) to \(role);
                """)
        }
        for name in plan.extensions {
            let known =
                "select 1 from pg_available_extensions where name = \(SQLText.literal(name))"
            guard try node.value(known) == "1" else { continue }
            try node.sql("create extension \(SQLText.identifier(name))", database: "template1")
        }
        for database in plan.databases {
            try node.sql("create database \(SQLText.identifier(database))")
        }
    }

    private func copy(to node: ClusterNode, _ files: ServerFiles) throws {
        var arguments = [
            "-D", node.dataFolder, "-d", files.origin(primary.index), "-w", "-X", "stream",
            "--checkpoint=fast",
        ]
        if plan.usesSlots { arguments += ["-C", "-S", plan.slot(node.index)] }
        try run(["pg_basebackup"] + arguments)
        let settings = "\(node.dataFolder)/postgresql.conf"
        let text = try String(contentsOfFile: settings, encoding: .utf8)
        try write(
            text.replacing(
                files.ownSettings(primary.index), with: files.ownSettings(node.index)),
            to: settings, mode: 0o600)
        try append(
            files.standbySettings(node.index, following: primary.index),
            to: "\(node.dataFolder)/postgresql.auto.conf")
        try write("", to: "\(node.dataFolder)/standby.signal", mode: 0o600)
    }
}
