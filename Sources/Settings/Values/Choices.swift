/// A parameter whose value is one of a few words; the raw value is the word in the file.
///
/// Words are compared without regard to letter case.
public protocol ParameterChoice: RawRepresentable, CaseIterable, Sendable, Equatable
where RawValue == String {
    /// Words that are accepted but not listed in messages, with what they stand for.
    static var hiddenWords: [(word: String, meaning: Self)] { get }
}

extension ParameterChoice {
    public static var hiddenWords: [(word: String, meaning: Self)] { [] }
}

/// `backend_clustering_mode`: how the nodes keep the same data.
public enum ClusteringMode: String, ParameterChoice {
    case streamingReplication = "streaming_replication"
    case nativeReplication = "native_replication"
    case logicalReplication = "logical_replication"
    case raw
    case snapshotIsolation = "snapshot_isolation"
}

/// `process_management_mode`: whether session slots exist from the start or on demand.
public enum ProcessManagementMode: String, ParameterChoice {
    case `static`
    case dynamic
}

/// `process_management_strategy`: how quickly surplus idle slots are given up.
public enum ProcessManagementStrategy: String, ParameterChoice {
    case aggressive
    case gentle
    case lazy
}

/// `syslog_facility`.
public enum SyslogFacility: String, ParameterChoice {
    case local0 = "LOCAL0"
    case local1 = "LOCAL1"
    case local2 = "LOCAL2"
    case local3 = "LOCAL3"
    case local4 = "LOCAL4"
    case local5 = "LOCAL5"
    case local6 = "LOCAL6"
    case local7 = "LOCAL7"
}

/// `log_error_verbosity`: detail of each log message.
public enum LogErrorVerbosity: String, ParameterChoice {
    case terse
    case standard = "default"
    case verbose
}

/// `client_min_messages` and `log_min_messages`: the lowest severity that is sent or written.
public enum MessageLevel: String, ParameterChoice {
    case debug5
    case debug4
    case debug3
    case debug2
    case debug1
    case info
    case notice
    case warning
    case error
    case log
    case fatal
    case panic

    public static var hiddenWords: [(word: String, meaning: MessageLevel)] {
        [("debug", .debug2)]
    }
}

/// `log_standby_delay`: when replication lag is logged.
public enum LogStandbyDelay: String, ParameterChoice {
    case always
    case ifOverThreshold = "if_over_threshold"
    case never = "none"
}

/// `log_backend_messages`: whether messages of servers are logged.
public enum BackendMessageLogging: String, ParameterChoice {
    case never = "none"
    case terse
    case verbose
}

/// `disable_load_balance_on_write`: how far a write keeps later reads on the primary.
public enum DisableLoadBalanceOnWrite: String, ParameterChoice {
    case off
    case transaction
    case transTransaction = "trans_transaction"
    case always
    case dmlAdaptive = "dml_adaptive"
    /// Since Pgpool-II 4.8 (development).
    case dmlAdaptiveGlobal = "dml_adaptive_global"
}

/// `wd_lifecheck_method`: how watchdog nodes check one another.
public enum LifecheckMethod: String, ParameterChoice {
    case query
    case heartbeat
    case external
}

/// `memqcache_method`: where cached query results are kept.
public enum CacheStorage: String, ParameterChoice {
    case sharedMemory = "shmem"
    case memcached
}

/// `relcache_query_target`: where catalog look-ups are sent.
public enum RelationCacheTarget: String, ParameterChoice {
    case primary
    case loadBalanceNode = "load_balance_node"
}

/// `check_temp_table`: how temporary tables are recognised.
public enum TemporaryTableCheck: String, ParameterChoice {
    case catalog
    case trace
    case never = "none"
    /// The old word for `catalog`.
    case on
    /// The old word for `none`.
    case off
}

/// `read_your_writes`: whose acknowledged writes a read on a standby has to see.
public enum ReadYourWrites: String, ParameterChoice {
    /// Nobody's.
    case off
    /// Those of its own session.
    case session
    /// Those of every session of its user.
    case user
    /// Those of every session of this proxy.
    case global
}

/// `failover_candidate_policy`: which standby is promoted.
public enum FailoverCandidatePolicy: String, ParameterChoice {
    /// The one that has received most.
    case lsn
    /// The one with the lowest node id.
    case nodeID = "node_id"
}

/// `failover_session_state`: what becomes of a session that loses state with its server.
public enum FailoverSessionState: String, ParameterChoice {
    /// It ends.
    case strict
    /// It stays without what cannot be made again.
    case replay
}

/// `rogue_primary_action`: what happens to a node that takes writes but is not the primary.
public enum RoguePrimaryAction: String, ParameterChoice {
    /// It is only reported.
    case never = "none"
    /// It is detached.
    case detach
    /// It is detached, and restarted as a standby if it was the primary.
    case demote
}

/// `external_failover`: what happens when somebody else has promoted a standby.
public enum ExternalFailover: String, ParameterChoice {
    /// It becomes the primary.
    case adopt
    /// It is a rogue primary.
    case ignore
}

/// `recovery_transport`: how the host of a node is reached.
public enum RecoveryTransport: String, ParameterChoice {
    /// As `local` where the node is on the proxy's host, else as `ssh`.
    case auto
    /// By a program that the proxy starts.
    case local
    case ssh
    /// Through a server that runs there.
    case sql
}

/// `recovery_plan`: what a recovery does.
public enum RecoveryPlan: String, ParameterChoice {
    /// What recovery_1st_stage_command says, and where it is empty what is built in.
    case auto
    /// What is built in.
    case builtin
    /// It starts the server, and nothing else.
    case startOnly = "start_only"
}

/// `recovery_copy_from`: whose data a copy is made of.
public enum RecoveryCopyFrom: String, ParameterChoice {
    case primary
    case standby
    /// A standby where there is one.
    case auto
}

/// `recovery_checkpoint`: how the primary makes the checkpoint that a copy begins with.
public enum RecoveryCheckpoint: String, ParameterChoice {
    /// At once.
    case fast
    /// In its own time.
    case spread
}

/// `recovery_verify`: what a node has to show that scripts have recovered.
public enum RecoveryVerify: String, ParameterChoice {
    /// That it is a standby that streams from the primary.
    case strict
    /// That it lets recovery_user log in, as Pgpool-II has it.
    case login
}
