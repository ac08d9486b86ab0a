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
    enum Step: Equatable {
        /// It goes to `client.active`; its bytes join the run.
        case forward
        /// It has to wait, with everything behind it.
        case wait
        /// So many bytes from the position on were answered by the proxy itself, or ignored.
        case answered(Int)
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
            if client.pointee.isFixed, !wantsTexts, previous != nil,
                Self.isPlainRequest(header.type), !Self.mayNameDatabase(header, bytes, position),
                !mayAskProxy(client, header, bytes, position)
            {
                // The whole session has one server: nothing but the header matters.
                step = .forward
                count(client, header.type)
            } else if wantsTexts {
                step = judgeAndLog(client, header, bytes, position, &runStart)
            } else {
                step = judge(client, header, bytes, position, &runStart)
            }
            switch step {
            case .forward: break
            case .wait: break relaying
            case .answered(let count):
                position &+= count
                runStart = position
                continue relaying
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
    static func textStart(_ header: FrameHeader, _ position: Int) -> Int {
        position &+ FrameHeader.byteCount &+ (header.type == FrontendType.parse ? 1 : 0)
    }

    @inline(__always)
    private func count(_ client: ClientRef, _ type: UInt8) {
        guard type == FrontendType.query || type == FrontendType.execute,
            let server = client.pointee.active
        else { return }
        counters.routed(to: server.pointee.node, isRead: false)
    }

    // MARK: Judging

    func judge(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
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
            client.pointee.route.pin()
            return direct(client, toPrimary(client), bytes, position, &runStart, isRead: false)
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
        let analysis =
            isHeld
            ? analyze(client, bytes, position &+ FrameHeader.byteCount, header.total &- 6)
            : StatementAnalysis.tooLong
        if !analysis.keepsSessionMovable { closeIdleConnections(before: bytes, position, header) }
        if let active = client.pointee.active, active.pointee.machine.isMidSegment {
            // It ends the segment before it, as a Sync would: on the same node.
            if !analysis.keepsSessionMovable { client.pointee.route.pin() }
            client.pointee.canReplay = false
            return direct(client, active.pointee.node, bytes, position, &runStart, isRead: false)
        }
        let (route, decision) = decide(client, analysis)
        let step = direct(
            client, node(client, route, decision), bytes, position, &runStart,
            isRead: decision.target == .reader)
        guard step == .forward else { return step }
        if let server = client.pointee.active {
            counters.statement(StatementClass(analysis.kind), node: server.pointee.node)
        }
        if !analysis.keepsSessionMovable { catchUp(client, bytes, position, &runStart) }
        committed(client, route, decision, bytes, position..<position &+ header.total)
        return .forward
    }

    /// Before the first statement that binds the session: SQL itself may name what the protocol
    /// prepared (DEALLOCATE, EXECUTE), so the primary gets every statement that it lacks.
    private func catchUp(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ runStart: inout Int
    ) {
        guard let server = client.pointee.active else { return }
        let names = client.pointee.registry.missing(on: server.pointee.node)
        guard !names.isEmpty else { return }
        for name in names { putIn(client, server, name, bytes, position, &runStart) }
        var writer = WireWriter()
        writer.empty(FrontendType.sync)
        gather.add(prepared: writer.bytes)
        server.pointee.machine.inserted(.insertedSync)
    }

    /// `DROP DATABASE`, `ALTER DATABASE` and `CREATE DATABASE` fail while anybody is connected to
    /// the database: parked connections are nobody.
    private func closeIdleConnections(
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

    private func analyze(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int
    ) -> StatementAnalysis {
        let dialect = client.pointee.dialect
        guard count > 0, start &+ count <= bytes.count else {
            return analyzer.analyze(Span<UInt8>(), dialect: dialect)
        }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ count])
        if let own = client.pointee.pooler?.settings,
            own.settings.allowSqlComments != settings.settings.allowSqlComments
        {
            return text.withMemoryRebound(to: UInt8.self) { analyze($0.span, dialect, as: own) }
        }
        return text.withMemoryRebound(to: UInt8.self) {
            analyzer.analyze($0.span, dialect: dialect)
        }
    }

    /// Decides on a copy: a message that has to wait is decided anew when its turn comes.
    private func decide(
        _ client: ClientRef, _ analysis: StatementAnalysis
    ) -> (SessionRoute, RouteDecision) {
        var route = client.pointee.route
        var decision = route.route(
            analysis, transaction: transaction(client), topology: cluster.topology)
        if client.pointee.replayForcesPrimary { decision.target = .primary }
        return (route, decision)
    }

    private func transaction(_ client: ClientRef) -> Routing.TransactionStatus {
        switch client.pointee.status {
        case .idle: .idle
        case .inTransaction: .inTransaction
        case .failed: .failed
        }
    }

    private func node(
        _ client: ClientRef, _ route: SessionRoute, _ decision: RouteDecision
    ) -> Int? {
        // A transaction runs where it began, whatever the cluster looks like now.
        if client.pointee.status != .idle, let active = client.pointee.active {
            return active.pointee.node
        }
        var route = route
        let node = route.node(for: decision, topology: cluster.topology, random: random32())
        client.pointee.route.keepReader(of: route)
        return node
    }

    private func toPrimary(_ client: ClientRef) -> Int? {
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

    /// Remembers the decision, and the bytes of a read for a second try elsewhere.
    private func committed(
        _ client: ClientRef, _ route: SessionRoute, _ decision: RouteDecision,
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) {
        client.pointee.route = route
        client.pointee.canReplay = false
        client.pointee.replayForcesPrimary = false
        if route.isPinned { client.pointee.boundNode = client.pointee.active?.pointee.node }
        // Pinned and with all its statements there, nothing needs to be looked at any more.
        if route.isPinned, let server = client.pointee.active,
            server.pointee.node == cluster.writer,
            client.pointee.registry.isComplete(on: server.pointee.node)
        {
            client.pointee.isFixed = true
            client.pointee.registry = StatementRegistry()
        }
        guard decision.target == .reader, let server = client.pointee.active,
            server.pointee.node != cluster.writer, server.pointee.machine.isQuiet,
            range.upperBound <= bytes.count
        else { return }
        client.pointee.replay.replace(UnsafeRawBufferPointer(rebasing: bytes[range]))
        client.pointee.canReplay = true
    }

    // MARK: Extended protocol

    private func judgeExtended(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        if client.pointee.isFixed {
            if header.type == FrontendType.parse {
                closeIdleConnections(before: bytes, position, header)
            }
            return direct(
                client, toPrimary(client), bytes, position, &runStart, isRead: false,
                isCounted: header.type == FrontendType.execute)
        }
        if let active = client.pointee.active, active.pointee.machine.isMidSegment {
            return segmentMessage(client, header, bytes, position, &runStart)
        }
        let plan: SegmentPlan
        switch planSegment(client, bytes, position) {
        case .incomplete: return .wait
        case .ready(let made): plan = made
        }
        let step = direct(
            client, node(client, plan.route, plan.decision), bytes, position, &runStart,
            isRead: plan.decision.target == .reader, isCounted: false)
        guard step == .forward else { return step }
        committed(client, plan.route, plan.decision, bytes, position..<plan.end)
        client.pointee.segmentIsRead = plan.decision.target == .reader
        return segmentMessage(client, header, bytes, position, &runStart)
    }

    private struct SegmentPlan {
        var route: SessionRoute
        var decision: RouteDecision
        /// Behind the Sync, or as far as was looked.
        var end: Int
    }

    private enum SegmentReading {
        case incomplete
        case ready(SegmentPlan)
    }

    /// Looks ahead to the Sync: a segment goes to a standby only if all of it was seen and all of
    /// it are certain reads.
    private func planSegment(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ start: Int
    ) -> SegmentReading {
        var route = client.pointee.route
        var decision = RouteDecision(target: .reader, reason: .balancedRead)
        var position = start
        var parsed: [(name: [UInt8], isReadOnly: Bool)] = []
        var unnamedIsReadOnly: Bool?
        var sawStatement = false
        func primary(_ reason: RouteReason) {
            if decision.target == .reader {
                decision = RouteDecision(target: .primary, reason: reason)
            }
        }
        while true {
            let header: FrameHeader
            switch FrameHeader.read(bytes.bytes, at: position) {
            case .header(let read): header = read
            case .incomplete:
                if bytes.count &- start < settings.holdMax { return .incomplete }
                primary(.primaryOnlyRead)
                return .ready(SegmentPlan(route: route, decision: decision, end: position))
            case .malformed:
                // The relay loop comes to it and says what is wrong.
                primary(.primaryOnlyRead)
                return .ready(SegmentPlan(route: route, decision: decision, end: position))
            }
            let isComplete = bytes.count &- position >= header.total
            if !isComplete {
                if position &- start &+ header.total <= settings.holdMax { return .incomplete }
                // Too long to hold: unknown, and so for the primary.
                if header.type == FrontendType.parse { route.pin() }
                primary(.pinsSession)
                return .ready(SegmentPlan(route: route, decision: decision, end: position))
            }
            let body = position &+ FrameHeader.byteCount..<position &+ header.total
            position &+= header.total
            switch header.type {
            case FrontendType.parse:
                sawStatement = true
                var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
                guard let name = reader.string(bytes.bytes),
                    let text = reader.stringRange(bytes.bytes)
                else {
                    primary(.primaryOnlyRead)
                    continue
                }
                let analysis = analyze(client, bytes, text.lowerBound, text.count)
                let one = route.route(
                    analysis, transaction: transaction(client), topology: cluster.topology)
                if one.target == .primary { primary(one.reason) }
                if name.isEmpty {
                    unnamedIsReadOnly = analysis.isReadOnly
                } else {
                    parsed.append((name, analysis.isReadOnly))
                }
            case FrontendType.bind, FrontendType.describe:
                sawStatement = true
                guard let name = Self.statementName(header.type, bytes, body) else { continue }
                let parsedHere =
                    name.isEmpty
                    ? unnamedIsReadOnly : parsed.last { $0.name == name }?.isReadOnly
                let known = parsedHere ?? client.pointee.registry.isReadOnly(name)
                if known != true { primary(.primaryOnlyRead) }
            case FrontendType.execute, FrontendType.close: break
            case FrontendType.sync:
                if client.pointee.status != .idle { primary(.insideTransaction) }
                if client.pointee.route.isPinned { primary(.sessionPinned) }
                if !sawStatement, !client.pointee.route.isPinned {
                    keepActive(client, &decision)
                }
                if client.pointee.replayForcesPrimary { primary(.primaryOnlyRead) }
                return .ready(SegmentPlan(route: route, decision: decision, end: position))
            default:
                // Flush, or a simple message within the segment: decided with what is known.
                primary(.primaryOnlyRead)
                return .ready(SegmentPlan(route: route, decision: decision, end: position))
            }
        }
    }

    /// A Sync or Close alone says nothing about a node: the active one answers.
    private func keepActive(_ client: ClientRef, _ decision: inout RouteDecision) {
        guard let active = client.pointee.active else { return }
        let isWriter = active.pointee.node == cluster.writer
        decision.target = isWriter ? .primary : .reader
    }

    /// The statement that a Bind or Describe names; nil for a portal or a malformed message.
    private static func statementName(
        _ type: UInt8, _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>
    ) -> [UInt8]? {
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        if type == FrontendType.bind {
            guard reader.stringRange(bytes.bytes) != nil else { return nil }
            return reader.string(bytes.bytes)
        }
        guard reader.uint8(bytes.bytes) == 0x53 else { return nil }
        return reader.string(bytes.bytes)
    }

    /// One message of a segment whose server is chosen: puts in what that server lacks.
    private func segmentMessage(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        guard let server = client.pointee.active else { return .stop }
        let isComplete = bytes.count &- position >= header.total
        let node = server.pointee.node
        if !isComplete {
            if header.total <= settings.holdMax { return .wait }
            if header.type == FrontendType.parse { client.pointee.route.pin() }
            notReadSent(client, server, header)
            return .forward
        }
        // The server ignores what comes between an error and the next Sync, and so do we.
        if server.pointee.machine.isSkipping { return .forward }
        let body = position &+ FrameHeader.byteCount..<position &+ header.total
        switch header.type {
        case FrontendType.execute:
            counters.routed(to: node, isRead: client.pointee.segmentIsRead)
        case FrontendType.parse:
            var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
            guard let name = reader.string(bytes.bytes),
                let text = reader.stringRange(bytes.bytes)
            else {
                notReadSent(client, server, header)
                return .forward
            }
            if !name.isEmpty { putIn(client, server, name, bytes, position, &runStart) }
            let analysis = analyze(client, bytes, text.lowerBound, text.count)
            if !analysis.keepsSessionMovable {
                client.pointee.route.pin()
                closeIdleConnections(before: bytes, position, header)
                for missing in client.pointee.registry.missing(on: node) {
                    putIn(client, server, missing, bytes, position, &runStart)
                }
            }
            let frame = Array(bytes[position..<position &+ header.total])
            client.pointee.registry.parseSent(
                name, frame, isReadOnly: analysis.isReadOnly, node: node)
            if client.pointee.registry.count >= settings.settings.sessionStatementsMax {
                client.pointee.route.pin()
            }
        case FrontendType.bind, FrontendType.describe:
            if let name = Self.statementName(header.type, bytes, body) {
                putIn(client, server, name, bytes, position, &runStart)
            }
        case FrontendType.close:
            if let name = Self.statementName(header.type, bytes, body) {
                client.pointee.registry.closeSent(name, node: node)
            } else {
                client.pointee.registry.otherSent(node: node)
            }
        default: break
        }
        return isOpen(client) ? .forward : .stop
    }

    /// Keeps the registry in step with the machine, which waits for an answer to this one too.
    private func notReadSent(_ client: ClientRef, _ server: ServerRef, _ header: FrameHeader) {
        guard header.type == FrontendType.parse || header.type == FrontendType.close,
            !server.pointee.machine.isSkipping
        else { return }
        client.pointee.registry.otherSent(node: server.pointee.node)
    }

    /// Sends Close and Parse of our own before a message that names a statement which this server
    /// does not have in its current version.
    private func putIn(
        _ client: ClientRef, _ server: ServerRef, _ name: [UInt8],
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ runStart: inout Int
    ) {
        let preparation = client.pointee.registry.prepare(name, on: server.pointee.node)
        guard preparation != .none else { return }
        addRun(bytes, runStart, position)
        runStart = position
        if gather.isFull { flushToServer(client) }
        if preparation.closes {
            var writer = WireWriter()
            writer.closeStatement(name)
            gather.add(prepared: writer.bytes)
            server.pointee.machine.inserted(.insertedClose)
        }
        if let parse = preparation.parse {
            gather.add(prepared: parse)
            server.pointee.machine.inserted(.insertedParse)
        }
    }

    // MARK: Directing

    /// Makes `node`'s connection the active one, or has the message wait for it.
    private func direct(
        _ client: ClientRef, _ node: Int?, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ runStart: inout Int, isRead: Bool, isCounted: Bool = true
    ) -> Step {
        guard let node else {
            finishRun(client, bytes, &runStart, position)
            refuse(
                client,
                ServerReport(
                    .fatal, .cannotConnectNow, "no primary is available for this statement",
                    hint: "Retry when a primary has been found; \"trunkline status\" tells the "
                        + "state of the nodes."))
            return .stop
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

    private func addRun(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
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
    private func flushToServer(_ client: ClientRef) {
        guard gather.count > 0 else { return }
        guard let server = client.pointee.active else { return gather.clear() }
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
