/// The five bytes before every message body after the startup packet: type and length.
public struct FrameHeader: Equatable, Sendable, BitwiseCopyable {
    public static let byteCount = 5
    /// PostgreSQL's own limit for one message (`PQ_LARGE_MESSAGE_LIMIT`), in bytes.
    public static let lengthMax = 0x3FFF_FFFF

    public let type: UInt8
    /// The whole message: header and body, in bytes.
    public let total: Int

    /// Bytes after the header.
    @inlinable public var bodyCount: Int { total &- 5 }

    @usableFromInline
    init(type: UInt8, total: Int) {
        self.type = type
        self.total = total
    }

    /// What the bytes at `offset` are.
    public enum Reading: Equatable, Sendable {
        /// Fewer than five bytes are there.
        case incomplete
        /// The length is impossible: smaller than its own four bytes or beyond ``lengthMax``.
        case malformed(type: UInt8, length: UInt32)
        case header(FrameHeader)
    }

    /// Reads the header at `offset`. Total: any bytes give an answer.
    @inlinable @inline(__always)
    public static func read(_ bytes: borrowing RawSpan, at offset: Int) -> Reading {
        guard offset >= 0, bytes.byteCount &- offset >= 5 else { return .incomplete }
        let type = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        let length = UInt32(
            bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset &+ 1, as: UInt32.self))
        guard length >= 4, length <= 0x3FFF_FFFF else {
            return .malformed(type: type, length: length)
        }
        return .header(FrameHeader(type: type, total: Int(length) &+ 1))
    }

    /// Where the whole messages of this one type end that follow each other from `offset` on; a
    /// message of which a part is missing is not among them.
    @inlinable @inline(__always)
    public static func endOfRun(
        _ bytes: borrowing RawSpan, of type: UInt8, from offset: Int
    ) -> Int {
        var end = offset
        while case .header(let header) = read(bytes, at: end), header.type == type,
            header.total <= bytes.byteCount &- end
        {
            end &+= header.total
        }
        return end
    }
}
