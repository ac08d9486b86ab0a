import Foundation
import Glibc
import LocalCluster
import Testing

extension EndToEnd {
    /// `trunkline cluster create --host ...`, as people call it.
    @Suite(
        "trunkline cluster on hosts",
        .enabled(if: HostRig.isPossible, "it takes root, namespaces, ip and sshd"))
    struct ClusterHostsTests {
        private let port: UInt16 = 9999

        @Test("makes a cluster by ssh that serves, fails over, recovers, stops, starts, and goes")
        func wholeLife() throws {
            let rig = try HostRig(hosts: ["pg1", "pg2"])
            let created = try rig.create(
                rig.hosts, port: port, ["--password-file", "-"], input: "it's a:secret\n")
            try #require(created.isSuccess, "\(created.summary)")
            #expect(created.output.contains("node1 on pg2: base backup from node0"))
            #expect(!created.output.contains("secret"), "a password that was given is not shown")
            #expect(try rig.psql(port, "create table t as select 1 as a; table t") == "1")
            try expectStatus(rig, 0, ["node0  pg1 ", "node1  pg2 ", "standby  streaming"])

            // On a host there is only what belongs there, and it is no cluster of its own.
            let there = try rig.host("pg1", "ls \(rig.cluster)").output
            #expect(there == "data0\netc\nlog\nrun\ntrunkline-cluster.json\n")
            let alone = try rig.host("pg1", "\(rig.program) cluster destroy --yes \(rig.cluster)")
            #expect(alone.errors.contains("has node0 of a cluster on several hosts"))

            // The primary dies; the other host takes over, and a recovery brings the first back.
            let killed = try rig.host(
                "pg1", "kill -9 $(head -1 \(rig.cluster)/data0/postmaster.pid)")
            #expect(killed.isSuccess, "\(killed.summary)")
            #expect(try rig.psql(port, "insert into t values (2); select count(*) from t") == "2")
            try expectStatus(rig, 1, ["stopped"])
            let configuration = "\(rig.cluster)/etc/pgpool.conf"
            let recovered = try rig.trunkline(["node", "recover", "0", "-f", configuration])
            #expect(recovered.isSuccess, "\(recovered.summary)")
            try expectStatus(rig, 0, ["standby  streaming"])

            #expect(
                try cluster(rig, "stop").output == "stopped proxy\nstopped node1\nstopped node0\n")
            try expectStatus(rig, 3, ["proxy: stopped"])
            #expect(
                try cluster(rig, "start").output == "started node1\nstarted node0\nstarted proxy\n")
            #expect(try rig.psql(port, "insert into t values (3); select count(*) from t") == "3")

            // A host that is away is shown as that, and its part goes when it is back.
            try rig.connect("pg1", false)
            try expectStatus(rig, 1, ["unreachable", "node0: pg1: ssh to root@pg1"])
            let refused = try cluster(rig, "destroy", "--yes")
            #expect(refused.exit == .exited(3), "\(refused.summary)")
            #expect(refused.errors.contains("\(rig.cluster) stays until"))
            #expect(rig.leftovers == ["srv/c", "files-pg1/c"])
            try rig.connect("pg1", true)
            // It takes the network a moment to find the host again.
            var destroyed = refused
            let isGone = try Deadline.after(.seconds(60)).poll {
                destroyed = try cluster(rig, "destroy", "--yes")
                return destroyed.isSuccess
            }
            #expect(isGone, "\(destroyed.summary)")
            #expect(rig.leftovers.isEmpty)
        }

        @Test("says what is in the way on which host, and leaves nothing anywhere")
        func refusals() throws {
            let rig = try HostRig(hosts: ["pg1", "pg2"])
            func refusal(
                _ hosts: [String], _ words: [String] = [], key: String? = nil,
                program: String? = nil
            ) throws -> String {
                let result = try rig.create(hosts, port: port, words, key: key, program: program)
                #expect(!result.isSuccess, "\(result.summary)")
                return result.errors
            }
            let noProgram = try refusal(rig.hosts, program: "/no/such/trunkline")
            #expect(noProgram.contains("pg1: there is no Trunkline on root@pg1"), "\(noProgram)")
            let noEntry = try refusal(rig.hosts, key: "\(rig.folder)/stranger")
            #expect(noEntry.contains("pg1: ssh to root@pg1: "), "\(noEntry)")
            #expect(noEntry.contains("Put the public key"), "\(noEntry)")
            let noKey = try refusal(["unknown", "pg2"])
            #expect(noKey.contains("unknown: ssh to root@unknown: "), "\(noKey)")
            #expect(noKey.contains("into known_hosts"), "\(noKey)")
            let noPrograms = try refusal(rig.hosts, ["--bin-dir", "/nowhere"])
            #expect(noPrograms.contains("pg1: there is no initdb"), "\(noPrograms)")
            let noName = try refusal(["pg1", "nobody.invalid"])
            #expect(noName.contains("nobody.invalid is not known"), "\(noName)")
            #expect(rig.leftovers.isEmpty)

            _ = try rig.host("pg2", "mkdir \(rig.cluster) && touch \(rig.cluster)/thesis")
            let full = try refusal(rig.hosts)
            #expect(full.contains("pg2: \(rig.cluster) is not empty (thesis)"), "\(full)")
            #expect(rig.leftovers == ["files-pg2/c"])
            #expect(try rig.host("pg2", "rm -r \(rig.cluster)").isSuccess)

            // Late, when the first host has a server that runs.
            let real = try PostgresInstallation.find().programs
            let programs = "\(rig.folder)/programs"
            let files = FileManager.default
            try files.createDirectory(atPath: programs, withIntermediateDirectories: false)
            for name in try files.contentsOfDirectory(atPath: real) where name != "pg_basebackup" {
                try files.createSymbolicLink(
                    atPath: "\(programs)/\(name)", withDestinationPath: "\(real)/\(name)")
            }
            try rig.write(
                "#!/bin/sh\necho the disk is full >&2; exit 1\n", "programs/pg_basebackup")
            chmod("\(programs)/pg_basebackup", 0o755)
            let late = try refusal(rig.hosts, ["--bin-dir", programs])
            #expect(late.contains("pg2: pg_basebackup: "), "\(late)")
            #expect(late.contains("the disk is full"), "\(late)")
            #expect(rig.leftovers.isEmpty)
            let servers = try rig.host("pg1", "cat /proc/[0-9]*/comm | grep postgres")
            #expect(servers.exit == .exited(1), "\(servers.summary)")
        }

        private func cluster(_ rig: HostRig, _ command: String, _ words: String...) throws
            -> ToolResult
        {
            try rig.trunkline(["cluster", command, rig.cluster] + words)
        }

        /// The exit code and the texts of `status`, as soon as they are so.
        private func expectStatus(_ rig: HostRig, _ code: Int32, _ texts: [String]) throws {
            var status = try cluster(rig, "status")
            let isSo = try Deadline.after(.seconds(60)).poll {
                status = try cluster(rig, "status")
                return status.exit == .exited(code) && texts.allSatisfy(status.output.contains)
            }
            #expect(isSo, "\(status.summary)")
        }
    }
}
