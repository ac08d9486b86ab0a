internal import ClusterModel
internal import Credentials
internal import Glibc
internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions
internal import Settings
internal import Synchronization

/// Server connections: asking for one, opening, logging in, handing over.
extension Worker {
    /// How long a login to a server may take once the socket is connected, in nanoseconds.
    private static let serverLoginTimeout: UInt64 = 60_000_000_000

    // MARK: Leases

    /// The client needs a connection to `node`; it goes on when it has one.
    func acquire(_ client: ClientRef, node: Int) {
        client.pointee.block = .lease
        client.pointee.wantedNode = node
        requestServer(client)
    }

    /// Asks the permit book for what `wantedNode` needs. Also the answer to "ask again".
    func requestServer(_ client: ClientRef) {
        guard client.pointee.block == .lease, client.pointee.phase == .ready else { return }
        let key = PoolKey(node: client.pointee.wantedNode, key: client.pointee.key)
        let isDedicated = client.pointee.profile?.isReplication == true
        while true {
            let waiter = PermitBook.Waiter(worker: index, client: client.pointee.handle)
            let permit = shared.permits.withLock {
                isDedicated
                    ? $0.serverRequested(PoolKey(node: key.node, key: -2), waiter: waiter)
                    : $0.serverRequested(key, waiter: waiter)
            }
            switch permit {
            case .reuse(let idle):
                if idle.worker != index {
                    return shared.mailboxes[idle.worker].post(
                        .giveServer(
                            server: idle.handle, worker: index, client: client.pointee.handle))
                }
                guard let server = servers.find(idle.handle) else { continue }
                guard reactor.isSilent(server.pointee.socket) else {
                    // It ended or has something to say: no connection to start a session with.
                    closeServer(server)
                    continue
                }
                return attach(server, to: client)
            case .open: return openServer(for: client, node: key.node)
            case .openInsteadOf(let idle):
                closeIdle(idle, isCounted: false)
                return openServer(for: client, node: key.node)
            case .queued: return
            }
        }
    }

    /// A connection became free: the client asks again, or somebody else is told.
    func serverAvailable(_ handle: UInt64, node: Int) {
        if let client = clients.find(handle), client.pointee.wantedNode == node {
            if client.pointee.block == .lease { return requestServer(client) }
            if client.pointee.phase == .preparing, client.pointee.awaitsLoginServer {
                return openForLogin(client, node: node)
            }
        }
        wake(shared.permits.withLock { $0.nextServerWaiter(node) }, node: node)
    }

    /// Has its holder close an idle connection that the permit book struck off.
    ///
    /// - Parameter isCounted: false where another connection takes its place in the count.
    private func closeIdle(_ idle: IdleServer, isCounted: Bool) {
        if idle.worker == index {
            if let server = servers.find(idle.handle) {
                closeServer(server, isCounted: isCounted)
            }
        } else {
            shared.mailboxes[idle.worker].post(
                .closeIdle(server: idle.handle, isCounted: isCounted))
        }
    }

    /// The connection serves this client from now on.
    private func attach(_ server: ServerRef, to client: ClientRef) {
        server.pointee.phase = .leased
        server.pointee.client = client
        server.pointee.deadline = 0
        server.pointee.machine = ServerMachine()
        server.pointee.timer = RequestTimer()
        server.pointee.stateVersion = 0
        server.pointee.isCatchingUp = false
        client.pointee.leases.append(server)
        client.pointee.block = .none
        client.pointee.wantedNode = -1
        client.pointee.registry.lost(server.pointee.node)
        // What the session has SET comes first, if it has: then the connection may not differ.
        if client.pointee.stateLog.version == 0 { tellParameters(client, server) }
        guard isOpen(client) else { return }
        if let name = client.pointee.profile?.applicationName,
            name != server.pointee.applicationName
        {
            rename(server, name)
        }
        continueClient(client)
    }

