/// Parses the statements of one text, one after the other, as far as their skeleton goes.
///
/// Recursive descent over statement heads, WITH, clauses and FROM lists. Expressions are balanced
/// runs of tokens in which only calls and subqueries are looked for. What it cannot place stops the
/// statement: it is either no SQL or SQL that this version does not know, and both go untouched to
/// the primary.
struct SkeletonParser: ~Copyable {
    /// Why a statement is not parsed to its end.
    enum Stop: Error, BitwiseCopyable {
        case fault(SyntaxFault)
        /// A limit below was reached.
        case limit
    }

    /// Queries, and items of FROM, inside each other: about 2 KiB of stack for each.
    static var depthMax: Int { 128 }
    /// Open parentheses, brackets and calls.
    static var framesMax: Int { 4000 }
    /// Relations, and calls, that one statement may name.
    static var mentionsMax: Int { 4096 }
    /// Names of WITH that may be visible at one place.
    static var scopeMax: Int { 1000 }

    /// Locking clauses, and names in them, of one statement.
    static var locksMax: Int { 1000 }
    /// Relations that one text may have looked at again, besides one for each of its bytes: what
    /// locking clauses and WITH RECURSIVE do would else take the square of a text's length.
    static var looksMax: Int { 1 << 16 }
    /// Statements of one text.
    static var statementsMax: Int { 10_000 }

    let words: WordTable
    let dialect: TextDialect
    /// The text before `MultibyteText` masked it; empty if it did not.
    let original: [UInt8]
    private var lexer: Lexer
    private(set) var token = SyntaxToken()
    /// End of the token before `token`.
    private(set) var lastEnd = 0

    var draft = Draft()
    var frames = FrameStack()
    /// Names of WITH that are visible here.
    var scope = VisibleNames()
    /// What each `U&"..."` spells.
    var spellings: [[UInt8]] = []
    var level: Int32 = 0
    /// Level of the query in parentheses that the last FROM item is, if it has no alias; else -1.
    var bareQueryLevel: Int32 = -1
    private var depth = 0
    /// See `looksMax`.
    private var looks = 0

    init(words: WordTable, dialect: TextDialect, original: [UInt8] = []) {
        self.words = words
        self.original = original
        self.dialect = dialect
        self.lexer = Lexer(dialect: dialect)
    }
}

/// Reading tokens.
extension SkeletonParser {
    /// Reads the first token from `position` on.
    mutating func restart(at position: Int, in text: Span<UInt8>) {
        self.lexer = Lexer(dialect: self.lexer.dialect, position: position)
        self.read(in: text)
        self.lastEnd = position
    }

    /// Prepares for the next statement, which begins at `token`.
    mutating func beginStatement() {
        self.draft = Draft()
        self.frames.removeAll()
        self.scope.cut(to: 0)
        self.depth = 0
        self.level = 0
        self.bareQueryLevel = -1
    }

    /// Whether the token at which a statement begins is one.
    func check(in text: Span<UInt8>) throws(Stop) {
        if self.token.kind == .unterminated || self.token.kind == .invalid {
            throw self.unreadable
        }
    }

    /// Goes to the next token of the statement.
    @inline(__always)
    mutating func advance(in text: Span<UInt8>) throws(Stop) {
        guard !self.isAtEnd else { throw self.unexpected }
        try self.step(in: text)
    }

    /// Lets another literal follow the one that stands here.
    mutating func endLiteral() { self.token.kind = .comma }

    /// Goes to the next token, even behind a semicolon.
    @inline(__always)
    mutating func step(in text: Span<UInt8>) throws(Stop) {
        let followsLiteral = self.token.isLiteral
        self.lastEnd = self.token.end
        self.read(in: text)
        switch self.token.kind {
        case .string, .bitString, .number, .parameter:
            // Two literals in a row are no SQL.
            if followsLiteral { throw self.unexpected }
        case .unterminated, .invalid: throw self.unreadable
        default: break
        }
    }

