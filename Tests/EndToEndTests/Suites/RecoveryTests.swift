import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("recovery of nodes")
    struct RecoveryTests {
        @Test("a killed standby is started again under load, and no write fails")
        func killedStandby() throws {
            try RecoveryScene.play(weights: [1, 0]) { scene in
                let load = try scene.load(seconds: 12)
                scene.cluster.nodes[1].kill()
                scene.waitUntil(1, is: "down")
                let result = try scene.expectRecovered(1, under: load)
                #expect(result.output.contains("node 1: done (restart)"), "\(result.output)")
                let shown = try Clients(scene.proxy, scene.cluster).psql("show pool_recovery")
                #expect(shown.hasPrefix("1|") && shown.contains("|done|"), "\(shown)")
            }
        }

        @Test("a wiped standby is copied anew under load, and no write fails")
        func wipedStandby() throws {
            try RecoveryScene.play(weights: [1, 0]) { scene in
                let load = try scene.load(seconds: 20)
                try scene.wipe(1)
                let check = try scene.recover(1, "--check")
                #expect(check.isSuccess && check.output.contains("basebackup"), "\(check.summary)")
                let result = try scene.expectRecovered(1, under: load)
                #expect(result.output.contains("(basebackup)"), "\(result.output)")
                #expect(scene.wait(30) { scene.leftovers(1).isEmpty }, "\(scene.leftovers(1))")
                let shown = try Clients(scene.proxy, scene.cluster).psql("show pool_recovery")
                let columns = shown.split(separator: "|", omittingEmptySubsequences: false)
                #expect(columns.count == 13 && columns[7] == columns[8], "\(shown)")
                #expect(columns.count == 13 && (Int(columns[7]) ?? 0) > 1 << 20, "\(shown)")
            }
        }

        @Test("a primary that died with writes of its own is rewound and follows the new one")
        func divergedPrimary() throws {
            try RecoveryScene.play { scene in
                for (node, name) in zip(scene.cluster.nodes, ["zero", "one"]) {
                    try RecoveryScene.append("cluster_name = '\(name)'", to: node)
                }
                try diverge(scene)
                let load = try scene.load(seconds: 12)
                let result = try scene.expectRecovered(0, from: 1, under: load)
                #expect(result.output.contains("(rewind)"), "\(result.output)")
                #expect(try scene.cluster.nodes[0].value("show cluster_name") == "zero")
                #expect(scene.role(0) == "standby")
            }
        }

        @Test("auto_recovery brings a lost primary back as a standby")
        func autoRecovery() throws {
            try RecoveryScene.play(["auto_recovery = on"]) { scene in
                try diverge(scene)
                scene.waitUntil(0, is: "up", 90)
                #expect(scene.role(0) == "standby")
                try scene.expectSame(0, as: 1)
            }
        }

        @Test("the seed's walk-through, with Debian's programs")
        func walkThrough() throws {
            try RecoveryScene.play(["health_check_period = 0"]) { scene in
                let tools = try PCPTools.debian(in: scene.proxy.folder)
                /// Its state; behind that comes what its server says of itself.
                func state() throws -> Substring? {
                    let line = try tools.run("pcp_node_info", scene.pcpPort, "1").output
                    return line.split(separator: " ").dropFirst(4).first
                }
                let clients = try Clients(scene.proxy, scene.cluster)
                try scene.cluster.nodes[1].stop(.immediate)
                #expect(scene.wait { try state() == "down" }, "\(Stage.state(scene.proxy))")
                _ = try clients.psql("insert into kept select generate_series(1, 100)")
                let recovered = try tools.run(
                    "pcp_recovery_node", scene.pcpPort, "1", within: .seconds(120))
                #expect(
                    recovered.isSuccess && recovered.output.contains("Command Successful"),
                    "\(recovered.summary)\n\(Stage.state(scene.proxy))")
                let attached = try tools.run("pcp_attach_node", scene.pcpPort, "1")
                #expect(attached.output.contains("Command Successful"), "\(attached.summary)")
                #expect(scene.wait { try state() == "up" }, "\(Stage.state(scene.proxy))")
                try scene.expectSame(1, as: 0)
                let alive = try tools.run("pcp_recovery_node", scene.pcpPort, "1")
                #expect(alive.errors.contains("node recovery failed, node id: 1 is alive"))
                let primary = try tools.run("pcp_recovery_node", scene.pcpPort, "0")
                #expect(primary.errors.contains("primary server cannot be recovered"))
            }
        }

        @Test("our program shows how far it is, and cancels")
        func ownProgram() throws {
            try RecoveryScene.play(["recovery_max_rate = '512kB'"]) { scene in
                let tools = try PCPTools.own(in: scene.proxy.folder)
                func run(_ words: String...) throws -> ToolResult {
                    words.count == 1
                        ? try tools.run("pcp_recovery_node", scene.pcpPort, words[0])
                        : try tools.run("pcp_recovery_node", scene.pcpPort, words[0], words[1])
                }
                try scene.wipe(1)
                let checked = try run("--check", "1")
                #expect(checked.output.contains("ok    primary"), "\(checked.summary)")
                let begun = try run("--async", "1")
                #expect(begun.isSuccess, "\(begun.summary)")
                let isCopying = scene.wait { try run("--status", "1").output.contains("COPY") }
                #expect(isCopying, "\(Stage.state(scene.proxy))")
                let isCounted = scene.wait { try run("--status", "1").output.contains(" % (") }
                #expect(isCounted, "\(Stage.state(scene.proxy))")
                let second = try run("1", "-w")
                #expect(second.errors.contains("already processing"), "\(second.summary)")
                let cancelled = try run("--cancel", "1")
                #expect(cancelled.output.contains("Successful"), "\(cancelled.summary)")
                let isOver = scene.wait { try run("--status", "1").output.contains("cancelled") }
                #expect(isOver, "\(Stage.state(scene.proxy))")
                #expect(scene.leftovers(1).isEmpty, "\(scene.leftovers(1))")
                let slots = try scene.cluster.primary.value(
                    "select count(*) from pg_replication_slots where slot_name like 'pgpool%'")
                #expect(slots == "0")
                #expect(scene.state(1) == "down")
            }
        }

        /// Node 0 writes what node 1 does not get, and dies; node 1 takes over.
        private func diverge(_ scene: RecoveryScene) throws {
            let nodes = scene.cluster.nodes
            nodes[1].freeze()
            // More than the sockets between them hold.
            try nodes[0].sql(
                "insert into kept select generate_series(1, 300000)", database: Stage.database)
            nodes[0].kill()
            nodes[1].thaw()
            let hasTakenOver = scene.wait { scene.role(1) == "primary" && scene.state(1) == "up" }
            try #require(hasTakenOver, "\(Stage.state(scene.proxy))")
            _ = try Clients(scene.proxy, scene.cluster).psql("insert into kept values (-1)")
        }
    }
}
