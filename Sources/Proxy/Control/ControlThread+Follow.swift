internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// After a change of the primary: every other standby streams from the new one (HF-36).
extension ControlThread {
    private static let requestLimit: UInt64 = 10_000_000_000
    private static let slotsSince = 130_000
    /// A standby that does not follow is told again after this time, in nanoseconds.
    private static let repeatGap: UInt64 = 30_000_000_000

    static let upstreamQuestion = """
        SELECT pg_catalog.current_setting('primary_conninfo'), \
        pg_catalog.current_setting('primary_slot_name'), \
        pg_catalog.current_setting('server_version_num')
        """

    /// Points the standbys to the new primary, by SQL and without a restart, or has
    /// follow_primary_command do it.
    func follow(_ primary: Int, old: Int) {
        guard isStreaming else { return }
        let rules = failoverRules
        let isSwitchover: Bool =
            if case .switchover? = change.operation { true } else { false }
        if rules.promotes || isSwitchover {
            for node in survey.snapshot.nodes
            where node.id != primary && node.id != old && isUsed(node.id) {
                guard !survey.membership(node.id).isDetached,
                    survey.membership(node.id).exclusion != .recovering,
                    case .answered(isInRecovery: true, _, _, _)? = survey.answer(node.id)
                else { continue }
                repoint(node.id, to: primary)
            }
        }
        // Who was restarted as a standby needs nothing more.
        let needsCommand = survey.snapshot.nodes.map(\.id).filter { id in
            id != primary && isUsed(id) && !survey.membership(id).isDetached
                && survey.membership(id).exclusion != .recovering
                && (id == old ? !isSwitchover : !(rules.promotes || isSwitchover))
        }
        runFollowCommands(for: needsCommand, primary: primary, old: old)
    }

    /// The standby's own options with the new primary's address.
    ///
    /// - Parameters:
    ///   - known: what another standby connects with, if there is one.
    ///   - standby: who is to connect, under its own name.
    func conninfo(_ known: ConnectionText?, of standby: Int, to node: Int) -> String {
        let backend = settings.settings.backend(node)
        var base = known ?? ConnectionText("")
        if base?.value("application_name") != nil {
            base?.set("application_name", applicationName(of: standby))
        }
        if base?.options.isEmpty == true { base?.set("user", settings.checkUser) }
        return base?.pointing(toHost: backend.hostname, port: backend.port).text ?? ""
    }

    /// A standby that did not answer when the primary changed, or could not be told then, is told
    /// when it is back. So is the old primary, if somebody has started it as a standby, or we had
    /// when others promoted a third node.
    func considerFollowing(_ node: Int) {
        guard isStreaming, failoverRules.promotes, let primary = survey.snapshot.primary,
            primary != node, case .answered(isInRecovery: false, _, _, _)? = survey.answer(primary),
            survey.isLeftBehind(node),
            change.repointedAt[node].map({ reactor.now > $0 &+ Self.repeatGap }) ?? true
        else { return }
        repoint(node, to: primary)
    }

    private func repoint(_ node: Int, to primary: Int) {
        guard change.following.insert(node).inserted else { return }
        change.repointedAt[node] = reactor.now
        run([Self.upstreamQuestion], on: node, limit: Self.requestLimit) { control, outcome in
            guard case .done(let rows) = outcome, let row = rows.first?.first, row.count == 3,
                let text = row[0], let version = row[2].flatMap({ Int($0) })
            else {
                return control.repointed(node, to: primary, outcome.reason ?? "no answer")
            }
            guard !text.isEmpty else {
                // It replays an archive, and will find the new timeline there.
                return control.repointed(node, to: primary, nil)
            }
            guard let known = ConnectionText(text) else {
                return control.repointed(node, to: primary, "its primary_conninfo is a URI")
            }
            let backend = control.settings.settings.backend(primary)
            if known.value("hostaddr") == nil, known.value("host") == backend.hostname,
                known.value("port") == "\(backend.port)"
            {
                // It knows, and cannot: its history is another one, or the primary refuses it.
                control.change.following.remove(node)
                return
            }
            guard version >= Self.slotsSince else {
                return control.repointed(
                    node, to: primary, "before PostgreSQL 13 a standby needs a restart for that")
            }
            control.repoint(
                node, to: primary, conninfo: control.conninfo(known, of: node, to: primary),
                slot: row[1] ?? "")
        }
    }

    private func repoint(_ node: Int, to primary: Int, conninfo: String, slot: String) {
        let statements = [
            "ALTER SYSTEM SET primary_conninfo = \(SQLText.literal(conninfo))",
            "SELECT pg_catalog.pg_reload_conf()",
        ]
        func setUpstream(_ control: ControlThread) {
            control.run(statements, on: node, limit: Self.requestLimit) { control, outcome in
                control.repointed(node, to: primary, outcome.reason)
            }
        }
        guard !slot.isEmpty else { return setUpstream(self) }
        // The slot first: the standby could not stream without it.
        let create = """
            SELECT pg_catalog.pg_create_physical_replication_slot(name) \
            FROM (SELECT \(SQLText.literal(slot))::name AS name) AS wanted WHERE NOT EXISTS \
            (SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = name)
            """
        run([create], on: primary, limit: Self.requestLimit) { control, outcome in
            if case .done(let rows) = outcome, rows.first?.isEmpty == false {
                control.slotMade(slot, for: node, on: primary)
            }
            if let reason = outcome.reason {
                control.log(
                    .warning, "no replication slot \"\(slot)\" on node \(primary): \(reason)")
            }
            setUpstream(control)
        }
    }

    private func repointed(_ node: Int, to primary: Int, _ failure: String?) {
        change.following.remove(node)
        if let failure {
            log(
                .warning, "node \(node) could not be pointed to node \(primary): \(failure)",
                hint: "It serves nobody until it streams from the new primary.")
        } else {
            log(.log, "node \(node) is told to stream from node \(primary)")
        }
        hurry(node)
    }
}
