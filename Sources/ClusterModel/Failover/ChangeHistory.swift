/// When the primary was changed without an operator's word: changes that come too fast, or too many
/// of them, are a sign that something else is wrong (HF-48). Times are monotonic nanoseconds.
public struct ChangeHistory: Equatable, Sendable {
    /// Why an automatic change has to wait.
    public enum Obstacle: Equatable, Sendable {
        /// The last one was less than `failover_min_interval` ago.
        case tooSoon
        /// There were so many within ``span``: an operator has to look, however long it takes.
        case tooMany(Int)
    }

    public static let countMax = 3
    public static let span: UInt64 = 900_000_000_000

    private var times: [UInt64] = []
    private var isStormy = false

    public init() {}

    /// What is against another automatic change now.
    ///
    /// - Parameter gapMin: `failover_min_interval`; 0 = changes are not limited at all.
    public mutating func obstacle(now: UInt64, gapMin: UInt64) -> Obstacle? {
        let span = Self.span
        times.removeAll { now > $0 && now - $0 > span }
        guard gapMin > 0 else { return nil }
        if times.count >= Self.countMax { isStormy = true }
        if isStormy { return .tooMany(max(times.count, Self.countMax)) }
        if let last = times.last, now < last || now - last < gapMin { return .tooSoon }
        return nil
    }

    public mutating func began(now: UInt64) { times.append(now) }

    /// The change that began then was taken back before it did anything.
    public mutating func undone(begunAt: UInt64) { times.removeAll { $0 == begunAt } }

    /// An operator has seen to the cluster.
    public mutating func confirmed() { self = ChangeHistory() }
}
