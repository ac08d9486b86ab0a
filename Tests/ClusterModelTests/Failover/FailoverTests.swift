import ClusterModel
import Testing

@Suite("Failover")
struct FailoverTests {
    private static let millisecond: UInt64 = 1_000_000
    private static let second: UInt64 = 1_000_000_000

    private static func rules(
        promotes: Bool = true, hasCommand: Bool = false,
        _ change: (inout FailoverRules) -> Void = { _ in }
    ) -> FailoverRules {
        var rules = FailoverRules()
        rules.promotes = promotes
        rules.hasCommand = hasCommand
        change(&rules)
        return rules
    }

    private static func begun(
        _ members: Set<Int> = [1, 2], doubted: Set<Int> = [], oldTimeline: Int64 = 3,
        oldBytes: Int64 = 0, rules: FailoverRules = rules()
    ) -> Failover {
        var failover = Failover(
            id: 7, oldPrimary: 0, oldTimeline: oldTimeline, oldBytes: oldBytes, members: members,
            doubted: doubted, rules: rules, now: 0)
        #expect(failover.begin(now: 0) == [.fence, .note])
        #expect(failover.phase == .fencing)
        return failover
    }

    private static func at(_ id: Int, _ bytes: Int64, timeline: Int64 = 3) -> Candidate {
        Candidate(id: id, receivedBytes: bytes, timeline: timeline)
    }

    /// One that has all answers of two standbys, of which 2 has more.
    private static func chosen(_ rules: FailoverRules = rules()) -> (Failover, [Failover.Action]) {
        var failover = begun(rules: rules)
        _ = failover.fenced(now: 0)
        var actions: [Failover.Action] = []
        for candidate in [at(1, 100), at(2, 200), at(1, 100), at(2, 200)] {
            actions += failover.answered(candidate, now: 1)
        }
        return (failover, actions)
    }

    /// A failover in each phase that it can be in, with 2 as the target of those that have one.
    private static func machine(_ phase: Failover.Phase) -> Failover {
        var failover = begun()
        switch phase {
        case .fencing: break
        case .selecting: _ = failover.fenced(now: 0)
        case .commanding: failover = chosen(rules(promotes: false, hasCommand: true)).0
        case .promoting: failover = chosen().0
        case .blocked:
            _ = failover.fenced(now: 0)
            _ = failover.lost(1, now: 0)
            _ = failover.lost(2, now: 0)
        case .done:
            failover = chosen().0
            _ = failover.promoted(2, timeline: 4, now: 2)
        }
        #expect(failover.phase == phase)
        return failover
    }

    private struct Step: Sendable {
        var from: Failover.Phase
        var name: String
        var event: @Sendable (inout Failover) -> [Failover.Action]
        var actions: [Failover.Action]
        var to: Failover.Phase

        init(
            _ from: Failover.Phase, _ name: String, _ actions: [Failover.Action],
            _ to: Failover.Phase, _ event: @escaping @Sendable (inout Failover) -> [Failover.Action]
        ) {
            self.from = from
            self.name = name
            self.event = event
            self.actions = actions
            self.to = to
        }
    }

