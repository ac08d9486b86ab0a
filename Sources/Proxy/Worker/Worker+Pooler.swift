internal import Glibc
internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions
internal import Settings

/// Statements that the proxy answers itself: `SHOW POOL_...` and `PGPOOL ...`.
extension Worker {
    /// How long an answer of our own waits before it looks again whether it may go, in nanoseconds.
    private static let answerRetry: UInt64 = 20_000_000

    /// So many semicolons are looked at before a text is read as a whole.
    private static let semicolonsMax = 16

    // MARK: Recognising

    /// Whether a message can be for the proxy: cheap, for the path of every message.
    @inline(__always)
    func mayAskProxy(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int
    ) -> Bool {
        if let pooler = client.pointee.pooler, !pooler.conversation.isEmpty { return true }
        switch header.type {
        case FrontendType.query:
            return header.total <= settings.holdMax && queryMayBeOurs(header, bytes, position)
        case FrontendType.parse, FrontendType.close, FrontendType.bind:
            if client.pointee.active?.pointee.machine.isMidSegment == true { return false }
            return segmentMayBeOurs(header, bytes, position)
        default: return false
        }
    }

    /// By the first letters of each statement.
    private func queryMayBeOurs(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Bool {
        var start = position &+ FrameHeader.byteCount
        let end = min(position &+ header.total, bytes.count)
        let isWhole = position &+ header.total <= bytes.count
        if Self.mayBegin(bytes, start, end, isWhole: isWhole) { return true }
        guard isWhole else { return false }
        // A later statement of the text: any semicolon will do, be it in a string.
        for _ in 0..<Self.semicolonsMax {
            guard let base = bytes.baseAddress, start < end,
                let found = memchr(base + start, Int32(UInt8(ascii: ";")), end &- start)
            else { return false }
            start = UnsafeRawPointer(found) - base + 1
            if Self.mayBegin(bytes, start, end, isWhole: true) { return true }
        }
        return true
    }

    /// By the first letters of the first statement that is parsed, but for BEGIN. Where that has
    /// not come yet it may be ours.
    private func segmentMayBeOurs(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Bool {
        var position = position
        var header = header
        while true {
            switch header.type {
            case FrontendType.close, FrontendType.bind, FrontendType.describe,
                FrontendType.execute:
                break
            case FrontendType.parse:
                var start = position &+ FrameHeader.byteCount
                let end = min(position &+ header.total, bytes.count)
                while start < end, bytes[start] != 0 { start &+= 1 }
                start &+= 1
                let isWhole = position &+ header.total <= bytes.count
                if Self.mayBegin(bytes, start, end, isWhole: isWhole) { return true }
                guard isWhole, Self.isBegin(bytes, start, end) else { return false }
            default: return false
            }
            position &+= header.total
            switch FrameHeader.read(bytes.bytes, at: position) {
            case .header(let next): header = next
            case .incomplete: return bytes.count &- position < settings.holdMax
            case .malformed: return false
            }
        }
    }

    /// BEGIN or START TRANSACTION, by its first letters.
    private static func isBegin(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Bool {
        guard end &- start >= 4 else { return false }
        switch (bytes[start] | 0x20, bytes[start &+ 1] | 0x20, bytes[start &+ 2] | 0x20) {
        case (UInt8(ascii: "b"), UInt8(ascii: "e"), UInt8(ascii: "g")): return true
        case (UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "a")): return true
        default: return false
        }
    }

    @inline(__always)
    private static func mayBegin(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, isWhole: Bool
    ) -> Bool {
        guard start < end else { return !isWhole }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        return text.withMemoryRebound(to: UInt8.self) {
            PoolerCommand.mayBegin($0.span, isWhole: isWhole)
        }
    }

    /// What becomes of a message that may be for the proxy; nil if it is not.
    func askProxy(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step? {
        guard mayAskProxy(client, header, bytes, position) else { return nil }
        if client.pointee.active?.pointee.machine.isMidSegment == true { return nil }
        let isOpen = client.pointee.pooler?.conversation.isOpen == true
        switch header.type {
        case FrontendType.query:
            if client.pointee.pooler?.conversation.isSkipping == true {
                return ignore(header, bytes, position)
            }
            client.pointee.pooler?.conversation.queryCame()
            return answerQuery(client, header, bytes, position, &runStart)
        case FrontendType.parse, FrontendType.bind, FrontendType.describe, FrontendType.execute,
            FrontendType.close, FrontendType.flush, FrontendType.sync:
            return answerSegment(client, bytes, position, &runStart)
        case FrontendType.terminate: return nil
        default: return isOpen ? ignore(header, bytes, position) : nil
        }
    }

    /// A message that PostgreSQL would not look at either: after an error, before the Sync.
    private func ignore(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Step {
        bytes.count &- position < header.total ? .wait : .answered(header.total)
    }

    private func session(_ client: ClientRef) -> PoolerSession {
        if let session = client.pointee.pooler { return session }
        let session = PoolerSession()
        client.pointee.pooler = session
        return session
    }

    // MARK: Simple protocol

    private func read(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int
    ) -> PoolerCommand.Reading {
        let start = position &+ FrameHeader.byteCount
        let end = position &+ header.total &- 1
        guard start < end, end <= bytes.count else { return .none }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        return text.withMemoryRebound(to: UInt8.self) {
            PoolerCommand.read(message: $0.span, dialect: client.pointee.dialect)
        }
    }

    private func answerQuery(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step? {
        guard bytes.count &- position >= header.total else { return .wait }
        switch read(client, header, bytes, position) {
        case .none: return nil
        case .mixed: return refuseMixed(client, header, bytes, position, &runStart)
        case .commands(let commands):
            let session = session(client)
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            guard isFree(client) else { return .wait }
            if client.pointee.status != .failed, session.gathered == nil,
                commands.contains(where: \.needsSessions)
            {
                gather(client, session)
                return .wait
            }
            var writer = WireWriter()
            answer(client, commands, &writer)
            writer.readyForQuery(client.pointee.status)
            return sent(client, writer.bytes, header.total)
        }
    }

    private func answer(
        _ client: ClientRef, _ commands: [PoolerCommand], _ writer: inout WireWriter
    ) {
        if client.pointee.status == .failed { return writer.report(.transactionFailed) }
        for command in commands {
            guard execute(client, command).write(to: &writer) else { return }
        }
    }

    /// Answers a Query that has statements for the proxy and for a server: nothing of it runs.
    private func refuseMixed(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        finishRun(client, bytes, &runStart, position)
        guard isOpen(client) else { return .stop }
        guard isFree(client) else { return .wait }
        var writer = WireWriter()
        writer.report(client.pointee.status == .failed ? .transactionFailed : .cannotCombine)
        writer.readyForQuery(client.pointee.status)
        return sent(client, writer.bytes, header.total)
    }

    private func sent(_ client: ClientRef, _ bytes: [UInt8], _ count: Int) -> Step {
        send(client, bytes)
        return isOpen(client) ? .answered(count) : .stop
    }

    /// Whether an answer of our own may be sent now; has the client wait where it may not.
    private func isFree(_ client: ClientRef) -> Bool {
        if let active = client.pointee.active, !active.pointee.machine.isQuiet {
            client.pointee.block = .quiet
            return false
        }
        // A notification whose end has not come, or answers that the client does not read.
        if client.pointee.leases.contains(where: Self.isMidMessage)
            || reactor.backlogBytes(client.pointee.socket) > settings.backlogMax
        {
            client.pointee.block = .report
            client.pointee.deadline = reactor.now &+ Self.answerRetry
            arm(client.pointee.deadline)
            return false
        }
        return true
    }

    // MARK: Extended protocol

    /// Answers the messages up to a Sync or Flush, if they are for the proxy.
    private func answerSegment(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ runStart: inout Int
    ) -> Step? {
        let run: Range<Int>
        let isMixed: Bool
        switch look(client, bytes, position) {
        case .servers: return nil
        case .incomplete:
            if bytes.count &- position <= settings.holdMax { return .wait }
            refuse(
                client,
                ServerReport(
                    .fatal, .programLimitExceeded,
                    "the messages are too long for a statement "
                        + "that the proxy answers"))
            return .stop
        case .ours(let end, let needsSessions):
            run = position..<end
            isMixed = false
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            guard isFree(client) else { return .wait }
            if needsSessions, client.pointee.status != .failed, session(client).gathered == nil {
                gather(client, session(client))
                return .wait
            }
        case .mixed(let end, let head):
            run = position..<end
            isMixed = true
            finishRun(client, bytes, &runStart, position)
            guard isOpen(client) else { return .stop }
            guard isFree(client) else { return .wait }
            if let head, holdBegin(client, bytes, position..<head) {
                return isOpen(client) ? .answered(head &- position) : .stop
            }
        }
        let reply = session(client).conversation.answer(
            bytes.bytes, run, isMixed: isMixed, status: client.pointee.status,
            dialect: client.pointee.dialect, columns: { columns(client, $0) },
            execute: { execute(client, $0) })
        for close in reply.closes { passOn(client, close, bytes) }
        guard isOpen(client) else { return .stop }
        return sent(client, reply.writer.bytes, run.count)
    }

    private func look(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> PoolerConversation.Run {
        if let session = client.pointee.pooler {
            return session.conversation.look(
                bytes.bytes, from: position, dialect: client.pointee.dialect)
        }
        var nothingYet = PoolerConversation()
        return nothingYet.look(bytes.bytes, from: position, dialect: client.pointee.dialect)
    }

    /// Drivers send BEGIN together with the first statement of a transaction. No server has to know
    /// of it yet: it is held, and what is behind it is a segment of its own.
    private func holdBegin(
        _ client: ClientRef, _ bytes: UnsafeRawBufferPointer, _ head: Range<Int>
    ) -> Bool {
        guard !client.pointee.isFixed, client.pointee.status == .idle else { return false }
        var sync = WireWriter()
        sync.empty(FrontendType.sync)
        return (Array(bytes[head]) + sync.bytes).withUnsafeBytes { frames in
            var segment = Segment(outcome: RequestOutcome(before: client.pointee.status), end: 0)
            guard readSegment(client, frames, 0, &segment), segment.isComplete else {
                return false
            }
            // By the plainest rules: it may be held even where nothing is balanced.
            let decision = client.pointee.route.decide(segment.request, rules: RouteRules())
            guard decision.action == .hold else { return false }
            segment.end = head.count
            let plan = RoutePlan(decision: decision, node: nil)
            answerHeld(client, segment, plan, frames, 0)
            return true
        }
    }

    /// Has the server forget a name that is its own; the client has been answered.
    private func passOn(
        _ client: ClientRef, _ close: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) {
        guard let server = client.pointee.active, close.upperBound <= bytes.count else { return }
        var reader = WireReader(
            bytes.bytes, from: close.lowerBound + FrameHeader.byteCount, to: close.upperBound)
        if !client.pointee.isFixed {
            let isStatement = reader.uint8(bytes.bytes) == UInt8(ascii: "S")
            if isStatement, let name = reader.string(bytes.bytes) {
                client.pointee.registry.closeSent(name, node: server.pointee.node)
            } else {
                client.pointee.registry.otherSent(node: server.pointee.node)
            }
        }
        var writer = WireWriter()
        writer.raw(bytes[close])
        writer.empty(FrontendType.sync)
        server.pointee.machine.inserted(.insertedClose)
        server.pointee.machine.inserted(.insertedSync)
        send(server, writer.bytes)
    }

    private func columns(_ client: ClientRef, _ command: PoolerCommand) -> PoolerColumns {
        switch command {
        case .report(let report): return .named(Self.columns(report))
        case .show, .showAll:
            switch execute(client, command) {
            case .table(let table): return .named(table.columns)
            case .failed(let report): return .failed(report)
            case .done: return .none
            }
        case .set, .reset, .resetAll, .deleteCached: return .none
        }
    }

    private static func columns(_ report: PoolerCommand.Report) -> [String] {
        switch report {
        case .status: ParametersReport.columns
        case .nodes: NodesReport.columns
        case .processes: ProcessesReport.columns
        case .pools: PoolsReport.columns
        case .version: VersionReport.columns
        case .cache: CacheReport.columns
        case .healthCheckStats: HealthCheckReport.columns
        case .backendStats: BackendStatsReport.columns
        case .recovery: RecoveryReport.columns
        case .slots: NodeSlotReport.columns
        }
    }

    // MARK: Commands

    private func execute(_ client: ClientRef, _ command: PoolerCommand) -> PoolerAnswer {
        switch command {
        case .report(let report): return .table(self.report(report, client))
        case .show(let name): return show(client, name)
        case .showAll: return show(client, "all")
        case .set(let name, let value):
            return change(client, tag: "SET") { overrides throws(ValueProblem) in
                try overrides.set(name, to: value)
            }
        case .reset(let name):
            return change(client, tag: "SET") { overrides throws(ValueProblem) in
                try overrides.reset(name)
            }
        case .resetAll:
            return change(client, tag: "RESET") { overrides throws(ValueProblem) in
                overrides.resetAll()
            }
        case .deleteCached(let text): return deleteCached(client, text)
        }
    }

    private func show(_ client: ClientRef, _ name: String) -> PoolerAnswer {
        do throws(ValueProblem) {
            switch try ParameterText.show(name, settings(of: client).settings) {
            case .value(let value): return .table(ReportTable(name, value))
            case .list(let rows):
                return .table(
                    ReportTable(
                        columns: ParametersReport.columns,
                        rows: rows.map { [$0.item, $0.value, $0.help] }))
            }
        } catch {
            return .failed(ServerReport(error))
        }
    }

    private func change(
        _ client: ClientRef, tag: String,
        _ change: (inout SessionOverrides) throws(ValueProblem) -> Void
    ) -> PoolerAnswer {
        let session = session(client)
        do throws(ValueProblem) {
            try change(&session.overrides)
        } catch {
            return .failed(ServerReport(error))
        }
        overridesChanged(client, session)
        return .done(tag)
    }

    /// There is no query cache yet, and so nothing in it.
    private func deleteCached(_ client: ClientRef, _ text: [UInt8]) -> PoolerAnswer {
        let notice = ServerReport(
            .notice, .successfulCompletion,
            "query cache does not exist for query: \"\(String(decoding: text, as: UTF8.self))\"")
        return .done("SET", notice: wantsNotices(client) ? notice : nil)
    }

    // MARK: Settings of one session

    /// The settings as this session set them for itself.
    func settings(of client: ClientRef) -> WorkerSettings {
        client.pointee.pooler?.settings ?? settings
    }

    /// `client_min_messages`
    func wantsNotices(_ client: ClientRef) -> Bool {
        switch settings(of: client).settings.clientMinMessages {
        case .warning, .error, .fatal, .panic: false
        default: true
        }
    }

    private func overridesChanged(_ client: ClientRef, _ session: PoolerSession) {
        session.settings =
            session.overrides.isEmpty
            ? nil
            : WorkerSettings(
                session.overrides.applied(to: settings.settings), passwords: settings.passwords,
                workers: shared.mailboxes.count)
        if !settings(of: client).wantsTexts { client.pointee.statementLog = nil }
        arm(clientDeadline(client))
    }

    /// After a reload: what sessions set for themselves survives it.
    func ownSettingsChanged() {
        for client in clients.all {
            if let session = client.pointee.pooler {
                overridesChanged(client, session)
            } else if !settings.wantsTexts {
                client.pointee.statementLog = nil
            }
        }
    }

    /// Analyses a text of a session that set `allow_sql_comments` to the other value.
    func analyze(
        _ text: Span<UInt8>, _ dialect: TextDialect, as own: WorkerSettings
    ) -> StatementAnalysis {
        if otherAnalyzer == nil {
            otherAnalyzer = StatementAnalyzer(
                options: Self.analysisOptions(own),
                cacheBytesMax: Int(clamping: settings.settings.statementCacheSize) / 8)
        }
        return otherAnalyzer?.analyze(text, dialect: dialect) ?? .tooLong
    }
}

extension ServerReport {
    fileprivate init(_ problem: ValueProblem) {
        self.init(
            .error, .internalError, problem.message, detail: problem.detail, hint: problem.hint)
    }
}
