/// The text of a message with its literals taken out: the key under which all texts are cached that
/// differ in their literals only.
///
/// Each literal becomes one control byte, each run of blanks one space, each comment (and the blanks
/// around it) one control byte. Outside quoted names the lexer refuses those control bytes, so two
/// texts have one shape only if they have the same tokens but for the values of literals. An analysis
/// depends on nothing else. Comments leave their place in the key but not their content: trace
/// comments that differ in each text do no harm.
enum StatementShape {
    private static let string: UInt8 = 0x01
    private static let bitString: UInt8 = 0x02
    private static let number: UInt8 = 0x03
    private static let parameter: UInt8 = 0x04
    private static let comment: UInt8 = 0x05

    /// Puts the shape together. False if the text has none: it is not lexically valid, or too long.
    static func write(
        _ text: Span<UInt8>, dialect: TextDialect, to key: inout KeyBuffer
    ) -> Bool {
        key.clear()
        guard Lexer.canRead(text, dialect: dialect) else { return false }
        var lexer = Lexer(dialect: dialect)
        while true {
            let verbatim = Self.verbatimEnd(text, from: lexer.position)
            if verbatim > lexer.position {
                guard key.append(text, from: lexer.position, to: verbatim) else { return false }
                lexer = Lexer(dialect: dialect, position: verbatim)
            }
            let token = lexer.next(in: text)
            if token.followsBlank {
                guard key.append(token.followsComment ? Self.comment : UInt8(ascii: " "))
                else { return false }
            }
            let isWritten: Bool
            switch token.kind {
            case .end: return true
            case .unterminated, .invalid: return false
            case .string: isWritten = key.append(Self.string)
            case .bitString: isWritten = key.append(Self.bitString)
            case .number: isWritten = key.append(Self.number)
            case .parameter: isWritten = key.append(Self.parameter)
            case .word, .quotedName, .unicodeName, .operation, .leftParenthesis,
                .rightParenthesis, .leftBracket, .rightBracket, .comma, .dot, .semicolon, .colon,
                .typecast, .namedArgument:
                isWritten = key.append(text, from: token.start, to: token.end)
            }
            guard isWritten else { return false }
        }
    }

    /// End of the run of plain tokens from `start`, where a token begins, that stand in a key as they
    /// stand in the text: names, punctuation, operators of one character, single spaces. Shorter than
    /// possible where more than one byte would have to be looked at; only speed depends on it.
    @inline(__always)
    private static func verbatimEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < text.count {
            let byte = text[at]
            let next = at &+ 1 < text.count ? text[at &+ 1] : UInt8(ascii: " ")
            if ByteClass.isNameStart(byte) {
                // E'', U&"" and the like.
                if next == UInt8(ascii: "'") || next == UInt8(ascii: "&") { return at }
                at = text.nameEnd(from: at &+ 1)
                continue
            }
            switch byte {
            case UInt8(ascii: " "):
                // Not before other blanks, comments and the end.
                if ByteClass.isBlank(next) || next == UInt8(ascii: "-")
                    || next == UInt8(ascii: "/")
                {
                    return at
                }
            case UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ";"):
                break
            case UInt8(ascii: "."):
                // Not before a digit or a second dot.
                if !ByteClass.isNameStart(next) { return at }
            case UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "<"), UInt8(ascii: ">"):
                if ByteClass.isOperator(next) { return at }
            default:
                return at
            }
            at &+= 1
        }
        return at
    }
}
