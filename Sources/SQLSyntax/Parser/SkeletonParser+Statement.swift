/// Statement heads.
extension SkeletonParser {
    /// Parses the statement that begins here, up to the semicolon or the end.
    mutating func statement(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let verdict = try self.headed(in: text)
        guard self.isAtEnd else { throw self.unexpected }
        return verdict
    }

    private mutating func headed(in text: Span<UInt8>) throws(Stop) -> Verdict {
        guard !self.isAt(.leftParenthesis) else {
            return self.reading(try self.innerStatement(in: text))
        }
        switch self.token.keyword {
        case .select:
            if let settings = self.settingsOnly(in: text) { return settings }
            return self.reading(try self.innerStatement(in: text))
        case .values, .table, .with, .insert, .update, .delete, .merge:
            return self.reading(try self.innerStatement(in: text))
        case .begin, .start: return try self.begin(in: text)
        case .commit, .end: return try self.commit(in: text)
        case .rollback, .abort: return try self.rollback(in: text)
        case .savepoint: return try self.savepoint(in: text)
        case .release: return try self.release(in: text)
        case .prepare: return try self.prepare(in: text)
        case .execute: return try self.execute(in: text)
        case .deallocate: return try self.deallocate(in: text)
        case .declare: return try self.declare(in: text)
        case .fetch, .move: return try self.fetch(in: text)
        case .close: return try self.close(in: text)
        case .set: return try self.set(in: text)
        case .reset: return try self.reset(in: text)
        case .show: return try self.show(in: text)
        case .discard: return try self.discard(in: text)
        case .listen, .unlisten, .notify: return try self.channel(in: text)
        case .load: return try self.load(in: text)
        case .explain: return try self.explain(in: text)
        case .copy: return try self.copy(in: text)
        case .truncate: return try self.truncate(in: text)
        case .lock: return try self.lock(in: text)
        case .call: return try self.call(in: text)
        case .do: return try self.doBlock(in: text)
        case .vacuum, .analyze, .analyse, .cluster, .reindex, .checkpoint, .refresh:
            return try self.maintenance(in: text)
        case .create: return try self.create(in: text)
        case .alter: return try self.alter(in: text)
        case .drop: return try self.drop(in: text)
        case .grant, .revoke: return try self.grant(in: text)
        case .comment:
            try self.skipStatement(in: text)
            return .write(.comment, .changesCatalog)
        case .security, .import, .reassign:
            try self.skipStatement(in: text)
            return .write(.ddl, .changesCatalog)
        case .pgpool: return try self.pooler(in: text)
        default:
            throw .fault(SyntaxFault(kind: .unknownStatement, offset: self.token.start))
        }
    }

    /// What a query, or a statement that changes rows, comes to.
    func reading(_ kind: StatementKind) -> Verdict {
        let found = self.draft.findings
        func write(_ reason: AnalysisReason) -> Verdict {
            Verdict(
                kind: kind, effect: .write, reason: reason, isReadOnly: false,
                traits: self.traitsOfCalls)
        }
        if found.contains(.isUnknown) {
            var verdict = write(.containsUnknownConstruct)
            verdict.traits.insert(.isUnknown)
            return verdict
        }
        if found.contains(.selectInto) {
            var verdict = write(.selectInto)
            verdict.traits.insert(.changesCatalog)
            return verdict
        }
        if found.contains(.changesData) {
            switch kind {
            case .insert, .update, .delete, .merge, .copyTo: return write(.notASelect)
            default: return write(.dataModifyingCTE)
            }
        }
        if found.contains(.rowLock) { return write(.rowLock) }
        if found.contains(.callsWriting) { return write(.functionMayWrite) }
        var verdict = Verdict(
            kind: kind, effect: .read, reason: .plainRead,
            isReadOnly: found.isDisjoint(with: [.callsUnknown, .callsVolatile]),
            traits: self.traitsOfCalls)
        if found.contains(.readsSystem) {
            verdict.effect = .primaryRead
            verdict.reason = .nodeSpecificCatalog
        }
        if found.contains(.callsNodeSpecific) {
            verdict.effect = .primaryRead
            verdict.reason = .nodeSpecificFunction
        }
        // The catalog knows whether it does.
        if found.contains(.callsUnknown) { verdict.reason = .functionMayWrite }
        return verdict
    }

