import ClusterModel
import Testing

@Suite("slots of nodes") struct SlotLedgerTests {
    static let slot = NodeSlot(node: 1, name: "pgpool_n1", holder: 0)

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var report: SlotReport? = SlotReport(name: "pgpool_n1", isActive: false)
        var isPrimary = true
        var isBusy = false
        var idleSince: Int64? = 1000
        var freeBytes: Int64?
        var rules: @Sendable (inout SlotLedger.Rules) -> Void = { _ in }
        /// The beginning of the reason; nil: it is not dropped.
        var reason: String?
        var asksRoom = false
        var remains = true

        var testDescription: String { name }
    }

    private static func kept(_ bytes: Int64) -> SlotReport {
        SlotReport(name: "pgpool_n1", isActive: false, keptBytes: bytes)
    }

    static let cases = [
        Case(name: "in use", report: SlotReport(name: "pgpool_n1", isActive: true)),
        Case(
            name: "in use on a standby", report: SlotReport(name: "pgpool_n1", isActive: true),
            isPrimary: false),
        Case(name: "idle for a moment"),
        Case(name: "a day old", idleSince: 2000 - 86_400),
        Case(name: "older", idleSince: 1999 - 86_400, reason: "nobody has used it"),
        Case(
            name: "older, and may be", idleSince: 0, rules: { $0.ageMaxSeconds = 0 }),
        Case(name: "at the limit", report: kept(500), rules: { $0.retainMax = 500 }),
        Case(
            name: "over the limit", report: kept(501), rules: { $0.retainMax = 500 },
            reason: "it keeps 501 bytes of WAL, more than slot_max_retain"),
        Case(
            name: "over the limit, but being recovered", report: kept(501), isBusy: true,
            rules: { $0.retainMax = 500 }),
        Case(name: "a gigabyte", report: kept(1 << 30)),
        Case(name: "more, and nobody knows of how much", report: kept(2 << 30), asksRoom: true),
        Case(name: "more, and there is room", report: kept(2 << 30), freeBytes: 4 << 30),
        Case(
            name: "more than half of the room", report: kept(2 << 30), freeBytes: (4 << 30) - 2,
            reason: "it keeps 2048 MB of WAL, more than half of the 4095 MB that are free"),
        Case(
            name: "lost", report: SlotReport(name: "pgpool_n1", isActive: false, isLost: true),
            reason: "its WAL is gone"),
        Case(name: "on an old primary", isPrimary: false, reason: "node 0 is the primary no more"),
        Case(name: "made after its server was asked, or dropped by somebody", report: nil),
        Case(name: "not there yet", report: nil, isBusy: true),
    ]

    @Test("what becomes of a slot", arguments: cases)
    func policy(_ wanted: Case) {
        var slot = Self.slot
        slot.idleSince = wanted.idleSince
        var ledger = SlotLedger([slot])
        var rules = SlotLedger.Rules()
        wanted.rules(&rules)
        let actions = ledger.reported(
            by: 0, isPrimary: wanted.isPrimary,
            [wanted.report, SlotReport(name: "theirs", isActive: false, isLost: true)]
                .compactMap { $0 },
            busy: wanted.isBusy ? [1] : [], freeBytes: wanted.freeBytes, rules: rules, seconds: 2000
        )
        #expect(actions.contains(.askRoom(holder: 0)) == wanted.asksRoom)
        #expect(ledger.slots.isEmpty == !wanted.remains)
        guard case .drop(let dropped, let reason, let needsCopy)? = actions.first else {
            #expect(wanted.reason == nil)
            return
        }
        #expect(reason.hasPrefix(wanted.reason ?? "-"), "\(reason)")
        ledger.dropped(dropped, reason: reason, needsCopy: needsCopy)
        #expect(!ledger.isHolder(0))
        #expect(ledger.slots.first?.dropped == (wanted.isPrimary ? reason : nil))
        // With the next one that is forgotten.
        ledger.made(NodeSlot(node: 1, name: "pgpool_n1", holder: 2))
        #expect(ledger.slots == [NodeSlot(node: 1, name: "pgpool_n1", holder: 2)])
    }

    @Test("a slot that its server does not name twice is gone")
    func gone() {
        var ledger = SlotLedger([Self.slot])
        let there = [SlotReport(name: "pgpool_n1", isActive: true)]
        for reports in [[], there, []] {
            _ = ledger.reported(
                by: 0, isPrimary: true, reports, busy: [], freeBytes: nil, rules: .init(),
                seconds: 1)
            #expect(ledger.slots.map(\.name) == ["pgpool_n1"])
        }
        _ = ledger.reported(
            by: 0, isPrimary: true, [], busy: [], freeBytes: nil, rules: .init(), seconds: 2)
        #expect(ledger.slots.isEmpty)
    }

    @Test("a slot that is made twice keeps what is known of it")
    func madeTwice() {
        var slot = Self.slot
        slot.idleSince = 5
        var ledger = SlotLedger([slot])
        ledger.made(Self.slot)
        #expect(ledger.slots == [slot])
        ledger.removed(Self.slot)
        #expect(ledger.slots.isEmpty)
    }

    @Test("what servers tell of slots")
    func reading() {
        #expect(
            SlotQuestion.reports(rows: [
                [["a", "1", "reserved", "17"], ["b", "0", "lost", nil], ["c", "0", nil, "-3"]]
            ]) == [
                SlotReport(name: "a", isActive: true, keptBytes: 17),
                SlotReport(name: "b", isActive: false, isLost: true),
                SlotReport(name: "c", isActive: false),
            ])
        #expect(SlotQuestion.reports(rows: [[["a"]]]) == nil)
        #expect(SlotQuestion.reports(rows: []) == nil)
    }

    @Test("a record with a slot of nobody, or of an impossible name, is not sound")
    func soundness() {
        func record(_ slot: NodeSlot) -> ClusterRecord {
            var record = ClusterRecord(
                clusterID: "x",
                backends: [0, 1].map { .init(id: $0, host: "h", port: 5432 + $0) })
            record.slots = [slot]
            return record
        }
        #expect(record(Self.slot).flaw == nil)
        #expect(record(NodeSlot(node: 2, name: "a", holder: 0)).flaw != nil)
        #expect(record(NodeSlot(node: 1, name: "a", holder: 2)).flaw != nil)
        #expect(record(NodeSlot(node: 1, name: "a'b", holder: 0)).flaw != nil)
        #expect(record(NodeSlot(node: 1, name: "a", holder: 0, idleSince: .min)).flaw != nil)
        let moved = record(Self.slot).matched(to: [
            .init(id: 3, host: "h", port: 5432), .init(id: 1, host: "h", port: 5433),
        ])
        #expect(moved.record.slots == [NodeSlot(node: 1, name: "pgpool_n1", holder: 3)])
        let alone = record(Self.slot).matched(to: [.init(id: 0, host: "h", port: 5432)])
        #expect(alone.record.slots == nil)
    }
}
