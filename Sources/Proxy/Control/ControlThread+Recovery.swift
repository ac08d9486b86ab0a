internal import ClusterModel
internal import Credentials
internal import Operations
internal import Reactor
internal import Sessions
internal import Settings
internal import Synchronization

/// Online recovery: does what ``Recovery`` says, and tells it what came of it. What a host is asked
/// blocks a thread of its own.
extension ControlThread {
    // MARK: Orders

    func recover(
        _ node: Int, _ options: RecoveryOptions, isAwaited: Bool, _ reply: OrderReply
    ) {
        guard isKnown(node, reply), isFree(reply) else { return }
        if let refusal = refusal(of: node, options) {
            return reply.end(.refused(reason: refusal.reason, hint: refusal.hint))
        }
        if survey.membership(node).isMember, isInService(node) { detachNow(node) }
        let id = startRecovery(of: node, options, reply: isAwaited ? reply : nil)
        if !isAwaited { reply.end(.told([id])) }
    }

    private func isInService(_ node: Int) -> Bool {
        let status = survey.snapshot.nodes.first { $0.id == node }?.status
        return status == .up || status == .waiting
    }

    /// Why it cannot even be begun.
    private func refusal(
        of node: Int, _ options: RecoveryOptions
    ) -> (reason: String, hint: String?)? {
        let failed = "process recovery request failed"
        guard isStreaming else {
            return (
                failed,
                "recovery request is only allowed in replication and streaming replication modes."
            )
        }
        guard node != survey.snapshot.primary else {
            return (failed, "primary server cannot be recovered by online recovery.")
        }
        if recovery.active(on: node) != nil {
            return (failed, "pgpool-II is already processing another recovery request.")
        }
        let limit = settings.settings.recoveryParallel
        guard limit == 0 || recovery.activeCount < limit else {
            return (
                failed,
                "pgpool-II is already processing another recovery request (recovery_parallel)."
            )
        }
        guard !settings.settings.backend(node).dataDirectory.isEmpty else {
            return (
                "node recovery failed, backend_data_directory\(node) is not set",
                "Set it to the data directory of the server."
            )
        }
        guard options.detaches || !survey.membership(node).isMember || !isInService(node) else {
            return ("node recovery failed, node id: \(node) is alive", "Detach the node first.")
        }
        return nil
    }

    func checkRecovery(of node: Int, _ options: RecoveryOptions, _ reply: OrderReply) {
        guard isKnown(node, reply) else { return }
        guard node != survey.snapshot.primary else {
            return reply.end(
                .refused(
                    reason: "process recovery request failed",
                    hint: "primary server cannot be recovered by online recovery."))
        }
        let record = newRecord(node, options)
        begin(
            Recovery(
                record: record, source: recoverySource(for: node), rules: rules(for: node),
                isCheckOnly: true), reply: reply)
    }

    func cancelRecovery(of node: Int, _ reply: OrderReply) {
        guard let id = recovery.active(on: node) else {
            return reply.end(.refused(reason: "node \(node) is not being recovered", hint: nil))
        }
        guard recovery.running[id]?.machine.mayBeInterrupted == true else {
            return reply.end(
                .refused(reason: "the recovery of node \(node) is about to end", hint: nil))
        }
        log(.log, "recovery of node \(node): an operator cancels it")
        let now = reactor.now
        withRecovery(id) { $0.cancelled(now: now) }
        reply.end(.done)
    }

    /// `auto_recovery`: who was replaced as the primary comes back as a standby.
    func considerAutoRecovery(of node: Int) {
        guard settings.settings.autoRecovery, isStreaming, change.operation == nil,
            survey.membership(node).exclusion == .replaced, !survey.membership(node).isDetached,
            let primary = survey.snapshot.primary, primary != node,
            case .answered(isInRecovery: false, _, _, _)? = survey.answer(primary),
            !settings.settings.backend(node).dataDirectory.isEmpty
        else { return }
        let retry = recovery.retries[node] ?? (at: reactor.now &+ Self.autoDelay, gap: Self.autoGap)
        recovery.retries[node] = retry
        var options = RecoveryOptions()
        options.discardsDivergent = true
        options.detaches = true
        guard retry.at <= reactor.now, refusal(of: node, options) == nil else { return }
        recovery.retries[node] = (
            at: reactor.now &+ retry.gap, gap: min(retry.gap &* 2, Self.autoGapMax)
        )
        log(.log, "auto_recovery: node \(node) was replaced as the primary and is recovered")
        startRecovery(of: node, options, reply: nil)
    }

    /// The first try comes so long after a failover, in nanoseconds.
    private static let autoDelay: UInt64 = 3_000_000_000
    private static let autoGap: UInt64 = 30_000_000_000
    private static let autoGapMax: UInt64 = 600_000_000_000

