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
            ProcessesReport.table(
                gathered(client).sessions, slots: shared.slots(settings.settings))
        case .pools: poolsReport(gathered(client))
        case .version: VersionReport.table(follows: ProxyVersion.pgpool, own: ProxyVersion.number)
        case .cache: CacheReport.table()
        case .healthCheckStats: HealthCheckReport.table(nodeFacts(client))
        case .backendStats: BackendStatsReport.table(nodeFacts(client))
        case .recovery: RecoveryReport.table(shared.recoveries.withLock { $0 })
        case .slots: NodeSlotReport.table(shared.nodeSlots.withLock { $0 })
        }
    }

    private func poolsReport(_ facts: ReportCollector.Facts) -> ReportTable {
        PoolsReport.table(
            facts.sessions, idle: facts.idle, nodeCount: settings.settings.backends.count,
            slots: shared.slots(settings.settings))
    }

    // MARK: Nodes

    private func nodeFacts(_ client: ClientRef) -> [NodeFacts] {
        var nodes = shared.nodeFacts(settings.settings, cluster.snapshot)
        let reader = chooseReader(client)
        for index in nodes.indices where nodes[index].isUsed {
            nodes[index].isReader = nodes[index].id == reader
        }
        return nodes
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
        ProxyShared.statusReport(settings(of: client).settings, nodeFacts(client))
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
            .client(worker: index, handle: client.pointee.handle),
            workers: shared.mailboxes.count)
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
        guard collector.add(sessions, idle: idle) else { return }
        switch collector.asker {
        case .client(let worker, _): shared.mailboxes[worker].post(.reportReady(collector))
        case .thread(let bell): bell.ring()
        }
    }

    func reportReady(_ collector: ReportCollector) {
        guard case .client(_, let handle) = collector.asker,
            let client = clients.find(handle), let pooler = client.pointee.pooler,
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
