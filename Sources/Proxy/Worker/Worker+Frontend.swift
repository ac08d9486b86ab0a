internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings
internal import Synchronization

/// What a client says, on its way to a server.
extension Worker {
    /// What becomes of the message at a position.
    enum Step {
        /// It goes to `client.active`; its bytes join the run.
        case forward
        /// It needed no server and is dealt with; so many bytes are used.
        case answered(Int)
        /// It has to wait, with everything behind it.
        case wait
        /// The client is gone or told to go.
        case stop
    }

    /// Takes as many messages as can go now and sends their ranges in one call.
    func relayFrontend(_ client: ClientRef, _ bytes: UnsafeRawBufferPointer) -> Int {
        var position = 0
        var runStart = 0
        if client.pointee.passRemaining > 0 {
            position = min(client.pointee.passRemaining, bytes.count)
            client.pointee.passRemaining &-= position
        }
        relaying: while position < bytes.count {
            let header: FrameHeader
            switch FrameHeader.read(bytes.bytes, at: position) {
            case .incomplete: break relaying
            case .malformed(_, let length):
                finishRun(client, bytes, &runStart, position)
                return violation(client, bytes, "invalid message length \(length)")
            case .header(let read): header = read
            }
            let available = bytes.count &- position
            let previous = client.pointee.active
            let wantsTexts = client.pointee.pooler?.settings?.wantsTexts ?? settings.wantsTexts
            let step: Step
            if client.pointee.isFixed, !wantsTexts, previous != nil, cluster.hold == nil,
                Self.isPlainRequest(header.type), !Self.mayNameDatabase(header, bytes, position),
                !mayAskProxy(client, header, bytes, position)
            {
                // The whole session has one server: nothing but the header matters.
                step = .forward
                count(client, header, bytes, position)
            } else if wantsTexts {
                step = judgeAndLog(client, header, bytes, position, &runStart)
            } else {
                step = judge(client, header, bytes, position, &runStart)
            }
            switch step {
            case .forward: break
            case .answered(let used):
                position &+= used
                runStart = position
                continue relaying
            case .wait: break relaying
            case .stop: return bytes.count
            }
            client.pointee.active?.pointee.machine.forwarded(header.type)
            let taken = min(header.total, available)
            client.pointee.passRemaining = header.total &- taken
            position &+= taken
        }
        if position > runStart { addRun(bytes, runStart, position) }
        flushToServer(client)
        return position
    }

    /// Messages that a session with one server needs not look into.
    @inline(__always)
    private static func isPlainRequest(_ type: UInt8) -> Bool {
        switch type {
        case FrontendType.query, FrontendType.parse, FrontendType.bind, FrontendType.describe,
            FrontendType.execute, FrontendType.close, FrontendType.sync, FrontendType.flush,
            FrontendType.functionCall, FrontendType.copyData, FrontendType.copyDone,
            FrontendType.copyFail:
            true
        default: false
        }
    }

