import Credentials

/// The texts of the files of a cluster's proxy.
package struct ProxyFiles: Sendable {
    /// What the files begin with.
    package struct Templates: Sendable {
        package var configuration: String
        package var hostRules: String
        package var pcp: String
        /// Lines of pgpool.conf after those of the cluster: the last of a name counts.
        package var lastLines: [String]

        package init(
            configuration: String = "", hostRules: String = "", pcp: String = "",
            lastLines: [String] = []
        ) {
            self.configuration = configuration
            self.hostRules = hostRules
            self.pcp = pcp
            self.lastLines = lastLines
        }
    }

    let cluster: ClusterFolder
    let templates: Templates
    let password: String

    private var plan: ClusterPlan { cluster.plan }

    /// pgpool.conf
    var configuration: String {
        let isStreaming = plan.replication == .streaming
        var lines = [
            "# The cluster in \(cluster.path)",
            "backend_clustering_mode = \(isStreaming ? "streaming_replication" : "raw")",
            "listen_addresses = 'localhost'",
            "port = \(plan.proxyPort)",
            "unix_socket_directories = '\(cluster.socketFolder)'",
            "pcp_listen_addresses = 'localhost'",
            "pcp_port = \(plan.pcpPort)",
            "pcp_socket_dir = '\(cluster.socketFolder)'",
        ]
        lines += [
            "pid_file_name = '\(cluster.runFolder)/pgpool.pid'",
            "work_dir = '\(plan.keepsStateInLog ? cluster.logFolder : cluster.runFolder)'",
            "log_directory = '\(cluster.logFolder)'",
        ]
        if let httpPort = plan.httpPort { lines.append("http_port = \(httpPort)") }
        for node in 0..<plan.nodeCount {
            lines += [
                "",
                "backend_hostname\(node) = '\(plan.host(node))'",
                "backend_port\(node) = \(plan.port(node))",
                "backend_weight\(node) = 1",
                "backend_data_directory\(node) = '\(cluster.path)/data\(node)'",
                "backend_application_name\(node) = '\(plan.name(node))'",
            ]
        }
        lines += [
            "",
            "# The proxy's own logins; the passwords are in pool_passwd.",
            "pool_passwd = 'pool_passwd'",
            "sr_check_user = '\(quoted(plan.superuser))'",
            "health_check_user = '\(quoted(plan.superuser))'",
            "recovery_user = '\(quoted(plan.superuser))'",
            "recovery_password = ''",
        ]
        if let hosts = plan.hosts {
            lines += [
                "",
                "# \"trunkline node recover\" works at the hosts as \"trunkline cluster\" does.",
                "recovery_transport = ssh",
                "recovery_ssh_user = '\(quoted(hosts.user ?? ""))'",
                "recovery_ssh_key = '\(quoted(hosts.key ?? ""))'",
                "recovery_host_command = '\(quoted(hosts.program)) host'",
            ]
        }
        if isStreaming {
            lines += [
                "",
                "# When the primary is gone, the standby that has most becomes the primary.",
                "failover_builtin_promotion = on",
            ]
        }
        lines += [""] + templates.lastLines
        let head = templates.configuration
        return (head.isEmpty || head.hasSuffix("\n") ? head : head + "\n")
            + lines.joined(separator: "\n") + "\n"
    }

    /// pool_hba.conf
    var hostRules: String {
        let method = plan.authentication.rawValue
        return templates.hostRules
            + """
            local  all  all  \(method)
            host  all  all  127.0.0.1/32  \(method)
            host  all  all  ::1/128  \(method)

            """
    }

    /// pcp.conf
    func pcp() throws -> String {
        let hash = try PgMD5.printableHash(Array(password.utf8))
        return templates.pcp + "\(plan.superuser):\(String(decoding: hash, as: UTF8.self))\n"
    }

    /// pool_passwd. Only the password itself answers servers that ask for SCRAM-SHA-256.
    func poolPasswd() throws -> String {
        let (user, password) = (Array(plan.superuser.utf8), Array(password.utf8))
        let line =
            plan.authentication == .scram
            ? try PoolPasswd.line(user: user, password: Array("TEXT".utf8) + password)
            : try PgMD5.poolPasswdLine(user: user, password: password)
        return String(decoding: line, as: UTF8.self) + "\n"
    }

    private func quoted(_ text: String) -> String { text.replacing("'", with: "''") }
}

extension ClusterFolder {
    func writeProxyFiles(_ passwords: ClusterPasswords, _ templates: ProxyFiles.Templates) throws {
        let files = ProxyFiles(cluster: self, templates: templates, password: passwords.superuser)
        let isOpen = plan.authentication == .trust
        try write(files.configuration, to: configurationFile, mode: isOpen ? 0o644 : 0o600)
        try write(files.hostRules, to: hbaFile, mode: isOpen ? 0o644 : 0o600)
        try write(try files.pcp(), to: pcpFile, mode: 0o600)
        try write(
            try files.poolPasswd(), to: "\(configurationFolder)/pool_passwd", mode: 0o600)
        let user = ServerFiles.escaped(plan.superuser)
        try write(
            "*:*:\(user):\(ServerFiles.escaped(passwords.superuser))\n",
            to: "\(configurationFolder)/pcppass", mode: 0o600)
    }
}
