import Testing

@testable import Coordination

@Suite("Lines of a command's output")
struct OutputLinesTests {
    private static func lines(_ text: [UInt8], pieces: Int) -> [String] {
        var result: [String] = []
        var lines = OutputLines()
        var rest = text[...]
        while !rest.isEmpty {
            lines.received(rest.prefix(pieces)) { result.append($0) }
            rest = rest.dropFirst(pieces)
        }
        lines.ended { result.append($0) }
        return result
    }

    @Test(
        "are the same in whatever pieces they arrive",
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("\n", [""]),
            ("a\r\nb\r\n", ["a", "b"]), ("é\né", ["é", "é"]),
        ])
    func pieces(text: String, expected: [String]) {
        for pieces in 1...4 {
            #expect(Self.lines(Array(text.utf8), pieces: pieces) == expected)
        }
    }

    @Test("a line is cut at its limit")
    func limit() {
        let limit = OutputLines.bytesMax
        for (count, sizes) in [
            (limit, [limit]), (limit + 1, [limit, 1]), (2 * limit, [limit, limit]),
        ] {
            let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: count)
            #expect(Self.lines(bytes, pieces: 1000).map(\.utf8.count) == sizes)
            #expect(Self.lines(bytes + [0x0A], pieces: 1000).map(\.utf8.count) == sizes)
        }
    }

    @Test("bytes that are no text do no harm")
    func noText() { #expect(Self.lines([0xFF, 0x00, 0x0A], pieces: 1) == ["\u{FFFD}\0"]) }
}
