internal import Operations
internal import PostgresWire
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings

/// The extended protocol: a segment is what comes up to a Sync, and goes to one node.
extension Worker {
    /// A segment as far as it has been looked into.
    struct Segment {
        var request = RouteRequest()
        var outcome: RequestOutcome
        /// What it executes or prepares, for the catalog.
        var details = StatementDetails()
        /// Behind the Sync, or as far as was looked.
        var end: Int
        /// The Sync was seen.
        var isComplete = false
        /// The tag that its one Execute would be answered with.
        var kind = StatementKind.other
        var bindCount = 0
        var executeCount = 0
        /// What of the session's that SQL's PREPARE made it may name.
        var textNames: [[UInt8]] = []
    }

    func judgeExtended(
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
        var segment = Segment(
            outcome: RequestOutcome(before: client.pointee.status), end: position)
        guard readSegment(client, bytes, position, &segment) else { return .wait }
        // What of it is not here yet may name any of them.
        if !segment.isComplete { segment.textNames = client.pointee.registry.textNames }
        var plan: RoutePlan
        switch planRoute(client, &segment.request, segment.details) {
        case .wait: return .wait
        case .ready(let made): plan = made
        }
        if plan.isAnsweredHere {
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            answerHeld(client, segment, plan, bytes, position)
            return isOpen(client) ? .answered(segment.end &- position) : .stop
        }
        // A Sync or Close alone says nothing about a node: the active one answers.
        if segment.request.isEmpty, client.pointee.route.home != .held,
            let active = client.pointee.active
        {
            plan.node = active.pointee.node
        }
        let step = direct(
            client, plan.node, bytes, position, &runStart, isRead: false, isCounted: false)
        guard case .forward = step else { return step }
        if segment.request.isStateful || !segment.isComplete {
            client.pointee.outcome = segment.outcome
        }
        if let server = client.pointee.active {
            for name in segment.textNames {
                putInText(client, server, name, bytes, position, &runStart)
            }
        }
        depart(
            client, &segment.request, segment.details, plan, bytes, position, &runStart,
            end: segment.end)
        client.pointee.segmentIsRead = plan.isRead(
            segment.request, home: client.pointee.route.home)
        client.pointee.segmentIsPlanned = segment.isComplete
        return segmentMessage(client, header, bytes, position, &runStart)
    }

    // MARK: Looking ahead

    /// What a segment names while it is read. The unnamed ones, which most drivers use for
    /// everything, need no heap.
    private struct SegmentNames {
        private var unnamed: (analysis: StatementAnalysis, text: Range<Int>)?
        private var named: [(name: [UInt8], analysis: StatementAnalysis, text: Range<Int>)] = []
        /// Where in `named` each name is last, once they are many.
        private var places: [[UInt8]: Int] = [:]
        private var hasUnnamedPortal = false
        private var portals: Set<[UInt8]> = []

        /// So many names are compared one by one.
        private static let comparedMax = 16

        /// A portal was bound and not executed to its end.
        var hasOpenPortal: Bool { hasUnnamedPortal || !portals.isEmpty }

        func statement(_ name: [UInt8]) -> (analysis: StatementAnalysis, text: Range<Int>)? {
            if name.isEmpty { return unnamed }
            if named.count > Self.comparedMax {
                return places[name].map { (named[$0].analysis, named[$0].text) }
            }
            return named.last { $0.name == name }.map { ($0.analysis, $0.text) }
        }

        mutating func parsed(_ name: [UInt8], _ analysis: StatementAnalysis, _ text: Range<Int>) {
            if name.isEmpty {
                unnamed = (analysis, text)
            } else {
                named.append((name, analysis, text))
                if named.count == Self.comparedMax + 1 {
                    for (place, one) in named.enumerated() { places[one.name] = place }
                } else if named.count > Self.comparedMax {
                    places[name] = named.count - 1
                }
            }
        }

        mutating func bound(_ portal: [UInt8]) {
            if portal.isEmpty {
                hasUnnamedPortal = true
            } else {
                portals.insert(portal)
            }
        }

        func isBound(_ portal: [UInt8]) -> Bool {
            portal.isEmpty ? hasUnnamedPortal : portals.contains(portal)
        }

        mutating func finished(_ portal: [UInt8]) {
            if portal.isEmpty {
                hasUnnamedPortal = false
            } else {
                portals.remove(portal)
            }
        }
    }

