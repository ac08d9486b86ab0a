/// Everything the configuration says, typed: one value per load, immutable once posted.
///
/// Flat on purpose: each property is the parameter of the same name (`num_init_children` is
/// `numInitChildren`), so that a name found in the manual is found in the code. Times are
/// `Duration`, memory sizes are bytes. The initial values are the defaults. The value is large:
/// keep it behind one reference and share that.
public struct Settings: Sendable, Equatable {

    // MARK: Connections

    /// Take a lock around accept() so that one idle child at a time wakes up for a connection.
    public var serializeAccept: Bool = false
    /// Group that owns the client Unix sockets; empty = the group of the running user.
    public var unixSocketGroup: String = ""
    /// Addresses or host names on which clients are accepted; '*' = every IPv4 and IPv6 address, ''
    /// = no TCP.
    public var listenAddresses: [String] = ["localhost"]
    /// TCP addresses for the PCP (control) server; same syntax as listen_addresses.
    public var pcpListenAddresses: [String] = ["localhost"]
    /// Directories in which the client Unix socket is created.
    public var unixSocketDirectories: [String] = ["/tmp"]
    /// Directories in which the PCP Unix socket is created.
    public var pcpSocketDir: [String] = ["/tmp"]
    /// TCP port for clients; also the suffix of the Unix socket name .s.PGSQL.PORT.
    public var port: Int = 9999
    /// TCP port of the PCP server and suffix of its Unix socket.
    public var pcpPort: Int = 9898
    /// File mode of the client Unix sockets (octal when written with a leading 0).
    public var unixSocketPermissions: Int = 0o777
    /// When above 0, refuse clients with SQLSTATE 53300 once the sessions exceed num_init_children
    /// minus this; 0 = let them wait.
    public var reservedConnections: Int = 0
    /// The listen() backlog is this value times num_init_children.
    public var listenBacklogMultiplier: Int = 2

    // MARK: Authentication

    /// Evaluate pool_hba.conf for client authentication.
    public var enablePoolHba: Bool = false
    /// If pool_passwd lacks the user, ask the client for a clear-text password to answer a
    /// md5/scram backend.
    public var allowClearTextFrontendAuth: Bool = false
    /// Password file; a relative name starts at the directory of pgpool.conf; '' = no file.
    public var poolPasswd: String = "pool_passwd"
    /// Time allowed for a client to authenticate; 0 = no limit.
    public var authenticationTimeout: Duration = .seconds(60)

    // MARK: TLS

    /// Enable TLS on both client and backend sides.
    public var ssl: Bool = false
    /// Use server cipher order.
    public var sslPreferServerCiphers: Bool = false
    /// Server certificate file (PEM); relative to pgpool.conf directory.
    public var sslCert: String = ""
    /// Private key file (PEM); relative to pgpool.conf directory.
    public var sslKey: String = ""
    /// CA file to verify backend certificates and, if set, to request client certificates; relative
    /// to pgpool.conf directory.
    public var sslCaCert: String = ""
    /// Hashed directory of CA certificates; not path-adjusted.
    public var sslCaCertDir: String = ""
    /// Certificate revocation list file; relative to pgpool.conf directory.
    public var sslCrlFile: String = ""
    /// OpenSSL cipher list for TLS <= 1.2.
    public var sslCiphers: String = "HIGH:MEDIUM:+3DES:!aNULL"
    /// Curve for ECDH key exchange.
    public var sslEcdhCurve: String = "prime256v1"
    /// DH parameter file; not path-adjusted; built-in 2048-bit group when empty or bad.
    public var sslDhParamsFile: String = ""
    /// Command printing the key passphrase; %p = prompt text, %% = %.
    public var sslPassphraseCommand: String = ""

    // MARK: Pool

