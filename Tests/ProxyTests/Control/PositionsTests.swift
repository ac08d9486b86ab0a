import ClusterModel
import Reactor
import Routing
import Testing

@testable import Proxy

@Suite("Positions from the control thread", .serialized)
struct PositionsTests {
    private func withScene(
        _ positions: [Int64] = [1000, 900, 800], _ body: (ControlScene) throws -> Void
    ) throws {
        let scene = try ControlScene(positions: positions)
        defer { scene.end() }
        try body(scene)
    }

    @Test("who asks is told where the nodes are now, and nobody else is")
    func asked() throws {
        try withScene { scene in
            let askedAt = scene.want()
            let first = try #require(scene.positions { $0.position(of: 2) != nil })
            #expect(first.sampledAt >= askedAt)
            #expect(first.primary == 0)
            #expect(first.primaryPosition == 1000)
            #expect(first.position(of: 0) == nil)
            #expect(first.position(of: 1) == 900)
            #expect(first.position(of: 2) == 800)
            scene.nodes[0].change { $0.position = 2000 }
            scene.nodes[1].change { $0.position = 2000 }
            scene.want()
            let second = try #require(
                scene.positions { $0.primaryPosition == 2000 && $0.position(of: 1) == 2000 })
            #expect(second.term == first.term)
            #expect(second.sampledAt > first.sampledAt)
            #expect(second.hasReplayed(1, ReadBound(term: first.term, position: 2000)))
            #expect(!second.hasReplayed(2, ReadBound(term: first.term, position: 2000)))
            #expect(scene.positions(of: 1, within: .milliseconds(20)) == nil)
        }
    }

    @Test("nobody is asked while nobody wants to know, and not too often while somebody does")
    func pace() throws {
        try withScene { scene in
            let before = scene.nodes[0].questions.count
            #expect(scene.positions(within: .milliseconds(50)) == nil)
            #expect(scene.nodes[0].questions.count == before)
            let start = MonotonicClock.now()
            for _ in 0..<20 {
                for worker in 0...1 { scene.want(by: worker) }
                let askedAt = scene.want()
                let known = scene.positions { $0.sampledAt >= askedAt }
                try #require(known != nil)
            }
            let rounds = (MonotonicClock.now() - start) / 2_000_000
            #expect(scene.nodes[0].questions.count - before <= Int(rounds) + 1)
            #expect(scene.nodes[0].questions.last == "EXECUTE trunkline_survey")
        }
    }

    @Test("a silent standby holds nobody up; what it said before still holds")
    func silentStandby() throws {
        try withScene { scene in
            scene.nodes[1].change { $0.isSilent = true }
            scene.nodes[0].change { $0.position = 1500 }
            for _ in 0..<5 {
                let askedAt = scene.want()
                let known = try #require(scene.positions { $0.sampledAt >= askedAt })
                #expect(known.primaryPosition == 1500)
                #expect(known.position(of: 1) == 900)
            }
            scene.nodes[1].change {
                $0.position = 1500
                $0.isSilent = false
            }
            scene.want()
            let caughtUp = scene.positions { $0.position(of: 1) == 1500 }
            #expect(caughtUp != nil)
        }
    }

    @Test("a silent primary answers nobody until it speaks again")
    func silentPrimary() throws {
        try withScene { scene in
            scene.nodes[0].change { $0.isSilent = true }
            let askedAt = scene.want()
            #expect(scene.positions(within: .milliseconds(50)) == nil)
            scene.nodes[0].change {
                $0.position = 3000
                $0.isSilent = false
            }
            let known = try #require(scene.positions())
            #expect(known.sampledAt >= askedAt)
            #expect(known.primaryPosition == 3000)
        }
    }

    @Test("a standby that is lost is unknown to all at once, in a new term")
    func lostStandby() throws {
        try withScene { scene in
            scene.want()
            let known = try #require(scene.positions { $0.position(of: 1) == 900 })
            scene.nodes[1].change {
                $0.endsConnections = true
                $0.isSilent = true
            }
            for worker in 0...1 {
                let lost = try #require(scene.positions(of: worker) { $0.term > known.term })
                #expect(lost.position(of: 1) == nil)
                #expect(lost.position(of: 2) == 800)
                #expect(lost.primaryPosition == 1000)
            }
            scene.nodes[1].change { $0.isSilent = false }
            let isBack = scene.eventually {
                scene.want()
                return scene.positions(within: .milliseconds(20))?.position(of: 1) == 900
            }
            #expect(isBack)
        }
    }

    @Test("a standby on another timeline does not count")
    func otherTimeline() throws {
        try withScene { scene in
            scene.nodes[1].change { $0.timeline = 2 }
            scene.want()
            let known = scene.positions { $0.position(of: 1) == nil && $0.position(of: 2) == 800 }
            #expect(known != nil)
        }
    }

    @Test("after a promotion positions are of the new primary, in a new term")
    func promotion() throws {
        try withScene { scene in
            scene.want()
            let old = try #require(scene.positions { $0.position(of: 2) == 800 })
            scene.nodes[1].change {
                $0.isInRecovery = false
                $0.timeline = 2
                $0.position = 950
            }
            scene.nodes[2].change { $0.timeline = 2 }
            // As long as the old one took writes it would stay the primary.
            scene.nodes[0].change {
                $0.isInRecovery = true
                $0.timeline = 2
            }
            scene.want()
            let new = try #require(scene.positions { $0.primary == 1 })
            #expect(new.term > old.term)
            #expect(new.primaryPosition == 950)
            #expect(!new.hasReplayed(2, ReadBound(term: old.term, position: 1)))
        }
    }

    @Test("a server that does not permit the whole question is asked the simple one")
    func basicWording() throws {
        let refusals = [("PREPARE", "42501"), ("pg_control", "42501"), ("EXECUTE", "26000")]
        for refusal in refusals {
            try withScene { scene in
                scene.nodes[1].change {
                    $0.refusals = [refusal]
                    $0.endsConnections = true
                }
                let isAsked = scene.eventually {
                    scene.want()
                    let last = scene.nodes[1].questions.last ?? ""
                    return last.hasPrefix("SELECT") && !last.contains("pg_control")
                }
                #expect(isAsked, "\(refusal)")
                #expect(scene.snapshot.nodes[1].role == .standby)
            }
        }
    }
}