    private static let steps: [Step] = [
        Step(.fencing, "fenced", [.ask], .selecting) { $0.fenced(now: 1) },
        Step(.fencing, "an answer comes early", [], .fencing) { $0.answered(at(1, 5), now: 1) },
        Step(.fencing, "a standby dies", [], .fencing) { $0.lost(1, now: 1) },
        Step(.fencing, "workers may still write", [], .fencing) {
            $0.promoted(1, timeline: 4, now: 1)
        },
        Step(.fencing, "the old primary answers", [], .fencing) { $0.oldPrimaryReturned(now: 1) },
        Step(.fencing, "no command runs", [], .fencing) {
            $0.commandEnded(isSuccess: true, now: 1)
        },
        Step(
            .fencing, "fencing failed", [.stuck("the old primary could not be fenced"), .note],
            .blocked
        ) { $0.fenceFailed(now: 1) },
        Step(.fencing, "too early", [], .fencing) { $0.passed(now: second - 1) },
        Step(.fencing, "workers are late", [.ask], .selecting) { $0.passed(now: second) },

        Step(.selecting, "fenced twice", [], .selecting) { $0.fenced(now: 1) },
        Step(.selecting, "fencing fails late", [], .selecting) { $0.fenceFailed(now: 1) },
        Step(.selecting, "one answer", [], .selecting) { $0.answered(at(1, 5), now: 1) },
        Step(.selecting, "a stranger's answer", [], .selecting) { $0.answered(at(9, 5), now: 1) },
        Step(.selecting, "the old primary as a standby", [], .selecting) {
            $0.answered(at(0, 500), now: 1)
        },
        Step(.selecting, "one of two dies", [], .selecting) { $0.lost(1, now: 1) },
        Step(.selecting, "somebody else promoted one", [.open(1), .note], .done) {
            $0.promoted(1, timeline: 4, now: 1)
        },
        Step(.selecting, "an old rogue", [], .selecting) { $0.promoted(1, timeline: 3, now: 1) },
        Step(.selecting, "the old primary is promoted", [], .selecting) {
            $0.promoted(0, timeline: 9, now: 1)
        },
        Step(.selecting, "the old primary answers", [], .selecting) {
            $0.oldPrimaryReturned(now: 1)
        },
        Step(.selecting, "time to ask again", [.ask], .selecting) {
            $0.passed(now: 10 * millisecond)
        },
        Step(
            .selecting, "nobody answered", [.stuck("no standby can be promoted"), .note], .blocked
        ) { $0.passed(now: 200 * millisecond) },

        Step(.commanding, "an answer", [], .commanding) { $0.answered(at(1, 999), now: 2) },
        Step(.commanding, "the target dies", [], .commanding) { $0.lost(2, now: 2) },
        Step(.commanding, "time goes by", [], .commanding) { $0.passed(now: 1000 * second) },
        Step(.commanding, "the target is promoted", [.open(2), .note], .done) {
            $0.promoted(2, timeline: 4, now: 2)
        },
        Step(.commanding, "the command chose another", [.open(1), .note], .done) {
            $0.promoted(1, timeline: 4, now: 2)
        },
        Step(.commanding, "it ended well", [.ask, .note], .promoting) {
            $0.commandEnded(isSuccess: true, now: 2)
        },
        Step(.commanding, "it failed", [.ask, .note], .promoting) {
            $0.commandEnded(isSuccess: false, now: 2)
        },

        Step(.promoting, "an answer", [], .promoting) { $0.answered(at(2, 200), now: 2) },
        Step(.promoting, "another standby dies", [], .promoting) { $0.lost(1, now: 2) },
        Step(.promoting, "the target dies", [.ask], .selecting) { $0.lost(2, now: 2) },
        Step(.promoting, "the target is promoted", [.open(2), .note], .done) {
            $0.promoted(2, timeline: 4, now: 2)
        },
        Step(.promoting, "another is promoted", [], .promoting) {
            $0.promoted(1, timeline: 4, now: 2)
        },
        Step(.promoting, "on its old timeline", [], .promoting) {
            $0.promoted(2, timeline: 3, now: 2)
        },
        Step(.promoting, "the old primary answers", [], .promoting) {
            $0.oldPrimaryReturned(now: 2)
        },
        Step(.promoting, "a command ends", [], .promoting) {
            $0.commandEnded(isSuccess: true, now: 2)
        },
        Step(.promoting, "asked again", [.promote(2)], .promoting) {
            $0.passed(now: 51 * millisecond)
        },
        Step(.promoting, "its time is over", [.ask], .selecting) { $0.passed(now: 11 * second) },

        Step(.blocked, "time goes by", [], .blocked) { $0.passed(now: 1000 * second) },
        Step(.blocked, "one answers", [.ask], .selecting) { $0.answered(at(1, 5), now: 2) },
        Step(.blocked, "one of another history answers", [], .blocked) {
            $0.answered(at(1, 5, timeline: 2), now: 2)
        },
        Step(.blocked, "one that is paused answers", [], .blocked) {
            $0.answered(
                Candidate(id: 1, receivedBytes: 5, timeline: 3, isReplayPaused: true), now: 2)
        },
        Step(.blocked, "one that was given up long ago", [], .blocked) {
            $0.answered(Candidate(id: 3, receivedBytes: 5, timeline: 3, isOut: true), now: 2)
        },
        Step(.blocked, "one that was given up meanwhile", [.ask], .selecting) {
            $0.answered(Candidate(id: 2, receivedBytes: 5, timeline: 3, isOut: true), now: 2)
        },
        Step(.blocked, "a new one", [.ask], .selecting) { $0.answered(at(3, 5), now: 2) },
        Step(.blocked, "the old primary as a standby", [], .blocked) {
            $0.answered(at(0, 5), now: 2)
        },
        Step(.blocked, "one is promoted by hand", [.open(1), .note], .done) {
            $0.promoted(1, timeline: 4, now: 2)
        },
        Step(.blocked, "the old primary is back", [.reopen(0), .note], .done) {
            $0.oldPrimaryReturned(now: 2)
        },
        Step(.blocked, "one more dies", [], .blocked) { $0.lost(1, now: 2) },

        Step(.done, "promoted again", [], .done) { $0.promoted(1, timeline: 9, now: 3) },
        Step(.done, "an answer", [], .done) { $0.answered(at(1, 5), now: 3) },
        Step(.done, "the target dies", [], .done) { $0.lost(2, now: 3) },
        Step(.done, "the old primary is back", [], .done) { $0.oldPrimaryReturned(now: 3) },
        Step(.done, "time goes by", [], .done) { $0.passed(now: 1000 * second) },
        Step(.done, "a command ends", [], .done) { $0.commandEnded(isSuccess: false, now: 3) },
        Step(.done, "fenced", [], .done) { $0.fenced(now: 3) },
    ]

