/// Prepared statements, cursors, channels: what a session gives names to.
extension SkeletonParser {
    /// PREPARE name AS statement, PREPARE TRANSACTION.
    mutating func prepare(in text: Span<UInt8>) throws(Stop) -> Verdict {
        if self.next(in: text).keyword == .transaction, self.afterNext(in: text).kind == .string {
            return try self.prepareTransaction(in: text)
        }
        try self.advance(in: text)
        let name = self.bytes(of: try self.takeName(in: text), in: text)
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        try self.expect(.as, in: text)
        let inner = self.reading(try self.innerStatement(in: text))
        self.draft.command = .prepare(name: name, effect: inner.effect)
        // Kept by exact text, so that the statement's range holds for who wants to repeat it.
        self.draft.findings.insert(.dependsOnLiterals)
        var verdict = Verdict.session(
            .prepare, isReadOnly: inner.isReadOnly,
            inner.traits.intersection([.usesTransactionTime, .isUnknown, .runsUnseenCode]))
        verdict.traits.insert(.preparesInSQL)
        // What EXECUTE leaves behind later its own text does not show.
        verdict.traits.formUnion(inner.traits.intersection(.sessionState))
        if inner.traits.contains(.isUnknown) {
            verdict.effect = .write
            verdict.traits.insert(.leavesOtherState)
        }
        return verdict
    }

    mutating func execute(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name = self.bytes(of: try self.takeName(in: text), in: text)
        self.draft.command = .execute(name: name)
        if self.isAt(.leftParenthesis) { try self.parentheses(in: text) }
        var verdict = Verdict.inherited(.execute, .write)
        verdict.traits.formUnion(self.traitsOfCalls)
        return verdict
    }

    mutating func deallocate(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        if self.isAt(.prepare), self.next(in: text).isName || self.next(in: text).keyword == .all {
            try self.advance(in: text)
        }
        if try self.take(.all, in: text) {
            self.draft.command = .deallocate(name: nil)
            return .session(.deallocate)
        }
        let name = self.bytes(of: try self.takeName(in: text), in: text)
        self.draft.command = .deallocate(name: name)
        return .inherited(.deallocate, .sessionControl)
    }

    /// DECLARE name [options] CURSOR [WITH HOLD] FOR query.
    mutating func declare(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name = self.bytes(of: try self.takeName(in: text), in: text)
        while !self.isAt(.cursor) {
            guard self.isAt(.word) else { throw self.unexpected }
            try self.advance(in: text)
        }
        try self.advance(in: text)
        var isHeld = false
        if self.isAt(.with) || self.isAt(.without) {
            isHeld = self.isAt(.with)
            try self.advance(in: text)
            try self.expect(.hold, in: text)
        }
        try self.expect(.for, in: text)
        _ = try self.innerStatement(in: text)
        self.draft.command = .declareCursor(name: name, isHeld: isHeld)
        var verdict = self.reading(.declare)
        verdict.traits.insert(isHeld ? .opensHeldCursor : .opensCursor)
        // Its rows outlive the transaction, on the connection to which the session is bound.
        if isHeld { verdict.effect = Swift.max(verdict.effect, .primaryRead) }
        return verdict
    }

    /// FETCH, MOVE: the cursor's name comes last.
    mutating func fetch(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var last = self.token
        while !self.isAtEnd {
            guard self.token.isAnyName || self.isAt(.number) || self.isAt(.operation) else {
                throw self.unexpected
            }
            last = self.token
            try self.advance(in: text)
        }
        guard last.isName else { throw self.unexpected }
        self.draft.command = .fetch(name: self.bytes(of: NamePart(last), in: text))
        return .inherited(.fetch, .read)
    }

    mutating func close(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        if try self.take(.all, in: text) {
            self.draft.command = .closeCursor(name: nil)
        } else {
            let name = self.bytes(of: try self.takeName(in: text), in: text)
            self.draft.command = .closeCursor(name: name)
        }
        return .inherited(.close, .read)
    }

    /// LISTEN, UNLISTEN, NOTIFY.
    mutating func channel(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let head = self.token.keyword
        try self.advance(in: text)
        if head == .unlisten, try self.take(.operation, in: text) {
            self.draft.command = .unlisten(channel: nil)
            return .session(.unlisten, isReadOnly: false)
        }
        let name = self.bytes(of: try self.takeName(in: text), in: text)
        switch head {
        case .listen:
            self.draft.command = .listen(channel: name)
            return .session(.listen, isReadOnly: false, .listens)
        case .unlisten:
            self.draft.command = .unlisten(channel: name)
            return .session(.unlisten, isReadOnly: false)
        default:
            if try self.take(.comma, in: text) { try self.expect(.string, in: text) }
            return .write(.notify)
        }
    }

    mutating func discard(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var traits: StatementTraits = []
        switch self.token.keyword {
        case .all:
            self.draft.command = .discard(.all)
            traits = .discardsAll
        case .plans: self.draft.command = .discard(.plans)
        case .sequences: self.draft.command = .discard(.sequences)
        case .temp, .temporary: self.draft.command = .discard(.temporary)
        default: throw self.unexpected
        }
        try self.advance(in: text)
        return .session(.discard, traits)
    }

    mutating func load(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        try self.expect(.string, in: text)
        return .session(.load, isReadOnly: false, .leavesOtherState)
    }

    /// CALL procedure(...).
    mutating func call(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name = try self.takeFunctionName(in: text)
        guard self.isAt(.leftParenthesis) else { throw self.unexpected }
        try self.call(name, in: text)
        try self.expression(.closing, in: text)
        return .write(.call, self.traitsOfCalls.union(.runsUnseenCode))
    }

    /// DO [LANGUAGE name] 'code'.
    mutating func doBlock(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        while !self.isAtEnd {
            guard self.token.isAnyName || self.isAt(.string) else { throw self.unexpected }
            // Only what runs refuses a second string.
            if self.isAt(.string) { self.endLiteral() }
            try self.advance(in: text)
        }
        return .write(.doBlock, .runsUnseenCode)
    }
}
