internal import ClusterModel
internal import Coordination
internal import Operations
internal import Settings

/// A command of the user's that has ended.
struct CommandRun: Sendable {
    enum Purpose: Sendable, Equatable {
        /// `failover_command` that decides about a new primary; with the operation's number.
        case failover(UInt64)
        /// `failover_fence_command` of this operation.
        case fence(UInt64)
        /// The rest of these nodes follow, one after the other.
        case follow(rest: [Int], primary: Int, old: Int)
        /// `recovery_start_command` for this recovery, by its id.
        case recovery(String, ticket: UInt64)
        case other
    }

    var purpose: Purpose
    /// As the parameter is called.
    var name: String
    var outcome: CommandOutcome
}

/// failover_command, failback_command, follow_primary_command: each on a thread of its own, its
/// output in the log line by line.
extension ControlThread {
    /// follow_primary_command may copy a whole database.
    private static let followLimit: Duration = .seconds(3600)

    private func node(_ id: Int?) -> CommandFacts.Node? {
        guard let id, settings.settings.backends.indices.contains(id) else { return nil }
        let backend = settings.settings.backend(id)
        return CommandFacts.Node(
            id: id, host: backend.hostname, port: backend.port,
            dataDirectory: backend.dataDirectory)
    }

    private func facts(
        _ command: CommandFacts.Command, _ index: Int, kind: String, phase: String, reason: String,
        before: ClusterSnapshot, target: Int?
    ) -> CommandFacts? {
        guard let node = node(index) else { return nil }
        let now = survey.snapshot
        return CommandFacts(
            command: command,
            operation: .init(
                id: "\(change.nextID)", epoch: now.epoch, kind: kind, phase: phase, reason: reason),
            node: node, target: self.node(target), newMain: self.node(now.mainNode),
            newPrimary: self.node(now.primary), oldMain: self.node(before.mainNode),
            oldPrimary: self.node(before.primary))
    }

    /// A change of the primary by `failover_command`.
    func runCommand(_ failover: Failover, target: Int?) {
        var before = survey.snapshot
        before.primary = failover.oldPrimary
        guard
            var facts = facts(
                .failover, failover.oldPrimary, kind: "failover", phase: failover.phase.rawValue,
                reason: change.reason, before: before, target: target)
        else { return }
        facts.oldMain = node(min(before.mainNode ?? failover.oldPrimary, failover.oldPrimary))
        if target == nil { facts.newMain = nil }
        start(
            settings.settings.failoverCommand, "failover_command", facts,
            limit: settings.settings.failoverCommandTimeout, purpose: .failover(failover.id))
    }

    /// - Returns: whether there is a command that is to be waited for.
    func runFenceCommand(for index: Int, before: ClusterSnapshot) -> Bool {
        guard case .failover(let failover)? = change.operation,
            let facts = facts(
                .fence, index, kind: "failover", phase: "fencing", reason: change.reason,
                before: before, target: nil),
            settings.settings.failoverFenceCommand.contains(where: { !$0.isWhitespace })
        else { return false }
        start(
            settings.settings.failoverFenceCommand, "failover_fence_command", facts,
            limit: settings.settings.failoverCommandTimeout, purpose: .fence(failover.id))
        return true
    }

    /// A standby, or a node where nobody is primary, has left.
    func runFailoverCommand(
        for index: Int, before: ClusterSnapshot, target: Int?, reason: String
    ) {
        guard
            let facts = facts(
                .failover, index, kind: "failover", phase: "done", reason: reason, before: before,
                target: target)
        else { return }
        start(
            settings.settings.failoverCommand, "failover_command", facts,
            limit: settings.settings.failoverCommandTimeout, purpose: .other)
    }

    func runFailbackCommand(for index: Int, before: ClusterSnapshot, reason: String) {
        guard
            let facts = facts(
                .failback, index, kind: "failback", phase: "done", reason: reason, before: before,
                target: nil)
        else { return }
        start(
            settings.settings.failbackCommand, "failback_command", facts,
            limit: settings.settings.failoverCommandTimeout, purpose: .other)
    }

    /// In the order of the nodes, one after the other.
    func runFollowCommands(for nodes: [Int], primary: Int, old: Int) {
        guard let first = nodes.first, survey.snapshot.primary == primary else { return }
        var before = survey.snapshot
        before.primary = old
        guard
            let facts = facts(
                .followPrimary, first, kind: "follow", phase: "follow", reason: change.reason,
                before: before, target: nil)
        else { return }
        start(
            settings.settings.followPrimaryCommand, "follow_primary_command", facts,
            limit: Self.followLimit,
            purpose: .follow(rest: Array(nodes.dropFirst()), primary: primary, old: old))
    }

    /// `recovery_start_command` for a node that a recovery has put in order.
    func runStartCommand(for index: Int, recovery id: String, ticket: UInt64) {
        let command = settings.settings.recoveryStartCommand
        guard !CommandTemplate(command).isEmpty,
            var facts = facts(
                .recoveryStart, index, kind: "recovery", phase: RecoveryPhase.started.rawValue,
                reason: "recovery", before: survey.snapshot, target: nil)
        else { return startCommandEnded(id, ticket, failure: "is not set any more") }
        facts.operation.id = id
        start(
            command, "recovery_start_command", facts, limit: settings.settings.recoveryStartMax,
            purpose: .recovery(id, ticket: ticket))
    }

    private func start(
        _ text: String, _ name: String, _ facts: CommandFacts, limit: Duration,
        purpose: CommandRun.Purpose
    ) {
        let template = CommandTemplate(text)
        guard !template.isEmpty else { return }
        let command = template.expanded(for: facts)
        log(.log, "execute command: \(command)")
        let shared = shared
        let started = SystemThread.start(name: "command") {
            let outcome = CommandRunner.run(
                command, environment: facts.environment, timeMax: limit
            ) { line in
                shared.log.emit(LogRecord(.log, "\(name): \(line)", process: "failover"))
            }
            shared.control.post(
                .commandEnded(CommandRun(purpose: purpose, name: name, outcome: outcome)))
        }
        guard !started else { return }
        commandEnded(
            CommandRun(
                purpose: purpose, name: name, outcome: .couldNotStart(reason: "no thread for it")))
    }

    func commandEnded(_ run: CommandRun) {
        if !run.outcome.isSuccess { log(.warning, "\(run.name) \(run.outcome)") }
        switch run.purpose {
        case .fence(let id): fenceCommandEnded(id, isSuccess: run.outcome.isSuccess)
        case .failover(let id): failoverCommandEnded(id, isSuccess: run.outcome.isSuccess)
        case .follow(let rest, let primary, let old):
            runFollowCommands(for: rest, primary: primary, old: old)
        case .recovery(let id, let ticket):
            startCommandEnded(
                id, ticket, failure: run.outcome.isSuccess ? nil : run.outcome.description)
        case .other: break
        }
    }
}
