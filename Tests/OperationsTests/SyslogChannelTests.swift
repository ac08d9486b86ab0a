import Testing

@testable import Operations

@Suite struct SyslogChannelTests {
    private func lines(_ text: String) -> [String] {
        SyslogChannel.lines(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("each line of a record is a message of its own")
    func records() {
        #expect(lines("LOG:  a\nDETAIL:  b\n") == ["LOG:  a", "DETAIL:  b"])
        #expect(lines("") == [])
    }

    @Test("900 bytes pass in one piece, 901 in two")
    func limit() {
        let longest = String(repeating: "x", count: 900)
        #expect(lines(longest + "\n") == [longest])
        #expect(lines(longest + "y\n") == [longest, "y"])
    }

    @Test("a cut never splits a character")
    func characters() {
        let text = "x" + String(repeating: "ä", count: 900)
        let pieces = lines(text)
        #expect(pieces.joined() == text)
        #expect(pieces.allSatisfy { $0.utf8.count <= 900 && !$0.contains("\u{FFFD}") })
    }

    @Test("bytes that are no text at all are cut somewhere")
    func garbage() {
        let bytes = [UInt8](repeating: 0x80, count: 2000)
        let pieces = SyslogChannel.lines(of: bytes)
        #expect(pieces.reduce(0) { $0 + $1.count } == 2000)
    }

    @Test("severities have PostgreSQL's priorities")
    func priorities() {
        let priorities = Severity.allCases.map(\.syslogPriority)
        #expect(priorities == [7, 7, 7, 7, 7, 6, 5, 5, 4, 6, 3, 2])
    }
}
