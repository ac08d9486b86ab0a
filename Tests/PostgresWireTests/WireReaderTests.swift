import PostgresWire
import TestSupport
import Testing

@Suite("Reading fields")
struct WireReaderTests {
    @Test("fields come in order and the rest is the rest")
    func order() {
        let bytes: [UInt8] = [7, 1, 2, 0, 0, 1, 0] + strings("name") + [9, 8, 7]
        let span = bytes.span.bytes
        var reader = WireReader(span)
        #expect(reader.uint8(span) == 7)
        #expect(reader.uint16(span) == 0x0102)
        #expect(reader.uint32(span) == 0x0000_0100)
        #expect(reader.stringRange(span) == 7..<11)
        #expect(reader.take(1, span) == [9])
        #expect(reader.remaining == 2)
        #expect(reader.rest(span) == [8, 7])
        #expect(reader.rest(span) == [])
        #expect(reader.remaining == 0)
    }

    @Test("past the end every read gives nil and moves nothing")
    func end() {
        let bytes: [UInt8] = [1]
        let span = bytes.span.bytes
        var reader = WireReader(span)
        #expect(reader.uint16(span) == nil)
        #expect(reader.uint32(span) == nil)
        #expect(reader.string(span) == nil)
        #expect(reader.take(2, span) == nil)
        #expect(reader.take(-1, span) == nil)
        #expect(reader.take(.max, span) == nil)
        #expect(reader.offset == 0)
        #expect(reader.uint8(span) == 1)
        #expect(reader.uint8(span) == nil)
    }

    @Test("a string without its NUL inside the bounds is no string")
    func unterminated() {
        let bytes = strings("ab")
        let span = bytes.span.bytes
        var short = WireReader(span, to: 2)
        #expect(short.string(span) == nil)
        var whole = WireReader(span)
        #expect(whole.string(span) == Array("ab".utf8))
        #expect(whole.string(span) == nil)
    }

    @Test(
        "bounds outside the bytes are cut to them",
        arguments: [
            (0, nil, 4), (1, nil, 3), (4, nil, 0), (5, nil, 0), (-3, nil, 4), (0, 2, 2),
            (0, 9, 4), (3, 2, 0), (0, -1, 0), (.min, .max, 4), (.max, .min, 0),
        ] as [(Int, Int?, Int)])
    func bounds(_ from: Int, _ to: Int?, _ remaining: Int) {
        let bytes: [UInt8] = [1, 2, 3, 4]
        var reader = WireReader(bytes.span.bytes, from: from, to: to)
        #expect(reader.remaining == remaining)
        #expect(reader.rest(bytes.span.bytes).count == remaining)
    }

    @Test("other bytes than those it was made for never trap")
    func otherBytes() {
        let long: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let short: [UInt8] = [1, 2, 3]
        var reader = WireReader(long.span.bytes)
        #expect(reader.take(4, short.span.bytes) == nil)
        #expect(reader.uint32(short.span.bytes) == nil)
        #expect(reader.stringRange(short.span.bytes) == nil)
        #expect(reader.rest(short.span.bytes) == [])
    }

    @Test("random walks over random bytes stay inside", arguments: 0..<10 as Range<UInt64>)
    func random(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0..<30, using: &generator)).map { _ in
                UInt8.random(in: 0...3, using: &generator)
            }
            let span = bytes.span.bytes
            var reader = WireReader(
                span, from: Int.random(in: -2..<32, using: &generator),
                to: Int.random(in: -2..<32, using: &generator))
            var previous = reader.offset
            for _ in 0..<8 {
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: _ = reader.uint8(span)
                case 1: _ = reader.uint16(span)
                case 2: _ = reader.uint32(span)
                case 3: _ = reader.string(span)
                case 4: _ = reader.take(Int.random(in: -1..<9, using: &generator), span)
                default: _ = reader.stringRange(span)
                }
                #expect(reader.offset >= previous && reader.remaining >= 0, "seed \(seed)")
                #expect(reader.offset <= bytes.count, "seed \(seed)")
                previous = reader.offset
            }
        }
    }
}