    /// Looks ahead to the Sync: where a segment may go is decided by all of it. False while more of
    /// it has to come first.
    func readSegment(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ start: Int,
        _ segment: inout Segment
    ) -> Bool {
        var names = SegmentNames()
        var hasClose = false
        segment.request.canBeHeld = true
        while true {
            let header: FrameHeader
            switch FrameHeader.read(bytes.bytes, at: segment.end) {
            case .header(let read): header = read
            case .incomplete:
                if bytes.count &- start < settings.holdMax {
                    client.pointee.segmentScanned = segment.end &- start
                    return false
                }
                return segment.endsUnread()
            // The relay loop comes to it and says what is wrong.
            case .malformed: return segment.endsUnread()
            }
            guard bytes.count &- segment.end >= header.total else {
                if segment.end &- start &+ header.total <= settings.holdMax {
                    client.pointee.segmentScanned = segment.end &- start
                    return false
                }
                // Too long to hold: unknown, and so for the primary.
                if header.type == FrontendType.parse { segment.request.leavesState = true }
                return segment.endsUnread()
            }
            let body = segment.end &+ FrameHeader.byteCount..<segment.end &+ header.total
            segment.end &+= header.total
            switch header.type {
            case FrontendType.parse: readParse(client, bytes, body, &segment, &names)
            case FrontendType.bind: readBind(client, bytes, body, &segment, &names)
            case FrontendType.describe:
                guard let name = statementName(client, header.type, bytes, body) else { continue }
                if names.statement(name) == nil {
                    noteText(client, name, &segment)
                    if let known = client.pointee.registry.statement(name) {
                        segment.request.addPrepared(known.analysis)
                    } else {
                        segment.request.addUnknown(.containsUnknownConstruct)
                    }
                }
            case FrontendType.execute: readExecute(bytes, body, &segment, &names)
            case FrontendType.close:
                segment.request.canBeHeld = false
                hasClose = true
            case FrontendType.sync:
                segment.isComplete = true
                segment.request.canBeRefused = !hasClose
                // An empty statement beside it, or a second Execute, has another answer.
                if segment.bindCount != 1 || segment.executeCount != 1 {
                    segment.request.canBeHeld = false
                }
                if names.hasOpenPortal { segment.request.leavesPortalOpen = true }
                return true
            default:
                // Flush, or a simple message within the segment: what follows is not here yet.
                return segment.endsUnread()
            }
        }
    }

    /// Whether the segment at the head of the input, which was looked into before, has still not come
    /// to a point where it can be read. Goes on where it stopped, so that a segment of many messages
    /// in many pieces is not read anew with each of them.
    func isStillIncomplete(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ start: Int
    ) -> Bool {
        var end = start &+ client.pointee.segmentScanned
        client.pointee.segmentScanned = 0
        while end < bytes.count {
            switch FrameHeader.read(bytes.bytes, at: end) {
            case .malformed: return false
            case .incomplete:
                guard bytes.count &- start < settings.holdMax else { return false }
                client.pointee.segmentScanned = end &- start
                return true
            case .header(let header):
                guard bytes.count &- end >= header.total else {
                    guard end &- start &+ header.total <= settings.holdMax else { return false }
                    client.pointee.segmentScanned = end &- start
                    return true
                }
                switch header.type {
                case FrontendType.parse, FrontendType.bind, FrontendType.describe,
                    FrontendType.execute, FrontendType.close:
                    end &+= header.total
                default: return false
                }
            }
        }
        guard end == bytes.count, end &- start < settings.holdMax else { return false }
        client.pointee.segmentScanned = end &- start
        return true
    }

    private func readParse(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>,
        _ segment: inout Segment, _ names: inout SegmentNames
    ) {
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        guard let name = reader.string(bytes.bytes), let text = reader.stringRange(bytes.bytes)
        else { return segment.request.addUnknown(.containsUnknownConstruct) }
        let analysis = analyze(client, UnsafeRawBufferPointer(rebasing: bytes[text]))
        // A name that is taken already is for the server to refuse.
        if !name.isEmpty,
            names.statement(name) != nil || client.pointee.registry.statement(name) != nil
        {
            segment.request.canBeHeld = false
        }
        if client.pointee.registry.textCount > 0 {
            noteText(client, name, &segment)
            noteTexts(client, analysis, &segment)
            if client.pointee.registry.isText(name) { segment.request.canBeHeld = false }
        }
        names.parsed(name, analysis, text)
        segment.request.addPrepared(analysis)
        segment.details.append(analysis)
    }

