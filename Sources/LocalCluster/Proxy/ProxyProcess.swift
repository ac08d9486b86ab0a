import Foundation
package import Glibc
import Synchronization

/// A running `trunkline` in front of a local cluster.
package final class ProxyProcess: Sendable {
    /// Pgpool-II's three ways to stop.
    package enum StopMode: Sendable {
        case smart, fast, immediate

        var signal: Int32 {
            switch self {
            case .smart: SIGTERM
            case .fast: SIGINT
            case .immediate: SIGQUIT
            }
        }
    }

    /// TCP port on 127.0.0.1.
    package let port: UInt16
    /// The folder of the Unix sockets: the cluster's.
    package let socketFolder: String
    /// Configuration, password file, pid file and log.
    package let folder: String
    private let cluster: LocalCluster
    private let process: ChildProcess

    /// Writes the configuration, starts the proxy and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - binary: the program; when absent the environment's TRUNKLINE_BINARY or the newest build.
    package convenience init(
        before cluster: LocalCluster, configuration: ProxyConfiguration = .init(),
        binary: String? = nil, within limit: Duration = .seconds(20)
    ) throws {
        let folder = try cluster.makeProxyFolder()
        try self.init(
            before: cluster, configuration: configuration, folder: folder,
            port: try FreePort.next(), binary: try binary ?? Self.findBinary())
        guard
            Deadline.after(limit).poll({ process.exit != nil || FreePort.isListening(port) }),
            process.exit == nil
        else {
            kill()
            throw LocalClusterError(.cannotStart, "the proxy does not answer:\n\(log)")
        }
    }

    private init(
        before cluster: LocalCluster, configuration: ProxyConfiguration, folder: String,
        port: UInt16, binary: String
    ) throws {
        self.cluster = cluster
        self.folder = folder
        self.port = port
        socketFolder = cluster.folder
        try Self.write(configuration, for: cluster, folder: folder, port: port)
        process = try ChildProcess.withOpenFile("\(folder)/log") { log in
            try ChildProcess.spawn(
                [
                    "/usr/bin/env", "-C", folder, binary, "run", "-f", "\(folder)/pgpool.conf",
                    "-F", "\(folder)/pcp.conf",
                ],
                environment: ClientTool.environment(adding: [:]), output: log, error: log)
        }
        cluster.register(process.processID)
    }

    deinit { kill() }

    package var processID: pid_t { process.processID }

    /// Whether it has not ended yet.
    package var isRunning: Bool { process.exit == nil }

    /// How it ended, or nil while it runs.
    package var exit: ProcessExit? { process.exit }

    /// Everything that it logged.
    package var log: String {
        (try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/log")))
            .map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Replaces the configuration files and sends SIGHUP.
    package func reload(_ configuration: ProxyConfiguration) throws {
        try Self.write(configuration, for: cluster, folder: folder, port: port)
        process.signal(SIGHUP)
    }

    /// Asks it to stop, without waiting.
    package func requestStop(_ mode: StopMode) { process.signal(mode.signal) }

    /// Asks it to stop and waits; nil when it still runs at the end of the time.
    @discardableResult
    package func stop(_ mode: StopMode = .fast, within limit: Duration = .seconds(20))
        -> ProcessExit?
    {
        requestStop(mode)
        let exit = process.wait(until: .after(limit))
        if exit != nil { cluster.unregister(process.processID) }
        return exit
    }

    /// SIGKILL.
    package func kill() {
        if process.exit == nil { process.killGroup() }
        cluster.unregister(process.processID)
    }

    /// What the status socket says now.
    package func status() throws -> ProxyReport {
        let text = try UnixSocket.readAll("\(socketFolder)/.s.TRUNKLINE.\(port)")
        return try JSONDecoder().decode(ProxyReport.self, from: Data(text))
    }

    /// Resident memory in bytes.
    package var residentBytes: Int { ProcessFacts.residentBytes(processID) ?? 0 }

    /// Highest resident memory so far, in bytes.
    package var peakResidentBytes: Int { ProcessFacts.peakResidentBytes(processID) ?? 0 }

    /// Proportional share of memory, in bytes.
    package var proportionalBytes: Int { ProcessFacts.proportionalBytes(processID) ?? 0 }

    /// Open descriptors.
    package var descriptorCount: Int { ProcessFacts.descriptorCount(processID) ?? 0 }

    private static func write(
        _ configuration: ProxyConfiguration, for cluster: LocalCluster, folder: String, port: UInt16
    ) throws {
        try configuration.text(for: cluster, folder: folder, port: port)
            .write(toFile: "\(folder)/pgpool.conf", atomically: true, encoding: .utf8)
        try write(configuration.passwordEntries, to: "\(folder)/pool_passwd")
        try write(configuration.pcpEntries, to: "\(folder)/pcp.conf")
    }

    /// Writes lines for the owner alone; without any there is no file.
    private static func write(_ lines: [String], to path: String) throws {
        guard !lines.isEmpty else { return }
        let text = lines.joined(separator: "\n") + "\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o600)
    }

    /// TRUNKLINE_BINARY, or the newest build of the package that this file belongs to.
    package static func findBinary() throws -> String {
        let files = FileManager.default
        if let named = ProcessInfo.processInfo.environment["TRUNKLINE_BINARY"] {
            guard files.isExecutableFile(atPath: named) else {
                throw LocalClusterError(.missing, "TRUNKLINE_BINARY: \(named) is no program")
            }
            return named
        }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let builds = ["release", "debug"].compactMap { kind in
            let path = root.appendingPathComponent(".build/\(kind)/trunkline").path
            let facts = try? files.attributesOfItem(atPath: path)
            return (facts?[.modificationDate] as? Date).map { (path: path, date: $0) }
        }
        guard let newest = builds.max(by: { $0.date < $1.date }) else {
            throw LocalClusterError(
                .missing, "no trunkline program: build it first, or set TRUNKLINE_BINARY")
        }
        return newest.path
    }
}
