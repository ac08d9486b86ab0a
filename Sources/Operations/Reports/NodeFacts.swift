package import ClusterModel

/// What reports say about one node.
package struct NodeFacts: Equatable, Sendable {
    /// How far a standby is behind.
    package enum Delay: Equatable, Sendable {
        /// WAL that it has not replayed.
        case bytes(Int64)
        /// Under `delay_threshold_by_time`.
        case microseconds(Int64)
    }

    package var id: Int
    /// Host name or socket directory; empty for an unused slot.
    package var host = ""
    package var port = 0
    /// `up`, `waiting`, `down`, `unused` or `quarantine`.
    package var status = "unused"
    /// What the server itself answers: `up`, `down` or `unknown`.
    package var serverStatus = "unknown"
    /// Share of all reads, 0 ... 1.
    package var weight = 0.0
    /// `primary` or `standby`; `main` or `replica` where PostgreSQL does not replicate.
    package var role = ""
    /// What the server itself says that it is: the words of `role`, or `unknown`.
    package var serverRole = ""
    /// The asking session reads from it.
    package var isReader = false
    package var delay = Delay.bytes(0)
    /// `state` and `sync_state` of pg_stat_replication; empty where unknown.
    package var replicationState = ""
    package var replicationSyncState = ""
    /// Seconds since 1970.
    package var statusChangedAt: Int64?
    package var statements = StatementCounts()
    package var errors = ErrorCounts()
    package var healthCheck = HealthCheckTotals()

    package init(id: Int) { self.id = id }
}

/// Statements that a node was sent since the start, by kind.
package struct StatementCounts: Equatable, Sendable {
    package var select: UInt64 = 0
    package var insert: UInt64 = 0
    package var update: UInt64 = 0
    package var delete: UInt64 = 0
    /// CREATE, ALTER, DROP and their like, CREATE TABLE AS included.
    package var ddl: UInt64 = 0
    /// SET, BEGIN, COMMIT and everything else.
    package var other: UInt64 = 0

    package init() {}
}

/// Errors that a node answered with since the start, by severity.
package struct ErrorCounts: Equatable, Sendable {
    package var panic: UInt64 = 0
    package var fatal: UInt64 = 0
    package var error: UInt64 = 0

    package init() {}
}
