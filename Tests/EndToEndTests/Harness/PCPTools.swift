import Foundation
import LocalCluster
import Testing

/// The `pcp_*` programs of somebody, with a password file.
struct PCPTools {
    /// User and password of pcp.conf.
    static let user = "op"
    static let password = "secret"
    /// The line of pcp.conf: `pg_md5 secret`.
    static let entry = "op:5ebe2294ecd0e0f08eab7690d2a6ee69"

    private let folder: String
    private let passFile: String
    /// Ours know requests that Debian's do not.
    let areOurs: Bool

    /// Those of Debian's pgpool2.
    static func debian(in folder: String) throws -> PCPTools {
        PCPTools(folder: "/usr/sbin", passFile: try passFile(in: folder), areOurs: false)
    }

    /// Ours, by links to the one binary.
    static func own(in folder: String) throws -> PCPTools {
        let links = "\(folder)/bin"
        let files = FileManager.default
        try files.createDirectory(atPath: links, withIntermediateDirectories: true)
        let binary = try ProxyProcess.findBinary()
        for name in names {
            try? files.createSymbolicLink(atPath: "\(links)/\(name)", withDestinationPath: binary)
        }
        return PCPTools(folder: links, passFile: try passFile(in: folder), areOurs: true)
    }

    static let names = [
        "pcp_attach_node", "pcp_detach_node", "pcp_health_check_stats",
        "pcp_invalidate_query_cache", "pcp_log_rotate", "pcp_node_count", "pcp_node_info",
        "pcp_pool_status", "pcp_proc_count", "pcp_proc_info", "pcp_promote_node",
        "pcp_recovery_node", "pcp_reload_config", "pcp_stop_pgpool", "pcp_watchdog_info",
    ]

    private static func passFile(in folder: String) throws -> String {
        let path = "\(folder)/pcppass"
        try "*:*:\(user):\(password)\n".write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o600)
        return path
    }

    /// Runs one against a port, as the user of pcp.conf unless the words say otherwise.
    func run(
        _ name: String, _ port: UInt16, _ words: String..., host: String = "127.0.0.1",
        within limit: Duration = .seconds(20)
    ) throws -> ToolResult {
        try ClientTool.run(
            ["\(folder)/\(name)", "-h", host, "-p", "\(port)", "-U", Self.user, "-w"] + words,
            environment: ["PCPPASSFILE": passFile], within: limit)
    }
}
