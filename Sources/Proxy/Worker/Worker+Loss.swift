internal import ClusterModel
internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings
internal import Synchronization

/// Sessions whose server is gone, and sessions that wait for a primary: nobody is cut off who can
/// go on (HF-19).
extension Worker {
    /// A client that waits for a primary looks again after this time, in nanoseconds, if nobody
    /// told it anything.
    private static let retryGap: UInt64 = 200_000_000

    // MARK: A connection ended

    /// How the session stands towards one of its connections.
    func standing(_ client: ClientRef, _ server: ServerRef) -> LostConnection {
        var standing = LostConnection()
        let node = server.pointee.node
        let outcome = client.pointee.outcome
        standing.concernsSession =
            client.pointee.active == server || client.pointee.homeNode == node
            || client.pointee.boundNode == node
        standing.state = stateOnServer(client)
        standing.transaction = transactionOnServer(client)
        standing.isHalfAsked = client.pointee.passRemaining > 0
        standing.isQuiet = !server.pointee.machine.owesClient && !standing.isHalfAsked
        standing.isMidMessage = Self.isMidMessage(server)
        standing.saidGoodbye = server.pointee.saidGoodbye
        standing.isMidSegment = server.pointee.machine.isMidSegment
        standing.changesSession = outcome != nil
        standing.endsTransaction = outcome?.hasEnd == true
        standing.mayWrite =
            client.pointee.route.hasUnsettledWrite || client.pointee.mayWriteUnseen
        standing.canRepeat = client.pointee.canReplay
        return standing
    }

    private func stateOnServer(_ client: ClientRef) -> LostConnection.State {
        if client.pointee.isFixed { return .bound }
        guard client.pointee.route.isPinned else { return .none }
        // Settings that are not known here cannot be made again.
        return givesUpState && !isLogFull(client) ? .dispensable : .bound
    }

    /// `failover_session_state` = replay
    var givesUpState: Bool { settings.settings.failoverSessionState == .replay }

    private func transactionOnServer(_ client: ClientRef) -> LostConnection.Transaction {
        switch client.pointee.route.home {
        case .none: client.pointee.status == .idle ? .none : .settled
        case .held: .held
        case .standby:
            client.pointee.status == .inTransaction && client.pointee.route.isMovable
                && client.pointee.outcome == nil ? .movable : .settled
        case .primary: .settled
        }
    }

    /// A connection that serves a client ended. A client that waits for nothing from it and left
    /// no state there never notices; a read that got no byte of its answer is asked again elsewhere;
    /// an open transaction is lost, and the session goes on.
    func leaseLost(_ server: ServerRef) {
        let node = server.pointee.node
        guard let client = server.pointee.client else { return closeServer(server) }
        shared.control.post(
            .nodeLost(
                node, reason: "a server connection ended",
                isOrderly: server.pointee.saidOrderlyShutdown))
        let lost = standing(client, server)
        let machine = server.pointee.machine
        client.pointee.leases.removeAll { $0 == server }
        if client.pointee.active == server { client.pointee.active = nil }
        server.pointee.client = nil
        closeServer(server)
        guard isOpen(client) else { return }
        client.pointee.registry.lost(node)
        client.pointee.isHeldBack = false
        if lost.losesState { loseState(client, node) }
        guard isOpen(client) else { return }
        switch lost.fate {
        case .goOn:
            guard lost.concernsSession else { return continueClient(client) }
            leaveHome(client)
            if client.pointee.block == .quiet { client.pointee.block = .none }
            continueClient(client)
        case .repeatRead:
            counters.repeatedReads.wrappingAdd(1, ordering: .relaxed)
            leaveHome(client)
            client.pointee.canReplay = false
            client.pointee.replayForcesPrimary = cluster.writer.map { $0 != node } ?? false
            requeueRead(client)
            client.pointee.block = .none
            continueClient(client)
        case .failRead: failRead(client, node, machine)
        case .loseTransaction: loseTransaction(client, machine, isQuiet: lost.isQuiet)
        case .end(let isUnknown):
            endSession(client, node, isUnknown: isUnknown, wasTold: lost.saidGoodbye)
        case .cut:
            if client.pointee.route.hasUnsettledWrite { noteWrite(client) }
            closeClient(client, isClean: false)
        }
    }

    /// A transaction that has only read begins anew where its next statement goes.
    private func leaveHome(_ client: ClientRef) {
        guard client.pointee.route.home == .standby else { return }
        client.pointee.route.lostHome()
        client.pointee.homeNode = -1
    }

