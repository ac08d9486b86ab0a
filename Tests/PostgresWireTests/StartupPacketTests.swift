import PostgresWire
import TestSupport
import Testing

@Suite("Startup packets")
struct StartupPacketTests {
    static let version3: UInt32 = 3 << 16

    static let alice = StartupMessage(
        minorVersion: 0,
        parameters: [
            .init(name: Array("user".utf8), value: Array("alice".utf8)),
            .init(name: Array("database".utf8), value: Array("shop".utf8)),
        ])

    static func read(_ bytes: [UInt8]) -> StartupPacket.Reading {
        StartupPacket.read(bytes.span.bytes)
    }

    static let kinds: [([UInt8], StartupPacket)] = [
        (packet(80_877_103), .ssl),
        (packet(80_877_104), .gssEncryption),
        (
            packet(80_877_102, [0, 0, 0, 7, 1, 2, 3, 4]),
            .cancel(CancelKey(processID: 7, secret: [1, 2, 3, 4]))
        ),
        (
            packet(80_877_102, [0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 9, count: 256)),
            .cancel(CancelKey(processID: -1, secret: [UInt8](repeating: 9, count: 256)))
        ),
        (packet(2 << 16, strings("old")), .protocol2),
        (packet(4 << 16 | 1), .unsupported(major: 4, minor: 1)),
        (packet(0), .unsupported(major: 0, minor: 0)),
        (
            packet(version3, strings("user", "alice", "database", "shop") + [0]),
            .startup(alice)
        ),
        (packet(version3, [0]), .startup(StartupMessage(minorVersion: 0, parameters: []))),
        (
            packet(version3 | 2, strings("user", "") + [0]),
            .startup(
                StartupMessage(
                    minorVersion: 2,
                    parameters: [.init(name: Array("user".utf8), value: [])]))
        ),
    ]

    @Test("each kind is read whole, with bytes behind it left alone", arguments: kinds)
    func kind(_ bytes: [UInt8], _ expected: StartupPacket) {
        #expect(Self.read(bytes) == .packet(expected, byteCount: bytes.count))
        #expect(Self.read(bytes + [1, 2, 3]) == .packet(expected, byteCount: bytes.count))
    }

    @Test("each kind is incomplete when cut anywhere", arguments: kinds)
    func truncated(_ bytes: [UInt8], _: StartupPacket) {
        for count in 0..<bytes.count {
            #expect(Self.read(Array(bytes[..<count])) == .incomplete, "cut at \(count)")
        }
    }

    @Test(
        "a length outside 8...10000 is refused before the packet is awaited",
        arguments: [0, 1, 4, 7, 10_001, 0x7FFF_FFFF, 0x8000_0000, .max] as [UInt32])
    func badLength(_ length: UInt32) {
        #expect(
            Self.read(packet(Self.version3, length: length)) == .malformed(.length(length)))
    }

    @Test("the longest packet is read")
    func longest() {
        let value = [UInt8](
            repeating: 0x61, count: StartupPacket.lengthMax - 8 - strings("user").count - 2)
        let bytes = packet(Self.version3, strings("user") + value + [0, 0])
        #expect(bytes.count == StartupPacket.lengthMax)
        let message = StartupMessage(
            minorVersion: 0, parameters: [.init(name: Array("user".utf8), value: value)])
        #expect(Self.read(bytes) == .packet(.startup(message), byteCount: bytes.count))
    }

    @Test(
        "a parameter list that does not end as it must is refused",
        arguments: [
            [], strings("user"), strings("user", "alice"), Array("user".utf8),
            strings("user", "alice") + [0, 0], strings("user") + [0x61],
        ] as [[UInt8]])
    func badParameters(_ body: [UInt8]) {
        #expect(Self.read(packet(Self.version3, body)) == .malformed(.parameters))
    }

    @Test(
        "a cancel key without a secret or with more than 256 bytes of it is refused",
        arguments: [0, 3, 4, 4 + 257])
    func badCancelKey(_ count: Int) {
        let bytes = packet(80_877_102, [UInt8](repeating: 1, count: count))
        #expect(Self.read(bytes) == .malformed(.cancelKey))
    }

    @Test("of a parameter given twice the last value counts")
    func lastValue() {
        var message = Self.alice
        message.parameters.append(.init(name: Array("user".utf8), value: Array("bob".utf8)))
        #expect(message.value("user") == Array("bob".utf8))
        #expect(message.value("database") == Array("shop".utf8))
        #expect(message.value("options") == nil)
    }

    @Test("protocol extensions are the parameters that begin with _pq_.")
    func extensions() {
        var message = Self.alice
        #expect(message.protocolExtensions.isEmpty)
        message.parameters.append(.init(name: Array("_pq_.grease".utf8), value: []))
        #expect(message.protocolExtensions == [Array("_pq_.grease".utf8)])
    }

    @Test("random packets give an answer that fits their bytes", arguments: 0..<20 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let codes: [UInt32] = [80_877_102, 80_877_103, 80_877_104, Self.version3, 2 << 16, 77]
        for _ in 0..<500 {
            let body = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...(Bool.random(using: &generator) ? 1 : 255), using: &generator)
            }
            let length = UInt32.random(in: 0..<60, using: &generator)
            let bytes = packet(codes.randomElement(using: &generator) ?? 0, body, length: length)
            switch Self.read(bytes) {
            case .incomplete: #expect(Int(length) > bytes.count, "seed \(seed)")
            case .packet(_, let count):
                #expect(count == Int(length) && count <= bytes.count, "seed \(seed)")
            case .malformed: break
            }
        }
    }
}
