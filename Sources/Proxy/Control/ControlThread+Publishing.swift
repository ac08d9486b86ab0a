internal import ClusterModel
internal import Glibc
internal import Operations
internal import Reactor
internal import Routing
internal import Settings
internal import Synchronization

extension ControlThread {
    /// Tells people what an answer has changed.
    func report(_ before: ClusterSnapshot, _ index: Int, _ answer: ProbeAnswer) {
        let after = survey.snapshot
        guard let old = before.nodes.first(where: { $0.id == index }),
            let new = after.nodes.first(where: { $0.id == index })
        else { return }
        if case .answered = answer { probes[index].isRefusalTold = false }
        // A server that lets nobody ask stays in service: told once, and as long as it gets no work.
        if case .refused(let reason) = answer,
            !probes[index].isRefusalTold || old.status == .waiting
        {
            probes[index].isRefusalTold = true
            log(
                .warning, "node \(index) does not let the proxy ask for its role: \(reason)",
                hint: "sr_check_user, sr_check_password and sr_check_database must let the proxy "
                    + "log in.")
        }
        if case .unreachable(let reason, _) = answer, old.status != .down {
            log(.warning, "node \(index) does not answer: \(reason)")
        }
        noteStatus(old, new)
        if before.primary == index, after.primary != index,
            case .answered(isInRecovery: true, _, _, _) = answer
        {
            alarm(index)
        }
        if before.primary != after.primary, let primary = after.primary {
            log(.log, "find_primary_node: primary node is \(primary)")
        }
    }

    /// Everybody may read the new state; the workers are told if it makes a difference to them.
    func publish(force: Bool) {
        let old = state
        let isRanked = settings.settings.preferLowerDelayStandby
        let snapshot = survey.snapshot
        let isNews =
            force || old.snapshot.epoch != snapshot.epoch || old.hold != change.hold
            || !snapshot.isSameForReads(as: old.snapshot, isRanked: isRanked)
        let next = Self.state(
            survey, settings, addresses, revision: old.revision &+ (isNews ? 1 : 0),
            hold: change.hold)
        published.withLock { $0 = next }
        shared.latest.withLock { $0 = next }
        reportDelays(old.snapshot, next.snapshot)
        guard isNews else { return }
        for mailbox in shared.mailboxes { mailbox.post(.cluster(next)) }
    }

    func describe(_ error: Int32) -> String { String(cString: strerror(error)) }
    func describeLastError() -> String { describe(errno) }

    func log(_ severity: Severity, _ message: String, hint: String? = nil) {
        if severity >= .warning { shared.history.note(severity, message) }
        guard shared.log.isEnabled(severity) else { return }
        shared.log.emit(LogRecord(severity, message, hint: hint, process: "sr_check_worker"))
    }

    static func nodes(_ settings: WorkerSettings) -> [RoleSurvey.Node] {
        settings.settings.backends.enumerated().map { id, backend in
            RoleSurvey.Node(
                id: id, weight: backend.weight, isUsed: backend.isUsed,
                isAlwaysPrimary: backend.flags.isAlwaysPrimary,
                applicationName: backend.applicationName)
        }
    }

    static func state(
        _ survey: RoleSurvey, _ settings: WorkerSettings, _ addresses: [[SocketAddress]],
        revision: UInt64 = 0, hold: NodeHold? = nil
    ) -> ClusterState {
        let snapshot = survey.snapshot
        let isRaw = settings.settings.backendClusteringMode == .raw
        let primary = snapshot.nodes.first { $0.id == snapshot.primary }
        let isServed =
            isRaw || settings.settings.readOnlyWhenNoPrimary || primary?.isUsable == true
        let nodes = snapshot.nodes.map {
            RoutableNode(
                id: $0.id, isUsable: $0.isUsable && $0.id != hold?.node && isServed,
                isPrimary: $0.id == snapshot.primary,
                weight: $0.weight, isDelayed: $0.isDelayed, delay: $0.delay)
        }
        let topology = RoutingTopology(
            nodes: nodes, primary: snapshot.primary, mode: isRaw ? .raw : .streamingReplication,
            loadBalance: settings.settings.loadBalanceMode,
            statementLevel: settings.settings.statementLevelLoadBalance,
            prefersLowerDelay: settings.settings.preferLowerDelayStandby)
        return ClusterState(
            snapshot: snapshot, topology: topology, addresses: addresses, revision: revision,
            hold: hold)
    }
}
