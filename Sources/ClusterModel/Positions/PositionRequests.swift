/// Who waits for positions, and when the servers are asked for them: only while somebody waits, and
/// not too often. Times are monotonic nanoseconds.
public struct PositionRequests: Equatable, Sendable {
    private struct Waiter: Equatable {
        var worker: Int
        var since: UInt64
    }

    /// The primary is asked at most this often.
    public static let gap: UInt64 = 2_000_000
    /// So long after the primary's answer, later answers of standbys are passed on, too.
    public static let stragglerTime: UInt64 = 5_000_000

    private var waiters: [Waiter] = []
    private var followers: [Int] = []
    private var followedUntil: UInt64 = 0
    private var askedAt: UInt64?

    public init() {}

    /// A worker wants positions of any moment from `now` on.
    public mutating func wanted(by worker: Int, now: UInt64) {
        waiters.removeAll { $0.worker == worker }
        waiters.append(Waiter(worker: worker, since: now))
    }

    /// When the servers are to be asked next; nil while nobody waits.
    public var nextAskAt: UInt64? {
        guard !waiters.isEmpty else { return nil }
        guard let askedAt else { return 0 }
        return askedAt &+ Self.gap
    }

    /// The primary is being asked, for whatever reason.
    public mutating func asked(now: UInt64) { askedAt = now }

    /// The primary answered a question of `askedAt`.
    ///
    /// - Returns: the workers that this position serves; they do not wait any more.
    public mutating func primaryAnswered(askedAt: UInt64, now: UInt64) -> [Int] {
        followers = waiters.filter { $0.since <= askedAt }.map(\.worker)
        waiters.removeAll { $0.since <= askedAt }
        followedUntil = now &+ Self.stragglerTime
        return followers
    }

    /// A standby told something new.
    ///
    /// - Returns: the workers that have been served just before and want to know it.
    public func standbyAnswered(now: UInt64) -> [Int] { now <= followedUntil ? followers : [] }
}
