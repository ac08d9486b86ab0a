internal import ClusterModel
internal import Credentials
internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions
internal import Settings
internal import Synchronization

/// From the first byte of a client to its first ReadyForQuery.
extension Worker {
    /// Virtual pids start above the kernel's highest pid (2^22): bit 30, worker, slot.
    private static let processIDBase: Int32 = 0x4000_0000

    func processID(_ client: ClientRef) -> Int32 {
        let slot = Int32(truncatingIfNeeded: client.pointee.handle & 0xF_FFFF)
        return Self.processIDBase | Int32(truncatingIfNeeded: index & 0xFF) << 20 | slot
    }

    // MARK: Startup packet

    func consumeStartup(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        while client.pointee.phase == .startup {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            switch StartupPacket.read(rest.bytes) {
            case .incomplete: return used
            case .malformed(.cancelKey):
                // As PostgreSQL: nobody waits for an answer to a cancel request.
                closeClient(client, isClean: false)
                return bytes.count
            case .malformed(let fault):
                refuse(client, Self.report(fault))
                return bytes.count
            case .packet(let packet, let count):
                used += count
                startup(client, packet)
                guard isOpen(client) else { return bytes.count }
            }
        }
        // Login may have finished within the packet: its first messages may be here already.
        if used < bytes.count, client.pointee.phase == .ready {
            return used
                + relayFrontend(client, UnsafeRawBufferPointer(rebasing: bytes[used...]))
        }
        return used
    }

    private static func report(_ fault: StartupFault) -> ServerReport {
        let detail =
            switch fault {
            case .length(let length): "incorrect packet length (\(length))"
            case .cancelKey: "the cancel request's key is missing or longer than 256 bytes"
            case .parameters: "the list of startup parameters is not terminated"
            }
        return ServerReport(
            .fatal, .protocolViolation, "failed while reading startup packet", detail: detail)
    }

    private func startup(_ client: ClientRef, _ packet: StartupPacket) {
        switch packet {
        case .ssl, .gssEncryption:
            client.pointee.encryptionRequests += 1
            guard client.pointee.encryptionRequests <= 2 else {
                return refuse(
                    client,
                    ServerReport(.fatal, .protocolViolation, "too many encryption requests"))
            }
            send(client, [0x4E])
        case .cancel(let key):
            forwardCancel(key)
            closeClient(client, isClean: true)
        case .protocol2:
            // Before protocol 3 an error was a bare text.
            let text = "FATAL:  unsupported frontend protocol 2.0: the proxy supports 3.0 to 3.2\n"
            refuse(client, bytes: [0x45] + Array(text.utf8) + [0])
        case .unsupported(let major, let minor):
            refuse(
                client,
                ServerReport(
                    .fatal, .featureNotSupported,
                    "unsupported frontend protocol \(major).\(minor): the proxy supports 3.0 to 3.2"
                ))
        case .startup(let message): begin(client, message)
        }
    }

    private func begin(_ client: ClientRef, _ message: StartupMessage) {
        guard !isDraining else {
            return refuse(
                client,
                ServerReport(.fatal, .cannotConnectNow, "the proxy is shutting down"))
        }
        guard !client.pointee.isSurplus else { return refuse(client, Self.noDescriptorReport) }
        guard let profile = SessionProfile(message) else {
            return refuse(
                client,
                ServerReport(
                    .fatal, .invalidAuthorization,
                    "no PostgreSQL user name specified in startup packet"))
        }
        client.pointee.profile = profile
        client.pointee.minorVersion = message.minorVersion >= 2 ? 2 : 0
        let extensions = message.protocolExtensions
        if message.minorVersion > 2 || message.minorVersion == 1 || !extensions.isEmpty {
            var writer = WireWriter()
            writer.negotiateProtocolVersion(
                minor: client.pointee.minorVersion, unknown: extensions)
            send(client, writer.bytes)
            guard isOpen(client) else { return }
        }
        let waiter = PermitBook.Waiter(worker: index, client: client.pointee.handle)
        switch shared.permits.withLock({ $0.sessionRequested(by: waiter) }) {
        case .granted:
            client.pointee.holdsPermit = true
            prepareLogin(client)
        case .queued: client.pointee.phase = .queued
        case .refused:
            refuse(
                client,
                ServerReport(
                    .fatal, .tooManyConnections, "Sorry, too many clients already",
                    hint: "num_init_children and reserved_connections limit the sessions."))
        }
    }

