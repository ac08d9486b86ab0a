public import SQLSyntax

/// Where the open transaction of a session is.
public enum TransactionHome: UInt8, BitwiseCopyable, Sendable {
    /// None is open.
    case none
    /// Its BEGIN was answered without a server.
    case held
    /// On a node that is not the primary.
    case standby
    case primary
}

/// What routing goes by besides the request and the session: settings and the cluster's shape, the
/// same for many requests.
public struct RouteRules: Equatable, Sendable {
    /// `disable_load_balance_on_write`, as far as it differs from the rule that a transaction which
    /// wrote stays on the primary.
    public enum AfterWrite: UInt8, BitwiseCopyable, Sendable {
        /// Later transactions and reads are balanced again.
        case balances
        /// `trans_transaction`: later explicit transactions stay on the primary.
        case keepsTransactions
        /// `always`: everything later stays on the primary.
        case keepsSession
    }

    /// In raw mode there is nothing to decide.
    public var isRaw: Bool
    /// A node other than the primary may get reads.
    public var splitsReads: Bool
    public var afterWrite: AfterWrite

    public init(isRaw: Bool = false, splitsReads: Bool = true, afterWrite: AfterWrite = .balances) {
        self.isRaw = isRaw
        self.splitsReads = splitsReads
        self.afterWrite = afterWrite
    }
}

extension RoutingTopology {
    /// The rules that this cluster leaves.
    public func rules(afterWrite: RouteRules.AfterWrite) -> RouteRules {
        RouteRules(
            isRaw: mode == .raw,
            splitsReads: loadBalance && nodes.contains { $0.getsReads && $0.id != primary },
            afterWrite: afterWrite)
    }
}

/// What routing remembers of one session: a few bytes, no heap.
///
/// Ask ``decide(_:rules:)`` for each request, in order, when everything before it whose outcome
/// matters (``RouteRequest/isStateful``) has been answered; tell ``sent(_:_:rules:toPrimary:)`` when
/// it goes and ``settled(isIdle:hasFailed:)`` at each ReadyForQuery. Binding to the primary is
/// remembered when a request goes, before it succeeds: one that fails may still have left something.
public struct SessionRoute: BitwiseCopyable, Equatable, Sendable {
    /// The session stays on the primary.
    public var isPinned: Bool { isBound || isInDoubt }
    /// It does so until it ends.
    public private(set) var isBound = false
    /// It does so until the catalog tells that code which it ran has left no state.
    public private(set) var isInDoubt = false
    public private(set) var home = TransactionHome.none
    /// Modes of the open or held transaction, defaults filled in.
    public private(set) var modes = TransactionModes(isUnderstood: false)
    /// What transactions of this session get without saying so; nil where nobody knows.
    public var defaults = TransactionModes(isUnderstood: false)
    /// The transaction has read its own time, which would be another one elsewhere, or has a cursor.
    private var isTied = false
    /// The open transaction said READ WRITE, which a standby refuses to hear.
    private var saysReadWrite = false
    /// It has said SERIALIZABLE, which a standby refuses to hear even if it is taken back.
    private var saysSerializable = false
    /// The node that got the last request was the primary then.
    private var wentToPrimary = true
    /// The open transaction has asked a node for something: its isolation is settled.
    private var hasAsked = false
    /// The open transaction takes nothing but its end, or the way back to a savepoint.
    private var hasFailed = false
    /// What becomes true if the request that is on its way succeeds.
    private var changing = Change()
    private var isWriting = false
    private var isExplicit = false
    private var hasWritten = false
    private var hasWrittenInTransaction = false
    private var chosenReader: Int32 = -1

    private struct Change: BitwiseCopyable, Equatable {
        /// The open transaction ends; if one is open afterwards, it is another one.
        var ends = false
        var begins: TransactionModes?
        var sets: TransactionModes?
        var asks = false
        var ties = false

