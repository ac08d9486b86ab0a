internal import ClusterModel
internal import Glibc
internal import Operations
internal import Settings
internal import Synchronization

/// What reports say about the cluster as a whole, for clients and for operators.
extension ProxyShared {
    /// Every slot.
    ///
    /// - Parameter known: the cluster as the asking thread knows it; the control thread's newest
    ///   numbers come first.
    func nodeFacts(_ settings: Settings, _ known: ClusterSnapshot) -> [NodeFacts] {
        let snapshot = latest.withLock { $0 }?.snapshot ?? known
        let weights = settings.normalizedWeights
        let changes = statusChanges.withLock { $0 }
        return settings.backends.enumerated().map { id, backend in
            var facts = NodeFacts(id: id)
            guard backend.isUsed else { return facts }
            facts.host = backend.hostname
            facts.port = backend.port
            facts.weight = weights.indices.contains(id) ? weights[id] : 0
            facts.statusChangedAt = changes[id] ?? startedAt
            if let view = snapshot.nodes.first(where: { $0.id == id }) {
                Self.describe(view, in: snapshot, settings, &facts)
            }
            if let totals = health.withLock({ $0[id] }) { facts.healthCheck = totals }
            facts.statements = statementCounts(id)
            facts.errors = errorCounts(id)
            return facts
        }
    }

    private static func describe(
        _ view: NodeView, in snapshot: ClusterSnapshot, _ settings: Settings,
        _ facts: inout NodeFacts
    ) {
        facts.status = view.status.rawValue
        if let answers = view.answers { facts.serverStatus = answers ? "up" : "down" }
        guard settings.backendClusteringMode == .streamingReplication else {
            facts.role = view.id == snapshot.mainNode ? "main" : "replica"
            facts.serverRole = facts.role
            return
        }
        facts.role = view.id == snapshot.primary ? "primary" : "standby"
        facts.serverRole = view.saidRole.rawValue
        facts.replicationState = view.replicationState ?? ""
        facts.replicationSyncState = view.replicationSyncState ?? ""
        guard view.id != snapshot.primary else { return }
        facts.delay =
            settings.delayThresholdByTime > .zero
            ? .microseconds(view.lagTime ?? 0) : .bytes(view.lagBytes ?? 0)
    }

    private func statementCounts(_ node: Int) -> StatementCounts {
        func sum(_ kind: StatementClass) -> UInt64 {
            counters.reduce(0) { $0 &+ $1.statements(kind, node: node) }
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
            counters.reduce(0) { $0 &+ $1.errors(severity, node: node) }
        }
        var counts = ErrorCounts()
        counts.panic = sum(.panic)
        counts.fatal = sum(.fatal)
        counts.error = sum(.error)
        return counts
    }

    func slots(_ settings: Settings) -> SlotFacts {
        SlotFacts(count: settings.numInitChildren, processID: getpid(), startedAt: startedAt)
    }

    // MARK: Parameters

    /// `SHOW pool_status`
    static func statusReport(_ settings: Settings, _ nodes: [NodeFacts]) -> ReportTable {
        let rows = PoolStatus.rows(settings).map { row in
            [row.item, text(row.value, nodes), row.help]
        }
        return ReportTable(columns: ParametersReport.columns, rows: rows)
    }

    private static func text(_ value: PoolStatus.Value, _ nodes: [NodeFacts]) -> String {
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
}