    // MARK: Beginning

    private func newRecord(_ node: Int, _ options: RecoveryOptions) -> RecoveryRecord {
        let plan = settings.settings.recoveryPlan
        let isScripted = plan == .auto && hasFirstStage
        let isOurs = !isScripted && plan != .startOnly
        let membership = survey.membership(node)
        return RecoveryRecord(
            id: StateWriter.newID(), node: node, options: options, isScripted: isScripted,
            isStartOnly: plan == .startOnly,
            slot: isOurs ? "\(settings.settings.recoverySlotPrefix)_n\(node)" : "",
            exclusion: membership.exclusion?.rawValue, wasDetached: membership.isDetached,
            startedAt: WallClock.seconds())
    }

    private var hasFirstStage: Bool {
        settings.settings.recovery1stStageCommand.contains { !$0.isWhitespace }
    }

    @discardableResult
    private func startRecovery(
        of node: Int, _ options: RecoveryOptions, reply: OrderReply?
    ) -> String {
        let record = newRecord(node, options)
        var rules = rules(for: node)
        // Its data was found to be good: what was there before that is needed no more.
        if let kept = recovery.kept(of: node) {
            rules.isVerified = true
            recovery.running[kept] = nil
        }
        exclude(asRecovering: node)
        begin(
            Recovery(record: record, source: recoverySource(for: node), rules: rules),
            reply: reply)
        return record.id
    }

    /// Whatever it answers meanwhile, it serves nobody before it is attached.
    private func exclude(asRecovering node: Int) {
        let before = survey.snapshot
        var membership = survey.membership(node)
        membership.exclusion = .recovering
        membership.since = WallClock.seconds()
        survey.decided(node, membership)
        noteStatusChanges(before)
        publish(force: false)
    }

    private func begin(_ machine: Recovery, reply: OrderReply?) {
        let node = machine.record.node
        let id = machine.record.id
        recovery.running[id] = RunningRecovery(
            machine: machine, server: hostedServer(node),
            host: HostReach(to: node, settings.settings),
            replies: [reply].compactMap { $0 })
        let now = reactor.now
        withRecovery(id) { $0.begin(now: now) }
    }

    /// All nodes were asked once: what an earlier run left goes on.
    func resumeRecoveries() {
        let unfinished = recovery.unfinished
        recovery.unfinished = []
        for record in unfinished where isUsed(record.node) {
            if record.phase != .cleaned {
                log(
                    .warning,
                    "the recovery of node \(record.node) was under way (\(record.phase.rawValue)) "
                        + "when the proxy ended, and goes on")
                exclude(asRecovering: record.node)
            }
            begin(
                Recovery(
                    record: record, source: recoverySource(for: record.node),
                    rules: rules(for: record.node)), reply: nil)
        }
    }

    // MARK: What recoveries are told

    private func withRecovery(_ id: String, _ body: (inout Recovery) -> [Recovery.Action]) {
        guard var running = recovery.running[id] else { return }
        let actions = body(&running.machine)
        recovery.running[id]?.machine = running.machine
        for action in actions { perform(action, of: id) }
        shared.recoveries.withLock { $0 = recovery.facts }
    }

    func hostAnswered(_ id: String, _ ticket: UInt64, _ answer: HostAnswer) {
        guard recovery.running[id]?.ticket == ticket else { return }
        let now = reactor.now
        withRecovery(id) { $0.hostAnswered(answer, now: now) }
    }

    /// - Parameter failure: how the command has ended; nil: well.
    func startCommandEnded(_ id: String, _ ticket: UInt64, failure: String?) {
        guard recovery.running[id]?.ticket == ticket else { return }
        let now = reactor.now
        withRecovery(id) { $0.startCommandEnded(failure: failure, now: now) }
    }

    func journaled(_ id: String, _ ticket: UInt64, _ failure: String?) {
        guard recovery.running[id]?.ticket == ticket else { return }
        let now = reactor.now
        withRecovery(id) { $0.journaled(failure: failure, now: now) }
    }

    func expireRecoveries() {
        let now = reactor.now
        for (id, running) in recovery.running where running.machine.deadline ?? .max <= now {
            withRecovery(id) { $0.passed(now: now) }
        }
    }

    /// Who the primary is, after every answer of a node.
    func tellRecoveriesOfPrimary() {
        guard !recovery.running.isEmpty else { return }
        let now = reactor.now
        for (id, running) in recovery.running where !running.machine.isSettled {
            guard let source = recoverySource(for: running.machine.record.node) else { continue }
            withRecovery(id) { $0.sourceFound(source, now: now) }
        }
    }

    // MARK: What recoveries want

