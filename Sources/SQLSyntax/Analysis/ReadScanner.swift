/// Walks one SELECT, VALUES, TABLE or WITH statement and collects everything that keeps it from
/// being a plain read.
///
/// There is no tree: each rule below looks at a few neighbouring tokens and errs towards "not a
/// read". Keywords are recognised wherever they are not after a dot, so that a column named like one
/// may cost a read, never the opposite.
struct ReadScanner {
    /// One of the tokens before the current one.
    private struct Neighbor: BitwiseCopyable {
        var kind: TokenKind = .semicolon
        /// `.none` for a word after a dot, which is a name whatever it spells.
        var keyword: Keyword = .none

        var isLiteral: Bool {
            switch self.kind {
            case .string, .bitString, .number, .parameter: true
            default: false
            }
        }
    }

    private struct Findings: OptionSet, BitwiseCopyable {
        var rawValue: UInt16
        static let unknownConstruct = Findings(rawValue: 1)
        static let unterminated = Findings(rawValue: 2)
        static let selectInto = Findings(rawValue: 4)
        static let rowLock = Findings(rawValue: 8)
        static let dataModifyingCTE = Findings(rawValue: 16)
        static let functionMayWrite = Findings(rawValue: 32)
        static let nodeSpecificFunction = Findings(rawValue: 64)
        static let catalog = Findings(rawValue: 128)
    }

    private let words: WordTable
    private var kind: StatementKind = .select
    private var findings: Findings = []

    private var previous = Neighbor()
    private var previous2 = Neighbor()

    // The name (a.b.c) that ends at the previous token.
    private var nameBefore = Neighbor()
    private var nameBefore2 = Neighbor()
    private var nameParts = 0
    private var nameFirst = Keyword.none
    private var nameWord = Word.unknown
    private var nameIsQuoted = false
    /// The previous token is a name that is a system catalog unless a parenthesis follows.
    private var mayBeCatalog = false

    private var openParentheses: Int
    private var openBrackets = 0
    /// One bit for each open parenthesis, the innermost last: a function call opened it.
    private var callBits: UInt64 = 0
    private var closedCall = false
    private var sawWith = false
    /// JOIN and a parenthesis came last: a subquery, or a call of a function named join.
    private var mayCallJoin = false

    /// First token of the statement after this one, if there is one.
    private(set) var nextStatement: Token?

    init(words: WordTable, parentheses: Int) {
        self.words = words
        self.openParentheses = parentheses
    }

    /// Scans from the head to the end of the statement.
    mutating func scan(
        from head: Token, head keyword: Keyword, lexer: inout Lexer, in text: Span<UInt8>
    ) {
        switch keyword {
        case .values: self.kind = .values
        case .table: self.kind = .table
        default: self.kind = .select
        }
        var token = head
        while token.kind != .end {
            if token.kind == .semicolon {
                guard self.openParentheses == 0 else {
                    self.findings.insert(.unknownConstruct)
                    token = lexer.next(in: text)
                    continue
                }
                repeat { token = lexer.next(in: text) } while token.kind == .semicolon
                if token.kind != .end { self.nextStatement = token }
                break
            }
            self.take(token, in: text)
            token = lexer.next(in: text)
        }
        if self.mayBeCatalog { self.findings.insert(.catalog) }
        if self.openParentheses != 0 || self.openBrackets != 0 {
            self.findings.insert(.unknownConstruct)
        }
    }

