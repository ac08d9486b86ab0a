/// Walks the fields of one message, in order. It holds offsets only and is shown the bytes at each
/// step. Past the end every read gives nil: a truncated message is an answer, not a trap.
public struct WireReader: Sendable {
    public private(set) var offset: Int
    private let end: Int

    /// Walks `bytes[from..<to]`; bounds outside the span are cut to it.
    public init(_ bytes: RawSpan, from: Int = 0, to: Int? = nil) {
        end = min(max(to ?? bytes.byteCount, 0), bytes.byteCount)
        offset = min(max(from, 0), end)
    }

    public var remaining: Int { end - offset }

    public mutating func uint8(_ bytes: RawSpan) -> UInt8? {
        guard remaining >= 1, offset < bytes.byteCount else { return nil }
        defer { offset += 1 }
        return Self.byte(bytes, offset)
    }

    public mutating func uint16(_ bytes: RawSpan) -> UInt16? {
        guard remaining >= 2, let high = uint8(bytes), let low = uint8(bytes) else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    public mutating func uint32(_ bytes: RawSpan) -> UInt32? {
        guard remaining >= 4, let high = uint16(bytes), let low = uint16(bytes) else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// The offsets of a string up to its NUL, which is skipped.
    public mutating func stringRange(_ bytes: RawSpan) -> Range<Int>? {
        let limit = min(end, bytes.byteCount)
        var scan = offset
        // Eight bytes at a time, up to the first ones with a zero among them.
        while limit &- scan >= 8 {
            let word = UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: scan, as: UInt64.self))
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            guard zeros == 0 else {
                scan &+= zeros.trailingZeroBitCount &>> 3
                break
            }
            scan &+= 8
        }
        while scan < limit {
            if Self.byte(bytes, scan) == 0 {
                defer { offset = scan &+ 1 }
                return offset..<scan
            }
            scan &+= 1
        }
        return nil
    }

    /// A string up to its NUL, as bytes: the protocol does not say in which encoding.
    public mutating func string(_ bytes: RawSpan) -> [UInt8]? {
        guard let range = stringRange(bytes) else { return nil }
        return Self.copy(bytes, range)
    }

    /// A string that is often the same one: where it is equal to `known`, it is that one and nothing
    /// is copied.
    public mutating func string(_ bytes: RawSpan, reusing known: [UInt8]) -> [UInt8]? {
        guard let range = stringRange(bytes) else { return nil }
        guard range.count == known.count, !range.isEmpty else { return Self.copy(bytes, range) }
        for index in known.indices where known[index] != Self.byte(bytes, range.lowerBound &+ index)
        {
            return Self.copy(bytes, range)
        }
        return known
    }

    public mutating func take(_ count: Int, _ bytes: RawSpan) -> [UInt8]? {
        guard count >= 0, count <= remaining, offset + count <= bytes.byteCount else { return nil }
        defer { offset += count }
        return Self.copy(bytes, offset..<offset + count)
    }

    public mutating func rest(_ bytes: RawSpan) -> [UInt8] { take(remaining, bytes) ?? [] }

    private static func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
        bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    private static func copy(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        return bytes.withUnsafeBytes { Array(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
