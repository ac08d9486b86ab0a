internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings
internal import Synchronization

/// Where a request goes: asks the session's route, the catalog and the positions, and does what
/// they say.
extension Worker {
    /// What is to be done with a request.
    struct RoutePlan {
        var decision: RouteDecision
        /// Nil: no node may take it now.
        var node: Int?

        /// No server is needed.
        var isAnsweredHere: Bool {
            switch decision.action {
            case .hold, .finish, .refuse: true
            case .reader, .primary, .home, .move: false
            }
        }
        /// Whether it counts as a read of its node: what a standby gets, and what changes nothing.
        ///
        /// - Parameter home: where the transaction is.
        func isRead(_ request: RouteRequest, home: TransactionHome) -> Bool {
            switch decision.action {
            case .reader: true
            case .home: home == .standby || request.onlyReads
            case .primary, .move, .hold, .finish, .refuse: request.onlyReads
            }
        }
    }

    enum RoutePlanning {
        /// Something has to come first; the request is planned anew then.
        case wait
        case ready(RoutePlan)
    }

    /// Plans a request. Nothing is remembered but the reader of the session: a request that has to
    /// wait is planned anew when its turn comes.
    ///
    /// - Parameter details: its statements of which the catalog may know more than the text.
    func planRoute(
        _ client: ClientRef, _ request: inout RouteRequest, _ details: StatementDetails
    ) -> RoutePlanning {
        if mustSettleFirst(client, request) { return waitForQuiet(client) }
        if request.traits.contains(.runsUnseenCode), !client.pointee.route.isBound {
            guard consultCatalog(client, details, &request) else { return .wait }
            // What this transaction itself has changed in the catalog only its own server knows.
            request.unseenCodeIsClean =
                request.barrier != .catalogUnknown && !request.leavesState && !request.runsBlock
                && !client.pointee.hasChangedCatalog
        }
        var decision = decide(client, request)
        if mayRunOnStandby(client, decision) {
            if !details.isEmpty, request.barrier == nil {
                guard consultCatalog(client, details, &request) else { return .wait }
            }
            if request.barrier != nil || request.leavesState || request.readsTransactionTime {
                decision = decide(client, request)
            }
        }
        switch decision.action {
        case .hold, .finish, .refuse:
            return isQuiet(client)
                ? .ready(RoutePlan(decision: decision, node: nil)) : waitForQuiet(client)
        case .home:
            if let planning = moveToOthersWrites(client, request) { return planning }
            let home = client.pointee.homeNode
            let node = home >= 0 ? home : client.pointee.active?.pointee.node ?? cluster.writer
            return .ready(RoutePlan(decision: decision, node: node))
        case .primary: return .ready(RoutePlan(decision: decision, node: cluster.writer))
        case .move:
            guard isQuiet(client) else { return waitForQuiet(client) }
            return .ready(RoutePlan(decision: decision, node: cluster.writer))
        case .reader: return chooseReader(client, decision)
        }
    }

    private func decide(_ client: ClientRef, _ request: RouteRequest) -> RouteDecision {
        // What a failed transaction gets is an error, and from its own server; what goes on behind
        // its end needs the primary.
        if client.pointee.status == .failed {
            if client.pointee.route.home == .standby,
                request.goesOnBehindTransaction(
                    ifMovable: client.pointee.route.isMovable)
            {
                return RouteDecision(.move, .transactionControl)
            }
            return RouteDecision(.home, .transactionOnPrimary)
        }
        let decision = client.pointee.route.decide(request, rules: routeRules)
        guard client.pointee.replayForcesPrimary else { return decision }
        switch decision.action {
        case .reader: return RouteDecision(.primary, .repeatedRead)
        case .home where client.pointee.route.home == .standby && client.pointee.route.isMovable:
            return RouteDecision(.move, .repeatedRead)
        case .primary, .home, .move, .hold, .finish, .refuse: return decision
        }
    }

    /// Whether a request that does not write by its text may write all the same: it calls code of
    /// which the catalog does not know, or not yet, that it only reads.
    private func mayWrite(
        _ client: ClientRef, _ request: RouteRequest, _ details: StatementDetails
    ) -> Bool {
        switch request.work {
        case .read, .primaryRead, .transactionControl, .sessionControl: break
        case .nothing, .write: return false
        }
        if client.pointee.replayForcesPrimary { return true }
        if !request.traits.isDisjoint(with: .namesStatements) { return true }
        return !details.allSatisfy { isKnownToRead(client, $0) }
    }

