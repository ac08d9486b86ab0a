internal import ClusterModel
internal import Credentials
internal import Glibc
internal import Operations
internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions
internal import Settings
internal import Synchronization

/// The control thread: asks the servers who they are, publishes the cluster snapshot, and is its
/// only writer. Nothing here touches a client's bytes.
final class ControlThread {
    /// Nodes without a clear answer are asked this often, in nanoseconds.
    private static let urgentPeriod: UInt64 = 1_000_000_000
    private static let shortestPeriod: UInt64 = 250_000_000
    /// Asked this often where `sr_check_period` is 0, in nanoseconds.
    private static let relaxedPeriod: UInt64 = 10_000_000_000
    /// Evidence from traffic starts a probe at most this often for a node, in nanoseconds.
    private static let evidenceGap: UInt64 = 20_000_000

    /// Nodes that are due within this time are asked together, in nanoseconds: two positions make a
    /// delay only if they are of one moment.
    private static let togetherTime: UInt64 = 100_000_000

    let shared: ProxyShared
    let published: Mutex<ClusterState>
    private let firstSurvey: Bell
    var reactor = Reactor()
    var settings: WorkerSettings
    var survey: RoleSurvey
    var probes: [NodeProbe]
    var addresses: [[SocketAddress]]
    var positions = PositionSurvey()
    var positionRequests = PositionRequests()
    /// Workers that get the positions when the batch of events is done.
    var positionReaders: Set<Int> = []
    /// When to log delays again, in nanoseconds.
    var nextDelayLogAt: UInt64 = 0
    /// One for each node.
    var health: [NodeHealth] = []
    var tasks: [UInt: NodeTask] = [:]
    var nextTaskOwner: UInt = 0
    var change = PrimaryChange()
    /// Nodes that are being recovered.
    var recovery = RecoveryDesk()
    /// Replication slots that were made for nodes.
    var slots = SlotLedger()
    var slotChecks = SlotChecks()
    /// Statuses and roles as people know them.
    var statusWords: [Int: String] = [:]
    /// What goes on, as others know it.
    private var toldOperation: String?
    let stateWriter: StateWriter
    /// Which servers the saved decisions are about.
    var clusterID = StateWriter.newID()
    /// What was handed to the writer last.
    var savedRecord: ClusterRecord?
    /// A change of the primary that the last run did not finish.
    var unfinished: ClusterRecord.Operation?
    /// The timeline of the primary that was being replaced then; 0 = unknown.
    var unfinishedTimeline: Int64 = 0
    private var isReady = false
    private var isStopping = false

    init(
        shared: ProxyShared, settings: WorkerSettings, addresses: [[SocketAddress]],
        firstSurvey: Bell
    ) {
        self.shared = shared
        self.settings = settings
        self.addresses = addresses
        self.firstSurvey = firstSurvey
        survey = RoleSurvey(
            nodes: Self.nodes(settings),
            isStreaming: settings.settings.backendClusteringMode == .streamingReplication,
            rules: Self.delayRules(settings))
        stateWriter = StateWriter(directory: settings.settings.workDir, shared: shared)
        probes = settings.settings.backends.indices.map(NodeProbe.init)
        health = probes.map { _ in NodeHealth() }
        published = Mutex(Self.state(survey, settings, addresses))
        reactor.watch(shared.control.waker)
        survey.followsOthers = settings.settings.externalFailover == .adopt
        if let record = stateWriter.load(settings.settings, clusterID: clusterID) {
            restore(record)
        }
    }

    /// What was published last. Any thread.
    var state: ClusterState { published.withLock { $0 } }

    func run() {
        while !isStopping {
            startDueProbes()
            askForPositions()
            handle(reactor.next(deadline: nextDeadline()))
            if reactor.isBatchDone { postPositions() }
            logDelays()
            tellOperation()
        }
        endOrders()
        for index in probes.indices { close(index) }
        closeTasks()
    }

    private func tellOperation() {
        guard change.words != toldOperation else { return }
        toldOperation = change.words
        shared.operation.withLock { $0 = toldOperation }
    }

    private func handle(_ completion: Completion) {
        switch completion.kind {
        case .woken: for message in shared.control.takeAll() { handle(message) }
        case .timeout: expire()
        default:
            guard completion.owner < UInt(probes.count) else { return handleTask(completion) }
            handle(completion, of: Int(completion.owner))
        }
    }

