internal import Operations
internal import PostgresWire
internal import Sessions
internal import Settings

/// What `log_statement`, `log_per_node_statement`, `notice_per_node_statement` and
/// `log_client_messages` write. Off the hot path: with all of them off nothing here is called.
extension Worker {
    private typealias Message = ProcessLogTexts.ClientMessage
    private typealias NodeStatement = ProcessLogTexts.NodeStatement

    /// Judges a message as ever and logs it when it goes, or when it is the reason to send the
    /// client away.
    func judgeAndLog(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int, _ runStart: inout Int
    ) -> Step {
        let isCopyData = header.type == FrontendType.copyData
        // Entries show whole messages, unless they are too long to be held.
        if !isCopyData, header.total <= settings.holdMax, bytes.count &- position < header.total {
            return .wait
        }
        let session = statementLog(client)
        if client.pointee.replayForcesPrimary { session.isRepeating = true }
        let asked = settings(of: client).settings
        if header.type == FrontendType.terminate {
            logReceived(client, session, .terminate, by: asked)
        }
        let step = judge(client, header, bytes, position, &runStart)
        if case .wait = step { return step }
        guard header.type != FrontendType.terminate else { return step }
        if case .answered(let count) = step {
            logAnswered(client, session, asked, bytes, position..<position + count)
            return step
        }
        if isCopyData {
            session.copyDataCount &+= 1
            return step
        }
        guard
            let message = Message(header, UnsafeRawBufferPointer(rebasing: bytes[position...]))
        else { return step }
        logReceived(client, session, message, by: asked)
        if case .forward = step, let server = client.pointee.active {
            let statement = nodeStatement(message, header, session)
            logSent(client, server, statement)
            if settings(of: client).settings.noticePerNodeStatement {
                // What was judged before has to be on its way: the client may turn out to be gone.
                finishRun(client, bytes, &runStart, position)
                addNotice(client, session, statement, node: server.pointee.node)
            }
        }
        switch message {
        case .query, .sync: session.isRepeating = false
        default: break
        }
        return isOpen(client) ? step : .stop
    }

    private func statementLog(_ client: ClientRef) -> StatementLog {
        if let session = client.pointee.statementLog { return session }
        let session = StatementLog(statementsMax: settings.settings.sessionStatementsMax)
        client.pointee.statementLog = session
        return session
    }

    /// What came from the client, once, even if it has to be sent to a second node.
    private func logReceived(
        _ client: ClientRef, _ session: StatementLog, _ message: Message, by settings: Settings
    ) {
        guard !session.isRepeating else { return }
        func emit(_ message: Message) {
            shared.log.emit(ProcessLogTexts.clientMessage(message, label(client)))
        }
        if settings.logClientMessages {
            if session.copyDataCount > 0 { emit(.copyData(count: session.copyDataCount)) }
            emit(message)
        }
        session.copyDataCount = 0
        guard settings.logStatement else { return }
        switch message {
        case .query(let text), .parse(_, let text):
            shared.log.emit(ProcessLogTexts.statement(text, label(client)))
        default: break
        }
    }

    /// What the proxy answered itself, by the settings that were in force when it was asked.
    private func logAnswered(
        _ client: ClientRef, _ session: StatementLog, _ settings: Settings,
        _ bytes: UnsafeRawBufferPointer, _ run: Range<Int>
    ) {
        var position = run.lowerBound
        while position < run.upperBound,
            case .header(let header) = FrameHeader.read(bytes.bytes, at: position)
        {
            if let message = Message(header, UnsafeRawBufferPointer(rebasing: bytes[position...])) {
                logReceived(client, session, message, by: settings)
            }
            position += header.total
        }
        session.isRepeating = false
    }

    /// What a node is sent, with the text that the message's names stand for.
    private func nodeStatement(
        _ message: Message, _ header: FrameHeader, _ session: StatementLog
    ) -> NodeStatement {
        var text: String?
        switch message {
        case .query(let sql): return .query(sql)
        case .parse(let name, let sql):
            session.texts.parsed(name, text: sql)
            return .parse(sql)
        case .bind(let portal, let name):
            text = session.texts.bound(portal, to: name)
            if let text { return .bind(text) }
        case .execute(let portal):
            text = session.texts.executed(portal)
            if let text { return .execute(text) }
        case .close(.statement(let name)): session.texts.closed(statement: name)
        case .close(.portal(let name)): session.texts.closed(portal: name)
        default: break
        }
        return .message(header.type)
    }

    /// A statement that the session needs on this node and that the client sent before.
    func logInserted(_ client: ClientRef, _ server: ServerRef, _ text: [UInt8]) {
        logSent(client, server, .query(String(decoding: text, as: UTF8.self)))
    }

    private func logSent(_ client: ClientRef, _ server: ServerRef, _ statement: NodeStatement) {
        guard settings(of: client).settings.logPerNodeStatement else { return }
        shared.log.emit(
            ProcessLogTexts.perNode(
                statement, node: server.pointee.node,
                backendPID: server.pointee.cancelKey.processID, label(client)))
    }

    // MARK: Notices

    private func addNotice(
        _ client: ClientRef, _ session: StatementLog, _ statement: NodeStatement, node: Int
    ) {
        guard wantsNotices(client) else { return }
        var writer = WireWriter()
        writer.report(
            ServerReport(
                .notice, .successfulCompletion, ProcessLogTexts.perNodeNotice(statement, node: node)
            ))
        // A client that asks and asks but does not read its answers gets fewer notices.
        if session.notices.count < settings.backlogMax { session.notices += writer.bytes }
        sendNotices(client)
    }

    /// Sends what waits, unless the client has got a part of a server's message: then when that
    /// server is ready.
    func sendNotices(_ client: ClientRef) {
        guard let session = client.pointee.statementLog, !session.notices.isEmpty,
            !client.pointee.leases.contains(where: {
                $0.pointee.passRemaining > 0 && $0.pointee.passIsForwarded
            })
        else { return }
        let notices = session.notices
        session.notices = []
        send(client, notices)
    }
}
