import Foundation

/// The texts of a cluster's postgresql.conf, pg_hba.conf and password files.
struct ServerFiles {
    let plan: ClusterPlan
    let socketFolder: String
    let archiveFolder: String
    let passwordFile: String?
    /// Of PostgreSQL; 12 and later.
    let version: Int

    /// The role that standbys replicate with.
    static let replicationRole = "replicator"
    /// Standbys without slots need what the primary keeps for everybody.
    private static let keptMegabytesWithoutSlots = 1024

    var replicationUser: String {
        plan.authentication == .scram ? Self.replicationRole : plan.superuser
    }

    /// What is the same on all nodes, to be appended: the last line of a name counts.
    var settings: String {
        var lines = [
            "", "# From here on: trunkline. The last line of a name counts.",
            // The proxy and the other hosts come from outside; pg_hba.conf names them.
            "listen_addresses = '\(plan.hosts == nil ? "localhost" : "*")'",
            "unix_socket_directories = '\(socketFolder)'",
            "wal_level = replica",
            "hot_standby = on",
            "# Reads on a standby are not cancelled because the primary vacuums.",
            "hot_standby_feedback = on",
            "# For pg_rewind, which brings an old primary back; checksums would do as well.",
            "wal_log_hints = on",
            "max_wal_senders = \(plan.nodeCount + 10)",
            "max_replication_slots = \(plan.nodeCount + 10)",
            "wal_receiver_status_interval = 1s",
            "wal_retrieve_retry_interval = 500ms",
            "max_prepared_transactions = 10",
            "logging_collector = on",
        ]
        lines += retention
        if plan.authentication == .scram { lines.append("password_encryption = 'scram-sha-256'") }
        if plan.archives { lines += archiving }
        return (lines + plan.serverSettings).joined(separator: "\n") + "\n"
    }

    private var retention: [String] {
        let megabytes = plan.usesSlots ? 256 : Self.keptMegabytesWithoutSlots
        guard version >= 13 else { return ["wal_keep_segments = \(megabytes / 16)"] }
        var lines = [
            "# A node that comes back after a failover has no slot on the new primary yet.",
            "wal_keep_size = \(megabytes)MB",
        ]
        if plan.usesSlots {
            lines += [
                "# A standby that is gone for good must not fill the primary's disk.",
                "max_slot_wal_keep_size = 8GB",
            ]
        }
        return lines
    }

    /// One archive for all nodes: only a primary writes to it, and histories have names of their
    /// own. A file that is there already is right if it is the same: the server may have stopped
    /// before it knew.
    private var archiving: [String] {
        let file = "\(archiveFolder)/%f"
        return [
            "archive_mode = on",
            "archive_command = 'if test -f \(file); then cmp -s %p \(file);"
                + " else cp %p \(file).part && mv \(file).part \(file); fi'",
            "restore_command = 'cp \(file) %p'",
        ]
    }

    /// A commit waits for one of the others, whoever is the primary.
    var synchronousSettings: String {
        let names = (0..<plan.nodeCount).map(plan.name).joined(separator: ", ")
        return "synchronous_standby_names = 'ANY 1 (\(names))'\n"
    }

    /// What each node has for itself. The name is its application_name towards the primary.
    func ownSettings(_ node: Int) -> String {
        "port = \(plan.port(node))\ncluster_name = '\(plan.name(node))'\n"
    }

    /// For postgresql.auto.conf of a standby.
    func standbySettings(_ node: Int, following primary: Int) -> String {
        var text = "primary_conninfo = '\(origin(primary))'\n"
        if plan.usesSlots { text += "primary_slot_name = '\(plan.slot(node))'\n" }
        return text
    }

    /// Without application_name: a standby sends its cluster_name, and the text is right for every
    /// other node.
    func origin(_ node: Int) -> String {
        let password = passwordFile.map { " passfile=\($0)" } ?? ""
        return "host=\(plan.host(node)) port=\(plan.port(node)) user=\(replicationUser)\(password)"
    }

    var hostRules: String {
        let method = plan.authentication.rawValue
        let lines =
            plan.hbaLines
            + ["all", "replication"].flatMap { database in
                [
                    "local  \(database)  all  \(method)",
                    "host  \(database)  all  127.0.0.1/32  \(method)",
                    "host  \(database)  all  ::1/128  \(method)",
                ]
            }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Lines of pg_hba.conf for machines other than the server's own.
    static func rules(for addresses: [String], _ method: ClusterPlan.Authentication) -> [String] {
        Set(addresses).sorted().flatMap { address in
            let range = "\(address)/\(address.contains(":") ? 128 : 32)"
            return ["all", "replication"].map {
                "host  \($0)  all  \(range)  \(method.rawValue)"
            }
        }
    }

    static func passwords(_ passwords: ClusterPasswords, superuser: String) -> String {
        """
        *:*:*:\(escaped(superuser)):\(escaped(passwords.superuser))
        *:*:*:\(replicationRole):\(escaped(passwords.replication))

        """
    }

    /// In password files a backslash takes the meaning from a colon and from itself.
    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
    }
}
