import Foundation

/// The document of `/api/status`, which the admin page shows: the status with what else people want
/// to see live, and the latest events.
package struct ProxyOverview: Sendable, Codable, Equatable {
    /// What a node's status does not say.
    package struct Node: Sendable, Codable, Equatable {
        package var id: Int
        /// Why it is out; empty if it is not.
        package var reason: String
        package var isPrimary: Bool
        /// Reads avoid it because of its delay.
        package var isDelayed: Bool
        /// Absent where unknown.
        package var lagSeconds: Double?
        /// Times of requests since the start, in milliseconds; absent before the first.
        package var readMedian: Double?
        package var readTail: Double?
        package var writeMedian: Double?
        package var writeTail: Double?

        package init(_ node: ProxyMetrics.Node) {
            id = node.id
            reason = node.reason
            isPrimary = node.isPrimary
            isDelayed = node.isDelayed
            lagSeconds = node.lagMicroseconds.map { Double($0) / 1_000_000 }
            readMedian = Self.milliseconds(node.readTimes.quantile(0.5))
            readTail = Self.milliseconds(node.readTimes.quantile(0.99))
            writeMedian = Self.milliseconds(node.writeTimes.quantile(0.5))
            writeTail = Self.milliseconds(node.writeTimes.quantile(0.99))
        }

        private static func milliseconds(_ microseconds: UInt64?) -> Double? {
            microseconds.map { Double($0) / 1000 }
        }
    }

    package struct Change: Sendable, Codable, Equatable {
        package var done: UInt64
        package var failed: UInt64
        /// In seconds since 1970; absent before the first.
        package var lastAt: Int64?
        package var lastSeconds: Double?

        init(_ count: PrimaryChangeCounts.Count) {
            done = count.done
            failed = count.failed
            lastAt = count.last?.at
            lastSeconds = count.last.map { Double($0.milliseconds) / 1000 }
        }
    }

    /// The document of `trunkline status --json`.
    package var status: ProxyStatus
    package var readiness: Readiness
    package var epoch: UInt64
    package var sessions: ProxyMetrics.Sessions
    package var sessionPermits: Int
    package var sessionPermitsMax: Int
    package var nodes: [Node]
    package var failover: Change
    package var switchover: Change
    /// The latest last.
    package var events: [ClusterEvent]

    package init(
        status: ProxyStatus, readiness: Readiness, metrics: ProxyMetrics, events: [ClusterEvent]
    ) {
        self.status = status
        self.readiness = readiness
        epoch = metrics.epoch
        sessions = metrics.sessions
        sessionPermits = metrics.permits
        sessionPermitsMax = metrics.permitsMax
        nodes = metrics.nodes.map(Node.init)
        failover = Change(metrics.changes[.failover])
        switchover = Change(metrics.changes[.switchover])
        self.events = events
    }

    /// One JSON object and a newline.
    package func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(self) else { return [] }
        return Array(data) + [UInt8(ascii: "\n")]
    }
}
