import ClusterModel
import Testing

@Suite("Positions")
struct PositionSurveyTests {
    private static func primary(_ position: Int64, timeline: Int64 = 1) -> ProbeAnswer {
        .answered(isInRecovery: false, timeline: timeline, walBytes: position)
    }

    private static func standby(_ position: Int64, timeline: Int64 = 1) -> ProbeAnswer {
        .answered(isInRecovery: true, timeline: timeline, walBytes: position)
    }

    /// A primary 0 at 100 and standbys 1 and 2 at 90.
    private func settled() -> PositionSurvey {
        var survey = PositionSurvey()
        #expect(survey.probed(0, Self.primary(100), askedAt: 5, primary: 0) == .primary)
        for id in 1...2 {
            #expect(survey.probed(id, Self.standby(90), askedAt: 5, primary: 0) == .standby)
        }
        return survey
    }

    @Test("the first answer of a primary begins the first term")
    func first() {
        var survey = PositionSurvey()
        #expect(survey.term == 0 && survey.primaryPosition == nil)
        #expect(survey.probed(1, Self.standby(90), askedAt: 1, primary: nil) == .none)
        #expect(survey.replayed(1) == nil, "on a timeline that may not be the primary's")
        #expect(survey.probed(2, Self.standby(80, timeline: 2), askedAt: 1, primary: nil) == .none)
        #expect(survey.probed(0, Self.primary(100), askedAt: 2, primary: 0) == .primary)
        #expect(survey.replayed(1) == 90, "it was the primary's")
        #expect(survey.replayed(2) == nil, "it was another one")
        survey = settled()
        #expect(survey.term == 1)
        #expect(survey.primary == 0)
        #expect(survey.primaryPosition == 100)
        #expect(survey.sampledAt == 5)
        #expect(survey.replayed(0) == nil)
        #expect(survey.replayed(1) == 90)
    }

    @Test("a standby's answer is news only if it got further")
    func news() {
        var survey = settled()
        #expect(survey.probed(1, Self.standby(90), askedAt: 6, primary: 0) == .none)
        #expect(survey.probed(1, Self.standby(95), askedAt: 7, primary: 0) == .standby)
        #expect(survey.probed(0, Self.primary(100), askedAt: 8, primary: 0) == .primary)
        #expect(survey.sampledAt == 8)
        #expect(survey.replayed(1) == 95, "what it has replayed it keeps")
        #expect(survey.term == 1)
    }

    @Test("no answer is no news")
    func silence() {
        var survey = settled()
        let before = survey
        #expect(survey.probed(1, .refused(reason: ""), askedAt: 6, primary: 0) == .none)
        #expect(survey.probed(2, .unreachable(reason: ""), askedAt: 6, primary: 0) == .none)
        #expect(survey.probed(0, .unreachable(reason: ""), askedAt: 6, primary: 0) == .none)
        #expect(survey == before)
    }

    @Test("another primary or timeline begins a term in which no standby is known")
    func newTerm() {
        var promoted = settled()
        #expect(
            promoted.probed(1, Self.primary(95, timeline: 2), askedAt: 9, primary: 1) == .primary)
        #expect(promoted.term == 2)
        #expect(promoted.primary == 1)
        #expect(promoted.primaryPosition == 95)
        #expect(promoted.replayed(2) == nil)
        #expect(promoted.probed(2, Self.standby(99), askedAt: 9, primary: 1) == .none)
        #expect(promoted.replayed(2) == nil, "it still follows the old timeline")
        #expect(
            promoted.probed(2, Self.standby(95, timeline: 2), askedAt: 9, primary: 1) == .standby)
        #expect(promoted.term == 2)

        var restored = settled()
        _ = restored.probed(0, Self.primary(200, timeline: 3), askedAt: 9, primary: 0)
        #expect(restored.term == 2)
        #expect(restored.replayed(1) == nil)
        // And back: terms never repeat.
        _ = restored.probed(0, Self.primary(300, timeline: 1), askedAt: 9, primary: 0)
        #expect(restored.term == 3)
    }

    @Test("a primary that lost its last WAL begins a term")
    func primaryFellBack() {
        var survey = settled()
        _ = survey.probed(0, Self.primary(99), askedAt: 9, primary: 0)
        #expect(survey.term == 2)
        #expect(survey.primaryPosition == 99)
    }

    @Test("a standby that is lost is not known, in a term in which the others are")
    func lost() {
        var survey = settled()
        survey.lost(1)
        #expect(survey.term == 2)
        #expect(survey.replayed(1) == nil)
        #expect(survey.replayed(2) == 90)
        #expect(survey.primaryPosition == 100)
        survey.lost(1)
        survey.lost(0)
        survey.lost(7)
        #expect(survey.term == 2, "nothing of it was known")
        #expect(survey.probed(1, Self.standby(80), askedAt: 9, primary: 0) == .standby)
        #expect(survey.term == 2)
    }

    @Test("within a term no standby goes back")
    func fellBack() {
        var survey = settled()
        #expect(survey.probed(1, Self.standby(80), askedAt: 9, primary: 0) == .standby)
        #expect(survey.term == 2)
        #expect(survey.replayed(1) == 80)
    }

    @Test("a standby that changes its timeline, or is none any more, is lost")
    func strayed() {
        let strays = [Self.standby(99, timeline: 2), Self.standby(99, timeline: 0)]
        for answer in strays + [Self.primary(99, timeline: 2)] {
            var survey = settled()
            #expect(survey.probed(1, answer, askedAt: 9, primary: 0) == .none)
            #expect(survey.replayed(1) == nil)
            #expect(survey.term == 2)
        }
    }

    @Test("a primary in recovery has no position")
    func demoted() {
        var survey = settled()
        #expect(survey.probed(0, Self.standby(500), askedAt: 9, primary: 0) == .none)
        #expect(survey.primaryPosition == 100)
        // Nobody is the primary, but what was written before is where it was.
        #expect(survey.probed(1, Self.standby(500), askedAt: 9, primary: nil) == .standby)
        #expect(survey.replayed(1) == 500)
        #expect(survey.term == 1)
    }

    @Test("other nodes make another term")
    func reconfigured() {
        var survey = PositionSurvey()
        survey.reconfigured()
        #expect(survey.term == 0)
        survey = settled()
        survey.reconfigured()
        #expect(survey.term == 2)
        #expect(survey.replayed(1) == nil)
        #expect(survey.primaryPosition == nil)
    }
}
