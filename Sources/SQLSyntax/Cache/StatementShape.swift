/// The text of a message with its literals taken out: the key under which all texts are cached that
/// differ in their literals only.
///
/// Each literal becomes one control byte (strings one of two), each run of blanks and comments one space; at both ends
/// blanks and comments leave no more than what the analysis depends on. Outside quoted names the
/// lexer refuses those control bytes, so two texts have one shape only if they have the same tokens
/// but for the values of literals. Trace comments that differ in each text do no harm.
enum StatementShape {
    private static let string: UInt8 = 0x01
    private static let bitString: UInt8 = 0x02
    private static let number: UInt8 = 0x03
    private static let parameter: UInt8 = 0x04
    /// A comment that counts stands before the text.
    private static let comment: UInt8 = 0x05
    /// A comment at either end keeps the text from being balanced.
    private static let directive: UInt8 = 0x06
    /// A string from which the transaction's time may be read.
    private static let time: UInt8 = 0x07

    /// Puts the shape together. False if the text has none: it is not lexically valid, or too long.
    static func write(
        _ text: Span<UInt8>, dialect: TextDialect, options: AnalysisOptions,
        to key: inout KeyBuffer
    ) -> Bool {
        key.clear()
        guard !dialect.encoding.mayHideASCII || text.isASCII else { return false }
        let leading = CommentRun(text, from: 0)
        if leading.hasOther, !options.allowSQLComments {
            guard key.append(Self.comment) else { return false }
        }
        if !options.ignoreLeadingWhiteSpace, text.count > 0, ByteClass.isBlank(text[0]) {
            guard key.append(UInt8(ascii: " ")) else { return false }
        }
        if leading.hasDirective { guard key.append(Self.directive) else { return false } }
        var lexer = Lexer(dialect: dialect, position: leading.end)
        /// Where the last token ends that is no semicolon, and whether a comment came after it.
        var end = leading.end
        var sawComment = false
        while true {
            let verbatim = Self.verbatimEnd(text, from: lexer.position)
            if verbatim > lexer.position {
                guard key.append(text, from: lexer.position, to: verbatim) else { return false }
                let visible = Self.trimmed(text, from: lexer.position, to: verbatim)
                if visible > lexer.position {
                    end = visible
                    sawComment = false
                }
                lexer = Lexer(dialect: dialect, position: verbatim)
            }
            let token = lexer.next(in: text)
            sawComment = sawComment || token.followsComment
            if token.kind == .end {
                guard sawComment, CommentRun(text, from: end).hasDirective else { return true }
                return key.append(Self.directive)
            }
            if token.followsBlank, token.start > leading.end {
                guard key.append(UInt8(ascii: " ")) else { return false }
            }
            if token.kind != .semicolon {
                end = token.end
                sawComment = false
            }
            let isWritten: Bool
            switch token.kind {
            case .unterminated, .invalid, .end: return false
            case .string:
                let isTime = text.namesTransactionTime(from: token.start, to: token.end)
                isWritten = key.append(isTime ? Self.time : Self.string)
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

    /// End of the part without the spaces and semicolons at its end.
    @inline(__always)
    private static func trimmed(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var at = end
        while at > start, text[at &- 1] == UInt8(ascii: " ") || text[at &- 1] == UInt8(ascii: ";") {
            at &-= 1
        }
        return at
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
