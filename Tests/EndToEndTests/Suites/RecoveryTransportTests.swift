import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// The ways to a node's host.
    @Suite("recovery by ssh and through servers")
    struct RecoveryTransportTests {
        @Test("over ssh, what is in the way is said, and a wiped standby is copied under load")
        func ssh() throws {
            let ssh = try SSHServer()
            let lines = [
                "recovery_transport = 'ssh'", "recovery_ssh_user = '\(ssh.account)'",
                "recovery_ssh_key = '\(ssh.key(of: .own))'",
                "recovery_ssh_options = '-F \(ssh.clientConfiguration)'",
            ]
            try RecoveryScene.play(lines, weights: [1, 0]) { scene in
                let binary = try ProxyProcess.findBinary()
                let command = "\(binary) host --allow \(scene.cluster.folder)"
                try ssh.setKnown(false)
                try expectRefusal(scene, "Host key verification failed", "known_hosts")
                try ssh.setKnown(true)
                try ssh.letIn(.stranger, command: command)
                try expectRefusal(scene, "Permission denied", "authorized_keys")
                try ssh.letIn(.own, command: "\(binary) host --allow /no/such/directory")
                try expectRefusal(scene, "this host does not allow", "--allow")
                try ssh.letIn(.own, command: command)

                let load = try scene.load(seconds: 20)
                scene.cluster.nodes[1].kill()
                try FileManager.default.removeItem(atPath: scene.cluster.nodes[1].dataFolder)
                scene.waitUntil(1, is: "down")
                let result = try scene.recover(1)
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(scene.proxy))")
                #expect(result.output.contains("(basebackup)"), "\(result.output)")
                scene.waitUntil(1, is: "up")
                scene.expectGood(load)
                try scene.expectSame(1, as: 0)
                #expect(scene.wait(30) { scene.leftovers(1).isEmpty }, "\(scene.leftovers(1))")
            }
        }

        @Test("through the primary's server a wiped standby of the same host is copied under load")
        func sql() throws {
            try withHelper { program in
                let lines = [
                    "recovery_transport = 'sql'", "recovery_host_command = '\(program) host'",
                    "failover_builtin_promotion = off",
                ]
                try RecoveryScene.play(lines, weights: [1, 0]) { scene in
                    try expectRefusal(scene, "command not found", "recovery_host_command")
                    try copyHelper(to: program)
                    let load = try scene.load(seconds: 20)
                    let standby = scene.cluster.nodes[1]
                    standby.kill()
                    try FileManager.default.removeItem(atPath: standby.dataFolder)
                    scene.waitUntil(1, is: "down")
                    let check = try scene.recover(1, "--check")
                    #expect(
                        check.isSuccess && check.output.contains("basebackup"), "\(check.summary)")
                    let result = try scene.recover(1)
                    #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(scene.proxy))")
                    #expect(result.output.contains("(basebackup)"), "\(result.output)")
                    scene.waitUntil(1, is: "up")
                    scene.expectGood(load)
                    try scene.expectSame(1, as: 0)
                    #expect(scene.wait(30) { scene.leftovers(1).isEmpty }, "\(scene.leftovers(1))")

                    // The server that has started it is not needed for it to run.
                    try scene.cluster.primary.stop()
                    #expect(standby.isRunning)
                    try scene.cluster.primary.start()
                    try scene.cluster.primary.sql(
                        "insert into kept values (1)", database: Stage.database)
                    try scene.expectSame(1, as: 0)
                }
            }
        }

        @Test("where no other server is on the host, that is said before anything is done")
        func lonelyServer() throws {
            // Another name, and so another host.
            let lines = ["recovery_transport = 'sql'", "backend_hostname1 = '127.1'"]
            try withHelper { program in
                try RecoveryScene.play(lines + ["recovery_host_command = '\(program) host'"]) {
                    scene in
                    try copyHelper(to: program)
                    let check = try scene.recover(1, "--check")
                    #expect(check.output.contains("ok    data directory"), "\(check.summary)")
                    #expect(check.output.contains("FAIL  start: no server but its own"))
                    #expect(check.output.contains("Use recovery_transport = ssh"))
                    scene.cluster.nodes[1].kill()
                    scene.waitUntil(1, is: "down")
                    for words in [["--check"], []] {
                        let result = try scene.recover(1, words)
                        #expect(!result.isSuccess)
                        #expect(
                            result.errors.contains("no server answers on \"127.1\""),
                            "\(result.summary)")
                        #expect(result.errors.contains("recovery_transport = ssh"))
                    }
                    #expect(scene.slots == 0)
                }
            }
        }

        // MARK: Helpers

        /// Where the helper can be put so that the servers' account gets at it.
        private func withHelper(_ test: (String) throws -> Void) throws {
            let folder = "/tmp/trunkline-helper-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try test(folder + "/trunkline")
        }

        private func copyHelper(to program: String) throws {
            // Not by us: a child that got the open file from us would keep it from being run.
            let copied = try ClientTool.run(["cp", try ProxyProcess.findBinary(), program])
            try #require(copied.isSuccess, "\(copied.summary)")
        }

        /// The check says why and what to do, and the node, its data and the primary stay as they
        /// were; so does a recovery.
        private func expectRefusal(
            _ scene: RecoveryScene, _ reason: String, _ remedy: String
        ) throws {
            for words in [["--check"], ["--detach"]] {
                let result = try scene.recover(1, words)
                #expect(!result.isSuccess)
                #expect(result.summary.contains(reason), "\(result.summary)")
                #expect(result.summary.contains(remedy), "\(result.summary)")
            }
            #expect(scene.cluster.nodes[1].isRunning)
            #expect(scene.leftovers(1).isEmpty, "\(scene.leftovers(1))")
            #expect(scene.slots == 0)
        }
    }
}
