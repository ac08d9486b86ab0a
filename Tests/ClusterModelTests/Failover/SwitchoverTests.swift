import ClusterModel
import Testing

@Suite("Switchover")
struct SwitchoverTests {
    private static let second: UInt64 = 1_000_000_000
    private static let bound: Int64 = 5000

    /// From node 0 to node 1, in each phase.
    private static func machine(_ phase: Switchover.Phase) -> Switchover {
        var switchover = Switchover(
            id: 3, oldPrimary: 0, oldTimeline: 4, target: 1, drainLimit: 10 * second, now: 0)
        #expect(switchover.begin(now: 0) == [.prepare, .note])
        let path: [Switchover.Phase] = [
            .preparing, .draining, .stopping, .settling, .promoting,
        ]
        for step in path where step != phase {
            switch step {
            case .preparing: _ = switchover.prepared(failure: nil, now: 0)
            case .draining:
                _ = switchover.drained(now: 0)
                switchover.positionKnown(bound, now: 0)
            case .stopping:
                guard phase != .undoing else {
                    _ = switchover.targetLost(now: 0)
                    return switchover
                }
                _ = switchover.stopped(isBack: false, now: 0)
            case .settling: _ = switchover.answered(receivedBytes: bound, now: 0)
            case .promoting:
                if phase == .done { _ = switchover.promoted(1, timeline: 5, now: 0) }
            default: break
            }
            if phase == .failed { _ = switchover.prepared(failure: "no", now: 0) }
            if switchover.phase == phase { break }
        }
        if phase == .failed {
            switchover = Switchover(
                id: 3, oldPrimary: 0, oldTimeline: 4, target: 1, drainLimit: 0, now: 0)
            _ = switchover.begin(now: 0)
            _ = switchover.prepared(failure: "no", now: 0)
        }
        #expect(switchover.phase == phase)
        return switchover
    }

    private struct Step: Sendable {
        var from: Switchover.Phase
        var name: String
        var event: @Sendable (inout Switchover) -> [Switchover.Action]
        var actions: [Switchover.Action]
        var to: Switchover.Phase

        init(
            _ from: Switchover.Phase, _ name: String, _ actions: [Switchover.Action],
            _ to: Switchover.Phase,
            _ event: @escaping @Sendable (inout Switchover) -> [Switchover.Action]
        ) {
            self.from = from
            self.name = name
            self.event = event
            self.actions = actions
            self.to = to
        }
    }

