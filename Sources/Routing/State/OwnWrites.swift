/// What a session must be able to read again because it has written it: when it last wrote, and
/// the WAL position that covers it once the primary was asked.
///
/// A value without heap. It can stand for writes of several sessions as well (of a user, of all):
/// give `wrote(at:)` the time that they share before each `bound(_:)`.
package struct OwnWrites: BitwiseCopyable, Equatable, Sendable {
    /// What a node must have replayed to answer a read of the session.
    package enum Requirement: BitwiseCopyable, Equatable, Sendable {
        /// Nothing was written, or every node has replayed it.
        case none
        case position(ReadBound)
        /// Only the primary can answer until it was asked for its position once more.
        case unknownYet
    }

    /// Nanoseconds of the monotonic clock; meaningless before the first write.
    package private(set) var writtenAt: UInt64
    /// Position that covers the last write, while there is one; its term is the newest seen.
    private var covering: ReadBound
    private var state: State
    /// Nodes that had replayed `covering` when it was settled.
    private var settledCount: UInt16

    private enum State: UInt8, BitwiseCopyable {
        case neverWrote
        /// No position is known to cover the last write.
        case unbound
        case bound
        /// As `bound`, and no node lacks it as long as term and node count stay the same.
        case settled
    }

    package init() {
        self.writtenAt = 0
        self.covering = ReadBound(term: 0, position: 0)
        self.state = .neverWrote
        self.settledCount = 0
    }

    /// A write was acknowledged at this time. A time that is not newer than the last one changes
    /// nothing, so that a shared time can be given again and again; so may a time at which
    /// somebody else's write was acknowledged.
    ///
    /// A write whose fate is unknown counts from the moment at which that became known.
    ///
    /// - Parameter now: nanoseconds of the monotonic clock, read after the acknowledgement was. The
    ///   time of a batch of events is too old: a position that was asked for between it and the
    ///   write would seem to cover the write.
    package mutating func wrote(at now: UInt64) {
        switch self.state {
        case .neverWrote: break
        case .unbound, .bound, .settled: guard now > self.writtenAt else { return }
        }
        self.writtenAt = now
        self.state = .unbound
    }

    /// What a read must wait for, given what is known of the nodes.
    ///
    /// The first position of the primary that was asked for after the write covers it; it is kept
    /// and need not grow. After a change of the term it is replaced by one of the new primary,
    /// whose WAL holds all that survived.
    package mutating func bound(_ positions: ReplayPositions) -> Requirement {
        if self.state == .neverWrote { return .none }
        // What is known here may be older than what the bound was made of.
        guard positions.term >= self.covering.term else { return .unknownYet }
        if positions.term == self.covering.term {
            switch self.state {
            case .neverWrote, .unbound: break
            case .bound: return .position(self.covering)
            case .settled:
                if Int(self.settledCount) == positions.nodeCount { return .none }
                // A node was added that need not have it.
                self.state = .bound
                return .position(self.covering)
            }
        }
        self.state = .unbound
        self.covering.term = positions.term
        guard positions.sampledAt > self.writtenAt else { return .unknownYet }
        self.covering = ReadBound(term: positions.term, position: positions.primaryPosition)
        self.state = .bound
        return .position(self.covering)
    }

    /// Drops a bound that every node has replayed: reads are free again until the next write.
    package mutating func settle(_ positions: ReplayPositions) {
        switch self.state {
        case .neverWrote, .unbound, .settled: return
        case .bound: break
        }
        guard positions.haveAllReplayed(self.covering),
            let count = UInt16(exactly: positions.nodeCount)
        else { return }
        self.state = .settled
        self.settledCount = count
    }
}
