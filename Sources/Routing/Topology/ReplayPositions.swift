/// A position in the WAL that a node must have replayed before it may answer a read.
public struct ReadBound: BitwiseCopyable, Equatable, Sendable {
    /// `ReplayPositions.term` in which the position means anything.
    public var term: UInt64
    /// Byte position in the WAL of the primary.
    public var position: Int64

    public init(term: UInt64, position: Int64) {
        self.term = term
        self.position = position
    }
}

/// How far each node has replayed the WAL of the primary, as last measured. A value: built when
/// something new is known, asked per read. Goes together with the `RoutingTopology` whose primary it
/// was measured on.
public struct ReplayPositions: Equatable, Sendable {
    /// Rises with each change of the primary or its timeline, and when a node that was measured
    /// falls back behind its own position: positions of different terms are not comparable, and
    /// within a term no node goes back.
    public let term: UInt64
    /// Node that `primaryPosition` is of.
    public let primary: Int
    /// When that node was asked, in nanoseconds of the monotonic clock, taken before the question
    /// was sent: all that was committed before is at or below `primaryPosition`. 0 = not asked in
    /// this term.
    public let sampledAt: UInt64
    /// End of the primary's WAL (`pg_current_wal_insert_lsn`, not what is flushed: a commit need
    /// not wait for the disk).
    public let primaryPosition: Int64
    /// By node number; negative = not known.
    private let replayed: [Int64]

    /// - Parameter replayed: by node number. nil = not known, or the node does not follow the
    ///   timeline of this primary. A node whose connections end is not known any more: it may begin
    ///   again further back.
    public init(
        term: UInt64, primary: Int, sampledAt: UInt64, primaryPosition: Int64, replayed: [Int64?]
    ) {
        self.term = term
        self.primary = primary
        self.sampledAt = sampledAt
        self.primaryPosition = primaryPosition
        self.replayed = replayed.map { $0 ?? -1 }
    }

    /// Nothing is known yet.
    public static let unknown = ReplayPositions(
        term: 0, primary: -1, sampledAt: 0, primaryPosition: 0, replayed: [])

    /// What a node had replayed at least when it was asked.
    public func position(of node: Int) -> Int64? {
        guard self.replayed.indices.contains(node), self.replayed[node] >= 0 else { return nil }
        return self.replayed[node]
    }

    /// Whether a standby certainly shows all up to a bound. False if the bound is of another term or
    /// the node's position is not known.
    ///
    /// Nor is that of the primary: it shows everything as long as it is the primary, which the
    /// topology may know better. One that comes back as a standby may lack what it once had.
    public func hasReplayed(_ node: Int, _ bound: ReadBound) -> Bool {
        guard bound.term == self.term, let position = self.position(of: node) else { return false }
        return position >= bound.position
    }
}
