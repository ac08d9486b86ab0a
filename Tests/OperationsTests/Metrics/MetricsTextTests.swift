import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite struct MetricsTextTests {
    private static let gauge = Metric("trunkline_room", .gauge, labels: ["node", "state"], "Room.")

    @Test(
        "labels are escaped",
        arguments: [
            (#"plain"#, #"plain"#), (#"a"b"#, #"a\"b"#), (#"C:\x"#, #"C:\\x"#),
            ("two\nlines", #"two\nlines"#), ("äöü 日本", "äöü 日本"), (#"\n"#, #"\\n"#),
        ])
    func labels(value: String, escaped: String) throws {
        var text = MetricsText()
        text.begin(Self.gauge)
        text.sample(["1", value], 7)
        #expect(
            text.text == """
                # HELP trunkline_room Room.
                # TYPE trunkline_room gauge
                trunkline_room{node="1",state="\(escaped)"} 7

                """)
        #expect(try PrometheusText(text.text).families.first?.samples.count == 1)
    }

    @Test("help is escaped, quotes in it are not")
    func help() {
        #expect(MetricsText.escapedHelp("a \"b\" \\ c\nd") == #"a "b" \\ c\nd"#)
    }

    @Test(
        "microseconds are told in seconds, exactly",
        arguments: [
            (0, "0"), (1, "0.000001"), (40, "0.00004"), (999_999, "0.999999"), (1_000_000, "1"),
            (1_500_000, "1.5"), (67_108_864, "67.108864"), (.max, "18446744073709.551615"),
        ] as [(UInt64, String)])
    func seconds(microseconds: UInt64, text: String) {
        #expect(MetricsText.seconds(microseconds) == text)
    }

    @Test(
        "numbers are what the format has",
        arguments: [
            (1.0, "1.0"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1e300, "1e+300"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) { #expect(value.metricText == text) }

    @Test("a histogram is cumulative and ends with all")
    func histogram() throws {
        let histogram = LatencyHistogram(series: 1)
        for microseconds: UInt64 in [1, 31, 32, 47, 48, 5_000_000, 3_000_000_000] {
            histogram.record(0, nanoseconds: microseconds * 1000)
        }
        var totals = LatencyTotals()
        histogram.add(0, to: &totals)
        var text = MetricsText()
        text.begin(.duration)
        text.sample(["0", "read"], totals)
        let read = try PrometheusText(text.text)
        func bucket(_ bound: String) -> Double? {
            read[
                "trunkline_request_duration_seconds_bucket{kind=\"read\",le=\"\(bound)\",node=\"0\"}"
            ]
        }
        #expect(bucket("0.000032") == 2)
        #expect(bucket("0.000048") == 4)
        #expect(bucket("0.000064") == 5)
        #expect(bucket("4.194304") == 5)
        #expect(bucket("6.291456") == 6)
        #expect(bucket("67.108864") == 6)
        #expect(bucket("+Inf") == 7)
        #expect(
            read["trunkline_request_duration_seconds_sum{kind=\"read\",node=\"0\"}"]
                == 3005.000159)
    }

    /// Two nodes, one of them out.
    static func metrics() -> ProxyMetrics {
        var metrics = ProxyMetrics()
        metrics.version = "0.1.0"
        metrics.startedAt = 1_700_000_000
        metrics.isReady = true
        metrics.clients = 12
        metrics.sessions.idle = 11
        metrics.decisions = [("balanced_read", 900), ("writes", 40)]
        var primary = ProxyMetrics.Node(id: 0)
        primary.host = "db0"
        primary.port = 5432
        primary.role = "primary"
        primary.status = "up"
        primary.isPrimary = true
        primary.statements = [("select", 5), ("insert", 6)]
        primary.errors = [("panic", 0), ("error", 2)]
        var standby = ProxyMetrics.Node(id: 1)
        standby.host = "db\"1\""
        standby.role = "standby"
        standby.status = "down"
        standby.reason = "no answer:\ntimeout"
        standby.lagBytes = 4096
        standby.lagMicroseconds = 1_500_000
        metrics.nodes = [primary, standby]
        metrics.changes[.failover].done = 2
        metrics.changes[.failover].last = .init(at: 1_700_000_100, milliseconds: 210)
        return metrics
    }

    @Test("all metrics of the table are told, once, in its order, with their labels")
    func complete() throws {
        let read = try PrometheusText(Self.metrics().prometheusText())
        #expect(read.families.map(\.name) == Metric.all.map(\.name))
        #expect(read.families.map(\.type) == Metric.all.map(\.kind.rawValue))
        for (family, metric) in zip(read.families, Metric.all) {
            for key in family.samples.keys {
                let names = key.split(separator: "{").dropFirst().joined()
                    .matches(of: /(\w+)="/).map { String($0.1) }.filter { $0 != "le" }
                #expect(names.sorted() == metric.labels.sorted(), "\(key)")
            }
        }
    }

    @Test(
        "values stand where they belong",
        arguments: [
            (#"trunkline_build_info{version="0.1.0"}"#, 1), ("trunkline_ready", 1),
            ("trunkline_clients", 12), (#"trunkline_sessions{state="idle"}"#, 11),
            (#"trunkline_node_up{node="0"}"#, 1), (#"trunkline_node_up{node="1"}"#, 0),
            (#"trunkline_node_primary{node="0"}"#, 1),
            (#"trunkline_replication_lag_seconds{node="1"}"#, 1.5),
            (#"trunkline_replication_lag_bytes{node="1"}"#, 4096),
            (#"trunkline_routing_decisions_total{reason="writes"}"#, 40),
            (#"trunkline_statements_total{kind="insert",node="0"}"#, 6),
            (#"trunkline_primary_changes_total{kind="failover",outcome="done"}"#, 2),
            (#"trunkline_primary_change_duration_seconds{kind="failover"}"#, 0.21),
        ] as [(String, Double)])
    func values(key: String, value: Double) throws {
        #expect(try PrometheusText(Self.metrics().prometheusText())[key] == value)
    }

    @Test("what is unknown is not told")
    func absent() throws {
        let read = try PrometheusText(Self.metrics().prometheusText())
        #expect(read[#"trunkline_replication_lag_bytes{node="0"}"#] == nil)
        #expect(read[#"trunkline_primary_change_timestamp_seconds{kind="switchover"}"#] == nil)
    }

    @Test("names follow the conventions")
    func names() {
        for metric in Metric.all {
            #expect(metric.name.hasPrefix("trunkline_"))
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
        }
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    }

    @Test("the manual's table is what the code has (TRUNKLINE_REGENERATE=1 writes it)")
    func manual() throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Documentation/metrics.md")
        var page = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(page.range(of: "| metric | type | labels | meaning |\n"))
        let end = try #require(page.range(of: "\n\n", range: begin.lowerBound..<page.endIndex))
        if ProcessInfo.processInfo.environment["TRUNKLINE_REGENERATE"] == "1" {
            page.replaceSubrange(
                begin.lowerBound..<page.index(after: end.lowerBound), with: Metric.manualTable)
            try Data(page.utf8).write(to: file)
        }
        #expect(page.contains(Metric.manualTable), "run with TRUNKLINE_REGENERATE=1")
    }
}