    func permitGranted(_ handle: UInt64) {
        guard let client = clients.find(handle), client.pointee.phase == .queued else {
            // It left meanwhile: the permit goes on to the next one.
            if let next = shared.permits.withLock({ $0.sessionEnded() }) {
                shared.mailboxes[next.worker].post(.permitGranted(client: next.client))
            }
            return
        }
        client.pointee.holdsPermit = true
        // The time in the queue is not the client's fault.
        if settings.authenticationTimeout > 0 {
            client.pointee.deadline = reactor.now &+ settings.authenticationTimeout
            arm(client.pointee.deadline)
        }
        prepareLogin(client)
        continueClient(client)
    }

    // MARK: Proof

    /// Finds out how this client has to prove itself: from the facts of an earlier login, else by
    /// opening a server connection for it.
    /// A login that waited for a primary tries anew.
    func loginAgain(_ client: ClientRef) { prepareLogin(client) }

    private func prepareLogin(_ client: ClientRef) {
        client.pointee.phase = .preparing
        guard let profile = client.pointee.profile else { return }
        guard let node = loginNode(profile) else {
            if waitAfterFailedLease(client) { return }
            return refuse(
                client,
                ServerReport(
                    .fatal, .noUsableNode, "pgpool is not accepting any new connections",
                    detail:
                        "all backend nodes are down, pgpool requires at least one valid node",
                    hint: "repair the backend nodes and restart pgpool"))
        }
        if !profile.isReplication, let welcome = knownWelcome(profile) {
            client.pointee.welcome = welcome
            if needsPassThrough(client, welcome.method) { return openForLogin(client, node: node) }
            return authenticate(client, welcome.method)
        }
        openForLogin(client, node: node)
    }

    private func knownWelcome(_ profile: SessionProfile) -> Welcome? {
        let epoch = cluster.snapshot.epoch
        return shared.welcomes.withLock {
            $0.welcome(
                profile.startupKey, now: reactor.now, ageMax: settings.welcomeAgeMax, epoch: epoch)
        }
    }

    /// The primary; for reads alone any node will do while there is none.
    private func loginNode(_ profile: SessionProfile) -> Int? {
        if let writer = cluster.writer { return writer }
        return profile.isReplication ? nil : cluster.snapshot.mainNode
    }

    /// Nobody here has a password that fits, and with one server the client can answer it itself.
    private func needsPassThrough(_ client: ClientRef, _ method: AuthenticationMethod) -> Bool {
        guard method == .md5 || method == .scram, settings.backendCount == 1,
            !settings.settings.allowClearTextFrontendAuth, let profile = client.pointee.profile
        else { return false }
        return settings.passwords.entry(profile.user) == nil
    }

    /// Challenges the client in the method of the servers.
    func authenticate(_ client: ClientRef, _ method: AuthenticationMethod) {
        guard let profile = client.pointee.profile else { return }
        let user = profile.user
        let entry = settings.passwords.entry(user)
        if let reason = entry?.unusableReason {
            log(
                .warning, client, "pool_passwd: the entry of the user cannot be used",
                detail: reason)
        }
        if let known = settings.passwords.credential(user) { client.pointee.credential = known }
        switch method {
        case .trust: proven(client)
        case .clearText:
            switch entry {
            case nil: challenge(client, .clearText(expected: nil))
            case .md5(let stored)?: challenge(client, .clearText(expected: .md5(stored)))
            case let entry?:
                guard let password = entry.clearText else { return refusePassword(client) }
                challenge(client, .clearText(expected: .clearText(password)))
            }
        case .md5, .scram:
            if entry == nil, settings.settings.allowClearTextFrontendAuth {
                log(
                    .log, client, "using clear text authentication with frontend",
                    detail: "backend will still use \(method == .md5 ? "md5" : "SCRAM") auth",
                    hint: "you can disable this behavior by setting "
                        + "allow_clear_text_frontend_auth to off")
                return challenge(client, .clearText(expected: nil))
            }
            if method == .md5 { return challengeMD5(client, user, entry) }
            challengeSCRAM(client, user, entry)
        }
    }