    /// Tells the client where this connection differs from what it was greeted with: it may be
    /// older than a change of the server's configuration, or another node's.
    func tellParameters(_ client: ClientRef, _ server: ServerRef) {
        // What the open transaction has SET comes to this connection next: the client knows of it.
        guard client.pointee.stateLog.transactionTexts.isEmpty else { return }
        var writer = WireWriter()
        for parameter in server.pointee.parameters
        where !parameter.name.elementsEqual("application_name".utf8)
            && !parameter.name.elementsEqual("in_hot_standby".utf8)
        {
            guard remember(client, parameter) else { continue }
            writer.parameterStatus(parameter.name, parameter.value)
        }
        guard !writer.bytes.isEmpty else { return }
        client.pointee.dialect = Welcome.dialect(server.pointee.parameters)
        send(client, writer.bytes)
    }

    /// Gives the connection the client's application_name, which is not part of the pool key.
    private func rename(_ server: ServerRef, _ name: [UInt8]) {
        var text = Array("SET application_name TO '".utf8)
        for byte in name {
            // As PostgreSQL does: printable ASCII only; so no quoting mode can misread it.
            let isPlain = byte >= 0x20 && byte < 0x7F
            if byte == 0x27 { text.append(0x27) }
            text.append(isPlain && byte != 0x5C ? byte : 0x3F)
        }
        text.append(0x27)
        var writer = WireWriter()
        writer.query(text)
        server.pointee.machine.inserted(.insertedQuery)
        server.pointee.applicationName = name
        send(server, writer.bytes)
    }

    // MARK: Between workers

    func giveServer(_ handle: UInt64, to worker: Int, client: UInt64) {
        guard let server = servers.find(handle), server.pointee.phase == .parked,
            server.pointee.input.count == 0, server.pointee.passRemaining == 0,
            reactor.isSilent(server.pointee.socket),
            let descriptor = reactor.detach(server.pointee.socket)
        else {
            if let server = servers.find(handle), server.pointee.phase == .parked {
                closeServer(server)
            }
            return shared.mailboxes[worker].post(.serverGone(client: client))
        }
        let handoff = server.pointee.handoff(descriptor: descriptor)
        server.pointee.phase = .closed
        servers.remove(handle)
        retire(server)
        shared.mailboxes[worker].post(.adoptServer(handoff, client: client))
    }

    func adoptServer(_ handoff: ServerHandoff, client handle: UInt64) {
        let server = ServerRef.allocate(capacity: 1)
        server.initialize(
            to: ServerConnection(
                node: handoff.node, profile: handoff.profile, credential: handoff.credential))
        server.pointee.key = handoff.key
        server.pointee.cancelKey = handoff.cancelKey
        server.pointee.parameters = handoff.parameters
        server.pointee.applicationName = handoff.applicationName
        server.pointee.sessionsServed = handoff.sessionsServed
        server.pointee.openedAt = handoff.openedAt
        server.pointee.socket = reactor.adopt(
            handoff.descriptor, owner: Self.owner(server, .server))
        server.pointee.handle = servers.insert(server)
        guard let client = clients.find(handle), client.pointee.block == .lease,
            client.pointee.wantedNode == handoff.node, client.pointee.key == handoff.key
        else { return park(server) }
        attach(server, to: client)
    }

    // MARK: Opening

    /// Opens a connection to learn how this client has to log in and what it is greeted with.
    func openForLogin(_ client: ClientRef, node: Int) {
        guard let profile = client.pointee.profile else { return }
        let waiter = PermitBook.Waiter(worker: index, client: client.pointee.handle)
        let permit = shared.permits.withLock {
            $0.serverRequested(PoolKey(node: node, key: -2), waiter: waiter)
        }
        client.pointee.awaitsLoginServer = false
        client.pointee.wantedNode = node
        switch permit {
        case .openInsteadOf(let idle): closeIdle(idle, isCounted: false)
        case .open, .reuse: break
        case .queued:
            // Room is on its way; the authentication timeout bounds the wait.
            client.pointee.awaitsLoginServer = true
            return
        }
        let server = makeServer(node: node, profile: profile, credential: client.pointee.credential)
        server.pointee.isForLogin = true
        server.pointee.client = client
        client.pointee.loginServer = server
        connect(server)
    }

