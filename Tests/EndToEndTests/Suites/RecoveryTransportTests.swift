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

        // MARK: Helpers

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