        mutating func add(_ request: RouteRequest) {
            if request.ends { ends = true }
            if let later = request.begins { begins = later }
            if let later = request.sets { sets = sets?.changed(by: later) ?? later }
            if request.takesSnapshot { asks = true }
            if request.tiesTransaction { ties = true }
        }
    }

    public init() {}

    // MARK: Deciding

    public func decide(_ request: RouteRequest, rules: RouteRules) -> RouteDecision {
        if rules.isRaw { return RouteDecision(.primary, .rawMode) }
        switch home {
        case .none: return decideOutside(request, rules)
        case .held: return decideHeld(request, rules)
        case .standby: return decideOnStandby(request)
        case .primary: return RouteDecision(.home, .transactionOnPrimary)
        }
    }

    /// No transaction is open.
    private func decideOutside(_ request: RouteRequest, _ rules: RouteRules) -> RouteDecision {
        if isPinned { return RouteDecision(.primary, .sessionPinned) }
        if request.pinsSession { return RouteDecision(.primary, .pinsSession) }
        guard rules.splitsReads else { return RouteDecision(.primary, .loadBalanceOff) }
        if request.isMixed { return RouteDecision(.primary, .transactionControl) }
        if let begins = request.begins {
            if stays(afterWriteBy: rules, inTransaction: true) {
                return RouteDecision(.primary, .afterWrite)
            }
            let modes = defaults.changed(by: begins)
            if request.isBeginAlone, begins.isUnderstood, request.canBeHeld {
                return RouteDecision(.hold, .transactionHeld)
            }
            return first(request, modes, begins)
        }
        if request.ends || request.sets != nil || request.marks {
            return RouteDecision(.primary, .transactionControl)
        }
        if request.work == .sessionControl { return RouteDecision(.primary, .sessionControl) }
        if let reason = hindrance(of: request) { return RouteDecision(.primary, reason) }
        if !request.traits.isDisjoint(with: .usesCursor) {
            return RouteDecision(.primary, .cursorStaysOpen)
        }
        if stays(afterWriteBy: rules, inTransaction: false) {
            return RouteDecision(.primary, .afterWrite)
        }
        return RouteDecision(.reader, .balancedRead)
    }

    /// A transaction that no server knows of.
    private func decideHeld(_ request: RouteRequest, _ rules: RouteRules) -> RouteDecision {
        if request.isEndAlone, request.canBeHeld { return RouteDecision(.finish, .nothingToEnd) }
        if request.isSetAlone, request.canBeHeld, request.sets?.isUnderstood == true {
            return RouteDecision(.hold, .transactionHeld)
        }
        guard rules.splitsReads, request.begins == nil, !request.isMixed else {
            return RouteDecision(.primary, .transactionControl)
        }
        let merged = request.sets.map { modes.changed(by: $0) } ?? modes
        let says = saysReadWrite || request.sets?.isReadOnly == false
        let begins = TransactionModes(
            isolation: saysSerializable ? .serializable : nil, isReadOnly: says ? false : nil,
            isUnderstood: merged.isUnderstood)
        return first(request, merged, begins)
    }

    /// The first statements of a transaction decide where it runs.
    private func first(
        _ request: RouteRequest, _ modes: TransactionModes, _ begins: TransactionModes
    ) -> RouteDecision {
        if request.pinsSession { return RouteDecision(.primary, .pinsSession) }
        let placed = place(modes, begins)
        guard placed.action == .reader else { return placed }
        if let reason = hindrance(of: request, inTransaction: modes) {
            return RouteDecision(.primary, reason)
        }
        return placed
    }

    /// Where a transaction of these modes may run as long as it only reads.
    private func place(_ modes: TransactionModes, _ begins: TransactionModes) -> RouteDecision {
        let refused = RouteDecision(.primary, .transactionModes)
        guard begins.isUnderstood, let isolation = modes.isolation,
            let isReadOnly = modes.isReadOnly
        else { return refused }
        // A standby refuses to hear that it may write, and knows no SERIALIZABLE.
        if begins.isReadOnly == false || begins.isolation == .serializable { return refused }
        switch isolation {
        case .serializable: return refused
        case .repeatableRead where !isReadOnly: return refused
        case .repeatableRead, .readCommitted, .readUncommitted: break
        }
        return RouteDecision(.reader, .transactionOnStandby)
    }

