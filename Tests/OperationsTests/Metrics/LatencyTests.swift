import Testing

@testable import Operations

@Suite struct LatencyTests {
    @Test(
        "times find their bucket",
        arguments: [
            (0, 0, 1), (1, 1, 2), (3, 3, 4), (4, 4, 5), (7, 7, 8), (8, 8, 10), (9, 8, 10),
            (10, 9, 12), (15, 11, 16), (16, 12, 20), (1000, 35, 1024), (1024, 36, 1280),
            ((1 << 30) - 1, 115, 1 << 30),
        ] as [(UInt64, Int, UInt64)])
    func buckets(microseconds: UInt64, bucket: Int, end: UInt64) {
        #expect(LatencyScale.bucket(microseconds) == bucket)
        #expect(LatencyScale.end(of: bucket) == end)
    }

    @Test(
        "what is too long for all buckets is in the last one", arguments: [1 << 30, 1 << 40, .max])
    func overlong(microseconds: UInt64) {
        #expect(LatencyScale.bucket(microseconds) == LatencyScale.bucketCount - 1)
        #expect(LatencyScale.end(of: LatencyScale.bucketCount - 1) == nil)
    }

    @Test("buckets follow each other without gap or overlap")
    func seamless() throws {
        for bucket in 0..<LatencyScale.bucketCount - 1 {
            let end = try #require(LatencyScale.end(of: bucket))
            #expect(LatencyScale.bucket(end - 1) == bucket)
            #expect(LatencyScale.bucket(end) == bucket + 1)
        }
    }

    @Test("no bucket is wider than a quarter of what it holds")
    func precision() throws {
        for bucket in 4..<LatencyScale.bucketCount - 1 {
            let begin = try #require(LatencyScale.end(of: bucket - 1))
            let end = try #require(LatencyScale.end(of: bucket))
            #expect((end - begin) * 4 <= begin)
        }
    }

    @Test("series are counted apart, and workers are added up")
    func totals() {
        let one = LatencyHistogram(series: 2)
        let other = LatencyHistogram(series: 2)
        one.record(0, nanoseconds: 900)
        one.record(0, nanoseconds: 5_999)
        one.record(1, nanoseconds: 70_000_000)
        other.record(0, nanoseconds: 5_000)
        var first = LatencyTotals()
        for worker in [one, other] { worker.add(0, to: &first) }
        #expect(first.count == 3)
        #expect(first.microseconds == 0 + 5 + 5)
        #expect(first.counts[0] == 1 && first.counts[5] == 2)
        var second = LatencyTotals()
        for worker in [one, other] { worker.add(1, to: &second) }
        #expect(second.count == 1 && second.microseconds == 70_000)
    }

    @Test("a series that does not exist is ignored", arguments: [-1, 2, .max])
    func noSeries(series: Int) {
        let histogram = LatencyHistogram(series: 2)
        histogram.record(series, nanoseconds: 5)
        var totals = LatencyTotals()
        histogram.add(series, to: &totals)
        for known in 0...1 { histogram.add(known, to: &totals) }
        #expect(totals == LatencyTotals())
    }

    @Test("quantiles are the ends of their buckets")
    func quantiles() {
        let histogram = LatencyHistogram(series: 1)
        var totals = LatencyTotals()
        #expect(totals.quantile(0.5) == nil)
        for _ in 0..<98 { histogram.record(0, nanoseconds: 100_000) }
        for _ in 0..<2 { histogram.record(0, nanoseconds: 50_000_000) }
        histogram.add(0, to: &totals)
        #expect(totals.quantile(0) == 112)
        #expect(totals.quantile(0.5) == 112)
        #expect(totals.quantile(0.98) == 112)
        #expect(totals.quantile(0.99) == 57_344)
        #expect(totals.quantile(1) == 57_344)
    }
}