    @Test(
        "a third node that others have promoted ends it in every phase",
        arguments: [
            Switchover.Phase.preparing, .draining, .stopping, .settling, .promoting, .undoing,
            .done, .failed,
        ])
    func overtaken(_ phase: Switchover.Phase) {
        var switchover = Self.machine(phase)
        let isOver = switchover.isOver
        #expect(switchover.overtaken(by: 0) == [])
        #expect(switchover.overtaken(by: 1) == [])
        #expect(switchover.phase == phase)
        #expect(
            switchover.overtaken(by: 2)
                == (isOver ? [] : Self.refusal("node 2 became the primary meanwhile")))
        #expect(switchover.phase == (isOver ? phase : .failed))
        #expect(switchover.promoted(1, timeline: 5, now: 9) == [], "the target comes too late")
    }

    private static func refusal(_ reason: String) -> [Switchover.Action] {
        [.fail(reason), .note]
    }

    private static let steps: [Step] = [
        Step(.preparing, "prepared", [.hold, .note], .draining) {
            $0.prepared(failure: nil, now: 1)
        },
        Step(.preparing, "not prepared", refusal("no disk"), .failed) {
            $0.prepared(failure: "no disk", now: 1)
        },
        Step(.preparing, "drained early", [], .preparing) { $0.drained(now: 1) },
        Step(.preparing, "a position, early", [], .preparing) {
            $0.positionKnown(1, now: 1)
            return []
        },
        Step(.preparing, "the old one stops", [], .preparing) {
            $0.stopped(isBack: false, now: 1)
        },
        Step(.preparing, "an answer", [], .preparing) { $0.answered(receivedBytes: 9999, now: 1) },
        Step(.preparing, "somebody is promoted", [], .preparing) {
            $0.promoted(1, timeline: 5, now: 1)
        },
        Step(
            .preparing, "the target dies",
            refusal("node 1 was lost before anything was changed"), .failed
        ) { $0.targetLost(now: 1) },
        Step(.preparing, "refused", refusal("it"), .failed) { $0.refused("it", now: 1) },
        Step(.preparing, "too early", [], .preparing) { $0.passed(now: 60 * second - 1) },
        Step(
            .preparing, "too late", refusal("the checkpoint on node 0 took too long"), .failed
        ) { $0.passed(now: 60 * second) },

        Step(.draining, "prepared twice", [], .draining) { $0.prepared(failure: nil, now: 1) },
        Step(.draining, "drained", [.note, .stop], .stopping) { $0.drained(now: 1) },
        Step(.draining, "the old one dies", [], .draining) { $0.stopped(isBack: false, now: 1) },
        Step(.draining, "it cannot be asked", refusal("it"), .failed) { $0.refused("it", now: 1) },
        Step(
            .draining, "the target dies", refusal("node 1 was lost before anything was changed"),
            .failed
        ) { $0.targetLost(now: 1) },
        Step(.draining, "transactions take long", [.cut], .draining) {
            $0.passed(now: 10 * second)
        },

        Step(.stopping, "drained twice", [], .stopping) { $0.drained(now: 1) },
        Step(.stopping, "the position twice", [], .stopping) {
            $0.positionKnown(7, now: 1)
            return []
        },
        Step(.stopping, "stopped", [.ask, .note], .settling) {
            $0.stopped(isBack: false, now: 1)
        },
        Step(.stopping, "it is a standby already", [.ask, .note], .settling) {
            $0.stopped(isBack: true, now: 1)
        },
        Step(.stopping, "it cannot be stopped", refusal("it"), .failed) {
            $0.refused("it", now: 1)
        },
        Step(.stopping, "the target has all, but does it end", [], .stopping) {
            $0.answered(receivedBytes: 9999, now: 1)
        },
        Step(.stopping, "the target dies", [.note, .promote(0)], .undoing) {
            $0.targetLost(now: 1)
        },
        Step(.stopping, "time to look", [.ask], .stopping) { $0.passed(now: second) },
        Step(.stopping, "it does not stop", [.note, .promote(0)], .undoing) {
            $0.passed(now: 30 * second)
        },

        Step(.settling, "the target lacks something", [], .settling) {
            $0.answered(receivedBytes: bound - 1, now: 1)
        },
        Step(.settling, "the target has all", [.note, .promote(1)], .promoting) {
            $0.answered(receivedBytes: bound, now: 1)
        },
        Step(.settling, "stopped twice", [], .settling) { $0.stopped(isBack: true, now: 1) },
        Step(.settling, "refused late", [], .settling) { $0.refused("it", now: 1) },
        Step(.settling, "the target dies", [.note, .promote(0)], .undoing) {
            $0.targetLost(now: 1)
        },
        Step(.settling, "it never gets all", [.note, .promote(0)], .undoing) {
            $0.passed(now: 30 * second)
        },
        Step(.settling, "somebody is promoted", [], .settling) {
            $0.promoted(1, timeline: 5, now: 1)
        },

        Step(.promoting, "promoted", [.open(1), .note], .done) {
            $0.promoted(1, timeline: 5, now: 1)
        },
        Step(.promoting, "on the old timeline", [], .promoting) {
            $0.promoted(1, timeline: 4, now: 1)
        },
        Step(.promoting, "another one", [], .promoting) { $0.promoted(2, timeline: 5, now: 1) },
        Step(.promoting, "the old one is one", [], .promoting) {
            $0.promoted(0, timeline: 4, now: 1)
        },
        Step(.promoting, "the target dies", [.note, .promote(0)], .undoing) {
            $0.targetLost(now: 1)
        },
        Step(.promoting, "asked again", [.promote(1)], .promoting) { $0.passed(now: second) },
        Step(.promoting, "too late", [.note, .promote(0)], .undoing) {
            $0.passed(now: 10 * second)
        },

        Step(
            .undoing, "the old one is the primary again",
            [.open(0), .fail("node 1 was lost"), .note], .failed
        ) { $0.promoted(0, timeline: 5, now: 1) },
        Step(.undoing, "the target was never asked", [], .undoing) {
            $0.promoted(1, timeline: 5, now: 1)
        },
        Step(.undoing, "the target dies again", [], .undoing) { $0.targetLost(now: 1) },
        Step(.undoing, "an answer", [], .undoing) { $0.answered(receivedBytes: bound, now: 1) },
        Step(.undoing, "asked again", [.promote(0)], .undoing) { $0.passed(now: second) },
        Step(
            .undoing, "it does not come back",
            [.fail("node 1 was lost, and node 0 did not come back"), .note], .failed
        ) { $0.passed(now: 30 * second) },

        Step(.done, "promoted again", [], .done) { $0.promoted(1, timeline: 9, now: 1) },
        Step(.done, "the target dies", [], .done) { $0.targetLost(now: 1) },
        Step(.done, "the old one stops", [], .done) { $0.stopped(isBack: false, now: 1) },
        Step(.done, "refused", [], .done) { $0.refused("it", now: 1) },
        Step(.done, "taken back", [], .done) { $0.takenBack("it", now: 1) },
        Step(.done, "time goes by", [], .done) { $0.passed(now: 1000 * second) },
        Step(.failed, "prepared", [], .failed) { $0.prepared(failure: nil, now: 1) },
        Step(.failed, "drained", [], .failed) { $0.drained(now: 1) },
        Step(.failed, "promoted", [], .failed) { $0.promoted(0, timeline: 9, now: 1) },
        Step(.failed, "the target dies", [], .failed) { $0.targetLost(now: 1) },
        Step(.failed, "time goes by", [], .failed) { $0.passed(now: 1000 * second) },
    ]

    @Test("every phase answers to every event, or ignores it", arguments: steps.indices)
    func step(_ index: Int) {
        let step = Self.steps[index]
        var switchover = Self.machine(step.from)
        let actions = step.event(&switchover)
        #expect(actions == step.actions, "\(step.from): \(step.name)")
        #expect(switchover.phase == step.to, "\(step.from): \(step.name)")
        #expect(switchover.isOver == (step.to == .done || step.to == .failed))
    }

    @Test("no phase that goes on is without a deadline")
    func deadlines() {
        let running: [Switchover.Phase] = [
            .preparing, .draining, .stopping, .settling, .promoting, .undoing,
        ]
        for phase in running { #expect(Self.machine(phase).deadline != nil, "\(phase)") }
        #expect(Self.machine(.done).deadline == nil)
        #expect(Self.machine(.failed).deadline == nil)
    }

    @Test("every running phase ends by time alone when nobody answers")
    func ends() {
        for phase in [Switchover.Phase.preparing, .draining, .stopping, .settling, .promoting] {
            var switchover = Self.machine(phase)
            var failures = 0
            var rounds = 0
            while let deadline = switchover.deadline, rounds < 100_000 {
                rounds += 1
                for case .fail in switchover.passed(now: deadline) { failures += 1 }
            }
            #expect(switchover.phase == .failed, "\(phase)")
            #expect(failures == 1, "\(phase): the operator hears once")
        }
    }

    @Test("workers that report twice do not have it stopped twice")
    func drainedTwice() {
        var switchover = Self.machine(.draining)
        #expect(switchover.drained(now: 1) == [.note, .stop])
        #expect(switchover.drained(now: 2) == [])
    }

    @Test("an old primary that has not told how far it is was not stopped")
    func unmeasured() {
        var switchover = Self.machine(.draining)
        _ = switchover.drained(now: 1)
        #expect(!switchover.isTold)
        var dead = switchover
        #expect(dead.stopped(isBack: false, now: 2) == [] && dead.phase == .stopping)
        #expect(dead.refused("gone", now: 3) == Self.refusal("gone"))
        #expect(switchover.passed(now: 30 * Self.second) == [])
        #expect(
            switchover.passed(now: 31 * Self.second)
                == Self.refusal("node 0 does not tell where it is"))
        #expect(Self.machine(.stopping).isTold)
    }

    @Test("what the old primary says when it is told to stop is what the target must have")
    func boundOnce() {
        var switchover = Self.machine(.stopping)
        switchover.positionKnown(Self.bound + 1, now: 1)
        _ = switchover.stopped(isBack: false, now: 2)
        #expect(
            switchover.answered(receivedBytes: Self.bound, now: 3) == [.note, .promote(1)])
    }

    @Test("who is still in a transaction after the cut ends it")
    func cut() {
        var switchover = Self.machine(.draining)
        #expect(switchover.passed(now: 10 * Self.second) == [.cut])
        var late = switchover
        #expect(switchover.drained(now: 11 * Self.second) == [.note, .stop])
        #expect(
            late.passed(now: 40 * Self.second)
                == Self.refusal("transactions on node 0 did not end"))
    }

    @Test("an old primary that answers as a standby is not given up")
    func undoing() {
        var switchover = Self.machine(.undoing)
        #expect(switchover.stopped(isBack: true, now: 1) == [])
        #expect(
            switchover.passed(now: 30 * Self.second)
                == [.fail("node 1 was lost, and node 0 did not come back"), .promote(0)])
        #expect(!switchover.isOver)
        #expect(switchover.passed(now: 31 * Self.second) == [.promote(0)])
        var promoted = switchover
        #expect(
            promoted.promoted(0, timeline: 5, now: 32 * Self.second) == [.open(0), .note],
            "the operator has heard")
        #expect(switchover.stopped(isBack: false, now: 33 * Self.second) == [])
        #expect(switchover.passed(now: 34 * Self.second) == [.note], "it died after all")
        #expect(switchover.phase == .failed)
    }

    @Test("a target that was asked and is late is good enough while the old one is no primary")
    func lateTarget() {
        var switchover = Self.machine(.promoting)
        #expect(switchover.passed(now: 10 * Self.second) == [.note, .promote(0)])
        #expect(switchover.promoted(1, timeline: 4, now: 11) == [])
        #expect(switchover.promoted(1, timeline: 5, now: 11) == [.open(1), .note])
        #expect(switchover.phase == .done)
    }

    @Test("what an earlier run left as two standbys is taken back")
    func takenBack() {
        var switchover = Switchover(
            id: 9, oldPrimary: 0, oldTimeline: 4, target: 1, drainLimit: 0, now: 0)
        #expect(switchover.takenBack("nobody took over", now: 0) == [.note, .promote(0)])
        #expect(switchover.passed(now: Self.second) == [.promote(0)])
        #expect(
            switchover.promoted(0, timeline: 5, now: 2 * Self.second)
                == [.open(0), .fail("nobody took over"), .note])
    }
}