    /// Keep server connections after the client leaves.
    public var connectionCache: Bool = true
    /// Statements (separated by ;) sent to backends when a client leaves, before the connection is
    /// cached.
    public var resetQueryList: [String] = ["ABORT", "DISCARD ALL"]
    /// Number of sessions that may be active at the same time; further clients wait in a queue.
    public var numInitChildren: Int = 32
    /// Dynamic mode: lowest number of idle slots to keep.
    public var minSpareChildren: Int = 5
    /// Dynamic mode: highest number of idle slots to keep.
    public var maxSpareChildren: Int = 10
    /// Time after which what an idle session slot keeps is given up; 0 = never.
    public var childLifeTime: Duration = .seconds(300)
    /// Time a client may stay idle since its last query before it is disconnected; 0 = no limit.
    public var clientIdleLimit: Duration = .seconds(0)
    /// Time an unused server connection is kept after the client left; 0 = forever.
    public var connectionLifeTime: Duration = .seconds(0)
    /// Server connections are replaced after serving this many clients; 0 = never.
    public var childMaxConnections: Int = 0
    /// Cached server connections per session slot; a node keeps at most num_init_children times
    /// max_pool idle ones.
    public var maxPool: Int = 4
    /// Whether session slots exist from the start (static) or come and go between the spare limits
    /// (dynamic).
    public var processManagementMode: ProcessManagementMode = .static
    /// Dynamic mode: how quickly surplus idle slots are given up.
    public var processManagementStrategy: ProcessManagementStrategy = .gentle

    // MARK: Backends

    /// Nodes by node id: one slot up to the highest `backend_portN`; gaps are unused slots.
    public var backends: [BackendSettings] = []
    /// What the suffixless `health_check_*` and `connect_timeout` say: the values of every node
    /// that has none of its own. Already folded into `backends`.
    public var backendDefaults = BackendSettings()
    /// How the nodes keep the same data, which decides where statements may go.
    public var backendClusteringMode: ClusteringMode = .streamingReplication

    // MARK: Logging

    /// Log each client connection.
    public var logConnections: Bool = false
    /// Log each client disconnect.
    public var logDisconnections: Bool = false
    /// Log each connection to the PCP server, and its end.
    public var logPcpProcesses: Bool = false
    /// Show host names instead of addresses in the connection log.
    public var logHostname: Bool = false
    /// Log every SQL statement.
    public var logStatement: Bool = false
    /// Log each statement once per backend it is sent to.
    public var logPerNodeStatement: Bool = false
    /// Like log_per_node_statement but emitted as NOTICE (also to the client).
    public var noticePerNodeStatement: Bool = false
    /// Log each protocol message from the client.
    public var logClientMessages: Bool = false
    /// Write log output into files that are rotated.
    public var loggingCollector: Bool = false
    /// Overwrite instead of append on time-based rotation.
    public var logTruncateOnRotation: Bool = false
    /// Where the log goes: stderr, syslog or both.
    public var logDestination: [String] = ["stderr"]
    /// Syslog program name.
    public var syslogIdent: String = "pgpool"
    /// Prefix of each log line; escapes %a %P %u %d %p %l %t %m %%.
    public var logLinePrefix: String = "%m: %a pid %p: "
    /// Directory of collector files.
    public var logDirectory: String = "/tmp/pgpool_logs"
    /// Pattern of the names of collector files, in the form of strftime.
    public var logFilename: String = "pgpool-%Y-%m-%d_%H%M%S.log"
    /// Rotate after this time; 0 = off.
    public var logRotationAge: Duration = .seconds(1440 * 60)
    /// Rotate after this size; 0 = off.
    public var logRotationSize: Int64 = 10240 * 1024
    /// Mode of collector files (octal with leading 0).
    public var logFileMode: Int = 0o600
    /// Syslog facility.
    public var syslogFacility: SyslogFacility = .local0
    /// Detail level of each log message.
    public var logErrorVerbosity: LogErrorVerbosity = .standard
    /// Lowest severity sent to clients.
    public var clientMinMessages: MessageLevel = .notice
    /// Lowest severity written to the log.
    public var logMinMessages: MessageLevel = .warning
    /// When to log replication lag.
    public var logStandbyDelay: LogStandbyDelay = .ifOverThreshold
    /// Log protocol messages from backends; terse folds repeats.
    public var logBackendMessages: BackendMessageLogging = .never

