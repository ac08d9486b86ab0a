import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("replication delay")
    struct ReplicationDelayTests {
        private static let common = Result {
            // Nothing but what the tests write counts as delay.
            let cluster = try Stage.ownCluster(standbys: 2, settings: ["autovacuum = off"])
            try cluster.primary.sql("create role checker login")
            try cluster.primary.sql(
                "create table delayed (a int); grant select on delayed to public",
                database: Stage.database)
            try cluster.waitForReplication()
            return cluster
        }

        @Test(
            "reads avoid a standby above the limit and come back",
            arguments: ["delay_threshold = 5kB", "delay_threshold_by_time = 500ms"])
        func limit(setting: String) throws {
            try play(weights: [0, 1, 0], [setting]) { proxy, clients, cluster in
                try expectReads(proxy, clients, on: 1)
                try holdingBack(cluster.nodes[1]) {
                    try fill(cluster)
                    try expectFreshReads(clients)
                    let before = try standbyReads(proxy)
                    try #expect(reads(clients, 5) == ["1000"])
                    #expect(try standbyReads(proxy) == before)
                    #expect(proxy.log.contains("Replication of node: 1 is behind "))
                }
                try expectReads(proxy, clients, on: 1)
                #expect(proxy.log.contains("Replication of node: 1 is within the limit"))
            }
        }

        @Test("a standby that applies late is behind, though it streams")
        func applyDelay() throws {
            try play(weights: [0, 1, 0], ["delay_threshold_by_time = 500ms"]) {
                proxy, clients, cluster in
                let node = cluster.nodes[1]
                try expectReads(proxy, clients, on: 1)
                do {
                    try configure(node, "recovery_min_apply_delay = '1h'")
                    defer { try? configure(node, "recovery_min_apply_delay = 0") }
                    try fill(cluster)
                    try expectFreshReads(clients)
                }
                try expectReads(proxy, clients, on: 1)
            }
        }

        @Test("without a limit a standby may be as old as it likes")
        func noLimit() throws {
            try play(weights: [0, 1, 0], []) { proxy, clients, cluster in
                try holdingBack(cluster.nodes[1]) {
                    try fill(cluster)
                    let known = Deadline.after(.seconds(10)).poll {
                        (try? proxy.status().nodes[1].lagBytes).flatMap { $0 } ?? 0 > 5000
                    }
                    #expect(known, "\(Stage.state(proxy))")
                    try #expect(reads(clients, 5) == ["0"])
                }
            }
        }

        @Test("prefer_lower_delay_standby reads from the other standby instead of the primary")
        func preferLowerDelay() throws {
            let settings = ["delay_threshold = 5kB", "prefer_lower_delay_standby = on"]
            try play(weights: [0, 1, 1], settings) { proxy, clients, cluster in
                try holdingBack(cluster.nodes[1]) {
                    try fill(cluster)
                    try expectFreshReads(clients, of: 16)
                    let before = try standbyReads(proxy)
                    try #expect(reads(clients, 16) == ["1000"])
                    #expect(try standbyReads(proxy) == [before[0], before[1] + 16])
                }
            }
        }

        @Test("a standby that the primary does not name gets no reads under a limit of time")
        func unknown() throws {
            let settings = [
                "delay_threshold_by_time = 1h", "backend_application_name1 = 'somebody'",
            ]
            try play(weights: [0, 1, 0], settings) { proxy, clients, _ in
                try #expect(reads(clients, 5) == ["0"])
                #expect(try standbyReads(proxy) == [0, 0])
                let told = Deadline.after(.seconds(10)).poll {
                    proxy.log.contains("Replication delay of node: 1 is unknown")
                }
                #expect(told, "\(Stage.logTail(proxy))")
            }
        }

        @Test("a limit in bytes needs no special rights, one in time does")
        func plainUser() throws {
            let user = "sr_check_user = 'checker'"
            try play(weights: [0, 1, 0], [user, "delay_threshold = 5kB"]) { proxy, clients, _ in
                try expectReads(proxy, clients, on: 1)
            }
            try play(weights: [0, 1, 0], [user, "delay_threshold_by_time = 1h"]) {
                proxy, clients, _ in
                try #expect(reads(clients, 5) == ["0"])
                #expect(try standbyReads(proxy) == [0, 0])
            }
        }

        @Test("without a primary reads go on where the last known delay was within the limit")
        func noPrimary() throws {
            let cluster = try Stage.ownCluster(standbys: 1)
            defer { cluster.destroy() }
            try Stage.withProxy(before: cluster) {
                $0.weights = [0, 1]
                $0.extraLines = ["delay_threshold = 1MB"]
            } test: { proxy in
                let clients = try Clients(proxy, cluster)
                let isRead = try Deadline.after(.seconds(15)).poll {
                    _ = try clients.psql("select 1")
                    return try standbyReads(proxy) != [0]
                }
                #expect(isRead, "\(Stage.state(proxy))")
                try cluster.primary.stop(.immediate)
                let isKnown = Deadline.after(.seconds(15)).poll {
                    (try? proxy.status().nodes[0].state) == "down"
                }
                #expect(isKnown, "\(Stage.state(proxy))")
                // Longer than a delay that was measured counts.
                for _ in 0..<10 {
                    try #expect(clients.psql("select 1") == "1")
                    Thread.sleep(forTimeInterval: 0.5)
                }
            }
        }

        @Test("a session sees its own writes, however far behind its standby is")
        func ownWrites() throws {
            try play(weights: [0, 1, 0], []) { proxy, clients, cluster in
                try expectReads(proxy, clients, on: 1)
                try holdingBack(cluster.nodes[1]) {
                    let writesAndReads = (1...20).map {
                        """
                        insert into delayed values (\($0));
                        select count(*) from delayed; select count(*) from delayed;
                        """
                    }
                    let counts = try clients.psql(writesAndReads.joined(separator: "\n"))
                    let expected = (1...20).flatMap { ["\($0)", "\($0)"] }
                    #expect(counts.split(separator: "\n").map(String.init) == expected)
                    try #expect(reads(clients, 5) == ["0"], "sessions that wrote nothing")
                }
            }
        }

        @Test("with read_your_writes_wait a read waits for its standby", arguments: [0, 5000])
        func waits(milliseconds: Int) throws {
            let setting = "read_your_writes_wait = \(milliseconds)ms"
            try play(weights: [0, 1, 0], [setting]) { proxy, clients, cluster in
                try expectReads(proxy, clients, on: 1)
                let before = try proxy.status().nodes.map(\.reads)
                let writesAndReads = (1...20).map {
                    "insert into delayed values (\($0)); select count(*) from delayed;"
                }
                let counts = try clients.psql(writesAndReads.joined(separator: "\n"))
                #expect(
                    counts.split(separator: "\n").map(String.init) == (1...20).map { "\($0)" })
                let after = try proxy.status().nodes.map(\.reads)
                let onStandby = after[1] - before[1]
                #expect(milliseconds == 0 ? onStandby < 20 : onStandby == 20, "\(after)")
            }
        }

        @Test("log_standby_delay = always tells every delay, also without a limit")
        func logAlways() throws {
            try play(weights: [0, 1, 0], ["log_standby_delay = always"]) { proxy, _, cluster in
                try holdingBack(cluster.nodes[1]) {
                    try fill(cluster)
                    let told = Deadline.after(.seconds(10)).poll {
                        proxy.log.contains("Replication of node: 1 is behind ")
                            && proxy.log.contains(" bytes from the primary server (node: 0)")
                    }
                    #expect(told, "\(Stage.logTail(proxy))")
                }
            }
        }

        // MARK: Steps

        /// A proxy before the suite's cluster, whose table is empty on all nodes.
        private func play(
            weights: [Double], _ settings: [String],
            _ test: (ProxyProcess, Clients, LocalCluster) throws -> Void
        ) throws {
            let cluster = try Self.common.get()
            try cluster.primary.sql("truncate delayed", database: Stage.database)
            try cluster.waitForReplication()
            try Stage.withProxy(before: cluster) {
                $0.weights = weights
                // Where a read goes is the question here, not how soon a busy server tells of a table.
                $0.extraLines = settings + ["relcache_query_timeout = 5s"]
            } test: { proxy in
                try test(proxy, try Clients(proxy, cluster), cluster)
            }
        }

        /// Pauses replay on a standby while `body` runs.
        private func holdingBack(_ node: ClusterNode, _ body: () throws -> Void) throws {
            try node.sql("select pg_wal_replay_pause()")
            defer { _ = try? node.sql("select pg_wal_replay_resume()") }
            let paused = try Deadline.after(.seconds(10)).poll {
                try node.value("select pg_get_wal_replay_pause_state()") == "paused"
            }
            try #require(paused)
            try body()
        }

        private func fill(_ cluster: LocalCluster) throws {
            try cluster.primary.sql(
                "insert into delayed select generate_series(1, 1000)", database: Stage.database)
        }

        private func configure(_ node: ClusterNode, _ line: String) throws {
            let path = "\(node.dataFolder)/postgresql.auto.conf"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try "\(text)\(line)\n".write(toFile: path, atomically: false, encoding: .utf8)
            try node.reload()
        }

        /// What each standby has got so far.
        private func standbyReads(_ proxy: ProxyProcess) throws -> [UInt64] {
            try proxy.status().nodes.dropFirst().map(\.reads)
        }

        /// What some sessions read, each once.
        private func reads(_ clients: Clients, _ count: Int) throws -> Set<String> {
            try Set((0..<count).map { _ in try clients.psql("select count(*) from delayed") })
        }

        /// Within a check or two nobody reads what is old.
        private func expectFreshReads(_ clients: Clients, of sessions: Int = 1) throws {
            let fresh = try Deadline.after(.seconds(15)).poll {
                try reads(clients, sessions) == ["1000"]
            }
            #expect(fresh, "\(Stage.state(clients.proxy))")
        }

        private func expectReads(_ proxy: ProxyProcess, _ clients: Clients, on node: Int) throws {
            let before = try proxy.status().nodes[node].reads
            let back = try Deadline.after(.seconds(15)).poll {
                _ = try reads(clients, 1)
                return try proxy.status().nodes[node].reads > before
            }
            #expect(back, "\(Stage.state(proxy))")
        }
    }
}
