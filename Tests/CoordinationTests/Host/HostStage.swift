import ClusterModel
import Foundation
import Glibc
import LocalCluster
import Testing

@testable import Coordination

/// A primary and a standby, and the helper of their host as a program of its own.
final class HostStage {
    let cluster: LocalCluster
    let host: any HostAnswering
    var job = "r1"

    /// Built together with the tests.
    static let binary: String = {
        let tests =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return HostFiles.folder(of: tests) + "/trunkline"
    }()

    init(
        options: LocalClusterOptions = .init(), host: any HostAnswering = HostStage.local()
    ) throws {
        var options = options
        options.settings.append("max_slot_wal_keep_size = 1GB")
        cluster = try LocalCluster.create(standbys: 1, options: options)
        self.host = host
    }

    static func local(_ arguments: [String] = []) -> LocalHost {
        LocalHost(program: [binary, "host"] + arguments)
    }

    var primary: ClusterNode { cluster.nodes[0] }
    var standby: ClusterNode { cluster.nodes[1] }

    /// The standby, unless told otherwise.
    func server(_ node: ClusterNode? = nil) -> HostedServer {
        let node = node ?? standby
        return HostedServer(
            node: node.index, dataDirectory: node.dataFolder, port: Int(node.port),
            logFile: node.logFile)
    }

    /// The primary, unless told otherwise.
    func source(_ node: ClusterNode? = nil, password: String? = nil) -> SourceServer {
        SourceServer(
            host: "127.0.0.1", port: Int((node ?? primary).port), user: "postgres",
            password: password, applicationName: "node1")
    }

    @discardableResult
    func ask(_ action: HostRequest.Action, of node: ClusterNode? = nil, job: String? = nil)
        -> HostAnswer
    {
        host.ask(
            HostRequest(server: server(node), job: job ?? self.job, action: action), seconds: 60)
    }

    func describe(_ node: ClusterNode? = nil) throws -> ServerDescription {
        let answer = ask(.describe(expecting: .init(sourceBytes: 1)), of: node)
        guard case .description(let facts) = answer else { throw StageFailure(answer) }
        return facts
    }

    func report(_ node: ClusterNode? = nil) throws -> JobReport {
        let answer = ask(.jobStatus, of: node)
        guard case .job(let report) = answer else { throw StageFailure(answer) }
        return report
    }

    /// Starts a job and waits for its end, or for a condition.
    func work(
        _ action: HostRequest.Action, on node: ClusterNode? = nil,
        until isEnough: (JobReport) -> Bool = { _ in false }
    ) throws -> JobReport {
        let answer = ask(action, of: node)
        guard case .job(var report) = answer else { throw StageFailure(answer) }
        let isOver = try Deadline.after(.seconds(60)).poll {
            report = try self.report(node)
            return report.state != .running || isEnough(report)
        }
        #expect(isOver, "\(report)")
        return report
    }

    /// Whether the first node comes to have these values in its table.
    func follows(_ values: String) -> Bool {
        Deadline.after(.seconds(30)).poll {
            (try? primary.value("select string_agg(a::text, ',' order by a) from t")) == values
        }
    }

    /// What lets tests log in where the server was not started by the cluster.
    func settings(_ node: ClusterNode? = nil) -> [String: String] {
        [
            "port": "\((node ?? standby).port)",
            "unix_socket_directories": cluster.folder,
        ]
    }

    func names(beside node: ClusterNode? = nil) throws -> [String] {
        let name = (node ?? standby).name + ".trunkline-"
        return try FileManager.default.contentsOfDirectory(atPath: cluster.folder)
            .filter { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }.sorted()
    }

    /// A folder of the cluster that its servers can write to.
    func folder(_ name: String) throws -> String {
        let path = "\(cluster.folder)/\(name)"
        mkdir(path, 0o700)
        if let account = cluster.installation.serverAccount {
            chown(path, account.user, account.group)
        }
        return path
    }
}

struct StageFailure: Error, CustomStringConvertible {
    let description: String

    init(_ answer: HostAnswer) { description = "\(answer)" }
}

extension HostAnswer {
    /// The words of a failure, or none.
    var failure: String {
        guard case .failed(let reason, _) = self else { return "" }
        return reason
    }
}
