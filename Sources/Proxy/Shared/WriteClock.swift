internal import Synchronization

/// When somebody last wrote, in nanoseconds of the monotonic clock: shared by the sessions whose
/// reads must see each other's writes (`read_your_writes` = user or global).
final class WriteClock: Sendable {
    private let time = Atomic<UInt64>(0)

    /// 0 = nobody wrote yet.
    var value: UInt64 { time.load(ordering: .acquiring) }

    func advance(to now: UInt64) {
        _ = time.max(now, ordering: .acquiringAndReleasing)
    }
}

/// The clocks of all users.
struct WriteClockBook: Sendable {
    private var clocks: [[UInt8]: WriteClock] = [:]

    /// The clock of a user, the same for as long as the proxy runs.
    mutating func clock(_ user: [UInt8]) -> WriteClock {
        if let clock = clocks[user] { return clock }
        let clock = WriteClock()
        clocks[user] = clock
        return clock
    }
}
