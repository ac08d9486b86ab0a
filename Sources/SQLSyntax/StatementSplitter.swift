/// Cuts a text into statements where the server would.
public enum StatementSplitter {
    /// Ranges of the statements of `text`, in order, without the semicolons that end them and
    /// without blanks around them. Empty statements are left out; comments before a statement belong
    /// to it. Bytes that are no text of the encoding are one statement.
    public static func split(
        _ text: Span<UInt8>, dialect: TextDialect = .standard
    ) -> [Range<Int>] {
        switch MultibyteText.read(text, encoding: dialect.encoding) {
        case .plain: self.split(readable: text, dialect: dialect)
        case .masked(let masked): self.split(readable: masked.span, dialect: dialect)
        case .invalid: [0..<text.count]
        }
    }

    private static func split(
        readable text: Span<UInt8>, dialect: TextDialect
    ) -> [Range<Int>] {
        var statements: [Range<Int>] = []
        var boundary = StatementBoundary()
        var lexer = Lexer(dialect: dialect)
        var start: Int?
        var end = 0
        var searchedFrom = 0
        while true {
            let token = lexer.next(in: text)
            if token.kind == .end {
                if let start { statements.append(start..<end) }
                return statements
            }
            if boundary.endsStatement(token, in: text, words: .shared) {
                if let start { statements.append(start..<end) }
                start = nil
                searchedFrom = token.end
                continue
            }
            if start == nil {
                start = token.followsComment ? text.firstVisible(from: searchedFrom) : token.start
            }
            end = token.end
        }
    }
}

extension Span<UInt8> {
    /// Index of the first byte at or after `start` that is not a blank.
    func firstVisible(from start: Int) -> Int {
        var at = start
        while at < self.count, ByteClass.isBlank(self[at]) { at &+= 1 }
        return at
    }
}
