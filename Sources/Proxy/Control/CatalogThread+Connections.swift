internal import Glibc
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions
internal import Settings

extension CatalogThread {
    /// Connecting and login may take this long where `connect_timeout` does not say, in nanoseconds.
    private static let connectTimeout: UInt64 = 10_000_000_000
    /// The server ends a query after five seconds by itself.
    private static let answerTimeout: UInt64 = 7_000_000_000
    /// Who refused a login is left alone for so long, in nanoseconds.
    private static let refusedPeriod: UInt64 = 30_000_000_000
    /// Who could not be reached, in nanoseconds.
    private static let unreachablePeriod: UInt64 = 2_000_000_000
    /// Bytes of one message, and of one answer.
    private static let messageBytesMax = 1 << 20
    private static let answerBytesMax = 32 << 20

    static func text(errno code: Int32) -> String { String(cString: strerror(code)) }

    // MARK: Who is asked next

    /// Asks for whoever waits in a database, if a connection can be had.
    func pump(_ database: Int) {
        guard databases[database]?.waiting.isEmpty == false else { return }
        if let slot = slot(of: database) {
            guard connections[slot].phase == .idle else { return }
            if mayAsk(connections[slot].node, database) { return ask(slot) }
            close(slot)
            open(slot, database)
        } else if let slot = freeSlot() {
            close(slot)
            open(slot, database)
        }
    }

    /// Databases that wait for a connection since before then, the oldest first.
    private func pumpOthers(before limit: UInt64) {
        func since(_ database: CatalogDatabase) -> UInt64 { database.waiting.first?.since ?? .max }
        let starving = databases.filter { database, state in
            since(state) < limit && slot(of: database) == nil
        }
        for (database, _) in starving.sorted(by: { since($0.value) < since($1.value) }) {
            pump(database)
        }
    }

    private func slot(of database: Int) -> Int? {
        connections.indices.first {
            connections[$0].phase != .closed && connections[$0].database == database
        }
    }

    /// A slot without a connection, else that of the connection that is idle longest.
    private func freeSlot() -> Int? {
        if let slot = connections.indices.first(where: { connections[$0].phase == .closed }) {
            return slot
        }
        return connections.indices.filter { connections[$0].phase == .idle }
            .min { connections[$0].idleSince < connections[$1].idleSince }
    }

    // MARK: Connecting

    private func open(_ slot: Int, _ database: Int) {
        connections[slot].database = database
        connections[slot].addressIndex = 0
        guard let node = node(for: database) else {
            return unavailable(
                database, until: reactor.now &+ Self.unreachablePeriod, "no node is usable",
                hint: nil)
        }
        connections[slot].node = node
        connect(slot, "no address")
    }

    /// The primary, or a standby where those are to be asked; without a primary anybody.
    private func node(for database: Int) -> Int? {
        let usable = cluster.topology.nodes.filter(\.isUsable)
        let standbys = usable.filter { !$0.isPrimary }.map(\.id)
        if let writer = cluster.writer, isPrimaryAsked(database) || standbys.isEmpty {
            return writer
        }
        guard !standbys.isEmpty else { return nil }
        turn &+= 1
        return standbys[turn % standbys.count]
    }

    private func isPrimaryAsked(_ database: Int) -> Bool {
        settings.settings.relcacheQueryTarget == .primary
            || (databases[database]?.primaryUntil ?? 0) > reactor.now
    }

    private func mayAsk(_ node: Int, _ database: Int) -> Bool {
        cluster.writer == nil || node == cluster.writer || !isPrimaryAsked(database)
    }

    private func connect(_ slot: Int, _ reason: String) {
        let node = connections[slot].node
        let addresses = cluster.addresses(of: node)
        var reason = reason
        while addresses.indices.contains(connections[slot].addressIndex) {
            let address = addresses[connections[slot].addressIndex]
            if let socket = reactor.connect(to: address, owner: UInt(slot)) {
                let timeout = settings.connectTimeout(node)
                connections[slot].socket = socket
                connections[slot].phase = .connecting
                connections[slot].deadline =
                    reactor.now &+ (timeout == 0 ? Self.connectTimeout : timeout)
                return
            }
            reason = Self.text(errno: errno)
            connections[slot].addressIndex += 1
        }
        unreachable(slot, reason)
    }

