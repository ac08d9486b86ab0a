/// What the configuration says of changing the primary.
package struct FailoverRules: Equatable, Sendable {
    package enum CandidatePolicy: Equatable, Sendable {
        /// The standby that has received most.
        case mostAdvanced
        /// The lowest node number, as Pgpool-II does.
        case lowestID
    }

    /// `failover_builtin_promotion`: promote over SQL.
    package var promotes = false
    /// `failover_command` is set: it promotes.
    package var hasCommand = false
    package var policy = CandidatePolicy.mostAdvanced
    /// `failover_drain`: how long to wait for standbys to come to rest.
    package var drain: UInt64 = 200_000_000
    /// `failover_max_lag_bytes`: a standby that lacks more is no candidate; 0 = any.
    package var lagBytesMax: Int64 = 0
    /// How long it may take until nothing goes to the old primary any more.
    package var fenceLimit: UInt64 = 1_000_000_000
    /// `failover_require_fencing`: nobody is promoted after ``fenceLimit`` either.
    package var requiresFencing = false
    /// How long one standby has to become the primary.
    package var promotionLimit: UInt64 = 10_000_000_000
    /// `search_primary_node_timeout`: how long somebody else has.
    package var searchLimit: UInt64 = 300_000_000_000
    /// Before `failover_command` runs again for a standby that it could not promote.
    package var commandRetryGap: UInt64 = 60_000_000_000
    /// `failover_veto_if_streaming`: a primary that a standby still hears of is alive.
    package var isVetoed = true

    package init() {}

    /// Whether a primary that died is replaced by us at all.
    package var isActive: Bool { promotes || hasCommand }
}

/// A standby that may become the primary, as it answered after the old one was given up.
package struct Candidate: Equatable, Sendable {
    package var id: Int
    /// WAL that it has safely, in bytes.
    package var receivedBytes: Int64
    package var timeline: Int64
    package var isReplayPaused = false
    /// It was given up before: nobody knows how much it has missed since.
    package var isOut = false

    package init(
        id: Int, receivedBytes: Int64, timeline: Int64, isReplayPaused: Bool = false,
        isOut: Bool = false
    ) {
        self.id = id
        self.receivedBytes = receivedBytes
        self.timeline = timeline
        self.isReplayPaused = isReplayPaused
        self.isOut = isOut
    }
}