    private func openServer(for client: ClientRef, node: Int) {
        guard let profile = client.pointee.profile else { return }
        let server = makeServer(
            node: node, profile: profile, credential: client.pointee.credential)
        server.pointee.key = client.pointee.key
        server.pointee.client = client
        connect(server)
    }

    private func makeServer(
        node: Int, profile: SessionProfile, credential: SessionCredential
    ) -> ServerRef {
        let server = ServerRef.allocate(capacity: 1)
        server.initialize(
            to: ServerConnection(node: node, profile: profile, credential: credential))
        server.pointee.handle = servers.insert(server)
        server.pointee.openedAt = reactor.now
        return server
    }

    /// Tries the node's addresses from `addressIndex` on.
    private func connect(_ server: ServerRef) {
        let addresses = cluster.addresses(of: server.pointee.node)
        while addresses.indices.contains(server.pointee.addressIndex) {
            let address = addresses[server.pointee.addressIndex]
            if let socket = reactor.connect(to: address, owner: Self.owner(server, .server)) {
                server.pointee.socket = socket
                server.pointee.phase = .connecting
                let timeout = settings.connectTimeout(server.pointee.node)
                server.pointee.deadline = timeout == 0 ? 0 : reactor.now &+ timeout
                return arm(server.pointee.deadline)
            }
            if Reactor.isShortage(errno) { return openStarved(server) }
            server.pointee.addressIndex += 1
        }
        openFailed(server, "could not connect to node \(server.pointee.node)")
    }

    func serverConnected(_ server: ServerRef) {
        server.pointee.phase = .loggingIn
        server.pointee.deadline = reactor.now &+ Self.serverLoginTimeout
        arm(server.pointee.deadline)
        // For a login the method decides what to ask the client; else the secret is known.
        let secret: ServerLogin.Secret? =
            server.pointee.isForLogin && server.pointee.credential.secret == .none
            ? nil : server.pointee.credential.secret
        server.pointee.login = ServerLogin(user: server.pointee.profile.user, secret: secret)
        send(server, server.pointee.profile.startupPacket())
    }

    // MARK: Login

    /// Reads login messages; returns how many bytes are used.
    func consumeLogin(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        while server.pointee.phase == .loggingIn {
            switch FrameHeader.read(bytes.bytes, at: used) {
            case .incomplete: return used
            case .malformed(let type, _):
                loginFailed(server, .protocolViolation(type: type))
                return bytes.count
            case .header(let header):
                guard header.total <= 65_536 else {
                    loginFailed(server, .protocolViolation(type: header.type))
                    return bytes.count
                }
                guard bytes.count - used >= header.total else { return used }
                let frame = Array(bytes[used..<used + header.total])
                used += header.total
                let action = server.pointee.login?.received(header.type, frame: frame)
                perform(server, action ?? .wait)
            }
        }
        return used
    }

    /// Does what the login machine says.
    func perform(_ server: ServerRef, _ action: ServerLogin.Action) {
        switch action {
        case .wait: break
        case .send(let bytes): send(server, bytes)
        case .needSecret(let method): secretNeeded(server, method)
        case .deriveKeys(let password, let salt, let iterations):
            deriveKeys(server, password, salt, iterations)
        case .relay(let frame):
            guard let client = server.pointee.client else { return closeServer(server) }
            client.pointee.phase = .passingThrough
            send(client, frame)
            if isOpen(client) { continueClient(client) }
        case .loggedIn(let greeting): serverLoggedIn(server, greeting)
        case .failed(let failure): loginFailed(server, failure)
        }
    }

