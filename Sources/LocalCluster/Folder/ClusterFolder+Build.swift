import Foundation
import Glibc

/// How one machine makes its part of a cluster.
extension ClusterFolder {
    /// The folders, and the passwords that the servers need.
    func makeFolders(_ passwords: ClusterPasswords) throws {
        // Passwords are in etc.
        try makeFolder(configurationFolder, mode: plan.authentication == .scram ? 0o700 : 0o755)
        try makeFolder(runFolder, mode: 0o755)
        try makeFolder(logFolder, mode: plan.authentication == .scram ? 0o700 : 0o755)
        if plan.archives { try makeFolder(archiveFolder, mode: 0o700) }
        if let passwordFile {
            try write(
                ServerFiles.passwords(passwords, superuser: plan.superuser), to: passwordFile,
                mode: 0o600)
        }
    }

    private func files() throws -> ServerFiles {
        ServerFiles(
            plan: plan, socketFolder: socketFolder, archiveFolder: archiveFolder,
            passwordFile: passwordFile, version: try installation.majorVersion())
    }

    func initialize(_ node: ClusterNode, _ passwords: ClusterPasswords) throws {
        let files = try files()
        var arguments = ["-D", node.dataFolder, "-U", plan.superuser, "--data-checksums"]
        arguments += plan.initdbArguments ?? ["-E", "UTF8", "--locale=C.UTF-8"]
        arguments += ["-A", plan.authentication.rawValue]
        if files.version >= 14 { arguments.append("--no-instructions") }
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

    func prepare(_ node: ClusterNode, _ passwords: ClusterPasswords) throws {
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

    /// Makes a standby of node 0.
    func copy(to node: ClusterNode) throws {
        let files = try files()
        var arguments = [
            "-D", node.dataFolder, "-d", files.origin(0), "-w", "-X", "stream",
            "--checkpoint=fast",
        ]
        if plan.usesSlots { arguments += ["-C", "-S", plan.slot(node.index)] }
        try run(["pg_basebackup"] + arguments)
        let settings = "\(node.dataFolder)/postgresql.conf"
        let text = try String(contentsOfFile: settings, encoding: .utf8)
        try write(
            text.replacing(files.ownSettings(0), with: files.ownSettings(node.index)),
            to: settings, mode: 0o600)
        try append(
            files.standbySettings(node.index, following: 0),
            to: "\(node.dataFolder)/postgresql.auto.conf")
        try write("", to: "\(node.dataFolder)/standby.signal", mode: 0o600)
    }

    func synchronize(_ node: ClusterNode) throws {
        try append(
            try files().synchronousSettings, to: "\(node.dataFolder)/postgresql.conf")
        try node.reload()
    }
}
