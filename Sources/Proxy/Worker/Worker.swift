internal import ClusterModel
internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings

/// One thread with its sockets: it owns its clients for life and the server connections that are
/// leased to them or parked with it. Nobody else touches them; the mailbox is the only way in.
final class Worker {
    /// What an owner value of the reactor points to: the low bits of an aligned pointer.
    enum OwnerKind: UInt { case client = 1, server = 2, cancel = 3, listener = 4 }

    let index: Int
    let shared: ProxyShared
    let mailbox: Mailbox
    let counters: WorkerCounters
    var reactor = Reactor()
    var settings: WorkerSettings
    var cluster: ClusterState
    /// What the settings and the cluster say of routing.
    private(set) var routeRules: RouteRules
    /// The regular expressions of the settings, compiled.
    private(set) var lists: RoutingLists
    var analyzer: StatementAnalyzer
    /// For sessions that set `allow_sql_comments` to the other value.
    var otherAnalyzer: StatementAnalyzer?
    var catalog: CatalogStore
    var catalogRules: CatalogRules
    var clients = SlotTable<ClientConnection>()
    var servers = SlotTable<ServerConnection>()
    var gather = GatherList()
    var listeners: [SocketID] = []
    /// Freed between two batches, since an event of the same batch may still point to them.
    private var clientGraveyard: [ClientRef] = []
    private var serverGraveyard: [ServerRef] = []
    /// Clients that came to need a server connection, and servers that refused bytes, while their
    /// relay loop ran: dealt with after it.
    var pendingLeases: [UInt64] = []
    var failedServers: [UInt64] = []
    /// Clients whose read waits for a standby to catch up.
    var waitsForPosition: [UInt64] = []
    /// The state whose held node nobody is busy on any more, as the control thread was told.
    var drainedRevision: UInt64 = 0
    private var nextSweep = UInt64.max
    private var randomState: UInt64
    var isDraining = false
    /// How far the nodes are, as last told.
    var positions = ReplayPositions.unknown
    /// Since when newer ones are asked for, in nanoseconds; 0 = nobody asks.
    var positionsWantedAt: UInt64 = 0
    /// When to accept again after descriptors had run out; 0 = accepting.
    var listenAgainAt: UInt64 = 0
    /// When to look whether descriptors are still short; 0 = they are not, as far as is known here.
    var shortageLookAt: UInt64 = 0
    private var isStopping = false

    init(index: Int, shared: ProxyShared, settings: WorkerSettings, cluster: ClusterState) {
        self.index = index
        self.shared = shared
        self.settings = settings
        self.cluster = cluster
        routeRules = cluster.topology.rules(afterWrite: settings.afterWrite)
        lists = RoutingLists(settings.settings)
        mailbox = shared.mailboxes[index]
        counters = shared.counters[index]
        analyzer = StatementAnalyzer(
            options: Self.analysisOptions(settings),
            cacheBytesMax: Int(clamping: settings.settings.statementCacheSize))
        catalog = Self.catalogStore(settings)
        catalogRules = Self.catalogRules(settings, lists, generation: 0)
        var generator = SystemRandomNumberGenerator()
        randomState = generator.next() | 1
        reactor.watch(mailbox.waker)
        reactor.descriptorsEnd = Int32(clamping: shared.descriptors.serversEnd)
    }

    static func analysisOptions(_ settings: WorkerSettings) -> AnalysisOptions {
        AnalysisOptions(
            allowSQLComments: settings.settings.allowSqlComments,
            ignoreLeadingWhiteSpace: settings.settings.ignoreLeadingWhiteSpace)
    }

    /// Serves until told to stop.
    func run(listeners descriptors: [Int32]) {
        for descriptor in descriptors {
            listeners.append(
                reactor.watch(listener: descriptor, owner: OwnerKind.listener.rawValue))
        }
        while !isStopping {
            handle(reactor.next(deadline: nextSweep == .max ? nil : nextSweep))
            if !pendingLeases.isEmpty || !failedServers.isEmpty { settle() }
            if cluster.hold != nil, reactor.isBatchDone { reportDrained() }
            if reactor.isBatchDone { bury() }
            if isDraining, clients.count == 0 { stopWhenForgotten() }
        }
        closeAll()
        bury()
    }

    @inline(__always)
    private func handle(_ completion: Completion) {
        switch completion.kind {
        case .received:
            switch completion.owner & 7 {
            case OwnerKind.client.rawValue:
                clientReceived(Self.client(completion.owner), completion.bytes)
            case OwnerKind.server.rawValue:
                serverReceived(Self.server(completion.owner), completion.bytes)
            default: break  // a server has nothing to say on a cancel connection
            }
        case .drained: drained(completion.owner)
        case .ended, .failed: ended(completion)
        case .connected: connected(completion.owner)
        case .acceptable: accept(completion.id)
        case .woken: for message in mailbox.takeAll() { handle(message) }
        case .timeout: sweep()
        }
    }

