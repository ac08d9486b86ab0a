/// Parses one message's text as far as its skeleton goes, without memory of other texts.
public enum StatementParser {
    /// What each statement of `text` is. Total: every text gives a result. Statements beyond the
    /// ten thousandth are one that is not known.
    ///
    /// - Parameter dialect: what is in force in the session before the message.
    public static func parse(
        _ text: Span<UInt8>, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> ParsedMessage {
        guard text.count < Self.lengthMax else {
            var outline = StatementOutline(.unknown)
            outline.kind = .tooLong
            outline.reason = .textTooLong
            outline.range = 0..<text.count
            return ParsedMessage(statements: [outline])
        }
        switch MultibyteText.read(text, encoding: dialect.encoding) {
        case .plain:
            return Self.parse(text, original: [], dialect: dialect, options: options)
        case .masked(let masked):
            let original = [UInt8](text, from: 0, to: text.count)
            return Self.parse(masked.span, original: original, dialect: dialect, options: options)
        case .invalid(let offset):
            var outline = StatementOutline(.unknown)
            outline.reason = .invalidEncoding
            outline.range = 0..<text.count
            return ParsedMessage(
                statements: [outline], fault: SyntaxFault(kind: .invalidToken, offset: offset))
        }
    }

    /// More than the protocol carries in one message.
    private static var lengthMax: Int { Int(Int32.max) }

    private static func parse(
        _ text: Span<UInt8>, original: [UInt8], dialect: TextDialect, options: AnalysisOptions
    ) -> ParsedMessage {
        var parser = SkeletonParser(words: .shared, dialect: dialect, original: original)
        var message = parser.message(in: text)
        guard let last = message.statements.last else { return message }
        let edges = TextEdges(text, end: last.range.upperBound)
        if message.statements[0].effect == .read,
            let reason = edges.leading(options: options)
        {
            message.statements[0].effect = .primaryRead
            message.statements[0].reason = reason
        }
        if edges.hasDirective {
            for index in message.statements.indices {
                message.statements[index].traits.insert(.mustNotBalance)
                if message.statements[index].effect == .read {
                    message.statements[index].reason = .noBalanceDirective
                }
            }
        }
        return message
    }
}

extension SkeletonParser {
    /// All statements of the text.
    fileprivate mutating func message(in text: Span<UInt8>) -> ParsedMessage {
        var message = ParsedMessage(statements: [])
        self.restart(at: 0, in: text)
        var isFirst = true
        while true {
            while self.isAt(.semicolon) {
                message.hasTrailingSemicolon = !isFirst
                self.restart(at: self.token.end, in: text)
            }
            if self.token.kind == .end { break }
            isFirst = false
            message.hasTrailingSemicolon = false
            guard message.statements.count < Self.statementsMax else {
                var rest = StatementOutline(.unknown)
                rest.range = self.token.start..<text.count
                message.statements.append(rest)
                break
            }
            message.statements.append(self.outline(&message.fault, in: text))
        }
        return message
    }

    /// The statement that begins at `token`; goes behind it.
    private mutating func outline(
        _ fault: inout SyntaxFault?, in text: Span<UInt8>
    ) -> StatementOutline {
        self.beginStatement()
        // A comment before a statement belongs to it.
        let start =
            self.token.followsComment ? text.firstVisible(from: self.lastEnd) : self.token.start
        let first = self.token.start
        var outline: StatementOutline
        do throws(Stop) {
            try self.check(in: text)
            outline = StatementOutline(try self.statement(in: text))
            outline.tables = self.tables(in: text)
            outline.functions = self.functions(in: text)
            outline.command = self.draft.command
            let needsFacts =
                !outline.tables.isEmpty || self.draft.findings.contains(.callsUnknown)
            if needsFacts { outline.traits.insert(.needsFacts) }
            if self.draft.findings.contains(.dependsOnLiterals) {
                outline.traits.insert(.dependsOnLiterals)
            }
            outline.range = start..<self.lastEnd
        } catch {
            outline = StatementOutline(.unknown)
            // Another literal in its place may be understood.
            outline.traits.insert(.dependsOnLiterals)
            if case .fault(let found) = error {
                if found.kind == .unterminated {
                    outline.kind = .unterminated
                    outline.reason = .unterminatedText
                }
                if fault == nil { fault = found }
            }
            outline.range = start..<self.skipUnparsed(from: first, in: text)
        }
        return outline
    }

    /// Skips the statement that begins at `start`, whatever it is; gives its end.
    private mutating func skipUnparsed(from start: Int, in text: Span<UInt8>) -> Int {
        var boundary = StatementBoundary()
        var lexer = Lexer(dialect: self.dialect, position: start)
        var end = start
        while true {
            let token = lexer.next(in: text)
            if token.kind == .end || boundary.endsStatement(token, in: text, words: self.words) {
                self.restart(at: token.start, in: text)
                return end
            }
            end = token.end
        }
    }

    private func tables(in text: Span<UInt8>) -> [TableReference] {
        var tables: [TableReference] = []
        tables.reserveCapacity(self.draft.tables.count)
        /// What `tables` holds, once there are too many of them to walk.
        var known: Set<TableReference> = []
        for table in self.draft.tables {
            let reference = TableReference(
                catalog: table.name.catalog.map { self.bytes(of: $0, in: text) },
                schema: table.name.schema.map { self.bytes(of: $0, in: text) },
                name: self.bytes(of: table.name.last, in: text), mode: table.mode)
            if tables.count < Self.walkedMax {
                if tables.contains(reference) { continue }
            } else {
                if known.isEmpty { known = Set(tables) }
                guard known.insert(reference).inserted else { continue }
            }
            tables.append(reference)
        }
        return tables
    }

    private func functions(in text: Span<UInt8>) -> [FunctionReference] {
        self.draft.calls.map { call in
            var reference = FunctionReference(name: [], builtIn: call.function)
            if let name = call.name {
                reference.schema = name.schema.map { self.bytes(of: $0, in: text) }
                reference.name = self.bytes(of: name.last, in: text)
            } else {
                if call.special.hasSchema { reference.schema = Array("pg_catalog".utf8) }
                reference.name = call.special.name.withUTF8Buffer { Array($0) }
            }
            if call.argumentCount >= 0 { reference.argumentCount = Int(call.argumentCount) }
            return reference
        }
    }

    private static var walkedMax: Int { 16 }
}

extension StatementOutline {
    fileprivate init(_ verdict: Verdict) {
        self.init(
            kind: verdict.kind, effect: verdict.effect, reason: verdict.reason,
            traits: verdict.traits, isReadOnly: verdict.isReadOnly)
    }
}
