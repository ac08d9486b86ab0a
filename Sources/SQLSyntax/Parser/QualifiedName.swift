/// One identifier of a text: where it stands and what the tables know of it.
struct NamePart: BitwiseCopyable {
    var kind: TokenKind
    private let startOffset: Int32
    private let endOffset: Int32
    /// For quoted names, too; then the keywords among it mean nothing.
    var word: Word
    /// Index of the name that a `U&"..."` spells; -1 for other kinds.
    let spelling: Int32

    init(_ token: SyntaxToken) {
        self.kind = token.kind
        self.startOffset = Int32(truncatingIfNeeded: token.start)
        self.endOffset = Int32(truncatingIfNeeded: token.end)
        self.word = token.word
        self.spelling = token.spelling
    }

    var start: Int { Int(self.startOffset) }
    var end: Int { Int(self.endOffset) }

    /// Without the quotes.
    var inside: Range<Int> {
        let quote = self.kind == .quotedName ? 1 : 0
        return (self.start &+ quote)..<Swift.max(self.start &+ quote, self.end &- quote)
    }
}

/// A name of one part or more: `a`, `a.b`, `a.b.c`. Of more than three the last three.
struct QualifiedName: BitwiseCopyable {
    private(set) var count = 1
    private(set) var last: NamePart
    private var middle: NamePart
    private var first: NamePart

    init(_ part: NamePart) {
        self.last = part
        self.middle = part
        self.first = part
    }

    mutating func append(_ part: NamePart) {
        self.first = self.middle
        self.middle = self.last
        self.last = part
        self.count &+= 1
    }

    var schema: NamePart? { self.count > 1 ? self.middle : nil }
    var catalog: NamePart? { self.count > 2 ? self.first : nil }

    /// As a relation: of a system catalog, of a statistics view or of a temporary schema.
    var isOfSystem: Bool {
        if let schema = self.schema {
            return schema.word.keyword == .informationSchema
                || schema.word.flags.contains(.hasCatalogPrefix)
        }
        return self.last.word.flags.contains(.hasCatalogPrefix)
    }
}
