import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// What is looked at before a recovery begins.
    @Suite("checks before a recovery")
    struct RecoveryCheckTests {
        @Test("settings that are smaller than the primary's are told before the start")
        func settings() throws {
            try RecoveryScene.play { scene in
                try scene.cluster.nodes[1].sql("alter system set max_connections = 50")
                try scene.cluster.nodes[1].sql("alter system set cluster_name = 'one'")
                try scene.stop(1)
                let words = "settings: max_connections is 50, on the primary 400"
                let check = try scene.recover(1, "--check")
                #expect(check.output.contains("FAIL  " + words), "\(check.summary)")
                let result = try scene.recover(1)
                #expect(result.errors.contains(words), "\(result.summary)")
                #expect(!scene.cluster.nodes[1].isRunning && scene.leftovers(1).isEmpty)
                // That brings the primary's, but for what the node calls itself.
                try scene.expectRecovered(1, "--method", "basebackup")
                #expect(try scene.cluster.nodes[1].value("show cluster_name") == "one")
                #expect(try scene.cluster.nodes[1].value("show max_connections") == "400")
            }
        }

        @Test("a tablespace is copied where the map says, and refused where its place is taken")
        func tablespaces() throws {
            try RecoveryScene.play { scene in
                let nodes = scene.cluster.nodes
                try scene.stop(1)
                func folder(_ name: String) throws -> String {
                    let path = "\(scene.cluster.folder)/\(name)"
                    let result = try ClientTool.run(
                        scene.cluster.installation.asServerAccount + ["mkdir", path])
                    try #require(result.isSuccess, "\(result.summary)")
                    return path
                }
                let place = try folder("space")
                let other = try folder("space1")
                try nodes[0].sql("create tablespace space location '\(place)'")
                try nodes[0].sql(
                    "create table spaced tablespace space as select generate_series(1, 1000) n",
                    database: Stage.database)
                let taken = try scene.recover(1, "--method", "basebackup")
                #expect(
                    taken.errors.contains("tablespaces: on the host these are not empty: \(place)")
                        && taken.errors.contains("recovery_tablespace_map"), "\(taken.summary)")
                #expect(scene.leftovers(1).isEmpty)

                try scene.configure("recovery_tablespace_map1 = '\(place)=\(other)'")
                let isKnown = scene.wait {
                    try scene.recover(1, "--check", "--method", "basebackup").isSuccess
                }
                #expect(isKnown, "\(Stage.state(scene.proxy))")
                try scene.expectRecovered(1, "--method", "basebackup")
                #expect(
                    try nodes[1].value(
                        """
                        select pg_tablespace_location(oid) from pg_tablespace
                          where spcname = 'space'
                        """) == other)
                #expect(
                    try nodes[1].value("select sum(n) from spaced", database: Stage.database)
                        == "500500")
            }
        }
    }
}