    /// The result, strongest finding first.
    ///
    /// - Parameter leading: why what stands before the statement keeps it from being a read.
    func analysis(
        statementCount: Int, leading: () -> AnalysisReason?
    ) -> StatementAnalysis {
        if self.findings.contains(.unterminated) {
            return StatementAnalysis(kind: .unterminated, reason: .unterminatedText)
        }
        if statementCount > 1 {
            return StatementAnalysis(
                kind: .multiple, reason: .multipleStatements,
                statementCount: UInt16(clamping: statementCount))
        }
        if self.findings.contains(.unknownConstruct) {
            return StatementAnalysis(kind: self.kind, reason: .containsUnknownConstruct)
        }
        if self.findings.contains(.selectInto) {
            let kind = self.kind == .select ? .selectInto : self.kind
            return StatementAnalysis(kind: kind, reason: .selectInto)
        }
        if self.findings.contains(.rowLock) {
            return StatementAnalysis(kind: self.kind, reason: .rowLock)
        }
        if self.findings.contains(.dataModifyingCTE) {
            return StatementAnalysis(kind: self.kind, reason: .dataModifyingCTE)
        }
        if self.findings.contains(.functionMayWrite) {
            return StatementAnalysis(kind: self.kind, reason: .functionMayWrite)
        }
        var analysis = StatementAnalysis(
            kind: self.kind, reason: .plainRead, keepsSessionMovable: true)
        if self.findings.contains(.nodeSpecificFunction) {
            analysis.reason = .nodeSpecificFunction
        } else if self.findings.contains(.catalog) {
            analysis.reason = .nodeSpecificCatalog
        } else if let reason = leading() {
            analysis.reason = reason
        } else {
            analysis.isReadOnly = true
        }
        return analysis
    }

    @inline(__always)
    private mutating func take(_ token: Token, in text: Span<UInt8>) {
        if self.mayBeCatalog {
            if token.kind != .leftParenthesis { self.findings.insert(.catalog) }
            self.mayBeCatalog = false
        }
        let mayCallJoin = self.mayCallJoin
        self.mayCallJoin = false
        var keyword = Keyword.none
        switch token.kind {
        case .word:
            let word = self.words.lookUp(text, from: token.start, to: token.end, folds: true)
            keyword = self.name(word, isQuoted: false)
        case .quotedName:
            var word = self.words.lookUp(
                text, from: token.start &+ 1, to: token.end &- 1, folds: false)
            word.isUncallable = false
            switch word.keyword {
            case .pgCatalog, .informationSchema, .lastValue: break
            default: word.keyword = .none
            }
            keyword = self.name(word, isQuoted: true)
        case .leftParenthesis:
            self.open()
        case .rightParenthesis:
            self.close()
        case .leftBracket:
            self.openBrackets &+= 1
        case .rightBracket:
            self.openBrackets &-= 1
            if self.openBrackets < 0 { self.findings.insert(.unknownConstruct) }
        case .string, .bitString, .number, .parameter:
            // Two literals in a row are no SQL.
            if self.previous.isLiteral { self.findings.insert(.unknownConstruct) }
        case .colon:
            // Slices are in brackets, JSON keys in parentheses.
            if self.openBrackets == 0, self.openParentheses == 0 {
                self.findings.insert(.unknownConstruct)
            }
        case .unicodeName, .invalid:
            self.findings.insert(.unknownConstruct)
        case .unterminated:
            self.findings.insert(.unterminated)
        case .operation, .comma, .dot, .typecast, .namedArgument, .semicolon, .end:
            break
        }
        if mayCallJoin {
            switch keyword {
            case .select, .values, .with, .table: break
            default: self.findings.insert(.functionMayWrite)
            }
        }
        self.previous2 = self.previous
        self.previous = Neighbor(kind: token.kind, keyword: keyword)
    }

    /// A name or keyword. Returns the keyword it is at this place.
    @inline(__always)
    private mutating func name(_ word: Word, isQuoted: Bool) -> Keyword {
        let followsDot = self.previous.kind == .dot
        self.nameWord = word
        self.nameIsQuoted = isQuoted
        if word.hasCatalogPrefix || word.keyword == .informationSchema
            || word.keyword == .lastValue
        {
            // The schema alone says nothing: what it qualifies comes next.
            self.mayBeCatalog = word.keyword != .pgCatalog
        }
        if followsDot {
            self.nameParts &+= 1
            return .none
        }
        self.nameParts = 1
        self.nameFirst = word.keyword
        self.nameBefore = self.previous
        self.nameBefore2 = self.previous2
        if word.keyword != .none, !isQuoted { self.note(word.keyword) }
        return isQuoted ? .none : word.keyword
    }