    func connected(_ slot: Int) {
        let user = settings.checkUser
        connections[slot].phase = .loggingIn
        connections[slot].login = ServerLogin(
            user: Array(user.utf8), secret: settings.checkSecret)
        let name = databases[connections[slot].database]?.name ?? []
        send(slot, CatalogExchange.startup(user: user, database: name))
    }

    private func perform(_ slot: Int, _ action: ServerLogin.Action) {
        switch action {
        case .wait: break
        case .send(let bytes): send(slot, bytes)
        case .needSecret, .relay:
            perform(slot, connections[slot].login?.secretKnown(.none) ?? .wait)
        case .deriveKeys(let password, let salt, let iterations):
            // This thread moves no rows: it may take the milliseconds itself.
            let keys =
                settings.passwords.knownClientKeys(
                    password: password, salt: salt, iterations: iterations)
                ?? settings.passwords.deriveClientKeys(
                    password: password, salt: salt, iterations: iterations)
            guard let keys else {
                return refused(slot, "key derivation failed")
            }
            perform(slot, connections[slot].login?.keysDerived(keys) ?? .wait)
        case .loggedIn:
            connections[slot].login = nil
            databases[connections[slot].database]?.isReported = false
            rest(slot)
        case .failed(let failure):
            refused(slot, reason(failure))
        }
    }

    private func reason(_ failure: ServerLogin.Failure) -> String {
        switch failure {
        case .refused(_, let fields): fields.message
        case .noSecret: "no usable password for \"\(settings.checkUser)\""
        case .unsupported, .scram, .protocolViolation, .crypto: "login failed: \(failure)"
        }
    }

    // MARK: Asking

    private func ask(_ slot: Int) {
        guard let round = nextRound(connections[slot].database) else { return }
        connections[slot].round = round
        connections[slot].phase = .asking
        connections[slot].deadline = reactor.now &+ Self.answerTimeout
        send(
            slot,
            CatalogExchange.ask(round.question, isPrepared: connections[slot].isPrepared))
    }

    private func send(_ slot: Int, _ bytes: [UInt8]) {
        let outcome = bytes.withUnsafeBytes { reactor.send(connections[slot].socket, $0) }
        if outcome == .failed { failed(slot, "the connection is broken") }
    }

    func received(_ slot: Int, _ bytes: UnsafeRawBufferPointer) {
        connections[slot].input.append(bytes)
        var stash = connections[slot].input.take()
        let socket = connections[slot].socket
        var used = 0
        while connections[slot].socket == socket {
            let reading = FrameHeader.read(stash.bytes.bytes, at: used)
            guard case .header(let header) = reading, header.total <= Self.messageBytesMax else {
                if case .incomplete = reading { break }
                failed(slot, "the server's message cannot be read")
                break
            }
            guard stash.bytes.count - used >= header.total else { break }
            let frame = Array(stash.bytes[used..<used + header.total])
            used += header.total
            message(slot, header.type, frame)
        }
        stash.drop(used)
        if connections[slot].socket == socket {
            connections[slot].input = stash
        } else {
            stash.release()
        }
    }

    private func message(_ slot: Int, _ type: UInt8, _ frame: [UInt8]) {
        if connections[slot].phase == .loggingIn {
            return perform(slot, connections[slot].login?.received(type, frame: frame) ?? .wait)
        }
        let body = frame.span.bytes.extracting(droppingFirst: FrameHeader.byteCount)
        switch type {
        case BackendType.dataRow: row(slot, body)
        case BackendType.errorResponse:
            let fields = ReportFields.read(body)
            if fields.severity == "FATAL" || fields.severity == "PANIC" {
                return failed(slot, fields.message)
            }
            connections[slot].round?.failure = fields.message
        // It outlives a failure of its execution.
        case BackendType.parseComplete: connections[slot].isPrepared = true
        case BackendType.readyForQuery where connections[slot].phase == .asking:
            guard let round = connections[slot].round else { return }
            connections[slot].round = nil
            connections[slot].isFresh = false
            finished(round, connections[slot].database)
            rest(slot)
        default: break
        }
    }

