internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions
internal import Synchronization

/// What a server says, on its way to the client.
extension Worker {
    /// A held message of a server's that is longer passes unjudged but for its type.
    private static let serverHoldMax = 1_048_576

    @inline(__always)
    func serverReceived(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) {
        if server.pointee.input.count == 0 {
            let used = consume(server, bytes)
            guard used < bytes.count, server.pointee.phase != .closed else { return }
            server.pointee.input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
        } else {
            server.pointee.input.append(bytes)
            var stash = server.pointee.input.take()
            let used = consume(server, stash.bytes)
            guard server.pointee.phase != .closed else { return stash.release() }
            stash.drop(used)
            server.pointee.input = stash
        }
    }

    @inline(__always)
    private func consume(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        switch server.pointee.phase {
        case .leased: return relayBackend(server, bytes)
        case .resetting:
            let used = relayBackend(server, bytes)
            if server.pointee.phase == .resetting { abandonedSpoke(server) }
            return used
        case .loggingIn:
            let used = consumeLogin(server, bytes)
            // Asynchronous messages may follow the greeting in the same chunk.
            return server.pointee.phase == .loggingIn ? used : bytes.count
        case .asking:
            let used = consumeFacts(server, bytes)
            return server.pointee.phase == .asking ? used : bytes.count
        case .parked:
            parkedSpoke(server, bytes)
            return bytes.count
        case .connecting, .closed: return bytes.count
        }
    }

    /// A parked connection says something: a notice is harmless, an error is its end.
    private func parkedSpoke(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) {
        // Rare: a connection that says anything but one whole message is not worth a parser.
        guard case .header(let header) = FrameHeader.read(bytes.bytes, at: 0),
            header.type == BackendType.noticeResponse, header.total == bytes.count
        else {
            if withdraw(server) { closeServer(server) }
            return
        }
    }

    /// What the messages of one chunk meant, acted on when the chunk has been sent.
    private struct Aftermath {
        var clientIsReady = false
        var repeatsRead = false
        var isViolation = false
        /// What should have begun the client's transaction failed.
        var hasLostTransaction = false
        /// The server has said that it ends, which the client hears from us in other words.
        var isServersEnd = false
    }

    private func relayBackend(_ server: ServerRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        let client = server.pointee.client
        var position = 0
        var runStart = 0
        var aftermath = Aftermath()
        if server.pointee.passRemaining > 0 {
            position = min(server.pointee.passRemaining, bytes.count)
            server.pointee.passRemaining &-= position
            if !server.pointee.passIsForwarded { runStart = position }
        }
        relaying: while position < bytes.count {
            let header: FrameHeader
            switch FrameHeader.read(bytes.bytes, at: position) {
            case .incomplete: break relaying
            case .malformed:
                aftermath.isViolation = true
                break relaying
            case .header(let read): header = read
            }
            let available = bytes.count &- position
            let isComplete = available >= header.total
            if !isComplete, FrameClass.backend(header.type) == .hold,
                header.total <= Self.serverHoldMax
            {
                break relaying
            }
            var detail: UInt8 = 0
            if header.type == BackendType.readyForQuery {
                guard header.total == 6 else {
                    aftermath.isViolation = true
                    break relaying
                }
                detail = bytes[position &+ 5]
            }
            let outcome = server.pointee.machine.received(header.type, detail: detail)
            let isForwarded: Bool
            switch outcome.verdict {
            case .forward: isForwarded = client != nil
            case .swallow: isForwarded = false
            case .unasked:
                isForwarded = isWelcome(
                    server, header, bytes, position, isComplete: isComplete)
            case .violation:
                aftermath.isViolation = true
                break relaying
            }
            if outcome.effect != .none, let client {
                note(
                    outcome.effect, server, client, header, bytes, position, &aftermath,
                    isComplete: isComplete)
                if aftermath.repeatsRead || aftermath.isServersEnd { break relaying }
            } else if header.type == BackendType.commandComplete, isComplete,
                Self.mayForgetStatements(bytes, position, header),
                outcome.verdict == .forward, let client,
                !client.pointee.registry.isEmpty || client.pointee.pooler != nil
            {
                noteTag(server, client, bytes, position, header)
            }
            let taken = min(header.total, available)
            if isForwarded {
                if gather.isFull, let client { sendRun(server, client, bytes, &runStart, position) }
            } else {
                if position > runStart {
                    gather.add(UnsafeRawBufferPointer(rebasing: bytes[runStart..<position]))
                    if gather.isFull, let client { flushToClient(server, client) }
                }
                runStart = position &+ taken
            }
            server.pointee.passIsForwarded = isForwarded
            server.pointee.passRemaining = header.total &- taken
            position &+= taken
            if isForwarded, header.type.isRow {
                // What holds for one row holds for all that follow it.
                position = FrameHeader.endOfRun(bytes.bytes, of: header.type, from: position)
            }
        }
        if aftermath.repeatsRead, let client {
            gather.clear()
            return repeatRead(server, client, bytes, position)
        }
        if position > runStart {
            gather.add(UnsafeRawBufferPointer(rebasing: bytes[runStart..<position]))
        }
        if let client { flushToClient(server, client) } else { gather.clear() }
        if aftermath.isViolation {
            serverBrokeProtocol(server)
            return bytes.count
        }
        if aftermath.isServersEnd {
            if server.pointee.phase == .leased { leaseLost(server) }
            return bytes.count
        }
        if aftermath.hasLostTransaction, let client, isOpen(client) {
            refuse(
                client,
                ServerReport(
                    .fatal, .connectionFailure, "the transaction could not be begun",
                    detail: "Node \(server.pointee.node) refused what was answered before.",
                    hint: "Connect again. Whether the last statement took effect is not known."))
            return bytes.count
        }
        if let client, isOpen(client), server.pointee.client == client {
            settle(server, client, aftermath)
        }
        return position
    }