    private func settle() {
        while !pendingLeases.isEmpty || !failedServers.isEmpty {
            while let handle = failedServers.popLast() {
                if let server = servers.find(handle) { serverFailed(server, errno: 0) }
            }
            acquirePending()
        }
    }

    private func ended(_ completion: Completion) {
        switch completion.owner & 7 {
        case OwnerKind.client.rawValue: clientLeft(Self.client(completion.owner))
        case OwnerKind.server.rawValue:
            serverFailed(Self.server(completion.owner), errno: completion.error)
        case OwnerKind.cancel.rawValue: cancelFinished(Self.cancel(completion.owner))
        default: break
        }
    }

    private func connected(_ owner: UInt) {
        switch owner & 7 {
        case OwnerKind.server.rawValue: serverConnected(Self.server(owner))
        case OwnerKind.cancel.rawValue: cancelConnected(Self.cancel(owner))
        default: break
        }
    }

    private func drained(_ owner: UInt) {
        switch owner & 7 {
        case OwnerKind.client.rawValue: clientDrained(Self.client(owner))
        case OwnerKind.server.rawValue: serverDrained(Self.server(owner))
        default: break
        }
    }

    private func handle(_ message: WorkerMessage) {
        switch message {
        case .newClient(let descriptor, let peer): adoptClient(descriptor, peer)
        case .cluster(let cluster):
            // One tells it for all.
            if index == 0 { shared.catalog.post(.cluster(cluster)) }
            clusterChanged(cluster)
        case .positions(let positions): positionsArrived(positions)
        case .settings(let settings):
            self.settings = settings
            routeRules = cluster.topology.rules(afterWrite: settings.afterWrite)
            lists = RoutingLists(settings.settings)
            ownSettingsChanged()
            analyzer = StatementAnalyzer(
                options: Self.analysisOptions(settings),
                cacheBytesMax: Int(clamping: settings.settings.statementCacheSize))
            otherAnalyzer = nil
            catalogSettingsChanged()
            sweep()
        case .cancel(let slot, let secret): cancelRequested(slot: slot, secret: secret)
        case .permitGranted(let handle): permitGranted(handle)
        case .serverAvailable(let handle, let node): serverAvailable(handle, node: node)
        case .serverGone(let handle):
            if let client = clients.find(handle) { requestServer(client) }
        case .giveServer(let server, let worker, let client):
            giveServer(server, to: worker, client: client)
        case .adoptServer(let handoff, let client): adoptServer(handoff, client: client)
        case .closeIdle(let handle, let isCounted):
            if let server = servers.find(handle), server.pointee.phase == .parked {
                closeServer(server, isCounted: isCounted)
            }
        case .serverKeysDerived(let keys, let handle): serverKeysDerived(keys, handle)
        case .clientKeysDerived(let keys, let handle): clientKeysDerived(keys, handle)
        case .closeParked: closeParked()
        case .reportWanted(let collector): reportWanted(collector)
        case .reportReady(let collector): reportReady(collector)
        case .tallyWanted(let tally): tallyWanted(tally)
        case .catalogAnswer(let answer, let database, let client):
            catalogLearned(answer, database: database, client: client)
        case .catalogForgotten(let database): catalogForgotten(database: database)
        case .drain(let isFast): drain(isFast: isFast)
        case .stop: isStopping = true
        }
    }

    // MARK: Owners

    static func client(_ owner: UInt) -> ClientRef {
        ClientRef(bitPattern: owner & ~7).unsafelyUnwrapped
    }

    static func server(_ owner: UInt) -> ServerRef {
        ServerRef(bitPattern: owner & ~7).unsafelyUnwrapped
    }

    static func cancel(_ owner: UInt) -> CancelRef {
        CancelRef(bitPattern: owner & ~7).unsafelyUnwrapped
    }

    static func owner<Thing>(_ pointer: UnsafeMutablePointer<Thing>, _ kind: OwnerKind) -> UInt {
        UInt(bitPattern: pointer) | kind.rawValue
    }

    /// The pointer stays valid until the batch ends.
    func retire(_ client: ClientRef) { clientGraveyard.append(client) }
    func retire(_ server: ServerRef) { serverGraveyard.append(server) }