    /// A short Query or Parse that may be `DROP DATABASE` or a relative, by its first letter.
    @inline(__always)
    private static func mayNameDatabase(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Bool {
        guard header.type == FrontendType.query || header.type == FrontendType.parse,
            header.total < 512, bytes.count &- position >= header.total
        else { return false }
        let start = textStart(header, position)
        guard start < bytes.count else { return false }
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "a"), UInt8(ascii: "c"), UInt8(ascii: "d"): return true
        default: return false
        }
    }

    /// Where the SQL text of a Query or of a Parse of the unnamed statement begins.
    private static func textStart(_ header: FrameHeader, _ position: Int) -> Int {
        position &+ FrameHeader.byteCount &+ (header.type == FrontendType.parse ? 1 : 0)
    }

    @inline(__always)
    private func count(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int
    ) {
        guard let server = client.pointee.active else { return }
        let node = server.pointee.node
        switch header.type {
        case FrontendType.query:
            counters.routed(to: node, isRead: false)
            countText(node, header, bytes, position)
        case FrontendType.execute: counters.routed(to: node, isRead: false)
        // What an Execute executes nobody knows here; nearly always it is what was just parsed.
        case FrontendType.parse: countText(node, header, bytes, position)
        default: break
        }
    }

    @inline(__always)
    private func countText(
        _ node: Int, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) {
        let start = min(Self.textStart(header, position), bytes.count)
        let text = UnsafeRawBufferPointer(rebasing: bytes[start...])
        counters.statement(StatementClass(beginningOf: text.bytes), node: node)
    }

    // MARK: Judging

    func judge(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        if client.pointee.loss != nil {
            client.pointee.segmentScanned = 0
            if let step = answerLoss(client, header, bytes, position, &runStart) { return step }
        }
        if client.pointee.segmentScanned > 0, isStillIncomplete(client, bytes, position) {
            return .wait
        }
        if let step = askProxy(client, header, bytes, position, &runStart) { return step }
        switch header.type {
        case FrontendType.terminate:
            finishRun(client, bytes, &runStart, position)
            if isOpen(client) { closeClient(client, isClean: true) }
            return .stop
        case FrontendType.copyData, FrontendType.copyDone, FrontendType.copyFail:
            // Outside COPY servers ignore them, and so do we without a server.
            if client.pointee.active != nil { return .forward }
            runStart = position &+ min(header.total, bytes.count &- position)
            return .forward
        case FrontendType.query: return judgeQuery(client, header, bytes, position, &runStart)
        case FrontendType.functionCall:
            return judgeFunctionCall(client, header, bytes, position, &runStart)
        case FrontendType.parse, FrontendType.bind, FrontendType.describe, FrontendType.execute,
            FrontendType.close, FrontendType.flush, FrontendType.sync:
            return judgeExtended(client, header, bytes, position, &runStart)
        default:
            finishRun(client, bytes, &runStart, position)
            _ = violation(client, bytes, "invalid frontend message type \(header.type)")
            return .stop
        }
    }

    private func judgeQuery(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        let isHeld = header.total <= settings.holdMax
        if isHeld, bytes.count &- position < header.total { return .wait }
        if client.pointee.isFixed {
            closeIdleConnections(before: bytes, position, header)
            return direct(client, toPrimary(client), bytes, position, &runStart, isRead: false)
        }
        let text = Self.queryText(header, bytes, position)
        let analysis = isHeld ? analyze(client, text) : StatementAnalysis.tooLong
        if analysis.traits.contains(.changesCatalog) {
            closeIdleConnections(before: bytes, position, header)
        }
        var request = RouteRequest(analysis)
        if let active = client.pointee.active, active.pointee.machine.isMidSegment {
            // It ends the segment before it, as a Sync would: on the same node.
            client.pointee.canReplay = false
            unplanned(client, active, request, analysis, text)
            return direct(client, active.pointee.node, bytes, position, &runStart, isRead: false)
        }
        request.canBeHeld = isHeld
        request.canBeRefused = isHeld
        if isPatternListed(text) { request.barrier = .patternListed }
        let plan: RoutePlan
        let details = StatementDetails(analysis)
        switch planRoute(client, &request, details) {
        case .wait: return .wait
        case .ready(let made): plan = made
        }
        if plan.isAnsweredHere {
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            answerHeld(client, request, plan, analysis, text)
            return isOpen(client) ? .answered(header.total) : .stop
        }
        let step = direct(
            client, plan.node, bytes, position, &runStart,
            isRead: plan.isRead(request, home: client.pointee.route.home))
        guard case .forward = step else { return step }
        if request.isStateful {
            var outcome = RequestOutcome(before: client.pointee.status)
            outcome.add(analysis, text: text, dialect: client.pointee.dialect)
            client.pointee.outcome = outcome
            catchUp(client, analysis, bytes, position, &runStart)
        }
        if let server = client.pointee.active {
            counters.statement(StatementClass(analysis.kind), node: server.pointee.node)
        }
        depart(
            client, &request, details, plan, bytes, position, &runStart,
            end: position &+ header.total)
        return .forward
    }

    /// The text of a Query, without its NUL, as far as it is here.
    static func queryText(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> UnsafeRawBufferPointer {
        let start = min(position &+ FrameHeader.byteCount, bytes.count)
        let end = min(max(position &+ header.total &- 1, start), bytes.count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// SQL itself may name what the session has prepared (EXECUTE, DEALLOCATE): the node gets it
    /// first. Of a statement that is not understood all of them may be meant.
    private func catchUp(
        _ client: ClientRef, _ analysis: StatementAnalysis, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) {
        guard let server = client.pointee.active, Self.mayNameStatements(analysis) else { return }
        let isUnknown = analysis.traits.contains(.isUnknown)
        var names = isUnknown ? [] : Self.namedStatements(analysis)
        guard isUnknown || !names.isEmpty else { return }
        let missing = client.pointee.registry.missing(on: server.pointee.node)
        if isUnknown { names = missing } else { names.removeAll { !missing.contains($0) } }
        let parsed = names.filter { !client.pointee.registry.isText($0) }
        if !parsed.isEmpty {
            for name in parsed { putIn(client, server, name, bytes, position, &runStart) }
            putInSync(server)
        }
        for name in names { putInText(client, server, name, bytes, position, &runStart) }
    }

    private func putInSync(_ server: ServerRef) {
        var writer = WireWriter()
        writer.empty(FrontendType.sync)
        gather.add(prepared: writer.bytes)
        server.pointee.machine.inserted(.insertedSync)
    }

    /// Has a server prepare what PREPARE has prepared elsewhere, if it is that and missing there.
    /// Between two segments.
    func putInText(
        _ client: ClientRef, _ server: ServerRef, _ name: [UInt8],
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ runStart: inout Int
    ) {
        guard client.pointee.registry.isText(name) else { return }
        let preparation = client.pointee.registry.prepare(name, on: server.pointee.node)
        guard let text = preparation.text else { return }
        addRun(bytes, runStart, position)
        runStart = position
        if gather.isFull { flushToServer(client) }
        if preparation.closes {
            var writer = WireWriter()
            writer.closeStatement(name)
            gather.add(prepared: writer.bytes)
            server.pointee.machine.inserted(.insertedClose)
            putInSync(server)
        }
        var writer = WireWriter()
        writer.query(text)
        gather.add(prepared: writer.bytes)
        server.pointee.machine.inserted(.insertedPrepare)
        if settings(of: client).wantsTexts { logInserted(client, server, text) }
    }

    /// Whether a text may name prepared statements: most are known not to.
    @inline(__always)
    static func mayNameStatements(_ analysis: StatementAnalysis) -> Bool {
        analysis.traits.contains(.isUnknown) || analysis.detail?.isSummed == false
    }

    /// The prepared statements that a text names.
    static func namedStatements(_ analysis: StatementAnalysis) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for outline in analysis.detail?.statements ?? [] {
            switch outline.command {
            case .prepare(let name, _), .execute(let name), .deallocate(let name?):
                names.append(name)
            default: break
            }
        }
        return names
    }

    /// `DROP DATABASE`, `ALTER DATABASE` and `CREATE DATABASE` fail while anybody is connected to
    /// the database: parked connections are nobody.
    func closeIdleConnections(
        before bytes: UnsafeRawBufferPointer, _ position: Int, _ header: FrameHeader
    ) {
        let start = Self.textStart(header, position)
        let end = min(position &+ header.total, bytes.count, start &+ 64)
        guard start < end else { return }
        let words = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
            .split(whereSeparator: \.isWhitespace).prefix(2)
        guard words.count == 2, words[1] == "database",
            ["drop", "alter", "create"].contains(words[0])
        else { return }
        for mailbox in shared.mailboxes { mailbox.post(.closeParked) }
    }

    /// `primary_routing_query_pattern_list`.
    func isPatternListed(_ text: UnsafeRawBufferPointer) -> Bool {
        lists.hasStatementPatterns && lists.isForPrimary(statement: Array(text))
    }

    func analyze(_ client: ClientRef, _ text: UnsafeRawBufferPointer) -> StatementAnalysis {
        let dialect = client.pointee.dialect
        if let own = client.pointee.pooler?.settings,
            own.settings.allowSqlComments != settings.settings.allowSqlComments
        {
            return text.withMemoryRebound(to: UInt8.self) { analyze($0.span, dialect, as: own) }
        }
        return text.withMemoryRebound(to: UInt8.self) {
            analyzer.analyze($0.span, dialect: dialect)
        }
    }

    func toPrimary(_ client: ClientRef) -> Int? {
        if client.pointee.status != .idle || client.pointee.isFixed,
            let active = client.pointee.active
        {
            return active.pointee.node
        }
        if client.pointee.isFixed, let lease = client.pointee.leases.first {
            return lease.pointee.node
        }
        return cluster.writer
    }

    /// Nobody knows what the function does.
    private func judgeFunctionCall(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        if client.pointee.isFixed {
            return direct(client, toPrimary(client), bytes, position, &runStart, isRead: false)
        }
        if let active = client.pointee.active, active.pointee.machine.isMidSegment {
            client.pointee.route.pin()
            return direct(client, active.pointee.node, bytes, position, &runStart, isRead: false)
        }
        var request = RouteRequest()
        request.addUnknown(.containsUnknownConstruct)
        request.leavesState = true
        let plan: RoutePlan
        switch planRoute(client, &request, StatementDetails()) {
        case .wait: return .wait
        case .ready(let made): plan = made
        }
        let step = direct(client, plan.node, bytes, position, &runStart, isRead: false)
        guard case .forward = step else { return step }
        client.pointee.outcome = RequestOutcome(before: client.pointee.status)
        depart(
            client, &request, StatementDetails(), plan, bytes, position, &runStart, end: position)
        return .forward
    }

    // MARK: Directing

    /// Makes `node`'s connection the active one, or has the message wait for it.
    func direct(
        _ client: ClientRef, _ node: Int?, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ runStart: inout Int, isRead: Bool, isCounted: Bool = true
    ) -> Step {
        guard let node, !isHeldBack(client, node) else {
            finishRun(client, bytes, &runStart, position)
            return isOpen(client) ? waitForPrimary(client) : .stop
        }
        if let active = client.pointee.active, active.pointee.node != node {
            // Answers come from one node at a time, in order.
            if !active.pointee.machine.isQuiet {
                client.pointee.block = .quiet
                return .wait
            }
        }
        if client.pointee.active?.pointee.node != node {
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            guard let lease = client.pointee.lease(node) else {
                client.pointee.active = nil
                client.pointee.block = .lease
                client.pointee.wantedNode = node
                pendingLeases.append(client.pointee.handle)
                return .wait
            }
            client.pointee.active = lease
        }
        if !client.pointee.isFixed, let server = client.pointee.active {
            // A late cancel must not hit the BEGIN that the client has been told of.
            if server.pointee.cancelsInFlight > 0, client.pointee.route.home == .held {
                finishRun(client, bytes, &runStart, position)
                client.pointee.block = .quiet
                return isOpen(client) ? .wait : .stop
            }
            switch prepareState(client, server) {
            case .ready: break
            case .wait:
                finishRun(client, bytes, &runStart, position)
                return isOpen(client) ? .wait : .stop
            case .failed:
                return direct(
                    client, cluster.writer, bytes, position, &runStart, isRead: false,
                    isCounted: isCounted)
            }
        }
        if isCounted { counters.routed(to: node, isRead: isRead) }
        return .forward
    }

    /// Asks for the connections that clients came to need. Apart from the relay loop, because the
    /// answer may come at once and go on with the same client.
    func acquirePending() {
        while let handle = pendingLeases.popLast() {
            if let client = clients.find(handle) { requestServer(client) }
        }
    }

    // MARK: Sending

    func addRun(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        guard end > start else { return }
        gather.add(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }

    func finishRun(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ runStart: inout Int,
        _ position: Int
    ) {
        addRun(bytes, runStart, position)
        runStart = position
        flushToServer(client)
    }

    @inline(__always)
    func flushToServer(_ client: ClientRef) {
        guard gather.count > 0 else { return }
        guard let server = client.pointee.active else { return gather.clear() }
        server.pointee.timer.sent(at: reactor.now)
        let outcome = reactor.send(server.pointee.socket, gather.ranges, gather.count)
        gather.clear()
        switch outcome {
        case .sent: break
        case .queued(let waiting):
            guard waiting > settings.backlogMax else { break }
            client.pointee.isHeldBack = true
            reactor.pause(client.pointee.socket)
        case .failed: failedServers.append(server.pointee.handle)
        }
    }

    private func violation(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ reason: String
    ) -> Int {
        // As PostgreSQL, which comes to the bad message only after the good ones.
        refuse(client, ServerReport(.fatal, .protocolViolation, reason), isClean: true)
        return bytes.count
    }
}
