/// Classifies one text without memory of others: what `StatementAnalyzer` does when its cache does
/// not know the text.
///
/// Strict: what it does not understand completely is not a read.
struct StatementClassifier {
    private let words: WordTable
    let options: AnalysisOptions

    init(options: AnalysisOptions, words: WordTable = .shared) {
        self.options = options
        self.words = words
    }

    func classify(_ text: Span<UInt8>, dialect: TextDialect) -> StatementAnalysis {
        guard Lexer.canRead(text, dialect: dialect) else {
            return StatementAnalysis(kind: .other, reason: .unsafeEncoding)
        }
        var lexer = Lexer(dialect: dialect)
        var followsComment = false
        var followsBlank = false
        var token: Token
        repeat {
            token = lexer.next(in: text)
            followsComment = followsComment || token.followsComment
            followsBlank = followsBlank || token.followsBlank
        } while token.kind == .semicolon

        switch token.kind {
        case .end:
            return StatementAnalysis(
                kind: .empty, reason: .emptyStatement, isReadOnly: true,
                keepsSessionMovable: true, statementCount: 0)
        case .unterminated:
            return StatementAnalysis(kind: .unterminated, reason: .unterminatedText)
        default:
            break
        }

        var boundary = StatementBoundary()
        var parentheses = 0
        while token.kind == .leftParenthesis {
            _ = boundary.endsStatement(token, in: text, words: self.words)
            parentheses &+= 1
            token = lexer.next(in: text)
        }
        let head = self.keyword(token, in: text)
        if head == .select || head == .values || head == .table || head == .with {
            var scanner = ReadScanner(words: self.words, parentheses: parentheses)
            scanner.scan(from: token, head: head, lexer: &lexer, in: text)
            var count = 1
            if let next = scanner.nextStatement {
                count = self.count(from: next, boundary: .init(), lexer: &lexer, in: text)
                count = count &+ 1
            }
            return scanner.analysis(statementCount: count) {
                if followsComment, !self.options.allowSQLComments { return .leadingComment }
                if followsBlank, !followsComment, !self.options.ignoreLeadingWhiteSpace {
                    return .leadingWhiteSpace
                }
                return nil
            }
        }

        var analysis =
            parentheses == 0
            ? self.utility(head, token: token, following: lexer, in: text)
            : StatementAnalysis(kind: .other, reason: .containsUnknownConstruct)
        if analysis.isReadOnly, followsComment, !self.options.allowSQLComments {
            analysis.isReadOnly = false
            analysis.reason = .leadingComment
        }
        var sawUnterminated = false
        let count = self.count(
            from: token, boundary: boundary, lexer: &lexer, in: text,
            sawUnterminated: &sawUnterminated)
        if sawUnterminated {
            return StatementAnalysis(kind: .unterminated, reason: .unterminatedText)
        }
        if count > 1 {
            return StatementAnalysis(
                kind: .multiple, reason: .multipleStatements,
                statementCount: UInt16(clamping: count))
        }
        return analysis
    }

    private func keyword(_ token: Token, in text: Span<UInt8>) -> Keyword {
        guard token.kind == .word else { return .none }
        return self.words.lookUp(text, from: token.start, to: token.end, folds: true).keyword
    }

    /// Counts the non-empty statements from `first` to the end of the text.
    private func count(
        from first: Token, boundary: StatementBoundary, lexer: inout Lexer,
        in text: Span<UInt8>, sawUnterminated: inout Bool
    ) -> Int {
        var boundary = boundary
        var count = 0
        var isOpen = false
        var token = first
        while token.kind != .end {
            if boundary.endsStatement(token, in: text, words: self.words) {
                isOpen = false
            } else if !isOpen {
                isOpen = true
                count &+= 1
            }
            if token.kind == .unterminated { sawUnterminated = true }
            token = lexer.next(in: text)
        }
        return count
    }

    private func count(
        from first: Token, boundary: StatementBoundary, lexer: inout Lexer, in text: Span<UInt8>
    ) -> Int {
        var ignored = false
        return self.count(
            from: first, boundary: boundary, lexer: &lexer, in: text, sawUnterminated: &ignored)
    }

