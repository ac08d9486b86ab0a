import ClusterModel
import Testing

@Suite("Finding roles")
struct RoleSurveyTests {
    private static func nodes(_ count: Int = 3) -> [RoleSurvey.Node] {
        (0..<count).map {
            RoleSurvey.Node(id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false)
        }
    }

    private func survey(_ count: Int = 3, isStreaming: Bool = true) -> RoleSurvey {
        RoleSurvey(nodes: Self.nodes(count), isStreaming: isStreaming)
    }

    private static func primary(_ timeline: Int64 = 1, at bytes: Int64 = 1000) -> ProbeAnswer {
        .answered(isInRecovery: false, timeline: timeline, walBytes: bytes)
    }

    private static func standby(_ timeline: Int64 = 1, at bytes: Int64 = 1000) -> ProbeAnswer {
        .answered(isInRecovery: true, timeline: timeline, walBytes: bytes)
    }

    private static let gone = ProbeAnswer.unreachable(reason: "Connection refused")
    private static let busy = ProbeAnswer.refused(reason: "too many clients")

    /// Every node in a word: role and status.
    private func words(_ survey: RoleSurvey) -> [String] {
        survey.snapshot.nodes.map { "\($0.role.rawValue) \($0.status.rawValue)" }
    }

    /// A primary 0 and standbys behind it.
    private func settled() -> RoleSurvey {
        var survey = survey()
        survey.probed(0, Self.primary())
        survey.probed(1, Self.standby())
        survey.probed(2, Self.standby())
        return survey
    }

    @Test("before anything is asked nobody gets work")
    func start() {
        let survey = survey()
        #expect(words(survey) == ["unknown waiting", "unknown waiting", "unknown waiting"])
        #expect(survey.snapshot.primary == nil)
        #expect(survey.snapshot.mainNode == nil)
        #expect(survey.snapshot.epoch == 0)
        #expect(!survey.isComplete)
    }

    @Test("the first survey finds the roles, one answer at a time")
    func first() {
        var survey = survey()
        survey.probed(1, Self.standby())
        #expect(words(survey) == ["unknown waiting", "standby up", "unknown waiting"])
        survey.probed(0, Self.primary())
        #expect(!survey.isComplete)
        survey.probed(2, Self.gone)
        #expect(words(survey) == ["primary up", "standby up", "unknown down"])
        #expect(survey.snapshot.primary == 0)
        #expect(survey.snapshot.mainNode == 0)
        #expect(survey.isComplete)
        #expect(survey.snapshot.epoch == 3)
    }

    @Test("the epoch rises only when work moves")
    func epoch() {
        var survey = settled()
        let epoch = survey.snapshot.epoch
        for bytes in [1000, 1500, 2000] as [Int64] {
            survey.probed(0, Self.primary(at: bytes))
            survey.probed(1, Self.standby(at: 900))
        }
        #expect(survey.snapshot.epoch == epoch)
        #expect(survey.snapshot.nodes[1].lagBytes == 1100, "the lag is news for people only")
        survey.probed(1, Self.gone)
        #expect(survey.snapshot.epoch == epoch + 1)
        survey.probed(1, Self.gone)
        #expect(survey.snapshot.epoch == epoch + 1)
        survey.probed(1, Self.standby())
        #expect(survey.snapshot.epoch == epoch + 2)
    }

    @Test("the lag is never negative and never overflows")
    func lag() {
        var survey = settled()
        survey.probed(1, Self.standby(at: 5000))
        #expect(survey.snapshot.nodes[1].lagBytes == 0)
        survey.probed(0, Self.primary(at: .max))
        survey.probed(2, Self.standby(at: .min))
        #expect(survey.snapshot.nodes[2].lagBytes == .max)
        survey.probed(0, Self.gone)
        #expect(survey.snapshot.nodes[2].lagBytes == nil)
    }