    private func secretNeeded(_ server: ServerRef, _ method: AuthenticationMethod) {
        guard server.pointee.isForLogin, let client = server.pointee.client else {
            let action = server.pointee.login?.secretKnown(server.pointee.credential.secret)
            return perform(server, action ?? .wait)
        }
        let isUnknown = settings.passwords.entry(server.pointee.profile.user) == nil
        if isUnknown, method == .md5 || method == .scram, settings.backendCount == 1,
            !settings.settings.allowClearTextFrontendAuth
        {
            server.pointee.isPassedThrough = true
            let action = server.pointee.login?.passThrough()
            return perform(server, action ?? .wait)
        }
        authenticate(client, method)
    }

    private func deriveKeys(
        _ server: ServerRef, _ password: [UInt8], _ salt: [UInt8], _ iterations: Int
    ) {
        let passwords = settings.passwords
        if let keys = passwords.knownClientKeys(
            password: password, salt: salt, iterations: iterations)
        {
            let action = server.pointee.login?.keysDerived(keys)
            return perform(server, action ?? .wait)
        }
        let mailbox = mailbox
        let handle = server.pointee.handle
        shared.blocking.run {
            let keys = passwords.deriveClientKeys(
                password: password, salt: salt, iterations: iterations)
            mailbox.post(.clientKeysDerived(keys, server: handle))
        }
    }

    func clientKeysDerived(_ keys: ScramClientKeys?, _ handle: UInt64) {
        guard let server = servers.find(handle), server.pointee.phase == .loggingIn else { return }
        guard let keys else {
            return loginFailed(server, .noSecret(.scram))
        }
        let action = server.pointee.login?.keysDerived(keys)
        perform(server, action ?? .wait)
    }

    private func serverLoggedIn(_ server: ServerRef, _ greeting: ServerGreeting) {
        server.pointee.login = nil
        server.pointee.cancelKey = greeting.cancelKey
        server.pointee.parameters = greeting.parameters
        server.pointee.deadline = 0
        server.pointee.phase = .leased
        if server.pointee.isForLogin, !server.pointee.isPassedThrough,
            !server.pointee.profile.isReplication
        {
            return askFacts(server, greeting)
        }
        loginCompleted(server, greeting)
    }

    /// The first connection of a startup key tells what its sessions begin with.
    private func askFacts(_ server: ServerRef, _ greeting: ServerGreeting) {
        server.pointee.greeting = greeting
        server.pointee.phase = .asking
        server.pointee.deadline = reactor.now &+ Self.serverLoginTimeout
        arm(server.pointee.deadline)
        var writer = WireWriter()
        writer.query(LoginFacts.question.utf8)
        send(server, writer.bytes)
    }

    /// Reads the answer; returns how many bytes are used. Without an answer the facts are unknown.
    func consumeFacts(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        while server.pointee.phase == .asking {
            guard case .header(let header) = FrameHeader.read(bytes.bytes, at: used) else {
                if case .malformed(let type, _) = FrameHeader.read(bytes.bytes, at: used) {
                    loginFailed(server, .protocolViolation(type: type))
                    return bytes.count
                }
                return used
            }
            guard header.total <= 65_536 else {
                loginFailed(server, .protocolViolation(type: header.type))
                return bytes.count
            }
            guard bytes.count - used >= header.total else { return used }
            let body = bytes[used + FrameHeader.byteCount..<used + header.total]
            used += header.total
            switch header.type {
            case BackendType.dataRow:
                server.pointee.facts = LoginFacts(
                    row: UnsafeRawBufferPointer(rebasing: body).bytes)
            case BackendType.readyForQuery:
                guard let greeting = server.pointee.greeting else { return used }
                server.pointee.greeting = nil
                server.pointee.deadline = 0
                server.pointee.phase = .leased
                loginCompleted(server, greeting)
            default: break
            }
        }
        return used
    }