    private func handle(_ completion: Completion, of index: Int) {
        switch completion.kind {
        case .connected: connected(index)
        case .received: received(index, completion.bytes)
        case .ended: failed(index, "the server closed the connection")
        case .failed:
            failed(
                index, describe(completion.error), isRefused: completion.error == ECONNREFUSED)
        case .woken, .timeout: break
        case .drained, .acceptable: break
        }
    }

    private func handle(_ message: ControlMessage) {
        switch message {
        case .nodeLost(let node, _, let isOrderly): nodeLost(node, isOrderly: isOrderly)
        case .acknowledged(let worker, let revision): acknowledged(worker, revision)
        case .drained(let worker, let revision): drained(worker, revision)
        case .commandEnded(let run): commandEnded(run)
        case .hostAnswered(let id, let ticket, let answer): hostAnswered(id, ticket, answer)
        case .journaled(let id, let ticket, let failure): journaled(id, ticket, failure)
        case .roomKnown(let node, let bytes): roomKnown(node, bytes)
        case .order(let order, let reply): take(order, reply)
        case .noted(let number): noted(number)
        case .positionsWanted(let worker):
            positionRequests.wanted(by: worker, now: MonotonicClock.now())
        case .settings(let settings): settingsChanged(settings)
        case .resolved(let addresses, let problems):
            for problem in problems { log(.warning, problem) }
            self.addresses = addresses
            publish(force: true)
        case .stop: isStopping = true
        }
    }

    private func settingsChanged(_ settings: WorkerSettings) {
        let old = self.settings.settings.backends
        self.settings = settings
        for (index, (before, after)) in zip(old, settings.settings.backends).enumerated()
        where before.hostname != after.hostname || before.port != after.port {
            // Another server: what was known and decided was about the old one.
            close(index)
            survey.replaced(index)
            slots.replaced(index)
            publishSlots()
            health[index] = NodeHealth()
        }
        survey.reconfigured(Self.nodes(settings), rules: Self.delayRules(settings))
        survey.followsOthers = settings.settings.externalFailover == .adopt
        while probes.count < settings.settings.backends.count {
            probes.append(NodeProbe(node: probes.count))
            health.append(NodeHealth())
        }
        for index in probes.indices { probes[index].nextAt = reactor.now }
        positionsReconfigured()
        shared.welcomes.withLock { $0.forgetAll() }
        resolve()
        publish(force: true)
    }

    /// Looks all names up again, off this thread.
    private func resolve() {
        let settings = settings.settings
        let control = shared.control
        shared.blocking.run {
            let (addresses, problems) = ProxyServer.resolve(settings)
            control.post(.resolved(addresses, problems: problems))
        }
    }

    // MARK: Probing

    /// Sessions met something at a node: it is asked as soon as it was not asked just now.
    private func nodeLost(_ node: Int, isOrderly: Bool) {
        guard probes.indices.contains(node) else { return }
        guard health[node].met(isOrderly: isOrderly, rules: healthRules(node)) else { return }
        hurry(node)
    }

    /// Has a node asked as soon as it was not asked just now.
    func hurry(_ node: Int) {
        guard probes.indices.contains(node) else { return }
        if probes[node].phase == .idle || probes[node].phase == .closed {
            let soon = max(reactor.now, probes[node].begunAt &+ Self.evidenceGap)
            probes[node].nextAt = min(probes[node].nextAt, soon)
        }
    }

    private func nextDeadline() -> UInt64? {
        var earliest = min(survey.nextExpiry ?? .max, nextPositionsAt ?? .max)
        earliest = min(earliest, nextTaskDeadline, change.deadline, recovery.deadline)
        for probe in probes where isUsed(probe.node) {
            earliest = min(earliest, probe.deadline != 0 ? probe.deadline : probe.nextAt)
        }
        return earliest == .max ? nil : earliest
    }

    func isUsed(_ node: Int) -> Bool { settings.settings.backend(node).isUsed }

    private func startDueProbes() {
        guard probes.contains(where: { isUsed($0.node) && $0.nextAt <= reactor.now }) else {
            return
        }
        let soon = reactor.now &+ Self.togetherTime
        for index in probes.indices where isUsed(index) && probes[index].nextAt <= soon {
            switch probes[index].phase {
            case .idle: ask(index, .check)
            case .closed:
                probes[index].isFresh = true
                probes[index].begunAt = reactor.now
                open(index)
            case .connecting, .loggingIn, .asking: break
            }
        }
    }