    private func row(_ slot: Int, _ body: RawSpan) {
        guard connections[slot].round?.failure == nil else { return }
        connections[slot].round?.bytes += body.byteCount
        let columns = CatalogExchange.columns(body)
        if columns.flatMap({ connections[slot].round?.reading.row($0) }) != true {
            connections[slot].round?.failure = "the answer is malformed"
        } else if connections[slot].round?.bytes ?? 0 > Self.answerBytesMax {
            connections[slot].round?.failure = "the answer is too long"
        }
    }

    /// Nothing is under way on a connection.
    private func rest(_ slot: Int) {
        connections[slot].phase = .idle
        connections[slot].deadline = 0
        connections[slot].idleSince = reactor.now
        let database = connections[slot].database
        // A database without a connection that waits for longer may have this one's place.
        pumpOthers(before: databases[database]?.waiting.first?.since ?? .max)
        pump(database)
    }

    // MARK: Ends

    /// The connection failed: the next address, a fresh connection, or the database cannot be asked.
    func failed(_ slot: Int, _ reason: String) {
        let phase = connections[slot].phase
        guard phase != .closed else { return }
        if phase == .connecting {
            let database = connections[slot].database
            let node = connections[slot].node
            let next = connections[slot].addressIndex + 1
            close(slot)
            connections[slot].database = database
            connections[slot].node = node
            connections[slot].addressIndex = next
            return connect(slot, reason)
        }
        if phase == .loggingIn || (phase == .asking && connections[slot].isFresh) {
            return unreachable(slot, reason)
        }
        // Somebody may have ended just this connection.
        let database = connections[slot].database
        restart(slot)
        pump(database)
    }

    /// Closes a connection; who waits for its answer waits for another one's.
    func restart(_ slot: Int) {
        let database = connections[slot].database
        if let round = connections[slot].round { requeue(round.askers, database) }
        close(slot)
    }

    private func unreachable(_ slot: Int, _ reason: String) {
        giveUp(slot, reason, for: Self.unreachablePeriod, hint: nil)
    }

    private func refused(_ slot: Int, _ reason: String) {
        giveUp(
            slot, reason, for: Self.refusedPeriod,
            hint: "sr_check_user, with sr_check_password, must be able to log in to every database "
                + "that clients use.")
    }

    private func giveUp(_ slot: Int, _ reason: String, for period: UInt64, hint: String?) {
        let database = connections[slot].database
        restart(slot)
        unavailable(database, until: reactor.now &+ period, reason, hint: hint)
        pumpOthers(before: .max)
    }

    func close(_ slot: Int) {
        if connections[slot].socket != .none { reactor.close(connections[slot].socket) }
        connections[slot].input.release()
        connections[slot] = CatalogConnection()
    }

    // MARK: Deadlines

    func nextDeadline() -> UInt64? {
        var earliest: UInt64?
        for connection in connections {
            let next: UInt64
            switch connection.phase {
            case .closed: continue
            case .idle: next = connection.idleSince &+ Self.idleMax
            case .connecting, .loggingIn, .asking: next = connection.deadline
            }
            earliest = min(earliest ?? next, next)
        }
        return earliest
    }

    func expire() {
        let now = reactor.now
        for slot in connections.indices {
            switch connections[slot].phase {
            case .closed: break
            case .idle: if connections[slot].idleSince &+ Self.idleMax <= now { close(slot) }
            case .connecting, .loggingIn, .asking:
                guard connections[slot].deadline <= now else { break }
                // No second try: silence is not an accident of one connection.
                connections[slot].isFresh = true
                failed(slot, "no answer in time")
            }
        }
    }
}
