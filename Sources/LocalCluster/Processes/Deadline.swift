import Glibc

/// A point in time after which waiting ends: every wait of this module takes one, so that nothing
/// hangs for ever on a server that does not come up.
package struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    /// The moment `duration` from now.
    package static func after(_ duration: Duration) -> Deadline {
        Deadline(instant: ContinuousClock.now.advanced(by: duration))
    }

    /// Whether the moment has come.
    package var hasPassed: Bool { ContinuousClock.now >= instant }

    /// Asks `condition` again and again, first quickly and then every 50 ms, until it holds.
    ///
    /// For things that offer no event to wait for. Returns whether it held before the deadline.
    package func poll(_ condition: () throws -> Bool) rethrows -> Bool {
        var pause: UInt32 = 1_000
        while true {
            if try condition() { return true }
            if hasPassed { return false }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
    }
}