    private func open(_ index: Int) {
        probes[index].addressIndex = 0
        connect(index, "no address")
    }

    private func connect(_ index: Int, _ reason: String, isRefused: Bool = false) {
        let list = addresses.indices.contains(index) ? addresses[index] : []
        var reason = reason
        var isRefused = isRefused
        while list.indices.contains(probes[index].addressIndex) {
            let address = list[probes[index].addressIndex]
            if let socket = reactor.connect(to: address, owner: UInt(index)) {
                probes[index].socket = socket
                probes[index].phase = .connecting
                probes[index].nextAt = .max
                return armAttempt(index)
            }
            isRefused = errno == ECONNREFUSED || errno == ENOENT
            reason = describeLastError()
            probes[index].addressIndex += 1
        }
        answered(index, .unreachable(reason: reason, isRefused: isRefused))
        // The name may point elsewhere by now.
        if !settings.settings.backend(index).hostname.hasPrefix("/") { resolve() }
    }

    /// One deadline for connecting, login and answer together: a server that accepts and then says
    /// nothing is as silent as one that does not accept.
    private func armAttempt(_ index: Int) {
        let connect = settings.connectTimeout(index)
        var limit = connect == 0 ? Self.relaxedPeriod : connect
        let rules = healthRules(index)
        if rules.period > 0, rules.timeout > 0 { limit = rules.timeout }
        let begunAt = probes[index].begunAt
        let elapsed = reactor.now > begunAt ? min(reactor.now - begunAt, limit) : 0
        probes[index].deadline = reactor.now &+ (limit - elapsed)
    }

    private func connected(_ index: Int) {
        let user = Array(settings.checkUser.utf8)
        probes[index].phase = .loggingIn
        probes[index].login = ServerLogin(user: user, secret: settings.checkSecret)
        send(index, startupPacket(purpose: "trunkline sr_check"))
    }

    func startupPacket(purpose: String, as user: ControlUser? = nil) -> [UInt8] {
        let user = user ?? settings.checks
        var writer = WireWriter()
        func parameter(_ name: String, _ value: String) -> StartupMessage.Parameter {
            StartupMessage.Parameter(name: Array(name.utf8), value: Array(value.utf8))
        }
        writer.startup([
            parameter("user", user.name), parameter("database", user.database),
            parameter("application_name", purpose),
        ])
        return writer.bytes
    }

    private func received(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        probes[index].input.append(bytes)
        var stash = probes[index].input.take()
        var used = 0
        let socket = probes[index].socket
        while case .header(let header) = FrameHeader.read(stash.bytes.bytes, at: used),
            stash.bytes.count - used >= header.total, probes[index].socket == socket
        {
            let frame = Array(stash.bytes[used..<used + header.total])
            used += header.total
            message(index, header.type, frame)
        }
        stash.drop(used)
        // A connection that was closed meanwhile, or opened anew, has nothing to do with the rest.
        if probes[index].socket != socket {
            stash.release()
        } else {
            probes[index].input = stash
        }
    }

    private func message(_ index: Int, _ type: UInt8, _ frame: [UInt8]) {
        if probes[index].phase == .loggingIn {
            return perform(index, probes[index].login?.received(type, frame: frame) ?? .wait)
        }
        let body = frame.span.bytes.extracting(droppingFirst: FrameHeader.byteCount)
        switch type {
        case BackendType.dataRow:
            switch NodeQuestion.read(row: body) {
            case .survey(let answer)?: probes[index].answer = answer
            case .standby(let report)?: probes[index].standbys?.append(report)
            case nil: break
            }
        case BackendType.errorResponse: errorReceived(index, ReportFields.read(body))
        case BackendType.readyForQuery where probes[index].phase == .asking:
            probes[index].phase = .idle
            if probes[index].isMisunderstood {
                probes[index].wording = .basic
                return ask(index, probes[index].purpose)
            }
            probes[index].isFresh = false
            if case .answered? = probes[index].answer {
                probes[index].wording = probes[index].wording.answered
            }
            answered(index, probes[index].answer ?? .refused(reason: "no answer in the answer"))
        default: break
        }
    }

