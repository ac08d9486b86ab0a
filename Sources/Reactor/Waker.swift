internal import CLinux
internal import Glibc

/// Wakes a reactor from another thread: an eventfd. Rings that nobody has heard yet are one ring.
public final class Waker: Sendable {
    let descriptor: Int32

    public init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    }

    deinit { close(descriptor) }

    /// Makes the reactor report `woken`. Never blocks; safe on any thread.
    public func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func hush() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// The monotonic clock in nanoseconds: what deadlines are counted in. Read it once per batch.
public enum MonotonicClock {
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