    private func challengeMD5(_ client: ClientRef, _ user: [UInt8], _ entry: StoredPassword?) {
        do throws(CryptoFailure) {
            let salt = try RandomBytes.secure(MD5Password.saltByteCount)
            // Without an entry the exchange is played to its end with a password nobody knows.
            if let stored = try entry?.md5(user: user) {
                return challenge(client, .md5(stored, salt: salt))
            }
            let nobodys = try MD5Password(password: try RandomBytes.secure(16), user: user)
            challenge(client, .md5(nobodys, salt: salt))
        } catch { cryptoFailed(client, error) }
    }

    private func challengeSCRAM(_ client: ClientRef, _ user: [UInt8], _ entry: StoredPassword?) {
        if let keys = settings.passwords.knownServerKeys(user) {
            return challenge(client, .scram(ScramServerExchange(keys: keys)))
        }
        guard entry?.clearText != nil else {
            guard let keys = settings.passwords.mockKeys(user) else {
                return refusePassword(client)
            }
            return challenge(client, .scram(ScramServerExchange(mock: keys)))
        }
        client.pointee.phase = .preparing
        let passwords = settings.passwords
        let mailbox = mailbox
        let handle = client.pointee.handle
        shared.blocking.run {
            mailbox.post(.serverKeysDerived(passwords.deriveServerKeys(user), client: handle))
        }
    }

    func serverKeysDerived(_ keys: ScramKeys?, _ handle: UInt64) {
        guard let client = clients.find(handle), client.pointee.phase == .preparing else { return }
        guard let keys else { return refusePassword(client) }
        challenge(client, .scram(ScramServerExchange(keys: keys)))
        continueClient(client)
    }

    private func challenge(_ client: ClientRef, _ challenge: ClientAuthentication.Challenge) {
        guard let profile = client.pointee.profile else { return }
        let authentication = ClientAuthentication(user: profile.user, challenge: challenge)
        client.pointee.authentication = authentication
        client.pointee.phase = .authenticating
        send(client, authentication.begin())
    }

    func consumePassword(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        while client.pointee.phase == .authenticating {
            switch FrameHeader.read(bytes.bytes, at: used) {
            case .incomplete: return used
            case .malformed: return malformed(client, bytes)
            case .header(let header):
                guard header.bodyCount <= ClientAuthentication.messageBytesMax else {
                    return malformed(client, bytes)
                }
                guard bytes.count - used >= header.total else { return used }
                let body = Array(bytes[(used + FrameHeader.byteCount)..<(used + header.total)])
                used += header.total
                answered(client, header.type, body)
                guard isOpen(client) else { return bytes.count }
            }
        }
        if used < bytes.count, client.pointee.phase == .ready {
            return used
                + relayFrontend(client, UnsafeRawBufferPointer(rebasing: bytes[used...]))
        }
        return used
    }

    private func malformed(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        refuse(
            client, ServerReport(.fatal, .protocolViolation, "invalid authentication packet"))
        return bytes.count
    }

    private func answered(_ client: ClientRef, _ type: UInt8, _ body: [UInt8]) {
        guard type != FrontendType.terminate else { return closeClient(client, isClean: true) }
        guard var authentication = client.pointee.authentication,
            let profile = client.pointee.profile
        else { return }
        let action = authentication.received(type, body: body)
        client.pointee.authentication = authentication
        switch action {
        case .send(let bytes): send(client, bytes)
        case .accepted(let clearText, let final):
            client.pointee.authentication = nil
            if let clearText, settings.passwords.entry(profile.user) == nil {
                client.pointee.credential = settings.passwords.credential(
                    profile.user, clearText: clearText)
            }
            if !final.isEmpty { send(client, final) }
            if isOpen(client) { proven(client) }
        case .refused(let report):
            log(
                .warning, client, report.message,
                detail: settings.passwords.entry(profile.user) == nil
                    ? "pool_passwd file does not contain an entry for "
                        + "\"\(String(decoding: profile.user, as: UTF8.self))\"" : nil)
            refuse(client, report)
        }
    }