    private func mayRunOnStandby(_ client: ClientRef, _ decision: RouteDecision) -> Bool {
        switch decision.action {
        case .reader: true
        case .home: client.pointee.route.home == .standby && client.pointee.status != .failed
        case .primary, .move, .hold, .finish, .refuse: false
        }
    }

    private func isQuiet(_ client: ClientRef) -> Bool {
        client.pointee.active?.pointee.machine.isQuiet ?? true
    }

    private func waitForQuiet(_ client: ClientRef) -> RoutePlanning {
        client.pointee.block = .quiet
        return .wait
    }

    /// Whether what is on its way decides about this request, or this one about what follows.
    private func mustSettleFirst(_ client: ClientRef, _ request: RouteRequest) -> Bool {
        guard let active = client.pointee.active, !active.pointee.machine.isQuiet else {
            return false
        }
        return client.pointee.outcome != nil || request.isStateful
    }

    // MARK: Readers

    /// The node that answers the session's reads, if it has what the session must see.
    private func chooseReader(_ client: ClientRef, _ decision: RouteDecision) -> RoutePlanning {
        guard
            let node = client.pointee.route.reader(
                topology: cluster.topology, preference: client.pointee.preference,
                random: random64())
        else { return .ready(primary(.standbyDelayed)) }
        if node == cluster.writer {
            let isChosen = client.pointee.route.chosenNode == node
            return .ready(
                isChosen ? RoutePlan(decision: decision, node: node) : primary(.standbyDelayed))
        }
        switch requirement(client) {
        case .none: break
        case .position(let bound) where positions.hasReplayed(node, bound):
            break
        case .position, .unknownYet:
            wantPositions()
            return mayWaitForPosition(client) ? .wait : .ready(primary(.ownWrites))
        }
        return .ready(RoutePlan(decision: decision, node: node))
    }

    /// A read of a transaction on a standby that has to see what others have written since the
    /// transaction began (`read_your_writes` = user or global): where its standby does not have that
    /// yet the transaction moves. Nil: it stays.
    private func moveToOthersWrites(
        _ client: ClientRef, _ request: RouteRequest
    ) -> RoutePlanning? {
        guard client.pointee.writeClock != nil, client.pointee.route.home == .standby,
            request.work == .read, client.pointee.status != .failed,
            client.pointee.route.isMovable
        else { return nil }
        switch requirement(client) {
        case .none: return nil
        case .position(let bound) where positions.hasReplayed(client.pointee.homeNode, bound):
            return nil
        case .position, .unknownYet: wantPositions()
        }
        // Without a primary it would end here; on its standby it goes on, a little behind.
        guard cluster.writer != nil else { return nil }
        if mayWaitForPosition(client) { return .wait }
        guard isQuiet(client) else { return waitForQuiet(client) }
        return .ready(
            RoutePlan(decision: RouteDecision(.move, .ownWrites), node: cluster.writer))
    }

    private func primary(_ reason: RouteReason) -> RoutePlan {
        RoutePlan(decision: RouteDecision(.primary, reason), node: cluster.writer)
    }

    /// What the session's next read must see.
    private func requirement(_ client: ClientRef) -> OwnWrites.Requirement {
        switch settings.writeScope {
        case .off: return .none
        case .session: break
        case .user, .global:
            let shared = client.pointee.writeClock?.value ?? 0
            if shared != 0 { client.pointee.ownWrites.wrote(at: shared) }
        }
        guard client.pointee.ownWrites.hasWritten else { return .none }
        return client.pointee.ownWrites.bound(positions)
    }

    /// Under `read_your_writes_wait` a read waits a little for a standby to catch up.
    private func mayWaitForPosition(_ client: ClientRef) -> Bool {
        let limit = settings.readYourWritesWait
        guard limit > 0 else { return false }
        if client.pointee.patience == 0 { client.pointee.patience = reactor.now &+ limit }
        guard reactor.now < client.pointee.patience else { return false }
        client.pointee.block = .position
        // Those whose patience has ended are still in it.
        if waitsForPosition.count > clients.count {
            waitsForPosition.removeAll { clients.find($0)?.pointee.block != .position }
        }
        waitsForPosition.append(client.pointee.handle)
        arm(client.pointee.patience)
        return true
    }

    // MARK: Going