    @Test("every phase answers to every event, or ignores it", arguments: steps.indices)
    func step(_ index: Int) {
        let step = Self.steps[index]
        var failover = Self.machine(step.from)
        let actions = step.event(&failover)
        #expect(actions == step.actions, "\(step.from): \(step.name)")
        #expect(failover.phase == step.to, "\(step.from): \(step.name)")
    }

    @Test("no phase but blocked, commanding and done is without a deadline")
    func deadlines() {
        for phase in [Failover.Phase.fencing, .selecting, .promoting] {
            #expect(Self.machine(phase).deadline != nil, "\(phase)")
        }
        for phase in [Failover.Phase.commanding, .blocked, .done] {
            #expect(Self.machine(phase).deadline == nil, "\(phase)")
        }
    }

    @Test("standbys are chosen when all of them have come to rest")
    func selection() {
        var failover = Self.begun()
        #expect(failover.fenced(now: 0) == [.ask])
        #expect(failover.answered(Self.at(1, 100), now: 1) == [])
        #expect(failover.answered(Self.at(2, 150), now: 1) == [])
        #expect(failover.answered(Self.at(1, 100), now: 2) == [], "2 has answered once")
        #expect(failover.answered(Self.at(2, 200), now: 3) == [], "2 still receives")
        #expect(failover.answered(Self.at(2, 200), now: 4) == [.note, .promote(2)])
        #expect(failover.target == 2)
        #expect(failover.attempts == 1)
        #expect(!failover.isUntouched)
    }

