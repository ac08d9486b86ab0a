import Operations
import Testing

@Suite struct ProcessLogTextsTests {
    private let label = SessionLabel(
        application: "psql", user: "alice", database: "test", processID: 4_200_001)

    @Test("connections are told in Pgpool-II's words")
    func connections() {
        let peer = PeerLabel(host: "127.0.0.1", port: 40112)
        let received = ProcessLogTexts.connectionReceived(from: peer, label)
        #expect(received.message == "new connection received")
        #expect(received.detail == "connecting host=127.0.0.1 port=40112")
        #expect(received.process == "child")
        #expect(received.processID == 4_200_001)
        #expect(
            ProcessLogTexts.authorized(label).message
                == "connection authorized: user=alice database=test")
        let left = ProcessLogTexts.disconnected(
            from: .local, after: .milliseconds(3_723_004), label)
        #expect(
            left.message
                == "frontend disconnection: session time: 1:02:03.004 user=alice database=test host=[local]"
        )
    }

    @Test(
        "statements of a node",
        arguments: [
            (.query("SELECT 1"), "SELECT 1"), (.parse("SELECT 1"), "Parse: SELECT 1"),
            (.bind("SELECT 1"), "Bind: SELECT 1"), (.execute("SELECT 1"), "Execute: SELECT 1"),
            (.message(UInt8(ascii: "D")), "D message"),
        ] as [(ProcessLogTexts.NodeStatement, String)])
    func nodeStatements(statement: ProcessLogTexts.NodeStatement, text: String) {
        let record = ProcessLogTexts.perNode(statement, node: 1, backendPID: 4711, label)
        #expect(record.message == "DB node id: 1 backend pid: 4711 statement: \(text)")
        #expect(
            ProcessLogTexts.perNodeNotice(statement, node: 1)
                == "DB node id: 1 statement: \(text)")
    }

    @Test(
        "messages of a client",
        arguments: [
            (.query("SELECT 1"), "Query", "query: \"SELECT 1\""),
            (
                .parse(statement: "S1", query: "SELECT 1"), "Parse",
                "statement: \"S1\", query: \"SELECT 1\""
            ),
            (.bind(portal: "", statement: "S1"), "Bind", "portal: \"\", statement: \"S1\""),
            (.execute(portal: ""), "Execute", "portal: \"\""),
            (.describe(.statement("S1")), "Describe", "statement: \"S1\""),
            (.close(.portal("P")), "Close", "portal: \"P\""),
            (.functionCall(oid: 12345), "FunctionCall", "oid: \"12345\""),
            (.copyData(count: 10), "CopyData", "count: 10"),
            (.sync, "Sync", nil), (.copyFail, "CopyFail", nil),
            (.cancel(processID: 4711), "Cancel", "process id: 4711"),
        ] as [(ProcessLogTexts.ClientMessage, String, String?)])
    func clientMessages(message: ProcessLogTexts.ClientMessage, kind: String, detail: String?) {
        let record = ProcessLogTexts.clientMessage(message, label)
        #expect(record.severity == .log)
        #expect(record.message == "\(kind) message from frontend.")
        #expect(record.detail == detail)
    }

    @Test("the lines that scripts wait for")
    func milestones() {
        let started = ProcessLogTexts.started(behaviour: "4.7.2", version: "0.1.0")
        #expect(
            started.message
                == "pgpool-II successfully started. version 4.7.2 (trunkline 0.1.0)")
        #expect(ProcessLogTexts.shuttingDown(signal: 15).message == "shutting down by signal 15")
        #expect(ProcessLogTexts.reloading().message == "reload config files.")
        #expect(ProcessLogTexts.stopped().message == "Pgpool-II system is shutdown")
    }
}