    private func sendRun(
        _ server: ServerRef, _ client: ClientRef, _ bytes: UnsafeRawBufferPointer,
        _ runStart: inout Int, _ position: Int
    ) {
        gather.add(UnsafeRawBufferPointer(rebasing: bytes[runStart..<position]))
        runStart = position
        flushToClient(server, client)
    }

    @inline(__always)
    private func flushToClient(_ server: ServerRef, _ client: ClientRef) {
        guard gather.count > 0 else { return }
        guard isOpen(client) else { return gather.clear() }
        client.pointee.canReplay = false
        let outcome = reactor.send(client.pointee.socket, gather.ranges, gather.count)
        gather.clear()
        switch outcome {
        case .sent: break
        case .queued(let waiting):
            guard waiting > settings.backlogMax else { break }
            server.pointee.isHeldBack = true
            reactor.pause(server.pointee.socket)
        case .failed: clientLeft(client)
        }
    }

    /// After the chunk: the client's next message may go now.
    private func settle(_ server: ServerRef, _ client: ClientRef, _ aftermath: Aftermath) {
        if aftermath.clientIsReady {
            client.pointee.lastActive = reactor.now
            client.pointee.leaseAttempts = 0
            if client.pointee.statementLog != nil { sendNotices(client) }
        }
        guard client.pointee.block == .quiet, client.pointee.active == server,
            server.pointee.machine.isQuiet
        else { return }
        client.pointee.block = .none
        continueClient(client)
    }

    // MARK: Rarer things

    private func note(
        _ effect: ServerMachine.Effect, _ server: ServerRef, _ client: ClientRef,
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ aftermath: inout Aftermath, isComplete: Bool
    ) {
        switch effect {
        case .none, .insertedReady: break
        case .clientReady:
            client.pointee.status = server.pointee.machine.status
            aftermath.clientIsReady = true
            countTime(server)
            if !client.pointee.isFixed {
                settleRequest(client, server)
            } else if client.pointee.writeClock != nil {
                noteWrite(client)
            }
            if client.pointee.status == .idle, let pooler = client.pointee.pooler {
                pooler.conversation.transactionEnded()
            }
        case .statementSettled: client.pointee.registry.settled()
        case .insertedError:
            let isQuery = server.pointee.machine.owed.first == .insertedQuery
            // A failed transaction that goes on elsewhere is made to fail there as well.
            let isMeant = isQuery && client.pointee.status == .failed
            // The client has been told that its transaction began: it must not go on without one.
            // Nothing of it ran on a server that ends: the client hears that it was lost.
            let isEnd =
                isComplete && Self.fields(bytes, position, header).severity == "FATAL"
            if isQuery, !isMeant, !isEnd, !server.pointee.isCatchingUp,
                client.pointee.route.home != .none, client.pointee.homeNode == server.pointee.node
            {
                aftermath.hasLostTransaction = true
            }
            client.pointee.registry.refused(server.pointee.machine.lastRefusal)
            if isMeant { return }
            log(
                .warning, client, "a statement of the proxy's own failed",
                detail: isComplete ? Self.fields(bytes, position, header).message : nil)
        case .clientError:
            if isComplete { noteGoodbye(server, bytes, position, header) }
            if server.pointee.saidGoodbye, isComplete, !client.pointee.isFixed,
                Self.fields(bytes, position, header).isServersEnd
            {
                server.pointee.saidGoodbye = false
                aftermath.isServersEnd = true
                return
            }
            client.pointee.outcome?.hasFailed = true
            client.pointee.registry.refused(server.pointee.machine.lastRefusal)
            guard client.pointee.canReplay, isComplete,
                server.pointee.node != cluster.writer,
                Self.isRefusal(Self.fields(bytes, position, header))
            else { return }
            aftermath.repeatsRead = true
        }
    }