    // MARK: Load balancing

    /// Distribute SELECTs over backends.
    public var loadBalanceMode: Bool = true
    /// Ignore blanks before the statement when deciding on load balancing.
    public var ignoreLeadingWhiteSpace: Bool = true
    /// Ignore SQL comments when judging load balance/cache; off = a leading comment blocks both.
    public var allowSqlComments: Bool = false
    /// Choose the read node per statement rather than per session.
    public var statementLevelLoadBalance: Bool = false
    /// Preferred read nodes by user: pattern:node(ratio).
    public var userRedirectPreferenceList: [RedirectPreference] = []
    /// Preferred read nodes by database: pattern:node(ratio).
    public var databaseRedirectPreferenceList: [RedirectPreference] = []
    /// Preferred read nodes by application_name: pattern:node(ratio); wins over database, which
    /// wins over user.
    public var appNameRedirectPreferenceList: [RedirectPreference] = []
    /// Pairs object:dependent for dml_adaptive; functions are written as name().
    public var dmlAdaptiveObjectRelationshipList: [ObjectDependency] = []
    /// Functions that do not write (patterns); when set, all others count as writing.
    public var readOnlyFunctionList: [String] = []
    /// Functions that write (patterns); when set, no others of the catalog count as writing.
    public var writeFunctionList: [String] = []
    /// Statements that always go to the primary (patterns).
    public var primaryRoutingQueryPatternList: [String] = []
    /// How far a write keeps later reads of its session on the primary.
    public var disableLoadBalanceOnWrite: DisableLoadBalanceOnWrite = .transaction
    /// A written table is read from the primary for measured lag times this factor.
    public var trackTableMutationTtlFactor: Double = 5.0
    /// Longest time one table may keep reads on the primary, counted from its first mark; 0 = no
    /// cap.
    public var trackTableMutationMaxStaleness: Duration = .milliseconds(60000)
    /// Time after the start (or after becoming watchdog leader) during which all reads go to the
    /// primary.
    public var trackTableMutationColdStartDuration: Duration = .milliseconds(2000)
    /// Hash buckets of the shared table.
    public var trackTableMutationTableBuckets: Int = 1024
    /// Entries of the shared table.
    public var trackTableMutationTableSize: Int = 2048

    // MARK: Replication

    /// Detach the minority node when replies differ in kind; off = only end the session.
    public var replicationStopOnMismatch: Bool = false
    /// Detach the minority node when affected-row counts differ; off = only end the session.
    public var failoverIfAffectedTuplesMismatch: Bool = false
    /// Send SELECTs to every backend.
    public var replicateSelect: Bool = false
    /// Take a table/row lock before INSERT into tables with serial columns.
    public var insertLock: Bool = true
    /// Table locked when creating large objects so that all nodes get the same OID; '' = off.
    public var lobjLockTable: String = ""

    // MARK: Streaming replication

    /// On excess lag, use the least lagging other standby instead of the primary.
    public var preferLowerDelayStandby: Bool = false
    /// User of the role and lag check.
    public var srCheckUser: String = ""
    /// Password of that user (AES…/TEXT…/md5… or plain); empty = look in pool_passwd.
    public var srCheckPassword: String = ""
    /// Database of the role and lag check.
    public var srCheckDatabase: String = "postgres"
    /// Lag in WAL bytes above which a standby gets no reads; 0 = off.
    public var delayThreshold: Int64 = 0
    /// Time between role and lag checks; 0 = off.
    public var srCheckPeriod: Duration = .seconds(10)
    /// Lag in time above which a standby gets no reads; overrides delay_threshold when >0.
    public var delayThresholdByTime: Duration = .milliseconds(0)
    /// Command that prints one line of delays in milliseconds, one per standby (-1 = down); its
    /// arguments are host:port of each node that is not the primary.
    public var replicationDelaySourceCmd: String = ""
    /// Time allowed for replication_delay_source_cmd.
    public var replicationDelaySourceTimeout: Duration = .seconds(10)