    /// Statements that are not read-shaped: the head, and a second or third word where needed.
    private func utility(
        _ head: Keyword, token: Token, following: Lexer, in text: Span<UInt8>
    ) -> StatementAnalysis {
        var lexer = following
        let secondToken = lexer.next(in: text)
        let second = self.keyword(secondToken, in: text)
        switch head {
        case .begin: return .transactionControl(.begin)
        case .start:
            return second == .transaction
                ? .transactionControl(.startTransaction)
                : StatementAnalysis(kind: .other, reason: .containsUnknownConstruct)
        case .commit, .end:
            return second == .prepared && head == .commit
                ? StatementAnalysis(kind: .commitPrepared, reason: .twoPhaseCommit)
                : .transactionControl(.commit)
        case .rollback, .abort:
            if head == .abort { return .transactionControl(.rollback) }
            if second == .prepared {
                return StatementAnalysis(kind: .rollbackPrepared, reason: .twoPhaseCommit)
            }
            var word = second
            if word == .work || word == .transaction {
                word = self.keyword(lexer.next(in: text), in: text)
            }
            return .transactionControl(word == .to ? .rollbackTo : .rollback)
        case .savepoint: return .transactionControl(.savepoint)
        case .release: return .transactionControl(.release)
        case .prepare:
            return second == .transaction
                ? StatementAnalysis(kind: .prepareTransaction, reason: .twoPhaseCommit)
                : StatementAnalysis(kind: .prepare, reason: .notASelect)
        case .show:
            return self.show(secondToken, name: second, in: text)
        default:
            guard let kind = StatementKind(head: head) else {
                return StatementAnalysis(kind: .other, reason: .containsUnknownConstruct)
            }
            return StatementAnalysis(kind: kind, reason: .notASelect)
        }
    }

    private func show(
        _ token: Token, name: Keyword, in text: Span<UInt8>
    ) -> StatementAnalysis {
        var isNodeSpecific = true
        if token.kind == .word {
            switch name {
            case .inHotStandby, .transactionReadOnly, .transactionIsolation,
                .transactionDeferrable, .defaultTransactionReadOnly, .transaction, .all:
                break
            default:
                // SHOW pool_nodes and the like ask the proxy, not a server.
                isNodeSpecific = text.hasFoldedPrefix("pool_", at: token.start)
            }
        }
        return StatementAnalysis(
            kind: .show, reason: isNodeSpecific ? .showNodeSpecific : .showSetting,
            isReadOnly: !isNodeSpecific, keepsSessionMovable: true)
    }
}

extension StatementAnalysis {
    fileprivate static func transactionControl(_ kind: StatementKind) -> StatementAnalysis {
        StatementAnalysis(kind: kind, reason: .transactionControl, keepsSessionMovable: true)
    }
}

extension StatementKind {
    /// The kind that a head alone decides.
    fileprivate init?(head: Keyword) {
        switch head {
        case .insert: self = .insert
        case .update: self = .update
        case .delete: self = .delete
        case .merge: self = .merge
        case .truncate: self = .truncate
        case .copy: self = .copyFrom
        case .explain: self = .explain
        case .set: self = .set
        case .reset: self = .reset
        case .discard: self = .discard
        case .deallocate: self = .deallocate
        case .execute: self = .execute
        case .declare: self = .declare
        case .fetch, .move: self = .fetch
        case .close: self = .close
        case .listen: self = .listen
        case .unlisten: self = .unlisten
        case .notify: self = .notify
        case .lock: self = .lock
        case .call: self = .call
        case .do: self = .doBlock
        case .vacuum: self = .vacuum
        case .analyze, .analyse: self = .analyze
        case .cluster: self = .cluster
        case .reindex: self = .reindex
        case .checkpoint: self = .checkpoint
        case .load: self = .load
        case .create, .alter, .drop, .grant, .revoke, .comment, .security, .refresh, .import,
            .reassign:
            self = .ddl
        default: return nil
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes at `start` spell `prefix`, ASCII capitals counting as small letters.
    func hasFoldedPrefix(_ prefix: StaticString, at start: Int) -> Bool {
        var at = start
        for offset in 0..<prefix.utf8CodeUnitCount {
            guard at >= 0, at < self.count else { return false }
            let byte = self[at]
            let folded = ByteClass.isLetter(byte) ? byte | 0x20 : byte
            guard folded == prefix.utf8Start[offset] else { return false }
            at &+= 1
        }
        return true
    }
}