    private func errorReceived(_ index: Int, _ fields: ReportFields) {
        if fields.severity == "FATAL" || fields.severity == "PANIC" {
            if fields.isOrderlyShutdown {
                _ = health[index].met(isOrderly: true, rules: healthRules(index))
            }
            guard probes[index].isFresh else { return failed(index, fields.message) }
            // Whoever says goodbye is there: somebody ends all connections, or the server stops.
            close(index)
            return answered(
                index,
                Self.isPassing(fields)
                    ? .starting(reason: fields.message) : .refused(reason: fields.message))
        }
        // The rest of the question was refused: the answer to its first part stands.
        if case .answered? = probes[index].answer {
            probes[index].standbys = nil
            return
        }
        probes[index].isMisunderstood =
            probes[index].wording != .basic
            && NodeQuestion.isMisunderstanding(sqlState: fields.code)
        probes[index].answer = .refused(reason: fields.message)
    }

    private func perform(_ index: Int, _ action: ServerLogin.Action) {
        switch action {
        case .wait: break
        case .send(let bytes): send(index, bytes)
        case .needSecret, .relay:
            perform(index, probes[index].login?.secretKnown(.none) ?? .wait)
        case .deriveKeys(let password, let salt, let iterations):
            guard let keys = deriveKeys(password, salt, iterations) else {
                return refused(index, "key derivation failed")
            }
            perform(index, probes[index].login?.keysDerived(keys) ?? .wait)
        case .loggedIn:
            probes[index].login = nil
            ask(index, .check)
        case .failed(.refused(_, let fields)) where Self.isPassing(fields):
            close(index)
            answered(index, .starting(reason: fields.message))
        case .failed(let failure): refused(index, words(for: failure))
        }
    }

    /// The server is starting, stopping or restarting itself, or somebody ended this connection.
    private static func isPassing(_ fields: ReportFields) -> Bool {
        fields.code == SQLState.cannotConnectNow.code || fields.isOrderlyShutdown
            || fields.isServersEnd
    }

    /// This thread moves no rows: it may take the milliseconds itself.
    func deriveKeys(_ password: [UInt8], _ salt: [UInt8], _ iterations: Int) -> ScramClientKeys? {
        settings.passwords.knownClientKeys(password: password, salt: salt, iterations: iterations)
            ?? settings.passwords.deriveClientKeys(
                password: password, salt: salt, iterations: iterations)
    }

    func words(for failure: ServerLogin.Failure, of user: ControlUser? = nil) -> String {
        switch failure {
        case .refused(_, let fields): fields.message
        case .noSecret: "no usable password for \"\(user?.name ?? settings.checkUser)\""
        case .unsupported, .scram, .protocolViolation, .crypto: "login failed: \(failure)"
        }
    }

    /// Asks a node that has nothing else to answer.
    func ask(_ index: Int, _ purpose: NodeProbe.Purpose) {
        let role = survey.snapshot.nodes.first { $0.id == index }?.role
        // Who might be the primary is asked for its standbys, too.
        let withStandbys = purpose == .check && isStreaming && role != .standby
        probes[index].phase = .asking
        probes[index].purpose = purpose
        probes[index].answer = nil
        probes[index].isMisunderstood = false
        probes[index].standbys = withStandbys ? [] : nil
        if purpose == .check { probes[index].nextAt = .max }
        if !probes[index].isFresh { probes[index].begunAt = reactor.now }
        armAttempt(index)
        let question = NodeQuestion.text(probes[index].wording, withStandbys: withStandbys)
        probes[index].askedAt = MonotonicClock.now()
        if index == survey.snapshot.primary {
            positionRequests.asked(now: probes[index].askedAt)
        }
        var writer = WireWriter()
        writer.query(question.utf8)
        send(index, writer.bytes)
    }

    private func send(_ index: Int, _ bytes: [UInt8]) {
        let outcome = bytes.withUnsafeBytes { reactor.send(probes[index].socket, $0) }
        if outcome == .failed { failed(index, "the connection is broken") }
    }

    private func expire() {
        if let expiry = survey.nextExpiry, expiry <= reactor.now {
            survey.passed(reactor.now)
            publish(force: false)
        }
        for index in probes.indices
        where probes[index].deadline != 0 && probes[index].deadline <= reactor.now {
            // No second try: silence is not an accident of one connection.
            probes[index].isFresh = true
            failed(index, "no answer in time")
        }
        expireTasks()
        expireChange()
        expireRecoveries()
    }