    /// The session goes on without what only its connection had (class B, replay).
    private func loseState(_ client: ClientRef, _ node: Int) {
        client.pointee.route.unpin()
        client.pointee.boundNode = nil
        client.pointee.doubts = []
        var writer = WireWriter()
        writer.report(
            ServerReport(
                .notice, .successfulCompletion,
                "the session has lost its state on node \(node)",
                detail: "Temporary tables, cursors WITH HOLD, session locks and LISTEN are gone; "
                    + "settings and prepared statements are kept.",
                hint: "failover_session_state = strict ends such sessions instead."))
        send(client, writer.bytes)
    }

    /// A part of the answer has reached the client: it has to ask again itself (class F).
    private func failRead(_ client: ClientRef, _ node: Int, _ machine: ServerMachine) {
        var writer = WireWriter()
        for _ in 0..<max(machine.owed.clientReadyCount, 1) {
            writer.report(
                ServerReport(
                    .error, .serializationFailure, "the connection to node \(node) was lost",
                    detail: "A part of the answer had arrived.", hint: "Run the statement again."))
            writer.readyForQuery(.idle)
        }
        client.pointee.block = .none
        send(client, writer.bytes)
        if isOpen(client) { continueClient(client) }
    }

    /// The transaction is lost for certain; the session lives (class C).
    private func loseTransaction(_ client: ClientRef, _ machine: ServerMachine, isQuiet: Bool) {
        let hadFailed = client.pointee.status == .failed
        client.pointee.homeNode = -1
        client.pointee.outcome = nil
        client.pointee.canReplay = false
        client.pointee.block = .none
        client.pointee.status = .failed
        guard !isQuiet else {
            client.pointee.loss = LostTransaction(isTold: hadFailed)
            return continueClient(client)
        }
        client.pointee.loss = LostTransaction(isTold: true, isSkipping: machine.hasOpenSegment)
        var writer = WireWriter()
        let readies = machine.owed.clientReadyCount
        for number in 0..<max(readies, 1) {
            writer.report(number == 0 && !hadFailed ? Self.lostReport : Self.failedReport)
            if number < readies { writer.readyForQuery(.failed) }
        }
        send(client, writer.bytes)
        if isOpen(client) { continueClient(client) }
    }

    private static let lostReport = ServerReport(
        .error, .serializationFailure, "the transaction was lost with its server",
        detail: "Nothing of it was committed.", hint: "Roll back and run the transaction again.")

    private static let failedReport = ServerReport(
        .error, .inFailedTransaction,
        "current transaction is aborted, commands ignored until end of transaction block")

    /// The session ends with its server: it had state there, or nobody knows what took effect.
    private func endSession(
        _ client: ClientRef, _ node: Int, isUnknown: Bool, wasTold: Bool
    ) {
        // Whether it was committed nobody knows; for others it counts as if it was.
        if client.pointee.route.hasUnsettledWrite { noteWrite(client) }
        // The server has told the client itself.
        if wasTold { return refuse(client, bytes: []) }
        refuse(
            client,
            ServerReport(
                .fatal, isUnknown ? .transactionResolutionUnknown : .adminShutdown,
                "the connection to node \(node) was lost",
                detail: isUnknown
                    ? "The server ended the connection while a statement was running; whether it "
                        + "took effect is not known."
                    : "The session had state on that connection.",
                hint: "Connect again."))
    }

    // MARK: Nodes that were given up

    /// Connections to nodes that were given up end, whatever they wait for: a frozen server would
    /// have its clients wait as long as it is frozen, and what it answers later must reach nobody.
    func abandonGone() {
        repeatUnanswered()
        guard cluster.snapshot.nodes.contains(where: \.isGone) else { return }
        for server in servers.all where cluster.isGone(server.pointee.node) {
            switch server.pointee.phase {
            case .leased: leaseLost(server)
            case .connecting, .loggingIn, .asking: abandonOpening(server)
            case .resetting: closeServer(server)
            case .parked: if withdraw(server) { closeServer(server) }
            case .closed: break
            }
        }
    }

    /// Reads and logins that wait for a node which does not answer the proxy either go elsewhere,
    /// before anybody has decided about the node.
    private func repeatUnanswered() {
        let silent = cluster.snapshot.nodes.filter(\.isSilent).map(\.id)
        guard !silent.isEmpty else { return }
        for server in servers.all where silent.contains(server.pointee.node) {
            switch server.pointee.phase {
            case .leased:
                guard let client = server.pointee.client,
                    standing(client, server).fate == .repeatRead
                else { continue }
                leaseLost(server)
            case .connecting, .loggingIn, .asking: abandonOpening(server)
            case .resetting, .parked, .closed: break
            }
        }
    }