    private func perform(_ action: Recovery.Action, of id: String) {
        guard let running = recovery.running[id] else { return }
        let machine = running.machine
        let node = machine.record.node
        switch action {
        case .journal:
            noteSlot(of: machine.record)
            let ticket = nextTicket(id)
            let control = shared.control
            saveState { control.post(.journaled(id, ticket: ticket, failure: $0)) }
        case .host(let wish, let seconds):
            let request = HostRequest(
                server: running.server, job: machine.record.job, action: wish)
            let ticket = nextTicket(id)
            ask(running.host, request, seconds: seconds) {
                .hostAnswered(id, ticket: ticket, $0)
            }
        case .source(let question, let limit):
            guard let source = machine.record.source else { return }
            ask(source, question, limit: limit, id: id, ticket: nextTicket(id)) {
                machine, answer, now in
                machine.sourceAnswered(answer, now: now)
            }
        case .target(let question, let limit):
            hurry(node)
            let isReachable = survey.answer(node).map { $0.reason == nil } ?? false
            ask(node, question, limit: limit, id: id, ticket: nextTicket(id)) {
                machine, answer, now in
                machine.targetAnswered(answer, isReachable: isReachable, now: now)
            }
        case .startCommand: runStartCommand(for: node, recovery: id, ticket: nextTicket(id))
        case .attach:
            takeBack(node, reason: "recovery")
            hurry(node)
            let now = reactor.now
            withRecovery(id) { $0.attached(now: now) }
        case .note(let text):
            log(.log, "recovery of node \(node): \(text)")
            for reply in running.replies { reply.tell("node \(node): \(text)") }
        case .end(let outcome): ended(id, running, outcome)
        case .forget:
            recovery.running[id] = nil
            if !machine.isCheckOnly { saveState() }
        }
    }

    private func nextTicket(_ id: String) -> UInt64 {
        let ticket = (recovery.running[id]?.ticket ?? 0) &+ 1
        recovery.running[id]?.ticket = ticket
        return ticket
    }

    private func ask(
        _ node: Int, _ question: RecoveryQuestion, limit: UInt64, id: String, ticket: UInt64,
        then tell: @escaping (inout Recovery, SQLAnswer, UInt64) -> [Recovery.Action]
    ) {
        run(question.statements, on: node, as: settings.recoverer, limit: limit) {
            control, outcome in
            guard control.recovery.running[id]?.ticket == ticket else { return }
            let answer: SQLAnswer =
                switch outcome {
                case .done(let rows): .rows(rows)
                case .failed(let reason): .failed(reason)
                case .lost(let reason): .lost(reason)
                }
            let now = control.reactor.now
            control.withRecovery(id) { tell(&$0, answer, now) }
        }
    }

    private func ended(_ id: String, _ running: RunningRecovery, _ outcome: Recovery.Outcome) {
        let machine = running.machine
        let node = machine.record.node
        let replies = running.replies
        recovery.running[id]?.replies = []
        var facts = RecoveryFacts(machine)
        facts.endedAt = WallClock.seconds()
        facts.bytesDone = machine.copied.bytes
        facts.bytesTotal = machine.copied.total
        switch outcome {
        case .checked(let lines, _):
            for reply in replies { reply.end(.told(lines)) }
            return
        case .attached:
            facts.state = .done
            facts.phase = RecoveryPhase.attached.rawValue
            facts.activity = ""
            recovery.retries[node] = nil
            log(.log, "recovery of node \(node) is done: it serves again")
            shared.history.note(.log, "node \(node) was recovered")
            for reply in replies { reply.end(.done) }
        case .failed(let failure):
            facts.state = .failed
            facts.phase = failure.phase.rawValue
            facts.activity = failure.sentence
            facts.hint = failure.details
            if !machine.isCheckOnly {
                putBack(node, machine.record)
            }
            let message = "recovery of node \(node) failed in phase \(failure.words)"
            if !machine.isCheckOnly { log(.error, message, hint: failure.details) }
            for reply in replies {
                reply.end(.refused(reason: message, hint: failure.details))
            }
            if machine.isCheckOnly { return }
        }
        recovery.ended.removeAll { $0.node == node }
        recovery.ended.append(facts)
        if recovery.ended.count > RecoveryDesk.endedMax { recovery.ended.removeFirst() }
    }

    /// The node is out as before.
    private func putBack(_ node: Int, _ record: RecoveryRecord) {
        let before = survey.snapshot
        var membership = survey.membership(node)
        membership.isDetached = record.wasDetached
        membership.exclusion = record.exclusion.flatMap(Membership.Exclusion.init)
        if membership.exclusion == nil || membership.exclusion == .recovering,
            !record.wasDetached
        {
            membership.exclusion = .failed
        }
        survey.decided(node, membership)
        noteStatusChanges(before)
        publish(force: false)
        saveState()
    }

    // MARK: What recoveries know

