import ClusterModel
import Testing

@Suite("recovery method") struct RecoveryMethodTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var method: RecoveryMethod?
        var allowed = Set(RecoveryMethod.allCases)
        var target: @Sendable (inout ServerDescription) -> Void = { _ in }
        var source: @Sendable (inout SourceFacts) -> Void = { _ in }

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "a standby that was shut down", method: .restart),
        Case(name: "a standby that was killed", method: .restart) {
            $0.state = "in archive recovery"
        },
        Case(name: "a standby on the primary's timeline", method: .restart) { $0.timeline = 2 },
        Case(name: "nothing", method: .baseBackup) { $0 = ServerDescription() },
        Case(name: "a tainted directory", method: .baseBackup) { $0.isTainted = true },
        Case(name: "another cluster's", method: .baseBackup) { $0.systemIdentifier = "1" },
        Case(name: "no control file", method: .baseBackup) { $0.systemIdentifier = nil },
        Case(name: "an old primary that was killed", method: .rewind) {
            $0.state = "in production"
        },
        Case(name: "an old primary that was shut down", method: .rewind) {
            $0.state = "shut down"
        },
        Case(name: "an old primary that recovers from its crash", method: .rewind) {
            $0.state = "in crash recovery"
        },
        Case(name: "an old primary without checksums", method: .baseBackup) {
            $0.state = "shut down"
            $0.hasChecksums = false
        },
        Case(name: "an old primary without checksums but with hint logging", method: .rewind) {
            $0.state = "shut down"
            $0.hasChecksums = false
            $0.hasHintLogging = true
        },
        Case(name: "a standby that went past the switch", method: .rewind) {
            $0.minimumRecoveryBytes = 0x5000001
        },
        Case(name: "a standby that ended at the switch", method: .restart) {
            $0.minimumRecoveryBytes = 0x5000000
        },
        Case(name: "a timeline of the future", method: .rewind) { $0.timeline = 3 },
        Case(
            name: "WAL that the primary has removed", method: .baseBackup,
            source: { $0.oldestBytes = 0x4800001 }),
        Case(
            name: "WAL that the slot has kept", method: .restart,
            source: {
                $0.oldestBytes = 0x4800001
                $0.slot = .init(isActive: false, restartBytes: 0x4000000)
            }),
        Case(
            name: "WAL that a lost slot has not kept", method: .baseBackup,
            source: {
                $0.oldestBytes = 0x4800001
                $0.slot = .init(isActive: false, isLost: true, restartBytes: 0x4000000)
            }),
        Case(
            name: "an old primary of a cluster without full_page_writes", method: .baseBackup,
            target: { $0.state = "shut down" }, source: { $0.hasFullPageWrites = false }),
        Case(name: "only dearer ones allowed", method: .baseBackup, allowed: [.baseBackup]),
        Case(
            name: "nothing allowed that works", method: nil, allowed: [.restart],
            target: { $0.state = "in production" }),
    ]

    @Test("the cheapest method that can work", arguments: cases)
    func choice(_ wanted: Case) {
        let choice = RecoveryMethod.choice(
            target: Fixture.target(wanted.target), source: Fixture.facts(wanted.source),
            allowed: wanted.allowed)
        #expect(choice.method == wanted.method, "\(choice.reason)")
        #expect(!choice.reason.isEmpty && choice.reason.last != ".")
    }

    @Test("each method is followed by a dearer one, and the last by none")
    func ladder() {
        let (target, source) = (Fixture.target(), Fixture.facts())
        let all = Set(RecoveryMethod.allCases)
        func next(_ method: RecoveryMethod, _ allowed: Set<RecoveryMethod>) -> RecoveryMethod? {
            method.next(target: target, source: source, allowed: allowed)
        }
        #expect(next(.restart, all) == .rewind)
        #expect(next(.rewind, all) == .baseBackup)
        #expect(next(.baseBackup, all) == nil)
        #expect(next(.restart, [.restart, .baseBackup]) == .baseBackup)
        #expect(next(.restart, [.restart]) == nil)
        let tainted = Fixture.target { $0.isTainted = true }
        #expect(
            RecoveryMethod.restart.next(target: tainted, source: source, allowed: all)
                == .baseBackup)
    }

    @Test("history files and positions are read, and nonsense is none")
    func history() {
        let history = TimelineHistory("1\t0/3000000\tx\n\n# c\n2\t1/A0\tafter LSN\nbad line\n")
        #expect(history.end(of: 1) == 0x3000000)
        #expect(history.end(of: 2) == 0x1_0000_00A0)
        #expect(history.end(of: 3) == nil)
        #expect(WALPosition.bytes("1/") == nil)
        #expect(WALPosition.bytes("x/1") == nil)
        #expect(WALPosition.bytes("100000000/1") == nil)
        #expect(WALPosition.text(0x1_0000_00A0) == "1/A0")
        #expect(WALPosition.bytes(WALPosition.text(.max)) == .max)
    }
}