    /// No address is tried any more.
    private func abandonOpening(_ server: ServerRef) {
        server.pointee.addressIndex = .max - 1
        serverFailed(server, errno: 0)
    }

    /// Sessions that are bound to a node which is not the primary any more, or are in a transaction
    /// there: what they write there would be lost.
    func endStranded() {
        guard cluster.topology.mode == .streamingReplication, let writer = cluster.writer else {
            return
        }
        for client in clients.all where client.pointee.phase == .ready {
            guard let home = boundNode(client), home != writer else { continue }
            if let server = client.pointee.lease(home) {
                switch standing(client, server).fate {
                case .goOn, .repeatRead, .failRead, .loseTransaction, .end(isUnknown: true), .cut:
                    leaseLost(server)
                    continue
                case .end(isUnknown: false): break
                }
            }
            refuse(
                client,
                ServerReport(
                    .fatal, .adminShutdown, "the primary changed from node \(home) to \(writer)",
                    detail: "The session had state on node \(home).", hint: "Connect again."))
        }
    }

    /// The node on which a session has state or a transaction that only a primary can have.
    private func boundNode(_ client: ClientRef) -> Int? {
        if client.pointee.isFixed || client.pointee.route.isPinned {
            return client.pointee.boundNode
                ?? (client.pointee.isFixed ? client.pointee.active?.pointee.node : nil)
        }
        return client.pointee.route.home == .primary && client.pointee.homeNode >= 0
            ? client.pointee.homeNode : nil
    }

    // MARK: A transaction that was lost

