import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("pgbench")
    struct PgbenchTests {
        @Test("50 clients in every protocol mode leave balances that add up")
        func balances() throws {
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                try clients.pgbench(["-i", "-q", "-s", "5"])
                try clients.cluster.waitForReplication()
                for mode in ["simple", "extended", "prepared"] {
                    try clients.pgbench(["-n", "-M", mode, "-c", "50", "-j", "2", "-t", "20"])
                }
                let sums = try clients.psql(
                    """
                    begin; select (select sum(abalance) from pgbench_accounts),
                      (select sum(bbalance) from pgbench_branches),
                      (select sum(tbalance) from pgbench_tellers),
                      (select sum(delta) from pgbench_history); commit;
                    """
                ).split(separator: "|")
                #expect(sums.count == 4 && Set(sums).count == 1, "\(sums)")
                #expect(
                    try clients.cluster.primary.value(
                        "select count(*) from pgbench_history", database: Stage.database) == "3000")
            }
        }

        @Test("a connection for every transaction", arguments: ["simple", "prepared"])
        func reconnecting(mode: String) throws {
            try Stage.loadPgbench(Stage.cluster())
            try Stage.withProxy { proxy in
                try Clients(proxy).pgbench(["-n", "-S", "-C", "-M", mode, "-c", "8", "-t", "50"])
            }
        }

        @Test("pipelines of pgbench")
        func pipelines() throws {
            try Stage.loadPgbench(Stage.cluster())
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                let script = "\(proxy.folder)/pipeline.sql"
                try """
                \\startpipeline
                select abalance from pgbench_accounts where aid = 1;
                update pgbench_accounts set abalance = abalance + 1 where aid = 1;
                select abalance from pgbench_accounts where aid = 1;
                \\endpipeline

                """.write(toFile: script, atomically: true, encoding: .utf8)
                for mode in ["extended", "prepared"] {
                    try clients.pgbench(["-n", "-M", mode, "-c", "4", "-t", "50", "-f", script])
                }
                #expect(
                    try clients.psql(
                        "begin; select abalance from pgbench_accounts where aid = 1; commit")
                        == "400")
            }
        }
    }
}
