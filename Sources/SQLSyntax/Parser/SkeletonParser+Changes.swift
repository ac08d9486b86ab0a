/// Statements that change rows.
extension SkeletonParser {
    mutating func insert(in text: Span<UInt8>) throws(Stop) -> StatementKind {
        self.draft.findings.insert(.changesData)
        try self.advance(in: text)
        try self.expect(.into, in: text)
        try self.writes(try self.takeQualifiedName(in: text))
        if try self.take(.as, in: text) { _ = try self.takeName(in: text) }
        if self.isAt(.leftParenthesis), !self.isNext("(", in: text),
            !self.opensQuery(in: text)
        {
            try self.parentheses(in: text)
        }
        if try self.take(.overriding, in: text) { try self.advance(2, in: text) }
        if try self.take(.default, in: text) {
            try self.expect(.values, in: text)
        } else {
            try self.query(in: text)
        }
        if self.isAt(.on) { try self.conflict(in: text) }
        try self.returning(in: text)
        return .insert
    }

    /// ON CONFLICT.
    private mutating func conflict(in text: Span<UInt8>) throws(Stop) {
        try self.advance(in: text)
        try self.expect(.conflict, in: text)
        if self.isAt(.leftParenthesis) {
            try self.parentheses(in: text)
            if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        } else if try self.take(.on, in: text) {
            try self.expect(.constraint, in: text)
            _ = try self.takeName(in: text)
        }
        try self.expect(.do, in: text)
        if try self.take(.nothing, in: text) { return }
        try self.expect(.update, in: text)
        try self.expect(.set, in: text)
        try self.expression(.clause, in: text)
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
    }

    /// RETURNING [WITH (OLD AS o, NEW AS n)] expressions.
    private mutating func returning(in text: Span<UInt8>) throws(Stop) {
        guard try self.take(.returning, in: text) else { return }
        if self.isAt(.with), self.isNext("(", in: text) {
            try self.advance(in: text)
            try self.skipParentheses(in: text)
        }
        try self.expression(.clause, in: text)
    }

    mutating func update(in text: Span<UInt8>) throws(Stop) -> StatementKind {
        self.draft.findings.insert(.changesData)
        let level = self.newLevel()
        try self.advance(in: text)
        try self.writes(try self.relation(in: text))
        // Without AS the word SET is no alias.
        if !self.isAt(.set) { try self.alias(in: text) }
        try self.expect(.set, in: text)
        try self.expression(.clause, in: text)
        if try self.take(.from, in: text) { try self.fromList(level, in: text) }
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        try self.returning(in: text)
        return .update
    }

    mutating func delete(in text: Span<UInt8>) throws(Stop) -> StatementKind {
        self.draft.findings.insert(.changesData)
        let level = self.newLevel()
        try self.advance(in: text)
        try self.expect(.from, in: text)
        try self.writes(try self.relation(in: text))
        try self.alias(in: text)
        if try self.take(.using, in: text) { try self.fromList(level, in: text) }
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        try self.returning(in: text)
        return .delete
    }

    mutating func merge(in text: Span<UInt8>) throws(Stop) -> StatementKind {
        self.draft.findings.insert(.changesData)
        let level = self.newLevel()
        try self.advance(in: text)
        try self.expect(.into, in: text)
        try self.writes(try self.relation(in: text))
        try self.alias(in: text)
        try self.expect(.using, in: text)
        try self.fromItem(level, in: text)
        try self.expect(.on, in: text)
        try self.expression(.merge, in: text)
        try self.returning(in: text)
        return .merge
    }

    /// TRUNCATE [TABLE] relations ...
    mutating func truncate(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        _ = try self.take(.table, in: text)
        repeat {
            try self.writes(try self.relation(in: text))
        } while try self.take(.comma, in: text)
        try self.words(in: text)
        return .write(.truncate, .changesCatalog)
    }

    /// LOCK [TABLE] relations ...
    mutating func lock(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        _ = try self.take(.table, in: text)
        repeat {
            try self.locks(try self.relation(in: text))
        } while try self.take(.comma, in: text)
        try self.words(in: text)
        return .write(.lock)
    }

    /// Skips words up to the end of the statement.
    mutating func words(in text: Span<UInt8>) throws(Stop) {
        while self.isAt(.word) { try self.advance(in: text) }
    }
}

/// COPY.
extension SkeletonParser {
    mutating func copy(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        if self.isAt(.leftParenthesis) {
            try self.advance(in: text)
            _ = try self.innerStatement(in: text)
            try self.expect(.rightParenthesis, in: text)
            try self.expect(.to, in: text)
            return try self.copyTo(in: text)
        }
        _ = try self.take(.binary, in: text)
        let name = try self.takeQualifiedName(in: text)
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        if try self.take(.to, in: text) {
            try self.reads(name, alias: nil, level: 0, in: text)
            return try self.copyTo(in: text)
        }
        try self.expect(.from, in: text)
        try self.writes(name)
        _ = try self.file(in: text)
        try self.copyOptions(in: text)
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        return .write(.copyFrom)
    }

    private mutating func copyTo(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let isFile = try self.file(in: text)
        try self.copyOptions(in: text)
        if isFile { return .write(.copyTo) }
        return self.reading(.copyTo)
    }

    /// STDIN, STDOUT, 'file', PROGRAM 'command'. True: the server reads or writes a file.
    private mutating func file(in text: Span<UInt8>) throws(Stop) -> Bool {
        if self.isAt(.stdin) || self.isAt(.stdout) {
            try self.advance(in: text)
            return false
        }
        _ = try self.take(.program, in: text)
        try self.expect(.string, in: text)
        return true
    }

    /// `[WITH] (options)`, or options without parentheses as they were written long ago. No option
    /// holds an expression.
    private mutating func copyOptions(in text: Span<UInt8>) throws(Stop) {
        _ = try self.take(.with, in: text)
        while !self.isAtEnd, !self.isAt(.where) {
            if self.isAt(.leftParenthesis) {
                try self.skipParentheses(in: text)
            } else {
                try self.advance(in: text)
            }
        }
    }
}
