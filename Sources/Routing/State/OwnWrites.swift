/// What a session must be able to read again because it has written it: when it last wrote, and
/// the WAL position that covers it once the primary was asked.
///
/// A value without heap. It can stand for writes of several sessions as well (of a user, of all):
/// give `wrote(at:)` the time that they share before each `bound(_:)`.
public struct OwnWrites: BitwiseCopyable, Equatable, Sendable {
    /// What a node must have replayed to answer a read of the session.
    public enum Requirement: BitwiseCopyable, Equatable, Sendable {
        /// Nothing was written.
        case none
        case position(ReadBound)
        /// Only the primary can answer until it was asked for its position once more.
        case unknownYet
    }

    /// Nanoseconds of the monotonic clock; meaningless before the first write.
    public private(set) var writtenAt: UInt64
    /// Position that covers the last write, while there is one; its term is the newest seen.
    private var covering: ReadBound
    private var state: State

    private enum State: UInt8, BitwiseCopyable {
        case neverWrote
        /// No position is known to cover the last write.
        case unbound
        case bound
    }

    /// Without a write there is nothing to wait for.
    public var hasWritten: Bool { self.state != .neverWrote }

    public init() {
        self.writtenAt = 0
        self.covering = ReadBound(term: 0, position: 0)
        self.state = .neverWrote
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
    public mutating func wrote(at now: UInt64) {
        guard self.state == .neverWrote || now > self.writtenAt else { return }
        self.writtenAt = now
        self.state = .unbound
    }

    /// What a read must wait for, given what is known of the nodes.
    ///
    /// The first position of the primary that was asked for after the write covers it; it is kept
    /// and need not grow. It is kept even when every node has replayed it: one that crashes may begin
    /// again further back. After a change of the term it is replaced by one of the new primary,
    /// whose WAL holds all that survived.
    public mutating func bound(_ positions: ReplayPositions) -> Requirement {
        if self.state == .neverWrote { return .none }
        // What is known here may be older than what the bound was made of.
        guard positions.term >= self.covering.term else { return .unknownYet }
        if self.state == .bound, positions.term == self.covering.term {
            return .position(self.covering)
        }
        self.state = .unbound
        self.covering.term = positions.term
        guard positions.sampledAt > self.writtenAt else { return .unknownYet }
        self.covering = ReadBound(term: positions.term, position: positions.primaryPosition)
        self.state = .bound
        return .position(self.covering)
    }
}
