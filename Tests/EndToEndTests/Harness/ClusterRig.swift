import Foundation
import Glibc
import LocalCluster
import Testing

/// A folder for a cluster that the program makes, and the program.
struct ClusterRig {
    let folder: String
    /// Of PostgreSQL's programs.
    let bin: String
    private let user: String
    private let binary: String

    /// Where the cluster is made.
    var cluster: String { "\(folder)/c" }

    init(user: String = "postgres") throws {
        self.user = user
        folder = "/tmp/trunkline-rig-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        bin = try PostgresInstallation.find().programs
        binary = try ProxyProcess.findBinary()
    }

    /// Who runs the tests.
    static var account: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "postgres"
    }

    /// Stops and removes everything, whatever the test did.
    func remove() {
        _ = try? trunkline("destroy", cluster, "--yes")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A port with nine free ones above it.
    func basePort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = try FreePort.next()
            if (port...(port + 9)).allSatisfy(FreePort.isFree) { return port }
        }
        throw LocalClusterError(.timedOut, "no ten free ports in a row")
    }

    func run(_ arguments: [String]) throws -> ToolResult {
        try ClientTool.run([binary] + arguments, within: .seconds(180))
    }

    /// `trunkline cluster ...`
    func trunkline(_ words: String...) throws -> ToolResult { try run(["cluster"] + words) }

    /// `pgpool_setup` in the cluster's folder.
    func pgpoolSetup(_ words: String..., environment: [String: String] = [:]) throws -> ToolResult {
        let files = FileManager.default
        try files.createDirectory(atPath: cluster, withIntermediateDirectories: true)
        let link = "\(folder)/pgpool_setup"
        if !files.fileExists(atPath: link) {
            try files.createSymbolicLink(atPath: link, withDestinationPath: binary)
        }
        return try ClientTool.run(
            ["/usr/bin/env", "-C", cluster, link] + words, environment: environment,
            within: .seconds(180))
    }

    /// A shell script in the cluster's folder.
    func script(_ text: String) throws -> ToolResult {
        try ClientTool.run(
            ["/usr/bin/env", "-C", cluster, "/bin/sh", "-c", text], within: .seconds(120))
    }

    /// One of PostgreSQL's client programs, against a port.
    func tool(
        _ name: String, _ arguments: [String], _ port: UInt16, environment: [String: String],
        database: String = "postgres"
    ) throws -> ToolResult {
        try ClientTool.run(
            ["\(bin)/\(name)", "-h", "localhost", "-p", "\(port)", "-d", database] + arguments,
            environment: environment)
    }

    /// What psql prints, as the superuser.
    func psql(_ port: UInt16, _ sql: String, _ database: String = "postgres") throws -> String {
        let result = try tool(
            "psql", ["-XAtqw", "-v", "ON_ERROR_STOP=1", "-U", user, "-c", sql], port,
            environment: ["PGPASSFILE": "\(cluster)/etc/pgpass"], database: database)
        try #require(result.isSuccess, "\(result.summary)")
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// The lines of pcp_node_info.
    func nodeInfo(_ port: UInt16) throws -> [String] {
        let link = "\(folder)/pcp_node_info"
        try? FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: binary)
        let result = try ClientTool.run(
            [link, "-h", "localhost", "-p", "\(port)", "-U", user, "-w", "-a"],
            environment: ["PCPPASSFILE": "\(cluster)/etc/pcppass"])
        #expect(result.isSuccess, "\(result.summary)")
        return result.output.split(separator: "\n").map(String.init)
    }

    /// SIGKILL to a postmaster and what it started.
    func killServer(_ node: Int) throws {
        let path = "\(cluster)/data\(node)/postmaster.pid"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let postmaster = try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        let all = [postmaster] + ProcessFacts.children(of: postmaster)
        for process in all { kill(process, SIGKILL) }
        _ = Deadline.after(.seconds(10)).poll { all.allSatisfy { !ProcessFacts.isAlive($0) } }
    }
}
