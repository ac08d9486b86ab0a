import Foundation
import Glibc

extension ClusterOrder {
    /// Does it on this machine.
    func perform() throws -> ClusterAnswer {
        switch task {
        case .look(let plan, let programs):
            return .looked(try look(plan, programs))
        case .make(let make):
            return .made(isNewFolder: try self.make(make))
        case .initialize(let node, let passwords):
            let cluster = try open()
            try cluster.initialize(try cluster.node(node), passwords)
        case .start(let node):
            let cluster = try open()
            let node = try cluster.node(node)
            try cluster.checkPort(
                node.port, of: node.name,
                isFree: self.node == nil ? FreePort.isFree : FreePort.isFreeEverywhere)
            try node.start()
        case .prepare(let node, let passwords):
            let cluster = try open()
            try cluster.prepare(try cluster.node(node), passwords)
        case .copy(let node):
            let cluster = try open()
            try cluster.copy(to: try cluster.node(node))
        case .awaitStandbys(let node):
            let cluster = try open()
            let others = (0..<cluster.plan.nodeCount).filter { $0 != node }
            try cluster.node(node).waitForStandbys(
                others.map(cluster.plan.name), within: .seconds(60))
        case .synchronize(let node):
            let cluster = try open()
            try cluster.synchronize(try cluster.node(node))
        case .complete:
            var marker = try open().marker
            marker.isComplete = true
            try marker.write()
        case .stop(let node, let mode):
            try open().node(node).stop(mode)
        case .examine(let asks):
            let cluster = try open()
            return .examined(cluster.nodes.map { cluster.facts(of: $0, asks: asks) })
        case .discard(let keepsFolder):
            return try discard(keepsFolder: keepsFolder)
        }
        return .done
    }

    /// The folder, if it is this cluster's.
    private func open() throws -> ClusterFolder {
        let cluster = try ClusterFolder.openPart(folder)
        guard isOurs(cluster) else {
            throw LocalClusterError(.refused, "\(folder) is another cluster now")
        }
        return cluster
    }

    private func isOurs(_ cluster: ClusterFolder) -> Bool {
        cluster.marker.identity == id && cluster.marker.node == node
    }

    /// PostgreSQL's programs, where this machine gets servers, and the account.
    private func installation(_ plan: ClusterPlan, _ programs: String?) throws
        -> PostgresInstallation
    {
        guard plan.hosts == nil || node != nil else { return try .withoutPrograms() }
        return try .find(programs: programs)
    }

    private func check(_ plan: ClusterPlan) throws {
        if let flaw = plan.flaw { throw LocalClusterError(.refused, flaw) }
        guard let node else { return }
        guard let hosts = plan.hosts, hosts.names.indices.contains(node) else {
            throw LocalClusterError(.refused, "there is no host \(node) in the plan")
        }
    }

    /// The real path of the folder, which at hosts has to be the same as it is called.
    private func prepared(_ plan: ClusterPlan) throws -> String {
        if let marker = try? ClusterMarker.read(in: folder), marker.identity == id {
            throw LocalClusterError(
                .refused,
                "this is the machine of \(marker.node.map(plan.name) ?? "the proxy"), too: each host"
                    + " is a machine of its own, and that of the proxy is none of them")
        }
        let path = try ClusterFolder.prepared(folder, plan)
        guard node == nil || path == folder else {
            throw LocalClusterError(
                .refused,
                "\(folder) is \(path) there: name a folder whose path is the same everywhere")
        }
        return path
    }

    private func look(_ plan: ClusterPlan, _ programs: String?) throws -> ClusterAnswer.Look {
        try check(plan)
        let installation = try installation(plan, programs)
        var version = 0
        if !installation.programs.isEmpty {
            version = try installation.majorVersion()
            guard version >= 12 else {
                throw LocalClusterError(
                    .missing,
                    "PostgreSQL \(version) in \(installation.programs) is too old: 12 or later")
            }
        }
        let path = try prepared(plan)
        try ClusterFolder.checkPorts(
            plan.ports(at: node), isFree: node == nil ? FreePort.isFree : FreePort.isFreeEverywhere)
        var addresses: [String] = []
        for (index, name) in (plan.hosts?.names ?? []).enumerated() {
            do {
                addresses += try OwnAddress.seen(by: name)
            } catch  where index == node {
                // It need not know itself by that name.
            }
        }
        return ClusterAnswer.Look(folder: path, version: version, addresses: addresses)
    }

    /// - Returns: whether the folder itself was made, too.
    private func make(_ make: Make) throws -> Bool {
        try check(make.plan)
        let plan = make.plan
        let installation = try installation(plan, make.programs)
        let path = try prepared(plan)
        let isNew = mkdir(path, 0o755) == 0
        guard isNew || errno == EEXIST else { throw ClusterFolder.failure(path) }
        var entries = ["etc", "run", "log", ClusterMarker.fileName] + make.others
        var marker = ClusterMarker(
            folder: path, entries: entries, programs: installation.programs, plan: plan, id: id,
            node: node)
        entries += marker.nodes.map { "data\($0)" }
        if plan.archives { entries.append("archivedir") }
        marker.entries = entries
        let cluster = ClusterFolder(marker: marker, installation: installation)
        do {
            if let account = installation.serverAccount {
                guard chown(path, account.user, account.group) == 0 else {
                    throw ClusterFolder.failure(path)
                }
            }
            try cluster.checkReach(program: plan.hasProxy ? make.proxy : nil)
            try marker.write()
            try cluster.makeFolders(make.passwords)
            return isNew
        } catch {
            _ = try? cluster.remove(keepsFolder: !isNew)
            throw error
        }
    }

    private func discard(keepsFolder: Bool) throws -> ClusterAnswer {
        var facts = stat()
        // Nothing was made there, or it is gone.
        guard lstat("\(folder)/\(ClusterMarker.fileName)", &facts) == 0 else {
            guard errno == ENOENT else { throw ClusterFolder.failure(folder) }
            return .discarded(others: [])
        }
        let cluster = try ClusterFolder.openPart(folder)
        guard isOurs(cluster) else { return .foreign }
        // All are tried before the first failure is told.
        var failure: (any Error)?
        for node in cluster.nodes where node.isRunning {
            do {
                try node.stop(.immediate)
            } catch  where node.isRunning {
                failure = failure ?? error
            } catch {}
        }
        if let failure { throw failure }
        return .discarded(others: try cluster.remove(keepsFolder: keepsFolder))
    }
}
