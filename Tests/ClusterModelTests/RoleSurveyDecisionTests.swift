import ClusterModel
import Testing

@Suite("Decisions about nodes")
struct RoleSurveyDecisionTests {
    private static func survey(_ count: Int = 3, alwaysPrimary: Int? = nil) -> RoleSurvey {
        RoleSurvey(
            nodes: (0..<count).map {
                RoleSurvey.Node(
                    id: $0, weight: 1, isUsed: true, isAlwaysPrimary: $0 == alwaysPrimary)
            }, isStreaming: true)
    }

    private static func primary(
        _ timeline: Int64 = 1, at bytes: Int64 = 1000, of cluster: String? = nil
    ) -> ProbeAnswer {
        var facts = ServerFacts()
        facts.systemIdentifier = cluster
        return .answered(isInRecovery: false, timeline: timeline, walBytes: bytes, facts: facts)
    }

    private static func standby(
        _ timeline: Int64 = 1, received: Int64? = nil, streams: Int64? = nil,
        status: String? = "streaming", of cluster: String? = nil, isPaused: Bool = false
    ) -> ProbeAnswer {
        var facts = ServerFacts()
        facts.systemIdentifier = cluster
        facts.receivedBytes = received
        facts.isReplayPaused = isPaused
        if let streams {
            var receiver = WalReceiver()
            receiver.status = status
            receiver.timeline = streams
            facts.receiver = receiver
        }
        return .answered(isInRecovery: true, timeline: timeline, walBytes: 900, facts: facts)
    }

    private static let gone = ProbeAnswer.unreachable(reason: "Connection refused", isRefused: true)
    private static let busy = ProbeAnswer.refused(reason: "too many clients")
    private static let starting = ProbeAnswer.starting(reason: "the database system is starting up")

    private static func settled(of cluster: String? = nil) -> RoleSurvey {
        var survey = survey()
        survey.probed(0, primary(of: cluster))
        survey.probed(1, standby(of: cluster))
        survey.probed(2, standby(of: cluster))
        #expect(survey.recordedPrimary == 0)
        return survey
    }

    private func words(_ survey: RoleSurvey) -> [String] {
        survey.snapshot.nodes.map { "\($0.role.rawValue) \($0.status.rawValue)" }
    }

    // MARK: The recorded primary

    /// What the recorded primary answers beside a node that was promoted, and who is the primary.
    private static let recorded: [(ProbeAnswer, adopts: Bool, Int?)] = [
        (primary(), true, 0), (primary(), false, 0),
        (gone, true, 1), (gone, false, 0),
        (starting, true, 1), (starting, false, 0),
        (standby(), true, 1), (standby(), false, nil),
    ]

