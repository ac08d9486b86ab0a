import ClusterModel
import Operations
import Testing

@Suite("reports about nodes") struct NodeReportTests {
    /// A clock that shows the number of seconds as the time of one day.
    static func local(_ seconds: Int64) -> LogMoment {
        LogMoment(
            year: 2026, month: 2, day: 3, hour: Int32(seconds / 3600),
            minute: Int32(seconds / 60 % 60), second: Int32(seconds % 60), millisecond: 0)
    }

    private static func primary() -> NodeFacts {
        var node = NodeFacts(id: 0)
        node.host = "pg1"
        node.port = 5432
        node.status = "up"
        node.serverStatus = "up"
        node.weight = 0.5
        node.role = "primary"
        node.serverRole = "primary"
        node.statements.select = 3
        node.statusChangedAt = 36_672
        return node
    }

    private static func standby() -> NodeFacts {
        var node = NodeFacts(id: 1)
        node.host = "pg2"
        node.port = 5433
        node.status = "waiting"
        node.serverStatus = "up"
        node.weight = 1.0 / 3
        node.role = "standby"
        node.serverRole = "unknown"
        node.isReader = true
        node.delay = .bytes(8192)
        node.replicationState = "streaming"
        node.replicationSyncState = "async"
        node.statusChangedAt = 0
        return node
    }

    @Test("pool_nodes has fourteen columns, and a row for an unused slot as well")
    func nodes() {
        let table = NodesReport.table(
            [Self.primary(), Self.standby(), NodeFacts(id: 2)], local: Self.local)
        #expect(table.columns.count == 14)
        #expect(
            table.rows == [
                [
                    "0", "pg1", "5432", "up", "up", "0.500000", "primary", "primary", "3", "false",
                    "0", "", "", "2026-02-03 10:11:12",
                ],
                [
                    "1", "pg2", "5433", "waiting", "up", "0.333333", "standby", "unknown", "0",
                    "true", "8192", "streaming", "async", "2026-02-03 00:00:00",
                ],
                [
                    "2", "", "0", "unused", "unknown", "0.000000", "", "", "0", "false", "0", "",
                    "", "",
                ],
            ])
    }

    @Test(
        "a delay in time is printed in seconds, plural from two",
        arguments: [
            (0, "0.000000 second"), (123_456, "0.123456 second"), (1_999_999, "1.999999 second"),
            (2_000_000, "2.000000 seconds"), (2_500_000, "2.500000 seconds"),
        ] as [(Int64, String)])
    func delay(microseconds: Int64, expected: String) {
        var node = Self.standby()
        node.delay = .microseconds(microseconds)
        #expect(NodesReport.table([node], local: Self.local).rows[0][10] == expected)
    }

    @Test("pool_backend_stats counts by kind and severity")
    func backendStats() {
        var node = Self.primary()
        node.statements.select = 12
        node.statements.insert = 10
        node.statements.update = 30
        node.statements.ddl = 2
        node.statements.other = 31
        node.errors.error = 1
        node.errors.fatal = 4
        let table = BackendStatsReport.table([node])
        #expect(table.columns.count == 14)
        #expect(
            table.rows == [
                [
                    "0", "pg1", "5432", "up", "primary", "12", "10", "30", "0", "2", "31", "0", "4",
                    "1",
                ]
            ])
    }

    @Test("pool_health_check_stats averages over the checks that were done")
    func healthCheckStats() {
        var checked = Self.primary()
        checked.healthCheck.total = 12
        checked.healthCheck.succeeded = 9
        checked.healthCheck.failed = 1
        checked.healthCheck.skipped = 2
        checked.healthCheck.retries = 5
        checked.healthCheck.retriesMax = 3
        checked.healthCheck.durationMax = 12_000_000
        checked.healthCheck.durationMin = 3_000_000
        checked.healthCheck.durationSum = 51_000_000
        checked.healthCheck.lastAt = 36_900
        checked.healthCheck.lastSuccessAt = 36_900
        var skipped = Self.standby()
        skipped.healthCheck.total = 3
        skipped.healthCheck.skipped = 3
        let table = HealthCheckReport.table([checked, skipped], local: Self.local)
        #expect(table.columns.count == 20)
        #expect(
            table.rows == [
                [
                    "0", "pg1", "5432", "up", "primary", "2026-02-03 10:11:12", "12", "9", "1", "2",
                    "5", "0.500000", "3", "12", "3", "5.100000", "2026-02-03 10:15:00",
                    "2026-02-03 10:15:00", "", "",
                ],
                [
                    "1", "pg2", "5433", "waiting", "standby", "2026-02-03 00:00:00", "3", "0", "0",
                    "3", "0", "0.000000", "0", "0", "0", "0.000000", "", "", "", "",
                ],
            ])
    }

    @Test("the cache is off and the version is that of the model")
    func small() {
        #expect(CacheReport.table().columns == CacheReport.columns)
        #expect(CacheReport.table().rows == [["0", "0", "0.00", "0", "0", "0", "0", "0", "0"]])
        let version = VersionReport.table(follows: "4.7.2", own: "0.1.0")
        #expect(version == ReportTable("pool_version", "4.7.2 (trunkline 0.1.0)"))
        #expect(version.columns == VersionReport.columns)
    }

    @Test("every row has as many values as there are columns")
    func shapes() {
        let nodes = [Self.primary(), Self.standby()]
        let tables = [
            NodesReport.table(nodes), HealthCheckReport.table(nodes),
            BackendStatsReport.table(nodes), CacheReport.table(),
        ]
        for table in tables {
            #expect(Set(table.columns).count == table.columns.count)
            #expect(table.rows.allSatisfy { $0.count == table.columns.count })
        }
    }
}