    private func loginCompleted(_ server: ServerRef, _ greeting: ServerGreeting) {
        guard server.pointee.isForLogin else {
            guard let client = server.pointee.client, client.pointee.block == .lease,
                client.pointee.wantedNode == server.pointee.node
            else { return park(server) }
            return attach(server, to: client)
        }
        server.pointee.isForLogin = false
        guard let client = server.pointee.client else { return park(server) }
        client.pointee.loginServer = nil
        let profile = server.pointee.profile
        let isClearText =
            settings.passwords.entry(profile.user) == nil
            && client.pointee.credential.identity != nil
        let welcome = Welcome(
            greeting: greeting,
            verifiedIdentity: isClearText ? client.pointee.credential.identity : nil,
            facts: server.pointee.facts, learnedAt: reactor.now, epoch: cluster.snapshot.epoch)
        client.pointee.welcome = welcome
        let isDedicated = server.pointee.isPassedThrough || profile.isReplication
        if !isDedicated || server.pointee.isPassedThrough {
            shared.welcomes.withLock { $0.learned(welcome, profile.startupKey) }
        }
        if isDedicated { client.pointee.isFixed = true }
        loggedIn(client)
        guard isOpen(client) else { return park(server) }
        server.pointee.key = client.pointee.key
        if isDedicated {
            server.pointee.machine = ServerMachine()
            client.pointee.leases.append(server)
        } else {
            park(server)
        }
        continueClient(client)
    }

    private func loginFailed(_ server: ServerRef, _ failure: ServerLogin.Failure) {
        let profile = server.pointee.profile
        let client = server.pointee.client
        shared.welcomes.withLock { $0.forget(profile.startupKey) }
        if case .refused(let message, let fields) = failure {
            if fields.code == SQLState.tooManyConnections.code, retryAfterEviction(server) {
                return
            }
            log(
                .log, client, "backend authentication failed",
                detail: "node \(server.pointee.node): \(fields.code) \(fields.message)")
            if fields.code == SQLState.cannotConnectNow.code {
                shared.control.post(
                    .nodeLost(server.pointee.node, reason: fields.message))
            }
            detachFailed(server)
            let mayPass = fields.code == SQLState.cannotConnectNow.code
            if let client {
                leaseFailed(client, server.pointee.node, message: message, mayPass: mayPass)
            }
            return closeServer(server)
        }
        let report = Self.report(failure, user: profile.user)
        log(
            .warning, client, "failed to authenticate with backend",
            detail: "node \(server.pointee.node): \(report.message)")
        detachFailed(server)
        var writer = WireWriter()
        writer.report(report)
        if let client {
            leaseFailed(client, server.pointee.node, message: writer.bytes, mayPass: false)
        }
        closeServer(server)
    }

    private func detachFailed(_ server: ServerRef) {
        if let client = server.pointee.client, client.pointee.loginServer == server {
            client.pointee.loginServer = nil
        }
        server.pointee.client = nil
    }

    private static func report(_ failure: ServerLogin.Failure, user: [UInt8]) -> ServerReport {
        switch failure {
        case .refused(_, let fields):
            return ServerReport(.fatal, SQLState(fields.code), fields.message)
        case .unsupported(let code):
            return ServerReport(
                .fatal, .featureNotSupported,
                "the server asks for an authentication method that the proxy does not know",
                detail: "unsupported auth kind received from backend: authkind:\(code)")
        case .noSecret:
            return ClientAuthentication.passwordRefused(user)
        case .scram(let reason):
            return ServerReport(
                .fatal, .invalidPassword, "failed to authenticate with backend using SCRAM",
                detail: "\(reason)")
        case .protocolViolation(let type):
            return ServerReport(
                .fatal, .protocolViolation,
                "unexpected message of type \(type) from the server during login")
        case .crypto(let reason):
            return ServerReport(.fatal, .internalError, "authentication failed: \(reason)")
        }
    }

    /// The server has no room: one idle connection to it goes, and the same is tried once more.
    private func retryAfterEviction(_ server: ServerRef) -> Bool {
        guard !server.pointee.hasRetried,
            let idle = shared.permits.withLock({
                $0.evictionRequested(node: server.pointee.node)
            })
        else { return false }
        closeIdle(idle, isCounted: true)
        server.pointee.hasRetried = true
        reactor.close(server.pointee.socket)
        server.pointee.input.release()
        server.pointee.login = nil
        server.pointee.addressIndex = 0
        connect(server)
        return true
    }

