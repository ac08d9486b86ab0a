import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// E2E_CONSISTENCY_SECONDS (600 for the long run) and E2E_CONSISTENCY_SEED make other runs.
    @Suite("consistency")
    struct ConsistencyTests {
        @Test("random sessions before lagging standbys get the answers of one server")
        func randomSessions() throws {
            let seconds = Stage.size("E2E_CONSISTENCY_SECONDS", 25)
            let seed = Stage.size("E2E_CONSISTENCY_SEED", 0)
            try Trio.withDelays([150, 400]) { cluster in
                try Stage.withProxy(before: cluster) { proxy in
                    let said = try Clients(proxy, cluster).scenario(
                        "consistency.py", "run", cluster.primary.port, seed, seconds,
                        within: .seconds(Double(seconds) + 120))
                    print("consistency, \(said); \(try Trio.share(proxy))")
                }
            }
        }

        @Test("reads and transfers at the same time leave balances that add up")
        func pgbench() throws {
            let cluster = try Trio.cluster()
            try Stage.loadPgbench(cluster)
            try Stage.withProxy(before: cluster) { proxy in
                let clients = try Clients(proxy, cluster)
                for mode in ["simple", "extended", "prepared"] {
                    let readers = try ClientTool(
                        [cluster.installation.path("pgbench")] + clients.target + [
                            "-n", "-S", "-M", mode, "-c", "6", "-t", "300", Stage.database,
                        ])
                    try clients.pgbench(["-n", "-M", mode, "-c", "6", "-t", "50"])
                    let read = readers.finish()
                    #expect(read.isSuccess, "\(read.summary)\n\(Stage.logTail(proxy))")
                }
                let sums = try clients.psql(
                    """
                    begin isolation level repeatable read;
                    select (select sum(abalance) from pgbench_accounts),
                      (select sum(bbalance) from pgbench_branches),
                      (select sum(tbalance) from pgbench_tellers),
                      (select sum(delta) from pgbench_history);
                    commit
                    """
                ).split(separator: "|")
                // On a standby the four may be older, and still of one moment.
                #expect(sums.count == 4 && Set(sums).count == 1, "\(sums)")
                print("pgbench -S beside TPC-B: \(try Trio.share(proxy))")
            }
            #expect(
                try cluster.primary.value(
                    "select count(*) from pgbench_history", database: Stage.database) == "900")
        }
    }
}
