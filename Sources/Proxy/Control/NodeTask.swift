internal import PostgresWire
internal import Reactor
internal import Sessions

/// Statements that the control thread runs on a node beside its questions, each on its own, on a
/// connection for them alone: a CHECKPOINT must not hold up the checks of the node.
struct NodeTask {
    /// The rows of each statement, in text form.
    typealias Rows = [[[String?]]]

    enum Outcome {
        case done(Rows)
        /// The server's own words, or why it could not be asked. What was run before stays done.
        case failed(String)
        /// The server ended the connection, as one does that is stopping, or fell silent.
        case lost(String)
    }

    enum Phase: UInt8 {
        case connecting
        case loggingIn
        case asking
    }

    let node: Int
    var statements: [String]
    let user: ControlUser
    /// Asked with the rows of each statement whether the next one is to be run; nil: always.
    let proceed: ((ControlThread, [[String?]]) -> Bool)?
    let completion: (ControlThread, Outcome) -> Void
    var phase = Phase.connecting
    var socket = SocketID.none
    var login: ServerLogin?
    var input = ByteStash()
    var addressIndex = 0
    /// In nanoseconds.
    var deadline: UInt64
    var rows: Rows = []
    var failure: String?
}

extension ControlThread {
    /// Owners of tasks come after those of nodes, of which there are at most 128.
    private static let firstTaskOwner: UInt = 1024

    /// Runs statements on a node and tells what came of them, on this thread.
    ///
    /// - Parameters:
    ///   - user: as whom; nil: as for the checks.
    ///   - limit: how long all of it may take, in nanoseconds.
    ///   - proceed: asked with the rows of each statement whether the next one is to be run.
    func run(
        _ statements: [String], on node: Int, as user: ControlUser? = nil, limit: UInt64,
        proceed: ((ControlThread, [[String?]]) -> Bool)? = nil,
        then completion: @escaping (ControlThread, NodeTask.Outcome) -> Void
    ) {
        nextTaskOwner &+= 1
        let owner = Self.firstTaskOwner &+ nextTaskOwner
        tasks[owner] = NodeTask(
            node: node, statements: statements, user: user ?? settings.checks,
            proceed: proceed, completion: completion,
            deadline: reactor.now &+ limit)
        connectTask(owner, "no address")
    }

    /// The deadline of the task that has to be done first.
    var nextTaskDeadline: UInt64 {
        tasks.values.reduce(UInt64.max) { min($0, $1.deadline) }
    }

    func expireTasks() {
        for (owner, task) in tasks where task.deadline <= reactor.now {
            // What was sent may have been done, or may yet be.
            endTask(owner, .lost("no answer in time"))
        }
    }

    func closeTasks() {
        for (_, task) in tasks where task.socket != .none { reactor.close(task.socket) }
        tasks = [:]
    }

    func handleTask(_ completion: Completion) {
        let owner = completion.owner
        guard tasks[owner] != nil else { return }
        switch completion.kind {
        case .connected: taskConnected(owner)
        case .received: taskReceived(owner, completion.bytes)
        case .ended: taskFailed(owner, "the server closed the connection")
        case .failed: taskFailed(owner, describe(completion.error))
        case .woken, .timeout, .drained, .acceptable: break
        }
    }

    private func connectTask(_ owner: UInt, _ reason: String) {
        guard let task = tasks[owner] else { return }
        let list = addresses.indices.contains(task.node) ? addresses[task.node] : []
        var reason = reason
        var index = task.addressIndex
        while list.indices.contains(index) {
            if let socket = reactor.connect(to: list[index], owner: owner) {
                tasks[owner]?.socket = socket
                tasks[owner]?.addressIndex = index
                tasks[owner]?.phase = .connecting
                return
            }
            reason = describeLastError()
            index += 1
        }
        endTask(owner, .lost(reason))
    }

