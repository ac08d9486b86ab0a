internal import ClusterModel
internal import Glibc
internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings
internal import Synchronization

/// What the reports say: the facts of this worker, of all workers, and of the cluster.
extension Worker {
    /// How long a report waits for workers that do not answer, in nanoseconds.
    private static let gatheringTimeout: UInt64 = 1_000_000_000

    func report(_ report: PoolerCommand.Report, _ client: ClientRef) -> ReportTable {
        switch report {
        case .status: statusReport(client)
        case .nodes: NodesReport.table(nodeFacts(client))
        case .processes:
            ProcessesReport.table(gathered(client).sessions, slots: slots)
        case .pools: poolsReport(gathered(client))
        case .version: VersionReport.table(follows: ProxyVersion.pgpool, own: ProxyVersion.number)
        case .cache: CacheReport.table()
        case .healthCheckStats: HealthCheckReport.table(nodeFacts(client))
        case .backendStats: BackendStatsReport.table(nodeFacts(client))
        }
    }

    private func poolsReport(_ facts: ReportCollector.Facts) -> ReportTable {
        PoolsReport.table(
            facts.sessions, idle: facts.idle, nodeCount: settings.settings.backends.count,
            slots: slots)
    }

    private var slots: SlotFacts {
        SlotFacts(
            count: settings.settings.numInitChildren, processID: getpid(),
            startedAt: shared.startedAt)
    }

    // MARK: Nodes

    /// The cluster with the newest numbers.
    private var latestCluster: ClusterSnapshot {
        (shared.latest.withLock { $0 } ?? cluster).snapshot
    }

    private func nodeFacts(_ client: ClientRef) -> [NodeFacts] {
        let snapshot = latestCluster
        let weights = settings.settings.normalizedWeights
        let changes = shared.statusChanges.withLock { $0 }
        let reader = chooseReader(client)
        return settings.settings.backends.enumerated().map { id, backend in
            var facts = NodeFacts(id: id)
            guard backend.isUsed else { return facts }
            facts.host = backend.hostname
            facts.port = backend.port
            facts.weight = weights.indices.contains(id) ? weights[id] : 0
            facts.isReader = id == reader
            facts.statusChangedAt = changes[id] ?? shared.startedAt
            if let view = snapshot.nodes.first(where: { $0.id == id }) {
                describe(view, in: snapshot, &facts)
            }
            facts.statements = statementCounts(id)
            facts.errors = errorCounts(id)
            return facts
        }
    }

    private func describe(
        _ view: NodeView, in snapshot: ClusterSnapshot, _ facts: inout NodeFacts
    ) {
        facts.status = view.status.rawValue
        switch view.status {
        case .up: facts.serverStatus = "up"
        case .down: facts.serverStatus = "down"
        case .waiting, .unused: break
        }
        guard settings.settings.backendClusteringMode == .streamingReplication else {
            facts.role = view.id == snapshot.mainNode ? "main" : "replica"
            facts.serverRole = facts.role
            return
        }
        facts.role = view.id == snapshot.primary ? "primary" : "standby"
        facts.serverRole = view.status == .up ? view.role.rawValue : "unknown"
        facts.replicationState = view.replicationState ?? ""
        facts.replicationSyncState = view.replicationSyncState ?? ""
        guard view.id != snapshot.primary else { return }
        facts.delay =
            settings.settings.delayThresholdByTime > .zero
            ? .microseconds(view.lagTime ?? 0) : .bytes(view.lagBytes ?? 0)
    }

    private func statementCounts(_ node: Int) -> StatementCounts {
        func sum(_ kind: StatementClass) -> UInt64 {
            shared.counters.reduce(0) { $0 &+ $1.statements(kind, node: node) }
        }
        var counts = StatementCounts()
        counts.select = sum(.select)
        counts.insert = sum(.insert)
        counts.update = sum(.update)
        counts.delete = sum(.delete)
        counts.ddl = sum(.ddl)
        counts.other = sum(.other)
        return counts
    }

    private func errorCounts(_ node: Int) -> ErrorCounts {
        func sum(_ severity: ErrorClass) -> UInt64 {
            shared.counters.reduce(0) { $0 &+ $1.errors(severity, node: node) }
        }
        var counts = ErrorCounts()
        counts.panic = sum(.panic)
        counts.fatal = sum(.fatal)
        counts.error = sum(.error)
        return counts
    }

    /// The node that the session reads from; chosen now if it has not read yet, as Pgpool-II does
    /// when a session begins.
    private func chooseReader(_ client: ClientRef) -> Int? {
        let random = random64()
        _ = client.pointee.route.reader(
            topology: cluster.topology, preference: client.pointee.preference, random: random)
        return client.pointee.route.chosenNode
    }

    // MARK: Parameters

    private func statusReport(_ client: ClientRef) -> ReportTable {
        let settings = settings(of: client).settings
        let nodes = nodeFacts(client)
        let rows = PoolStatus.rows(settings).map { row in
            [row.item, text(row.value, nodes), row.help]
        }
        return ReportTable(columns: ParametersReport.columns, rows: rows)
    }