    /// The transaction has only read so far, on a standby.
    private func decideOnStandby(_ request: RouteRequest) -> RouteDecision {
        let stay = RouteDecision(.home, .transactionOnStandby)
        guard isMovable else {
            // Nothing of the transaction is needed behind its end.
            if request.endsFirst, request.isMixed,
                request.work >= .primaryRead || request.pinsSession
            {
                return RouteDecision(.move, .transactionControl)
            }
            return request.needsPrimary && request.canBeRefused
                ? RouteDecision(.refuse, .standbyCannot) : stay
        }
        if request.pinsSession { return RouteDecision(.move, .pinsSession) }
        if isPinned { return RouteDecision(.move, .sessionPinned) }
        if request.isMixed { return RouteDecision(.move, .transactionControl) }
        if let sets = request.sets ?? request.begins, sets != TransactionModes() {
            // Too late for that: the standby refuses it as the primary would.
            if sets.isolation != nil, hasAsked { return stay }
            // From here on a savepoint may undo modes, which only the server follows.
            return RouteDecision(.move, .transactionModes)
        }
        if modes.isReadOnly == true {
            // The primary allows a few of them: locks, notifications. It refuses the others itself.
            if request.work == .write { return RouteDecision(.move, .writes) }
            // What only the primary can serve moves, but for what it would tell about itself.
            guard let barrier = request.barrier, request.work == .read else { return stay }
            return RouteDecision(.move, barrier)
        }
        if let reason = hindrance(of: request, inTransaction: modes) {
            return RouteDecision(.move, reason)
        }
        return stay
    }

    /// What keeps a request from a standby, if anything does.
    private func hindrance(of request: RouteRequest) -> RouteReason? {
        switch request.work {
        case .nothing, .read, .sessionControl: break
        case .transactionControl: return .transactionControl
        case .primaryRead: return .primaryOnlyRead
        case .write: return .writes
        }
        if request.traits.contains(.mustNotBalance) { return .steeringComment }
        return request.barrier
    }

    /// The same within a transaction, which may have to move later and take everything along.
    private func hindrance(
        of request: RouteRequest, inTransaction modes: TransactionModes
    ) -> RouteReason? {
        if let reason = hindrance(of: request) { return reason }
        guard modes.isReadOnly != true else { return nil }
        if request.traits.contains(.usesTransactionTime) { return .transactionTime }
        if request.leavesPortalOpen
            || !request.traits.isDisjoint(with: .usesCursor)
        {
            return .cursorStaysOpen
        }
        return nil
    }

    private func stays(afterWriteBy rules: RouteRules, inTransaction: Bool) -> Bool {
        switch rules.afterWrite {
        case .balances: false
        case .keepsTransactions: inTransaction && hasWrittenInTransaction
        case .keepsSession: hasWritten
        }
    }

    /// The open transaction can go on elsewhere: each of its statements takes a new snapshot, and
    /// nothing that was read is tied to the node.
    public var isMovable: Bool {
        guard !isTied, let isolation = modes.isolation else { return false }
        if !hasAsked { return true }
        switch isolation {
        case .readCommitted, .readUncommitted: return true
        case .repeatableRead, .serializable: return false
        }
    }

    // MARK: What happened

