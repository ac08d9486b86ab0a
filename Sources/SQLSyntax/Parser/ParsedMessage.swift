/// All statements of one message's text, in order.
public struct ParsedMessage: Equatable, Sendable {
    public var statements: [StatementOutline]
    /// A semicolon follows the last statement.
    public var hasTrailingSemicolon: Bool
    /// The first thing that PostgreSQL would refuse, if any: it parses a whole message before it
    /// runs the first statement, so that nothing of such a message runs.
    public var fault: SyntaxFault?

    public init(
        statements: [StatementOutline], hasTrailingSemicolon: Bool = false,
        fault: SyntaxFault? = nil
    ) {
        self.statements = statements
        self.hasTrailingSemicolon = hasTrailingSemicolon
        self.fault = fault
    }
}

/// Why a text is no SQL, and where.
public struct SyntaxFault: Equatable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// A string, comment or quoted name that does not end.
        case unterminated
        /// Bytes that make no token, or no character of the client's encoding.
        case invalidToken
        /// The first word begins no statement of PostgreSQL's.
        case unknownStatement
        /// A token where the grammar has no place for it.
        case unexpectedToken
    }

    public var kind: Kind
    /// Byte of the text.
    public var offset: Int

    public init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}
