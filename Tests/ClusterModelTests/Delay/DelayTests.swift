import ClusterModel
import Testing

@Suite("Delay of standbys")
struct DelayTests {
    private static let second: UInt64 = 1_000_000_000

    /// A primary 0 and standbys `node1` and `node2`.
    private func survey(_ limit: DelayLimit, ageMax: UInt64 = .max) -> RoleSurvey {
        RoleSurvey(
            nodes: (0..<3).map {
                RoleSurvey.Node(
                    id: $0, weight: 1, isUsed: true, isAlwaysPrimary: false,
                    applicationName: "node\($0)")
            }, isStreaming: true, rules: RoleSurvey.DelayRules(limit: limit, ageMax: ageMax))
    }

    private func primary(at bytes: Int64, timeline: Int64 = 1) -> ProbeAnswer {
        .answered(isInRecovery: false, timeline: timeline, walBytes: bytes)
    }

    private func standby(at bytes: Int64, timeline: Int64 = 1) -> ProbeAnswer {
        .answered(isInRecovery: true, timeline: timeline, walBytes: bytes)
    }

    /// A row of a standby that streams.
    private func row(
        _ name: String = "node1", flushed: Int64 = 1000, replayed: Int64?, lag: Int64? = nil,
        state: String? = "streaming"
    ) -> StandbyReport {
        StandbyReport(
            applicationName: name, state: state, syncState: "async", flushed: flushed,
            replayed: replayed, replayLag: lag)
    }

    /// All three nodes answered at `time`, with these positions.
    private func check(
        _ survey: inout RoleSurvey, at time: UInt64, primary: Int64, _ one: Int64, _ two: Int64,
        _ rows: [StandbyReport] = []
    ) {
        survey.probed(0, self.primary(at: primary), standbys: rows, askedAt: time, now: time)
        survey.probed(1, standby(at: one), askedAt: time, now: time)
        survey.probed(2, standby(at: two), askedAt: time, now: time)
    }

    private func delayed(_ survey: RoleSurvey) -> [Int] {
        survey.snapshot.nodes.filter(\.isDelayed).map(\.id)
    }

    // MARK: Bytes

    @Test("a standby above the limit is delayed, until it is below it again")
    func bytes() {
        var survey = survey(.bytes(100))
        check(&survey, at: 1, primary: 1000, 900, 899)
        #expect(delayed(survey) == [2])
        #expect(survey.snapshot.nodes.map(\.delay) == [nil, 100, 101])
        #expect(!survey.snapshot.nodes[0].isDelayed, "the primary has no delay")
        check(&survey, at: 2, primary: 2000, 1500, 1950)
        #expect(delayed(survey) == [1])
    }

    @Test("without a limit nobody is delayed")
    func noLimit() {
        var survey = survey(.none)
        check(&survey, at: 1, primary: .max, 0, 1)
        #expect(delayed(survey) == [])
        #expect(survey.snapshot.nodes[1].delay == .max)
    }

    @Test("what is not known yet counts as delayed while there is a limit")
    func unknown() {
        var survey = survey(.bytes(100))
        survey.probed(1, standby(at: 1000))
        #expect(delayed(survey) == [1], "no primary to compare with")
        survey.probed(0, primary(at: 1000))
        #expect(delayed(survey) == [])
        survey.probed(2, .refused(reason: "busy"))
        #expect(delayed(survey) == [], "a node that gets no work needs no verdict")
        survey.probed(1, .refused(reason: "busy"))
        #expect(survey.snapshot.nodes[1].isUsable)
        #expect(delayed(survey) == [1], "it is up, but does not tell")
        survey.probed(1, standby(at: 1000))
        #expect(delayed(survey) == [])
        survey.probed(0, .refused(reason: "busy"))
        #expect(delayed(survey) == [1], "nobody knows what the primary has")
    }

    @Test("two positions make a delay only if they are of one moment")
    func pairs() {
        var survey = survey(.bytes(100))
        check(&survey, at: Self.second, primary: 1000, 1000, 1000)
        #expect(survey.snapshot.nodes.map(\.lagBytes) == [nil, 0, 0])
        // A second later the standby stands still, and the primary has not answered yet.
        survey.probed(1, standby(at: 1000), askedAt: 2 * Self.second)
        #expect(survey.snapshot.nodes[1].lagBytes == 0, "the last word stands")
        survey.probed(0, primary(at: 9000), askedAt: 2 * Self.second + 50_000_000)
        #expect(survey.snapshot.nodes[1].lagBytes == 8000)
        #expect(survey.snapshot.nodes[2].lagBytes == 0, "not asked again, so not compared")
        #expect(delayed(survey) == [1])
    }

