internal import ClusterModel
internal import Coordination
internal import Operations
internal import Reactor
internal import Settings
internal import Synchronization

/// When servers were asked about slots that were made for nodes.
struct SlotChecks {
    /// By node, in nanoseconds.
    var nextAt: [Int: UInt64] = [:]
    /// Room on the hosts of nodes, for one answer about their slots, in bytes.
    var room: [Int: Int64] = [:]
    /// Nodes whose hosts are being asked, or do not say.
    var roomAskedAt: [Int: UInt64] = [:]
}

/// Slots that were made for nodes: what they keep is watched, and those that keep too much for
/// nobody go.
extension ControlThread {
    /// In nanoseconds.
    private static let slotPeriod: UInt64 = 5_000_000_000
    private static let roomPeriod: UInt64 = 60_000_000_000
    private static let slotLimit: UInt64 = 10_000_000_000

    /// A node has answered: its slots are looked at, unless they were just now.
    func considerSlots(of node: Int) {
        guard isStreaming, slots.isHolder(node), case .answered? = survey.answer(node),
            slotChecks.nextAt[node].map({ $0 <= reactor.now }) ?? true
        else { return }
        slotChecks.nextAt[node] = reactor.now &+ Self.slotPeriod
        let room = slotChecks.room.removeValue(forKey: node)
        run([SlotQuestion.text], on: node, as: settings.recoverer, limit: Self.slotLimit) {
            control, outcome in
            guard case .done(let rows) = outcome, let reports = SlotQuestion.reports(rows: rows)
            else { return }
            control.slotsTold(by: node, reports, room: room)
        }
    }

    private func slotsTold(by node: Int, _ reports: [SlotReport], room: Int64?) {
        // Who is the primary is about to be decided, or nobody knows.
        guard change.operation == nil, let primary = survey.snapshot.primary else { return }
        let isPrimary = node == primary
        if !isPrimary {
            guard case .answered(isInRecovery: true, _, _, _)? = survey.answer(node) else { return }
        }
        let running = recovery.running.values.filter { !$0.machine.isSettled }
        let before = slots
        let actions = slots.reported(
            by: node, isPrimary: isPrimary, reports,
            busy: Set(running.map(\.machine.record.node)), freeBytes: room,
            rules: slotRules, seconds: WallClock.seconds())
        for action in actions {
            switch action {
            case .drop(let slot, let reason, let needsCopy):
                drop(slot, reason: reason, needsCopy: needsCopy)
            case .askRoom(let holder): askRoom(of: holder)
            }
        }
        slotsChanged(before)
    }

    private var slotRules: SlotLedger.Rules {
        var rules = SlotLedger.Rules()
        rules.retainMax = settings.settings.slotMaxRetain
        rules.ageMaxSeconds = settings.settings.slotMaxAge.components.seconds
        return rules
    }

    private func drop(_ slot: NodeSlot, reason: String, needsCopy: Bool) {
        let question = RecoveryQuestion.dropSlot(slot.name)
        run(question.statements, on: slot.holder, as: settings.recoverer, limit: Self.slotLimit) {
            control, outcome in
            if let failure = outcome.reason {
                return control.logOnce(
                    slot.holder, .warning,
                    "the replication slot \"\(slot.name)\" of node \(slot.node) could not be "
                        + "dropped on node \(slot.holder): \(failure)")
            }
            // Somebody streams through it again, or it was gone already.
            guard case .done(let rows) = outcome, rows.first?.isEmpty == false else { return }
            let before = control.slots
            control.slots.dropped(slot, reason: reason, needsCopy: needsCopy)
            control.log(
                needsCopy ? .warning : .log,
                "the replication slot \"\(slot.name)\" of node \(slot.node) is dropped on node "
                    + "\(slot.holder): \(reason)",
                hint: needsCopy
                    ? "Node \(slot.node) may need a base backup when it comes back." : nil)
            control.slotsChanged(before)
        }
    }

    /// Has the host of a node say how much room there is; its slots are looked at again then.
    private func askRoom(of node: Int) {
        guard slotChecks.roomAskedAt[node].map({ $0 &+ Self.roomPeriod <= reactor.now }) ?? true,
            !settings.settings.backend(node).dataDirectory.isEmpty
        else { return }
        slotChecks.roomAskedAt[node] = reactor.now
        let request = HostRequest(
            server: hostedServer(node), job: "", action: .describe(expecting: .init()))
        ask(HostReach(to: node, settings.settings), request, seconds: 30) { answer in
            guard case .description(let facts) = answer else {
                return .roomKnown(node, bytes: nil)
            }
            return .roomKnown(node, bytes: facts.walFreeBytes ?? facts.freeBytes)
        }
    }

    func roomKnown(_ node: Int, _ bytes: Int64?) {
        guard let bytes else {
            return logOnce(
                node, .warning,
                "the host of node \(node) does not say how much room there is for WAL that "
                    + "replication slots keep",
                hint: "Set slot_max_retain.")
        }
        slotChecks.room[node] = bytes
        slotChecks.nextAt[node] = reactor.now
        considerSlots(of: node)
    }

    // MARK: Made and taken back

    /// A slot that was not there before is made for a node, or about to be.
    func slotMade(_ name: String, for node: Int, on holder: Int) {
        let before = slots
        slots.made(NodeSlot(node: node, name: name, holder: holder))
        slotsChanged(before)
    }

    /// What a recovery makes is written down together with its phase.
    func noteSlot(of record: RecoveryRecord) {
        guard let source = record.source, record.ownsSlot, !record.slot.isEmpty else { return }
        switch record.phase {
        case .slot, .copy, .rewind, .configured: break
        case .locked, .checked, .started, .verifying, .attached, .cleaned: return
        }
        slotMade(record.slot, for: record.node, on: source)
    }

    private func slotsChanged(_ before: SlotLedger) {
        guard slots != before else { return }
        publishSlots()
        if slots.slots != before.slots { saveState() }
    }

    func publishSlots() {
        let facts = slots.slots.map { slot in
            NodeSlotFacts(
                slot: slot, keptBytes: slots.keptBytes(slot))
        }
        shared.nodeSlots.withLock { $0 = facts }
    }
}