    // MARK: Health check

    /// Test switch: a line in work_dir/backend_down_request makes a node fail its health check. Not
    /// for production.
    public var healthCheckTest: Bool = false

    // MARK: Failover

    /// A socket read/write error on a backend starts failover; off = only end the session.
    public var failoverOnBackendError: Bool = true
    /// Backend errors 57P01/57P02 start failover; off = only end the session.
    public var failoverOnBackendShutdown: Bool = false
    /// Detach extra primaries (split brain) using pg_stat_wal_receiver.
    public var detachFalsePrimary: Bool = false
    /// Re-attach a down standby when it streams again.
    public var autoFailback: Bool = false
    /// Shell command run when a backend is attached.
    public var failbackCommand: String = ""
    /// Command run per standby after a primary change.
    public var followPrimaryCommand: String = ""
    /// Shell command run when a backend is detached.
    public var failoverCommand: String = ""
    /// Time to look for a primary after failover/startup; 0 = forever.
    public var searchPrimaryNodeTimeout: Duration = .seconds(300)
    /// Minimum time between automatic re-attachments.
    public var autoFailbackInterval: Duration = .seconds(60)

    // MARK: Online recovery

    /// User for recovery: a superuser, or one with REPLICATION and pg_monitor; '' = sr_check_user.
    public var recoveryUser: String = ""
    /// Password for recovery_user (AES…/TEXT…/plain); empty = look in pool_passwd.
    public var recoveryPassword: String = ""
    /// Database that holds the recovery functions; '' = postgres.
    public var recoveryDatabase: String = "postgres"
    /// Script in the primary's data directory that copies the data; '' = recovery is built in.
    public var recovery1stStageCommand: String = ""
    /// Script name in the main node's data directory, stage 2 (clients blocked).
    public var recovery2ndStageCommand: String = ""
    /// Time to wait for the recovered node to start.
    public var recoveryTimeout: Duration = .seconds(90)
    /// Idle limit of clients in the second stage of recovery; -1 = disconnect at once, 0 = no
    /// limit.
    public var clientIdleLimitInRecovery: Duration = .seconds(0)

    // MARK: Watchdog

