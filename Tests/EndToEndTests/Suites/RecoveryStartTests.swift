import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// Servers that do not become at once the standbys that they are to be.
    @Suite("recovery of servers that start badly")
    struct RecoveryStartTests {
        @Test("a standby that streams from elsewhere is pointed to the primary once")
        func misdirected() throws {
            try RecoveryScene.play(standbys: 2, weights: [1, 0, 0]) { scene in
                let nodes = scene.cluster.nodes
                let load = try scene.load(seconds: 25)
                // So long it has yet to be verified.
                try nodes[2].sql("alter system set recovery_min_apply_delay = '8s'")
                try scene.stop(2)
                try scene.recoverInBackground(2, "--method", "restart")
                scene.waitUntil(2, isIn: "VERIFYING")
                let elsewhere = "host=127.0.0.1 port=\(nodes[1].port) user=postgres"
                try nodes[2].sql("alter system set primary_slot_name = ''")
                try nodes[2].sql("alter system set primary_conninfo = '\(elsewhere)'")
                try nodes[2].reload()
                scene.waitUntil(2, is: "up")
                #expect(scene.proxy.log.contains("it is pointed to node 0 again"))
                let sender = try nodes[2].value("select sender_port from pg_stat_wal_receiver")
                #expect(sender == "\(nodes[0].port)")

                // What is said on the command line cannot be changed.
                try scene.stop(2)
                let options = "\(nodes[2].dataFolder)/postmaster.opts"
                let text = try String(contentsOfFile: options, encoding: .utf8)
                let more = #" "-c" "primary_conninfo=\#(elsewhere)" "-c" "primary_slot_name=""#
                try (text.trimmingCharacters(in: .newlines) + more + "\n").write(
                    toFile: options, atomically: false, encoding: .utf8)
                let result = try scene.recover(2, "--method", "restart")
                #expect(!result.isSuccess)
                #expect(
                    result.errors.contains("V5: it streams from port \(nodes[1].port)")
                        && result.errors.contains("from the command line"), "\(result.summary)")
                #expect(scene.state(2) == "down" && !nodes[2].isRunning)
                scene.expectGood(load)
            }
        }

        @Test("a server that replays is waited for longer than recovery_timeout")
        func slowReplay() throws {
            try RecoveryScene.play(["recovery_timeout = 3"], weights: [1, 0]) { scene in
                let nodes = scene.cluster.nodes
                for number in 1...6 {
                    try nodes[0].sql(
                        "insert into kept values (\(number)); select pg_switch_wal()",
                        database: Stage.database)
                }
                try scene.cluster.waitForReplication()
                // Each segment of WAL takes a second.
                try nodes[1].sql("alter system set restore_command = 'sleep 1; false'")
                let load = try scene.load(seconds: 12)
                try scene.stop(1, .fast)
                let begin = ContinuousClock.now
                try scene.expectRecovered(1, "--method", "restart", under: load)
                #expect(begin.duration(to: .now) > .seconds(3))
            }
        }

        @Test("a server that comes up as a primary is stopped, and serves nobody")
        func startedAsPrimary() throws {
            try RecoveryScene.play(weights: [1, 0]) { scene in
                let node = scene.cluster.nodes[1]
                // It promotes itself as soon as it is consistent.
                try node.sql("alter system set recovery_target = 'immediate'")
                try node.sql("alter system set recovery_target_action = 'promote'")
                let load = try scene.load(seconds: 15)
                try scene.stop(1)
                let result = try scene.recover(1, "--method", "restart")
                #expect(result.errors.contains("V2: it is not in recovery"), "\(result.summary)")
                #expect(scene.state(1) == "down" && !node.isRunning)
                try scene.expectRecovered(1, "--method", "basebackup", under: load)
            }
        }
    }
}
