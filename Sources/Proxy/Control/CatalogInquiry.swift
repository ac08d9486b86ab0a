internal import ClusterModel
internal import Credentials
package import Operations
internal import Pooling
package import Routing
internal import SQLSyntax
package import Settings

/// Asks the catalog of one database as a proxy with these settings would, with a connection of its
/// own and on the caller's thread: for `trunkline explain`.
package final class CatalogInquiry {
    private static let client: UInt64 = 1

    /// What the settings make of the answers.
    package let rules: CatalogRules
    private let shared: ProxyShared
    private let thread: CatalogThread
    private let database: [UInt8]

    /// - Parameters:
    ///   - primary: the number of the node that is asked.
    ///   - log: gets the reason if the catalog cannot be asked.
    /// - Returns: nil without random bytes, or where no such node is configured.
    package init?(_ settings: Settings, primary: Int, database: String, log: Log) {
        guard settings.backends.indices.contains(primary),
            let identityKey = try? CredentialIdentity.Key(), let mock = try? ScramMockSecret()
        else { return nil }
        var file = PoolPasswd()
        if !settings.poolPasswd.isEmpty,
            case .success(let bytes) = FileBytes.read(settings.poolPasswd)
        {
            file = PoolPasswd(bytes)
        }
        let worker = WorkerSettings(
            settings, passwords: PasswordBook(file, identityKey: identityKey, mock: mock),
            workers: 1)
        let node = NodeView(id: primary, status: .up, role: .primary, weight: 1)
        let cluster = ClusterState(
            snapshot: ClusterSnapshot(epoch: 1, nodes: [node], primary: primary),
            topology: RoutingTopology(
                nodes: [RoutableNode(id: primary, isUsable: true, isPrimary: true, weight: 1)]),
            addresses: ProxyServer.resolve(settings).0)
        rules = Worker.catalogRules(worker, RoutingLists(settings), generation: 0)
        shared = ProxyShared(
            log: log,
            limits: .init(
                sessionsMax: 1, sessionsReserved: 0, waitersMax: 1, serversPerNodeMax: 1),
            workers: 1)
        thread = CatalogThread(shared: shared, settings: worker, cluster: cluster)
        self.database = Array(database.utf8)
    }

    /// The facts of these names; ends within the time limits of connecting and asking.
    package func answer(_ question: CatalogQuestion) -> CatalogAnswer {
        shared.catalog.post(
            .wanted(
                question, database: database, databaseID: 0, worker: 0, client: Self.client))
        var answer: CatalogAnswer?
        thread.run {
            for case .catalogAnswer(let found, _, _) in shared.mailboxes[0].takeAll() {
                answer = found
            }
            return answer != nil
        }
        return answer ?? .unavailable(until: .max)
    }
}

extension RouteRules.AfterWrite {
    /// `disable_load_balance_on_write`
    package init(_ settings: Settings) {
        switch settings.disableLoadBalanceOnWrite {
        case .transTransaction: self = .keepsTransactions
        case .always: self = .keepsSession
        // A transaction that wrote stays on the primary anyway.
        case .off, .transaction, .dmlAdaptive, .dmlAdaptiveGlobal: self = .balances
        }
    }
}
