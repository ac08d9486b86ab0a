/// What the catalog says of a message that its text alone would let a standby run.
public enum CatalogVerdict: BitwiseCopyable, Equatable, Sendable {
    /// Any node with the same data gives the same answer.
    case anyNode
    /// The same, but the transaction's time is part of the answer: a transaction that may have to
    /// move is better begun on the primary.
    case transactionTime
    /// The primary has to run it.
    ///
    /// - leavesState: a function it calls may leave state on its connection (a temporary table, a
    ///   setting, a session-level lock): the session has to stay there.
    case primaryOnly(CatalogReason, leavesState: Bool)

    /// Nil where a standby may run it.
    public var reason: CatalogReason? {
        switch self {
        case .anyNode, .transactionTime: nil
        case .primaryOnly(let reason, _): reason
        }
    }

    public var leavesState: Bool {
        switch self {
        case .anyNode, .transactionTime: false
        case .primaryOnly(_, let leavesState): leavesState
        }
    }
}

/// Answer of a ``CatalogStore``.
public enum CatalogLookup: Equatable, Sendable {
    case known(CatalogVerdict)
    /// These names have to be looked up first.
    case missing(CatalogQuestion)
}

/// A verdict and until when it holds, in the 64 bits of `StatementDetail.memo`.
struct CatalogMemo: BitwiseCopyable, Equatable {
    private static let leavesState: UInt64 = 1 << 8
    private static let transactionTime: UInt64 = 1 << 9
    private static let verdictBits: UInt64 = 16
    /// Times are kept in units of 2^20 nanoseconds, about a millisecond.
    private static let timeShift: UInt64 = 20

    let word: UInt64

    init(word: UInt64) { self.word = word }

    /// - Parameter expiresAt: nanoseconds; rounded down.
    init(_ verdict: CatalogVerdict, expiresAt: UInt64) {
        var word = (expiresAt &>> Self.timeShift) &<< Self.verdictBits
        switch verdict {
        case .anyNode: break
        case .transactionTime: word |= Self.transactionTime
        case .primaryOnly(let reason, let leavesState):
            word |= UInt64(reason.rawValue)
            if leavesState { word |= Self.leavesState }
        }
        self.word = word
    }

    /// The verdict, unless its time is over.
    @inline(__always)
    func verdict(now: UInt64) -> CatalogVerdict? {
        guard self.word &>> Self.verdictBits > now &>> Self.timeShift else { return nil }
        guard let reason = CatalogReason(rawValue: UInt8(truncatingIfNeeded: self.word)) else {
            return self.word & Self.transactionTime == 0 ? .anyNode : .transactionTime
        }
        return .primaryOnly(reason, leavesState: self.word & Self.leavesState != 0)
    }
}
