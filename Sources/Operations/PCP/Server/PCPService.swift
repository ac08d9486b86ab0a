internal import ClusterModel

/// What a client that has logged in asks for, carried out and put into an answer.
package struct PCPService: Sendable {
    /// An answer, and what is done once it is sent.
    package struct Outcome: Sendable {
        /// Nil where the protocol has none.
        package var reply: PCPReply?
        /// The connection ends with the answer.
        package var isLast = false
        package var afterwards: (@Sendable () -> Void)?
        /// Why it was not done.
        package var failure: PCPFailure?
        /// What it changed, for the log.
        package var deed: String?
    }

    private let cluster: any ClusterOperator

    package init(_ cluster: any ClusterOperator) { self.cluster = cluster }

    /// - Parameter telling: sends what is to be told before the answer.
    package func serve(
        _ request: PCPRequest, telling: (PCPReply) -> Void = { _ in }
    ) -> Outcome {
        do throws(PCPFailure) {
            return try answer(request, telling)
        } catch {
            return Outcome(
                reply: .failure(error), isLast: error.severity == .fatal, failure: error)
        }
    }

    private func answer(
        _ request: PCPRequest, _ telling: (PCPReply) -> Void
    ) throws(PCPFailure) -> Outcome {
        switch request {
        case .attach(let node): return try obey(.attach(node: node), request)
        case .detach(let node, let isGraceful):
            return try obey(.detach(node: node, isGraceful: isGraceful), request)
        case .promote(let node, let isSwitchover, let isGraceful):
            return try obey(
                .promote(node: node, isSwitchover: isSwitchover, isGraceful: isGraceful), request)
        case .stop(let mode, _): return try stop(mode, request)
        case .reload:
            cluster.reload()
            return Outcome(reply: .complete(request), deed: "reload the configuration")
        case .rotateLog:
            guard cluster.rotateLog() else { throw .noCollector }
            return Outcome(reply: .complete(request), deed: "begin a new log file")
        case .recover(let node):
            return try obey(
                .recover(node: node, options: RecoveryOptions(), isAwaited: true), request, telling)
        case .recovery(let node, let action): return try recovery(node, action, request)
        case .setParameter(let name, let value):
            try check(name, value)
            return Outcome(reply: .complete(request))
        case .nothing: return Outcome()
        default: return Outcome(reply: try information(request))
        }
    }

    private func obey(
        _ order: NodeOrder, _ request: PCPRequest, _ telling: (PCPReply) -> Void = { _ in }
    ) throws(PCPFailure) -> Outcome {
        let lines = try cluster.obey(order) { telling(.notice($0)) }
        return Outcome(reply: .complete(request, lines), deed: order.words)
    }

    private func recovery(
        _ node: Int, _ action: PCPRecoveryAction, _ request: PCPRequest
    ) throws(PCPFailure) -> Outcome {
        switch action {
        case .begin:
            return try obey(
                .recover(node: node, options: RecoveryOptions(), isAwaited: false), request)
        case .cancel: return try obey(.cancelRecovery(node: node), request)
        case .check:
            return try obey(.checkRecovery(node: node, options: RecoveryOptions()), request)
        case .status:
            guard cluster.nodes().contains(where: { $0.id == node && $0.isUsed }) else {
                throw .noNodeForRecovery(node)
            }
            let lines = cluster.recoveries().filter { $0.node == node }.map(\.words)
            return Outcome(
                reply: .complete(
                    request, lines.isEmpty ? ["node \(node): no recovery"] : lines))
        }
    }

    /// The answer comes first: afterwards there may be nobody to send it.
    private func stop(_ letter: UInt8, _ request: PCPRequest) throws(PCPFailure) -> Outcome {
        if let operation = cluster.operationInProgress { throw .notNow(operation) }
        let mode: ShutdownMode
        switch letter {
        case UInt8(ascii: "s"): mode = .smart
        case UInt8(ascii: "f"): mode = .fast
        case UInt8(ascii: "i"): mode = .immediate
        default: throw .noSuchMode(letter)
        }
        let cluster = self.cluster
        return Outcome(
            reply: .complete(request), afterwards: { cluster.stop(mode) }, deed: "stop (\(mode))")
    }

    // MARK: Information

    private func information(_ request: PCPRequest) throws(PCPFailure) -> PCPReply {
        switch request {
        case .poolStatus: return .poolStatus(cluster.poolStatus().rows)
        case .nodeCount: return .complete(request, [String(cluster.nodes().count)])
        case .nodeInfo(let node): return try nodeInfo(node)
        case .healthCheckStatistics(let node): return try healthChecks(node, request)
        case .processCount:
            let census = cluster.sessions()
            let rows = ProcessesReport.table(census.sessions, slots: census.slots).rows
            return .complete(request, [String(rows.count)] + rows.compactMap(\.first))
        case .processInfo(let process): return try processInfo(process)
        case .watchdogInfo: throw .noWatchdog
        case .invalidateQueryCache: throw .noQueryCache
        default: throw .unknownType(request.type)
        }
    }

    private func nodeInfo(_ node: Int?) throws(PCPFailure) -> PCPReply {
        var nodes = cluster.nodes()
        if let node {
            guard nodes.indices.contains(node) else { throw .noNodeForInfo(node) }
            nodes = [nodes[node]]
        }
        return .nodes(nodes, form: cluster.pcpSettings.nodeInfoForm)
    }

    private func healthChecks(_ node: Int, _ request: PCPRequest) throws(PCPFailure) -> PCPReply {
        let nodes = cluster.nodes()
        guard nodes.indices.contains(node) else { throw .noNodeForHealthChecks(node) }
        guard nodes[node].isUsed, let row = HealthCheckReport.table([nodes[node]]).rows.first else {
            throw .noHealthChecks(node)
        }
        return .complete(request, row)
    }

    /// The rows of `SHOW pool_pools`, whose columns have the order of the protocol's fields, and one
    /// for each free place: clients misread an empty list.
    private func processInfo(_ process: Int?) throws(PCPFailure) -> PCPReply {
        let census = cluster.sessions()
        var rows = PoolsReport.table(
            census.sessions, idle: census.idle, nodeCount: census.nodeCount, slots: census.slots
        ).rows
        rows += PoolsReport.free(census.slots.count - census.sessions.count, census.slots)
        if let process {
            let isKnown =
                process == Int(census.slots.processID)
                || census.sessions.contains { Int($0.processID) == process }
            guard isKnown else { throw .noProcess(process) }
            rows = rows.filter { $0.first == String(process) }
        }
        return .processes(rows)
    }

    // MARK: Settings of a connection

    private static let levels: Set<String> = [
        "debug5", "debug4", "debug3", "debug2", "debug1", "log", "commerror", "info", "notice",
        "warning", "error",
    ]

    /// Only what Pgpool-II lets be set; no notices are sent that it could keep back.
    private func check(_ name: String, _ value: String) throws(PCPFailure) {
        guard name == "client_min_messages" else {
            throw .setting("invalid parameter \"\(name)\"")
        }
        guard Self.levels.contains(value) else {
            throw .setting("invalid value \"\(value)\" for parameter \"\(name)\"")
        }
    }
}