    /// Watchdog nodes by node id (`hostnameN`, `wd_portN`, `pgpool_portN`).
    public var watchdogNodes: [WatchdogNodeSettings] = []
    /// Heartbeat channels by index (`heartbeat_*N`).
    public var heartbeats: [HeartbeatSettings] = []
    /// Only fail over when the watchdog quorum holds.
    public var failoverWhenQuorumExists: Bool = true
    /// Only fail over when a majority asks for it.
    public var failoverRequireConsensus: Bool = true
    /// Count repeated requests of one node as votes.
    public var allowMultipleFailoverRequestsFromNode: Bool = false
    /// Exactly half of the votes is enough.
    public var enableConsensusWithHalfVotes: Bool = false
    /// Drop cleanly stopped nodes from membership.
    public var wdRemoveShutdownNodes: Bool = false
    /// Start the watchdog.
    public var useWatchdog: Bool = false
    /// Clear the shared-memory query cache on becoming leader.
    public var clearMemqcacheOnEscalation: Bool = true
    /// Directory of the watchdog IPC socket.
    public var wdIpcSocketDir: String = "/tmp"
    /// Command run on becoming leader.
    public var wdEscalationCommand: String = ""
    /// Command run on leaving leadership.
    public var wdDeEscalationCommand: String = ""
    /// Comma list of hosts pinged to detect isolation.
    public var trustedServers: String = ""
    /// Ping command; %h = host.
    public var trustedServerCommand: String = "ping -q -c3 %h"
    /// Virtual IP taken by the leader; '' = none.
    public var delegateIp: String = ""
    /// Directory of ping (virtual IP check).
    public var pingPath: String = "/bin"
    /// Directory of the ip command.
    public var ifCmdPath: String = "/sbin"
    /// Command to add the virtual IP; $_IP_$ is replaced.
    public var ifUpCmd: String = "/usr/bin/sudo /sbin/ip addr add $_IP_$/24 dev eth0 label eth0:0"
    /// Command to remove the virtual IP; $_IP_$ is replaced.
    public var ifDownCmd: String = "/usr/bin/sudo /sbin/ip addr del $_IP_$/24 dev eth0"
    /// Directory of arping.
    public var arpingPath: String = "/usr/sbin"
    /// ARP announcement command; $_IP_$ is replaced.
    public var arpingCmd: String = "/usr/bin/sudo /usr/sbin/arping -U $_IP_$ -w 1 -I eth0"
    /// Statement of the query lifecheck.
    public var wdLifecheckQuery: String = "SELECT 1"
    /// Database of the query lifecheck.
    public var wdLifecheckDbname: String = "template1"
    /// User of the query lifecheck.
    public var wdLifecheckUser: String = ""
    /// Password of the query lifecheck user (AES…/TEXT…/plain).
    public var wdLifecheckPassword: String = ""
    /// Shared key of all watchdog nodes and IPC clients.
    public var wdAuthkey: String = ""
    /// Address for the local watchdog listener instead of hostnameN; * = all.
    public var wdListenAddress: String = ""
    /// Addresses for the local heartbeat receiver; '' = use heartbeat_hostnameN; * = all.
    public var wdHeartbeatListenAddresses: String = ""
    /// Network interfaces whose link state is watched; 'any' = all, '' = off.
    public var wdMonitoringInterfacesList: [String] = []
    /// Weight in leader election.
    public var wdPriority: Int = 1
    /// Time between lifechecks.
    public var wdInterval: Duration = .seconds(10)
    /// Time before a LOST node loses membership; 0 = never.
    public var wdLostNodeRemovalTimeout: Duration = .seconds(0)
    /// Time before a node that never appeared loses membership; 0 = never.
    public var wdNoShowNodeRemovalTimeout: Duration = .seconds(0)
    /// Failed query-lifechecks before a node is dead.
    public var wdLifePoint: Int = 3
    /// Time between heartbeats sent.
    public var wdHeartbeatKeepalive: Duration = .seconds(2)
    /// Time without heartbeat before a node is dead.
    public var wdHeartbeatDeadtime: Duration = .seconds(30)
    /// Port for the local watchdog listener instead of wd_portN; 0 = not set.
    public var wdListenPort: Int = 0
    /// Port for the local heartbeat receiver; 0 = use heartbeat_portN.
    public var wdHeartbeatListenPort: Int = 0
    /// How nodes check one another.
    public var wdLifecheckMethod: LifecheckMethod = .heartbeat

    // MARK: Query cache

    /// Enable the query result cache.
    public var memoryCacheEnabled: Bool = false
    /// Delete entries when their table is written.
    public var memqcacheAutoCacheInvalidation: Bool = true
    /// Directory of table-OID to cache-entry maps.
    public var memqcacheOiddir: String = "/var/log/pgpool/oiddir"
    /// Host of memcached.
    public var memqcacheMemcachedHost: String = "localhost"
    /// Views and unlogged tables whose results may be cached (patterns).
    public var cacheSafeMemqcacheTableList: [String] = []
    /// Tables whose results must not be cached (patterns).
    public var cacheUnsafeMemqcacheTableList: [String] = []
    /// Shared-memory cache size.
    public var memqcacheTotalSize: Int64 = 67_108_864
    /// Port of memcached.
    public var memqcacheMemcachedPort: Int = 11211
    /// Number of cache entries in the hash table.
    public var memqcacheMaxNumCache: Int = 1_000_000
    /// Time an entry lives; 0 = until invalidated.
    public var memqcacheExpire: Duration = .seconds(0)
    /// Largest cacheable result.
    public var memqcacheMaxcache: Int64 = 409_600
    /// Block size of the shared-memory cache.
    public var memqcacheCacheBlockSize: Int64 = 1_048_576
    /// Storage of the cache.
    public var memqcacheMethod: CacheStorage = .sharedMemory

