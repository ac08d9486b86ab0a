import Testing

@testable import Operations

@Suite struct PCPReplyTests {
    private func message(_ type: Character, _ body: String) -> [UInt8] {
        let length = body.utf8.count + 4
        return [type.asciiValue ?? 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xFF)]
            + Array(body.utf8)
    }

    private var node: NodeFacts {
        var node = NodeFacts(id: 1)
        node.host = "pg2"
        node.port = 5432
        node.status = "up"
        node.serverStatus = "up"
        node.weight = 0.5
        node.role = "standby"
        node.serverRole = "standby"
        node.replicationState = "streaming"
        node.replicationSyncState = "async"
        node.statusChangedAt = 1_700_000_000
        return node
    }

    private func fields(_ reply: PCPReply) -> [String] {
        var answer = PCPAnswer()
        var rest = reply.bytes[...]
        while rest.count >= 5 {
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let body = Array(rest.dropFirst(5).prefix(length - 4))
            _ = answer.received(rest.first ?? 0, body, expected: rest.first ?? 0)
            rest = rest.dropFirst(length + 1)
        }
        return answer.rows.first ?? answer.texts
    }

    @Test("the handshake and a count, byte by byte")
    func small() {
        #expect(PCPReply.salt([1, 2, 3, 4]).bytes == [0x6D, 0, 0, 0, 8, 1, 2, 3, 4])
        #expect(PCPReply.authenticated.bytes == message("r", "AuthenticationOK\0"))
        #expect(
            PCPReply.complete(.nodeCount, ["2"]).bytes == message("l", "CommandComplete\02\0"))
        #expect(
            PCPReply.complete(.attach(node: 1)).bytes == message("c", "CommandComplete\0"))
    }

    @Test("a node in thirteen fields is that of the protocol's description")
    func thirteen() {
        let row =
            "NodeInfo\0pg2\05432\02\00\0up\01073741823.500000\03\0standby\00\00\0streaming\0async"
            + "\01700000000\0"
        #expect(row.utf8.count == 0x58 - 4)
        #expect(
            PCPReply.nodes([node], form: .withDelayUnit).bytes
                == message("i", "ArraySize\01\0") + message("i", row)
                + message("i", "CommandComplete\0"))
    }

    @Test("in twelve fields the unit of the delay is missing")
    func twelve() {
        var node = node
        node.delay = .microseconds(1_500_000)
        let long = fields(.nodes([node], form: .withDelayUnit))
        let short = fields(.nodes([node], form: .withoutDelayUnit))
        #expect(long.count == 13 && long[8] == "1" && long[9] == "1500000")
        #expect(short == Array(long[..<8] + long[9...]))
        #expect(PCPNodeInfoForm(fieldCount: 12) == .withoutDelayUnit)
        #expect(PCPNodeInfoForm(fieldCount: 13) == .withDelayUnit)
    }

    @Test(
        "numbers of states and roles",
        arguments: [
            ("unused", "", "0", "0", "1"), ("waiting", "main", "1", "0", "0"),
            ("up", "replica", "2", "0", "1"), ("down", "primary", "3", "0", "2"),
            ("quarantine", "standby", "3", "1", "3"),
        ])
    func numbers(
        status: String, role: String, number: String, quarantine: String, roleNumber: String
    ) {
        var node = NodeFacts(id: 0)
        node.status = status
        node.role = role
        let row = fields(.nodes([node], form: .withDelayUnit))
        #expect([row[2], row[3], row[6]] == [number, quarantine, roleNumber])
    }

    @Test("the pool status counts in four bytes and is cut to what clients have room for")
    func poolStatus() {
        let long = String(repeating: "é", count: 400)
        let bytes = PCPReply.poolStatus([["port", "9999", "text"], [long, long, long]]).bytes
        #expect(
            bytes.starts(
                with: [0x62, 0, 0, 0, 18] + Array("ArraySize\0".utf8) + [0, 0, 0, 2, 0x62]))
        let row = fields(.poolStatus([[long, long, long]]))
        #expect(row.map(\.utf8.count) == [62, 510, 78])
        #expect(fields(.poolStatus([["port", "9999", "text"]])) == ["port", "9999", "text"])
    }

    @Test("an error has severity, code, message, detail, file and line")
    func failure() {
        let failure = PCPFailure(.error, "it failed", detail: "because")
        #expect(
            PCPReply.failure(failure).bytes
                == message("E", "SERROR\0CXX000\0Mit failed\0Dbecause\0Fpcp\0L0\0\0"))
    }

    /// Clients look for M, S and D again at the first letter of what they have found.
    @Test(
        "texts that clients would misread are written differently",
        arguments: [
            ("Master gone", "master gone"), ("Standby 1", "standby 1"), ("Down", "down"),
            ("Node 1", "Node 1"), ("primary", "primary"), ("", ""),
        ])
    func misread(text: String, expected: String) {
        #expect(PCPText.field(text) == expected)
    }

    @Test("no field is longer than 255 bytes, and none is empty")
    func lengths() {
        #expect(PCPText.field(String(repeating: "x", count: 300)).utf8.count == 254)
        #expect(PCPText.cut("aé", to: 2) == "a")
        #expect(PCPText.cut("aé", to: 3) == "aé")
        #expect(PCPText.cut("ééé", to: 4) == "éé")
        let empty = PCPReply.failure(PCPFailure(.error, "", detail: "")).bytes
        #expect(empty == message("E", "SERROR\0CXX000\0Mrequest failed\0Fpcp\0L0\0\0"))
    }

    @Test("a notice is told in passing")
    func notice() {
        #expect(
            PCPReply.notice("copying").bytes
                == message("N", "SNOTICE\0C00000\0Mcopying\0Fpcp\0L0\0\0"))
    }

    @Test("no failure of ours begins with a letter that clients misread")
    func wordings() {
        let failures: [PCPFailure] = [
            .invalidLength(300), .malformed(0x51), .unknownType(0x51), .notAuthorized, .noSalt,
            .wrongPassword([0x75]), .unreadable("/f", reason: "r"), .noCryptography, .tooLate,
            .tooMany, .noNodeForInfo(1), .noNodeForHealthChecks(1), .noHealthChecks(1),
            .noProcess(1), .noWatchdog, .noQueryCache, .noNodeForRecovery(1), .noSuchMode(0x71),
            .noCollector, .setting("x"),
        ]
        for failure in failures {
            #expect(PCPText.field(failure.message) == failure.message)
            #expect(!failure.message.isEmpty && failure.detail != "")
            if let detail = failure.detail { #expect(PCPText.field(detail) == detail) }
        }
    }
}
