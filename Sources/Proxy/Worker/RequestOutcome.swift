internal import PostgresWire
internal import SQLSyntax

/// What a request changes in the session if it succeeds. At most one is on its way: what comes
/// behind it waits for its answer.
struct RequestOutcome {
    enum Step {
        case begin(text: [UInt8])
        case settings([SettingChange], text: [UInt8])
        case savepoint([UInt8], text: [UInt8])
        case release([UInt8])
        case rollback(to: [UInt8])
        case committed(isChained: Bool)
        case rolledBack(isChained: Bool)
        case discardedAll(text: [UInt8])
        case prepared([UInt8], text: [UInt8])
        case deallocated([UInt8])
        /// Something not understood went well.
        case pinned
    }

    var steps: [Step] = []
    var hasFailed = false
    private var statementCount = 0
    /// Status before the request: COMMIT of a failed transaction is a ROLLBACK.
    let before: PostgresWire.TransactionStatus

    init(before: PostgresWire.TransactionStatus) { self.before = before }

    /// If it has failed, a part of it may have been done nevertheless.
    var isPartial: Bool { statementCount > 1 && !steps.isEmpty }

    /// Adds what the statements of a text change; `text` is what `analysis` was made of.
    mutating func add(
        _ analysis: StatementAnalysis, text: @autoclosure () -> UnsafeRawBufferPointer,
        dialect: TextDialect
    ) {
        statementCount += Int(analysis.statementCount)
        guard let detail = analysis.detail, !detail.isSummed else {
            if analysis.traits.contains(.isUnknown) { steps.append(.pinned) }
            return
        }
        guard detail.statements.contains(where: Self.changesSession) else { return }
        let whole = Array(text())
        guard detail.statements.count > 1 else {
            for outline in detail.statements { add(outline, text: whole) }
            return
        }
        // Texts of one shape share their outlines, so the ranges there may be another text's.
        let ranges = StatementSplitter.split(whole.span, dialect: dialect)
        guard ranges.count == detail.statements.count else { return steps.append(.pinned) }
        for (outline, range) in zip(detail.statements, ranges) {
            add(outline, text: Array(whole[range]))
        }
    }

    /// One of its statements ends a transaction.
    var hasEnd: Bool {
        steps.contains {
            switch $0 {
            case .committed, .rolledBack: true
            default: false
            }
        }
    }

    /// It sets something and then ends a transaction that it has not begun.
    var endsWithoutBegin: Bool {
        var hasSet = false
        for step in steps {
            switch step {
            case .begin: return false
            case .settings: hasSet = true
            case .committed, .rolledBack: return hasSet
            default: break
            }
        }
        return false
    }

    /// One of its statements prepares another one, which no rollback undoes.
    var prepares: Bool {
        steps.contains {
            if case .prepared = $0 { true } else { false }
        }
    }

    private static func changesSession(_ outline: StatementOutline) -> Bool {
        switch outline.command {
        case .transaction, .settings, .discard, .prepare, .deallocate: true
        default: outline.traits.contains(.isUnknown)
        }
    }

    private mutating func add(_ outline: StatementOutline, text: [UInt8]) {
        switch outline.command {
        case .transaction(let step): add(step, text: text)
        case .settings(let changes): steps.append(.settings(changes, text: text))
        case .discard(.all): steps.append(.discardedAll(text: text))
        case .prepare(let name, _): steps.append(.prepared(name, text: text))
        case .deallocate(let name?): steps.append(.deallocated(name))
        default: if outline.traits.contains(.isUnknown) { steps.append(.pinned) }
        }
    }

    private mutating func add(_ step: TransactionCommand, text: [UInt8]) {
        switch step {
        case .begin, .set: steps.append(.begin(text: text))
        case .commit(let isChained): steps.append(.committed(isChained: isChained))
        case .prepare: steps.append(.committed(isChained: false))
        case .rollback(let isChained): steps.append(.rolledBack(isChained: isChained))
        case .savepoint(let name): steps.append(.savepoint(name, text: text))
        case .release(let name): steps.append(.release(name))
        case .rollbackTo(let name): steps.append(.rollback(to: name))
        case .finishPrepared: break
        }
    }
}
