internal import ClusterModel
internal import Credentials
internal import Glibc
package import Operations
internal import Pooling
internal import Reactor
internal import Routing
package import Settings
internal import Synchronization

/// Why a proxy could not start: a sentence for the log, with what to do about it.
package struct ProxyStartError: Error, Sendable {
    package var message: String
    package var detail: String?
    package var hint: String?

    package init(_ message: String, detail: String? = nil, hint: String? = nil) {
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}

/// What the program around a proxy does when an operator asks the proxy for it.
package struct ProgramControls: Sendable {
    /// pcp.conf
    package var pcpFile: String
    /// Begins to shut down, as a signal does.
    package var stop: @Sendable (ShutdownMode) -> Void
    /// Reads all files again, as a signal does.
    package var reload: @Sendable () -> Void
    /// Begins a new log file; false without a collector.
    package var rotateLog: @Sendable () -> Bool

    package init(
        pcpFile: String, stop: @escaping @Sendable (ShutdownMode) -> Void,
        reload: @escaping @Sendable () -> Void, rotateLog: @escaping @Sendable () -> Bool
    ) {
        self.pcpFile = pcpFile
        self.stop = stop
        self.reload = reload
        self.rotateLog = rotateLog
    }
}

/// The running proxy: listeners, workers and the control thread, wired from one settings value.
package final class ProxyServer: Sendable {
    /// The first look at the servers may take this long before clients are let in all the same.
    private static let firstSurveySecondsMax = 15

    struct State: ~Copyable {
        var settings: Settings
        var control: ControlBox?
        var listeners: Listeners?
        var statusSocket: StatusSocket?
        var pcp: PCPServer?
        var pcpListeners: Listeners?
        var http: HTTPServer?
        var httpListeners: Listeners?
        var isDraining = false
        var isStopped = false
    }

    let log: Log
    let shared: ProxyShared
    let state: Mutex<State>
    let program: ProgramControls
    private let identityKey: CredentialIdentity.Key
    private let mock: ScramMockSecret
    private let workersDone = Bell()
    private let startedAt = MonotonicClock.now()

    package init(
        settings: Settings, log: Log, program: ProgramControls
    ) throws(ProxyStartError) {
        self.log = log
        self.program = program
        guard settings.backends.contains(where: \.isUsed) else {
            throw ProxyStartError(
                "no backend is configured",
                hint: "Set backend_hostname0 and backend_port0 in the configuration file.")
        }
        do throws(CryptoFailure) {
            identityKey = try CredentialIdentity.Key()
            mock = try ScramMockSecret()
        } catch {
            throw ProxyStartError("libcrypto gives no random bytes: \(error)")
        }
        shared = ProxyShared(
            log: log, limits: Self.limits(settings), descriptors: Self.raiseDescriptorLimit(),
            workers: Self.workerCount(settings))
        state = Mutex(State(settings: settings))
    }

    /// Binds the sockets and starts the threads. Returns when clients can connect.
    package func start() throws(ProxyStartError) {
        let settings = state.withLock { $0.settings }
        warnOfDescriptors(settings)
        // First: no client is to find a door that closes again because of this one.
        let httpListeners = try openHTTPListeners(settings)
        let listeners: Listeners
        do throws(ProxyStartError) {
            listeners = try Listeners(.clients(settings))
        } catch {
            httpListeners?.close()
            throw error
        }
        for warning in listeners.warnings { log.emit(LogRecord(.warning, warning)) }
        let (addresses, problems) = Self.resolve(settings)
        for problem in problems { log.emit(LogRecord(.warning, problem)) }
        let workerSettings = convert(settings)
        let firstSurvey = Bell()
        let control = ControlBox(
            ControlThread(
                shared: shared, settings: workerSettings, addresses: addresses,
                firstSurvey: firstSurvey))
        guard SystemThread.start(name: "control", { control.thread.run() }) else {
            listeners.close()
            throw ProxyStartError("could not start the control thread")
        }
        firstSurvey.wait(secondsMax: Self.firstSurveySecondsMax)
        let cluster = control.thread.state
        let catalog = CatalogBox(
            CatalogThread(shared: shared, settings: workerSettings, cluster: cluster))
        guard SystemThread.start(name: "catalog", { catalog.thread.run() }) else {
            listeners.close()
            throw ProxyStartError("could not start the catalog thread")
        }
        for index in 0..<shared.mailboxes.count {
            let box = WorkerBox(
                Worker(index: index, shared: shared, settings: workerSettings, cluster: cluster))
            let done = workersDone
            let started = SystemThread.start(name: "worker \(index)") {
                // One accepts for all: the others get theirs through the mailbox.
                box.worker.run(listeners: index == 0 ? listeners.descriptors : [])
                done.ring()
            }
            guard started else {
                listeners.close()
                throw ProxyStartError("could not start worker thread \(index)")
            }
        }
        // A snapshot of between the reading and the workers' first look is posted once more.
        for mailbox in shared.mailboxes { mailbox.post(.cluster(control.thread.state)) }
        let statusSocket = try openStatusSocket(settings)
        state.withLock {
            $0.control = control
            $0.listeners = listeners
            $0.statusSocket = statusSocket
        }
        openPCP(settings)
        if let httpListeners { try serveHTTP(httpListeners) }
    }

    private func openStatusSocket(_ settings: Settings) throws(ProxyStartError) -> StatusSocket? {
        guard settings.statusSocket, let directory = settings.unixSocketDirectories.first else {
            return nil
        }
        do throws(StatusSocket.Failure) {
            return try StatusSocket(
                path: StatusSocket.path(directory: directory, port: settings.port)
            ) { [weak self] request in
                self?.answer(request) ?? StatusAnswer.status(.stopped)
            }
        } catch {
            log.emit(
                LogRecord(
                    .warning, error.message,
                    hint: "\"trunkline status\" cannot ask this proxy."))
            return nil
        }
    }

    /// Replaces the settings; sessions keep what they have set themselves.
    package func reload(_ settings: Settings) {
        let (control, isDraining) = state.withLock { state in
            state.settings = settings
            return (state.control, state.isDraining)
        }
        guard control != nil, !isDraining else { return }
        warnOfDescriptors(settings)
        let converted = convert(settings)
        let (admitted, served) = shared.permits.withLock { book in
            (book.limitsChanged(Self.limits(settings)), book.serverWaitersWithRoom())
        }
        for mailbox in shared.mailboxes { mailbox.post(.settings(converted)) }
        shared.control.post(.settings(converted))
        shared.catalog.post(.settings(converted))
        for waiter in admitted {
            shared.mailboxes[waiter.worker].post(.permitGranted(client: waiter.client))
        }
        for (node, waiter) in served {
            shared.mailboxes[waiter.worker].post(
                .serverAvailable(client: waiter.client, node: node))
        }
    }

    /// Begins to shut down. A stronger mode may follow a weaker one.
    package func requestShutdown(_ mode: ShutdownMode) {
        state.withLock { $0.isDraining = true }
        for mailbox in shared.mailboxes {
            mailbox.post(mode == .immediate ? .stop : .drain(isFast: mode == .fast))
        }
    }

    /// Blocks until a requested shutdown is complete.
    package func waitUntilStopped() {
        for _ in shared.mailboxes { workersDone.wait() }
        stopHTTP()
        shared.control.post(.stop)
        shared.catalog.post(.stop)
        shared.blocking.stop()
        shared.names.stop()
        state.withLock { state in
            state.pcp?.stop()
            state.pcpListeners?.close()
            state.statusSocket?.remove()
            state.listeners?.close()
            state.isStopped = true
        }
    }

    /// What the proxy and its nodes are doing now.
    package func status() -> ProxyStatus {
        let (settings, control, isDraining) = state.withLock {
            ($0.settings, $0.control, $0.isDraining)
        }
        let snapshot = control?.thread.state.snapshot
        let counts = shared.permits.withLock { book in
            (
                waiting: book.waiterCount,
                servers: settings.backends.indices.map { book.serverCount(node: $0) },
                idle: settings.backends.indices.map { book.idleCount(node: $0) }
            )
        }
        var nodes: [ProxyStatus.Node] = []
        for view in snapshot?.nodes ?? [] where view.status != .unused {
            let backend = settings.backend(view.id)
            nodes.append(
                ProxyStatus.Node(
                    id: view.id, host: backend.hostname, port: backend.port,
                    role: view.role.rawValue, state: view.status.rawValue, weight: view.weight,
                    lagBytes: view.lagBytes, isDelayed: view.isDelayed,
                    reads: shared.counters.reduce(0) { $0 &+ $1.reads(view.id) },
                    writes: shared.counters.reduce(0) { $0 &+ $1.writes(view.id) },
                    serverConnections: counts.servers.indices.contains(view.id)
                        ? counts.servers[view.id] : 0,
                    idleServerConnections: counts.idle.indices.contains(view.id)
                        ? counts.idle[view.id] : 0))
        }
        let clients = shared.counters.reduce(0) { $0 + $1.clients.load(ordering: .relaxed) }
        var decisions: [String: UInt64] = [:]
        for reason in RouteReason.allCases {
            let count = shared.counters.reduce(0) { $0 &+ $1.decisions(reason) }
            if count > 0 { decisions[reason.word] = count }
        }
        return ProxyStatus(
            version: ProxyVersion.number, pid: Int(getpid()),
            uptimeSeconds: Int((MonotonicClock.now() &- startedAt) / 1_000_000_000),
            state: isDraining ? "draining" : "running", clients: clients,
            waitingClients: counts.waiting, nodes: nodes, decisions: decisions,
            repeatedReads: shared.counters.reduce(0) {
                $0 + $1.repeatedReads.load(ordering: .relaxed)
            },
            cancels: shared.counters.reduce(0) { $0 + $1.cancels.load(ordering: .relaxed) })
    }

    // MARK: Conversion

    private func convert(_ settings: Settings) -> WorkerSettings {
        WorkerSettings(
            settings, passwords: readPasswords(settings), workers: shared.mailboxes.count)
    }

    private func readPasswords(_ settings: Settings) -> PasswordBook {
        var file = PoolPasswd()
        if !settings.poolPasswd.isEmpty {
            switch FileBytes.read(settings.poolPasswd) {
            case .success(let bytes): file = PoolPasswd(bytes)
            case .failure(let failure):
                // As Pgpool-II: a missing file is an empty one.
                if !failure.isMissing {
                    log.emit(
                        LogRecord(
                            .warning,
                            "could not read pool_passwd file \"\(settings.poolPasswd)\": "
                                + failure.reason))
                }
            }
        }
        for warning in file.warnings {
            log.emit(LogRecord(.warning, "pool_passwd \"\(settings.poolPasswd)\": \(warning)"))
        }
        return PasswordBook(file, identityKey: identityKey, mock: mock)
    }

    /// The addresses of all backends, and what could not be found. Blocks.
    static func resolve(_ settings: Settings) -> ([[SocketAddress]], [String]) {
        var addresses: [[SocketAddress]] = []
        var problems: [String] = []
        for (id, backend) in settings.backends.enumerated() {
            guard backend.isUsed else {
                addresses.append([])
                continue
            }
            switch Resolver.resolve(host: backend.hostname, port: backend.port) {
            case .success(let found): addresses.append(found)
            case .failure(let failure):
                addresses.append([])
                problems.append(
                    "could not resolve backend_hostname\(id) \"\(backend.hostname)\": "
                        + failure.reason)
            }
        }
        return (addresses, problems)
    }

    private static func limits(_ settings: Settings) -> PermitBook.Limits {
        func product(_ left: Int, _ right: Int) -> Int {
            let result = left.multipliedReportingOverflow(by: right)
            return result.overflow ? .max : result.partialValue
        }
        return PermitBook.Limits(
            sessionsMax: settings.numInitChildren,
            sessionsReserved: settings.reservedConnections,
            waitersMax: product(settings.numInitChildren, settings.listenBacklogMultiplier),
            serversPerNodeMax: product(settings.numInitChildren, max(settings.maxPool, 1)))
    }

    private static func workerCount(_ settings: Settings) -> Int {
        if settings.workerThreads > 0 { return settings.workerThreads }
        return max(1, min(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 256))
    }

    /// As many descriptors as the system allows: clients and servers are one each.
    private static func raiseDescriptorLimit() -> DescriptorBudget {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return .unlimited }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(resource, &limit) != 0 { limit.rlim_cur = soft }
        return DescriptorBudget(limit: Int(clamping: limit.rlim_cur))
    }

    /// Says at once what would otherwise be found out when everybody comes.
    private func warnOfDescriptors(_ settings: Settings) {
        let limits = Self.limits(settings)
        let nodes = settings.backends.count { $0.isUsed }
        guard !shared.descriptors.fits(limits, nodes: nodes) else { return }
        log.emit(
            LogRecord(
                .warning,
                "the limit of open files, \(shared.descriptors.limit), is too low for all "
                    + "connections that the settings allow",
                detail: "\(limits.sessionsMax) sessions, \(limits.waitersMax) waiting clients and "
                    + "\(limits.serversPerNodeMax) connections to each backend: "
                    + "num_init_children, listen_backlog_multiplier, max_pool.",
                hint: "Raise the hard limit (ulimit -Hn, or LimitNOFILE of a service) or lower the "
                    + "parameters: without a free descriptor clients are refused with SQLSTATE "
                    + "53300."))
    }
}

/// Hands the control thread's object to its thread. Only ``ControlThread/state`` is touched from
/// others, which is locked.
final class ControlBox: @unchecked Sendable {
    let thread: ControlThread
    init(_ thread: ControlThread) { self.thread = thread }
}

/// Hands a worker to its thread, which alone touches it from then on.
private final class WorkerBox: @unchecked Sendable {
    let worker: Worker
    init(_ worker: Worker) { self.worker = worker }
}

/// The version of this program.
package enum ProxyVersion {
    package static let number = "0.1.0"
    /// The Pgpool-II version whose files, options, messages and numbers are the model.
    package static let pgpool = "4.7.2"
}

extension ProxyStatus {
    /// For a reader that comes between the end of the proxy and the end of its process.
    static let stopped = ProxyStatus(
        version: ProxyVersion.number, pid: 0, uptimeSeconds: 0, state: "stopped", clients: 0,
        waitingClients: 0, nodes: [])
}