    private func taskConnected(_ owner: UInt) {
        guard let user = tasks[owner]?.user else { return }
        tasks[owner]?.phase = .loggingIn
        tasks[owner]?.login = ServerLogin(user: Array(user.name.utf8), secret: user.secret)
        sendTask(owner, startupPacket(purpose: "trunkline", as: user))
    }

    private func taskFailed(_ owner: UInt, _ reason: String) {
        guard let task = tasks[owner] else { return }
        guard task.phase == .connecting else {
            return endTask(owner, .lost(task.failure ?? reason))
        }
        if task.socket != .none { reactor.close(task.socket) }
        tasks[owner]?.socket = .none
        tasks[owner]?.addressIndex += 1
        connectTask(owner, reason)
    }

    private func endTask(_ owner: UInt, _ outcome: NodeTask.Outcome) {
        guard var task = tasks.removeValue(forKey: owner) else { return }
        if task.socket != .none { reactor.close(task.socket) }
        task.input.release()
        task.completion(self, outcome)
    }

    private func sendTask(_ owner: UInt, _ bytes: [UInt8]) {
        guard let socket = tasks[owner]?.socket else { return }
        if bytes.withUnsafeBytes({ reactor.send(socket, $0) }) == .failed {
            taskFailed(owner, "the connection is broken")
        }
    }

    private func taskReceived(_ owner: UInt, _ bytes: UnsafeRawBufferPointer) {
        tasks[owner]?.input.append(bytes)
        while let frame = tasks[owner]?.input.takeFrame() {
            taskMessage(owner, frame)
        }
    }

    private func taskMessage(_ owner: UInt, _ frame: [UInt8]) {
        guard let type = frame.first else { return }
        if tasks[owner]?.phase == .loggingIn {
            return performTask(owner, tasks[owner]?.login?.received(type, frame: frame) ?? .wait)
        }
        let body = frame.span.bytes.extracting(droppingFirst: FrameHeader.byteCount)
        switch type {
        case BackendType.dataRow:
            guard let row = NodeQuestion.columns(body), let last = tasks[owner]?.rows.indices.last
            else { return }
            tasks[owner]?.rows[last].append(row)
        case BackendType.errorResponse:
            let fields = ReportFields.read(body)
            tasks[owner]?.failure = fields.words
            if fields.severity == "FATAL" || fields.severity == "PANIC" {
                endTask(owner, .lost(fields.message))
            }
        case BackendType.readyForQuery: nextStatement(owner)
        default: break
        }
    }

    private func performTask(_ owner: UInt, _ action: ServerLogin.Action) {
        switch action {
        case .wait: break
        case .send(let bytes): sendTask(owner, bytes)
        case .needSecret, .relay:
            performTask(owner, tasks[owner]?.login?.secretKnown(.none) ?? .wait)
        case .deriveKeys(let password, let salt, let iterations):
            guard let keys = deriveKeys(password, salt, iterations) else {
                return endTask(owner, .failed("key derivation failed"))
            }
            performTask(owner, tasks[owner]?.login?.keysDerived(keys) ?? .wait)
        case .loggedIn:
            tasks[owner]?.login = nil
            tasks[owner]?.phase = .asking
            nextStatement(owner)
        case .failed(let failure):
            endTask(owner, .failed(words(for: failure, of: tasks[owner]?.user)))
        }
    }

    private func nextStatement(_ owner: UInt) {
        guard let task = tasks[owner] else { return }
        if let failure = task.failure { return endTask(owner, .failed(failure)) }
        if let proceed = task.proceed, let rows = task.rows.last, !proceed(self, rows) {
            return endTask(owner, .done(task.rows))
        }
        guard let statement = task.statements.first else { return endTask(owner, .done(task.rows)) }
        tasks[owner]?.statements.removeFirst()
        tasks[owner]?.rows.append([])
        var writer = WireWriter()
        writer.query(statement.utf8)
        sendTask(owner, writer.bytes)
    }
}
