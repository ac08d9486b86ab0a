/// Where the primary's WAL was at some moment and how far each standby has replayed it.
///
/// A position of the primary that was asked for after a write was done is a bound for that write:
/// a standby that has replayed so far shows it. That holds within one term and for standbys on the
/// primary's timeline. A term ends when the primary or its timeline changes, and when a server is
/// found behind a position that it had told before: it crashed and began again further back.
package struct PositionSurvey: Equatable, Sendable {
    /// What an answer brought.
    package enum News: Equatable, Sendable {
        case none
        /// A new position of the primary.
        case primary
        /// A standby has replayed more than was known.
        case standby
    }

    /// Rises with each change of the primary or of its timeline, and when a node falls back; 0
    /// before there was a primary.
    package private(set) var term: UInt64 = 0
    package private(set) var primary: Int?
    /// When the primary was asked, in monotonic nanoseconds.
    package private(set) var sampledAt: UInt64 = 0
    /// Insert location of the primary in bytes; nil before it answered in this term.
    package private(set) var primaryPosition: Int64?
    private var timeline: Int64 = 0
    /// Within a term a standby only goes on, so an old entry holds until the node is lost.
    private var replayed: [Int: Int64] = [:]
    /// The highest that a standby told in this term, lost or not.
    private var highest: [Int: Int64] = [:]

    package init() {}

    /// Replay location of a standby in bytes, at least; nil where it is not known, or on another
    /// timeline.
    package func replayed(_ id: Int) -> Int64? { replayed[id] }

    /// A node answered, or did not. `primary` is the cluster's primary after that answer.
    package mutating func probed(
        _ id: Int, _ answer: ProbeAnswer, askedAt: UInt64, primary: Int?
    ) -> News {
        guard case .answered(let isInRecovery, let timeline, let position) = answer else {
            return .none
        }
        if id == primary {
            guard !isInRecovery else { return .none }
            return primaryAnswered(id, timeline, position, askedAt: askedAt)
        }
        guard isInRecovery, self.primary != nil, self.primary == primary, self.timeline == timeline
        else {
            replayed[id] = nil
            return .none
        }
        if let known = highest[id], position < known { beginTerm() }
        let isNews = replayed[id].map { $0 < position } ?? true
        replayed[id] = position
        highest[id] = position
        return isNews ? .standby : .none
    }

    /// The connection to a node ended: where it begins again is not known.
    ///
    /// - Returns: whether it was known how far the node is.
    package mutating func lost(_ id: Int) -> Bool { replayed.removeValue(forKey: id) != nil }

    private mutating func primaryAnswered(
        _ id: Int, _ timeline: Int64, _ position: Int64, askedAt: UInt64
    ) -> News {
        let isBehind = primaryPosition.map { position < $0 } ?? false
        if primary != id || self.timeline != timeline || isBehind { beginTerm() }
        primary = id
        self.timeline = timeline
        sampledAt = askedAt
        primaryPosition = position
        return .primary
    }

    private mutating func beginTerm() {
        term &+= 1
        sampledAt = 0
        primaryPosition = nil
        replayed = [:]
        highest = [:]
    }
}
