import ClusterModel
import Operations
import Testing

@Suite struct StatusTests {
    private let status = ProxyStatus(
        version: "0.1.0", pid: 812, uptimeSeconds: 3725, state: "running", clients: 40,
        waitingClients: 2,
        nodes: [
            .init(
                id: 0, host: "pg1.local", port: 5432, role: "primary", state: "up", weight: 1,
                lagBytes: nil, reads: 1200, writes: 345, serverConnections: 12,
                idleServerConnections: 4),
            .init(
                id: 1, host: "10.0.0.12", port: 15432, role: "standby", state: "down", weight: 0.25,
                lagBytes: 3 << 20, reads: 0, writes: 0, serverConnections: 0,
                idleServerConnections: 0),
        ],
        decisions: ["balanced_read": 1200, "writes": 300, "transaction_on_primary": 45],
        repeatedReads: 3)

    @Test("the table lines up")
    func table() {
        #expect(
            StatusTable.render(status) == """
                trunkline 0.1.0, pid 812, running, up 1 h 2 min, clients 40 (2 waiting)
                node  host        port  role     state  weight  reads  writes   lag  connections
                   0  pg1.local   5432  primary  up          1   1200     345     -  12 (4 idle)
                   1  10.0.0.12  15432  standby  down     0.25      0       0  3 MB   0 (0 idle)
                routed: balanced_read 1200, writes 300, transaction_on_primary 45
                reads repeated on another node: 3

                """)
    }

    @Test("a second look adds what happened since the first")
    func rates() {
        var before = status
        before.nodes[0].reads = 1000
        before.nodes[0].writes = 346
        let lines = StatusTable.render(status, since: (before, 2)).split(separator: "\n")
        #expect(lines[1].hasSuffix("  connections  reads/s  writes/s"))
        #expect(lines[2].hasSuffix("  12 (4 idle)      100         -"))
        #expect(lines[3].hasSuffix("   0 (0 idle)        0         0"))
        before.pid = 1
        #expect(StatusTable.render(status, since: (before, 2)) == StatusTable.render(status))
        #expect(StatusTable.nodes(status).split(separator: "\n").count == 3)
    }

    @Test("a document read back is the same status")
    func roundTrip() throws {
        #expect(try ProxyStatus(json: status.json()) == status)
        #expect(status.json().last == UInt8(ascii: "\n"))
    }

    @Test("the socket answers each reader with one document")
    func socket() throws {
        let scratch = try ScratchDirectory()
        let path = StatusSocket.path(directory: scratch.path, port: 9999)
        #expect(path == scratch.file(".s.TRUNKLINE.9999"))
        let expected = status
        let socket = try StatusSocket(path: path) { _ in .status(expected) }
        #expect(try scratch.mode(".s.TRUNKLINE.9999") == 0o600)
        for _ in 1...3 { #expect(try StatusSocket.read(path) == expected) }
        #expect(throws: StatusSocket.Failure.self) {
            try StatusSocket(path: path) { _ in .status(expected) }
        }
        socket.remove()
        #expect(throws: StatusSocket.Failure.self) { try StatusSocket.read(path) }
    }

    @Test("a socket file left behind is replaced")
    func staleSocket() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("s")
        let expected = status
        let first = try StatusSocket(path: path) { _ in .status(expected) }
        first.remove()
        let second = try StatusSocket(path: path) { _ in .status(expected) }
        #expect(try StatusSocket.read(path) == expected)
        second.remove()
    }
}

@Suite struct StatusRequestTests {
    @Test(
        "lines and what they mean",
        arguments: [
            ("status", .status), ("", .status), ("attach 1", .order(.attach(node: 1))),
            ("detach 0", .order(.detach(node: 0, isGraceful: false))),
            ("detach 12 gracefully", .order(.detach(node: 12, isGraceful: true))),
            ("promote 1", .order(.promote(node: 1, isSwitchover: false, isGraceful: false))),
            (
                "promote 1 switchover",
                .order(.promote(node: 1, isSwitchover: true, isGraceful: false))
            ),
            (
                "promote 1 gracefully",
                .order(.promote(node: 1, isSwitchover: false, isGraceful: true))
            ),
            (
                "promote 1 switchover gracefully",
                .order(.promote(node: 1, isSwitchover: true, isGraceful: true))
            ),
            ("recoveries", .recoveries),
            (
                "recover 1",
                .order(.recover(node: 1, options: RecoveryOptions(), isAwaited: true))
            ),
            (
                "recover 1 method=basebackup detach discard-divergent overwrite-foreign async",
                .order(
                    .recover(
                        node: 1,
                        options: RecoveryOptions(
                            method: .baseBackup, detaches: true, discardsDivergent: true,
                            overwritesForeign: true), isAwaited: false))
            ),
            (
                "recover-check 2 method=rewind",
                .order(.checkRecovery(node: 2, options: RecoveryOptions(method: .rewind)))
            ),
            ("recover-cancel 2", .order(.cancelRecovery(node: 2))),
        ] as [(String, StatusRequest)])
    func known(line: String, expected: StatusRequest) {
        #expect(StatusRequest(line: line) == expected)
        #expect(StatusRequest(line: expected.line) == expected)
    }

    @Test(
        "anything else is unknown, and no node 0",
        arguments: [
            "attach", "attach x", "attach -1", "attach 1 gracefully", "detach 1 switchover",
            "detach", "promote 1 gracefully switchover", "status 1", "x", "gracefully",
            "detach gracefully", "attach 256", "attach 1 2", "recover", "recover x",
            "recover 1 method=magic", "recover 1 gracefully", "recover-cancel 1 now",
            "recover-all 1",
        ])
    func unknown(line: String) {
        #expect(StatusRequest(line: line) == .unknown(line))
    }

    @Test("an order is answered with what came of it; a reader that says nothing gets the status")
    func orders() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("s")
        let socket = try StatusSocket(path: path) { request in
            switch request {
            case .order(.attach(node: 1)): .order(OrderReport(isDone: true))
            case .order:
                .order(OrderReport(isDone: false, reason: "node 2 is behind", hint: "wait"))
            case .recoveries:
                .recoveries([RecoveryFacts(node: 1, id: "a", state: .done, phase: "CLEANED")])
            case .status, .unknown:
                .status(
                    ProxyStatus(
                        version: "1", pid: 1, uptimeSeconds: 0, state: "running", clients: 0,
                        waitingClients: 0, nodes: []))
            }
        }
        defer { socket.remove() }
        #expect(try StatusSocket.order(.attach(node: 1), path) == OrderReport(isDone: true))
        #expect(
            try StatusSocket.order(.detach(node: 2, isGraceful: true), path)
                == OrderReport(isDone: false, reason: "node 2 is behind", hint: "wait"))
        #expect(try StatusSocket.read(path).state == "running")
        #expect(try StatusSocket.recoveries(path).map(\.words) == ["node 1: done"])
    }
}
