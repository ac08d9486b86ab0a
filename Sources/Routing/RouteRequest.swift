public import SQLSyntax

/// What one message or one segment asks for, folded from its statements: the unit that goes to one
/// node as a whole.
public struct RouteRequest: Sendable {
    /// The strongest of what its statements do, transaction control apart.
    public private(set) var work = StatementEffect.nothing
    public private(set) var traits = StatementTraits(rawValue: 0)
    /// Why `work` is what it is.
    public private(set) var reason = AnalysisReason.emptyStatement
    /// Its first statement begins a transaction.
    public private(set) var begins: TransactionModes?
    /// It changes the modes of the open transaction.
    public private(set) var sets: TransactionModes?
    /// Its last statement is COMMIT or ROLLBACK.
    public private(set) var ends = false
    /// Its first statement is COMMIT or ROLLBACK.
    private(set) var endsFirst = false
    /// The transaction that ends is followed by another one at once.
    public private(set) var isChained = false
    /// SAVEPOINT, RELEASE, ROLLBACK TO.
    public private(set) var marks = false
    /// Transaction control stands where it cannot be followed: several transactions in one message.
    public private(set) var isMixed = false
    public private(set) var statementCount = 0
    private var isPrepared = false
    private var changesSettings = false
    /// One of its statements changes what the session carries, whatever else it does.
    private var controlsSession = false
    /// DO and CALL: their code may do anything.
    public private(set) var runsBlock = false
    /// One of its statements would do on a standby what is meant for the primary, or would fail
    /// there where the primary does it: a lock, a transaction number, a notification.
    private var isForPrimaryAlone = false
    /// What text does not show and yet keeps the request from a standby.
    public var barrier: RouteReason?
    /// Its text does not write, but code that it calls may: what is read later has to show it.
    public var mayWrite = false
    /// Code that the barrier stands for may leave state on its connection.
    public var leavesState = false
    /// `leavesState` is a precaution: the catalog has not told yet, and is expected to.
    public var isInDoubt = false
    /// The catalog says that code which nobody reads here leaves no state.
    public var unseenCodeIsClean = false
    /// A portal that it binds is not executed to its end: it lives on in an open transaction.
    public var leavesPortalOpen = false
    /// Nothing hinders answering it without a server.
    public var canBeHeld = false
    /// Nothing hinders answering it with an error of the proxy's own.
    public var canBeRefused = false

    public init() {}

    /// A request of one text.
    public init(_ analysis: StatementAnalysis) {
        add(analysis)
    }

    /// The statements of one text are executed.
    public mutating func add(_ analysis: StatementAnalysis) {
        guard let detail = analysis.detail, !detail.isSummed else {
            note(analysis.kind, analysis.effect, analysis.reason)
            return add(
                analysis.effect, analysis.traits, analysis.reason, .none,
                count: Int(analysis.statementCount))
        }
        traits.formUnion(analysis.traits)
        for outline in detail.statements {
            note(outline.kind, outline.effect, outline.reason)
            add(outline.effect, outline.traits, outline.reason, outline.command, count: 1)
        }
    }

    private mutating func note(
        _ kind: StatementKind, _ effect: StatementEffect, _ reason: AnalysisReason
    ) {
        if kind == .doBlock || kind == .call { runsBlock = true }
        if kind == .notify || effect == .write && reason == .functionMayWrite {
            isForPrimaryAlone = true
        }
    }

    /// A text is prepared but not executed: its node matters little, what it would write not at all.
    public mutating func addPrepared(_ analysis: StatementAnalysis) {
        let effect: StatementEffect
        switch analysis.effect {
        case .nothing, .read: effect = analysis.effect
        case .transactionControl, .sessionControl: effect = .nothing
        case .primaryRead, .write: effect = .primaryRead
        }
        raise(to: effect, analysis.reason)
        traits.formUnion(analysis.traits.intersection(.mustNotBalance))
        isPrepared = true
    }

    /// Something that nobody looked into is executed.
    public mutating func addUnknown(_ reason: AnalysisReason) {
        add(.write, .isUnknown, reason, .none, count: 1)
    }

    /// More follows that is not here yet.
    public mutating func addUnread() {
        raise(to: .primaryRead, .textTooLong)
        statementCount += 1
    }

    private mutating func add(
        _ effect: StatementEffect, _ traits: StatementTraits, _ reason: AnalysisReason,
        _ command: SessionCommand, count: Int
    ) {
        if ends { isMixed = true }
        self.traits.formUnion(traits)
        if case .transaction(let step) = command {
            add(step, reason)
        } else {
            raise(to: effect, reason)
        }
        if case .settings = command { changesSettings = true }
        if effect == .sessionControl { controlsSession = true }
        statementCount += count
    }

