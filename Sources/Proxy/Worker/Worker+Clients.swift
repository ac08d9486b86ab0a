internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Sessions
internal import Settings
internal import Synchronization

/// Clients as connections: accept, receive, limits, end.
extension Worker {
    /// Clients that a worker takes before the next worker gets any.
    private static let clientsBeforeSpreading = 16
    /// Bytes of input that may wait while a client is blocked, before its socket is not read.
    private static let blockedInputMax = 65_536
    /// How long nobody is accepted when descriptors have run out, in nanoseconds.
    private static let listenerRest: UInt64 = 100_000_000
    /// How long a client that was told to go may take to read why.
    private static let farewell: UInt64 = 2_000_000_000
    /// The same while the next one waits for its descriptor.
    private static let hastyFarewell: UInt64 = 200_000_000

    func accept(_ listener: SocketID) {
        // A few at a time: other workers are awake too.
        for _ in 0..<16 {
            guard let (descriptor, peer) = reactor.accept(listener) else {
                if reactor.isStarved { restListeners() }
                return
            }
            // Those who are being told that there is no room shall go first.
            if !shared.descriptors.admits(refused: descriptor) { restListeners() }
            let worker = placement()
            counted(worker, 1)
            if worker == index {
                startClient(descriptor, peer)
            } else {
                shared.mailboxes[worker].post(.newClient(descriptor: descriptor, peer: peer))
            }
        }
    }

    /// The worker that gets the next client: the first one that has few, so that few clients
    /// share one loop and its batches; when all have more, the one with the fewest.
    private func placement() -> Int {
        var best = index
        var fewest = Int.max
        for (worker, counters) in shared.counters.enumerated() {
            let count = counters.clients.load(ordering: .relaxed)
            if count < Self.clientsBeforeSpreading { return worker }
            if count < fewest {
                fewest = count
                best = worker
            }
        }
        return best
    }

    /// No descriptor is left for another client: those that are here go first.
    private func restListeners() {
        for listener in listeners { reactor.pause(listener) }
        listenAgainAt = reactor.now &+ Self.listenerRest
        arm(listenAgainAt)
        noteShortage()
    }

    func listenAgain() {
        listenAgainAt = 0
        for listener in listeners { reactor.resume(listener) }
    }

    // MARK: Shortage of descriptors

    static let noDescriptorReport = ServerReport(
        .fatal, .tooManyConnections,
        "too many clients: the proxy has no file descriptor left for another connection",
        hint: "Retry later, or have the proxy's limit of open files raised.")

    /// Somebody was refused for want of a descriptor: said once, and counted.
    func noteShortage() {
        guard shared.shortage.withLock({ $0.refused(at: reactor.now) }) else {
            return armShortage()
        }
        log(
            .warning, nil, "file descriptors are short: new clients are refused",
            detail: "The process may have \(shared.descriptors.limit) open files.",
            hint: "Raise the limit of open files (ulimit -n, or LimitNOFILE of a service) or lower "
                + "num_init_children.")
        armShortage()
    }

    private func armShortage() {
        guard shortageLookAt == 0 else { return }
        shortageLookAt = reactor.now &+ DescriptorShortage.quietTime
        arm(shortageLookAt)
    }

    func lookAtShortage() {
        shortageLookAt = 0
        switch shared.shortage.withLock({ $0.look(at: reactor.now) }) {
        case .none: break
        case .later(let time):
            shortageLookAt = time
            arm(time)
        case .over(let refused):
            log(
                .log, nil, "file descriptors are not short any more",
                detail: "Refused since the warning: \(refused).")
        }
    }

    /// The client got one of the last descriptors: it may say who it is, or cancel something, and is
    /// told that there is no room for it.
    private func startSurplus(_ client: ClientRef, _ descriptor: Int32) {
        noteShortage()
        client.pointee.isSurplus = true
        guard shared.descriptors.admits(refused: descriptor) else {
            return refuse(client, Self.noDescriptorReport)
        }
        client.pointee.deadline = reactor.now &+ Self.farewell
        arm(client.pointee.deadline)
    }

    private func counted(_ worker: Int, _ difference: Int) {
        shared.counters[worker].clients.wrappingAdd(difference, ordering: .relaxed)
    }

    func adoptClient(_ descriptor: Int32, _ peer: SocketAddress) { startClient(descriptor, peer) }

