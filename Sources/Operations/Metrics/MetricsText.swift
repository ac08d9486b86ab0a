/// Text in the format that Prometheus scrapes, version 0.0.4.
package struct MetricsText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""
    private var metric: Metric?

    package init() {}

    /// Begins a metric: the samples that follow are its.
    package mutating func begin(_ metric: Metric) {
        self.metric = metric
        text += "# HELP \(metric.name) \(Self.escapedHelp(metric.help))\n"
        text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    /// A metric with one sample and no labels.
    package mutating func only(_ metric: Metric, _ value: some MetricNumber) {
        begin(metric)
        sample([], value)
    }

    /// One sample.
    ///
    /// - Parameter labels: the values, in the order of the metric's labels.
    package mutating func sample(_ labels: [String], _ value: some MetricNumber) {
        guard let metric else { return }
        line(metric.name, zip(metric.labels, labels).map { ($0, $1) }, value.metricText)
    }

    /// The buckets, sum and count of one histogram.
    package mutating func sample(_ labels: [String], _ totals: LatencyTotals) {
        guard let metric else { return }
        let pairs = zip(metric.labels, labels).map { ($0, $1) }
        for bucket in Self.toldBuckets {
            guard let end = LatencyScale.end(of: bucket) else { continue }
            line(
                "\(metric.name)_bucket", pairs + [("le", Self.seconds(end))],
                totals.count(through: bucket).metricText)
        }
        let count = totals.count.metricText
        line("\(metric.name)_bucket", pairs + [("le", "+Inf")], count)
        line("\(metric.name)_sum", pairs, Self.seconds(totals.microseconds))
        line("\(metric.name)_count", pairs, count)
    }

    /// Of the buckets every second one is told, from 32 microseconds to 67 seconds: what a scraper
    /// keeps for ever should not be hundreds of series for each node.
    static let toldBuckets: [Int] = (0..<LatencyScale.bucketCount).filter { bucket in
        guard bucket % 2 == 1, let end = LatencyScale.end(of: bucket) else { return false }
        return end >= 32 && end <= 1 << 26
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0)=\"\(Self.escapedLabel($1))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    // MARK: Numbers and texts

    /// Exact, from a whole number of microseconds.
    static func seconds(_ microseconds: UInt64) -> String {
        let fraction = microseconds % 1_000_000
        guard fraction > 0 else { return String(microseconds / 1_000_000) }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(microseconds / 1_000_000).\(digits)"
    }

    static func escapedHelp(_ text: String) -> String { escaped(text, quotes: false) }
    static func escapedLabel(_ text: String) -> String { escaped(text, quotes: true) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// What can be the value of a sample.
package protocol MetricNumber {
    var metricText: String { get }
}

extension Int: MetricNumber { package var metricText: String { String(self) } }
extension Int64: MetricNumber { package var metricText: String { String(self) } }
extension UInt64: MetricNumber { package var metricText: String { String(self) } }
extension Bool: MetricNumber { package var metricText: String { self ? "1" : "0" } }

extension Double: MetricNumber {
    package var metricText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        return description
    }
}
