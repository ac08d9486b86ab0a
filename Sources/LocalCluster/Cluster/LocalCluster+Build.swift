import Foundation

extension LocalCluster {
    /// From an empty folder to a cluster whose standbys stream.
    func build() throws {
        try initializePrimary()
        try primary.startFirst()
        try createRolesAndDatabases()
        for standby in standbys {
            try copy(primary, to: standby)
            try standby.startFirst()
        }
        try waitForReplication()
    }

    private func initializePrimary() throws {
        try run([
            "initdb", "-D", primary.dataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--data-checksums",
        ])
        // Standbys get these files with the base backup; what differs per node is given at start.
        try append(settings, to: "postgresql.conf")
        try overwrite("pg_hba.conf", with: hostRules)
    }

    private var settings: String {
        var lines = [
            "listen_addresses = '127.0.0.1'",
            "max_connections = \(options.maxConnections)",
            "wal_level = replica",
            "hot_standby = on",
            // Reads on a standby are not cancelled because the primary vacuums.
            "hot_standby_feedback = on",
            "max_wal_senders = \(nodes.count + 8)",
            // A node that comes back after a failover has no slot on the new primary.
            "wal_keep_size = 256MB",
            "max_replication_slots = \(nodes.count + 8)",
            "max_prepared_transactions = 10",
            "wal_receiver_status_interval = 1s",
            "wal_retrieve_retry_interval = 500ms",
            "shared_buffers = 64MB",
            "log_line_prefix = '%m [%p] %q%u@%d %a '",
            "password_encryption = '\(options.authentication == .md5 ? "md5" : "scram-sha-256")'",
        ]
        if !options.fsync {
            lines.append("fsync = off")
        }
        return (lines + options.settings).joined(separator: "\n") + "\n"
    }

    private var hostRules: String {
        """
        local all all trust
        local replication all trust
        host all all 127.0.0.1/32 \(options.authentication.rawValue)
        host replication all 127.0.0.1/32 \(options.authentication.rawValue)

        """
    }

    private func createRolesAndDatabases() throws {
        if let password = options.superuserPassword {
            try primary.sql("alter role postgres password \(SQLText.literal(password))")
        }
        for role in options.roles {
            let password = role.password.map { " password \(SQLText.literal($0))" } ?? ""
            try primary.sql(
                "create role \(SQLText.identifier(role.name)) login \(role.attributes)\(password)")
        }
        for database in options.databases {
            try primary.sql("create database \(SQLText.identifier(database))")
        }
    }

    private func copy(_ source: ClusterNode, to standby: ClusterNode) throws {
        let origin =
            "host=\(folder) port=\(source.port) user=postgres application_name=\(standby.name)"
        try run([
            "pg_basebackup", "-D", standby.dataFolder, "-d", origin, "-R", "-X", "stream",
            "-C", "-S", standby.name, "--checkpoint=fast", "--no-sync",
        ])
    }

    private func run(_ command: [String]) throws {
        try installation.run(command, in: folder, within: .seconds(120))
    }

    private func append(_ text: String, to file: String) throws {
        let path = "\(primary.dataFolder)/\(file)"
        let old = try String(contentsOfFile: path, encoding: .utf8)
        try overwrite(file, with: old + text)
    }

    /// Not atomically: a new file would belong to us and not to the servers' account.
    private func overwrite(_ file: String, with text: String) throws {
        try text.write(toFile: "\(primary.dataFolder)/\(file)", atomically: false, encoding: .utf8)
    }
}