    // MARK: Relation cache

    /// Look up whether a table is unlogged.
    public var checkUnloggedTable: Bool = true
    /// Share catalog lookups through the query cache memory.
    public var enableSharedRelcache: Bool = true
    /// Time a catalog-lookup entry lives; 0 = forever.
    public var relcacheExpire: Duration = .seconds(0)
    /// Number of catalog-lookup entries.
    public var relcacheSize: Int = 256
    /// Where catalog lookups are sent.
    public var relcacheQueryTarget: RelationCacheTarget = .primary
    /// How temporary tables are recognised (on=catalog, off=none).
    public var checkTempTable: TemporaryTableCheck = .catalog

    // MARK: Files

    /// PID file; relative to the pgpool.conf directory.
    public var pidFileName: String = "/var/run/pgpool/pgpool.pid"
    /// Directory of pgpool_status and other work files.
    public var workDir: String = "/tmp"

    // MARK: Trunkline

    /// Threads that carry client traffic; 0 = one per processor core.
    public var workerThreads: Int = 0
    /// Treat an unknown parameter name as an error, not as a warning.
    public var strictConfig: Bool = false
    /// Longest Query or Parse message that is held and analysed; a longer one is streamed to the
    /// primary without analysis.
    public var clientMessageHoldMax: Int64 = 1_048_576
    /// Bytes held for one destination that reads slowly; above this its source is not read.
    public var connectionBacklogMax: Int64 = 262_144
    /// Bytes held for all slow destinations together; above this new work is refused with SQLSTATE
    /// 53200 and reading pauses.
    public var totalBacklogMax: Int64 = 268_435_456
    /// Time that login facts learned from a server are used before they are asked for again; 0 =
    /// ask at every login.
    public var welcomeMaxAge: Duration = .seconds(300)
    /// Databases whose server connections are closed with the session and never kept in the pool.
    public var unpooledDatabases: [String] = ["template0", "template1", "postgres", "regression"]
    /// Memory of each worker for the results of statement analysis; 0 = no cache.
    public var statementCacheSize: Int64 = 4_194_304
    /// Longest wait of a statement for a missing catalog fact before it goes to the primary; 0 =
    /// never wait.
    public var relcacheQueryTimeout: Duration = .milliseconds(100)
    /// Whose acknowledged writes a read on a standby has to see.
    public var readYourWrites: ReadYourWrites = .session
    /// Longest wait of a read for a standby to replay what it has to see; 0 = no wait.
    public var readYourWritesWait: Duration = .milliseconds(0)
    /// Prepared statements remembered for one session.
    public var sessionStatementsMax: Int = 10000
    /// Fields of the answer to pcp_node_info: 13, or 12 for clients of Pgpool-II 4.3 and older.
    public var pcpNodeInfoFields: Int = 13
    /// Open the Unix socket that "trunkline status" reads.
    public var statusSocket: Bool = true
    /// TCP addresses for metrics, health and the admin page; same syntax as listen_addresses.
    public var httpListenAddresses: [String] = ["localhost"]
    /// TCP port for metrics, health and the admin page; 0 = off.
    public var httpPort: Int = 0

    // MARK: Trunkline: failover