    @Test("a standby that answers later takes part, unless an operator has named the target")
    func latecomers() {
        var open = Self.begun([1])
        _ = open.fenced(now: 0)
        _ = open.answered(Self.at(1, 100), now: 1)
        _ = open.answered(Self.at(2, 200), now: 2)
        #expect(open.answered(Self.at(1, 100), now: 3) == [], "2 has answered once")
        #expect(open.answered(Self.at(2, 200), now: 4) == [.note, .promote(2)])
        var out = Self.begun([1])
        _ = out.fenced(now: 0)
        _ = out.answered(Candidate(id: 2, receivedBytes: 200, timeline: 3, isOut: true), now: 1)
        _ = out.answered(Self.at(1, 100), now: 1)
        #expect(out.answered(Self.at(1, 100), now: 3) == [.note, .promote(1)])
        var named = Failover(
            id: 1, oldPrimary: 0, oldTimeline: 3, members: [1], isOrdered: true,
            rules: Self.rules(), now: 0)
        #expect(named.isOrdered && !open.isOrdered)
        _ = named.begin(now: 0)
        _ = named.fenced(now: 0)
        _ = named.answered(Self.at(2, 200), now: 1)
        _ = named.answered(Self.at(1, 100), now: 1)
        #expect(named.answered(Self.at(1, 100), now: 3) == [.note, .promote(1)])
        _ = named.lost(1, now: 4)
        #expect(named.phase == .blocked)
        #expect(named.answered(Self.at(2, 200), now: 5) == [])
    }

    @Test("who never comes to rest is not waited for")
    func restless() {
        var failover = Self.begun()
        _ = failover.fenced(now: 0)
        for time in 1...19 as ClosedRange<UInt64> {
            #expect(failover.answered(Self.at(2, Int64(time)), now: time) == [])
            #expect(failover.passed(now: time * 10 * Self.millisecond) == [.ask])
        }
        #expect(failover.passed(now: 200 * Self.millisecond) == [.note, .promote(2)])
    }

    @Test("a standby that dies while the other is at rest is not waited for")
    func lossWhileSelecting() {
        var failover = Self.begun()
        _ = failover.fenced(now: 0)
        _ = failover.answered(Self.at(1, 100), now: 1)
        _ = failover.answered(Self.at(1, 100), now: 2)
        #expect(failover.lost(2, now: 3) == [.note, .promote(1)])
    }

    /// Candidates, rules, and who is chosen.
    private static let choices: [(String, [Candidate], FailoverRules, Int64, Int?)] = [
        ("the most advanced", [at(1, 100), at(2, 200)], rules(), 0, 2),
        ("the lowest of equals", [at(2, 100), at(1, 100)], rules(), 0, 1),
        ("by number", [at(1, 100), at(2, 200)], rules { $0.policy = .lowestID }, 0, 1),
        (
            "not who is paused",
            [at(1, 100), Candidate(id: 2, receivedBytes: 200, timeline: 3, isReplayPaused: true)],
            rules(), 0, 1
        ),
        ("not who was left behind", [at(1, 100), at(2, 200, timeline: 2)], rules(), 0, 1),
        ("not who is ahead", [at(1, 100), at(2, 200, timeline: 4)], rules(), 0, 1),
        ("who does not tell is believed", [at(1, 100), at(2, 200, timeline: 0)], rules(), 0, 2),
        (
            "not who lacks too much beside the others", [at(1, 100), at(2, 200)],
            rules {
                $0.policy = .lowestID
                $0.lagBytesMax = 99
            }, 0, 2
        ),
        (
            "just enough", [at(1, 100), at(2, 200)],
            rules {
                $0.policy = .lowestID
                $0.lagBytesMax = 100
            }, 0, 1
        ),
        (
            "nobody, if all lack too much of what the primary had", [at(1, 100), at(2, 200)],
            rules { $0.lagBytesMax = 50 }, 300, nil
        ),
        (
            "positions that make no sense", [at(1, .min), at(2, .max)],
            rules { $0.lagBytesMax = 50 }, 0, 2
        ),
    ]

