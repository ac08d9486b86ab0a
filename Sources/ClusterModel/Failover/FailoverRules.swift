/// What the configuration says of changing the primary.
public struct FailoverRules: Equatable, Sendable {
    public enum CandidatePolicy: Equatable, Sendable {
        /// The standby that has received most.
        case mostAdvanced
        /// The lowest node number, as Pgpool-II does.
        case lowestID
    }

    /// `failover_builtin_promotion`: promote over SQL.
    public var promotes = false
    /// `failover_command` is set: it promotes.
    public var hasCommand = false
    public var policy = CandidatePolicy.mostAdvanced
    /// `failover_drain`: how long to wait for standbys to come to rest.
    public var drain: UInt64 = 200_000_000
    /// `failover_max_lag_bytes`: a standby that lacks more is no candidate; 0 = any.
    public var lagBytesMax: Int64 = 0
    /// How long it may take until nothing goes to the old primary any more.
    public var fenceLimit: UInt64 = 1_000_000_000
    /// `failover_require_fencing`: nobody is promoted after ``fenceLimit`` either.
    public var requiresFencing = false
    /// How long one standby has to become the primary.
    public var promotionLimit: UInt64 = 10_000_000_000
    /// `search_primary_node_timeout`: how long somebody else has.
    public var searchLimit: UInt64 = 300_000_000_000
    /// Before `failover_command` runs again for a standby that it could not promote.
    public var commandRetryGap: UInt64 = 60_000_000_000
    /// `failover_veto_if_streaming`: a primary that a standby still hears of is alive.
    public var isVetoed = true

    public init() {}

    /// Whether a primary that died is replaced by us at all.
    public var isActive: Bool { promotes || hasCommand }
}

/// A standby that may become the primary, as it answered after the old one was given up.
public struct Candidate: Equatable, Sendable {
    public var id: Int
    /// WAL that it has safely, in bytes.
    public var receivedBytes: Int64
    public var timeline: Int64
    public var isReplayPaused = false
    /// It was given up before: nobody knows how much it has missed since.
    public var isOut = false

    public init(
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
