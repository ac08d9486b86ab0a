/// How times are sorted into buckets: microseconds, each power of two in four equal parts, so that a
/// bucket is never wider than a quarter of what it holds.
///
/// Times below 4 microseconds have a bucket each; everything from 2^30 microseconds (18 minutes)
/// on shares the last one.
package enum LatencyScale {
    private static let octavesMax: UInt64 = 30

    /// Buckets, the last without an upper end.
    package static let bucketCount = Int(octavesMax - 1) * 4 + 1

    /// The bucket of a time in microseconds.
    @inline(__always)
    package static func bucket(_ microseconds: UInt64) -> Int {
        guard microseconds >= 4 else { return Int(microseconds) }
        guard microseconds < 1 << octavesMax else { return bucketCount - 1 }
        let exponent = 63 &- microseconds.leadingZeroBitCount
        let quarter = Int((microseconds &>> UInt64(exponent &- 2)) & 3)
        return (exponent &- 1) &* 4 &+ quarter
    }

    /// Where a bucket ends, in microseconds: the first time that is not in it. Nil for the last one.
    package static func end(of bucket: Int) -> UInt64? {
        guard bucket < bucketCount - 1 else { return nil }
        guard bucket >= 4 else { return UInt64(max(bucket, 0)) + 1 }
        let exponent = UInt64(bucket / 4 + 1)
        return (UInt64(bucket % 4) + 5) << (exponent - 2)
    }
}