    private func text(_ value: PoolStatus.Value, _ nodes: [NodeFacts]) -> String {
        switch value {
        case .text(let text): return text
        case .nodeStatus(let id): return nodes.indices.contains(id) ? nodes[id].status : ""
        case .standbyDelay(let id):
            guard nodes.indices.contains(id) else { return "0" }
            return switch nodes[id].delay {
            case .bytes(let bytes): String(bytes)
            case .microseconds(let time): String(time)
            }
        // As the reference prints it while the query cache is off.
        case .cacheStatisticsStart: return "Thu Jan  1 00:00:00 1970"
        case .cacheMisses, .cacheHits: return "0"
        }
    }

    // MARK: Sessions

    /// Takes what was gathered: the next report gathers anew.
    private func gathered(_ client: ClientRef) -> ReportCollector.Facts {
        let facts = client.pointee.pooler?.gathered ?? ReportCollector.Facts()
        client.pointee.pooler?.gathered = nil
        return facts
    }

    /// Asks all workers for their sessions; the client goes on when they have answered.
    func gather(_ client: ClientRef, _ pooler: PoolerSession) {
        let collector = ReportCollector(
            worker: index, client: client.pointee.handle, workers: shared.mailboxes.count)
        pooler.gathering = collector
        client.pointee.block = .report
        client.pointee.deadline = reactor.now &+ Self.gatheringTimeout
        arm(client.pointee.deadline)
        for mailbox in shared.mailboxes { mailbox.post(.reportWanted(collector)) }
    }

    func reportWanted(_ collector: ReportCollector) {
        let now = (wall: WallClock.seconds(), monotonic: reactor.now)
        let sessions = clients.all.compactMap { sessionFacts($0, now) }
        let idle = servers.all.filter { $0.pointee.phase == .parked }
            .map { connectionFacts($0, now) }
        if collector.add(sessions, idle: idle) {
            shared.mailboxes[collector.worker].post(.reportReady(collector))
        }
    }

    func reportReady(_ collector: ReportCollector) {
        guard let client = clients.find(collector.client), let pooler = client.pointee.pooler,
            pooler.gathering === collector, client.pointee.block == .report
        else { return }
        pooler.gathering = nil
        pooler.gathered = collector.facts
        client.pointee.block = .none
        continueClient(client)
    }

    /// The time is over: a worker is gone, or an answer of our own had to wait for another one.
    func reportLate(_ client: ClientRef) {
        if let collector = client.pointee.pooler?.gathering { return reportReady(collector) }
        client.pointee.block = .none
        continueClient(client)
    }

    private typealias Now = (wall: Int64, monotonic: UInt64)

    /// Nil for a client that has no session yet, or none any more.
    private func sessionFacts(_ client: ClientRef, _ now: Now) -> SessionFacts? {
        guard client.pointee.holdsPermit, let profile = client.pointee.profile else { return nil }
        var facts = SessionFacts(
            processID: processID(client), startedAt: Self.wall(client.pointee.connectedAt, now))
        facts.clientsBefore = Int(client.pointee.handle >> 32) - 1
        facts.database = String(decoding: profile.database, as: UTF8.self)
        facts.user = String(decoding: profile.user, as: UTF8.self)
        facts.state = state(client)
        facts.host = client.pointee.peer.host
        facts.port = client.pointee.peer.port
        facts.reader = client.pointee.route.chosenNode
        let lastActive = client.pointee.lastActive
        facts.idleSeconds = now.wall - Self.wall(lastActive, now)
        let limit = settings(of: client).clientIdleLimit
        if limit > 0 { facts.idleSecondsLeft = Self.wall(lastActive &+ limit, now) - now.wall }
        facts.connections = client.pointee.leases.map { connectionFacts($0, now) }
        facts.active = client.pointee.leases.firstIndex { $0 == client.pointee.active }
        return facts
    }

    func state(_ client: ClientRef) -> SessionFacts.State {
        switch client.pointee.phase {
        case .startup, .queued, .preparing, .authenticating, .passingThrough, .closing:
            return .connecting
        case .ready: break
        }
        let isBusy = client.pointee.active?.pointee.machine.isBusyForClient == true
        if isBusy || client.pointee.block != .none { return .executing }
        return client.pointee.status == .idle ? .idle : .idleInTransaction
    }

    private func connectionFacts(_ server: ServerRef, _ now: Now) -> ConnectionFacts {
        var facts = ConnectionFacts(node: server.pointee.node)
        facts.processID = server.pointee.cancelKey.processID
        facts.database = String(decoding: server.pointee.profile.database, as: UTF8.self)
        facts.user = String(decoding: server.pointee.profile.user, as: UTF8.self)
        facts.openedAt = Self.wall(server.pointee.openedAt, now)
        facts.sessionCount =
            server.pointee.sessionsServed + (server.pointee.phase == .leased ? 1 : 0)
        if server.pointee.parkedAt > 0 { facts.leftAt = Self.wall(server.pointee.parkedAt, now) }
        return facts
    }

    /// The time of day of a moment of the reactor's clock, past or to come.
    private static func wall(_ moment: UInt64, _ now: Now) -> Int64 {
        let difference = Int64(clamping: moment) - Int64(clamping: now.monotonic)
        return now.wall + difference / 1_000_000_000
    }
}
