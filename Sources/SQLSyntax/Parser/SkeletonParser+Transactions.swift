/// Transaction control.
extension SkeletonParser {
    /// BEGIN, START TRANSACTION.
    mutating func begin(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let isStart = self.isAt(.start)
        if isStart, self.next(in: text).keyword != .transaction {
            throw .fault(SyntaxFault(kind: .unknownStatement, offset: self.token.start))
        }
        try self.advance(in: text)
        if self.isAt(.work) || self.isAt(.transaction) { try self.advance(in: text) }
        let modes = try self.modes(in: text)
        self.draft.command = .transaction(.begin(modes))
        // A standby refuses both.
        let needsPrimary = modes.isolation == .serializable || modes.isReadOnly == false
        return .transaction(isStart ? .startTransaction : .begin, isReadOnly: !needsPrimary)
    }

    /// ISOLATION LEVEL, READ ONLY, DEFERRABLE ..., with commas or without.
    mutating func modes(in text: Span<UInt8>) throws(Stop) -> TransactionModes {
        var modes = TransactionModes()
        while true {
            switch self.token.keyword {
            case .isolation:
                try self.advance(in: text)
                try self.expect(.level, in: text)
                // What is said twice is refused by some servers and not by others.
                if modes.isolation != nil { modes.isUnderstood = false }
                modes.isolation = try self.isolation(in: text)
            case .read:
                try self.advance(in: text)
                if modes.isReadOnly != nil { modes.isUnderstood = false }
                modes.isReadOnly = self.isAt(.only)
                guard self.isAt(.only) || self.isAt(.write) else { throw self.unexpected }
                try self.advance(in: text)
            case .deferrable:
                try self.advance(in: text)
                modes.isDeferrable = true
            case .not:
                try self.advance(in: text)
                try self.expect(.deferrable, in: text)
                modes.isDeferrable = false
            default:
                return modes
            }
            if try self.take(.comma, in: text), self.isAtEnd { throw self.unexpected }
        }
    }

    private mutating func isolation(
        in text: Span<UInt8>
    ) throws(Stop) -> TransactionModes.Isolation {
        let isolation: TransactionModes.Isolation
        switch (self.token.keyword, self.next(in: text).keyword) {
        case (.serializable, _):
            try self.advance(in: text)
            return .serializable
        case (.repeatable, .read): isolation = .repeatableRead
        case (.read, .committed): isolation = .readCommitted
        case (.read, .uncommitted): isolation = .readUncommitted
        default: throw self.unexpected
        }
        try self.advance(2, in: text)
        return isolation
    }

    /// COMMIT, END.
    mutating func commit(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let mayBePrepared = self.isAt(.commit)
        try self.advance(in: text)
        if mayBePrepared, self.isAt(.prepared) {
            return try self.finishPrepared(.commitPrepared, in: text)
        }
        let isChained = try self.chain(in: text)
        self.draft.command = .transaction(.commit(isChained: isChained))
        return .transaction(.commit)
    }

    /// ROLLBACK, ABORT, ROLLBACK TO.
    mutating func rollback(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let isRollback = self.isAt(.rollback)
        try self.advance(in: text)
        if isRollback, self.isAt(.prepared) {
            return try self.finishPrepared(.rollbackPrepared, in: text)
        }
        let isMarked =
            self.isAt(.to)
            || ((self.isAt(.work) || self.isAt(.transaction)) && self.next(in: text).keyword == .to)
        if isRollback, isMarked {
            if !self.isAt(.to) { try self.advance(in: text) }
            try self.advance(in: text)
            let name = try self.savepointName(in: text)
            self.draft.command = .transaction(.rollbackTo(name: name))
            return .transaction(.rollbackTo)
        }
        let isChained = try self.chain(in: text)
        self.draft.command = .transaction(.rollback(isChained: isChained))
        return .transaction(.rollback)
    }

    /// `[WORK | TRANSACTION] [AND [NO] CHAIN]`. True: the next transaction begins at once.
    private mutating func chain(in text: Span<UInt8>) throws(Stop) -> Bool {
        if self.isAt(.work) || self.isAt(.transaction) { try self.advance(in: text) }
        guard try self.take(.and, in: text) else { return false }
        let isChained = try !self.take(.no, in: text)
        try self.expect(.chain, in: text)
        return isChained
    }

    mutating func savepoint(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name = try self.takeName(in: text)
        self.draft.command = .transaction(.savepoint(name: self.bytes(of: name, in: text)))
        return .transaction(.savepoint)
    }

    mutating func release(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name = try self.savepointName(in: text)
        self.draft.command = .transaction(.release(name: name))
        return .transaction(.release)
    }

    /// `[SAVEPOINT] name`; the word alone is the name of a savepoint.
    private mutating func savepointName(in text: Span<UInt8>) throws(Stop) -> [UInt8] {
        if self.isAt(.savepoint), self.next(in: text).isName { try self.advance(in: text) }
        return self.bytes(of: try self.takeName(in: text), in: text)
    }

    /// PREPARE TRANSACTION.
    mutating func prepareTransaction(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(2, in: text)
        try self.expect(.string, in: text)
        self.draft.command = .transaction(.prepare)
        var verdict = Verdict.write(.prepareTransaction)
        verdict.reason = .twoPhaseCommit
        return verdict
    }

    /// COMMIT PREPARED, ROLLBACK PREPARED.
    private mutating func finishPrepared(
        _ kind: StatementKind, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        try self.advance(in: text)
        try self.expect(.string, in: text)
        self.draft.command = .transaction(.finishPrepared)
        var verdict = Verdict.write(kind)
        verdict.reason = .twoPhaseCommit
        return verdict
    }
}
