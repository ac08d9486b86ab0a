/// The pgpool.conf of a proxy before a local cluster.
package struct ProxyConfiguration: Sendable {
    /// Share of the reads per node, in node order; 1 for nodes that are not named.
    package var weights: [Double] = []
    /// Lines of pool_passwd (`user:password`); without them the parameter is empty.
    package var passwordEntries: [String] = []
    /// num_init_children: concurrent sessions.
    package var sessionsMax = 100
    /// sr_check_period in seconds.
    package var roleCheckSeconds = 1
    /// sr_check_user.
    package var roleCheckUser = "postgres"
    /// sr_check_password.
    package var roleCheckPassword = ""
    /// pcp_port on 127.0.0.1 and in the cluster's folder; without it there is no PCP server.
    package var pcpPort: UInt16?
    /// Lines of pcp.conf (`user:md5`).
    package var pcpEntries: [String] = []
    /// Further lines; a later line of the same name wins.
    package var extraLines: [String] = []

    package init() {}

    /// The file's text.
    func text(for cluster: LocalCluster, folder: String, port: UInt16) -> String {
        var lines = [
            "backend_clustering_mode = 'streaming_replication'",
            "listen_addresses = '127.0.0.1'",
            "port = \(port)",
            "unix_socket_directories = '\(cluster.folder)'",
            "pid_file_name = '\(folder)/trunkline.pid'",
            "work_dir = '\(folder)'",
            "logdir = '\(folder)'",
            "num_init_children = \(sessionsMax)",
            "load_balance_mode = on",
            "sr_check_period = \(roleCheckSeconds)",
            "sr_check_user = '\(roleCheckUser)'",
            "sr_check_password = '\(roleCheckPassword)'",
            "pool_passwd = '\(passwordEntries.isEmpty ? "" : "\(folder)/pool_passwd")'",
        ]
        lines += [
            "pcp_listen_addresses = '\(pcpPort == nil ? "" : "127.0.0.1")'",
            "pcp_socket_dir = '\(pcpPort == nil ? "" : cluster.folder)'",
            "pcp_port = \(pcpPort ?? 9898)",
        ]
        for node in cluster.nodes {
            let number = node.index
            let weight = number < weights.count ? weights[number] : 1
            lines += [
                "backend_hostname\(number) = '127.0.0.1'",
                "backend_port\(number) = \(node.port)",
                "backend_weight\(number) = \(weight)",
                "backend_data_directory\(number) = '\(node.dataFolder)'",
                "backend_application_name\(number) = '\(node.name)'",
            ]
        }
        return (lines + extraLines).joined(separator: "\n") + "\n"
    }
}
