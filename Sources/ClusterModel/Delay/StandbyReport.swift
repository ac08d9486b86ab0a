/// What the primary knows of one of its WAL senders: a row of pg_stat_replication.
///
/// A user without the rights of pg_monitor sees nothing but the name.
public struct StandbyReport: Equatable, Sendable {
    /// `application_name` of the standby's WAL receiver.
    public var applicationName: String
    /// `streaming`, `catchup` and so on.
    public var state: String?
    /// `async`, `sync`, `quorum` or `potential`.
    public var syncState: String?
    /// How far the primary has flushed its WAL, in bytes: no standby can have more.
    public var flushed: Int64?
    /// How far the standby said that it has replayed, in bytes.
    public var replayed: Int64?
    /// `replay_lag` in microseconds; nil where PostgreSQL has nothing to measure.
    public var replayLag: Int64?

    public init(
        applicationName: String, state: String? = nil, syncState: String? = nil,
        flushed: Int64? = nil, replayed: Int64? = nil, replayLag: Int64? = nil
    ) {
        self.applicationName = applicationName
        self.state = state
        self.syncState = syncState
        self.flushed = flushed
        self.replayed = replayed
        self.replayLag = replayLag
    }
}
