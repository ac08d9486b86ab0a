import ClusterModel
import Testing

@Suite("What attaching a node has against it")
struct AttachObstacleTests {
    private static func survey(isStreaming: Bool = true) -> RoleSurvey {
        RoleSurvey(
            nodes: (0..<2).map {
                RoleSurvey.Node(id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false)
            }, isStreaming: isStreaming)
    }

    private static func server(
        isInRecovery: Bool, _ timeline: Int64, of cluster: String? = "A", streams: Int64? = nil,
        status: String? = "streaming"
    ) -> ProbeAnswer {
        var facts = ServerFacts()
        facts.systemIdentifier = cluster
        if let streams {
            var receiver = WalReceiver()
            receiver.status = status
            receiver.timeline = streams
            facts.receiver = receiver
        }
        return .answered(
            isInRecovery: isInRecovery, timeline: timeline, walBytes: 900, facts: facts)
    }

    private static let cases: [(String, ProbeAnswer?, AttachObstacle?)] = [
        ("not asked", nil, .notAsked),
        ("no answer", .unreachable(reason: "no"), .silent(reason: "no")),
        ("it starts", .starting(reason: "up"), .starting(reason: "up")),
        ("it lets nobody ask", .refused(reason: "full"), nil),
        (
            "another cluster's", server(isInRecovery: true, 3, of: "B", streams: 3),
            .ofAnotherCluster
        ),
        ("a second primary", server(isInRecovery: false, 2), .takesWrites(timeline: 2, primary: 0)),
        ("it streams", server(isInRecovery: true, 3, streams: 3), nil),
        ("it streams and has an old control file", server(isInRecovery: true, 2, streams: 3), nil),
        ("left behind", server(isInRecovery: true, 2), .leftBehind(timeline: 2, current: 3)),
        (
            "left behind, and it streams the old one", server(isInRecovery: true, 2, streams: 2),
            .leftBehind(timeline: 2, current: 3)
        ),
        ("it may not tell", server(isInRecovery: true, 2, streams: 2, status: nil), nil),
        ("no receiver", server(isInRecovery: true, 3), .withoutReceiver),
        ("no receiver, old server", server(isInRecovery: true, 0, of: nil), nil),
        ("its receiver waits", server(isInRecovery: true, 3, streams: 3, status: "waiting"), nil),
    ]

    @Test("each answer", arguments: cases.indices)
    func obstacle(_ index: Int) {
        let (name, answer, expected) = Self.cases[index]
        var survey = Self.survey()
        survey.primaryDecided(0)
        survey.probed(0, Self.server(isInRecovery: false, 3))
        survey.decided(1, Membership(isDetached: true))
        if let answer { survey.probed(1, answer) }
        #expect(survey.obstacle(toAttaching: 1) == expected, "\(name)")
        #expect(survey.obstacle(toAttaching: 0) == nil, "the primary itself")
        if let expected {
            #expect(!expected.words.isEmpty && !expected.words.hasSuffix("."))
            let passes = ["left behind", "no receiver"].contains { name.hasPrefix($0) }
            #expect(expected.mayPass == passes, "\(name)")
        }
    }

    @Test("nobody streams from a primary that is gone")
    func withoutPrimary() {
        var survey = Self.survey()
        survey.primaryDecided(0, timeline: 3)
        survey.probed(0, Self.server(isInRecovery: false, 3))
        survey.probed(0, .unreachable(reason: "no"))
        survey.probed(1, Self.server(isInRecovery: true, 3))
        #expect(survey.obstacle(toAttaching: 1) == nil)
        survey.primaryWithheld()
        #expect(survey.obstacle(toAttaching: 1) == nil)
        survey.probed(1, Self.server(isInRecovery: false, 4))
        #expect(survey.obstacle(toAttaching: 1) == nil, "it may be all that is left")
    }

    @Test("in raw mode whoever answers may be attached")
    func raw() {
        var survey = Self.survey(isStreaming: false)
        survey.probed(0, Self.server(isInRecovery: false, 3))
        survey.probed(1, Self.server(isInRecovery: true, 1))
        #expect(survey.obstacle(toAttaching: 1) == nil)
    }
}
