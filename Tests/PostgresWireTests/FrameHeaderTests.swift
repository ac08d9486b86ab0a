import PostgresWire
import TestSupport
import Testing

@Suite("Frame headers")
struct FrameHeaderTests {
    static func read(_ bytes: [UInt8], at offset: Int = 0) -> FrameHeader.Reading {
        FrameHeader.read(bytes.span.bytes, at: offset)
    }

    @Test(
        "type and length are read, the body need not be there",
        arguments: [
            ([0x51, 0, 0, 0, 4], 5), ([0x51, 0, 0, 0, 5], 6), ([0x51, 0, 0, 1, 0], 257),
            ([0x51, 0x3F, 0xFF, 0xFF, 0xFF], 0x4000_0000),
        ] as [([UInt8], Int)])
    func header(_ bytes: [UInt8], _ total: Int) throws {
        guard case .header(let header) = Self.read(bytes) else {
            Issue.record("no header")
            return
        }
        #expect(header.type == 0x51)
        #expect(header.total == total)
        #expect(header.bodyCount == total - 5)
    }

    @Test(
        "an impossible length is malformed",
        arguments: [0, 3, 0x4000_0000, 0x7FFF_FFFF, 0x8000_0000, .max] as [UInt32])
    func malformed(_ length: UInt32) {
        let bytes: [UInt8] =
            [0x51] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        #expect(Self.read(bytes) == .malformed(type: 0x51, length: length))
    }

    @Test("fewer than five bytes are incomplete, whatever the offset")
    func incomplete() {
        let bytes = frame(0x51, [1, 2, 3])
        for count in 0..<5 { #expect(Self.read(Array(bytes[..<count])) == .incomplete) }
        for offset in [4, 5, 7, 8, 9, 1000, .max, -1, .min] {
            #expect(Self.read(bytes, at: offset) == .incomplete, "offset \(offset)")
        }
        #expect(Self.read([]) == .incomplete)
    }

    @Test("a header is found at any offset")
    func offset() {
        let bytes = [0, 0, 0] + frame(BackendType.readyForQuery, [0x49])
        #expect(Self.read(bytes, at: 3) == Self.read(frame(BackendType.readyForQuery, [0x49])))
    }

    @Test(
        "a run ends before another type, a part of a message, or a length that is none",
        arguments: [
            ([], 0), (frame(0x44, [1]) + frame(0x44, [1, 2]), 13),
            (frame(0x44, [1]) + frame(0x43, [1]) + frame(0x44, [1]), 6),
            (frame(0x44, [1]) + [0x44, 0, 0, 0, 6, 1], 6), (frame(0x44, [1]) + [0x44, 0, 0], 6),
            (frame(0x44, [1]) + [0x44, 0, 0, 0, 3], 6), (frame(0x43, [1]), 0),
        ] as [([UInt8], Int)])
    func run(_ bytes: [UInt8], _ end: Int) {
        #expect(FrameHeader.endOfRun(bytes.span.bytes, of: 0x44, from: 0) == end)
        #expect(FrameHeader.endOfRun(bytes.span.bytes, of: 0x44, from: .max) == .max)
    }

    @Test("random bytes give an answer at every offset")
    func random() {
        var generator = SeededGenerator(seed: 11)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for offset in 0...bytes.count {
            switch Self.read(bytes, at: offset) {
            case .incomplete: #expect(offset > bytes.count - 5)
            case .malformed(let type, let length):
                #expect(type == bytes[offset])
                #expect(length < 4 || length > FrameHeader.lengthMax)
            case .header(let header):
                #expect(header.type == bytes[offset])
                #expect(header.total >= 5)
            }
        }
    }
}
