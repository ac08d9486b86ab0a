/// Where the primary's WAL was at some moment and how far each standby has replayed it.
///
/// A position of the primary that was asked for after a write was done is a bound for that write:
/// a standby that has replayed so far shows it. That holds within one term and for standbys on the
/// primary's timeline. A term ends when the primary or its timeline changes, and when a server may
/// be further back than it said: it crashed, so that what it had replayed is replayed once more.
public struct PositionSurvey: Equatable, Sendable {
    /// What an answer brought.
    public enum News: Equatable, Sendable {
        case none
        /// A new position of the primary.
        case primary
        /// A standby has replayed more than was known.
        case standby
    }

    /// Rises with each change of the primary or of its timeline, and when a node that was known may
    /// have fallen back; 0 before there was a primary. Within a term no node goes back.
    public private(set) var term: UInt64 = 0
    public private(set) var primary: Int?
    /// When the primary was asked, in monotonic nanoseconds.
    public private(set) var sampledAt: UInt64 = 0
    /// Insert location of the primary in bytes; nil where it was not asked yet.
    public private(set) var primaryPosition: Int64?
    private var timeline: Int64 = 0
    /// What standbys told last. It holds as a lower bound until the node is lost.
    private var standbys: [Int: Standby] = [:]

    private struct Standby: Equatable {
        var timeline: Int64
        var replayed: Int64
    }

    public init() {}

    /// Replay location of a standby in bytes, at least; nil where it is not known, or on another
    /// timeline.
    public func replayed(_ id: Int) -> Int64? {
        guard primary != nil, let standby = standbys[id], standby.timeline == timeline else {
            return nil
        }
        return standby.replayed
    }

    /// A node answered, or did not. `primary` is the cluster's primary after that answer.
    public mutating func probed(
        _ id: Int, _ answer: ProbeAnswer, askedAt: UInt64, primary: Int?
    ) -> News {
        guard case .answered(let isInRecovery, let timeline, let position, _) = answer else {
            return .none
        }
        if id == primary {
            guard !isInRecovery else { return .none }
            return primaryAnswered(id, timeline, position, askedAt: askedAt)
        }
        guard isInRecovery else {
            lost(id)
            return .none
        }
        let known = replayed(id)
        standbys[id] = Standby(timeline: timeline, replayed: position)
        let now = replayed(id)
        if let known, now.map({ $0 < known }) ?? true { term &+= 1 }
        return now != nil && now != known ? .standby : .none
    }

    /// The connection to a node ended: where it begins again is not known. The others stay known,
    /// in a new term if it was known.
    public mutating func lost(_ id: Int) {
        if replayed(id) != nil { term &+= 1 }
        standbys[id] = nil
    }

    /// There are other nodes than before, or the same ones at other addresses: nothing is known.
    public mutating func reconfigured() {
        if term != 0 { term &+= 1 }
        primaryPosition = nil
        standbys = [:]
    }

    private mutating func primaryAnswered(
        _ id: Int, _ timeline: Int64, _ position: Int64, askedAt: UInt64
    ) -> News {
        let isBehind = primaryPosition.map { position < $0 } ?? false
        if primary != id || self.timeline != timeline || isBehind { term &+= 1 }
        standbys[id] = nil
        primary = id
        self.timeline = timeline
        sampledAt = askedAt
        primaryPosition = position
        return .primary
    }
}