    @Test("a promoted standby takes over when the primary is gone")
    func promote() {
        var survey = settled()
        survey.probed(0, Self.gone)
        #expect(survey.snapshot.primary == 0, "nobody else claims it")
        #expect(words(survey) == ["unknown down", "standby up", "standby up"])
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == 1)
        #expect(
            words(survey) == ["unknown down", "primary up", "standby waiting"],
            "it does not follow yet")
        survey.probed(0, Self.standby(2))
        survey.probed(2, Self.standby(2))
        #expect(words(survey) == ["standby up", "primary up", "standby up"])
    }

    @Test("of two primaries the one that is recorded stays, and the other gets no work")
    func twoPrimaries() {
        var survey = settled()
        survey.probed(2, Self.primary(2))
        #expect(survey.snapshot.primary == 0)
        #expect(survey.roguePrimaries == [2])
        #expect(words(survey) == ["primary up", "standby up", "unknown down"])
        survey.probed(0, Self.gone)
        #expect(survey.snapshot.primary == 2)
        survey.probed(0, Self.primary(1, at: 9_000_000))
        #expect(survey.snapshot.primary == 2)
        #expect(survey.roguePrimaries == [0])
    }

    @Test("without a record the higher timeline wins")
    func twoPrimariesAtStart() {
        var survey = survey()
        survey.probed(0, Self.primary(1))
        survey.probed(2, Self.primary(2))
        survey.probed(1, Self.standby(2))
        #expect(survey.snapshot.primary == 2)
        #expect(words(survey) == ["unknown down", "standby up", "primary up"])
    }

    @Test(
        "of two primaries with one timeline the known one stays; the order of nodes proves nothing")
    func sameTimeline() {
        var known = settled()
        known.probed(0, Self.gone)
        known.probed(2, Self.primary())
        #expect(known.snapshot.primary == 0, "no successor has its timeline")
        known.probed(0, Self.primary())
        #expect(known.snapshot.primary == 0)
        var fresh = survey(2)
        fresh.probed(1, Self.standby())
        fresh.probed(0, Self.primary())
        fresh.probed(1, Self.primary())
        #expect(fresh.snapshot.primary == 0)
        var unknown = survey(2)
        unknown.probed(0, Self.standby())
        unknown.probed(1, Self.gone)
        unknown.probed(0, Self.primary())
        #expect(unknown.snapshot.primary == 0)
        var both = RoleSurvey(nodes: Self.nodes(3), isStreaming: true)
        both.primaryDecided(2)
        both.probed(2, Self.standby())
        both.probed(0, Self.primary())
        both.probed(1, Self.primary())
        #expect(both.snapshot.primary == 0, "adopted before the other one showed")
    }

    @Test("a primary that comes back in recovery leaves nobody as primary")
    func demoted() {
        var survey = settled()
        survey.probed(0, Self.standby())
        #expect(survey.snapshot.primary == nil)
        #expect(words(survey) == ["standby up", "standby up", "standby up"])
        #expect(survey.snapshot.mainNode == 0)
    }

    @Test("a refused probe changes nothing of what is known")
    func refused() {
        var survey = settled()
        let epoch = survey.snapshot.epoch
        survey.probed(0, Self.busy)
        survey.probed(1, Self.busy)
        #expect(words(survey) == ["primary up", "standby up", "standby up"])
        #expect(survey.snapshot.primary == 0)
        #expect(survey.snapshot.epoch == epoch)
    }

    @Test("a node that only ever refused gets no work")
    func refusedFirst() {
        var survey = survey()
        survey.probed(0, Self.busy)
        #expect(words(survey)[0] == "unknown waiting")
        #expect(survey.snapshot.primary == nil)
        #expect(!survey.isComplete)
    }

    @Test("an old primary that refuses is none beside a new one")
    func refusedOldPrimary() {
        var survey = settled()
        survey.probed(0, Self.busy)
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == 1)
        #expect(words(survey) == ["unknown waiting", "primary up", "standby waiting"])
    }

    @Test("in raw mode whoever answers is up and roles mean nothing")
    func raw() {
        var survey = survey(isStreaming: false)
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary())
        survey.probed(2, Self.busy)
        #expect(words(survey) == ["unknown down", "unknown up", "unknown up"])
        #expect(survey.snapshot.primary == nil)
        #expect(survey.snapshot.mainNode == 1)
    }

    @Test("ALWAYS_PRIMARY is the primary whatever it says, as long as it answers")
    func alwaysPrimary() {
        var nodes = Self.nodes()
        nodes[1].isAlwaysPrimary = true
        var survey = RoleSurvey(nodes: nodes, isStreaming: true)
        survey.probed(0, Self.standby())
        survey.probed(1, Self.standby())
        #expect(survey.snapshot.primary == 1)
        #expect(words(survey) == ["standby up", "primary up", "unknown waiting"])
        survey.probed(1, Self.gone)
        #expect(survey.snapshot.primary == 1)
        #expect(words(survey)[1] == "unknown down")
    }

    @Test("new weights keep what is known, new nodes wait, unused ones rest")
    func reconfigured() {
        var survey = settled()
        let epoch = survey.snapshot.epoch
        survey.reconfigured(Self.nodes())
        #expect(survey.snapshot.epoch == epoch)
        var nodes = Self.nodes(4)
        nodes[1].weight = 5
        nodes[2].isUsed = false
        survey.reconfigured(nodes)
        #expect(
            words(survey) == ["primary up", "standby up", "unknown unused", "unknown waiting"])
        #expect(survey.snapshot.nodes[1].weight == 5)
        #expect(survey.snapshot.epoch == epoch + 1)
        nodes[2].isUsed = true
        survey.reconfigured(nodes)
        #expect(words(survey)[2] == "unknown waiting", "it has to be asked again")
    }

    @Test("answers for unknown and unused nodes are ignored")
    func strangers() {
        var nodes = Self.nodes(2)
        nodes[1].isUsed = false
        var survey = RoleSurvey(nodes: nodes, isStreaming: true)
        let before = survey.snapshot
        survey.probed(1, Self.primary())
        survey.probed(7, Self.primary())
        survey.probed(-1, Self.gone)
        #expect(survey.snapshot == before)
        survey.probed(0, Self.primary())
        #expect(survey.isComplete)
    }
}
