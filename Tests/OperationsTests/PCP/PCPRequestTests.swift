import Operations
import Testing

@Suite struct PCPRequestTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "requests as clients send them",
        arguments: [
            ("M", "", .salt), ("B", "", .poolStatus), ("L", "", .nodeCount),
            ("N", "", .processCount), ("X", "", .goodbye), ("F", "", .nothing),
            ("G", "", .invalidateQueryCache), ("C", "1\0", .attach(node: 1)),
            ("D", "0\0", .detach(node: 0, isGraceful: false)),
            ("d", "127\0", .detach(node: 127, isGraceful: true)),
            ("H", "2\0", .healthCheckStatistics(node: 2)), ("I", "-1\0", .nodeInfo(node: nil)),
            ("I", "3\0", .nodeInfo(node: 3)), ("I", "-2\0", .nodeInfo(node: -2)),
            ("O", "1\0", .recover(node: 1)), ("o", "1\0s", .recovery(node: 1, .status)),
            ("o", "1\0x", .malformed(type: UInt8(ascii: "o"))),
            ("P", "0\0", .processInfo(process: nil)),
            ("P", "4711\0", .processInfo(process: 4711)),
            ("J", "1 \0n", .promote(node: 1, isSwitchover: false, isGraceful: false)),
            ("j", "1 \0s", .promote(node: 1, isSwitchover: true, isGraceful: true)),
            ("J", "2\0", .promote(node: 2, isSwitchover: false, isGraceful: false)),
            ("T", "s", .stop(mode: 0x73, scope: .local)),
            ("t", "f", .stop(mode: 0x66, scope: .cluster)),
            ("T", "q", .stop(mode: 0x71, scope: .local)), ("V", "l", .rotateLog(.local)),
            ("Z", "c", .reload(.cluster)), ("W", "-1\0", .watchdogInfo(index: nil)),
            ("W", "0\0", .watchdogInfo(index: 0)),
            (
                "A", "client_min_messages\0log\0",
                .setParameter(name: "client_min_messages", value: "log")
            ),
            ("R", "u1\0d1\0", .login(user: bytes("u1"), digest: bytes("d1"))),
        ] as [(Character, String, PCPRequest)])
    func known(type: Character, body: String, expected: PCPRequest) throws {
        let letter = try #require(type.asciiValue)
        #expect(PCPRequest.parse(letter, Array(body.utf8)) == expected)
    }

    @Test(
        "what cannot be read is no request, and no node 0",
        arguments: ["C", "D", "d", "H", "I", "J", "j", "O", "P", "W"] as [Character],
        ["", "1", "x\0", "\0", " \0", "99999999999\0", "1x\0"])
    func numbers(type: Character, body: String) throws {
        let letter = try #require(type.asciiValue)
        #expect(PCPRequest.parse(letter, Array(body.utf8)) == .malformed(type: letter))
    }

    @Test(
        "nor are these",
        arguments: [
            ("R", "u1\0d1"), ("R", "u1"), ("A", "a\0"), ("T", ""), ("t", ""), ("V", ""),
            ("V", "x"), ("Z", ""), ("Z", "s"), ("J", "1 \0x"),
        ] as [(Character, String)])
    func malformed(type: Character, body: String) throws {
        let letter = try #require(type.asciiValue)
        #expect(PCPRequest.parse(letter, Array(body.utf8)) == .malformed(type: letter))
    }

    @Test("every type and every prefix of a body has an answer; unknown types are named")
    func total() {
        for type in UInt8.min...UInt8.max {
            for body in ["", "1 \0s", "-1\0", "abc\0def\0"] {
                for end in 0...body.utf8.count {
                    let request = PCPRequest.parse(type, Array(body.utf8.prefix(end)))
                    #expect(request.type == type)
                }
            }
        }
        #expect(PCPRequest.parse(UInt8(ascii: "Q"), []) == .unknown(type: UInt8(ascii: "Q")))
    }

    @Test(
        "what is written is read again as the same",
        arguments: [
            .salt, .login(user: [0x75], digest: [0x64]), .setParameter(name: "a", value: "b"),
            .poolStatus, .attach(node: 3), .detach(node: 3, isGraceful: false),
            .detach(node: 3, isGraceful: true), .nothing, .invalidateQueryCache,
            .healthCheckStatistics(node: 1), .nodeInfo(node: nil), .nodeInfo(node: 0),
            .promote(node: 1, isSwitchover: true, isGraceful: false),
            .promote(node: 1, isSwitchover: false, isGraceful: true), .nodeCount, .processCount,
            .recover(node: 2), .recovery(node: 3, .check), .processInfo(process: nil),
            .processInfo(process: 9),
            .stop(mode: 0x69, scope: .local), .stop(mode: 0x73, scope: .cluster),
            .rotateLog(.cluster), .watchdogInfo(index: nil), .watchdogInfo(index: 1),
            .reload(.local), .goodbye,
        ] as [PCPRequest])
    func roundTrip(request: PCPRequest) {
        let bytes = request.encoded
        #expect(PCPRequest.parse(bytes[0], Array(bytes.dropFirst(5))) == request)
        #expect(bytes[1...4].reduce(0) { $0 << 8 | Int($1) } == bytes.count - 1)
    }

    @Test("the bytes of the protocol's description")
    func vectors() {
        let promote = PCPRequest.promote(node: 1, isSwitchover: false, isGraceful: false)
        #expect(promote.encoded == [0x4A, 0, 0, 0, 8, 0x31, 0x20, 0, 0x6E])
        let login = PCPRequest.login(
            user: Self.bytes("u1"), digest: Self.bytes("82764490a3ffaf2a59a4c63713d5340a"))
        #expect(
            login.encoded == [0x52, 0, 0, 0, 0x28, 0x75, 0x31, 0]
                + Self.bytes("82764490a3ffaf2a59a4c63713d5340a") + [0])
        #expect(PCPRequest.salt.encoded == [0x4D, 0, 0, 0, 4])
    }

    @Test("the types of answers, the odd ones too")
    func replyTypes() {
        let odd: [(PCPRequest, Character)] = [
            (.attach(node: 0), "c"), (.recover(node: 0), "c"),
            (.recovery(node: 0, .status), "o"),
            (.detach(node: 0, isGraceful: true), "d"),
            (.promote(node: 0, isSwitchover: true, isGraceful: false), "d"),
            (.stop(mode: 0x73, scope: .cluster), "t"), (.nodeCount, "l"), (.reload(.local), "z"),
        ]
        for (request, type) in odd { #expect(request.replyType == type.asciiValue) }
    }
}