    /// The primary, as the host of a node reaches it; nil while there is none.
    private func recoverySource(for node: Int) -> RecoverySource? {
        guard change.operation == nil, let primary = survey.snapshot.primary, primary != node,
            case .answered(isInRecovery: false, _, _, _)? = survey.answer(primary)
        else { return nil }
        var source = RecoverySource(node: primary, server: sourceServer(primary, for: node))
        guard settings.settings.recoveryCopyFrom != .primary else { return source }
        let chosen = recovery.running.values.first {
            $0.machine.record.node == node && !$0.machine.isSettled
        }?.machine.record.copiedFrom
        source.standby = standbyToCopy(for: node, chosen: chosen).map {
            RecoverySource.Standby(node: $0, server: sourceServer($0, for: node))
        }
        return source
    }

    private func sourceServer(_ source: Int, for node: Int) -> SourceServer {
        let user = settings.recoverer
        let backend = settings.settings.backend(source)
        var password: String?
        // Servers log statements: their hosts have .pgpass.
        if settings.settings.recoveryTransport != .sql, case .clearText(let bytes) = user.secret {
            password = String(decoding: bytes, as: UTF8.self)
        }
        return SourceServer(
            host: Self.hostText(backend.hostname), port: backend.port, user: user.name,
            password: password, database: user.database,
            applicationName: applicationName(of: node))
    }

    /// The standby in service that is least behind; the one that was chosen before, if it still can.
    private func standbyToCopy(for node: Int, chosen: Int?) -> Int? {
        let standbys = survey.snapshot.nodes
            .filter { $0.id != node && $0.isUsable && $0.role == .standby && !$0.isDelayed }
        if let chosen, standbys.contains(where: { $0.id == chosen }) { return chosen }
        return standbys.min { ($0.lagBytes ?? .max, $0.id) < ($1.lagBytes ?? .max, $1.id) }?.id
    }

    /// As scripts and other hosts know it: a socket's directory says nothing there.
    private static func hostText(_ name: String) -> String {
        name.isEmpty || name.hasPrefix("/") ? "localhost" : name
    }

    func applicationName(of node: Int) -> String {
        let name = settings.settings.backend(node).applicationName
        return name.isEmpty ? "node\(node)" : name
    }

    func hostedServer(_ node: Int) -> HostedServer {
        let backend = settings.settings.backend(node)
        return HostedServer(
            node: node, dataDirectory: backend.dataDirectory, port: backend.port)
    }

    private func rules(for node: Int) -> RecoveryRules {
        let settings = settings.settings
        let backend = settings.backend(node)
        var rules = RecoveryRules()
        rules.allowed = Set(settings.recoveryAllow.compactMap(RecoveryMethod.init(rawValue:)))
        rules.timeout = max(settings.recoveryTimeout.nanoseconds, 1_000_000_000)
        rules.startMax = settings.recoveryStartMax.nanoseconds
        rules.verifyTimeout = settings.recoveryVerifyTimeout.nanoseconds
        rules.stallTimeout = settings.recoveryStallTimeout.nanoseconds
        let keepOldSeconds = settings.recoveryKeepOld.components.seconds
        rules.keepOldSeconds = max(keepOldSeconds, 0)
        rules.mayRemoveOld = keepOldSeconds < 0
        rules.backup = HostRequest.BackupOptions(
            isFast: settings.recoveryCheckpoint == .fast,
            rateMax: settings.recoveryMaxRate == 0
                ? 0 : max(32, Int(clamping: settings.recoveryMaxRate / 1024)),
            tablespaceMap: backend.tablespacePlaces ?? [:],
            isVerified: settings.recoveryVerifyBackup)
        rules.copyFrom =
            switch settings.recoveryCopyFrom {
            case .primary: .primary
            case .standby: .standby
            case .auto: .any
            }
        rules.isStrict = settings.recoveryVerify == .strict
        rules.wallOffset = WallClock.seconds() &- Int64(reactor.now / 1_000_000_000)
        rules.applicationName = applicationName(of: node)
        rules.otherNames = settings.backends.indices
            .filter { $0 != node && isUsed($0) }.map { applicationName(of: $0) }
        rules.systemIdentifier = survey.snapshot.primary.flatMap { survey.systemIdentifier($0) }
        rules.port = backend.port
        rules.startObstacle = startObstacle(of: node)
        rules.hasStartCommand = settings.recoveryStartCommand.contains { !$0.isWhitespace }
        if settings.recoveryPlan == .auto, hasFirstStage {
            rules.script = RecoveryScript(
                firstStage: settings.recovery1stStageCommand,
                targetHost: Self.hostText(backend.hostname), targetPort: backend.port,
                targetData: backend.dataDirectory, targetNode: node,
                database: self.settings.recoverer.database,
                mayRunPrograms: settings.recoveryTransport == .sql)
        }
        return rules
    }
}
