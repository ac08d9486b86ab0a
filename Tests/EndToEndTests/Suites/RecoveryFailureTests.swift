import Foundation
import Glibc
import LocalCluster
import Testing

extension EndToEnd {
    /// The failure matrix of online recovery: what goes wrong leaves data and cluster as they were,
    /// and the next try succeeds.
    @Suite("recovery that fails")
    struct RecoveryFailureTests {
        @Test(
            "the proxy is killed in a phase, and the next one goes on from there",
            arguments: ["COPY", "CONFIGURED", "STARTED", "VERIFYING"])
        func killedProxy(phase: String) throws {
            try RecoveryScene.play(["recovery_max_rate = '4MB'"], endsProxy: true) { scene in
                try scene.stop(1)
                try scene.recoverInBackground(1, "--method", "basebackup")
                let isThere = Deadline.after(.seconds(90)).poll {
                    scene.journaledPhase(1) == phase || scene.state(1) == "up"
                }
                // A phase that was too short to be seen is as good a moment as any.
                if !isThere { print("\(phase) was not seen") }
                Glibc.kill(scene.proxy.processID, SIGKILL)
                let next = try scene.successor()
                defer { next.signal(SIGQUIT) }
                let isUp = scene.wait(90) {
                    try scene.cluster.nodes[0].value(
                        """
                        select count(*) from pg_stat_replication
                         where state = 'streaming' and application_name = 'node1'
                        """) == "1"
                        && scene.state(1) == "up"
                }
                #expect(isUp, "\(next.errorsSoFar.suffix(3000))")
                #expect(scene.wait { scene.leftovers(1).isEmpty }, "\(scene.leftovers(1))")
                try scene.expectSame(1, as: 0)
                next.signal(SIGINT)
                #expect(next.finish(within: .seconds(20)).isSuccess)
            }
        }

        @Test("the primary dies while it is copied: the copy begins again from its successor")
        func killedSource() throws {
            try RecoveryScene.play(standbys: 2, ["recovery_max_rate = '4MB'"]) { scene in
                try scene.stop(2)
                try scene.recoverInBackground(2, "--method", "basebackup")
                scene.waitUntil(2, isIn: "COPY")
                scene.cluster.nodes[0].kill()
                #expect(scene.wait { scene.role(1) == "primary" }, "\(Stage.state(scene.proxy))")
                scene.waitUntil(2, is: "up", 120)
                try scene.expectSame(2, as: 1)
            }
        }

        @Test("the primary is restarted while it is copied: the copy begins again, once")
        func restartedSource() throws {
            try RecoveryScene.play(["recovery_max_rate = '8MB'"]) { scene in
                try scene.stop(1)
                try scene.recoverInBackground(1, "--method", "basebackup")
                let isCopying = scene.wait {
                    try scene.recover(1, "--status").output.contains(" %")
                }
                #expect(isCopying, "\(Stage.state(scene.proxy))")
                try scene.cluster.nodes[0].stop(.immediate)
                try scene.cluster.nodes[0].start()
                #expect(scene.wait { scene.proxy.log.contains("the primary was restarted") })
                let serves = scene.wait { scene.state(0) == "up" && scene.role(0) == "primary" }
                #expect(serves, "\(Stage.state(scene.proxy))")
                let load = try scene.load(seconds: 6)
                scene.waitUntil(1, is: "up")
                scene.expectGood(load)
                try scene.expectSame(1, as: 0)
                #expect(scene.wait(20) { scene.leftovers(1).isEmpty }, "\(scene.leftovers(1))")
            }
        }

        @Test("the recovered server is killed while it starts: the next try brings it back")
        func killedTarget() throws {
            try RecoveryScene.play { scene in
                try scene.stop(1)
                try scene.recoverInBackground(1, "--method", "restart")
                #expect(scene.wait { scene.cluster.nodes[1].isRunning })
                scene.cluster.nodes[1].kill()
                let isOver = scene.wait(120) {
                    let status = try scene.recover(1, "--status").output
                    return status.contains("failed") || status.contains("done")
                }
                #expect(isOver, "\(Stage.state(scene.proxy))")
                if scene.state(1) != "up" { try scene.expectRecovered(1) }
                try scene.expectSame(1, as: 0)
            }
        }

        @Test("a host that may not replicate is told so, and nothing is changed")
        func noReplicationLogin() throws {
            try RecoveryScene.play(["recovery_user = 'plain'"]) { scene in
                try scene.cluster.primary.sql(
                    "create role plain login; grant pg_monitor to plain")
                try scene.stop(1)
                let result = try scene.recover(1)
                #expect(!result.isSuccess)
                #expect(result.errors.contains("replication login"), "\(result.summary)")
                #expect(result.errors.contains("pg_hba.conf"), "\(result.summary)")
                #expect(scene.leftovers(1).isEmpty)
            }
        }

        @Test("another cluster's data is not touched")
        func foreignData() throws {
            let other = try Stage.ownCluster(standbys: 0)
            defer { other.destroy() }
            try other.primary.stop()
            try RecoveryScene.play { scene in
                let data = scene.cluster.nodes[1].dataFolder
                try scene.cluster.nodes[1].stop(.immediate)
                try FileManager.default.removeItem(atPath: data)
                try FileManager.default.moveItem(atPath: other.primary.dataFolder, toPath: data)
                // Its socket is in a folder of its own.
                try FileManager.default.removeItem(atPath: "\(data)/postmaster.opts")
                scene.waitUntil(1, is: "down")
                let result = try scene.recover(1)
                #expect(!result.isSuccess)
                #expect(result.errors.contains("another cluster"), "\(result.summary)")
                try scene.expectRecovered(1, "--overwrite-foreign")
            }
        }

        @Test("a server that takes writes is not replaced without a word")
        func roguePrimary() throws {
            try RecoveryScene.play(["rogue_primary_action = 'none'"]) { scene in
                try scene.cluster.nodes[1].promote()
                scene.waitUntil(1, is: "down")
                let result = try scene.recover(1)
                #expect(!result.isSuccess)
                #expect(result.errors.contains("takes writes"), "\(result.summary)")
                try scene.expectRecovered(1, "--discard-divergent")
            }
        }

        @Test("a copy that breaks leaves the old data, no half copy and no slot")
        func brokenCopy() throws {
            try RecoveryScene.play(["recovery_max_rate = '512kB'"]) { scene in
                try scene.stop(1)
                try scene.recoverInBackground(1, "--method", "basebackup")
                scene.waitUntil(1, isIn: "COPY")
                // The primary is asked for nothing but to end that connection.
                let hasEnded = scene.wait {
                    try scene.cluster.primary.value(
                        """
                        select count(pg_terminate_backend(pid)) from pg_stat_replication
                          where state = 'backup'
                        """) != "0"
                }
                #expect(hasEnded)
                #expect(
                    scene.wait { scene.journaledPhase(1) == nil }, "\(Stage.state(scene.proxy))")
                #expect(scene.leftovers(1).isEmpty, "\(scene.leftovers(1))")
                let slots = try scene.cluster.primary.value(
                    "select count(*) from pg_replication_slots where slot_name like 'pgpool%'")
                #expect(slots == "0")
                let log = scene.proxy.log
                #expect(log.contains("failed in phase COPY: pg_basebackup failed"))
                try scene.expectRecovered(1)
            }
        }
    }
}
