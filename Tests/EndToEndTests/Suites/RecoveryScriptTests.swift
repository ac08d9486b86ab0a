import Foundation
import Glibc
import LocalCluster
import Testing

extension EndToEnd {
    /// Scripts for Pgpool-II, run by Debian's extension.
    @Suite("recovery by scripts")
    struct RecoveryScriptTests {
        @Test("the scripts of Pgpool-II get the arguments that they know, and the node is verified")
        func scripts() throws {
            try RecoveryScene.play(["recovery_1st_stage_command = 'first_stage'"]) { scene in
                try prepare(scene)
                let tools = try PCPTools.debian(in: scene.proxy.folder)
                try scene.stop(1)
                let missing = try tools.run("pcp_recovery_node", scene.pcpPort, "1")
                #expect(missing.errors.contains("extension pgpool_recovery"), "\(missing.summary)")

                try scene.cluster.primary.sql("create extension pgpool_recovery")
                let result = try tools.run(
                    "pcp_recovery_node", scene.pcpPort, "1", within: .seconds(120))
                #expect(
                    result.output.contains("Command Successful"),
                    "\(result.summary)\n\(Stage.state(scene.proxy))")
                let ports = scene.cluster.nodes.map(\.port)
                #expect(
                    try arguments(scene)
                        == "7 127.0.0.1 \(scene.cluster.nodes[1].dataFolder) \(ports[0]) 1 "
                        + "\(ports[1]) 127.0.0.1\n\(scene.cluster.primary.dataFolder)")
                scene.waitUntil(1, is: "up")
                try scene.expectSame(1, as: 0)

