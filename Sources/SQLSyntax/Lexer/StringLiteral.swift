/// Reads the value of one string literal.
public struct StringLiteral {
    private var at: Int
    private let end: Int
    /// The text before `MultibyteText` masked it; empty if it did not.
    private let original: [UInt8]
    private var value: [UInt8] = []

    /// The bytes that a token of kind `.string` stands for; nil if PostgreSQL refuses an escape in it.
    public static func value(
        of token: Token, in text: Span<UInt8>, dialect: TextDialect
    ) -> [UInt8]? {
        Self.value(of: token, in: text, dialect: dialect, original: [])
    }

    /// The token of a `U&'...'` may hold the UESCAPE clause behind it.
    static func value(
        of token: Token, in text: Span<UInt8>, dialect: TextDialect, original: [UInt8]
    ) -> [UInt8]? {
        guard token.kind == .string, token.start >= 0, token.end <= text.count,
            token.start < token.end
        else { return nil }
        switch text[token.start] {
        case UInt8(ascii: "$"):
            return Self(token.start, token.end, original).dollarQuoted(text)
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            return Self(token.start &+ 1, token.end, original).quoted(text, hasEscapes: true)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            return Self.unicode(token, text, dialect)
        default:
            // With the prefix N or without.
            let start = text[token.start] == UInt8(ascii: "'") ? token.start : token.start &+ 1
            return Self(start, token.end, original)
                .quoted(text, hasEscapes: !dialect.standardConformingStrings)
        }
    }

    private init(_ start: Int, _ end: Int, _ original: [UInt8]) {
        self.at = start
        self.end = end
        self.original = original
    }

    /// `U&'...'`. Read as it is masked: no byte of a character is taken for an escape then.
    private static func unicode(
        _ token: Token, _ text: Span<UInt8>, _ dialect: TextDialect
    ) -> [UInt8]? {
        var lexer = Lexer(dialect: dialect, position: token.start)
        let literal = lexer.next(in: text)
        guard literal.kind == .string, literal.end <= token.end,
            let inside = Self(token.start &+ 2, literal.end, []).quoted(text, hasEscapes: false)
        else { return nil }
        // UESCAPE '!'
        let escape = literal.end < token.end ? text[token.end &- 2] : UInt8(ascii: "\\")
        return UnicodeEscapes.decode(inside, escape: escape)
    }

    private consuming func dollarQuoted(_ text: Span<UInt8>) -> [UInt8]? {
        var start = self.at &+ 1
        while start < self.end, text[start] != UInt8(ascii: "$") { start &+= 1 }
        start &+= 1
        let last = self.end &- (start &- self.at)
        guard start <= last else { return nil }
        self.value.reserveCapacity(last &- start)
        for index in start..<last { self.append(index, of: text) }
        return self.value
    }

    /// The inside of quotes, and of those that continue them.
    private consuming func quoted(_ text: Span<UInt8>, hasEscapes: Bool) -> [UInt8]? {
        var isInside = false
        while self.at < self.end {
            let byte = text[self.at]
            if !isInside {
                // Blanks and line comments between quotes.
                if byte == UInt8(ascii: "-") {
                    self.at = text.lineEnd(from: self.at)
                } else {
                    isInside = byte == UInt8(ascii: "'")
                    self.at &+= 1
                }
            } else if byte == UInt8(ascii: "'") {
                // Two stand for one.
                isInside = self.at &+ 1 < self.end && text[self.at &+ 1] == byte
                if isInside { self.value.append(byte) }
                self.at &+= isInside ? 2 : 1
            } else if byte == UInt8(ascii: "\\"), hasEscapes {
                self.at &+= 1
                guard self.escape(text) else { return nil }
            } else {
                self.append(self.at, of: text)
                self.at &+= 1
            }
        }
        return self.value
    }

    /// Reads what follows a backslash. False: PostgreSQL refuses it.
    private mutating func escape(_ text: Span<UInt8>) -> Bool {
        guard self.at < self.end else { return false }
        let letter = text[self.at]
        switch letter {
        case UInt8(ascii: "b"): self.value.append(0x08)
        case UInt8(ascii: "f"): self.value.append(0x0C)
        case UInt8(ascii: "n"): self.value.append(0x0A)
        case UInt8(ascii: "r"): self.value.append(0x0D)
        case UInt8(ascii: "t"): self.value.append(0x09)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            return self.code(text, digitsMax: 3, shift: 3)
        case UInt8(ascii: "x")
        where self.at &+ 1 < self.end && ByteClass.isHexDigit(text[self.at &+ 1]):
            self.at &+= 1
            return self.code(text, digitsMax: 2, shift: 4)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let last = self.at &+ (letter == UInt8(ascii: "u") ? 5 : 9)
            guard last <= self.end,
                let code = UnicodeEscapes.hexadecimal(text, from: self.at &+ 1, to: last),
                UnicodeEscapes.append(code, to: &self.value)
            else { return false }
            self.at = last
            return true
        default: self.append(self.at, of: text)
        }
        self.at &+= 1
        return true
    }

    /// Reads the number of a byte. False: it is zero, which no text holds.
    private mutating func code(_ text: Span<UInt8>, digitsMax: Int, shift: Int) -> Bool {
        var code = 0
        let last = Swift.min(self.end, self.at &+ digitsMax)
        while self.at < last, ByteClass.isHexDigit(text[self.at]) {
            let digit = ByteClass.hexadecimal(text[self.at])
            guard digit &>> shift == 0 else { break }
            code = code &<< shift | digit
            self.at &+= 1
        }
        guard code & 0xFF > 0 else { return false }
        self.value.append(UInt8(truncatingIfNeeded: code))
        return true
    }

    /// The byte that the client sent.
    private mutating func append(_ index: Int, of text: Span<UInt8>) {
        self.value.append(index < self.original.count ? self.original[index] : text[index])
    }
}
