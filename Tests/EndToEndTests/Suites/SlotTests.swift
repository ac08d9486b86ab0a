import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// Replication slots that were made for nodes.
    @Suite("slots of nodes")
    struct SlotTests {
        @Test("the slot of a node that is down is kept as long as it may be, and then dropped")
        func retention() throws {
            let lines = ["slot_max_retain = '48MB'"]
            try RecoveryScene.play(lines, weights: [1, 0]) { scene in
                let primary = scene.cluster.primary
                func shown() throws -> String {
                    try Clients(scene.proxy, scene.cluster).psql("show pool_slots")
                }
                func names() throws -> [String] {
                    try primary.sql("select slot_name from pg_replication_slots order by 1")
                        .compactMap(\.first)
                }
                try scene.stop(1)
                try scene.expectRecovered(1)
                #expect(scene.journal.contains("pgpool_n1"))
                #expect(scene.wait { try shown().hasPrefix("1|pgpool_n1|0|active|") })

                try scene.stop(1)
                #expect(scene.wait { try shown().hasPrefix("1|pgpool_n1|0|idle|") })
                #expect(try names() == ["node1", "pgpool_n1"])
                // Segments of 16 MB.
                for _ in 1...5 {
                    try primary.sql(
                        "select pg_logical_emit_message(true, '', 'x'), pg_switch_wal()")
                }
                #expect(scene.wait { try names() == ["node1"] }, "somebody else's stays")
                #expect(scene.wait { try shown().hasPrefix("1|pgpool_n1|0|dropped|") })
                #expect(try shown().contains("more than slot_max_retain"))
                #expect(
                    scene.proxy.log.contains(
                        #"the replication slot "pgpool_n1" of node 1 is dropped on node 0"#))

                try scene.expectRecovered(1)
                #expect(scene.wait { try shown().hasPrefix("1|pgpool_n1|0|active|") })
            }
        }

        @Test("after a switchover the new primary has the slots, and the old one has none of ours")
        func roleChange() throws {
            try RecoveryScene.play(standbys: 2, weights: [1, 0, 0]) { scene in
                let nodes = scene.cluster.nodes
                let ours = """
                    select coalesce(string_agg(slot_name, ' ' order by slot_name), '')
                      from pg_replication_slots where slot_name like 'pgpool%'
                    """
                for node in [1, 2] {
                    try scene.stop(node)
                    try scene.expectRecovered(node)
                }
                #expect(try nodes[0].value(ours) == "pgpool_n1 pgpool_n2")
                let order = try ClientTool.run(
                    [
                        try ProxyProcess.findBinary(), "node", "promote", "-f",
                        scene.configuration, "1", "--switchover",
                    ], within: .seconds(120))
                #expect(order.isSuccess, "\(order.summary)\n\(Stage.state(scene.proxy))")
                #expect(scene.wait { scene.role(1) == "primary" })
                let follow = scene.wait {
                    let active = try nodes[1].value(
                        "select active from pg_replication_slots where slot_name = 'pgpool_n2'")
                    return active == "t"
                }
                #expect(follow, "\(Stage.state(scene.proxy))")
                let isGone = scene.wait { try nodes[0].value(ours).isEmpty }
                #expect(isGone, "\(Stage.state(scene.proxy))")
            }
        }
    }
}
