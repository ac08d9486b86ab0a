internal import Glibc
internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Sessions
internal import Settings
internal import Synchronization

/// Server connections after their session: drained, reset, parked, closed.
extension Worker {
    /// How long draining and the reset statements may take, in nanoseconds (Pgpool-II: 10 s each).
    private static let resetTimeout: UInt64 = 10_000_000_000

    /// The session left this connection. It is made clean and parked, or closed.
    ///
    /// - Parameters:
    ///   - isHalfSent: the client left in the middle of a message: nobody can complete it.
    ///   - isClean: the client said goodbye: what it had asked for before that still runs.
    func release(_ server: ServerRef, isHalfSent: Bool, isClean: Bool) {
        server.pointee.client = nil
        server.pointee.isHeldBack = false
        reactor.resume(server.pointee.socket)
        let profile = server.pointee.profile
        // A Sync of ours would commit what the client never ended; the end of the connection does
        // not. After an error there is nothing left to commit.
        let isUnended =
            server.pointee.machine.hasOpenSegment && !server.pointee.machine.isSkipping
            && !server.pointee.machine.isCopyingIn
        guard server.pointee.phase == .leased, !isHalfSent, !isUnended,
            settings.settings.connectionCache,
            !server.pointee.isPassedThrough, !profile.isReplication,
            !settings.unpooledDatabases.contains(profile.database),
            cluster.isUsable(server.pointee.node)
        else { return closeServer(server) }
        server.pointee.phase = .resetting
        server.pointee.resetsSent = false
        server.pointee.deadline = reactor.now &+ Self.resetTimeout
        arm(server.pointee.deadline)
        // Bytes of an answer that nobody reads any more are swallowed with the rest of it.
        server.pointee.passIsForwarded = false
        server.pointee.machine.disown()
        abandonWork(server, isCancelled: !isClean)
        continueReset(server)
    }

    /// Ends what the client left unfinished: a COPY, a pipeline without its Sync, a statement.
    private func abandonWork(_ server: ServerRef, isCancelled: Bool) {
        guard !server.pointee.machine.isQuiet else { return }
        let isExecuting =
            !server.pointee.machine.owed.isEmpty
            || server.pointee.machine.isCopyingOut
        var writer = WireWriter()
        if server.pointee.machine.isCopyingIn {
            writer.copyFail("the client left during COPY")
            server.pointee.machine.inserted(.copyEnd)
        }
        if server.pointee.machine.hasOpenSegment || server.pointee.machine.owed.readyCount == 0 {
            writer.empty(FrontendType.sync)
            server.pointee.machine.inserted(.insertedSync)
        }
        if !writer.bytes.isEmpty { send(server, writer.bytes) }
        if isExecuting, isCancelled, server.pointee.phase == .resetting { cancel(server) }
    }

    /// Something came back on a connection whose client is gone.
    func abandonedSpoke(_ server: ServerRef) {
        // More or fewer answers may come than are owed: nobody else can have it.
        if server.pointee.machine.isInDoubt { return closeServer(server) }
        // The COPY that the client had asked for begins only now.
        if server.pointee.machine.isCopyingIn { abandonWork(server, isCancelled: false) }
        continueReset(server)
    }

    /// Goes on with the reset: called when the connection became quiet or a cancel ended.
    func continueReset(_ server: ServerRef) {
        guard server.pointee.phase == .resetting, server.pointee.machine.isQuiet,
            server.pointee.cancelsInFlight == 0
        else { return }
        if server.pointee.resetsSent {
            guard server.pointee.machine.status == .idle, !server.pointee.machine.insertedFailed
            else { return closeServer(server) }
            return park(server)
        }
        server.pointee.resetsSent = true
        server.pointee.machine = ServerMachine(status: server.pointee.machine.status)
        var writer = WireWriter()
        for statement in settings.settings.resetQueryList {
            let word = statement.lowercased()
            if word == "abort", server.pointee.machine.status == .idle { continue }
            if word == "discard all" || word == "reset all" {
                // Both put it back to what the startup packet said.
                server.pointee.applicationName = server.pointee.profile.applicationName
            }
            writer.query(statement.utf8)
            server.pointee.machine.inserted(.insertedQuery)
        }
        if writer.bytes.isEmpty { return continueReset(server) }
        send(server, writer.bytes)
    }

    /// The connection is clean: it waits for its next session.
    func park(_ server: ServerRef) {
        server.pointee.client = nil
        server.pointee.machine = ServerMachine()
        server.pointee.sessionsServed += 1
        let limit = settings.settings.childMaxConnections
        let profile = server.pointee.profile
        guard server.pointee.key >= 0, limit == 0 || server.pointee.sessionsServed < limit,
            settings.settings.connectionCache,
            !settings.unpooledDatabases.contains(profile.database),
            cluster.isUsable(server.pointee.node), !isDraining
        else { return closeServer(server) }
        server.pointee.phase = .parked
        server.pointee.parkedAt = reactor.now
        server.pointee.deadline = 0
        arm(serverDeadline(server))
        let waiter = shared.permits.withLock {
            $0.parked(idle(server), server.pointee.poolKey)
        }
        wake(waiter, node: server.pointee.node)
    }

    /// Strikes a parked connection off the list. False where it is promised to somebody, who will
    /// ask for it and hear that it is gone.
    func withdraw(_ server: ServerRef) -> Bool {
        shared.permits.withLock { $0.withdrawn(idle(server), server.pointee.poolKey) }
    }

    private func idle(_ server: ServerRef) -> IdleServer {
        IdleServer(
            worker: index, handle: server.pointee.handle, parkedAt: server.pointee.parkedAt)
    }

    func wake(_ waiter: PermitBook.Waiter?, node: Int) {
        guard let waiter else { return }
        shared.mailboxes[waiter.worker].post(.serverAvailable(client: waiter.client, node: node))
    }

    /// Ends the connection; a parked one must have been struck off the list before.
    ///
    /// - Parameter isCounted: false where the permit book has given its place away already.
    func closeServer(_ server: ServerRef, isCounted: Bool = true) {
        guard server.pointee.phase != .closed else { return }
        if server.pointee.phase != .connecting, server.pointee.socket != .none {
            var writer = WireWriter()
            writer.empty(FrontendType.terminate)
            _ = writer.bytes.withUnsafeBytes { reactor.send(server.pointee.socket, $0) }
        }
        server.pointee.phase = .closed
        reactor.close(server.pointee.socket)
        server.pointee.socket = .none
        server.pointee.input.release()
        servers.remove(server.pointee.handle)
        if isCounted {
            let node = server.pointee.node
            wake(shared.permits.withLock { $0.serverClosed(node: node) }, node: node)
        }
        retire(server)
    }

    // MARK: Sending to servers

    /// Sends bytes of our own making.
    func send(_ server: ServerRef, _ bytes: [UInt8]) {
        guard server.pointee.phase != .closed else { return }
        let outcome = bytes.withUnsafeBytes { reactor.send(server.pointee.socket, $0) }
        // Not here: the caller goes on with the connection.
        if outcome == .failed { failedServers.append(server.pointee.handle) }
    }

    func serverDrained(_ server: ServerRef) {
        guard let client = server.pointee.client, client.pointee.isHeldBack else { return }
        client.pointee.isHeldBack = false
        continueClient(client)
    }

    static func describe(_ errno: Int32) -> String { String(cString: strerror(errno)) }
}