    // MARK: Failures

    /// The node could not be reached on any address.
    private func openFailed(_ server: ServerRef, _ reason: String) {
        let client = server.pointee.client
        let node = server.pointee.node
        log(.warning, client, "failed to create a backend \(node) connection", detail: reason)
        shared.control.post(.nodeLost(node, reason: reason))
        detachFailed(server)
        if let client {
            var writer = WireWriter()
            writer.report(
                ServerReport(
                    .fatal, .connectionFailure, "failed to create a backend \(node) connection",
                    detail: reason))
            leaseFailed(client, node, message: writer.bytes, mayPass: true)
        }
        closeServer(server)
    }

    /// There is no descriptor for the connection, which says nothing about the node. An idle one of
    /// the node makes room, if there is one.
    private func openStarved(_ server: ServerRef) {
        if retryAfterEviction(server) { return }
        noteShortage()
        let client = server.pointee.client
        detachFailed(server)
        if let client {
            var writer = WireWriter()
            writer.report(Self.noDescriptorReport)
            leaseFailed(client, server.pointee.node, message: writer.bytes, mayPass: false)
        }
        closeServer(server)
    }

    /// What the client waited for will not come. A read goes elsewhere; anything else ends here.
    ///
    /// - Parameter mayPass: the node may be about to be given up, or to come back.
    private func leaseFailed(
        _ client: ClientRef, _ node: Int, message: [UInt8], mayPass: Bool
    ) {
        guard isOpen(client) else { return }
        guard client.pointee.phase == .ready, client.pointee.block == .lease,
            node != cluster.writer, !client.pointee.isFixed,
            client.pointee.leaseAttempts < 2
        else {
            if mayPass, waitAfterFailedLease(client) { return }
            return refuse(client, bytes: message)
        }
        client.pointee.leaseAttempts += 1
        // With nobody to write to another standby may do.
        client.pointee.replayForcesPrimary = cluster.writer != nil
        client.pointee.block = .none
        counters.repeatedReads.wrappingAdd(1, ordering: .relaxed)
        continueClient(client)
    }

    /// The socket ended or broke, or the server broke the protocol.
    func serverFailed(_ server: ServerRef, errno: Int32) {
        switch server.pointee.phase {
        case .connecting:
            reactor.close(server.pointee.socket)
            server.pointee.socket = .none
            server.pointee.addressIndex += 1
            if cluster.addresses(of: server.pointee.node).indices
                .contains(server.pointee.addressIndex)
            {
                return connect(server)
            }
            openFailed(server, errno == 0 ? "connection closed" : Self.describe(errno))
        case .loggingIn, .asking:
            openFailed(server, "the server closed the connection during login")
        case .leased: leaseLost(server)
        case .parked:
            if withdraw(server) { closeServer(server) }
        case .resetting: closeServer(server)
        case .closed: break
        }
    }

    // MARK: Deadlines

    func serverDeadline(_ server: ServerRef) -> UInt64 {
        switch server.pointee.phase {
        case .connecting, .loggingIn, .asking, .resetting: return server.pointee.deadline
        case .leased, .closed: return 0
        case .parked:
            let limits = [settings.connectionLifeTime, settings.childLifeTime].filter { $0 > 0 }
            guard let limit = limits.min() else { return 0 }
            return server.pointee.parkedAt &+ limit
        }
    }

    func serverExpired(_ server: ServerRef) {
        switch server.pointee.phase {
        case .connecting:
            serverFailed(server, errno: 110)
        case .loggingIn, .asking: openFailed(server, "the login took too long")
        case .resetting:
            log(.warning, nil, "reset of a server connection took too long: it is closed")
            closeServer(server)
        case .parked:
            if withdraw(server) { closeServer(server) }
        case .leased, .closed: break
        }
    }
}
