internal import SQLSyntax

/// What the body of a volatile function may leave on its connection through what it calls.
///
/// Only calls of PostgreSQL's own functions are known to leave nothing; nobody follows the others.
/// What a body says by itself (SET, temporary tables) the catalog is asked for by words.
enum FunctionBody {
    /// The body of a function in SQL: statements that semicolons separate, or since PostgreSQL 14 a
    /// definition with BEGIN ATOMIC.
    static func sqlMayLeaveState(_ body: [UInt8]) -> Bool {
        let message = StatementParser.parse(body.span)
        if message.statements.contains(where: { $0.kind == .createFunction }) {
            return self.blockMayLeaveState(body)
        }
        guard message.fault == nil else { return true }
        return message.statements.contains(where: self.mayLeaveState)
    }

    /// The body of a function in PL/pgSQL: every name before a parenthesis counts as a call, unless
    /// what stands before it shows that it is none.
    static func blockMayLeaveState(_ body: [UInt8]) -> Bool {
        guard let calls = self.calls(in: body.span) else { return true }
        guard !calls.isEmpty else { return false }
        let text =
            Array("SELECT ".utf8) + calls.joined(separator: Array("(), ".utf8))
            + Array("()".utf8)
        let message = StatementParser.parse(text.span)
        guard message.fault == nil, message.statements.count == 1 else { return true }
        return message.statements.contains(where: self.mayLeaveState)
    }

    private static func mayLeaveState(_ statement: StatementOutline) -> Bool {
        if statement.traits.contains(.isUnknown) || statement.kind == .doBlock { return true }
        if !statement.traits.isDisjoint(with: .sessionState) { return true }
        switch statement.command {
        case .none, .transaction, .show, .fetch, .closeCursor, .declareCursor: break
        case .settings, .discard, .prepare, .execute, .deallocate, .listen, .unlisten, .pooler:
            return true
        }
        return statement.functions.contains { call in
            switch call.builtIn {
            case .harmless, .harmlessVolatile, .transactionTime, .nodeSpecific, .writes: false
            case .unknown, .advisoryLock, .leavesState: true
            }
        }
    }

    /// The names that are called, as written and each once; nil where the text cannot be read.
    private static func calls(in text: Span<UInt8>) -> Set<[UInt8]>? {
        var lexer = Lexer()
        var calls: Set<[UInt8]> = []
        /// The name that was just read, with what qualifies it, and the word before it.
        var name: Range<Int>?
        var isJoined = false
        var before: [UInt8] = []
        var isBehindParenthesis = false
        while true {
            let token = lexer.next(in: text)
            switch token.kind {
            case .end: return calls
            case .unterminated, .invalid: return nil
            case .word, .quotedName, .unicodeName:
                if let known = name, isJoined {
                    name = known.lowerBound..<token.end
                } else {
                    before = name.map { self.folded(text, $0) } ?? []
                    if isBehindParenthesis { before = self.alias }
                    name = token.start..<token.end
                }
                isJoined = false
            case .dot where name != nil: isJoined = true
            case .leftParenthesis:
                if let name, calls.count <= self.callsMax {
                    let word = self.folded(text, name)
                    if !self.syntax.contains(word), !self.introductions.contains(before) {
                        calls.insert(word)
                    }
                }
                name = nil
            default:
                name = nil
                isJoined = false
            }
            isBehindParenthesis = token.kind == .rightParenthesis
        }
    }

    /// A name as it can be parsed again: without capitals, unless something in it is quoted.
    private static func folded(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in range { bytes.append(text[index]) }
        if bytes.contains(UInt8(ascii: "\"")) { return bytes }
        return bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// More names than a body has by reason.
    private static let callsMax = 1000

    /// Words behind which a name with a parenthesis is a table, an alias, a cursor, or what is
    /// defined here.
    private static let introductions = Self.words(
        "into as table references recursive with open function procedure")
    /// What follows a closing parenthesis is an alias, as if AS stood before it.
    private static let alias = Array("as".utf8)

    /// Words before a parenthesis that call nothing, types with a length among them.
    private static let syntax = Self.words(
        """
        all and any array as between bit by case cast char character check coalesce conflict cube \
        cursor dec decimal default distinct else elsif elseif end except exists extract filter \
        float for foreach from group grouping greatest having if ilike in intersect interval into \
        is join key lateral least like limit loop not null nullif numeric offset on only or order \
        over overlay perform position primary query raise return returning rollup row select set \
        sets some strict substring table then time timestamp timestamptz trim union unique using \
        values varbit varchar varying when where while with within
        """)

    private static func words(_ list: String) -> Set<[UInt8]> {
        Set(list.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) })
    }
}
