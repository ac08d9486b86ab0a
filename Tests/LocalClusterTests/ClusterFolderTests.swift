import Foundation
import Glibc
import LocalCluster
import Testing

/// Without servers a cluster is made in no time: what is tested is what it does to a folder.
@Suite("a cluster's folder", .serialized)
struct ClusterFolderTests {
    private let parent: String

    init() throws {
        parent = "/tmp/trunkline-folder-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: parent, withIntermediateDirectories: false)
    }

    private func plan() throws -> ClusterPlan {
        var plan = ClusterPlan()
        plan.hasServers = false
        plan.proxyPort = try FreePort.next()
        plan.pcpPort = try FreePort.next()
        return plan
    }

    private func create(
        _ name: String = "c", _ plan: ClusterPlan? = nil, others: [String] = []
    ) throws -> ClusterFolder {
        try ClusterFolder.create(
            "\(parent)/\(name)", plan: plan ?? self.plan(),
            passwords: ClusterPasswords(superuser: "it's :\\secret"), proxy: nil,
            templates: ProxyFiles.Templates(lastLines: ["x = 1"]), others: others
        ) { _, _ in }
    }

    private func touch(_ path: String) {
        #expect(FileManager.default.createFile(atPath: path, contents: Data("x".utf8)))
    }

    /// What the refusal says; nothing may have been made.
    private func refusal(_ work: () throws -> Void) -> String {
        do {
            try work()
            return "not refused"
        } catch let error as LocalClusterError {
            #expect(error.code == .refused, "\(error.description)")
            return error.description
        } catch {
            return "\(error)"
        }
    }

    @Test("has the proxy's files, with the passwords for their owner only")
    func files() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let cluster = try create()
        #expect(cluster.marker.isComplete)
        let configuration = try String(contentsOfFile: cluster.configurationFile, encoding: .utf8)
        for line in [
            "port = \(cluster.plan.proxyPort)", "pcp_port = \(cluster.plan.pcpPort)",
            "backend_hostname2 = '127.0.0.1'", "backend_port2 = 10004",
            "backend_data_directory2 = '\(cluster.path)/data2'",
            "backend_application_name2 = 'node2'", "failover_builtin_promotion = on",
            "recovery_user = 'postgres'", "x = 1",
        ] {
            #expect(configuration.contains("\n\(line)\n"), "\(line) in\n\(configuration)")
        }
        let secrets = [
            "pool_passwd": "postgres:TEXTit's \\:\\\\secret\n",
            "pcppass": "*:*:postgres:it's \\:\\\\secret\n",
        ]
        for (name, text) in secrets {
            let path = "\(cluster.configurationFolder)/\(name)"
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
        for name in ["pool_passwd", "pcppass", "pgpass", "pcp.conf", "pgpool.conf"] {
            var facts = stat()
            #expect(stat("\(cluster.configurationFolder)/\(name)", &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600, "\(name)")
        }
        let again = try ClusterFolder.open(cluster.path)
        #expect(again.marker == cluster.marker)
        #expect(again.nodes.map(\.name) == ["node0", "node1", "node2"])
    }

    @Test("is made only where nothing is, and where servers can work")
    func places() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let files = FileManager.default
        try files.createDirectory(atPath: "\(parent)/empty", withIntermediateDirectories: false)
        _ = try create("empty")
        #expect(refusal { _ = try create("empty") }.contains("is a cluster already"))

        try files.createDirectory(atPath: "\(parent)/full", withIntermediateDirectories: false)
        touch("\(parent)/full/thesis")
        #expect(refusal { _ = try create("full") }.contains("is not empty (thesis)"))
        #expect(files.fileExists(atPath: "\(parent)/full/thesis"))