    /// Traits that come with what the statement calls, if it runs.
    var traitsOfCalls: StatementTraits {
        let found = self.draft.findings
        var traits: StatementTraits = []
        if found.contains(.callsTransactionTime) { traits.insert(.usesTransactionTime) }
        if found.contains(.callsUnknown) { traits.insert(.runsUnseenCode) }
        if found.contains(.takesAdvisoryLock) { traits.insert(.takesAdvisoryLock) }
        if found.contains(.leavesState) { traits.insert(.leavesOtherState) }
        if found.contains(.createsTemporary) { traits.insert(.createsTemporary) }
        return traits
    }
}

/// EXPLAIN.
extension SkeletonParser {
    private mutating func explain(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var runs = false
        if self.isAt(.leftParenthesis), !self.isNext("(", in: text),
            !self.opensQuery(in: text)
        {
            runs = try self.explainOptions(in: text)
        } else {
            if self.isAt(.analyze) || self.isAt(.analyse) {
                try self.advance(in: text)
                runs = true
            }
            _ = try self.take(.verbose, in: text)
        }
        let inner: Verdict
        switch self.token.keyword {
        case .declare:
            // No cursor is opened.
            _ = try self.declare(in: text)
            inner = self.reading(.declare)
            self.draft.command = .none
        case .execute: inner = try self.execute(in: text)
        case .create: inner = try self.create(in: text)
        case .refresh: inner = try self.maintenance(in: text)
        default: inner = self.reading(try self.innerStatement(in: text))
        }
        if runs {
            var verdict = inner
            verdict.kind = .explainAnalyze
            return verdict
        }
        var verdict = Verdict(
            kind: .explain, effect: .read, reason: .plainRead, isReadOnly: true,
            traits: inner.traits.intersection([.inheritsNode, .isUnknown]))
        if inner.traits.contains(.isUnknown) {
            verdict = .unknown
            verdict.kind = .explain
        }
        return verdict
    }

    /// `(ANALYZE, COSTS off ...)`. True: ANALYZE is on.
    private mutating func explainOptions(in text: Span<UInt8>) throws(Stop) -> Bool {
        try self.advance(in: text)
        var runs = false
        while true {
            // A quoted name may spell it, too.
            let isAnalyze =
                self.isAt(.analyze) || self.isAt(.analyse) || self.token.kind == .quotedName
            guard self.token.isAnyName else { throw self.unexpected }
            try self.advance(in: text)
            var value = true
            if !self.isAt(.comma), !self.isAt(.rightParenthesis) {
                if self.isAt(.operation) { try self.advance(in: text) }
                if self.token.isLiteral { self.draft.findings.insert(.dependsOnLiterals) }
                // What is no boolean is refused; until then it may be on.
                value = self.boolean(in: text) ?? true
                try self.advance(in: text)
            }
            if isAnalyze { runs = value }
            if try self.take(.rightParenthesis, in: text) { return runs }
            try self.expect(.comma, in: text)
        }
    }

    /// The token as PostgreSQL reads a boolean.
    func boolean(in text: Span<UInt8>) -> Bool? {
        guard let value = self.value(in: text) else { return nil }
        return Self.boolean(value)
    }

    /// Like parse_bool: any clear beginning of a word will do.
    static func boolean(_ value: [UInt8]) -> Bool? {
        let folded = value.map(WordTable.fold)
        if folded == [UInt8(ascii: "1")] { return true }
        if folded == [UInt8(ascii: "0")] { return false }
        guard !folded.isEmpty, folded != [UInt8(ascii: "o")] else { return nil }
        for (word, meaning) in [
            ("true", true), ("yes", true), ("on", true), ("false", false), ("no", false),
            ("off", false),
        ] where word.utf8.starts(with: folded) {
            return meaning
        }
        return nil
    }
}