    /// A request goes, or was answered without a server.
    ///
    /// - Parameter toPrimary: the node that gets it is the primary.
    public mutating func sent(
        _ request: RouteRequest, _ decision: RouteDecision, toPrimary: Bool
    ) {
        if request.pinsSession, toPrimary {
            if request.pinsInDoubt { isInDoubt = true } else { isBound = true }
        }
        if request.work == .write || request.mayWrite, toPrimary { isWriting = true }
        if let begins = request.begins, home == .none {
            modes = defaults.changed(by: begins)
            isExplicit = true
            if begins.isReadOnly == false { saysReadWrite = true }
            if begins.isolation == .serializable { saysSerializable = true }
        }
        if let sets = request.sets, decision.action == .hold {
            modes = modes.changed(by: sets)
            if sets.isReadOnly == false { saysReadWrite = true }
            if sets.isolation == .serializable { saysSerializable = true }
        }
        changing.add(request)
        if request.takesSnapshot, !hasFailed { hasAsked = true }
        switch decision.action {
        case .hold:
            home = .held
            isExplicit = true
            changing = Change()
        case .finish: ended()
        case .reader, .primary, .move:
            if home != .none { home = toPrimary ? .primary : .standby }
            wentToPrimary = toPrimary
        case .home, .refuse: break
        }
        if home == .standby || decision.action == .reader, !hasFailed, request.tiesTransaction {
            isTied = true
        }
    }

    /// A ReadyForQuery told how the session stands.
    ///
    /// - Parameters:
    ///   - isIdle: no transaction is open.
    ///   - hasFailed: the open transaction has failed: what was to change in it has not, or will be
    ///     undone.
    public mutating func settled(isIdle: Bool, hasFailed: Bool = false) {
        if isIdle { return ended() }
        self.hasFailed = hasFailed
        if !hasFailed { change() }
        changing = Change()
        if home == .none { home = wentToPrimary ? .primary : .standby }
    }

    /// What the last request did to its transaction, or to the one that it began on the same node.
    private mutating func change() {
        if changing.ends {
            isTied = changing.ties
            hasAsked = changing.asks
            if let begins = changing.begins { modes = defaults.changed(by: begins) }
        }
        if let sets = changing.sets { modes = modes.changed(by: sets) }
    }

    /// The transaction's connection is gone or given up; nothing was written there: it begins anew
    /// where the next request goes.
    public mutating func lostHome() {
        if home == .standby { home = .held }
    }

    /// The open transaction can be made anew nowhere else.
    public mutating func stay() { isTied = true }

    private mutating func ended() {
        if isWriting {
            hasWritten = true
            if isExplicit { hasWrittenInTransaction = true }
        }
        isWriting = false
        isExplicit = false
        isTied = false
        saysReadWrite = false
        saysSerializable = false
        hasAsked = false
        hasFailed = false
        changing = Change()
        home = .none
    }

    /// The session has sent something that writes and has not heard how its transaction ended.
    public var hasUnsettledWrite: Bool { isWriting }

    // MARK: Nodes

    /// A node has come back: the next read chooses among all of them.
    public mutating func chooseAnew() { chosenReader = -1 }

    /// The node that serves the session's reads, or nil when no node may.
    ///
    /// It is chosen at the first read and kept, unless it stopped serving reads or the topology
    /// asks for a choice per statement. While it is delayed another one stands in.
    ///
    /// - Parameter random: 64 uniformly distributed bits, used only when a choice is made.
    public mutating func reader(
        topology: RoutingTopology, preference: ReaderPreference? = nil, random: UInt64
    ) -> Int? {
        var chosen = Int(chosenReader)
        if chosen < 0 || topology.statementLevel
            || !topology.serves(chosen, preference: preference)
        {
            guard let next = topology.reader(random: random, preference: preference) else {
                return nil
            }
            chosen = next
            chosenReader = Int32(exactly: chosen) ?? -1
        }
        if topology.mayRead(from: chosen, preference: preference) { return chosen }
        return topology.substitute(for: chosen)
    }

    /// The node that was chosen for the session's reads; nil before the first.
    public var chosenNode: Int? { chosenReader < 0 ? nil : Int(chosenReader) }

    /// Binds the session to the primary for a cause that no statement text shows: a function call
    /// message, a replication connection, state that could not be replayed.
    public mutating func pin() { isBound = true }

    /// What bound the session to its connection is gone.
    public mutating func unpin() {
        isBound = false
        isInDoubt = false
    }

    /// The catalog has told that what was in doubt has left no state.
    public mutating func doubtEnded() { isInDoubt = false }
}