    /// A request goes to `client.active`: what has to come before it is put in, and what it means
    /// for the session is remembered.
    func depart(
        _ client: ClientRef, _ request: inout RouteRequest, _ details: StatementDetails,
        _ plan: RoutePlan, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ runStart: inout Int, end: Int
    ) {
        guard let server = client.pointee.active else { return }
        let isOnPrimary = server.pointee.node == cluster.writer
        let isAlone = !server.pointee.machine.owesClient
        counters.decided(plan.decision.reason)
        server.pointee.timer.judged(
            isRead: plan.decision.action == .reader || client.pointee.route.home == .standby)
        if plan.decision.action == .move { giveUpStandby(client) }
        if client.pointee.route.home == .held || plan.decision.action == .move {
            putInTransaction(client, server, bytes, position, &runStart)
        }
        // On a standby nothing is written.
        request.mayWrite = isOnPrimary && mayWrite(client, request, details)
        client.pointee.route.sent(request, plan.decision, toPrimary: isOnPrimary)
        if client.pointee.route.home != .none { client.pointee.homeNode = server.pointee.node }
        if client.pointee.route.isInDoubt {
            if request.isInDoubt { noteDoubt(client, details) }
            // From now on the catalog tells something else than what ran.
            if request.traits.contains(.changesCatalog) { client.pointee.route.pin() }
        }
        if request.traits.contains(.changesCatalog) { client.pointee.hasChangedCatalog = true }
        client.pointee.canReplay = false
        client.pointee.replayForcesPrimary = false
        client.pointee.patience = 0
        client.pointee.primaryDeadline = 0
        client.pointee.mayWriteUnseen = request.mayWrite || request.work > .read
        if client.pointee.route.isPinned, !request.isEmpty {
            return bind(client, server)
        }
        guard isAlone, request.work <= .read, !request.mayWrite || !isOnPrimary,
            !request.isStateful,
            client.pointee.route.home == .none || client.pointee.route.isMovable,
            end <= bytes.count
        else { return }
        client.pointee.replay.replace(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
        client.pointee.canReplay = true
    }

    /// The session stays on this node. With all its statements there, nothing needs to be looked
    /// at any more, unless it will have to do without the node one day.
    private func bind(_ client: ClientRef, _ server: ServerRef) {
        client.pointee.boundNode = server.pointee.node
        guard !givesUpState, !client.pointee.route.isInDoubt, server.pointee.node == cluster.writer,
            client.pointee.outcome == nil,
            client.pointee.registry.isComplete(on: server.pointee.node)
        else { return }
        client.pointee.isFixed = true
        client.pointee.registry = StatementRegistry()
    }

    /// Is refused in every transaction.
    private static let failingText = Array(
        "ROLLBACK TO SAVEPOINT \"the transaction has failed on a standby\"".utf8)

    /// Has the transaction begin, with everything that has been set and marked in it.
    private func putInTransaction(
        _ client: ClientRef, _ server: ServerRef, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) {
        addRun(bytes, runStart, position)
        runStart = position
        var texts = client.pointee.beginTexts + client.pointee.stateLog.transactionTexts
        // A transaction that has failed on a standby has failed on the primary as well, even in the
        // request that began it.
        if client.pointee.status == .failed {
            if client.pointee.beginTexts.isEmpty { texts.insert(Array("BEGIN".utf8), at: 0) }
            texts.append(Self.failingText)
        }
        for text in texts {
            if gather.isFull { flushToServer(client) }
            var writer = WireWriter()
            writer.query(text)
            gather.add(prepared: writer.bytes)
            server.pointee.machine.inserted(.insertedQuery)
            if settings(of: client).wantsTexts { logInserted(client, server, text) }
        }
    }

    /// The transaction goes on elsewhere: its standby forgets it.
    func giveUpStandby(_ client: ClientRef) {
        guard client.pointee.route.home == .standby,
            let server = client.pointee.lease(client.pointee.homeNode)
        else { return }
        var writer = WireWriter()
        writer.query("ROLLBACK".utf8)
        server.pointee.machine.inserted(.insertedQuery)
        send(server, writer.bytes)
    }

    // MARK: Held transactions

    /// Answers a Query that begins or ends a transaction which no server knows of.
    func answerHeld(
        _ client: ClientRef, _ request: RouteRequest, _ plan: RoutePlan,
        _ analysis: StatementAnalysis, _ text: UnsafeRawBufferPointer
    ) {
        var writer = WireWriter()
        if plan.decision.action == .refuse {
            counters.decided(plan.decision.reason)
            writer.report(.standbyCannot)
            writer.readyForQuery(client.pointee.status)
            return send(client, writer.bytes)
        }
        var outcome = RequestOutcome(before: client.pointee.status)
        outcome.add(analysis, text: text, dialect: client.pointee.dialect)
        held(client, request, plan, outcome)
        writer.commandComplete(analysis.kind.heldTag)
        writer.readyForQuery(client.pointee.status)
        send(client, writer.bytes)
    }

    /// Remembers what a request did that needed no server.
    func held(
        _ client: ClientRef, _ request: RouteRequest, _ plan: RoutePlan, _ outcome: RequestOutcome
    ) {
        counters.decided(plan.decision.reason)
        client.pointee.route.sent(request, plan.decision, toPrimary: false)
        client.pointee.canReplay = false
        client.pointee.lastActive = reactor.now
        client.pointee.patience = 0
        for case .begin(let text) in outcome.steps { client.pointee.beginTexts.append(text) }
        if plan.decision.action == .finish {
            for case .committed in outcome.steps { client.pointee.stateLog.committed() }
            client.pointee.status = .idle
            client.pointee.pooler?.conversation.transactionEnded()
            transactionEnded(client)
        } else {
            client.pointee.status = .inTransaction
        }
    }

    // MARK: Answers

    /// A ReadyForQuery of the client's came: what was on its way has become true, or has not.
    func settleRequest(_ client: ClientRef, _ server: ServerRef) {
        let isIdle = client.pointee.status == .idle
        if isIdle, client.pointee.route.hasUnsettledWrite { noteWrite(client) }
        // With more on its way the last of it decides.
        guard server.pointee.machine.isQuiet else { return }
        client.pointee.route.settled(
            isIdle: isIdle, hasFailed: client.pointee.status == .failed)
        if let outcome = client.pointee.outcome {
            client.pointee.outcome = nil
            apply(outcome, client, server)
        }
        if isIdle {
            if client.pointee.homeNode >= 0 || !client.pointee.beginTexts.isEmpty {
                transactionEnded(client)
            }
            if client.pointee.hasChangedCatalog {
                client.pointee.hasChangedCatalog = false
                catalogChanged(database: client.pointee.database)
            }
        } else {
            client.pointee.homeNode = server.pointee.node
        }
    }

    /// A write of the session's is certain to be in the primary's WAL now. The time must not be
    /// that of the batch: a position that was asked for since then may lack the write.
    func noteWrite(_ client: ClientRef) {
        let now = MonotonicClock.now()
        client.pointee.ownWrites.wrote(at: now)
        client.pointee.writeClock?.advance(to: now)
    }

    func transactionEnded(_ client: ClientRef) {
        client.pointee.homeNode = -1
        client.pointee.beginTexts = []
        client.pointee.stateLog.rolledBack()
        refreshDefaults(client)
        refreshSearchPath(client)
    }

    private func apply(_ outcome: RequestOutcome, _ client: ClientRef, _ server: ServerRef) {
        let isOpen = client.pointee.status != .idle
        if outcome.hasFailed {
            // Some of it may have happened: the transaction cannot be made anew elsewhere.
            if isOpen, outcome.isPartial { client.pointee.route.stay() }
            // What was set and committed before the error is not known here.
            if outcome.isPartial, outcome.hasEnd || outcome.prepares { client.pointee.route.pin() }
            return
        }
        var isInTransaction = outcome.before != .idle
        var hasFailed = outcome.before == .failed
        // COMMIT or ROLLBACK without BEGIN end what came before them in the message as well.
        if outcome.before == .idle, outcome.endsWithoutBegin { client.pointee.route.pin() }
        for step in outcome.steps {
            switch step {
            case .begin(let text):
                if isOpen { client.pointee.beginTexts.append(text) }
                isInTransaction = true
            case .settings(let changes, let text):
                guard !isLogFull(client) else { continue }
                client.pointee.stateLog.applied(
                    changes, text: text, inTransaction: isInTransaction)
            case .savepoint(let name, let text):
                guard !isLogFull(client) else { continue }
                client.pointee.stateLog.savepoint(name, text: text)
            case .release(let name): client.pointee.stateLog.release(name)
            case .rollback(let name): client.pointee.stateLog.rollback(to: name)
            case .committed(let isChained):
                if hasFailed {
                    client.pointee.stateLog.rolledBack()
                } else {
                    client.pointee.stateLog.committed()
                }
                // With another transaction behind it the session is not idle.
                if client.pointee.route.hasUnsettledWrite { noteWrite(client) }
                hasFailed = false
                isInTransaction = isChained
                if !isChained { client.pointee.beginTexts = [] }
            case .rolledBack(let isChained):
                client.pointee.stateLog.rolledBack()
                hasFailed = false
                isInTransaction = isChained
                if !isChained { client.pointee.beginTexts = [] }
            case .discardedAll(let text): client.pointee.stateLog.discardedAll(text: text)
            case .prepared(let name, let text):
                prepared(client, name, text: text, on: server.pointee.node)
            case .deallocated(let name):
                client.pointee.registry.deallocated(name, on: server.pointee.node)
            case .pinned: client.pointee.route.pin()
            }
        }
        server.pointee.stateVersion = client.pointee.stateLog.version
        refreshDefaults(client)
        refreshSearchPath(client)
        if client.pointee.stateLog.isTooLarge(max: settings.holdMax) { client.pointee.route.pin() }
    }

    /// PREPARE has succeeded. With too many or too long ones the session stays where they are.
    private func prepared(_ client: ClientRef, _ name: [UInt8], text: [UInt8], on node: Int) {
        client.pointee.registry.prepared(name, text: text, on: node)
        if client.pointee.registry.textByteCount > settings.holdMax
            || client.pointee.registry.count >= settings.settings.sessionStatementsMax
        {
            client.pointee.route.pin()
        }
    }

    /// The session stays on the node that has all of its state, and what it sets needs no more room
    /// here.
    func isLogFull(_ client: ClientRef) -> Bool {
        client.pointee.boundNode != nil
            && client.pointee.stateLog.isTooLarge(max: settings.holdMax)
    }

    /// What the session's next transaction gets without saying so.
    private func refreshDefaults(_ client: ClientRef) {
        guard let facts = client.pointee.welcome?.facts else { return }
        var defaults = facts.defaults
        if let text = setText(client, "default_transaction_isolation") {
            defaults.isolation = LoginFacts.isolation(text)
        }
        if let text = setText(client, "default_transaction_read_only") {
            defaults.isReadOnly = LoginFacts.boolean(text)
        }
        client.pointee.route.defaults = defaults
    }

    /// What the session has given a setting of one value; nil where the login's holds. An empty text
    /// stands for a value that nobody here knows.
    private func setText(_ client: ClientRef, _ name: StaticString) -> [UInt8]? {
        switch client.pointee.stateLog.value(of: name) {
        case nil, .standard: nil
        case .items(let items): items.first ?? []
        case .whole(let text): text
        case .current: []
        }
    }

    // MARK: Session state

    enum StatePreparation {
        case ready
        /// An exchange of ours comes first.
        case wait
        /// The connection refused what the session has SET and is given up: the session stays on
        /// the primary.
        case failed
    }

    /// Brings a connection up to date with what the session has SET.
    func prepareState(_ client: ClientRef, _ server: ServerRef) -> StatePreparation {
        if server.pointee.isCatchingUp {
            guard server.pointee.machine.isQuiet else {
                client.pointee.block = .quiet
                return .wait
            }
            server.pointee.isCatchingUp = false
            if server.pointee.machine.insertedFailed { return stateRefused(client, server) }
            tellParameters(client, server)
            guard isOpen(client) else { return .wait }
            // The session may have set more since then.
        }
        guard server.pointee.stateVersion != client.pointee.stateLog.version,
            client.pointee.homeNode != server.pointee.node
        else { return .ready }
        let texts = client.pointee.stateLog.replay(from: server.pointee.stateVersion)
        server.pointee.stateVersion = client.pointee.stateLog.version
        guard !texts.isEmpty else { return .ready }
        server.pointee.machine.exchangeBegins()
        var writer = WireWriter()
        for text in texts {
            writer.query(text)
            server.pointee.machine.inserted(.insertedQuery)
        }
        server.pointee.isCatchingUp = true
        client.pointee.block = .quiet
        send(server, writer.bytes)
        return .wait
    }

    private func stateRefused(_ client: ClientRef, _ server: ServerRef) -> StatePreparation {
        let node = server.pointee.node
        log(.warning, client, "node \(node) refused what the session has SET")
        client.pointee.leases.removeAll { $0 == server }
        client.pointee.active = nil
        client.pointee.registry.lost(node)
        server.pointee.client = nil
        closeServer(server)
        guard node != cluster.writer else {
            refuse(
                client,
                ServerReport(
                    .fatal, .connectionFailure, "the session's settings could not be restored",
                    detail: "Node \(node), the primary, refused them on a new connection.",
                    hint: "Connect again."))
            return .wait
        }
        client.pointee.route.pin()
        return .failed
    }
}

extension ServerReport {
    static let standbyCannot = ServerReport(
        .error, .featureNotSupported,
        "cannot execute this statement in a READ ONLY transaction on a standby",
        detail: "The transaction has read from a standby and cannot move to the primary any more.",
        hint: "Run it outside the transaction, or as its first statement.")
}

extension StatementKind {
    /// The tag that the server would answer with.
    var heldTag: String {
        switch self {
        case .begin: "BEGIN"
        case .startTransaction: "START TRANSACTION"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        default: "SET"
        }
    }
}
