import PostgresWire
import TestSupport
import Testing

@Suite("Message bodies and classes")
struct MessageTests {
    @Test(
        "an authentication request that is cut short is no request",
        arguments: [[], [0], [0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 5, 1, 2, 3]] as [[UInt8]])
    func shortAuthentication(_ bytes: [UInt8]) {
        #expect(AuthenticationRequest.read(bytes.span.bytes) == nil)
    }

    @Test("a mechanism list ends at its empty name or at the end of the message")
    func mechanisms() {
        let listed = [0, 0, 0, 10] + strings("A", "B") + [0, 0x43, 0]
        #expect(
            AuthenticationRequest.read(listed.span.bytes) == .sasl(mechanisms: ["A", "B"]))
        let cut = [0, 0, 0, 10] + strings("A") + [0x42]
        #expect(AuthenticationRequest.read(cut.span.bytes) == .sasl(mechanisms: ["A"]))
    }

    @Test(
        "a SASL initial response whose length does not fit is malformed",
        arguments: [
            [], strings("SCRAM-SHA-256"), strings("X") + [0, 0, 0],
            strings("X") + [0, 0, 0, 2, 1], strings("X") + [0, 0, 0, 0, 1],
            strings("X") + [0xFF, 0xFF, 0xFF, 0xFF], strings("X") + [0x7F, 0xFF, 0xFF, 0xFF, 1],
            Array("X".utf8),
        ] as [[UInt8]])
    func badInitialResponse(_ bytes: [UInt8]) {
        #expect(SASLInitialResponse.read(bytes.span.bytes) == nil)
    }

    @Test("the severity that is not translated wins over the one that is")
    func severity() {
        let translated = [0x53] + strings("FEHLER") + [0x43] + strings("42601")
        let old = translated + [0x4D] + strings("m", "rest") + [0]
        #expect(ReportFields.read(old.span.bytes).severity == "FEHLER")
        let new = [0x56] + strings("ERROR") + translated + [0x4D] + strings("m") + [0]
        let fields = ReportFields.read(new.span.bytes)
        #expect(fields.severity == "ERROR")
        #expect(fields.code == "42601")
        #expect(fields.message == "m")
    }

    @Test("what a report says in detail follows its message")
    func detail() {
        let message = [0x4D] + strings("program \"x\" failed")
        let brief = ReportFields.read((message + [0]).span.bytes)
        #expect(brief.words == "program \"x\" failed")
        let whole = ReportFields.read((message + [0x44] + strings("exit code 3") + [0]).span.bytes)
        #expect(whole.message == brief.message && whole.detail == "exit code 3")
        #expect(whole.words == "program \"x\" failed: exit code 3")
    }

    @Test("a report that is cut anywhere keeps what was whole")
    func cutReport() {
        let whole = [0x53] + strings("ERROR") + [0x43] + strings("42601") + [0]
        for count in 0..<whole.count {
            let fields = ReportFields.read(Array(whole[..<count]).span.bytes)
            #expect(fields.severity == (count >= 7 ? "ERROR" : ""), "cut at \(count)")
            #expect(fields.code == (count >= 14 ? "42601" : ""), "cut at \(count)")
        }
    }

    @Test("random bodies never trap", arguments: 0..<10 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { index in
                index < 3 ? 0 : UInt8.random(in: 0...255, using: &generator)
            }
            _ = AuthenticationRequest.read(bytes.span.bytes)
            _ = ReportFields.read(bytes.span.bytes)
            if let initial = SASLInitialResponse.read(bytes.span.bytes) {
                #expect(initial.data.count <= bytes.count, "seed \(seed)")
            }
        }
    }

    @Test("every type byte has exactly the class that the protocol gives it")
    func classes() {
        let fromClients = Set("BCcfDEHFPQSX".utf8)
        let fromServers = Set("RK23CcGHWIEVvnNAtS1sZTDd".utf8)
        let streamedByServers = Set("DdTtNAV".utf8)
        for type in UInt8.min...UInt8.max {
            let client: FrameClass =
                type == FrontendType.copyData
                ? .pass : fromClients.contains(type) ? .hold : .unknown
            #expect(FrameClass.frontend(type) == client, "frontend \(type)")
            let server: FrameClass =
                streamedByServers.contains(type)
                ? .pass : fromServers.contains(type) ? .hold : .unknown
            #expect(FrameClass.backend(type) == server, "backend \(type)")
        }
    }

    @Test("the status of ReadyForQuery is I, T or E and nothing else")
    func status() {
        let known = (UInt8.min...UInt8.max).filter { TransactionStatus(rawValue: $0) != nil }
        #expect(known == Array("EIT".utf8))
    }
}