    private func readBind(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>,
        _ segment: inout Segment, _ names: inout SegmentNames
    ) {
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        guard let portal = reader.string(bytes.bytes),
            let name = reader.string(bytes.bytes, reusing: client.pointee.registry.recentName)
        else { return segment.request.addUnknown(.containsUnknownConstruct) }
        segment.bindCount += 1
        names.bound(portal)
        if let here = names.statement(name) {
            let text = UnsafeRawBufferPointer(rebasing: bytes[here.text])
            if isPatternListed(text) { segment.request.barrier = .patternListed }
            segment.execute(here.analysis, text: text, dialect: client.pointee.dialect)
        } else if let known = client.pointee.registry.statement(name) {
            segment.details.append(known.analysis)
            noteTexts(client, known.analysis, &segment)
            known.parse.withUnsafeBytes { parse in
                if lists.hasStatementPatterns, isPatternListed(Self.parsedText(parse)) {
                    segment.request.barrier = .patternListed
                }
                segment.execute(
                    known.analysis, text: Self.parsedText(parse), dialect: client.pointee.dialect)
            }
        } else {
            noteText(client, name, &segment)
            segment.request.addUnknown(.containsUnknownConstruct)
        }
    }

    /// A segment names a statement: one that PREPARE made has to be there before the segment.
    private func noteText(_ client: ClientRef, _ name: [UInt8], _ segment: inout Segment) {
        if client.pointee.registry.isText(name) { segment.textNames.append(name) }
    }

    /// It has a text that may name statements itself.
    private func noteTexts(
        _ client: ClientRef, _ analysis: StatementAnalysis, _ segment: inout Segment
    ) {
        guard client.pointee.registry.textCount > 0, Self.mayNameStatements(analysis) else {
            return
        }
        if analysis.traits.contains(.isUnknown) {
            segment.textNames = client.pointee.registry.textNames
        } else {
            for name in Self.namedStatements(analysis) { noteText(client, name, &segment) }
        }
    }

    private func readExecute(
        _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>, _ segment: inout Segment,
        _ names: inout SegmentNames
    ) {
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        guard let portal = reader.string(bytes.bytes), let rowsMax = reader.uint32(bytes.bytes)
        else { return segment.request.addUnknown(.containsUnknownConstruct) }
        segment.executeCount += 1
        let isBoundHere = names.isBound(portal)
        if isBoundHere, rowsMax == 0 {
            names.finished(portal)
        } else {
            segment.request.leavesPortalOpen = true
        }
        if !isBoundHere { segment.request.addUnread() }
    }