    /// The client convinced us, or the servers want no proof. A server may still have to be.
    private func proven(_ client: ClientRef) {
        if let server = client.pointee.loginServer {
            client.pointee.phase = .preparing
            guard server.pointee.login?.isAwaitingSecret == true else { return }
            server.pointee.credential = client.pointee.credential
            let action = server.pointee.login?.secretKnown(client.pointee.credential.secret)
            return perform(server, action ?? .wait)
        }
        guard let profile = client.pointee.profile, let welcome = client.pointee.welcome else {
            return
        }
        // A clear password that no server has accepted yet is no proof: a server is asked.
        if welcome.method != .trust, settings.passwords.entry(profile.user) == nil,
            welcome.verifiedIdentity == nil
                || client.pointee.credential.identity != welcome.verifiedIdentity
        {
            client.pointee.phase = .preparing
            guard let node = loginNode(profile) else { return refusePassword(client) }
            return openForLogin(client, node: node)
        }
        loggedIn(client)
    }

    private func refusePassword(_ client: ClientRef) {
        guard let profile = client.pointee.profile else { return }
        refuse(client, ClientAuthentication.passwordRefused(profile.user))
    }

    private func cryptoFailed(_ client: ClientRef, _ failure: CryptoFailure) {
        refuse(
            client, ServerReport(.fatal, .internalError, "authentication failed: \(failure)"))
    }

    // MARK: Pass-through

    /// The client's answers to the server's own challenges.
    func consumePassedThrough(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        guard case .header(let header) = FrameHeader.read(bytes.bytes, at: 0) else {
            return bytes.count < FrameHeader.byteCount ? 0 : malformed(client, bytes)
        }
        guard header.type == FrontendType.password,
            header.bodyCount <= ClientAuthentication.messageBytesMax
        else { return malformed(client, bytes) }
        guard bytes.count >= header.total else { return 0 }
        if let server = client.pointee.loginServer {
            send(server, Array(bytes[..<header.total]))
        }
        return header.total
    }

    // MARK: Welcome

    /// Which node the redirect lists choose for the session's reads.
    private func preference(_ profile: SessionProfile) -> ReaderPreference? {
        guard lists.hasPreferences,
            let found = lists.preference(
                user: profile.user, database: profile.database,
                application: profile.applicationName)
        else { return nil }
        let target: ReaderPreference.Target =
            switch found.target {
            case .primary: .primary
            case .standby: .standby
            case .node(let node): .node(node)
            }
        return ReaderPreference(target: target, ratio: found.ratio)
    }

    /// Whose writes the session's reads must see besides its own.
    private func writeClock(_ profile: SessionProfile) -> WriteClock? {
        switch settings.writeScope {
        case .off, .session: nil
        case .user: shared.writeClocks.withLock { $0.clock(profile.user) }
        case .global: shared.writeClock
        }
    }

    /// Tells the client that its session begins.
    func loggedIn(_ client: ClientRef) {
        guard let profile = client.pointee.profile, let welcome = client.pointee.welcome else {
            return
        }
        var secret: [UInt8] = []
        do throws(CryptoFailure) {
            secret = try RandomBytes.secure(client.pointee.minorVersion >= 2 ? 32 : 4)
        } catch { return cryptoFailed(client, error) }
        withUnsafeMutableBytes(of: &client.pointee.cancelSecret) { $0.copyBytes(from: secret) }
        var writer = WireWriter()
        writer.authentication(.ok)
        writer.raw(welcome.parameterMessages)
        writer.parameterStatus("application_name".utf8, profile.applicationName)
        writer.backendKeyData(CancelKey(processID: processID(client), secret: secret))
        writer.readyForQuery(.idle)
        client.pointee.key = shared.welcomes.withLock {
            $0.number(profile.startupKey, client.pointee.credential.identity)
        }
        client.pointee.phase = .ready
        client.pointee.dialect = welcome.dialect
        client.pointee.writeClock = writeClock(profile)
        client.pointee.preference = preference(profile)
        client.pointee.database = shared.databases.withLock { $0.number(profile.database) }
        refreshSearchPath(client)
        if let facts = welcome.facts { client.pointee.route.defaults = facts.defaults }
        client.pointee.lastActive = reactor.now
        client.pointee.isFixed =
            client.pointee.isFixed || profile.isReplication || settings.backendCount == 1
            || cluster.topology.mode == .raw || !cluster.topology.loadBalance && !givesUpState
        arm(clientDeadline(client))
        send(client, writer.bytes)
        if settings.settings.logConnections, isOpen(client) {
            shared.log.emit(ProcessLogTexts.authorized(label(client)))
        }
    }
}