    @Test("who is chosen", arguments: choices.indices)
    func choice(_ index: Int) {
        let (name, candidates, rules, oldBytes, expected) = Self.choices[index]
        var failover = Self.begun(oldBytes: oldBytes, rules: rules)
        _ = failover.fenced(now: 0)
        var actions: [Failover.Action] = []
        for candidate in candidates + candidates {
            actions += failover.answered(candidate, now: 1)
        }
        #expect(failover.target == expected, "\(name)")
        if let expected {
            #expect(actions == [.note, .promote(expected)], "\(name)")
        } else {
            #expect(failover.phase == .blocked, "\(name)")
        }
    }

    @Test("an unknown timeline of the old primary excludes nobody")
    func unknownTimeline() {
        var failover = Self.begun(oldTimeline: 0)
        _ = failover.fenced(now: 0)
        _ = failover.answered(Self.at(1, 100, timeline: 7), now: 1)
        _ = failover.answered(Self.at(2, 10, timeline: 2), now: 1)
        _ = failover.answered(Self.at(1, 100, timeline: 7), now: 2)
        _ = failover.answered(Self.at(2, 10, timeline: 2), now: 2)
        #expect(failover.target == 1)
    }

    @Test("a target that fails is followed by the next one, and comes too late later")
    func nextTarget() {
        var (failover, actions) = Self.chosen()
        #expect(actions == [.note, .promote(2)])
        #expect(failover.lost(2, now: 5) == [.ask])
        #expect(failover.failed == [2])
        #expect(failover.answered(Self.at(2, 200), now: 6) == [], "it is passed over")
        _ = failover.answered(Self.at(1, 100), now: 6)
        #expect(failover.answered(Self.at(1, 100), now: 7) == [.note, .promote(1)])
        #expect(failover.promoted(2, timeline: 4, now: 8) == [], "the first one, late")
        #expect(failover.promoted(1, timeline: 4, now: 9) == [.open(1), .note])
    }