    private mutating func add(_ step: TransactionCommand, _ reason: AnalysisReason) {
        switch step {
        case .begin(let modes):
            if statementCount > 0 { isMixed = true }
            begins = modes
        case .commit(let isChained), .rollback(let isChained):
            if statementCount == 0 { endsFirst = true }
            ends = true
            self.isChained = isChained
        case .savepoint, .release, .rollbackTo: marks = true
        case .set(let modes):
            if begins != nil, work == .nothing {
                begins = begins?.changed(by: modes)
            } else {
                sets = sets?.changed(by: modes) ?? modes
            }
        case .prepare:
            ends = true
            raise(to: .write, reason)
        case .finishPrepared: raise(to: .write, reason)
        }
        if work == .nothing { self.reason = reason }
    }

    private mutating func raise(to effect: StatementEffect, _ reason: AnalysisReason) {
        guard effect > work || statementCount == 0 else { return }
        work = max(work, effect)
        self.reason = reason
    }

    /// It holds no statement at all.
    public var isEmpty: Bool { statementCount == 0 && !isPrepared }

    /// After it the transaction cannot go on elsewhere: the client has its time, or a cursor in it.
    var tiesTransaction: Bool {
        leavesPortalOpen || !traits.isDisjoint(with: .tiesTransaction)
    }

    /// After it the isolation of its transaction cannot change.
    var takesSnapshot: Bool {
        switch work {
        case .nothing, .transactionControl, .sessionControl: false
        case .read, .primaryRead, .write: true
        }
    }

    /// It does nothing but begin a transaction.
    var isBeginAlone: Bool {
        begins != nil && work == .nothing && !ends && !marks && sets == nil && !isMixed
    }

    /// It does nothing but end one.
    var isEndAlone: Bool {
        ends && !isChained && work == .nothing && begins == nil && !marks && sets == nil
            && !isMixed && statementCount == 1
    }

    /// In a failed transaction on a standby it does more than to fail: it ends it, or returns to a
    /// savepoint, and goes on.
    ///
    /// - Parameter ifMovable: the transaction could go on elsewhere.
    public func goesOnBehindTransaction(ifMovable isMovable: Bool) -> Bool {
        ends && isMixed || isMovable && marks && work != .nothing
    }

    /// It does nothing but change the modes of the open transaction.
    var isSetAlone: Bool {
        sets != nil && work == .nothing && begins == nil && !ends && !marks && !isMixed
    }

    /// What follows depends on how it ends: it goes alone.
    public var isStateful: Bool {
        begins != nil || sets != nil || ends || marks || isMixed || controlsSession
            || changesSettings || leavesState || !traits.isDisjoint(with: .isStateful)
    }

    /// A standby must not run it even where the transaction cannot go on elsewhere: what the session
    /// would look for on the primary, or what others there have to see, would be missing.
    var needsPrimary: Bool {
        isForPrimaryAlone || !traits.isDisjoint(with: .neededOnPrimary)
    }

    /// It changes nothing, as far as anybody knows.
    public var onlyReads: Bool { (work == .read || work == .primaryRead) && !mayWrite }

    /// It reads the time of its transaction.
    public var readsTransactionTime: Bool { traits.contains(.usesTransactionTime) }

    /// The catalog says that code which it calls reads the transaction's time.
    public mutating func addTransactionTime() { traits.insert(.usesTransactionTime) }

    /// It ties the session to the connection that runs it.
    var pinsSession: Bool {
        leavesState || traits.contains(.runsUnseenCode) && !unseenCodeIsClean || surelyPins
    }

    /// It does so whatever the catalog says of the code that it calls.
    private var surelyPins: Bool {
        runsBlock || isMixed && changesSettings || !traits.isDisjoint(with: .lastingState)
    }

    /// It ties the session only as long as the catalog has not told.
    var pinsInDoubt: Bool { isInDoubt && !surelyPins }
}

extension TransactionModes {
    /// These modes with what `later` mentions.
    public func changed(by later: TransactionModes) -> TransactionModes {
        TransactionModes(
            isolation: later.isolation ?? isolation, isReadOnly: later.isReadOnly ?? isReadOnly,
            isDeferrable: later.isDeferrable ?? isDeferrable,
            isUnderstood: isUnderstood && later.isUnderstood)
    }
}

/// Sets that are asked for with every request, built once.
extension StatementTraits {
    static let tiesTransaction = StatementTraits([.usesTransactionTime, .opensCursor])
    /// It may be about anything that its session has prepared or opened.
    public static let namesStatements = StatementTraits([.inheritsNode, .isUnknown])
    /// A temporary object is missing: the primary refuses it in a READ ONLY transaction, too.
    static let neededOnPrimary = StatementTraits.lastingState.subtracting(.createsTemporary)
    static let usesCursor = StatementTraits([.inheritsNode, .opensCursor])
    static let isStateful = StatementTraits.sessionState.union([
        .runsUnseenCode, .inheritsNode, .isUnknown, .changesCatalog,
    ])
}
