/// Text of an encoding whose characters may hold bytes below 0x80.
///
/// PostgreSQL converts such text before it reads it. Here the bytes of each character that seem to be
/// ASCII get their highest bit instead, so that a lexer of bytes takes the whole character for a part
/// of a name or string; every offset stays what it was.
enum MultibyteText {
    enum Reading {
        /// It can be read as it is.
        case plain
        /// To be read instead of the text.
        case masked([UInt8])
        /// No character begins with the bytes at this offset: the server refuses the text.
        case invalid(offset: Int)
    }

    static func read(_ text: Span<UInt8>, encoding: ClientEncoding) -> Reading {
        guard encoding.mayHideASCII, !text.isASCII else { return .plain }
        var masked = [UInt8](text, from: 0, to: text.count)
        var at = 0
        var hidesASCII = false
        while at < text.count {
            guard text[at] >= 0x80 else {
                at &+= 1
                continue
            }
            let length = Self.length(text, at: at, encoding: encoding)
            guard length > 0 else { return .invalid(offset: at) }
            for index in at..<at &+ length where masked[index] < 0x80 {
                masked[index] |= 0x80
                hidesASCII = true
            }
            at &+= length
        }
        return hidesASCII ? .masked(masked) : .plain
    }

    /// Bytes of the character at `start`, which begins with a byte of 0x80 or above; 0: there is none.
    private static func length(
        _ text: Span<UInt8>, at start: Int, encoding: ClientEncoding
    ) -> Int {
        let lead = text[start]
        func follows(_ offset: Int, _ ranges: ClosedRange<UInt8>...) -> Bool {
            guard start &+ offset < text.count else { return false }
            let byte = text[start &+ offset]
            return ranges.contains { $0.contains(byte) }
        }
        switch encoding {
        case .asciiSafe:
            return 1
        case .sjis, .shiftJIS2004:
            switch lead {
            case 0xA1...0xDF: return 1
            case 0x81...0x9F, 0xE0...0xFC: return follows(1, 0x40...0x7E, 0x80...0xFC) ? 2 : 0
            default: return 0
            }
        case .big5:
            guard 0x81...0xFE ~= lead else { return 0 }
            return follows(1, 0x40...0x7E, 0xA1...0xFE) ? 2 : 0
        case .gbk:
            guard 0x81...0xFE ~= lead else { return 0 }
            return follows(1, 0x40...0x7E, 0x80...0xFE) ? 2 : 0
        case .uhc:
            guard 0x81...0xFE ~= lead else { return 0 }
            return follows(1, 0x41...0x5A, 0x61...0x7A, 0x81...0xFE) ? 2 : 0
        case .johab:
            // PostgreSQL checks it like an EUC encoding.
            if lead == 0x8F {
                return follows(1, 0xA1...0xFE) && follows(2, 0xA1...0xFE) ? 3 : 0
            }
            return follows(1, 0xA1...0xFE) ? 2 : 0
        case .gb18030:
            guard 0x81...0xFE ~= lead else { return 0 }
            if follows(1, 0x30...0x39) {
                return follows(2, 0x81...0xFE) && follows(3, 0x30...0x39) ? 4 : 0
            }
            return follows(1, 0x40...0x7E, 0x80...0xFE) ? 2 : 0
        }
    }
}

extension Span<UInt8> {
    var isASCII: Bool {
        for index in self.indices where self[index] >= 0x80 { return false }
        return true
    }
}
