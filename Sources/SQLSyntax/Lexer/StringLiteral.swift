/// The values of string literals.
package enum StringLiteral {
    /// The bytes that a token of kind `.string` stands for; nil for the forms that need to know
    /// characters: `U&'...'` and Unicode escapes.
    package static func value(
        of token: Token, in text: Span<UInt8>, dialect: TextDialect
    ) -> [UInt8]? {
        guard token.kind == .string, token.start >= 0, token.end <= text.count,
            token.start < token.end
        else { return nil }
        switch text[token.start] {
        case UInt8(ascii: "$"): return dollarQuoted(token, text)
        case UInt8(ascii: "'"):
            return quoted(
                token, text, from: token.start + 1,
                hasEscapes: !dialect.standardConformingStrings)
        case UInt8(ascii: "n"), UInt8(ascii: "N"):
            return quoted(
                token, text, from: token.start + 2,
                hasEscapes: !dialect.standardConformingStrings)
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            return quoted(token, text, from: token.start + 2, hasEscapes: true)
        default: return nil
        }
    }

    private static func dollarQuoted(_ token: Token, _ text: Span<UInt8>) -> [UInt8]? {
        var tag = token.start + 1
        while tag < token.end, text[tag] != UInt8(ascii: "$") { tag += 1 }
        let start = tag + 1
        let end = token.end - (start - token.start)
        guard start <= end else { return nil }
        return (start..<end).map { text[$0] }
    }

    /// - Parameter start: behind the first quote.
    private static func quoted(
        _ token: Token, _ text: Span<UInt8>, from start: Int, hasEscapes: Bool
    ) -> [UInt8]? {
        var value: [UInt8] = []
        var at = start
        while at < token.end {
            let byte = text[at]
            at += 1
            if byte == UInt8(ascii: "'") {
                if at >= token.end { return value }
                if text[at] != UInt8(ascii: "'") {
                    at = continuation(token, text, from: at)
                } else {
                    value.append(byte)
                }
                at += 1
            } else if byte == UInt8(ascii: "\\"), hasEscapes {
                guard let escaped = escape(token, text, &at) else { return nil }
                value.append(escaped)
            } else {
                value.append(byte)
            }
        }
        return nil
    }

    /// The quote that goes on with the literal: blanks and line comments stand before it.
    private static func continuation(_ token: Token, _ text: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < token.end, text[at] != UInt8(ascii: "'") {
            at = text[at] == UInt8(ascii: "-") ? text.lineEnd(from: at) : at + 1
        }
        return at
    }

    /// Reads what follows a backslash.
    private static func escape(_ token: Token, _ text: Span<UInt8>, _ at: inout Int) -> UInt8? {
        guard at < token.end else { return nil }
        let letter = text[at]
        at += 1
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"), UInt8(ascii: "U"): return nil
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            at -= 1
            return digits(token, text, &at, countMax: 3, shift: 3)
        case UInt8(ascii: "x"):
            return digits(token, text, &at, countMax: 2, shift: 4) ?? letter
        default: return letter
        }
    }

    private static func digits(
        _ token: Token, _ text: Span<UInt8>, _ at: inout Int, countMax: Int, shift: UInt8
    ) -> UInt8? {
        var value: UInt8?
        var count = 0
        while count < countMax, at < token.end, let digit = digit(text[at]), digit >> shift == 0 {
            value = (value ?? 0) << shift | digit
            at += 1
            count += 1
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