    /// Behind a comma or an opening parenthesis: goes on past the literals that
    /// commas follow. Nothing else is in long lists of values.
    @inline(__always)
    mutating func advancePastLiterals(in text: Span<UInt8>) throws(Stop) {
        let commas = self.lexer.skipLiterals(in: text)
        if commas > 0 {
            if !self.frames.top.isSorting { self.frames.top.commas &+= commas }
            self.token.kind = .comma
            self.token.end = self.lexer.position
        }
        try self.advance(in: text)
    }

    /// Behind a comma between expressions: goes on past rows of literals.
    @inline(__always)
    mutating func advancePastRows(in text: Span<UInt8>) throws(Stop) {
        if self.lexer.skipRows(in: text) { self.token.end = self.lexer.position }
        try self.advance(in: text)
    }

    /// Skips `count` tokens.
    mutating func advance(_ count: Int, in text: Span<UInt8>) throws(Stop) {
        for _ in 0..<count { try self.advance(in: text) }
    }

    /// Reads the token behind this one. Field by field: copies of what was just written are slow.
    private mutating func read(in text: Span<UInt8>) {
        let token = self.lexer.next(in: text)
        self.token.kind = token.kind
        self.token.followsComment = token.followsComment
        self.token.start = token.start
        self.token.end = token.end
        self.token.word =
            token.kind == .word
            ? self.words.lookUp(text, from: token.start, to: token.end, folds: true) : .unknown
        self.token.spelling = -1
        if token.kind == .unicodeName {
            self.spell(in: text)
        } else if token.kind == .string, text[token.start] | 0x20 == UInt8(ascii: "u") {
            _ = self.takeEscape(in: text)
        }
    }

    /// Finds out what a `U&"..."` spells, with the UESCAPE clause that may follow it.
    private mutating func spell(in text: Span<UInt8>) {
        let end = self.token.end
        guard let escape = self.takeEscape(in: text) else { return }
        var inside: [UInt8] = []
        inside.reserveCapacity(end &- self.token.start)
        var at = self.token.start &+ 3
        while at < end &- 1 {
            inside.append(text[at])
            // A doubled quote stands for one.
            at &+= text[at] == UInt8(ascii: "\"") ? 2 : 1
        }
        guard let spelling = UnicodeEscapes.decode(inside, escape: escape) else {
            self.token.kind = .invalid
            return
        }
        self.token.spelling = Int32(clamping: self.spellings.count)
        self.spellings.append(spelling)
    }

    /// Takes the UESCAPE clause that may follow a `U&` token, as a part of the token; gives the escape
    /// character. Nil: the clause is none that PostgreSQL takes.
    private mutating func takeEscape(in text: Span<UInt8>) -> UInt8? {
        var following = self.lexer
        let clause = following.next(in: text)
        guard clause.kind == .word,
            self.words.lookUp(text, from: clause.start, to: clause.end, folds: true).keyword
                == .uescape
        else { return UInt8(ascii: "\\") }
        let literal = following.next(in: text)
        guard literal.kind == .string, literal.end &- literal.start == 3 else {
            self.token.kind = .invalid
            return nil
        }
        self.token.end = literal.end
        self.lexer = following
        self.draft.findings.insert(.dependsOnLiterals)
        return text[literal.start &+ 1]
    }

    /// A place to come back to.
    struct Mark: BitwiseCopyable {
        fileprivate var lexer: Lexer
        fileprivate var token: SyntaxToken
        fileprivate var lastEnd: Int
    }

    var mark: Mark {
        Mark(lexer: self.lexer, token: self.token, lastEnd: self.lastEnd)
    }

    mutating func `return`(to mark: Mark) {
        self.lexer = mark.lexer
        self.token = mark.token
        self.lastEnd = mark.lastEnd
    }

    /// The token behind this one.
    func next(in text: Span<UInt8>) -> SyntaxToken {
        var lexer = self.lexer
        return self.read(&lexer, in: text)
    }

    /// The token behind the next.
    func afterNext(in text: Span<UInt8>) -> SyntaxToken {
        var lexer = self.lexer
        _ = lexer.next(in: text)
        return self.read(&lexer, in: text)
    }

    private func read(_ lexer: inout Lexer, in text: Span<UInt8>) -> SyntaxToken {
        let token = lexer.next(in: text)
        var read = SyntaxToken(kind: token.kind, start: token.start, end: token.end)
        if token.kind == .word {
            read.word = self.words.lookUp(text, from: token.start, to: token.end, folds: true)
        }
        return read
    }

