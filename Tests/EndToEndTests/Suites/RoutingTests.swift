import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("read splitting")
    struct RoutingTests {
        @Test(
            "reads are spread over the nodes, by the servers' own counters",
            arguments: ["simple", "extended", "prepared"])
        func spread(mode: String) throws {
            let reads = try readsPerNode(weights: [1, 1], mode: mode)
            #expect(reads.reduce(0, +) == 3200, "\(reads)")
            #expect(reads.allSatisfy { $0 >= 320 }, "\(reads)")
        }

        @Test("a node of weight 0 gets no reads", arguments: [0, 1])
        func weightZero(node: Int) throws {
            let reads = try readsPerNode(weights: node == 0 ? [0, 1] : [1, 0], mode: "simple")
            #expect(reads[node] == 0 && reads[1 - node] == 3200, "\(reads)")
        }

        @Test("load_balance_mode = off keeps everything on the primary")
        func off() throws {
            let reads = try readsPerNode(
                weights: [1, 1], mode: "simple", extra: ["load_balance_mode = off"])
            #expect(reads == [3200, 0])
        }

        @Test("per statement one session reads from both nodes")
        func perStatement() throws {
            let reads = try readsPerNode(
                weights: [1, 1], mode: "simple", clients: 1,
                extra: ["statement_level_load_balance = on"])
            #expect(reads.allSatisfy { $0 >= 20 } && reads.reduce(0, +) == 200, "\(reads)")
        }

        @Test("a transaction sees its own writes, and no standby is asked to write")
        func writes() throws {
            let cluster = try Stage.cluster()
            try Stage.withProxy {
                $0.weights = [0, 1]
            } test: { proxy in
                let clients = try Clients(proxy)
                let sums = try clients.psql(
                    """
                    drop table if exists routed; create table routed (a int); create sequence if not exists routed_s;
                    begin; insert into routed values (1); select count(*) from routed; commit;
                    begin; select 0; insert into routed values (2); select count(*) from routed; commit;
                    with w as (insert into routed values (3) returning a) select a from w;
                    select nextval('routed_s') > 0;
                    begin; select a from routed where a = 1 for update; commit;
                    select 5 as five into temp routed_temp; select five from routed_temp;
                    create function routed_f() returns int language sql as 'insert into routed values (4) returning a';
                    select routed_f();
                    do $$ begin insert into routed values (5); end $$;
                    prepare w (int) as insert into routed values ($1); execute w (6);
                    explain (analyze, costs off, timing off, summary off) insert into routed values (7);
                    begin; insert into routed values (0); select sum(a) from routed; commit;
                    drop function routed_f(); drop table routed; drop sequence routed_s;
                    """)
                #expect(
                    sums.split(separator: "\n").filter {
                        !$0.contains("Insert") && !$0.contains("Result")
                    }
                        == ["1", "0", "2", "3", "t", "1", "5", "4", "28"], "\(sums)")
            }
            #expect(!cluster.nodes[1].log.contains("in a read-only transaction"))
        }

        @Test(
            "statements and transactions run where they belong",
            arguments: [
                "first_statement", "moves", "read_only", "settings", "own_writes", "pinned",
                "prepared",
                "extended", "refused", "several", "standby_cannot", "functions",
            ])
        func homes(scenario: String) throws {
            try Stage.withProxy {
                $0.weights = [0, 1]
                // A busy machine must not make the catalog look silent.
                $0.extraLines = ["notice_per_node_statement = on", "relcache_query_timeout = 5s"]
            } test: { proxy in
                try Clients(proxy).scenario("homes.py", scenario)
            }
        }

        @Test("an open transaction on a standby sees what others have written, where it must")
        func othersWrites() throws {
            let cluster = try Stage.cluster()
            try Stage.withProxy {
                $0.weights = [0, 1]
                $0.extraLines = [
                    "notice_per_node_statement = on", "read_your_writes = global",
                    "relcache_query_timeout = 5s",
                ]
            } test: { proxy in
                try Clients(proxy).scenario("homes.py", "others_writes", cluster.nodes[1].port)
            }
        }

        @Test("an answer of the catalog's that comes late ends the doubt of a session")
        func lateCatalog() throws {
            try Stage.withProxy {
                $0.weights = [0, 1]
                $0.extraLines = [
                    "notice_per_node_statement = on", "relcache_query_timeout = 0",
                ]
            } test: { proxy in
                try Clients(proxy).scenario("homes.py", "late_catalog")
            }
        }

        @Test("explain knows the cluster and the catalog that a proxy runs with")
        func explain() throws {
            let cluster = try Stage.cluster()
            try cluster.primary.sql(
                """
                drop table if exists explained; create unlogged table explained (a int);
                create or replace function explained_f() returns int language sql as 'select 1';
                create or replace function explained_g() returns int language plpgsql as
                    'begin return explained_f(); end';
                """, database: Stage.database)
            try Stage.withProxy {
                $0.extraLines = ["primary_routing_query_pattern_list = 'select 7'"]
            } test: { proxy in
                func explain(_ arguments: [String]) throws -> ToolResult {
                    try ClientTool.run(
                        [
                            try ProxyProcess.findBinary(), "explain", "--json", "-f",
                            "\(proxy.folder)/pgpool.conf",
                        ] + arguments, within: .seconds(20))
                }
                let script =
                    "select 1; select 7; select a from explained; select explained_f(); "
                    + "select explained_g(); select 1"
                let known = try explain(["-d", Stage.database, script])
                #expect(known.isSuccess, "\(known.summary)")
                let lines = known.output.split(separator: "\n").map(String.init)
                #expect(
                    lines.map { Self.field("reason", $0) } == [
                        "plain_read", "pattern_listed", "unlogged_table", "function_writes",
                        "function_writes", "session_pinned",
                    ], "\(known.output)")
                #expect(
                    lines.map { Self.field("decision", $0) } == [
                        "balanced_read", "pattern_listed", "catalog", "catalog", "pins_session",
                        "session_pinned",
                    ], "\(known.output)")
                let unknown = try explain(["-d", "no_such_database", "select explained_f()"])
                #expect(
                    unknown.output.contains("function_unknown")
                        && unknown.errors.contains("cannot be asked"), "\(unknown.summary)")
                let blind = try explain(["select a from explained"])
                #expect(blind.output.contains("plain_read"), "\(blind.summary)")
            }
            try cluster.primary.sql(
                "drop table explained; drop function explained_f, explained_g",
                database: Stage.database)
        }

        private static func field(_ name: String, _ line: String) -> String {
            line.components(separatedBy: "\"\(name)\":\"").last?
                .components(separatedBy: "\"").first ?? ""
        }

        @Test("a transaction that has only read survives the loss of its standby")
        func lostStandby() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            defer { cluster.destroy() }
            try Stage.withProxy(before: cluster) {
                $0.weights = [0, 1]
                $0.extraLines = ["notice_per_node_statement = on"]
            } test: { proxy in
                try Clients(proxy).scenario("homes.py", "lost_standby", cluster.nodes[1].port)
            }
        }

        /// Runs `pgbench -S` (200 transactions a client) and counts where the reads happened.
        ///
        /// The servers write their counters when a connection closes, so they are read after the
        /// proxy has gone.
        private func readsPerNode(
            weights: [Double], mode: String, clients: Int = 16, extra: [String] = []
        ) throws -> [Int] {
            let cluster = try Stage.cluster()
            try Stage.loadPgbench(cluster)
            let before = try cluster.nodes.map(Stage.accountReads)
            try Stage.withProxy {
                $0.weights = weights
                $0.extraLines = extra + ["relcache_query_timeout = 5s"]
            } test: { proxy in
                try Clients(proxy).pgbench([
                    "-n", "-S", "-M", mode, "-c", "\(clients)", "-t", "200",
                ])
            }
            return try zip(cluster.nodes, before).map { try Stage.accountReads($0) - $1 }
        }
    }
}