    /// The connection failed: the next address, a fresh connection, or the node is lost.
    private func failed(_ index: Int, _ reason: String, isRefused: Bool = false) {
        let phase = probes[index].phase
        guard phase != .closed else { return }
        close(index)
        if phase == .connecting {
            probes[index].addressIndex += 1
            return connect(index, reason, isRefused: isRefused)
        }
        if !probes[index].isFresh {
            _ = health[index].met(isOrderly: false, rules: healthRules(index))
            probes[index].isFresh = true
            probes[index].begunAt = reactor.now
            return open(index)
        }
        answered(index, .unreachable(reason: reason))
    }

    private func refused(_ index: Int, _ reason: String) {
        close(index)
        answered(index, .refused(reason: reason))
    }

    private func close(_ index: Int) {
        if probes[index].socket != .none { reactor.close(probes[index].socket) }
        probes[index].socket = .none
        probes[index].phase = .closed
        probes[index].deadline = 0
        probes[index].wording = .unprepared
        probes[index].login = nil
        probes[index].input.release()
        positionLost(index)
    }

    private func answered(_ index: Int, _ told: ProbeAnswer) {
        let answer = settings.settings.healthCheckTest ? tested(index, told) : told
        probes[index].deadline = 0
        if case .answered = answer { probes[index].heardAt = probes[index].askedAt }
        let before = survey.snapshot
        let recorded = survey.recordedPrimary
        survey.probed(
            index, answer, standbys: probes[index].standbys, askedAt: probes[index].askedAt,
            now: reactor.now)
        positionAnswered(index, answer)
        considerAutoRecovery(of: index)
        considerSlots(of: index)
        if probes[index].nextAt == .max || probes[index].phase == .closed {
            probes[index].nextAt = nextCheck(index)
        }
        let primary = survey.recordedPrimary
        judge(index, answer)
        let isOurs = primary.map { change.concerns($0) } ?? false
        advanceChange(index, answer)
        if let recorded, let primary, recorded != primary, primary == survey.recordedPrimary,
            change.operation == nil, !isOurs
        {
            adopted(primary, insteadOf: recorded)
        }
        advanceAttaching(index)
        report(before, index, answer)
        publish(force: false)
        if isReady { tellRecoveriesOfPrimary() }
        if !isReady, survey.isComplete {
            isReady = true
            // Of those whose answer changed nothing nothing was said.
            for node in survey.snapshot.nodes { tellStatus(node) }
            finishUnfinished()
            resumeRecoveries()
            saveState()
            firstSurvey.ring()
        }
        if isReady { saveState() }
    }

    /// A period after the last check began, or with the primary's next check if that is earlier.
    private func nextCheck(_ index: Int) -> UInt64 {
        var next = reactor.now &+ period(index)
        if probes[index].phase != .closed {
            let begun = min(probes[index].askedAt, reactor.now)
            next = max(begun &+ period(index), reactor.now &+ Self.togetherTime)
        }
        guard let primary = survey.snapshot.primary, primary != index,
            probes.indices.contains(primary), probes[primary].nextAt > reactor.now
        else { return next }
        return min(next, probes[primary].nextAt)
    }

    /// Until the cluster is in order it is asked often.
    private func period(_ index: Int) -> UInt64 {
        let view = survey.snapshot.nodes.first { $0.id == index }
        let isClear = view?.status == .up && (survey.snapshot.primary != nil || !isStreaming)
        var regular = Self.checkPeriod(settings)
        let rules = healthRules(index)
        // Twice as often as asked for: what has died is noticed half a period earlier.
        if rules.period > 0 { regular = min(regular, max(rules.period / 2, Self.shortestPeriod)) }
        return isClear ? regular : min(regular, Self.urgentPeriod)
    }

    var isStreaming: Bool {
        settings.settings.backendClusteringMode == .streamingReplication
    }

    /// `sr_check_period`, in nanoseconds.
    static func configuredPeriod(_ settings: WorkerSettings) -> UInt64 {
        let configured = settings.settings.srCheckPeriod.nanoseconds
        return configured == 0 ? relaxedPeriod : configured
    }

    /// How often nodes in order are asked: where delays keep reads away, often enough for that.
    static func checkPeriod(_ settings: WorkerSettings) -> UInt64 {
        let configured = configuredPeriod(settings)
        let isLimited = DelayLimit(settings) != .none
        return isLimited ? min(configured, urgentPeriod) : configured
    }
}