    /// A request has its whole answer.
    private func countTime(_ server: ServerRef) {
        let isRead = server.pointee.timer.isRead
        guard
            let took = server.pointee.timer.answered(
                at: reactor.now, isLast: server.pointee.machine.isQuiet)
        else { return }
        counters.answered(node: server.pointee.node, isRead: isRead, after: took)
    }

    private func noteGoodbye(
        _ server: ServerRef, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ header: FrameHeader
    ) {
        let fields = Self.fields(bytes, position, header)
        let severity = fields.severity
        server.pointee.saidGoodbye = severity == "FATAL" || severity == "PANIC"
        server.pointee.saidOrderlyShutdown = fields.isOrderlyShutdown
        if let kind = ErrorClass(severity: severity) {
            counters.error(kind, node: server.pointee.node)
        }
    }

    static func fields(
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ header: FrameHeader
    ) -> ReportFields {
        let body = bytes[position + FrameHeader.byteCount..<position + header.total]
        return ReportFields.read(UnsafeRawBufferPointer(rebasing: body).bytes)
    }

    /// Whether the primary may know better: a standby cannot run it or has not replayed the table
    /// or function yet, or the server is going down. An administrator's `pg_terminate_backend` is
    /// meant for the statement and not repeated.
    private static func isRefusal(_ fields: ReportFields) -> Bool {
        switch fields.code {
        case "25006", "0A000", "55000", "42P01", "42883", "40001": true
        default: false
        }
    }