    @Test("a delay that nobody measured again becomes unknown")
    func age() {
        var survey = survey(.bytes(100), ageMax: 3 * Self.second)
        check(&survey, at: Self.second, primary: 1000, 1000, 1000)
        #expect(survey.nextExpiry == 4 * Self.second + 1)
        survey.passed(4 * Self.second)
        #expect(delayed(survey) == [])
        // One standby goes on answering, the other one is silent.
        survey.probed(0, primary(at: 1000), askedAt: 4 * Self.second, now: 4 * Self.second)
        survey.probed(1, standby(at: 1000), askedAt: 4 * Self.second, now: 4 * Self.second)
        survey.passed(4 * Self.second + 1)
        #expect(delayed(survey) == [2])
        #expect(survey.snapshot.nodes[2].lagBytes == nil)
        survey.passed(100 * Self.second)
        #expect(delayed(survey) == [1, 2])
        #expect(survey.nextExpiry == nil)
    }

    @Test("without a primary reads go on where the last known delay was within the limit")
    func noPrimary() {
        var survey = survey(.bytes(100))
        check(&survey, at: Self.second, primary: 1000, 950, 500)
        #expect(delayed(survey) == [2])
        survey.probed(0, .unreachable(reason: ""), askedAt: 2 * Self.second, now: 2 * Self.second)
        #expect(delayed(survey) == [2], "as it was when it was last known")
        survey.probed(1, standby(at: 960), askedAt: 20 * Self.second, now: 20 * Self.second)
        survey.passed(60 * Self.second)
        #expect(delayed(survey) == [2])
        #expect(survey.snapshot.nodes[1].delay == nil)
        survey.probed(0, .refused(reason: ""), now: 61 * Self.second)
        #expect(delayed(survey) == [1, 2], "it is there, and nobody knows what it writes")
        survey.probed(0, .unreachable(reason: ""), now: 62 * Self.second)
        survey.probed(2, primary(at: 900, timeline: 2), now: 63 * Self.second)
        #expect(survey.snapshot.primary == 2)
        survey.probed(
            1, standby(at: 900, timeline: 2), askedAt: 80 * Self.second, now: 80 * Self.second)
        #expect(delayed(survey) == [1], "what was known under another primary is over")
    }

    @Test("a standby on another timeline than the primary's has no delay that is known")
    func timelines() {
        var survey = survey(.bytes(100))
        check(&survey, at: 1, primary: 1000, 1000, 1000)
        survey.probed(0, .unreachable(reason: "gone"))
        survey.probed(1, primary(at: 1000, timeline: 2), askedAt: 1)
        #expect(survey.snapshot.primary == 1)
        #expect(survey.snapshot.nodes[2].lagBytes == nil, "what it said before counts no more")
        #expect(!survey.snapshot.nodes[2].isUsable)
        survey.probed(2, standby(at: 5000, timeline: 1), askedAt: 1)
        #expect(survey.snapshot.nodes[2].lagBytes == nil, "further on, but elsewhere")
        #expect(!survey.snapshot.nodes[2].isUsable)
        survey.probed(2, standby(at: 1000, timeline: 2), askedAt: 1)
        #expect(delayed(survey) == [])
        survey.probed(2, standby(at: 1000, timeline: 0), askedAt: 1)
        #expect(delayed(survey) == [], "a server that does not name its timeline is believed")
    }

    // MARK: Time

    /// One check, one second after a first one in which all were level.
    private func afterSecondCheck(_ rows: [StandbyReport]) -> RoleSurvey {
        var survey = survey(.microseconds(500_000))
        check(&survey, at: Self.second, primary: 500, 500, 500, [row(flushed: 500, replayed: 500)])
        check(&survey, at: 2 * Self.second, primary: 1000, 1000, 1000, rows)
        return survey
    }

    @Test("replay_lag is the delay")
    func replayLag() {
        let survey = afterSecondCheck([
            row(replayed: 900, lag: 400_000), row("node2", replayed: 900, lag: 500_001),
        ])
        #expect(survey.snapshot.nodes.map(\.lagTime) == [nil, 400_000, 500_001])
        #expect(survey.snapshot.nodes[1].delay == 400_000)
        #expect(delayed(survey) == [2])
        #expect(survey.snapshot.nodes[1].replicationState == "streaming")
        #expect(survey.snapshot.nodes[1].replicationSyncState == "async")
    }

    @Test("a standby that has everything has no delay, whatever was measured last")
    func caughtUp() {
        for lag in [nil, 9_000_000] as [Int64?] {
            let survey = afterSecondCheck([row(replayed: 1000, lag: lag)])
            #expect(survey.snapshot.nodes[1].lagTime == 0)
        }
    }