    /// Whether the next token begins with a byte: all of it for parentheses and dots.
    @inline(__always)
    func isNext(_ character: Unicode.Scalar, in text: Span<UInt8>) -> Bool {
        self.nextByte(in: text) == UInt8(ascii: character)
    }

    /// Whether the next token looks like a name, quoted or not.
    @inline(__always)
    func isNameNext(in text: Span<UInt8>) -> Bool {
        let byte = self.nextByte(in: text)
        return ByteClass.isNameStart(byte) || byte == UInt8(ascii: "\"")
    }

    /// The first byte of the next token; 0 at the end.
    @inline(__always)
    func nextByte(in text: Span<UInt8>) -> UInt8 {
        var at = self.token.end
        while at < text.count, ByteClass.isBlank(text[at]) { at &+= 1 }
        guard at < text.count else { return 0 }
        let byte = text[at]
        guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") else { return byte }
        let next = self.next(in: text)
        return next.start < text.count ? text[next.start] : 0
    }
}

/// Asking and expecting.
extension SkeletonParser {
    @inline(__always)
    func isAt(_ keyword: Keyword) -> Bool { self.token.word.keyword == keyword }

    @inline(__always)
    func isAt(_ kind: TokenKind) -> Bool { self.token.kind == kind }

    var isAtEnd: Bool { self.token.kind == .end || self.token.kind == .semicolon }

    /// Skips the keyword if it stands here.
    mutating func take(_ keyword: Keyword, in text: Span<UInt8>) throws(Stop) -> Bool {
        guard self.isAt(keyword) else { return false }
        try self.advance(in: text)
        return true
    }

    mutating func take(_ kind: TokenKind, in text: Span<UInt8>) throws(Stop) -> Bool {
        guard self.isAt(kind) else { return false }
        try self.advance(in: text)
        return true
    }

    mutating func expect(_ keyword: Keyword, in text: Span<UInt8>) throws(Stop) {
        guard try self.take(keyword, in: text) else { throw self.unexpected }
    }

    mutating func expect(_ kind: TokenKind, in text: Span<UInt8>) throws(Stop) {
        guard try self.take(kind, in: text) else { throw self.unexpected }
    }

    var unexpected: Stop {
        .fault(SyntaxFault(kind: .unexpectedToken, offset: self.token.start))
    }

    private var unreadable: Stop {
        let kind: SyntaxFault.Kind =
            self.token.kind == .unterminated ? .unterminated : .invalidToken
        return .fault(SyntaxFault(kind: kind, offset: self.token.start))
    }

    /// Goes one query deeper.
    mutating func enter() throws(Stop) {
        guard self.depth < Self.depthMax else { throw .limit }
        self.depth &+= 1
    }

    mutating func leave() { self.depth &-= 1 }

    /// Looks at `count` relations again.
    mutating func look(at count: Int, in text: Span<UInt8>) throws(Stop) {
        self.looks &+= count
        guard self.looks &- text.count <= Self.looksMax else { throw .limit }
    }

    mutating func newLevel() -> Int32 {
        self.level &+= 1
        return self.level
    }

    /// Skips to the end of the statement; parentheses must balance.
    mutating func skipStatement(in text: Span<UInt8>) throws(Stop) {
        while !self.isAtEnd {
            if self.isAt(.leftParenthesis) {
                try self.skipParentheses(in: text)
            } else if self.isAt(.rightParenthesis) {
                throw self.unexpected
            } else {
                try self.advance(in: text)
            }
        }
    }

    /// Skips what stands in parentheses here, where neither calls nor queries can be.
    mutating func skipParentheses(in text: Span<UInt8>) throws(Stop) {
        try self.expect(.leftParenthesis, in: text)
        var open = 1
        while open > 0 {
            switch self.token.kind {
            case .leftParenthesis: open &+= 1
            case .rightParenthesis: open &-= 1
            case .semicolon, .end: throw self.unexpected
            default: break
            }
            try self.advance(in: text)
        }
    }
}
