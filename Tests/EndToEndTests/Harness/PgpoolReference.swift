import Foundation
import LocalCluster
import Testing

/// Debian's Pgpool-II before the same servers, to compare with.
struct PgpoolReference {
    let port: UInt16
    let pcpPort: UInt16
    private let process: ClientTool

    /// Starts it and waits until it answers.
    ///
    /// - Parameters:
    ///   - parent: where it gets a folder of its own.
    ///   - pcpEntries: lines of its pcp.conf.
    init(
        before cluster: LocalCluster, in parent: String, pcpEntries: [String] = []
    ) throws {
        let folder = "\(parent)/pgpool2"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        port = try FreePort.next()
        pcpPort = try FreePort.next()
        var lines = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "socket_dir = '\(folder)'",
            "pcp_listen_addresses = '127.0.0.1'", "pcp_port = \(pcpPort)",
            "pcp_socket_dir = '\(folder)'", "pid_file_name = '\(folder)/pgpool.pid'",
            "logdir = '\(folder)'", "work_dir = '\(folder)'", "sr_check_user = 'postgres'",
            "backend_clustering_mode = 'streaming_replication'", "num_init_children = 4",
            "enable_pool_hba = off",
        ]
        for node in cluster.nodes {
            lines += [
                "backend_hostname\(node.index) = '127.0.0.1'",
                "backend_port\(node.index) = \(node.port)",
                "backend_weight\(node.index) = 1",
            ]
        }
        let path = "\(folder)/pgpool.conf"
        try (lines.joined(separator: "\n") + "\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        try (pcpEntries.joined(separator: "\n") + "\n")
            .write(toFile: "\(folder)/pcp.conf", atomically: true, encoding: .utf8)
        process = try ClientTool(
            ["/usr/sbin/pgpool", "-n", "-f", path, "-F", "\(folder)/pcp.conf"])
        // Nobody knocks at the clients' port: a place that was knocked at looks different afterwards.
        let answers = Deadline.after(.seconds(60)).poll { [port, pcpPort] in
            ProcessFacts.listener(on: port) != nil && FreePort.isListening(pcpPort)
        }
        try #require(answers, "\(process.errorsSoFar)")
    }

    /// What it has logged.
    var log: String { process.errorsSoFar }

    func stop() { process.signal(SIGINT) }
}