    private func startClient(_ descriptor: Int32, _ peer: SocketAddress) {
        let client = ClientRef.allocate(capacity: 1)
        client.initialize(to: ClientConnection(peer: peer))
        client.pointee.socket = reactor.adopt(
            descriptor, owner: Self.owner(client, .client))
        client.pointee.handle = clients.insert(client)
        client.pointee.connectedAt = reactor.now
        if settings.authenticationTimeout > 0 {
            client.pointee.deadline = reactor.now &+ settings.authenticationTimeout
            arm(client.pointee.deadline)
        }
        logConnection(client)
        if !shared.descriptors.admits(client: descriptor) {
            return startSurplus(client, descriptor)
        }
        if reactor.backlogBytesTotal > settings.totalBacklogMax {
            refuse(
                client,
                ServerReport(
                    .fatal, .outOfMemory, "out of memory for new sessions",
                    detail: "Clients and servers that read slowly hold total_backlog_max bytes."))
        }
    }

    @inline(__always)
    func clientReceived(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) {
        client.pointee.lastActive = reactor.now
        if client.pointee.input.count == 0, client.pointee.block == .none {
            let used = consume(client, bytes)
            guard used < bytes.count, isOpen(client) else { return }
            client.pointee.input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
        } else {
            client.pointee.input.append(bytes)
            if client.pointee.block == .none { continueClient(client) }
        }
        limitInput(client)
    }

    /// Goes on with what the client sent while it had to wait.
    func continueClient(_ client: ClientRef) {
        guard isOpen(client), client.pointee.block == .none, client.pointee.input.count > 0 else {
            return limitInput(client)
        }
        var stash = client.pointee.input.take()
        let used = consume(client, stash.bytes)
        guard isOpen(client) else { return stash.release() }
        stash.drop(used)
        client.pointee.input = stash
        limitInput(client)
    }

    /// Holds a client back whose next message has to wait, or lets it go on.
    private func limitInput(_ client: ClientRef) {
        guard isOpen(client) else { return }
        let waits =
            client.pointee.block != .none || client.pointee.phase == .queued
            || client.pointee.phase == .preparing || client.pointee.phase == .passingThrough
        if waits, client.pointee.input.count >= Self.blockedInputMax {
            reactor.pause(client.pointee.socket)
        } else if !client.pointee.isHeldBack {
            reactor.resume(client.pointee.socket)
        }
    }

    /// Whether the client is still there; anything that sends or closes may end it.
    @inline(__always)
    func isOpen(_ client: ClientRef) -> Bool { client.pointee.socket != .none }

    /// Takes as many of the bytes as can be dealt with now.
    @inline(__always)
    private func consume(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        switch client.pointee.phase {
        case .ready: return relayFrontend(client, bytes)
        case .startup: return consumeStartup(client, bytes)
        case .authenticating: return consumePassword(client, bytes)
        case .passingThrough: return consumePassedThrough(client, bytes)
        case .queued, .preparing: return 0
        case .closing: return bytes.count
        }
    }

    // MARK: Sending to clients

    /// Sends bytes of our own making.
    func send(_ client: ClientRef, _ bytes: [UInt8]) {
        guard isOpen(client) else { return }
        let outcome = bytes.withUnsafeBytes { reactor.send(client.pointee.socket, $0) }
        if outcome == .failed { clientLeft(client) }
    }

    /// Tells the client why and closes the connection when it has read it.
    ///
    /// - Parameter isClean: what the client had asked for before still runs to its end.
    func refuse(_ client: ClientRef, _ report: ServerReport, isClean: Bool = false) {
        var writer = WireWriter()
        writer.report(report)
        refuse(client, bytes: writer.bytes, isClean: isClean)
    }

    /// A part of a message has been forwarded from this server, and not its end.
    static func isMidMessage(_ server: ServerRef) -> Bool {
        server.pointee.passRemaining > 0 && server.pointee.passIsForwarded
    }

    /// As ``refuse(_:_:)`` with a message that a server made.
    func refuse(_ client: ClientRef, bytes: [UInt8], isClean: Bool = false) {
        guard isOpen(client), client.pointee.phase != .closing else { return }
        // In the middle of a server's message these bytes would pass for the rest of it.
        guard !client.pointee.leases.contains(where: Self.isMidMessage) else {
            return closeClient(client, isClean: false)
        }
        send(client, bytes)
        guard isOpen(client) else { return }
        leaveSession(client, isClean: isClean)
        client.pointee.phase = .closing
        client.pointee.block = .none
        client.pointee.input.release()
        client.pointee.deadline =
            reactor.now &+ (client.pointee.isSurplus ? Self.hastyFarewell : Self.farewell)
        arm(client.pointee.deadline)
        // Unread input would turn the close into a reset that destroys the message on its way.
        reactor.resume(client.pointee.socket)
        if reactor.backlogBytes(client.pointee.socket) == 0 {
            reactor.shutdownSending(client.pointee.socket)
        }
    }

