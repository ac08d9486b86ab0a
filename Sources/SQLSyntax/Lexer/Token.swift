/// What a token is. Only what callers must tell apart is told apart.
public enum TokenKind: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// The text is over.
    case end
    /// Unquoted name or keyword, as written.
    case word
    /// `"..."`, with its quotes.
    case quotedName
    /// `U&"..."`; may spell any name.
    case unicodeName
    /// `'...'`, `N'...'`, `E'...'`, `U&'...'` or `$tag$...$tag$`, with all continuations.
    case string
    /// `B'...'` or `X'...'`.
    case bitString
    case number
    /// `$1`.
    case parameter
    /// An operator of one or more characters, including `=` and `*`.
    case operation
    case leftParenthesis
    case rightParenthesis
    case leftBracket
    case rightBracket
    case comma
    case dot
    case semicolon
    /// `:` alone, as in slices.
    case colon
    /// `::`
    case typecast
    /// `:=` or `=>`, before the value of a named argument.
    case namedArgument
    /// Quoted text or a comment that does not end. Reaches to the end of the text.
    case unterminated
    /// Bytes that PostgreSQL 15 and later refuse: junk after a number, `..`, a lone dollar or
    /// backslash, NUL, an empty quoted name, `U&'...'` without standard_conforming_strings.
    case invalid
}

/// One token: a range of the text. Offsets are in bytes.
public struct Token: BitwiseCopyable, Equatable, Sendable {
    public var kind: TokenKind
    /// A comment stands between it and the token before.
    public var followsComment: Bool
    /// Blanks or a comment stand between it and the token before.
    public var followsBlank: Bool
    public var start: Int
    public var end: Int

    public init(
        kind: TokenKind, start: Int, end: Int, followsComment: Bool = false,
        followsBlank: Bool = false
    ) {
        self.kind = kind
        self.start = start
        self.end = end
        self.followsComment = followsComment
        self.followsBlank = followsBlank
    }
}