    @Test(
        "the recorded primary stays until it is none and a successor shows",
        arguments: recorded.indices)
    func successor(_ index: Int) {
        let (answer, adopts, expected) = Self.recorded[index]
        var survey = Self.settled()
        survey.followsOthers = adopts
        survey.probed(0, answer)
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == expected)
        if expected == 1 {
            #expect(survey.recordedPrimary == 1)
            #expect(survey.primaryTimeline == 2)
            survey.probed(0, Self.primary(1))
            #expect(survey.snapshot.primary == 1, "the old one comes too late")
            #expect(survey.roguePrimaries == [0])
        }
    }

    /// What was decided of a node, what it answers when the primary is on timeline 2, and whether
    /// that is the answer of somebody who was left behind.
    private static let followers: [(Membership, ProbeAnswer, Bool)] = [
        (Membership(), standby(1), true), (Membership(), standby(1, streams: 1), true),
        (Membership(), standby(2), false), (Membership(), standby(1, streams: 2), false),
        (Membership(), standby(0), false), (Membership(), primary(1), false),
        (Membership(), gone, false), (Membership(), starting, false),
        (Membership(exclusion: .failed), standby(1), true),
        (Membership(exclusion: .replaced), standby(1), true),
        (Membership(exclusion: .replaced), primary(1), false),
        (Membership(exclusion: .recovering), standby(1), false),
        (Membership(isDetached: true), standby(1), false),
    ]

    @Test("who waits for a primary of the past was left behind", arguments: followers.indices)
    func leftBehind(_ index: Int) {
        let (membership, answer, expected) = Self.followers[index]
        var survey = Self.settled()
        survey.probed(0, Self.gone)
        survey.primaryDecided(1, timeline: 2)
        survey.probed(1, Self.primary(2))
        survey.decided(0, membership)
        survey.probed(0, answer)
        #expect(survey.isLeftBehind(0) == expected)
        #expect(!survey.isLeftBehind(1) && !survey.isLeftBehind(7))
    }

    @Test("nobody is recorded before all were asked")
    func firstToShow() {
        var survey = Self.survey()
        survey.probed(2, Self.primary(1))
        #expect(survey.recordedPrimary == nil)
        survey.probed(1, Self.primary(2))
        #expect(survey.recordedPrimary == nil)
        survey.probed(0, Self.gone)
        #expect(survey.recordedPrimary == 1)
    }

    @Test("two successors on one timeline: nobody is taken")
    func twoSuccessors() {
        var survey = Self.settled()
        survey.followsOthers = false
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary(2))
        survey.probed(2, Self.primary(2))
        survey.followsOthers = true
        survey.passed(1)
        #expect(survey.snapshot.primary == 0, "as before, down")
        #expect(survey.snapshot.nodes[0].status == .down)
    }

    @Test("while it is withheld nobody is the primary, whoever claims it")
    func withheld() {
        var survey = Self.settled()
        survey.primaryWithheld()
        #expect(survey.snapshot.primary == nil)
        #expect(survey.recordedPrimary == nil)
        survey.probed(0, Self.primary())
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == nil)
        #expect(survey.roguePrimaries == [])
        survey.primaryDecided(1, timeline: 2)
        #expect(survey.snapshot.primary == 1)
        #expect(survey.primaryTimeline == 2)
    }

    @Test("in raw mode nothing is withheld")
    func raw() {
        var survey = RoleSurvey(
            nodes: [RoleSurvey.Node(id: 0, weight: 1, isUsed: true, isAlwaysPrimary: false)],
            isStreaming: false)
        survey.probed(0, Self.primary())
        let before = survey
        survey.primaryWithheld()
        #expect(survey == before)
    }

    @Test("who was decided is the primary before it has answered, and down then")
    func decidedEarly() {
        var survey = Self.survey()
        survey.primaryDecided(2, timeline: 5)
        #expect(survey.recordedPrimary == 2)
        survey.probed(0, Self.primary(4))
        #expect(survey.snapshot.primary == 2)
        survey.probed(2, Self.gone)
        survey.probed(1, Self.standby(5))
        #expect(survey.snapshot.primary == 2)
        #expect(words(survey) == ["unknown down", "standby up", "unknown down"])
        survey.primaryDecided(nil)
        #expect(survey.snapshot.primary == 0, "whom the evidence shows")
    }

    // MARK: Members

    private static let memberships: [(Membership, mayLead: Bool, words: String)] = [
        (Membership(), true, ""),
        (Membership(isDetached: true), false, "detached by an operator"),
        (Membership(exclusion: .failed), true, "health checks failed"),
        (Membership(exclusion: .replaced), false, "replaced as the primary"),
        (Membership(exclusion: .rogue), false, "takes writes beside the primary"),
        (Membership(exclusion: .behind), true, "does not follow the primary"),
        (Membership(isDetached: true, exclusion: .failed), false, "detached by an operator"),
    ]

    @Test(
        "who is out is down whatever it answers, and may or may not lead",
        arguments: memberships.indices)
    func membership(_ index: Int) {
        let (membership, mayLead, text) = Self.memberships[index]
        var survey = Self.settled()
        survey.decided(1, membership)
        #expect(survey.membership(1) == membership)
        #expect(survey.mayLead(1) == mayLead)
        for answer in [Self.standby(), Self.primary(2), Self.busy, Self.starting, Self.gone] {
            survey.probed(1, answer)
            guard !membership.isMember else { continue }
            #expect(survey.snapshot.nodes[1].status == .down)
            #expect(survey.snapshot.nodes[1].reason == text)
            #expect(survey.snapshot.nodes[1].isGone == (membership.exclusion != nil))
        }
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == (mayLead ? 1 : 0))
        survey.decided(1, Membership())
        #expect(survey.membership(1).isMember)
    }

    @Test("who was given up and is the primary by others' decision is a member again")
    func promotedWhileOut() {
        var survey = Self.settled()
        survey.decided(1, Membership(exclusion: .failed))
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary(2))
        #expect(survey.recordedPrimary == 1)
        #expect(survey.membership(1).isMember)
        #expect(words(survey)[1] == "primary up")
        var other = Self.survey(2)
        other.decided(0, Membership(exclusion: .failed))
        other.probed(0, Self.primary(5))
        other.probed(1, Self.primary(2))
        #expect(other.recordedPrimary == 1, "a member first, whatever its timeline")
        #expect(!other.membership(0).isMember)
    }

    @Test("decisions raise the epoch, and are kept when nodes are configured anew")
    func decisions() {
        var survey = Self.settled()
        let epoch = survey.snapshot.epoch
        survey.decided(2, Membership(exclusion: .failed, since: 5))
        #expect(survey.snapshot.epoch == epoch + 1)
        survey.decided(2, Membership(exclusion: .failed, since: 6))
        #expect(survey.snapshot.epoch == epoch + 1)
        survey.reconfigured(
            (0..<3).map {
                RoleSurvey.Node(id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false)
            })
        #expect(survey.snapshot.nodes[2].status == .down)
        survey.replaced(2)
        #expect(survey.membership(2).isMember)
        #expect(words(survey)[2].hasSuffix(" waiting"), "another server, not asked yet")
    }

    @Test("a primary that is configured away is none any more")
    func replacedPrimary() {
        var survey = Self.settled(of: "A")
        survey.replaced(0)
        #expect(survey.recordedPrimary == nil)
        survey.probed(0, Self.primary(of: "A"))
        #expect(survey.recordedPrimary == 0)
    }

    // MARK: Standbys that do not follow

    /// A standby's answer while the primary is on timeline 3, and whether it serves.
    private static let following: [(String, ProbeAnswer, Bool)] = [
        ("on its timeline", standby(3), true),
        ("past it", standby(4), true),
        ("it does not tell", standby(0), true),
        ("left behind", standby(2), false),
        ("left behind, streaming the old one", standby(2, streams: 2), false),
        ("streaming the new one", standby(2, streams: 3), true),
        ("not streaming", standby(2, streams: 3, status: "waiting"), false),
        ("it may not tell", standby(2, streams: 2, status: nil), true),
    ]

    @Test("a standby that was left behind serves nobody", arguments: following.indices)
    func follows(_ index: Int) {
        let (name, answer, serves) = Self.following[index]
        var survey = Self.survey()
        survey.probed(0, Self.primary(3))
        survey.probed(1, answer)
        survey.probed(2, Self.gone)
        #expect(survey.snapshot.nodes[1].status == (serves ? .up : .waiting), "\(name)")
    }

    /// What happens after a standby with an old control file was seen to stream on timeline 3:
    /// who is asked when, what he answers, and whether the standby serves then.
    private static let afterwards: [(String, [(Int, ProbeAnswer, UInt64)], Bool)] = [
        ("the primary is gone", [(0, gone, 20), (1, standby(2), 30)], true),
        ("it notices first", [(1, standby(2), 20), (0, gone, 30), (1, standby(2), 40)], true),
        ("nobody has asked the primary since", [(1, standby(2), 20)], true),
        ("the primary starts", [(0, starting, 20), (1, standby(2), 30)], true),
        ("the primary is there", [(1, standby(2), 20), (0, primary(3), 30)], false),
        (
            "the primary is there, and busy",
            [(1, standby(2), 20), (0, primary(3), 30), (0, busy, 40)],
            false
        ),
        (
            "it streams again",
            [(1, standby(2), 20), (0, primary(3), 30), (1, standby(2, streams: 3), 40)], true
        ),
        (
            "it streams the old timeline",
            [(1, standby(2, streams: 2), 20), (0, primary(3), 30)], false
        ),
        (
            "another one takes over",
            [(0, gone, 20), (1, standby(2), 30), (2, primary(4), 40)], false
        ),
        (
            "it follows the next one",
            [
                (0, gone, 20), (1, standby(2), 30), (2, primary(4), 40),
                (1, standby(2, streams: 4), 50), (2, gone, 60), (1, standby(2), 70),
            ], true
        ),
    ]

    @Test(
        "a standby that followed until the primary was gone goes on serving",
        arguments: afterwards.indices, [false, true])
    func followedUntilLoss(_ index: Int, isWithheld: Bool) {
        let (name, answers, serves) = Self.afterwards[index]
        var survey = Self.survey()
        survey.primaryDecided(0)
        survey.probed(0, Self.primary(3), askedAt: 10)
        survey.probed(1, Self.standby(2, streams: 3), askedAt: 10)
        survey.probed(2, Self.gone)
        for (node, answer, askedAt) in answers {
            survey.probed(node, answer, askedAt: askedAt, now: askedAt)
        }
        #expect(survey.snapshot.nodes[1].status == (serves ? .up : .waiting), "\(name)")
        guard isWithheld, serves else { return }
        survey.primaryWithheld()
        #expect(survey.snapshot.nodes[1].status == .up, "\(name), nobody is the primary")
    }

    @Test("who was left behind serves nobody while the primary is being replaced, either")
    func leftBehindWhileWithheld() {
        var survey = Self.survey()
        survey.probed(0, Self.primary(3))
        survey.probed(1, Self.standby(2))
        survey.probed(2, Self.standby(3))
        survey.probed(0, Self.gone)
        survey.primaryWithheld()
        #expect(words(survey) == ["unknown down", "standby waiting", "standby up"])
        survey.primaryWithheld()
        #expect(words(survey)[1] == "standby waiting")
    }

    @Test("a standby that was seen to follow is a candidate of that timeline after it lost it")
    func memory() {
        var survey = Self.survey()
        survey.primaryDecided(0)
        survey.probed(0, Self.primary(3, at: 5000))
        survey.probed(1, Self.standby(2, received: 4000, streams: 3))
        survey.probed(2, Self.standby(2, received: 4500))
        #expect(survey.primaryBytes == 5000)
        survey.probed(0, Self.gone)
        survey.primaryWithheld()
        survey.probed(1, Self.standby(2, received: 4800))
        survey.probed(2, Self.standby(2, received: 4800))
        #expect(survey.primaryBytes == 5000)
        #expect(survey.candidate(0) == nil)
        #expect(survey.candidate(1) == Candidate(id: 1, receivedBytes: 4800, timeline: 3))
        #expect(survey.candidate(2) == Candidate(id: 2, receivedBytes: 4800, timeline: 2))
        #expect(survey.knownTimeline(1) == 3)
    }

    @Test("what an earlier run knew counts until a node says otherwise")
    func remembered() {
        var survey = Self.survey()
        survey.primaryDecided(0, timeline: 3)
        survey.remembered(0, systemIdentifier: "A", timeline: 3)
        survey.remembered(1, systemIdentifier: "A", timeline: 3)
        survey.remembered(2, systemIdentifier: "A", timeline: 3)
        survey.probed(1, Self.standby(2, of: "A"))
        #expect(survey.candidate(1)?.timeline == 3)
        survey.probed(2, Self.standby(2, of: "B"))
        #expect(survey.candidate(2) == nil)
        #expect(survey.knownTimeline(2) == 2)
        #expect(survey.systemIdentifier(2) == "B")
    }

    @Test("candidates", arguments: memberships.indices)
    func candidates(_ index: Int) {
        let (membership, mayLead, _) = Self.memberships[index]
        var survey = Self.settled()
        survey.decided(1, membership)
        survey.probed(1, Self.standby(received: 700, isPaused: true))
        let expected = Candidate(
            id: 1, receivedBytes: 900, timeline: 1, isReplayPaused: true,
            isOut: !membership.isMember)
        #expect(survey.candidate(1) == (mayLead ? expected : nil), "replayed is received")
        for answer in [Self.primary(), Self.busy, Self.starting, Self.gone] {
            survey.probed(1, answer)
            #expect(survey.candidate(1) == nil)
        }
    }

    // MARK: Other clusters

    @Test("a server of another cluster serves nobody and leads nobody")
    func foreign() {
        var survey = Self.settled(of: "A")
        survey.probed(1, Self.standby(of: "B"))
        #expect(survey.isForeign(1))
        #expect(survey.snapshot.nodes[1].status == .down)
        #expect(survey.snapshot.nodes[1].reason == "belongs to another cluster")
        #expect(survey.candidate(1) == nil)
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary(9, of: "B"))
        #expect(survey.snapshot.primary == 0, "not adopted")
        survey.probed(2, Self.primary(2, of: "A"))
        #expect(survey.snapshot.primary == 2)
        survey.probed(1, Self.standby(2, of: "A"))
        #expect(!survey.isForeign(1))
        #expect(survey.snapshot.nodes[1].status == .up)
    }

    @Test("a primary that is another cluster's now is none, as long as its own has others")
    func foreignPrimary() {
        var survey = Self.settled(of: "A")
        survey.probed(0, Self.primary(1, of: "B"))
        #expect(survey.snapshot.primary == nil)
        #expect(survey.isForeign(0))
        #expect(survey.snapshot.nodes[0].status == .down)
        survey.probed(1, Self.standby(of: "B"))
        survey.probed(0, Self.primary(1, of: "B"))
        #expect(survey.snapshot.primary == nil, "node 2 is of the old cluster")
        survey.probed(2, Self.standby(of: "B"))
        survey.probed(0, Self.primary(1, of: "B"))
        #expect(survey.snapshot.primary == 0, "the whole cluster was made anew")
        #expect(!survey.isForeign(1))
    }

    @Test("who tells no system identifier is believed")
    func unknownCluster() {
        var survey = Self.settled(of: "A")
        survey.probed(0, Self.gone)
        survey.probed(1, Self.primary(2))
        #expect(survey.snapshot.primary == 1)
        var other = Self.settled()
        other.probed(1, Self.standby(of: "B"))
        #expect(!other.isForeign(1))
    }

    @Test("of several primaries the one whose cluster the standbys belong to")
    func majority() {
        var survey = Self.survey(4)
        survey.probed(0, Self.primary(9, of: "B"))
        survey.probed(1, Self.standby(of: "A"))
        survey.probed(2, Self.standby(of: "A"))
        survey.probed(3, Self.primary(1, of: "A"))
        #expect(survey.snapshot.primary == 3)
        #expect(survey.recordedPrimary == 3)
        #expect(survey.isForeign(0))
    }

    @Test("ALWAYS_PRIMARY needs no timeline and no identifier")
    func alwaysPrimary() {
        var survey = Self.survey(2, alwaysPrimary: 1)
        survey.probed(0, Self.standby(of: "A"))
        survey.probed(1, Self.standby(of: "B"))
        #expect(survey.snapshot.primary == 1)
        #expect(survey.snapshot.nodes[1].status == .up)
    }
}