    /// Promote a standby over SQL when failover_command is empty; off = a lost primary is only
    /// detached.
    public var failoverBuiltinPromotion: Bool = false
    /// Which standby is promoted.
    public var failoverCandidatePolicy: FailoverCandidatePolicy = .lsn
    /// A standby that lacks more than this of the primary's last known WAL is not promoted; 0 = no
    /// limit.
    public var failoverMaxLagBytes: Int64 = 0
    /// Longest wait for the standbys to store what they have received of a lost primary, before one
    /// of them is chosen.
    public var failoverDrain: Duration = .milliseconds(200)
    /// Shortest time between two automatic changes of the primary; 0 = no limit.
    public var failoverMinInterval: Duration = .seconds(60)
    /// Time after which a running failover_command or failover_fence_command is ended, with all
    /// that it has started.
    public var failoverCommandTimeout: Duration = .seconds(60)
    /// Promote nobody while a standby still receives from the primary: then only our own way to it
    /// is broken.
    public var failoverVetoIfStreaming: Bool = true
    /// How recently a standby must have heard from the primary for failover_veto_if_streaming.
    public var failoverVetoWindow: Duration = .seconds(3)
    /// Shell command that makes sure that a lost primary takes no more writes, run before another
    /// is promoted.
    public var failoverFenceCommand: String = ""
    /// Promote nobody unless failover_fence_command has succeeded.
    public var failoverRequireFencing: Bool = false
    /// Time that a new session or a statement for the primary waits while there is none, before it
    /// fails with SQLSTATE 57P03; 0 = no wait.
    public var failoverClientWait: Duration = .seconds(30)
    /// What becomes of an idle session whose server is gone with state of the session.
    public var failoverSessionState: FailoverSessionState = .strict
    /// Go on answering reads from the standbys while there is no primary.
    public var readOnlyWhenNoPrimary: Bool = true
    /// Time that running transactions get to end in a switchover, before they are ended; new ones
    /// wait meanwhile.
    public var switchoverDrainTimeout: Duration = .seconds(10)
    /// What happens to a node that takes writes but is not the primary.
    public var roguePrimaryAction: RoguePrimaryAction = .demote
    /// What happens when somebody else has promoted a standby.
    public var externalFailover: ExternalFailover = .adopt
    /// Time that a primary may be starting or stopping before its health check fails.
    public var healthCheckStartGrace: Duration = .seconds(30)
    /// Time that a standby may be starting or stopping before its health check fails.
    public var healthCheckStandbyStartGrace: Duration = .seconds(300)
    /// Write work_dir/pgpool_status too, for scripts that read the state of nodes there.
    public var writeLegacyStatusFile: Bool = true
    /// Accept host names and data directories with characters that mean something to the shell,
    /// although a command is set that they are put into.
    public var allowUnsafeCommandValues: Bool = false

    // MARK: Trunkline: recovery

    /// How the host of a node is reached.
    public var recoveryTransport: RecoveryTransport = .auto
    /// Account on the hosts for the transport ssh.
    public var recoverySSHUser: String = "postgres"
    /// Private key for the transport ssh; empty = what ssh finds.
    public var recoverySSHKey: String = ""
    /// Trunkline's program on the hosts for the transport ssh.
    public var recoverySSHProgram: String = "trunkline"
    /// The methods that may be used.
    public var recoveryAllow: [String] = ["restart", "rewind", "basebackup"]
    /// Largest rate of a copy in bytes per second; 0 = no limit.
    public var recoveryMaxRate: Int64 = 0
    /// What the names of replication slots begin with.
    public var recoverySlotPrefix: String = "pgpool"
    /// Whether the primary makes its checkpoint at once when a copy begins.
    public var recoveryCheckpoint: RecoveryCheckpoint = .fast
    /// Check each copy with pg_verifybackup.
    public var recoveryVerifyBackup: Bool = false
    /// How long old data is kept.
    public var recoveryKeepOld: Duration = .seconds(3600)
    /// A server that replays may take this long to be ready.
    public var recoveryStartMax: Duration = .seconds(3600)
    /// A started standby may take this long to stream and to have what the primary has.
    public var recoveryVerifyTimeout: Duration = .seconds(300)
    /// A copy of which nothing has moved for so long fails.
    public var recoveryStallTimeout: Duration = .seconds(300)
    /// What a recovered node has to show where scripts do the work.
    public var recoveryVerify: RecoveryVerify = .strict
    /// Recoveries at the same time; 0 = no limit.
    public var recoveryParallel: Int = 1
    /// Recover a node that was replaced as the primary as soon as its host can be asked.
    public var autoRecovery: Bool = false

    /// The defaults of every parameter: no nodes, nothing set.
    public init() {}
}
