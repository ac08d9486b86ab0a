internal import Glibc
internal import Synchronization

/// Times of several series, in the buckets of ``LatencyScale``: relaxed counters that one thread
/// writes and others read whenever they like.
package final class LatencyHistogram: @unchecked Sendable {
    /// A bucket each, and the sum of the times.
    private static let slotCount = LatencyScale.bucketCount + 1

    private let slots: UnsafeMutablePointer<Atomic<UInt64>>
    private let seriesCount: Int

    package init(series: Int) {
        seriesCount = max(series, 0)
        let count = seriesCount * Self.slotCount
        // Memory that the kernel hands out zeroed stays untouched, and so costs nothing, until its
        // series is used: most have no node.
        let zeroed = calloc(max(count, 1), MemoryLayout<Atomic<UInt64>>.stride)
        if let zeroed {
            slots = zeroed.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        } else {
            slots = .allocate(capacity: count)
            for index in 0..<count { (slots + index).initialize(to: Atomic(0)) }
        }
    }

    deinit { free(slots) }

    /// Counts one time. Only one thread may do so.
    package func record(_ series: Int, nanoseconds: UInt64) {
        guard series >= 0, series < seriesCount else { return }
        let microseconds = nanoseconds / 1000
        let first = series &* Self.slotCount
        add(1, to: first &+ LatencyScale.bucket(microseconds))
        add(microseconds, to: first &+ LatencyScale.bucketCount)
    }

    /// One writer: a plain load and store, without the price of a locked addition.
    @inline(__always)
    private func add(_ amount: UInt64, to slot: Int) {
        let old = slots[slot].load(ordering: .relaxed)
        slots[slot].store(old &+ amount, ordering: .relaxed)
    }

    /// Adds what was counted so far. Any thread.
    package func add(_ series: Int, to totals: inout LatencyTotals) {
        guard series >= 0, series < seriesCount else { return }
        let first = series * Self.slotCount
        for bucket in 0..<LatencyScale.bucketCount {
            totals.counts[bucket] &+= slots[first + bucket].load(ordering: .relaxed)
        }
        totals.microseconds &+= slots[first + LatencyScale.bucketCount].load(ordering: .relaxed)
    }
}

/// Times of one series, of all workers together.
package struct LatencyTotals: Sendable, Equatable {
    /// By bucket of ``LatencyScale``.
    package var counts = [UInt64](repeating: 0, count: LatencyScale.bucketCount)
    /// The sum of the times.
    package var microseconds: UInt64 = 0

    package init() {}

    package var count: UInt64 { counts.reduce(0, &+) }

    /// How many were shorter than a bucket's end.
    package func count(through bucket: Int) -> UInt64 {
        counts.prefix(bucket + 1).reduce(0, &+)
    }

    /// The time below which this share of all lies, in microseconds, rounded up to the end of its
    /// bucket; nil without any.
    package func quantile(_ share: Double) -> UInt64? {
        let count = count
        guard count > 0 else { return nil }
        let wanted = max(1, UInt64((Double(count) * min(max(share, 0), 1)).rounded(.up)))
        var seen: UInt64 = 0
        for bucket in counts.indices {
            seen &+= counts[bucket]
            if seen >= wanted { return LatencyScale.end(of: bucket) ?? .max }
        }
        return nil
    }
}
