/// The escapes of `U&"..."` and `U&'...'`.
enum UnicodeEscapes {
    /// What the inside of the quotes spells in UTF-8; nil if PostgreSQL refuses its escapes.
    static func decode(_ inside: [UInt8], escape: UInt8) -> [UInt8]? {
        switch escape {
        case UInt8(ascii: "+"), UInt8(ascii: "'"), UInt8(ascii: "\""): return nil
        default: if ByteClass.isHexDigit(escape) || ByteClass.isBlank(escape) { return nil }
        }
        let text = inside.span
        var bytes: [UInt8] = []
        bytes.reserveCapacity(inside.count)
        /// The first half of a character that UTF-16 writes in two.
        var high: UInt32?
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == escape, !text.has(escape, at: at &+ 1) {
                let isLong = text.has(UInt8(ascii: "+"), at: at &+ 1)
                let first = isLong ? at &+ 2 : at &+ 1
                let end = first &+ (isLong ? 6 : 4)
                guard let value = Self.hexadecimal(text, from: first, to: end) else { return nil }
                at = end
                if let leading = high {
                    guard value & 0xFFFF_FC00 == 0xDC00 else { return nil }
                    high = nil
                    let joined = 0x10000 &+ (leading & 0x3FF) &<< 10 &+ (value & 0x3FF)
                    guard Self.append(joined, to: &bytes) else { return nil }
                } else if value & 0xFFFF_FC00 == 0xD800 {
                    high = value
                } else {
                    guard Self.append(value, to: &bytes) else { return nil }
                }
                continue
            }
            at &+= byte == escape ? 2 : 1
            guard high == nil else { return nil }
            bytes.append(byte)
        }
        return high == nil ? bytes : nil
    }

    static func append(_ value: UInt32, to bytes: inout [UInt8]) -> Bool {
        guard value > 0, let scalar = Unicode.Scalar(value) else { return false }
        bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        return true
    }

    static func hexadecimal(_ text: Span<UInt8>, from start: Int, to end: Int) -> UInt32? {
        guard start >= 0, start < end, end <= text.count else { return nil }
        var value: UInt32 = 0
        for at in start..<end {
            guard ByteClass.isHexDigit(text[at]) else { return nil }
            value = value &<< 4 | UInt32(ByteClass.hexadecimal(text[at]))
        }
        return value
    }
}
