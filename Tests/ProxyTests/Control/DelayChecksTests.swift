import ClusterModel
import Reactor
import Routing
import Settings
import Testing

@testable import Proxy

@Suite("Delay checks of the control thread", .serialized)
struct DelayChecksTests {
    private func withScene(
        _ positions: [Int64], _ configure: (inout Settings) -> Void,
        body: (ControlScene) throws -> Void
    ) throws {
        let scene = try ControlScene(positions: positions, configure)
        defer { scene.end() }
        try body(scene)
    }

    @Test("with a limit the nodes are asked every second, whatever sr_check_period says")
    func everySecond() throws {
        try withScene([1000, 1000]) {
            $0.delayThreshold = 100
            $0.srCheckPeriod = .seconds(3600)
        } body: { scene in
            #expect(scene.topology.nodes.map(\.isDelayed) == [false, false])
            scene.nodes[0].change { $0.position = 2000 }
            #expect(scene.eventually { scene.topology.nodes[1].isDelayed })
            #expect(scene.topology.nodes[1].delay == 1000)
            #expect(!scene.topology.mayRead(from: 1))
            scene.nodes[1].change { $0.position = 1950 }
            #expect(scene.eventually { scene.topology.mayRead(from: 1) })
        }
    }

    @Test("the primary's pg_stat_replication tells the delay in time")
    func time() throws {
        let row: [String?] = ["node1", "streaming", "sync", "1000", "900", "750000"]
        try withScene([1000, 1000]) {
            $0.delayThresholdByTime = .milliseconds(500)
        } body: { scene in
            #expect(scene.topology.nodes[1].isDelayed, "not listed is unknown")
            scene.nodes[0].change { $0.standbys = [row] }
            #expect(scene.eventually { scene.snapshot.nodes[1].lagTime == 750_000 })
            #expect(scene.snapshot.nodes[1].replicationSyncState == "sync")
            #expect(scene.topology.nodes[1].isDelayed)
            scene.nodes[0].change { $0.standbys = [["node1", "streaming", nil, "1", "1", nil]] }
            #expect(scene.eventually { scene.topology.mayRead(from: 1) })
        }
    }

    @Test("a primary that shows nobody its standbys still is the primary")
    func forbiddenStandbys() throws {
        try withScene([1000, 1000]) {
            $0.delayThreshold = 100
        } body: { scene in
            scene.nodes[0].change { $0.refusals = [("pg_stat_replication", "42501")] }
            let before = scene.nodes[0].questions.count
            #expect(scene.eventually { scene.nodes[0].questions.count > before + 1 })
            #expect(scene.snapshot.primary == 0)
        }
    }

    @Test("a standby that falls silent is delayed before it is down")
    func silence() throws {
        try withScene([1000, 1000]) {
            $0.delayThreshold = 100
        } body: { scene in
            scene.nodes[1].change { $0.isSilent = true }
            #expect(scene.eventually { scene.topology.nodes[1].isDelayed })
            #expect(scene.topology.nodes[1].isUsable)
        }
    }
}
