/// One node's answer to one round of questions.
public enum ProbeAnswer: Equatable, Sendable {
    /// It answered: whether it is in recovery, its timeline (of a standby the one that it replays,
    /// 0 where it does not tell), how far its WAL is (insert location of a primary, replay
    /// location of a standby), in bytes, and what else it told.
    case answered(
        isInRecovery: Bool, timeline: Int64, walBytes: Int64, facts: ServerFacts = ServerFacts())
    /// It is alive, but would not let us ask (wrong password, no room): no reason to take work from
    /// it, no news about its role.
    case refused(reason: String)
    /// It is starting, stopping or recovering from a crash (SQLSTATE 57P03): it takes no work now,
    /// which is no reason yet to give it up.
    case starting(reason: String)
    /// No answer at all.
    case unreachable(reason: String, isRefused: Bool = false)
}

/// What a server tells of itself beside role and position. Nil where it does not tell: old
/// versions, users without rights, poolers in between.
public struct ServerFacts: Equatable, Sendable {
    /// `system_identifier` of the control file: the same on all servers of one cluster.
    public var systemIdentifier: String?
    /// `pg_last_wal_receive_lsn()` of a standby, in bytes: what it has safely, replayed or not.
    public var receivedBytes: Int64?
    /// The standby's WAL receiver; nil where none runs.
    public var receiver: WalReceiver?
    /// Somebody has paused the standby's replay: it can not be promoted.
    public var isReplayPaused = false

    public init() {}
}

/// What pg_stat_wal_receiver tells on a standby.
public struct WalReceiver: Equatable, Sendable {
    /// `streaming` and others; nil where the user may not see it.
    public var status: String?
    /// `received_tli`.
    public var timeline: Int64?
    /// Where it streams from, as the standby names it.
    public var senderHost: String?
    public var senderPort: Int?
    /// How long ago its sender said anything, in microseconds of the standby's clock.
    public var silence: Int64?

    public init() {}

    public var isStreaming: Bool { status == "streaming" }
}
