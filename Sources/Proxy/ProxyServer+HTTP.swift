internal import ClusterModel
internal import Glibc
package import Operations
internal import Pooling
internal import Routing
internal import Settings
internal import Synchronization

extension ListeningPlace {
    /// `http_listen_addresses` and `http_port`
    static func http(_ settings: Settings) -> ListeningPlace {
        ListeningPlace(
            addresses: settings.httpListenAddresses, directories: [], port: settings.httpPort,
            backlog: 16, parameters: "http_listen_addresses, or http_port = 0 for none")
    }
}

/// Metrics, health and the admin page.
extension ProxyServer {
    /// The sockets, opened before anything else runs: whoever configures a port that is taken
    /// should hear of it at once. Nil without `http_port`.
    func openHTTPListeners(_ settings: Settings) throws(ProxyStartError) -> Listeners? {
        guard settings.httpPort > 0 else { return nil }
        let listeners: Listeners
        do throws(ProxyStartError) {
            listeners = try Listeners(.http(settings))
        } catch {
            throw ProxyStartError(
                "HTTP: \(error.message)", detail: error.detail,
                hint: "http_port and http_listen_addresses say where metrics, health checks and "
                    + "the admin page are; http_port = 0 goes without.")
        }
        for warning in listeners.warnings { log.emit(LogRecord(.warning, "HTTP: \(warning)")) }
        return listeners
    }

    func serveHTTP(_ listeners: Listeners) throws(ProxyStartError) {
        let site = AdminSite { [weak self] in self }
        let server = HTTPServer(listeners: listeners.descriptors) { site.respond($0) }
        guard server.start() else {
            listeners.close()
            throw ProxyStartError("could not start the HTTP thread")
        }
        state.withLock { state in
            state.http = server
            state.httpListeners = listeners
        }
    }

    func stopHTTP() {
        state.withLock { state in
            state.http?.stop()
            state.httpListeners?.close()
        }
    }
}

extension ProxyServer: ProxyObserver {
    private var known: (settings: Settings, snapshot: ClusterSnapshot?, isDraining: Bool) {
        let (settings, control, isDraining) = state.withLock {
            ($0.settings, $0.control, $0.isDraining)
        }
        return (settings, control?.thread.state.snapshot, isDraining)
    }

    package func readiness() -> Readiness {
        let (settings, snapshot, isDraining) = known
        if isDraining { return Readiness(isReady: false, reason: "shutting down") }
        let nodes = snapshot?.nodes.filter(\.isUsable) ?? []
        if settings.backendClusteringMode != .streamingReplication {
            return nodes.isEmpty
                ? Readiness(isReady: false, reason: "no node is up")
                : Readiness(isReady: true, reason: "ready")
        }
        // Who was the primary stays it in the snapshot while it is down.
        if nodes.contains(where: { $0.id == snapshot?.primary }) {
            return Readiness(isReady: true, reason: "ready")
        }
        if settings.readOnlyWhenNoPrimary, nodes.contains(where: { $0.role == .standby }) {
            return Readiness(isReady: true, reason: "ready for reads only: no primary is up")
        }
        return Readiness(
            isReady: false, reason: nodes.isEmpty ? "no node is up" : "no primary is up")
    }

    package func overview() -> ProxyOverview {
        ProxyOverview(
            status: status(), readiness: readiness(), metrics: metrics(),
            events: shared.history.events)
    }

    package func metrics() -> ProxyMetrics {
        let (settings, snapshot, isDraining) = known
        var metrics = ProxyMetrics()
        metrics.version = ProxyVersion.number
        metrics.startedAt = shared.startedAt
        metrics.isReady = readiness().isReady
        metrics.isDraining = isDraining
        metrics.usage = .current()
        shared.measure(&metrics)
        guard let snapshot else { return metrics }
        metrics.epoch = snapshot.epoch
        metrics.nodes = snapshot.nodes.filter { $0.status != .unused }.map { view in
            let backend = settings.backend(view.id)
            var node = ProxyMetrics.Node(id: view.id)
            node.host = backend.hostname
            node.port = backend.port
            node.role = view.role.rawValue
            node.status = view.status.rawValue
            node.reason = view.reason ?? ""
            node.isPrimary = view.id == snapshot.primary && view.isUsable
            node.weight = view.weight
            node.isDelayed = view.isDelayed
            node.lagBytes = view.lagBytes
            node.lagMicroseconds = view.lagTime
            shared.measure(&node)
            return node
        }
        return metrics
    }
}

extension ProxyShared {
    /// What is counted for the proxy as a whole. Blocks until the workers have told what their
    /// sessions do.
    fileprivate func measure(_ metrics: inout ProxyMetrics) {
        let tally = SessionTally(workers: mailboxes.count)
        for mailbox in mailboxes { mailbox.post(.tallyWanted(tally)) }
        metrics.sessions = tally.wait()
        metrics.clients = counters.reduce(0) { $0 + $1.clients.load(ordering: .relaxed) }
        permits.withLock { book in
            metrics.permits = book.sessions
            metrics.permitsMax = book.limits.sessionsMax
            metrics.waiting = book.waiterCount
            metrics.waits = book.sessionWaits
            metrics.refusals = book.sessionRefusals
            metrics.serversPerNodeMax = book.limits.serversPerNodeMax
        }
        metrics.descriptorRefusals = shortage.withLock { $0.refusals }
        metrics.decisions = RouteReason.allCases.map { reason in
            (reason.word, counters.reduce(0) { $0 &+ $1.decisions(reason) })
        }
        metrics.repeatedReads = counters.reduce(0) {
            $0 + $1.repeatedReads.load(ordering: .relaxed)
        }
        metrics.cancels = counters.reduce(0) { $0 + $1.cancels.load(ordering: .relaxed) }
        metrics.changes = history.changes
    }

    /// What is counted for one node.
    fileprivate func measure(_ node: inout ProxyMetrics.Node) {
        let id = node.id
        permits.withLock { book in
            node.idle = book.idleCount(node: id)
            node.leased = max(book.serverCount(node: id) - node.idle, 0)
            node.waiting = book.serverWaiterCount(node: id)
            node.waits = book.serverWaits(node: id)
        }
        node.reads = counters.reduce(0) { $0 &+ $1.reads(id) }
        node.writes = counters.reduce(0) { $0 &+ $1.writes(id) }
        node.statements = StatementClass.allCases.map { kind in
            ("\(kind)", counters.reduce(0) { $0 &+ $1.statements(kind, node: id) })
        }
        node.errors = ErrorClass.allCases.map { severity in
            ("\(severity)", counters.reduce(0) { $0 &+ $1.errors(severity, node: id) })
        }
        for counters in counters {
            counters.addTimes(node: id, isRead: true, to: &node.readTimes)
            counters.addTimes(node: id, isRead: false, to: &node.writeTimes)
        }
    }
}
