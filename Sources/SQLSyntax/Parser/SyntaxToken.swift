/// A token with what the word tables know of it.
struct SyntaxToken: BitwiseCopyable {
    var kind: TokenKind = .end
    var followsComment = false
    /// Unquoted words only.
    var word = Word.unknown
    var start = 0
    var end = 0
    /// Index of the name that a `U&"..."` spells; -1 for other tokens.
    var spelling: Int32 = -1

    var keyword: Keyword { self.word.keyword }

    /// Any word or quoted name, reserved or not: what may follow a dot or AS.
    var isAnyName: Bool {
        switch self.kind {
        case .word, .quotedName, .unicodeName: true
        default: false
        }
    }

    /// What can name a relation, a column, a cursor ...
    var isName: Bool {
        switch self.kind {
        case .word: self.word.isName
        case .quotedName, .unicodeName: true
        default: false
        }
    }

    var isLiteral: Bool { self.kind.isLiteral }
}

extension TokenKind {
    var isLiteral: Bool {
        switch self {
        case .string, .bitString, .number, .parameter: true
        default: false
        }
    }
}