    func clientDrained(_ client: ClientRef) {
        if client.pointee.phase == .closing {
            return reactor.shutdownSending(client.pointee.socket)
        }
        for server in client.pointee.leases where server.pointee.isHeldBack {
            server.pointee.isHeldBack = false
            reactor.resume(server.pointee.socket)
        }
    }

    // MARK: Deadlines

    func clientDeadline(_ client: ClientRef) -> UInt64 {
        switch client.pointee.phase {
        case .preparing where client.pointee.block == .primary:
            return min(client.pointee.retryAt, client.pointee.deadline)
        case .startup, .preparing, .authenticating, .passingThrough, .closing:
            return client.pointee.deadline
        case .queued: return 0
        case .ready:
            switch client.pointee.block {
            case .position, .catalog: return client.pointee.patience
            case .report: return client.pointee.deadline
            case .primary: return client.pointee.retryAt
            case .none, .quiet, .lease:
                let limit = settings(of: client).clientIdleLimit
                return limit > 0 ? client.pointee.lastActive &+ limit : 0
            }
        }
    }

    func clientExpired(_ client: ClientRef) {
        switch client.pointee.phase {
        case .closing: closeClient(client, isClean: false)
        case .ready where client.pointee.block == .position || client.pointee.block == .catalog:
            client.pointee.block = .none
            continueClient(client)
        case .ready where client.pointee.block == .report: reportLate(client)
        case .ready where client.pointee.block == .primary: retryPrimary(client)
        case .preparing
        where client.pointee.block == .primary && reactor.now < client.pointee.deadline:
            retryPrimary(client)
        case .ready:
            // A statement that computes is not an idle client, however long it takes, nor is one
            // that waits for a connection.
            let isWorking = client.pointee.active.map { !$0.pointee.machine.isQuiet } ?? false
            if isWorking || client.pointee.block != .none {
                client.pointee.lastActive = reactor.now
                return arm(clientDeadline(client))
            }
            refuse(
                client,
                ServerReport(
                    .fatal, .operatorIntervention,
                    "connection terminated due to client idle limit reached",
                    hint: "client_idle_limit is set in the proxy's configuration."))
        case .startup where client.pointee.isSurplus: refuse(client, Self.noDescriptorReport)
        case .startup, .preparing, .authenticating, .passingThrough:
            log(.log, client, "authentication timeout")
            refuse(
                client,
                ServerReport(
                    .fatal, .invalidAuthorization, "canceling authentication due to timeout"))
        case .queued: break
        }
    }

    // MARK: End

    /// The socket ended or broke.
    func clientLeft(_ client: ClientRef) { closeClient(client, isClean: false) }

    /// Gives back what the session held: server connections, its permit, its place in the queue.
    func leaveSession(_ client: ClientRef, isClean: Bool) {
        if client.pointee.phase == .queued {
            shared.permits.withLock {
                $0.withdrawn(.init(worker: index, client: client.pointee.handle))
            }
        }
        if let server = client.pointee.loginServer {
            client.pointee.loginServer = nil
            server.pointee.client = nil
            closeServer(server)
        }
        let partial = client.pointee.passRemaining > 0 ? client.pointee.active : nil
        let leases = client.pointee.leases
        client.pointee.leases = []
        client.pointee.active = nil
        client.pointee.passRemaining = 0
        for server in leases {
            release(server, isHalfSent: server == partial, isClean: isClean)
        }
        if client.pointee.block == .lease {
            for server in servers.all where server.pointee.client == client {
                // Still connecting for this client: it finishes its login and is parked.
                server.pointee.client = nil
            }
        }
        if client.pointee.holdsPermit {
            client.pointee.holdsPermit = false
            if let next = shared.permits.withLock({ $0.sessionEnded() }) {
                shared.mailboxes[next.worker].post(.permitGranted(client: next.client))
            }
        }
    }

    func closeClient(_ client: ClientRef, isClean: Bool) {
        guard isOpen(client) else { return }
        logDisconnection(client)
        leaveSession(client, isClean: isClean)
        reactor.close(client.pointee.socket)
        client.pointee.socket = .none
        clients.remove(client.pointee.handle)
        client.pointee.input.release()
        client.pointee.replay.release()
        counted(index, -1)
        retire(client)
    }
}
