import Operations
import Testing

@Suite("reports about sessions") struct SessionReportTests {
    private static let slots = SlotFacts(count: 3, processID: 4711, startedAt: 60)

    private static func session() -> SessionFacts {
        var session = SessionFacts(processID: 1_073_741_824, startedAt: 36_600)
        session.clientsBefore = 2
        session.database = "test"
        session.user = "alice"
        session.state = .executing
        session.host = "127.0.0.1"
        session.port = 40_000
        session.idleSeconds = 12
        session.reader = 1
        session.connections = [
            connection(1, 36_672, 3, processID: 222), connection(0, 36_000, 1, processID: 111),
        ]
        session.active = 0
        return session
    }

    private static func connection(
        _ node: Int, _ openedAt: Int64, _ count: Int, processID: Int32
    ) -> ConnectionFacts {
        var connection = ConnectionFacts(node: node)
        connection.openedAt = openedAt
        connection.sessionCount = count
        connection.processID = processID
        connection.database = "test"
        connection.user = "alice"
        return connection
    }

    @Test("pool_processes has a row for each session and for each free place")
    func processes() {
        var fresh = SessionFacts(processID: 1_073_741_825, startedAt: 36_601)
        fresh.database = "test"
        fresh.user = "bob"
        let table = ProcessesReport.table(
            [Self.session(), fresh], slots: Self.slots, local: NodeReportTests.local)
        #expect(table.columns.count == 8)
        #expect(
            table.rows == [
                [
                    "1073741824", "2026-02-03 10:10:00", "2", "test", "alice",
                    "2026-02-03 10:11:12", "3", "Execute command",
                ],
                [
                    "1073741825", "2026-02-03 10:10:01", "0", "test", "bob", "", "", "Connecting",
                ],
                ["4711", "2026-02-03 00:01:00", "0", "", "", "", "", "Wait for connection"],
            ])
    }

    @Test("more sessions than places are all there: a reload may have taken places away")
    func tooManySessions() {
        let sessions = [SessionFacts](repeating: Self.session(), count: 5)
        let table = ProcessesReport.table(sessions, slots: Self.slots)
        #expect(table.rows.count == 5)
    }

    @Test("pool_pools has a row for each session and node, and for each idle connection")
    func pools() {
        var idle = Self.connection(0, 36_000, 7, processID: 333)
        idle.leftAt = 36_610
        let table = PoolsReport.table(
            [Self.session()], idle: [idle], nodeCount: 3, slots: Self.slots,
            local: NodeReportTests.local)
        #expect(table.columns.count == 21)
        let since = "2026-02-03 10:10:00"
        #expect(
            table.rows == [
                [
                    "1073741824", since, "2", "0", "0", "test", "alice", "2026-02-03 10:00:00",
                    since, "", "12", "3", "0", "1", "111", "1", "Execute command", "0",
                    "127.0.0.1", "40000", "",
                ],
                [
                    "1073741824", since, "2", "0", "1", "test", "alice", "2026-02-03 10:11:12",
                    since, "", "12", "3", "0", "3", "222", "1", "Execute command", "1",
                    "127.0.0.1", "40000", "",
                ],
                [
                    "1073741824", since, "2", "0", "2", "", "", "", "", "", "", "0", "0", "0", "0",
                    "0", "Execute command", "0", "127.0.0.1", "40000", "",
                ],
                [
                    "4711", "2026-02-03 00:01:00", "0", "0", "0", "test", "alice",
                    "2026-02-03 10:00:00", "", "2026-02-03 10:10:10", "", "3", "0", "7", "333",
                    "0", "Wait for connection", "0", "", "", "",
                ],
            ])
    }

    @Test(
        "under client_idle_limit the rest of the time is told",
        arguments: [
            (48, "12 (0:48 before client disconnected)"),
            (3, "12 (0:03 before client disconnected)"),
            (605, "12 (10:05 before client disconnected)"),
            (-1, "12 (0:00 before client disconnected)"),
        ] as [(Int64, String)])
    func idleLimit(left: Int64, expected: String) {
        var session = Self.session()
        session.idleSecondsLeft = left
        let table = PoolsReport.table([session], idle: [], nodeCount: 1, slots: Self.slots)
        #expect(table.rows[0][10] == expected)
    }

    @Test("a client of a Unix socket has no port")
    func unixSocket() {
        var session = Self.session()
        session.host = "[local]"
        session.port = 0
        let row = PoolsReport.table([session], idle: [], nodeCount: 1, slots: Self.slots).rows[0]
        #expect(row[18] == "[local]" && row[19].isEmpty)
    }

    @Test("the words for states fit Pgpool-II's nineteen bytes")
    func states() {
        let states: [SessionFacts.State] = [
            .waiting, .connecting, .idle, .idleInTransaction, .executing,
        ]
        #expect(states.allSatisfy { $0.rawValue.utf8.count <= 19 })
    }
}