    /// The standby refused a read before its first row: the primary is asked, unseen.
    ///
    /// - Returns: how many bytes of the chunk are used: all, the rest is swallowed.
    private func repeatRead(
        _ server: ServerRef, _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Int {
        counters.repeatedReads.wrappingAdd(1, ordering: .relaxed)
        client.pointee.canReplay = false
        client.pointee.replayForcesPrimary = true
        server.pointee.machine.disown()
        server.pointee.timer = RequestTimer()
        if client.pointee.route.home == .standby {
            // The transaction has failed on the standby; it goes on elsewhere as if it had not.
            giveUpStandby(client)
            client.pointee.route.lostHome()
            client.pointee.homeNode = -1
            client.pointee.status = .inTransaction
        }
        forgetParsed(client)
        requeueRead(client)
        guard case .header(let header) = FrameHeader.read(bytes.bytes, at: position) else {
            return position
        }
        // The client waits until this server has said its ReadyForQuery, which nobody sees.
        client.pointee.active = server
        client.pointee.block = .quiet
        let rest = position + header.total
        return rest + swallow(server, client, bytes, from: rest)
    }

    private func swallow(
        _ server: ServerRef, _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, from: Int
    ) -> Int {
        guard from < bytes.count else { return 0 }
        return relayBackend(server, UnsafeRawBufferPointer(rebasing: bytes[from...]))
    }

    /// The statements that the read prepared by name are prepared anew with it.
    private func forgetParsed(_ client: ClientRef) {
        let bytes = client.pointee.replay.bytes
        var position = 0
        while case .header(let header) = FrameHeader.read(bytes.bytes, at: position),
            bytes.count - position >= header.total
        {
            if header.type == FrontendType.parse {
                var reader = WireReader(
                    bytes.bytes, from: position + FrameHeader.byteCount,
                    to: position + header.total)
                if let name = reader.string(bytes.bytes), !name.isEmpty, let writer = cluster.writer
                {
                    client.pointee.registry.deallocated(name, on: writer)
                }
            }
            position += header.total
        }
    }

    /// Puts the read that got no answer in front of what the client has sent since.
    func requeueRead(_ client: ClientRef) {
        var again = client.pointee.replay.take()
        again.append(client.pointee.input.bytes)
        client.pointee.input.release()
        client.pointee.input = again
        client.pointee.segmentScanned = 0
    }

    /// By the first letter of its tag.
    @inline(__always)
    private static func mayForgetStatements(
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ header: FrameHeader
    ) -> Bool {
        header.bodyCount > 0 && bytes[position &+ FrameHeader.byteCount] == UInt8(ascii: "D")
    }

    /// `DISCARD ALL` and `DEALLOCATE ALL` forget every prepared statement.
    private func noteTag(
        _ server: ServerRef, _ client: ClientRef, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ header: FrameHeader
    ) {
        guard (FrameHeader.byteCount + 1...32).contains(header.total) else { return }
        let tag = bytes[position + FrameHeader.byteCount..<position + header.total - 1]
        if tag.elementsEqual("DISCARD ALL".utf8) || tag.elementsEqual("DEALLOCATE ALL".utf8) {
            client.pointee.registry.deallocatedAll(on: server.pointee.node)
            client.pointee.pooler?.conversation.deallocatedAll()
        }
    }

    /// Whether the client gets a message that it did not ask for.
    private func isWelcome(
        _ server: ServerRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, isComplete: Bool
    ) -> Bool {
        if header.type == BackendType.parameterStatus {
            return isComplete && parameterChanged(server, bytes, position, header)
        }
        guard let client = server.pointee.client else { return false }
        switch header.type {
        case BackendType.notificationResponse: return true
        // What an idle reader says concerns nobody; its end is dealt with when it comes.
        default:
            if header.type == BackendType.errorResponse, isComplete {
                noteGoodbye(server, bytes, position, header)
            }
            let standing = standing(client, server)
            let isTold =
                client.pointee.active == server && !standing.isMovable && !standing.isLosable
            // What it did not hear it will hear from us.
            if !isTold { server.pointee.saidGoodbye = false }
            return isTold
        }
    }

    /// What the connection says of itself goes with it to its next client.
    private func note(_ parameter: ServerGreeting.Parameter, of server: ServerRef) {
        server.pointee.parameters.removeAll { $0.name == parameter.name }
        server.pointee.parameters.append(parameter)
    }

    /// The client sees each change once, and only from the node that serves it.
    private func parameterChanged(
        _ server: ServerRef, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ header: FrameHeader
    ) -> Bool {
        let body = position + FrameHeader.byteCount
        var reader = WireReader(bytes.bytes, from: body, to: position + header.total)
        guard let name = reader.string(bytes.bytes), let value = reader.string(bytes.bytes) else {
            return false
        }
        note(ServerGreeting.Parameter(name: name, value: value), of: server)
        guard let client = server.pointee.client, client.pointee.active == server,
            server.pointee.machine.owed.first?.isInserted != true
        else { return false }
        return remember(client, ServerGreeting.Parameter(name: name, value: value))
    }

    /// Notes what the client is about to be told. False where it knows that already.
    func remember(_ client: ClientRef, _ parameter: ServerGreeting.Parameter) -> Bool {
        let greeted =
            parameter.name.elementsEqual("application_name".utf8)
            ? client.pointee.profile?.applicationName
            : client.pointee.welcome?.parameters.last { $0.name == parameter.name }?.value
        let known =
            client.pointee.changedParameters.last { $0.name == parameter.name }?.value ?? greeted
        guard known != parameter.value else { return false }
        client.pointee.changedParameters.removeAll { $0.name == parameter.name }
        client.pointee.changedParameters.append(parameter)
        if parameter.name.elementsEqual("client_encoding".utf8)
            || parameter.name.elementsEqual("standard_conforming_strings".utf8)
        {
            client.pointee.dialect = Welcome.dialect(
                (client.pointee.welcome?.parameters ?? []) + client.pointee.changedParameters)
        }
        return true
    }

    // MARK: Losing a server

    private func serverBrokeProtocol(_ server: ServerRef) {
        log(
            .warning, server.pointee.client,
            "node \(server.pointee.node) broke the protocol: its connection is closed")
        if server.pointee.phase == .leased { return leaseLost(server) }
        closeServer(server)
    }
}

extension UInt8 {
    /// A message that comes by the million: a row of a result or of a COPY.
    fileprivate var isRow: Bool { self == BackendType.dataRow || self == BackendType.copyData }
}