    /// Answers for the server of a transaction that was lost; nil where this is none of its
    /// messages.
    func answerLoss(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step? {
        guard var loss = client.pointee.loss else { return nil }
        guard header.type != FrontendType.terminate else { return nil }
        finishRun(client, bytes, &runStart, position)
        guard isOpen(client) else { return .stop }
        guard bytes.count &- position >= header.total else {
            if header.total <= settings.holdMax { return .wait }
            refuse(client, Self.lostReport.asFatal)
            return .stop
        }
        guard let message = lossMessage(client, header, bytes, position) else {
            return .answered(header.total)
        }
        var writer = WireWriter()
        for answer in loss.received(message) {
            switch answer {
            case .lost: writer.report(Self.lostReport)
            case .failed: writer.report(Self.failedReport)
            case .parseComplete:
                rememberParse(client, bytes, position..<position &+ header.total)
                writer.empty(BackendType.parseComplete)
            case .bindComplete: writer.empty(BackendType.bindComplete)
            case .noData(let withParameters):
                if withParameters {
                    writer.message(BackendType.parameterDescription) { $0.uint16(0) }
                }
                writer.empty(BackendType.noData)
            case .closeComplete: writer.empty(BackendType.closeComplete)
            case .rolledBack: writer.commandComplete("ROLLBACK")
            case .ready(let status):
                client.pointee.status = status
                writer.readyForQuery(status)
            }
        }
        client.pointee.loss = loss.isOver ? nil : loss
        if loss.isOver {
            client.pointee.route.settled(isIdle: true)
            client.pointee.pooler?.conversation.transactionEnded()
            transactionEnded(client)
        }
        client.pointee.lastActive = reactor.now
        if !writer.bytes.isEmpty { send(client, writer.bytes) }
        return isOpen(client) ? .answered(header.total) : .stop
    }

    private func lossMessage(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int
    ) -> LostTransaction.Message? {
        let body = position &+ FrameHeader.byteCount..<position &+ header.total
        switch header.type {
        case FrontendType.query:
            return .query(
                LostTransaction.Statement(
                    analyze(client, Self.queryText(header, bytes, position))))
        case FrontendType.parse:
            let frame = UnsafeRawBufferPointer(rebasing: bytes[position..<body.upperBound])
            let analysis = analyze(client, Self.parsedText(frame))
            client.pointee.lossStatement = LostTransaction.Statement(analysis)
            return .parse(LostTransaction.Statement(analysis))
        case FrontendType.bind:
            guard let name = statementName(client, header.type, bytes, body) else {
                return .bind(.other)
            }
            if name.isEmpty { return .bind(client.pointee.lossStatement) }
            let known = client.pointee.registry.statement(name)?.analysis
            return .bind(known.map { LostTransaction.Statement($0) } ?? .other)
        case FrontendType.describe:
            return .describe(isStatement: bytes[body].first == UInt8(ascii: "S"))
        case FrontendType.execute: return .execute
        case FrontendType.close: return .close
        case FrontendType.flush: return .flush
        case FrontendType.sync: return .sync
        case FrontendType.functionCall: return .query(.other)
        // The rest of a COPY.
        default: return nil
        }
    }

    // MARK: Waiting for a primary

    /// Nobody can take the message now: it waits for a primary, up to `failover_client_wait`.
    func waitForPrimary(_ client: ClientRef) -> Step {
        guard suspend(client) else {
            refuseForPrimary(client)
            return .stop
        }
        return .wait
    }

    /// Has the client wait, unless it has waited for so long already.
    private func suspend(_ client: ClientRef) -> Bool {
        guard settings.clientWait > 0, cluster.topology.mode == .streamingReplication else {
            return false
        }
        if client.pointee.primaryDeadline == 0 {
            client.pointee.primaryDeadline = reactor.now &+ settings.clientWait
        }
        guard reactor.now < client.pointee.primaryDeadline else { return false }
        client.pointee.block = .primary
        client.pointee.retryAt = min(
            client.pointee.primaryDeadline, reactor.now &+ Self.retryGap)
        arm(client.pointee.retryAt)
        return true
    }

    private func refuseForPrimary(_ client: ClientRef) {
        refuse(
            client,
            ServerReport(
                .fatal, .cannotConnectNow, "no primary is available for this statement",
                hint: "Retry when a primary has been found; \"trunkline status\" tells the "
                    + "state of the nodes."))
    }

    /// The connection to a node could not be made, and nobody has decided yet what that means: the
    /// client asks again when somebody has.
    func waitAfterFailedLease(_ client: ClientRef) -> Bool {
        guard settings.backendCount > 1, !client.pointee.isFixed || client.pointee.leases.isEmpty
        else { return false }
        switch client.pointee.phase {
        case .ready: break
        case .preparing: client.pointee.awaitsPrimary = true
        default: return false
        }
        return suspend(client)
    }

    /// The cluster has changed, or time went by: who waits looks again.
    func retryPrimary(_ client: ClientRef) {
        guard isOpen(client), client.pointee.block == .primary else { return }
        client.pointee.block = .none
        client.pointee.leaseAttempts = 0
        if client.pointee.awaitsPrimary {
            client.pointee.awaitsPrimary = false
            return loginAgain(client)
        }
        continueClient(client)
    }

    func wakeWaiting() {
        for client in clients.all where client.pointee.block == .primary { retryPrimary(client) }
    }

    // MARK: Nodes that take nothing new

    /// Something new for a node that is about to stop has to wait, in a session that is bound there.
    func isHeldBack(_ client: ClientRef, _ node: Int) -> Bool {
        guard let hold = cluster.hold, hold.node == node else { return false }
        return client.pointee.status == .idle
            && (client.pointee.active.map { $0.pointee.machine.isQuiet } ?? true)
    }

    /// Tells the control thread once nobody is busy on the held node any more.
    func reportDrained() {
        guard let hold = cluster.hold, drainedRevision != cluster.revision else { return }
        for server in servers.all where server.pointee.node == hold.node {
            guard let client = server.pointee.client, server.pointee.phase == .leased else {
                continue
            }
            let isBusy =
                !server.pointee.machine.isQuiet || client.pointee.passRemaining > 0
                || (client.pointee.status != .idle && client.pointee.homeNode == hold.node)
                || (client.pointee.status != .idle && client.pointee.isFixed)
            guard isBusy else { continue }
            guard hold.isCut else { return }
            leaseLost(server)
        }
        drainedRevision = cluster.revision
        shared.control.post(.drained(worker: index, revision: cluster.revision))
    }
}

extension LostTransaction.Statement {
    init(_ analysis: StatementAnalysis) {
        guard analysis.statementCount == 1, let outline = analysis.detail?.statements.first,
            case .transaction(let command) = outline.command
        else {
            self = .other
            return
        }
        switch command {
        case .rollback(isChained: false): self = .rollback
        case .commit(isChained: false): self = .commit
        default: self = .other
        }
    }
}

extension ServerReport {
    /// The same as the end of a session.
    fileprivate var asFatal: ServerReport {
        var report = self
        report.severity = .fatal
        return report
    }
}
