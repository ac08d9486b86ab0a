import ClusterModel
import Testing

@Suite("Everybody is gone")
struct TotalLossTests {
    private static let grace: UInt64 = 100

    private static func survey() -> RoleSurvey {
        RoleSurvey(
            nodes: (0..<3).map {
                RoleSurvey.Node(id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false)
            }, isStreaming: true)
    }

    private static let primary = ProbeAnswer.answered(
        isInRecovery: false, timeline: 1, walBytes: 1000)
    private static let standby = ProbeAnswer.answered(
        isInRecovery: true, timeline: 1, walBytes: 1000)
    private static let gone = ProbeAnswer.unreachable(reason: "Connection refused", isRefused: true)
    private static let starting = ProbeAnswer.starting(reason: "the database system is starting up")
    private static let busy = ProbeAnswer.refused(reason: "too many clients")

    private static func settled() -> RoleSurvey {
        var survey = survey()
        survey.probed(0, primary)
        survey.probed(1, standby)
        survey.probed(2, standby)
        return survey
    }

    /// Who answers what when, and whether the primary is waited for at 1000.
    private static let cases: [(String, [(Int, ProbeAnswer, UInt64)], Bool)] = [
        ("nothing happened", [], false),
        ("the primary is gone", [(0, gone, 990)], false),
        ("one standby is left", [(0, gone, 990), (1, gone, 990)], false),
        ("all are gone", [(0, gone, 990), (1, gone, 990), (2, gone, 990)], true),
        ("the order makes no difference", [(2, gone, 990), (1, gone, 990), (0, gone, 990)], true),
        (
            "a standby is back",
            [(0, gone, 950), (1, gone, 950), (2, gone, 950), (1, standby, 960)], true
        ),
        (
            "a standby starts",
            [(0, gone, 850), (1, gone, 850), (2, gone, 850), (1, starting, 960)], true
        ),
        (
            "all standbys are back, the primary is not",
            [
                (0, gone, 950), (1, gone, 950), (2, gone, 950), (1, standby, 960),
                (2, standby, 960), (0, gone, 990),
            ], true
        ),
        (
            "too long ago",
            [
                (0, gone, 800), (1, gone, 800), (2, gone, 800), (1, standby, 850),
                (0, gone, 990),
            ], false
        ),
        (
            "long ago, and nobody came back until now",
            [
                (0, gone, 100), (1, gone, 100), (2, gone, 100), (0, gone, 950),
                (1, standby, 960),
            ], true
        ),
        (
            "the primary is back",
            [
                (0, gone, 950), (1, gone, 950), (2, gone, 950), (1, standby, 960),
                (0, primary, 970),
            ], false
        ),
        (
            "it is back and lets nobody ask",
            [(0, gone, 950), (1, gone, 950), (2, gone, 950), (0, busy, 970)], false
        ),
        (
            "it starts",
            [
                (0, gone, 950), (1, gone, 950), (2, gone, 950), (1, standby, 960),
                (0, starting, 970),
            ], true
        ),
        (
            "it was back and is gone again",
            [
                (0, gone, 950), (1, gone, 950), (2, gone, 950), (0, primary, 970),
                (1, standby, 980), (0, gone, 990),
            ], false
        ),
        ("one lets nobody ask", [(0, gone, 990), (1, busy, 990), (2, gone, 990)], false),
    ]

    @Test("after all were gone the last primary is waited for", arguments: cases.indices)
    func awaited(_ index: Int) {
        let (name, answers, isAwaited) = Self.cases[index]
        var survey = Self.settled()
        for (node, answer, now) in answers { survey.probed(node, answer, now: now) }
        #expect(survey.isPrimaryAwaited(now: 1000, grace: Self.grace) == isAwaited, "\(name)")
    }

    @Test("who is out is no help, and the loss is remembered while a standby is to be promoted")
    func members() {
        var survey = Self.settled()
        survey.decided(2, Membership(isDetached: true))
        survey.probed(0, Self.gone, now: 10)
        #expect(!survey.isPrimaryAwaited(now: 20, grace: Self.grace))
        survey.primaryWithheld()
        survey.probed(1, Self.gone, now: 20)
        #expect(survey.isPrimaryAwaited(now: 119, grace: Self.grace))
        #expect(!survey.isPrimaryAwaited(now: 120, grace: Self.grace))
        survey.primaryDecided(0, timeline: 1)
        survey.probed(1, Self.standby, now: 30)
        #expect(survey.isPrimaryAwaited(now: 119, grace: Self.grace))
    }

    @Test("a recorded primary is waited for after the start; without a record nobody is")
    func start() {
        var survey = Self.survey()
        survey.began(now: 5)
        #expect(!survey.isPrimaryAwaited(now: 6, grace: Self.grace))
        survey.probed(0, Self.gone, now: 5)
        #expect(!survey.isPrimaryAwaited(now: 6, grace: Self.grace))
        survey.primaryDecided(0, timeline: 1)
        survey.began(now: 5)
        survey.probed(1, Self.standby, now: 6)
        #expect(survey.isPrimaryAwaited(now: 104, grace: Self.grace))
        #expect(!survey.isPrimaryAwaited(now: 105, grace: Self.grace))
        survey.probed(0, Self.primary, now: 7)
        #expect(!survey.isPrimaryAwaited(now: 8, grace: Self.grace))
    }

    @Test("before all were asked once nobody is missed")
    func incomplete() {
        var survey = Self.survey()
        survey.primaryDecided(0, timeline: 1)
        survey.probed(0, Self.gone, now: 5)
        survey.probed(1, Self.standby, now: 5)
        survey.probed(2, Self.standby, now: 5)
        #expect(!survey.isPrimaryAwaited(now: 6, grace: Self.grace))
    }
}