    private mutating func note(_ keyword: Keyword) {
        switch keyword {
        case .with:
            self.sawWith = true
        case .into:
            // INSERT INTO after WITH has its own finding; without WITH `insert` is a column.
            let isTarget = self.previous.keyword == .insert || self.previous.keyword == .merge
            if !(isTarget && self.sawWith) { self.findings.insert(.selectInto) }
        case .update, .no, .share, .key:
            if self.previous.keyword == .for { self.findings.insert(.rowLock) }
            if keyword == .update { self.write(.update) }
        case .insert: self.write(.insert)
        case .delete: self.write(.delete)
        case .merge: self.write(.merge)
        default: break
        }
    }

    /// A word that changes data can only do so when WITH stands before it: without WITH it is a name.
    private mutating func write(_ kind: StatementKind) {
        guard self.sawWith else { return }
        self.findings.insert(.dataModifyingCTE)
        if self.openParentheses == 0, self.previous.kind == .rightParenthesis { self.kind = kind }
    }

    private mutating func open() {
        var isCall = false
        switch self.previous.kind {
        case .word, .quotedName: isCall = self.judgeName()
        case .string, .bitString, .number, .parameter: self.findings.insert(.unknownConstruct)
        default: break
        }
        // Deeper than 64 the oldest bits are lost, which at worst costs a read.
        self.callBits = self.callBits &<< 1 | (isCall ? 1 : 0)
        self.openParentheses &+= 1
    }

    private mutating func close() {
        self.closedCall = self.callBits & 1 == 1
        self.callBits = self.callBits &>> 1
        self.openParentheses &-= 1
        if self.openParentheses < 0 { self.findings.insert(.unknownConstruct) }
    }

    /// A name and a parenthesis: a call, or syntax that only looks like one. True for what OVER,
    /// FILTER or REPEATABLE may follow.
    private mutating func judgeName() -> Bool {
        // A type with a length, or an alias with its columns.
        if self.nameBefore.kind == .typecast || self.nameBefore.keyword == .as { return false }
        if self.nameParts > 1 {
            guard self.nameParts == 2, self.nameFirst == .pgCatalog else {
                self.findings.insert(.functionMayWrite)
                return false
            }
            return self.judgeCall()
        }
        if self.nameIsQuoted { return self.judgeCall() }
        if self.nameWord.isUncallable {
            return self.nameWord.keyword == .group && self.nameBefore.keyword == .within
        }
        if self.nameWord.function != .mayWrite { return self.judgeCall() }
        switch self.nameWord.keyword {
        case .over, .filter, .repeatable:
            if self.nameBefore.kind == .rightParenthesis, self.closedCall { return true }
        case .materialized:
            if self.nameBefore.keyword == .not, self.nameBefore2.keyword == .as { return false }
        case .by:
            switch self.nameBefore.keyword {
            case .order, .group, .partition: return false
            default: break
            }
        case .join:
            // These words can be neither a column nor an alias.
            switch self.nameBefore.keyword {
            case .left, .right, .full, .inner, .outer, .cross, .natural: return false
            default:
                // Nor can an argument list begin with SELECT: the next token decides.
                self.mayCallJoin = true
                return false
            }
        case .system, .bernoulli:
            if self.nameBefore.keyword == .tablesample { return true }
        case .sets:
            if self.nameBefore.keyword == .grouping { return false }
        case .rollup, .cube:
            if self.nameBefore.keyword == .by, self.nameBefore2.keyword == .group { return false }
        case .first, .next:
            if self.nameBefore.keyword == .fetch { return false }
        case .columns:
            if self.nameBefore.kind == .string { return false }
        case .varying:
            switch self.nameBefore.keyword {
            case .character, .char, .bit, .nchar: return false
            default: break
            }
        default: break
        }
        // A name after WITH is a common table expression with its columns.
        if self.nameBefore.keyword == .with { return false }
        if self.nameBefore.keyword == .recursive, self.nameBefore2.keyword == .with {
            return false
        }
        self.findings.insert(.functionMayWrite)
        return false
    }

    private mutating func judgeCall() -> Bool {
        switch self.nameWord.function {
        case .harmless: break
        case .nodeSpecific: self.findings.insert(.nodeSpecificFunction)
        case .mayWrite: self.findings.insert(.functionMayWrite)
        }
        return true
    }
}
