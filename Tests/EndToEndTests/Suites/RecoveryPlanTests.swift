import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// What `recovery_plan` and `recovery_copy_from` change.
    @Suite("recovery plans")
    struct RecoveryPlanTests {
        @Test("a copy is made of a standby, and the node streams from the primary")
        func copyOfStandby() throws {
            let lines = ["recovery_copy_from = 'standby'", "recovery_max_rate = '8MB'"]
            try RecoveryScene.play(standbys: 2, lines, weights: [1, 0, 0]) { scene in
                let nodes = scene.cluster.nodes
                let load = try scene.load(seconds: 20)
                try scene.wipe(2)
                let check = try scene.recover(2, "--check")
                #expect(check.output.contains("ok    copy from: node 1"), "\(check.summary)")
                try scene.recoverInBackground(2)
                let question = "select count(*) from pg_stat_replication where state = 'backup'"
                #expect(scene.wait { try nodes[1].value(question) == "1" })
                #expect(try nodes[0].value(question) == "0")
                let slot = "select active from pg_replication_slots where slot_name = 'pgpool_n2'"
                #expect(try nodes[0].value(slot) == "f")
                scene.waitUntil(2, is: "up")
                scene.expectGood(load)
                try scene.expectSame(2, as: 0)
                #expect(try nodes[0].value(slot) == "t")
                let shown = try Clients(scene.proxy, scene.cluster).psql("show pool_recovery")
                #expect(shown.contains("|done|ATTACHED|basebackup|1|"), "\(shown)")
                // Nobody is left who could be copied.
                try scene.stop(1)
                try scene.wipe(2)
                let refused = try scene.recover(2)
                #expect(refused.errors.contains("no standby is in service"), "\(refused.summary)")
            }
        }

        @Test("start_only starts the server as it is, and verifies it")
        func startOnly() throws {
            try RecoveryScene.play(["recovery_plan = 'start_only'"], weights: [1, 0]) { scene in
                let load = try scene.load(seconds: 8)
                try scene.stop(1)
                let result = try scene.expectRecovered(1, under: load)
                #expect(result.output.contains("node 1: done (start)"), "\(result.output)")
                #expect(
                    try scene.cluster.primary.value(
                        "select count(*) from pg_replication_slots where slot_name = 'pgpool_n1'")
                        == "0")
                try scene.wipe(1)
                let refused = try scene.recover(1)
                #expect(
                    refused.errors.contains("there is nothing that could be started"),
                    "\(refused.summary)")
            }
        }
    }
}