    @Test("while nobody else is asked, a target that was late is good enough")
    func lateTarget() {
        var (failover, _) = Self.chosen()
        _ = failover.passed(now: 11 * Self.second)
        #expect(failover.phase == .selecting)
        #expect(
            failover.promoted(2, timeline: 4, now: 11 * Self.second + 1) == [.open(2), .note])
    }

    @Test("when all have failed the first that answers after a while is asked again")
    func retry() {
        var failover = Self.begun([1])
        _ = failover.fenced(now: 0)
        _ = failover.answered(Self.at(1, 100), now: 1)
        _ = failover.answered(Self.at(1, 100), now: 1)
        #expect(
            failover.lost(1, now: 10) == [.stuck("no standby could be promoted"), .note])
        #expect(failover.phase == .blocked)
        #expect(failover.answered(Self.at(1, 100), now: Self.second) == [], "too soon")
        #expect(failover.answered(Self.at(1, 100), now: 11 * Self.second) == [.ask])
        _ = failover.answered(Self.at(1, 100), now: 11 * Self.second)
        #expect(
            failover.answered(Self.at(1, 100), now: 11 * Self.second) == [.note, .promote(1)])
        #expect(failover.attempts == 2)
    }

    @Test("a promotion by failover_command: the command once for each target")
    func command() {
        let rules = Self.rules(promotes: false, hasCommand: true)
        var (failover, actions) = Self.chosen(rules)
        #expect(actions == [.note, .command(target: 2)])
        #expect(failover.commandEnded(isSuccess: true, now: 2) == [.ask, .note])
        #expect(failover.commandEnded(isSuccess: true, now: 2) == [], "twice")
        #expect(failover.passed(now: 299 * Self.second) == [.ask], "somebody else promotes")
        #expect(failover.passed(now: 301 * Self.second) == [.ask])
        #expect(failover.failed == [2])
        _ = failover.answered(Self.at(1, 100), now: 301 * Self.second)
        #expect(
            failover.answered(Self.at(1, 100), now: 301 * Self.second)
                == [.note, .command(target: 1)])
    }

    @Test("a command that failed is not waited for as long")
    func failedCommand() {
        var (failover, _) = Self.chosen(Self.rules(promotes: false, hasCommand: true))
        _ = failover.commandEnded(isSuccess: false, now: 0)
        _ = failover.passed(now: 9 * Self.second)
        #expect(failover.phase == .promoting)
        _ = failover.passed(now: 10 * Self.second)
        #expect(failover.phase == .selecting)
    }

    @Test("a command that failed is made up for where the proxy may promote itself")
    func bothWays() {
        let rules = Self.rules(promotes: true, hasCommand: true)
        var (failover, _) = Self.chosen(rules)
        #expect(failover.commandEnded(isSuccess: false, now: 2) == [.note, .promote(2)])
        (failover, _) = Self.chosen(rules)
        #expect(failover.commandEnded(isSuccess: true, now: 2) == [.ask, .note])
        #expect(failover.passed(now: 60 * Self.millisecond) == [.promote(2)])
        #expect(failover.promoted(1, timeline: 4, now: 3) == [.open(1), .note], "its own choice")
    }

    @Test("search_primary_node_timeout = 0 waits for ever")
    func endless() {
        let rules = Self.rules(promotes: false, hasCommand: true) { $0.searchLimit = 0 }
        var (failover, _) = Self.chosen(rules)
        _ = failover.commandEnded(isSuccess: true, now: 2)
        #expect(failover.passed(now: .max - 1) == [.ask])
        #expect(failover.phase == .promoting)
    }

    @Test("the command hears once that nobody is left")
    func nobodyLeft() {
        var failover = Self.begun([], rules: Self.rules(promotes: false, hasCommand: true))
        #expect(failover.fenced(now: 0) == [.note, .command(target: nil)])
        #expect(
            failover.commandEnded(isSuccess: true, now: 1)
                == [.stuck("no standby is left to promote"), .note])
        #expect(failover.isUntouched)
        #expect(failover.answered(Self.at(1, 5), now: 2) == [.ask])
        #expect(
            failover.lost(1, now: 3) == [.stuck("no standby can be promoted"), .note],
            "not twice")
    }

    @Test("without fencing nobody is promoted where it is required")
    func requiredFencing() {
        var failover = Self.begun(rules: Self.rules { $0.requiresFencing = true })
        #expect(
            failover.passed(now: Self.second)
                == [.stuck("the old primary could not be fenced in time"), .note])
        #expect(failover.isUntouched)
    }

    @Test("who may have been promoted by an earlier run keeps the old primary out")
    func doubted() {
        var failover = Self.begun([], doubted: [1])
        #expect(!failover.isUntouched)
        _ = failover.fenced(now: 0)
        #expect(failover.phase == .blocked)
        #expect(failover.oldPrimaryReturned(now: 1) == [], "1 may have taken writes")
        var seen = failover
        #expect(seen.promoted(1, timeline: 4, now: 2) == [.open(1), .note])
        #expect(failover.answered(Self.at(1, 5, timeline: 2), now: 2) == [], "it was not")
        #expect(failover.oldPrimaryReturned(now: 3) == [.reopen(0), .note])
    }

    @Test("times at the end of the clock do not trap")
    func overflow() {
        var failover = Failover(
            id: 1, oldPrimary: 0, oldTimeline: .max, members: [1], rules: Self.rules(),
            now: .max - 1)
        _ = failover.begin(now: .max - 1)
        _ = failover.fenced(now: .max)
        _ = failover.answered(Self.at(1, .max, timeline: .max), now: .max)
        _ = failover.answered(Self.at(1, .max, timeline: .max), now: .max)
        _ = failover.passed(now: .max)
        #expect(failover.promoted(1, timeline: .max, now: .max) == [])
    }
}
