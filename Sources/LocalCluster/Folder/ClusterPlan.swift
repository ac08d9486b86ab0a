/// What a cluster in a folder is made of. It is kept in the folder's marker file.
package struct ClusterPlan: Codable, Sendable, Equatable {
    /// What the servers ask clients for.
    package enum Authentication: String, Codable, Sendable {
        /// Passwords for everybody, over SCRAM-SHA-256.
        case scram = "scram-sha-256"
        /// Nothing, on this machine: a rig for tests.
        case trust
    }

    /// What the nodes have to do with each other.
    package enum Replication: String, Codable, Sendable {
        /// One primary and its streaming standbys.
        case streaming
        /// Nothing: servers of their own.
        case none
    }

    /// 1 to ``nodesMax``.
    package var nodeCount = 3
    package var replication = Replication.streaming
    /// Of the first server; the others follow.
    package var firstPort: UInt16 = 10_002
    package var proxyPort: UInt16 = 9999
    package var pcpPort: UInt16 = 10_000
    /// Metrics and the page for people; nil = none.
    package var httpPort: UInt16?
    /// Off: servers only. No proxy is configured or started.
    package var hasProxy = true

    /// Off: the proxy is configured for servers that somebody else makes.
    package var hasServers = true
    /// Where the proxy keeps which nodes are down: `log`, as pgpool_setup has it, or `run`.
    package var keepsStateInLog = false

    package var superuser = "postgres"
    package var authentication = Authentication.scram
    /// Made besides `postgres`.
    package var databases: [String] = []
    /// Made in template1 where the servers have them.
    package var extensions: [String] = []

    /// One replication slot for each standby.
    package var usesSlots = true
    /// WAL goes into the folder `archivedir` as well.
    package var archives = false
    /// A commit waits for one standby.
    package var isSynchronous = false

    /// application_name of node 3: `node3`.
    package var namePrefix = "node"
    /// The slot of node 3: `pgpool_n3`, as a recovery by the proxy calls it
    /// (`recovery_slot_prefix`).
    package var slotPrefix = "pgpool_n"
    /// How the proxy reaches the servers, and they each other, on one machine.
    package var host = "127.0.0.1"
    /// One for each node; nil: all are on the proxy's machine.
    package var hosts: ClusterHosts?
    /// Where Unix sockets are; nil = `run` in the cluster's folder.
    package var socketFolder: String?
    /// Options of `initdb` in place of our own for encoding and locale.
    package var initdbArguments: [String]?
    /// Further lines of each postgresql.conf.
    package var serverSettings: [String] = []
    /// Further lines of each pg_hba.conf, before the others.
    package var hbaLines: [String] = []

    package init() {}

    /// Of 128 nodes that a proxy may have, what one machine is good for.
    package static let nodesMax = 64

    package func name(_ node: Int) -> String { "\(namePrefix)\(node)" }
    package func slot(_ node: Int) -> String { "\(slotPrefix)\(node)" }
    /// The same on all hosts.
    package func port(_ node: Int) -> UInt16 {
        hosts == nil ? firstPort &+ UInt16(clamping: node) : firstPort
    }

    /// As the proxy and the other nodes call it.
    package func host(_ node: Int) -> String {
        guard let names = hosts?.names, names.indices.contains(node) else { return host }
        return names[node]
    }

    /// The node and, where it has one of its own, its host.
    package func fullName(_ node: Int) -> String {
        hosts == nil ? name(node) : "\(name(node)) on \(host(node))"
    }

    /// A port with what it is for.
    package typealias Port = (purpose: String, port: UInt16)

    package var proxyPorts: [Port] {
        guard hasProxy else { return [] }
        let ports: [Port] = [("the proxy", proxyPort), ("PCP", pcpPort)]
        return ports + (httpPort.map { [("HTTP", $0)] } ?? [])
    }

    /// Every port that is used on one machine, in the order in which people think of them.
    ///
    /// - Parameter host: the node of a host; nil: the proxy's machine.
    package func ports(at host: Int? = nil) -> [Port] {
        (host == nil ? proxyPorts : []) + nodes(at: host).map { ("node \($0)", port($0)) }
    }

    /// The nodes of one machine.
    package func nodes(at host: Int? = nil) -> [Int] {
        guard hasServers else { return [] }
        if let host { return [host] }
        return hosts == nil ? Array(0..<nodeCount) : []
    }

    /// What is wrong with a plan that was read; nil if nothing is. Nothing else asks whether its
    /// numbers fit together.
    package var flaw: String? {
        guard (1...Self.nodesMax).contains(nodeCount) else {
            return "\(nodeCount) nodes: 1 to \(Self.nodesMax) are possible"
        }
        guard let hosts else { return nil }
        guard hosts.names.count == nodeCount else {
            return "\(hosts.names.count) hosts for \(nodeCount) nodes"
        }
        guard hasServers, replication == .streaming, authentication == .scram, !archives,
            socketFolder == nil
        else { return "servers on hosts replicate by streaming, with passwords and no archive" }
        return hosts.flaw
    }
}
