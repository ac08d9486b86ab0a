/// Exact lexer for PostgreSQL's SQL, over bytes.
///
/// Follows the lexical rules of PostgreSQL 18 (src/backend/parser/scan.l); what only older or newer
/// servers accept becomes `.invalid`. Total: every text gives tokens that cover it in order,
/// separated by blanks and comments only, and ends in `.end`. Allocates nothing and stores no text;
/// pass the same text to each call. Text in an encoding that `mayHideASCII` must have gone through
/// `MultibyteText` before.
public struct Lexer: BitwiseCopyable, Sendable {
    /// Where the next token is looked for.
    public internal(set) var position: Int
    public let dialect: TextDialect

    public init(dialect: TextDialect = .standard, position: Int = 0) {
        self.dialect = dialect
        self.position = max(0, position)
    }

    /// The next token. After `.end` it gives `.end` again.
    @inline(__always)
    public mutating func next(in text: Span<UInt8>) -> Token {
        var followsComment = false
        let before = self.position
        var at = self.position
        let count = text.count
        // Blanks and comments.
        while at < count {
            let byte = text[at]
            // All blanks, and what begins a comment, come before the digits in ASCII.
            if byte > UInt8(ascii: "/") { break }
            if ByteClass.isBlank(byte) {
                at &+= 1
            } else if byte == UInt8(ascii: "-"), text.has(UInt8(ascii: "-"), at: at &+ 1) {
                at = text.lineEnd(from: at &+ 2)
                followsComment = true
            } else if byte == UInt8(ascii: "/"), text.has(UInt8(ascii: "*"), at: at &+ 1) {
                followsComment = true
                guard let end = text.blockCommentEnd(from: at &+ 2) else {
                    self.position = count
                    return Token(
                        kind: .unterminated, start: at, end: count,
                        followsComment: followsComment, followsBlank: at > before)
                }
                at = end
            } else {
                break
            }
        }
        let start = at
        var end = at
        let kind = at < count ? self.scan(text, from: at, byte: text[at], end: &end) : .end
        self.position = end
        return Token(
            kind: kind, start: start, end: end, followsComment: followsComment,
            followsBlank: start > before)
    }

    /// Reads one token that begins at `start` with `byte`; sets `end`, which is past `start`.
    @inline(__always)
    private func scan(
        _ text: Span<UInt8>, from start: Int, byte: UInt8, end: inout Int
    ) -> TokenKind {
        end = start &+ 1
        if ByteClass.isNameStart(byte) {
            if end < text.count {
                let second = text[end]
                if second == UInt8(ascii: "'") || second == UInt8(ascii: "&") {
                    if let kind = self.scanPrefixed(text, from: start, end: &end) { return kind }
                }
            }
            end = text.nameEnd(from: end)
            return .word
        }
        switch byte {
        case UInt8(ascii: "("): return .leftParenthesis
        case UInt8(ascii: ")"): return .rightParenthesis
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: "["): return .leftBracket
        case UInt8(ascii: "]"): return .rightBracket
        case UInt8(ascii: ";"): return .semicolon
        case UInt8(ascii: "'"):
            return text.quoted(from: end, form: self.plainForm, end: &end)
        case UInt8(ascii: "\""):
            return text.quotedName(from: end, end: &end, kind: .quotedName)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return text.number(from: start, end: &end)
        case UInt8(ascii: "."):
            if end < text.count {
                if ByteClass.isDigit(text[end]) { return text.number(from: start, end: &end) }
                if text[end] == UInt8(ascii: ".") {
                    end &+= 1
                    return .invalid
                }
            }
            return .dot
        case UInt8(ascii: "$"):
            return text.dollar(from: start, end: &end)
        case UInt8(ascii: ":"):
            guard end < text.count else { return .colon }
            switch text[end] {
            case UInt8(ascii: ":"):
                end &+= 1
                return .typecast
            case UInt8(ascii: "="):
                end &+= 1
                return .namedArgument
            default:
                return .colon
            }
        default:
            guard ByteClass.isOperator(byte) else { return .invalid }
            return text.operation(from: start, end: &end)
        }
    }

    /// Literals with a prefix letter: E'', B'', X'', N'', U&'', U&"". Nil: it is a plain word.
    private func scanPrefixed(
        _ text: Span<UInt8>, from start: Int, end: inout Int
    ) -> TokenKind? {
        guard start < text.count, end < text.count else { return nil }
        let letter = text[start] | 0x20
        if text[end] == UInt8(ascii: "'") {
            let body = end &+ 1
            switch letter {
            case UInt8(ascii: "e"):
                return text.quoted(from: body, form: self.escapedForm, end: &end)
            case UInt8(ascii: "b"), UInt8(ascii: "x"):
                return text.quoted(from: body, form: .bits, end: &end) == .string
                    ? .bitString : .unterminated
            case UInt8(ascii: "n"):
                return text.quoted(from: body, form: self.plainForm, end: &end)
            default:
                return nil
            }
        }
        guard letter == UInt8(ascii: "u"), text[end] == UInt8(ascii: "&") else { return nil }
        if text.has(UInt8(ascii: "'"), at: end &+ 1) {
            let kind = text.quoted(from: end &+ 2, form: .plain, end: &end)
            // The server refuses the form where a backslash might mean two things.
            return kind == .string && !self.dialect.standardConformingStrings ? .invalid : kind
        }
        if text.has(UInt8(ascii: "\""), at: end &+ 1) {
            return text.quotedName(from: end &+ 2, end: &end, kind: .unicodeName)
        }
        return nil
    }

    private var plainForm: QuoteForm {
        self.dialect.standardConformingStrings ? .plain : self.escapedForm
    }

    private var escapedForm: QuoteForm {
        self.dialect.encoding.mayHideASCII ? .guardedEscapes : .escapes
    }
}