    private func bury() {
        if !clientGraveyard.isEmpty {
            for client in clientGraveyard {
                client.deinitialize(count: 1)
                client.deallocate()
            }
            clientGraveyard.removeAll(keepingCapacity: true)
        }
        if !serverGraveyard.isEmpty {
            for server in serverGraveyard {
                server.deinitialize(count: 1)
                server.deallocate()
            }
            serverGraveyard.removeAll(keepingCapacity: true)
        }
    }

    /// 64 random bits for spreading load; nothing secret comes from here.
    func random64() -> UInt64 {
        randomState ^= randomState << 13
        randomState ^= randomState >> 7
        randomState ^= randomState << 17
        return randomState
    }

    // MARK: Deadlines

    /// Makes sure that somebody looks at `deadline` when it comes. 0 is no deadline.
    func arm(_ deadline: UInt64) {
        if deadline != 0, deadline < nextSweep { nextSweep = deadline }
    }

    /// Looks at every deadline and finds the next one. Runs when one is due, not per event.
    private func sweep() {
        nextSweep = .max
        let now = reactor.now
        for client in clients.all {
            let deadline = clientDeadline(client)
            if deadline == 0 { continue }
            if deadline <= now { clientExpired(client) } else { arm(deadline) }
        }
        for server in servers.all {
            let deadline = serverDeadline(server)
            if deadline == 0 { continue }
            if deadline <= now { serverExpired(server) } else { arm(deadline) }
        }
        if listenAgainAt != 0 {
            if listenAgainAt <= now { listenAgain() } else { arm(listenAgainAt) }
        }
        if shortageLookAt != 0 {
            if shortageLookAt <= now { lookAtShortage() } else { arm(shortageLookAt) }
        }
        for cancel in cancels {
            if cancel.pointee.deadline <= now {
                cancelFinished(cancel)
            } else {
                arm(cancel.pointee.deadline)
            }
        }
    }

    var cancels: [CancelRef] = []

    // MARK: End

    /// Stops accepting; `isFast` also ends the sessions.
    private func drain(isFast: Bool) {
        isDraining = true
        for listener in listeners { reactor.close(listener) }
        listeners.removeAll()
        guard isFast else { return }
        for client in clients.all {
            refuse(
                client,
                ServerReport(
                    .fatal, .adminShutdown, "terminating connection due to administrator command"))
        }
    }

    /// Ends once nobody can be promised a connection of this worker's any more.
    private func stopWhenForgotten() {
        for server in servers.all where server.pointee.phase == .parked && withdraw(server) {
            closeServer(server)
        }
        isStopping = servers.all.allSatisfy { $0.pointee.phase != .parked }
    }

    private func closeAll() {
        for client in clients.all { closeClient(client, isClean: false) }
        for server in servers.all { closeServer(server) }
        for cancel in cancels { cancelFinished(cancel) }
    }

    /// Adopts the new view; connections of nodes that were withdrawn go as soon as nobody uses them.
    private func clusterChanged(_ cluster: ClusterState) {
        let hasReturned = cluster.topology.nodes.contains { node in
            node.isUsable
                && self.cluster.topology.nodes.contains { $0.id == node.id && !$0.isUsable }
        }
        if hasReturned {
            for client in clients.all { client.pointee.route.chooseAnew() }
        }
        self.cluster = cluster
        routeRules = cluster.topology.rules(afterWrite: settings.afterWrite)
        for server in servers.all
        where server.pointee.phase == .parked && !cluster.isUsable(server.pointee.node) {
            if withdraw(server) { closeServer(server) }
        }
        abandonGone()
        endStranded()
        // Nothing goes any more to a node that this state has withdrawn.
        shared.control.post(.acknowledged(worker: index, revision: cluster.revision))
        reportDrained()
        wakeWaiting()
    }

    /// Somebody is about to drop, rename or copy a database.
    private func closeParked() {
        for server in servers.all where server.pointee.phase == .parked && withdraw(server) {
            closeServer(server)
        }
    }

    // MARK: Log

    /// Writes one entry with what is known of the client.
    func log(
        _ severity: Severity, _ client: ClientRef?, _ message: @autoclosure () -> String,
        detail: @autoclosure () -> String? = nil, hint: String? = nil
    ) {
        guard shared.log.isEnabled(severity) else { return }
        let label = client.map { self.label($0) } ?? SessionLabel()
        shared.log.emit(
            LogRecord(
                severity, message(), detail: detail(), hint: hint, process: "child",
                application: label.application, user: label.user, database: label.database,
                processID: label.processID))
    }

    /// Whose line an entry about this client is.
    func label(_ client: ClientRef) -> SessionLabel {
        let profile = client.pointee.profile
        func text(_ bytes: [UInt8]?) -> String? {
            bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        return SessionLabel(
            application: text(profile?.applicationName), user: text(profile?.user),
            database: text(profile?.database), processID: processID(client))
    }
}