        touch("\(parent)/file")
        #expect(refusal { _ = try create("file") }.contains("is not a folder"))
        #expect(refusal { _ = try create("no/where") }.contains("it must be there"))
        #expect(refusal { _ = try create("a b") }.contains("has a \" \" in its name"))
        #expect(refusal { _ = try create("a'b") }.contains("has a \"'\" in its name"))
        let long = String(repeating: "x", count: 80)
        #expect(refusal { _ = try create(long) }.contains("bytes too long"))
        #expect(!files.fileExists(atPath: "\(parent)/\(long)"))
    }

    @Test("needs ports that nobody has")
    func ports() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        var plan = try plan()
        plan.pcpPort = plan.proxyPort
        #expect(
            refusal { _ = try create("c", plan) }
                == "port \(plan.proxyPort) would be that of the proxy and of PCP")

        let busy = try #require(try Listener())
        plan.pcpPort = busy.port
        let text = refusal { _ = try create("c", plan) }
        #expect(text.contains("port \(busy.port), for PCP, is taken by "), "\(text)")
        #expect(text.contains("(pid \(getpid()))"), "\(text)")
        #expect(text.contains("All of them are free "), "\(text)")
        #expect(!FileManager.default.fileExists(atPath: "\(parent)/c"))
    }

    @Test("loses what was made with it, and nothing else")
    func removal() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let files = FileManager.default
        let cluster = try create("c", others: ["extra"])
        let outside = "\(parent)/outside"
        try files.createDirectory(atPath: outside, withIntermediateDirectories: false)
        touch("\(outside)/kept")
        // A folder of the cluster that somebody has put elsewhere, and a link inside of one.
        try files.createSymbolicLink(atPath: "\(cluster.path)/data0", withDestinationPath: outside)
        try files.createDirectory(
            atPath: "\(cluster.path)/data1/pg_tblspc", withIntermediateDirectories: true)
        try files.createSymbolicLink(
            atPath: "\(cluster.path)/data1/pg_tblspc/1", withDestinationPath: outside)
        touch("\(cluster.path)/extra")
        touch("\(cluster.path)/notes")
        touch("\(cluster.path)/data1.trunkline-old")
        #expect(try cluster.remove() == ["notes"])
        #expect(try files.contentsOfDirectory(atPath: cluster.path) == ["notes"])
        #expect(files.fileExists(atPath: "\(outside)/kept"))
        #expect(refusal { _ = try ClusterFolder.open(cluster.path) }.contains("is no cluster"))

        let second = try create("d")
        #expect(try second.remove().isEmpty)
        #expect(!files.fileExists(atPath: second.path))
    }

    @Test("is opened only as itself")
    func identity() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let files = FileManager.default
        let cluster = try create()
        try files.createSymbolicLink(
            atPath: "\(parent)/link", withDestinationPath: cluster.path)
        for name in ["link", "link/"] {
            let text = refusal { _ = try ClusterFolder.open("\(parent)/\(name)") }
            #expect(text.contains("is a symbolic link: name the folder itself, \(cluster.path)"))
        }
        #expect(try ClusterFolder.open("\(parent)/c/").path == cluster.path)

        try files.copyItem(atPath: cluster.path, toPath: "\(parent)/copy")
        #expect(
            refusal { _ = try ClusterFolder.open("\(parent)/copy") }
                .contains("was made as \(cluster.path)"))
        #expect(
            refusal { _ = try ClusterFolder.open("\(parent)/nowhere") }
                .contains("No such file or directory"))
        let marker = "\(cluster.path)/\(ClusterMarker.fileName)"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: marker))
        #expect(
            refusal { _ = try ClusterFolder.open(cluster.path) }
                .contains("is not what this version writes"))
    }

    @Test("who listens on a port is found among many")
    func listeners() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let listeners = try (0..<100).compactMap { _ in try Listener() }
        try #require(listeners.count > 90)
        for listener in listeners.prefix(3) + listeners.suffix(3) {
            let found = ProcessFacts.listener(on: listener.port)
            #expect(found?.hasSuffix(" (pid \(getpid()))") == true)
        }
    }

    @Test("generated passwords are long and never the same")
    func passwords() {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let some = (0..<100).map { _ in ClusterPasswords.generated() }
        #expect(Set(some).count == 100)
        #expect(some.allSatisfy { $0.count == 24 && $0.allSatisfy { $0.isLetter || $0.isNumber } })
    }
}

/// A TCP port on 127.0.0.1 that is taken as long as this lives.
private final class Listener {
    let port: UInt16
    private let handle: Int32

    init?() throws {
        port = try FreePort.next()
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(handle, 1) == 0 else { return nil }
    }

    deinit { close(handle) }
}
