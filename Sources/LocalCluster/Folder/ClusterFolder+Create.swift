import Foundation

/// What happens while a cluster is made, for those who watch.
package enum ClusterStep: Sendable, Equatable {
    /// `initdb`
    case initialize(node: Int)
    case start(node: Int)
    /// Roles, databases and extensions.
    case prepare
    /// `pg_basebackup` from the first node.
    case copy(node: Int)
    /// The proxy's files are written.
    case configureProxy
}

extension ClusterFolder {
    /// Called when a step begins and, with `isDone`, when it has ended.
    package typealias Watcher = (_ step: ClusterStep, _ isDone: Bool) throws -> Void

    /// Makes the servers of a cluster, starts them, and writes the proxy's files. If that fails
    /// everything is stopped and removed again, on all hosts.
    ///
    /// - Parameters:
    ///   - folder: is made, or must be empty; absolute.
    ///   - programs: the folder with PostgreSQL's programs; nil = the newest found.
    ///   - proxy: the program that will run as the proxy, which the servers' account has to reach.
    ///   - templates: what the proxy's files begin with.
    ///   - others: names in the folder that the caller is going to make.
    package static func create(
        _ folder: String, plan: ClusterPlan, passwords: ClusterPasswords, programs: String? = nil,
        proxy: String?, templates: ProxyFiles.Templates, others: [String] = [], watcher: Watcher
    ) throws -> ClusterFolder {
        var plan = plan
        let id = ClusterMarker.newIdentity()
        let here = try ClusterPart(folder: folder, id: id).look(plan, programs: programs)
        let home = ClusterPart(folder: here.folder, id: id)
        let hosts = try parts(of: plan, folder: here.folder, id: id)
        plan.hbaLines += try rules(plan, here, hosts, programs)

        var begun: [(part: ClusterPart, keepsFolder: Bool)] = []
        do {
            // The proxy's machine first: its marker knows where the others are.
            for part in [home] + hosts {
                let make = ClusterOrder.Make(
                    plan: plan, programs: programs, others: part.node == nil ? others : [],
                    proxy: part.node == nil ? proxy : nil, passwords: passwords)
                // Whether the folder was there is not known of a host that does not answer.
                begun.append((part, true))
                begun[begun.count - 1].keepsFolder = try !part.make(make)
            }
            let cluster = try open(here.folder)
            try cluster.build(passwords, templates, watcher)
            for part in hosts + [home] { _ = try part.perform(.complete) }
            return try open(here.folder)
        } catch {
            throw undo(begun, error)
        }
    }

    private static func parts(of plan: ClusterPlan, folder: String, id: String) throws
        -> [ClusterPart]
    {
        guard let hosts = plan.hosts else { return [] }
        let account = try PostgresInstallation.withoutPrograms().asServerAccount
        return (0..<plan.nodeCount).map {
            ClusterPart(folder: folder, id: id, node: $0, hosts, account: account)
        }
    }

    /// Looks at all hosts, and writes down who connects to their servers from where: the others,
    /// and the proxy. The rules are the same everywhere, since a recovery copies them.
    private static func rules(
        _ plan: ClusterPlan, _ here: ClusterAnswer.Look, _ hosts: [ClusterPart],
        _ programs: String?
    ) throws -> [String] {
        let looks = try hosts.map { part in
            (host: part.host ?? "", look: try part.look(plan, programs: programs))
        }
        try checkVersions(looks)
        let addresses = here.addresses + looks.flatMap(\.look.addresses)
        return ServerFiles.rules(for: addresses, plan.authentication)
    }

    /// A standby has the major version of its primary.
    static func checkVersions(_ looks: [(host: String, look: ClusterAnswer.Look)]) throws {
        guard let first = looks.first else { return }
        for (host, look) in looks where look.version != first.look.version {
            throw LocalClusterError(
                .refused,
                "\(first.host) has PostgreSQL \(first.look.version) and \(host) has \(look.version): a"
                    + " standby needs the primary's. --bin-dir chooses among several")
        }
    }

    /// Takes back what was begun. What cannot be reached is added to the error; then the marker
    /// stays.
    private static func undo(
        _ begun: [(part: ClusterPart, keepsFolder: Bool)], _ error: any Error
    ) -> any Error {
        var left: [String] = []
        for (part, keepsFolder) in begun.reversed() {
            // The proxy's machine is the last one.
            guard part.node != nil || left.isEmpty else { continue }
            do {
                _ = try part.discard(keepsFolder: keepsFolder)
            } catch {
                left.append((error as? LocalClusterError)?.description ?? "\(error)")
            }
        }
        guard !left.isEmpty, let home = begun.first?.part else { return error }
        let known = error as? LocalClusterError
        return LocalClusterError(
            known?.code ?? .cannotStart,
            ([known?.description ?? "\(error)", "What was made could not be removed everywhere:"]
                + left
                + ["\"trunkline cluster destroy \(home.folder)\" removes the rest"])
                .joined(separator: "\n"))
    }

    /// The part of a node's machine.
    func part(of node: Int) -> ClusterPart {
        guard let hosts = plan.hosts, marker.node == nil else { return home }
        return ClusterPart(
            folder: path, id: marker.identity, node: node, hosts,
            account: installation.asServerAccount)
    }

    /// This machine.
    var home: ClusterPart { ClusterPart(folder: path, id: marker.identity) }

    /// The parts with servers.
    var serverParts: [ClusterPart] {
        plan.hosts == nil ? [home] : (0..<plan.nodeCount).map(part)
    }

    private func build(
        _ passwords: ClusterPasswords, _ templates: ProxyFiles.Templates, _ watcher: Watcher
    ) throws {
        func step(_ step: ClusterStep, _ work: () throws -> Void) throws {
            try watcher(step, false)
            try work()
            try watcher(step, true)
        }
        if plan.hasServers { try buildServers(passwords, step) }
        if plan.hasProxy {
            try step(.configureProxy) { try writeProxyFiles(passwords, templates) }
        }
    }

    private func buildServers(
        _ passwords: ClusterPasswords, _ step: (ClusterStep, () throws -> Void) throws -> Void
    ) throws {
        func order(_ node: Int, _ task: ClusterOrder.Task) throws {
            _ = try part(of: node).perform(task)
        }
        let all = 0..<plan.nodeCount
        let isStreaming = plan.replication == .streaming
        for node in isStreaming ? 0..<1 : all {
            try step(.initialize(node: node)) {
                try order(node, .initialize(node: node, passwords))
            }
            try step(.start(node: node)) { try order(node, .start(node: node)) }
            try step(.prepare) { try order(node, .prepare(node: node, passwords)) }
        }
        if isStreaming {
            for node in all.dropFirst() {
                try step(.copy(node: node)) { try order(node, .copy(node: node)) }
                try step(.start(node: node)) { try order(node, .start(node: node)) }
            }
            try order(0, .awaitStandbys(node: 0))
        }
        // Last: until the standbys are there nothing could be committed.
        if plan.isSynchronous {
            for node in all { try order(node, .synchronize(node: node)) }
        }
    }
}