    /// The SQL text of a complete Parse message.
    static func parsedText(_ frame: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var reader = WireReader(
            frame.bytes, from: min(FrameHeader.byteCount, frame.count), to: frame.count)
        guard reader.stringRange(frame.bytes) != nil, let text = reader.stringRange(frame.bytes)
        else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: frame[text])
    }

    /// The statement that a Bind or Describe names; nil for a portal or a malformed message.
    func statementName(
        _ client: ClientRef, _ type: UInt8, _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>
    ) -> [UInt8]? {
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        if type == FrontendType.bind {
            guard reader.stringRange(bytes.bytes) != nil else { return nil }
        } else {
            guard reader.uint8(bytes.bytes) == 0x53 else { return nil }
        }
        return reader.string(bytes.bytes, reusing: client.pointee.registry.recentName)
    }

    // MARK: Message by message

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
            parseMessage(client, server, header, bytes, position, &runStart)
        case FrontendType.bind, FrontendType.describe:
            guard let name = statementName(client, header.type, bytes, body) else { break }
            putIn(client, server, name, bytes, position, &runStart)
            guard header.type == FrontendType.bind else { break }
            if let kind = client.pointee.registry.statement(name)?.analysis.kind {
                counters.statement(StatementClass(kind), node: node)
            }
            boundMessage(client, server, name)
        case FrontendType.close:
            if let name = statementName(client, header.type, bytes, body) {
                client.pointee.registry.closeSent(name, node: node)
            } else {
                client.pointee.registry.otherSent(node: node)
            }
        default: break
        }
        return isOpen(client) ? .forward : .stop
    }

    private func parseMessage(
        _ client: ClientRef, _ server: ServerRef, _ header: FrameHeader,
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ runStart: inout Int
    ) {
        let body = position &+ FrameHeader.byteCount..<position &+ header.total
        var reader = WireReader(bytes.bytes, from: body.lowerBound, to: body.upperBound)
        guard let name = reader.string(bytes.bytes), let text = reader.stringRange(bytes.bytes)
        else { return notReadSent(client, server, header) }
        if !name.isEmpty { putIn(client, server, name, bytes, position, &runStart) }
        let analysis = analyze(client, UnsafeRawBufferPointer(rebasing: bytes[text]))
        if Self.mayNameStatements(analysis) {
            let missing = client.pointee.registry.missing(on: server.pointee.node)
            let named =
                analysis.traits.contains(.isUnknown) ? missing : Self.namedStatements(analysis)
            for name in named where missing.contains(name) {
                putIn(client, server, name, bytes, position, &runStart)
            }
        }
        if analysis.traits.contains(.changesCatalog) {
            closeIdleConnections(before: bytes, position, header)
        }
        client.pointee.registry.parseSent(
            name, Array(bytes[position..<position &+ header.total]), analysis: analysis,
            node: server.pointee.node)
        if client.pointee.registry.count >= settings.settings.sessionStatementsMax {
            client.pointee.route.pin()
        }
    }

    /// A statement is bound in a segment that was sent before all of it was seen.
    private func boundMessage(_ client: ClientRef, _ server: ServerRef, _ name: [UInt8]) {
        guard !client.pointee.segmentIsPlanned else { return }
        guard let known = client.pointee.registry.statement(name) else {
            return client.pointee.route.pin()
        }
        known.parse.withUnsafeBytes {
            unplanned(
                client, server, RouteRequest(known.analysis), known.analysis, Self.parsedText($0))
        }
    }

    /// A statement joins what is on its way already.
    func unplanned(
        _ client: ClientRef, _ server: ServerRef, _ request: RouteRequest,
        _ analysis: StatementAnalysis, _ text: UnsafeRawBufferPointer
    ) {
        let isPrimary = server.pointee.node == cluster.writer
        var request = request
        request.mayWrite = request.traits.contains(.needsFacts)
        client.pointee.route.sent(
            request, RouteDecision(.home, .transactionOnPrimary), toPrimary: isPrimary)
        if analysis.traits.contains(.changesCatalog) { client.pointee.hasChangedCatalog = true }
        var outcome = client.pointee.outcome ?? RequestOutcome(before: client.pointee.status)
        outcome.add(analysis, text: text, dialect: client.pointee.dialect)
        client.pointee.outcome = outcome
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
    func putIn(
        _ client: ClientRef, _ server: ServerRef, _ name: [UInt8],
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ runStart: inout Int
    ) {
        // That is a message of its own, and has come before.
        guard !client.pointee.registry.isText(name) else { return }
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

    // MARK: Answered here

    /// Answers a segment whose only statement begins or ends a transaction that no server knows of.
    func answerHeld(
        _ client: ClientRef, _ segment: Segment, _ plan: RoutePlan,
        _ bytes: UnsafeRawBufferPointer, _ start: Int
    ) {
        var writer = WireWriter()
        if plan.decision.action == .refuse {
            counters.decided(plan.decision.reason)
            writer.report(.standbyCannot)
            writer.readyForQuery(client.pointee.status)
            return send(client, writer.bytes)
        }
        held(client, segment.request, plan, segment.outcome)
        var position = start
        while position < segment.end,
            case .header(let header) = FrameHeader.read(bytes.bytes, at: position)
        {
            let body = position &+ FrameHeader.byteCount..<position &+ header.total
            switch header.type {
            case FrontendType.parse:
                rememberParse(client, bytes, position..<position &+ header.total)
                writer.empty(BackendType.parseComplete)
            case FrontendType.bind: writer.empty(BackendType.bindComplete)
            case FrontendType.describe:
                if bytes[body.lowerBound] == 0x53 {
                    writer.message(BackendType.parameterDescription) { $0.uint16(0) }
                }
                writer.empty(BackendType.noData)
            case FrontendType.execute: writer.commandComplete(segment.kind.heldTag)
            case FrontendType.sync: writer.readyForQuery(client.pointee.status)
            default: break
            }
            position &+= header.total
        }
        send(client, writer.bytes)
    }

    /// A Parse that no server has seen: it is put in where it is used.
    func rememberParse(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) {
        let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
        var reader = WireReader(frame.bytes, from: FrameHeader.byteCount, to: frame.count)
        guard let name = reader.string(frame.bytes) else { return }
        client.pointee.registry.parsedNowhere(
            name, Array(frame), analysis: analyze(client, Self.parsedText(frame)))
    }
}

extension Worker.Segment {
    /// A statement with this text is executed.
    fileprivate mutating func execute(
        _ analysis: StatementAnalysis, text: @autoclosure () -> UnsafeRawBufferPointer,
        dialect: TextDialect
    ) {
        request.add(analysis)
        outcome.add(analysis, text: text(), dialect: dialect)
        kind = analysis.kind
    }

    /// Nobody knows what else belongs to the segment. True: it goes as far as it is known.
    fileprivate mutating func endsUnread() -> Bool {
        request.canBeHeld = false
        request.addUnread()
        return true
    }
}
