/// What literals mean.
extension SkeletonParser {
    /// The token's value: a folded word, a quoted name, a string without its quotes, a number as it is
    /// written. Nil where it has none.
    func value(in text: Span<UInt8>) -> [UInt8]? {
        let token = self.token
        switch token.kind {
        case .word:
            switch token.keyword {
            case .true, .false, .on: break
            default: if token.word.isReserved { return nil }
            }
            return self.bytes(of: self.part, in: text)
        case .quotedName, .unicodeName:
            return self.bytes(of: self.part, in: text)
        case .number:
            return Array(text, from: token.start, to: token.end)
        case .string:
            return self.string(from: token.start, to: token.end, in: text)
        default:
            return nil
        }
    }

    private func string(from start: Int, to end: Int, in text: Span<UInt8>) -> [UInt8]? {
        guard start < end, end <= text.count else { return nil }
        switch text[start] {
        case UInt8(ascii: "$"):
            var body = start &+ 1
            while body < end, text[body] != UInt8(ascii: "$") { body &+= 1 }
            body &+= 1
            let tagLength = body &- start
            guard end &- body >= tagLength else { return nil }
            return (body..<end &- tagLength).map { self.byte($0, in: text) }
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            return self.quoted(from: start &+ 1, to: end, hasEscapes: true, in: text)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            // A clause behind it might change the escape character.
            guard self.next(in: text).keyword != .uescape else { return nil }
            return UnicodeEscapes.decode(
                text, from: start &+ 3, quote: UInt8(ascii: "'"), escape: UInt8(ascii: "\\"))
        case UInt8(ascii: "n"), UInt8(ascii: "N"):
            return self.quoted(
                from: start &+ 1, to: end, hasEscapes: !self.dialect.standardConformingStrings,
                in: text)
        default:
            return self.quoted(
                from: start, to: end, hasEscapes: !self.dialect.standardConformingStrings, in: text)
        }
    }

    /// The inside of quotes, and of those that continue them.
    private func quoted(
        from start: Int, to end: Int, hasEscapes: Bool, in text: Span<UInt8>
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        var at = start
        var isInside = false
        while at < end {
            let byte = text[at]
            if !isInside {
                // Blanks and line comments between quotes.
                if byte == UInt8(ascii: "-") {
                    at = text.lineEnd(from: at)
                } else {
                    isInside = byte == UInt8(ascii: "'")
                    at &+= 1
                }
            } else if byte == UInt8(ascii: "'") {
                if at &+ 1 < end, text[at &+ 1] == byte {
                    bytes.append(byte)
                    at &+= 2
                } else {
                    isInside = false
                    at &+= 1
                }
            } else if byte == UInt8(ascii: "\\"), hasEscapes {
                guard let next = self.escape(at &+ 1, to: end, &bytes, in: text) else { return nil }
                at = next
            } else {
                bytes.append(self.byte(at, in: text))
                at &+= 1
            }
        }
        return bytes
    }

    /// Decodes what follows a backslash at `start`; gives where it ends.
    private func escape(
        _ start: Int, to end: Int, _ bytes: inout [UInt8], in text: Span<UInt8>
    ) -> Int? {
        guard start < end else { return nil }
        let byte = text[start]
        switch byte {
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            return self.code(start, to: end, digits: 3, radix: 8, &bytes, in: text)
        case UInt8(ascii: "x"):
            return self.code(start &+ 1, to: end, digits: 2, radix: 16, &bytes, in: text)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let end = Swift.min(end, start &+ (byte == UInt8(ascii: "u") ? 5 : 9))
            guard let value = UnicodeEscapes.hexadecimal(text, from: start &+ 1, to: end),
                UnicodeEscapes.append(value, to: &bytes)
            else { return nil }
            return end
        default: bytes.append(self.byte(start, in: text))
        }
        return start &+ 1
    }

    private func code(
        _ start: Int, to end: Int, digits: Int, radix: Int, _ bytes: inout [UInt8],
        in text: Span<UInt8>
    ) -> Int? {
        var value = 0
        var at = start
        while at < end, at < start &+ digits, ByteClass.isHexDigit(text[at]) {
            let byte = text[at]
            let digit = Int(ByteClass.isDigit(byte) ? byte & 0x0F : (byte & 0x0F) &+ 9)
            guard digit < radix else { break }
            value = value &* radix &+ digit
            at &+= 1
        }
        guard at > start else { return nil }
        bytes.append(UInt8(truncatingIfNeeded: value))
        return at
    }
}

extension Array where Element == UInt8 {
    /// The bytes `text[start..<end]`.
    init(_ text: Span<UInt8>, from start: Int, to end: Int) {
        self = []
        self.reserveCapacity(Swift.max(0, end &- start))
        for at in start..<Swift.max(start, Swift.min(end, text.count)) { self.append(text[at]) }
    }
}