    @Test("a standby that is not listed, does not stream or does not tell is unknown")
    func unknownTime() {
        let rows: [[StandbyReport]] = [
            [], [row("other", replayed: 1000)], [row(replayed: 1000, state: "catchup")],
            [row(replayed: nil, state: nil)], [row(replayed: nil)],
        ]
        for rows in rows {
            let survey = afterSecondCheck(rows)
            #expect(survey.snapshot.nodes[1].lagTime == nil, "\(rows)")
            #expect(delayed(survey) == [1, 2], "\(rows)")
        }
        let catchup = afterSecondCheck([row(replayed: 1000, state: "catchup")])
        #expect(catchup.snapshot.nodes[1].replicationState == "catchup")
    }

    @Test("without replay_lag, what was flushed some time ago and is missing tells")
    func history() {
        var survey = afterSecondCheck([row(replayed: 400)])
        #expect(survey.snapshot.nodes[1].lagTime == 1_000_000)
        survey = afterSecondCheck([row(replayed: 600)])
        #expect(survey.snapshot.nodes[1].lagTime == 0, "missing only what came since")
        // The lag that a stuck standby last had is not the lag that it has.
        survey = afterSecondCheck([row(replayed: 400, lag: 10)])
        #expect(survey.snapshot.nodes[1].lagTime == 1_000_000)
    }

    @Test("at first there is no history to tell from")
    func firstReport() {
        var survey = survey(.microseconds(1))
        check(&survey, at: 1, primary: 1000, 1000, 1000, [row(replayed: 999)])
        #expect(survey.snapshot.nodes[1].lagTime == nil)
        check(&survey, at: 1, primary: 1000, 1000, 1000, [row(replayed: 1000)])
        #expect(survey.snapshot.nodes[1].lagTime == 0)
    }

    @Test("of several rows with one name the worst that streams counts")
    func sameName() {
        let survey = afterSecondCheck([
            row(replayed: 900, lag: 7), row(replayed: 900, lag: 9), row(replayed: 900, lag: 8),
            row(replayed: 0, lag: 99, state: "catchup"),
        ])
        #expect(survey.snapshot.nodes[1].lagTime == 9)
        let unclear = afterSecondCheck([row(replayed: 900, lag: 7), row(replayed: nil)])
        #expect(unclear.snapshot.nodes[1].lagTime == nil)
    }

    @Test("an answer without rows leaves the last rows, a new primary does not")
    func keptRows() {
        var survey = afterSecondCheck([row(replayed: 900, lag: 7), row("node2", replayed: 1000)])
        survey.probed(0, primary(at: 1100), askedAt: 2 * Self.second)
        #expect(survey.snapshot.nodes.map(\.lagTime) == [nil, 7, 0])
        survey.probed(0, .unreachable(reason: "gone"))
        survey.probed(1, primary(at: 1100, timeline: 2), askedAt: 2 * Self.second)
        #expect(survey.snapshot.nodes.map(\.lagTime) == [nil, nil, nil])
        #expect(survey.snapshot.nodes[2].replicationState == nil)
    }

    // MARK: News

    @Test("delays are no change of work; a verdict is one for reads, a number is none")
    func news() {
        var survey = survey(.bytes(100))
        check(&survey, at: 1, primary: 1000, 1000, 1000)
        let level = survey.snapshot
        check(&survey, at: 2, primary: 1000, 950, 1000)
        #expect(survey.snapshot != level)
        #expect(survey.snapshot.isSameForReads(as: level, isRanked: true), "nobody is delayed")
        check(&survey, at: 3, primary: 2000, 1000, 2000)
        #expect(!survey.snapshot.isSameForReads(as: level, isRanked: false))
        #expect(survey.snapshot.epoch == level.epoch)
        let one = survey.snapshot
        check(&survey, at: 4, primary: 4000, 1000, 4000)
        #expect(survey.snapshot.isSameForReads(as: one, isRanked: true))
        survey.reconfigured((0..<3).map { node($0) }, rules: .init(limit: .bytes(10_000)))
        #expect(delayed(survey) == [])
    }

    @Test("the order of the others matters while one is delayed and order is asked for")
    func ranking() {
        var survey = RoleSurvey(
            nodes: (0..<4).map { node($0) }, isStreaming: true,
            rules: .init(limit: .bytes(100)))
        func positions(_ bytes: [Int64]) -> ClusterSnapshot {
            survey.probed(0, primary(at: 1000))
            for (id, bytes) in bytes.enumerated() { survey.probed(id + 1, standby(at: bytes)) }
            return survey.snapshot
        }
        let first = positions([0, 910, 920])
        let second = positions([10, 930, 920])
        #expect(second.isSameForReads(as: first, isRanked: false))
        #expect(!second.isSameForReads(as: first, isRanked: true))
    }

    private func node(_ id: Int) -> RoleSurvey.Node {
        RoleSurvey.Node(
            id: id, weight: 1, isUsed: true, isAlwaysPrimary: false, applicationName: "node\(id)")
    }
}