                // An extension of long ago.
                try scene.stop(1)
                for count in stride(from: 7, to: 4, by: -1) {
                    let types = ["text", "text", "text", "text", "integer", "text", "text"]
                    let list = types.prefix(count).joined(separator: ", ")
                    try scene.cluster.primary.sql(
                        """
                        alter extension pgpool_recovery drop function pgpool_recovery(\(list));
                        drop function pgpool_recovery(\(list))
                        """)
                }
                let older = try scene.recover(1)
                #expect(older.isSuccess, "\(older.summary)\n\(Stage.state(scene.proxy))")
                #expect(
                    try arguments(scene)
                        == "4 127.0.0.1 \(scene.cluster.nodes[1].dataFolder) \(ports[0])   \n"
                        + scene.cluster.primary.dataFolder)
                scene.waitUntil(1, is: "up")
            }
        }

        @Test(
            "without the extension the scripts run by COPY TO PROGRAM, and get the same",
            arguments: [false, true])
        func programs(isElsewhere: Bool) throws {
            let folder = "/tmp/trunkline-scripts-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
            defer { try? FileManager.default.removeItem(atPath: folder) }
            // No shell reads the name.
            let name = isElsewhere ? "\(folder)/first $(touch x) stage" : "first_stage"
            try RecoveryScene.play([
                "recovery_1st_stage_command = '\(name)'", "recovery_transport = 'sql'",
            ]) { scene in
                try prepare(scene)
                let data = scene.cluster.primary.dataFolder
                if isElsewhere {
                    try FileManager.default.moveItem(atPath: "\(data)/first_stage", toPath: name)
                }
                let check = try scene.recover(1, "--check")
                #expect(check.output.contains("COPY TO PROGRAM"), "\(check.summary)")
                try scene.cluster.nodes[1].stop(.immediate)
                scene.waitUntil(1, is: "down")
                let result = try scene.recover(1)
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(scene.proxy))")
                let ports = scene.cluster.nodes.map(\.port)
                #expect(
                    try arguments(scene)
                        == "7 127.0.0.1 \(scene.cluster.nodes[1].dataFolder) \(ports[0]) 1 "
                        + "\(ports[1]) 127.0.0.1\n\(data)")
                scene.waitUntil(1, is: "up")
                try scene.expectSame(1, as: 0)

                guard !isElsewhere else { return }
                try write("first_stage", "exit 3", scene)
                try scene.cluster.nodes[1].stop(.immediate)
                scene.waitUntil(1, is: "down")
                let failed = try scene.recover(1)
                #expect(failed.errors.contains("\"1st stage\""), "\(failed.summary)")
                #expect(failed.errors.contains("exit code 3"), "\(failed.summary)")
            }
        }

        @Test("recovery_start_command starts the server in place of the helper")
        func startCommand() throws {
            let folder = "/tmp/trunkline-scripts-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let script = folder + "/start"
            try RecoveryScene.play([
                "recovery_start_command = '\(script) %h %p %D %d'"
            ]) { scene in
                let standby = scene.cluster.nodes[1]
                try standby.stop(.immediate)
                scene.waitUntil(1, is: "down")
                let missing = try scene.recover(1)
                #expect(
                    missing.errors.contains("recovery_start_command exited with code 127"),
                    "\(missing.summary)")
                #expect(scene.state(1) == "down")

                let installation = scene.cluster.installation
                let account = installation.asServerAccount.joined(separator: " ")
                let text = """
                    #!/bin/sh
                    cd /
                    echo "$@" > \(folder)/arguments
                    exec \(account) \(installation.path("pg_ctl")) -D "$3" -l "$3.log" -w start
                    """
                try text.write(toFile: script, atomically: false, encoding: .utf8)
                chmod(script, 0o755)
                let result = try scene.recover(1)
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(scene.proxy))")
                let arguments = try String(contentsOfFile: folder + "/arguments", encoding: .utf8)
                #expect(arguments == "127.0.0.1 \(standby.port) \(standby.dataFolder) 1\n")
                scene.waitUntil(1, is: "up")
                try scene.expectSame(1, as: 0)
            }
        }

        @Test("a script that makes no standby is told from one that does")
        func noStandby() throws {
            try RecoveryScene.play([
                "recovery_1st_stage_command = 'first_stage'", "recovery_timeout = 20",
            ]) { scene in
                try prepare(scene, signal: "true")
                try scene.cluster.primary.sql("create extension pgpool_recovery")
                try scene.stop(1)
                let result = try scene.recover(1)
                #expect(result.errors.contains("V2: it is not in recovery"), "\(result.summary)")
                #expect(scene.state(1) == "down")
                try write("first_stage", "exit 3", scene)
                let failed = try scene.recover(1)
                #expect(failed.errors.contains("\"1st stage\""), "\(failed.summary)")
            }
        }

        @Test("the scripts of the documentation make a standby, and keep what was there")
        func samples() throws {
            try RecoveryScene.play(["recovery_1st_stage_command = 'recovery_1st_stage'"]) { scene in
                let folder = URL(filePath: #filePath).deletingLastPathComponent()
                    .appending(path: "../../../Documentation/scripts").standardized
                for name in ["recovery_1st_stage", "pgpool_remote_start"] {
                    let text = try String(
                        contentsOf: folder.appending(path: name), encoding: .utf8)
                    let path = "\(scene.cluster.primary.dataFolder)/\(name)"
                    try text.replacing(
                        "replication_user=replicator", with: "replication_user=postgres"
                    ).write(toFile: path, atomically: false, encoding: .utf8)
                    chmod(path, 0o755)
                }
                try scene.cluster.primary.sql("create extension pgpool_recovery")
                let load = try scene.load(seconds: 12)
                let standby = scene.cluster.nodes[1]
                standby.kill()
                scene.waitUntil(1, is: "down")
                let result = try scene.recover(1)
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.state(scene.proxy))")
                scene.waitUntil(1, is: "up")
                scene.expectGood(load)
                try scene.expectSame(1, as: 0)
                #expect(
                    try scene.cluster.primary.value(
                        "select active from pg_replication_slots where slot_name = 'pgpool_n1'")
                        == "t")
                let before = standby.dataFolder + ".before-recovery/PG_VERSION"
                #expect(FileManager.default.fileExists(atPath: before))
            }
        }

        /// - Parameter signal: the command that makes it a standby.
        private func prepare(
            _ scene: RecoveryScene, signal: String = "touch \"$3/standby.signal\""
        ) throws {
            let programs = scene.cluster.installation.programs
            try write(
                "first_stage",
                """
                set -e
                echo "$# $2 $3 $4 $5 $6 $7" > "$1/arguments"
                pwd >> "$1/arguments"
                rm -rf "$3"
                "\(programs)/pg_basebackup" -h 127.0.0.1 -p "$4" -U postgres -D "$3" -c fast
                cat >> "$3/postgresql.conf" <<END
                port = \(scene.cluster.nodes[1].port)
                primary_conninfo = 'host=127.0.0.1 port=$4 user=postgres application_name=node1'
                primary_slot_name = ''
                END
                \(signal)
                """, scene)
            try write(
                "pgpool_remote_start",
                """
                "\(programs)/pg_ctl" -D "$2" -l "$2.log" -w start </dev/null >/dev/null 2>&1
                """, scene)
        }

        private func write(_ name: String, _ script: String, _ scene: RecoveryScene) throws {
            let path = "\(scene.cluster.primary.dataFolder)/\(name)"
            try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: false, encoding: .utf8)
            chmod(path, 0o755)
        }

        private func arguments(_ scene: RecoveryScene) throws -> String {
            try String(
                contentsOfFile: "\(scene.cluster.primary.dataFolder)/arguments", encoding: .utf8
            ).trimmingCharacters(in: .newlines)
        }
    }
}
