/// All statements of one message's text, in order.
package struct ParsedMessage: Equatable, Sendable {
    package var statements: [StatementOutline]
    /// A semicolon follows the last statement.
    package var hasTrailingSemicolon: Bool
    /// The first thing that PostgreSQL would refuse, if any: it parses a whole message before it
    /// runs the first statement, so that nothing of such a message runs.
    package var fault: SyntaxFault?

    package init(
        statements: [StatementOutline], hasTrailingSemicolon: Bool = false,
        fault: SyntaxFault? = nil
    ) {
        self.statements = statements
        self.hasTrailingSemicolon = hasTrailingSemicolon
        self.fault = fault
    }
}

/// Why a text is no SQL, and where.
package struct SyntaxFault: Equatable, Sendable, BitwiseCopyable {
    package enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// A string, comment or quoted name that does not end.
        case unterminated
        /// Bytes that make no token, or no character of the client's encoding.
        case invalidToken
        /// The first word begins no statement of PostgreSQL's.
        case unknownStatement
        /// A token where the grammar has no place for it.
        case unexpectedToken
    }

    package var kind: Kind
    /// Byte of the text.
    package var offset: Int

    package init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}
