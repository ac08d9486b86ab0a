/// The primary as a recovery needs to know it.
public struct SourceFacts: Equatable, Sendable {
    /// The node's own replication slot.
    public struct Slot: Equatable, Sendable {
        public var isActive: Bool
        /// PostgreSQL has removed WAL that it was to keep: it is good for nothing.
        public var isLost: Bool
        /// What it keeps begins here, in bytes; nil for one that keeps nothing.
        public var restartBytes: Int64?

        public init(isActive: Bool, isLost: Bool = false, restartBytes: Int64? = nil) {
            self.isActive = isActive
            self.isLost = isLost
            self.restartBytes = restartBytes
        }
    }

    public var node: Int
    public var isInRecovery = false
    public var timeline: Int64 = 0
    /// `system_identifier`
    public var systemIdentifier: String?
    /// `server_version_num`
    public var version = 0
    public var walLevel = ""
    public var sendersMax = 0
    public var senders = 0
    public var slotsMax = 0
    public var slots = 0
    public var hasFullPageWrites = true
    /// `max_wal_size`, in bytes.
    public var walBytesMax: Int64 = 0
    /// The data with all tablespaces, in bytes.
    public var dataBytes: Int64 = 0
    /// When the server was started, in microseconds since 1970.
    public var startedAt: Int64 = 0
    /// The first byte of WAL that it still has; nil where it does not tell.
    public var oldestBytes: Int64?
    public var tablespaces: [String] = []
    /// Of ``StandbySettings/names``.
    public var settings: [String: Int64] = [:]
    public var slot: Slot?
    public var history: TimelineHistory?

    public init(node: Int) { self.node = node }

    /// Such as 15.
    public var majorVersion: Int { version / 10_000 }
}

/// What a recovery asks servers by SQL, and how the answers are read.
public enum RecoveryQuestion: Equatable, Sendable {
    /// Whether the primary takes writes: something that no reader sees is written.
    case writeProbe
    /// ``SourceFacts`` but for the history.
    case source(slot: String)
    /// Only superusers and members of pg_read_server_files may ask it.
    case history
    case createSlot(String)
    case dropSlot(String)
    /// A checkpoint, after which `pg_rewind` finds the timeline of a primary that was promoted a
    /// moment ago.
    case checkpoint
    /// How the standby itself sees what the nine checks are about.
    case standby
    /// How its primary sees it.
    case feed(applicationName: String, slot: String)
    /// With how many arguments the functions of pgpool_recovery can be called.
    case functions
    /// One of these functions; the arguments are data, never SQL.
    case call(function: String, arguments: [String])
    /// A program on the server's host: its path and its arguments, as expressions of SQL.
    case program(words: [String])

    /// The statements, to be sent one by one.
    public var statements: [String] {
        switch self {
        case .writeProbe:
            // A synchronous standby may be just what is missing.
            [
                "SET synchronous_commit TO local",
                "SELECT pg_catalog.pg_logical_emit_message(true, 'trunkline', 'recovery')",
            ]
        case .source(let slot): [Self.sourceText, Self.slot(slot), Self.tablespaces, Self.settings]
        case .history: [Self.historyText]
        case .createSlot(let name): [Self.dropLost(name), Self.create(name)]
        case .dropSlot(let name):
            [
                """
                SELECT pg_catalog.pg_drop_replication_slot(slot_name) \
                FROM pg_catalog.pg_replication_slots \
                WHERE slot_name = \(SQLText.literal(name)) AND NOT active
                """
            ]
        case .checkpoint: ["CHECKPOINT"]
        case .standby: [Self.standbyText]
        case .feed(let name, let slot): [Self.feed(name, slot)]
        case .functions: [Self.functionsText]
        case .call(let function, let arguments):
            ["SET statement_timeout TO 0", Self.call(function, arguments)]
        case .program(let words): ["SET statement_timeout TO 0", Self.program(words)]
        }
    }

    private static let sourceText = """
        SELECT pg_catalog.pg_is_in_recovery()::int, \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0' ELSE pg_catalog.substr(\
        pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END, \
        (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
        pg_catalog.current_setting('server_version_num'), \
        pg_catalog.current_setting('wal_level'), \
        pg_catalog.current_setting('max_wal_senders'), \
        (SELECT count(*) FROM pg_catalog.pg_stat_replication), \
        pg_catalog.current_setting('max_replication_slots'), \
        (SELECT count(*) FROM pg_catalog.pg_replication_slots), \
        (pg_catalog.current_setting('full_page_writes') = 'on')::int, \
        (SELECT setting::bigint * 1048576 FROM pg_catalog.pg_settings \
        WHERE name = 'max_wal_size'), \
        (SELECT sum(pg_catalog.pg_tablespace_size(oid))::bigint FROM pg_catalog.pg_tablespace), \
        (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint, \
        (SELECT min(pg_catalog.substr(name, 9)) FROM pg_catalog.pg_ls_waldir() \
        WHERE name ~ '^[0-9A-F]{24}$'), \
        (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size')
        """

    private static func slot(_ name: String) -> String {
        // wal_status is there since PostgreSQL 13.
        """
        SELECT active::int, pg_catalog.to_jsonb(slot) ->> 'wal_status', \
        pg_catalog.pg_wal_lsn_diff(restart_lsn, '0/0') \
        FROM pg_catalog.pg_replication_slots AS slot WHERE slot_name = \(SQLText.literal(name))
        """
    }

    private static let tablespaces = """
        SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace \
        WHERE spcname NOT IN ('pg_default', 'pg_global')
        """

    private static let settings = """
        SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN (\
        \(StandbySettings.names.map(SQLText.literal).joined(separator: ", ")))
        """

    private static let historyText = """
        SELECT pg_catalog.pg_read_file('pg_wal/' || pg_catalog.substr(\
        pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) || '.history', \
        0, 65536, true)
        """

    private static func dropLost(_ name: String) -> String {
        """
        SELECT pg_catalog.pg_drop_replication_slot(slot_name) \
        FROM pg_catalog.pg_replication_slots AS slot \
        WHERE slot_name = \(SQLText.literal(name)) AND NOT active \
        AND pg_catalog.to_jsonb(slot) ->> 'wal_status' = 'lost'
        """
    }

    private static func create(_ name: String) -> String {
        """
        SELECT pg_catalog.pg_create_physical_replication_slot(name, true) \
        FROM (SELECT \(SQLText.literal(name))::name AS name) AS wanted WHERE NOT EXISTS \
        (SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = name)
        """
    }

    private static let standbyText = """
        SELECT pg_catalog.pg_is_in_recovery()::int, \
        (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
        receiver.status, pg_catalog.to_hex(receiver.received_tli), receiver.sender_host, \
        receiver.sender_port, receiver.slot_name, \
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0'), \
        (SELECT coalesce(sourcefile, source) FROM pg_catalog.pg_settings \
        WHERE name = 'primary_conninfo'), \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN \
        pg_catalog.pg_is_wal_replay_paused()::int ELSE 0 END \
        FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver AS receiver ON true
        """

    private static func feed(_ name: String, _ slot: String) -> String {
        """
        SELECT pg_catalog.pg_is_in_recovery()::int, \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0' ELSE pg_catalog.substr(\
        pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END, \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(\
        pg_catalog.pg_current_wal_flush_lsn(), '0/0') END, \
        (SELECT count(*) FROM pg_catalog.pg_stat_replication \
        WHERE application_name = \(SQLText.literal(name)) AND state IN ('streaming', 'catchup')), \
        (SELECT active::int FROM pg_catalog.pg_replication_slots \
        WHERE slot_name = \(SQLText.literal(slot)))
        """
    }

    private static let functionsText = """
        SELECT namespace.nspname, proc.proname, proc.pronargs \
        FROM pg_catalog.pg_proc AS proc JOIN pg_catalog.pg_namespace AS namespace \
        ON namespace.oid = proc.pronamespace \
        WHERE proc.proname IN ('pgpool_recovery', 'pgpool_remote_start') \
        ORDER BY proc.pronargs DESC
        """

    /// The words are the command's data, one on each line: no shell takes them apart.
    private static func program(_ words: [String]) -> String {
        """
        COPY (SELECT pg_catalog.unnest(ARRAY[\(words.joined(separator: ", "))]::text[])) \
        TO PROGRAM \(SQLText.literal(runner))
        """
    }

    /// For `sh`: becomes the program that it reads.
    private static let runner =
        #"set --; while IFS= read -r word; do set -- "$@" "$word"; done; exec "$@" </dev/null"#

    /// - Parameter function: schema and name, quoted; optional casts follow from the literals.
    private static func call(_ function: String, _ arguments: [String]) -> String {
        "SELECT \(function)(\(arguments.joined(separator: ", ")))"
    }
}

/// What came of a question.
public enum SQLAnswer: Equatable, Sendable {
    /// The rows of each statement, in text form.
    case rows([[[String?]]])
    /// The server's own words. What was run before stays done.
    case failed(String)
    /// The server ended the connection, or could not be asked.
    case lost(String)

    /// Why there are no rows.
    public var reason: String? {
        switch self {
        case .rows: nil
        case .failed(let reason), .lost(let reason): reason
        }
    }
}

// MARK: Reading

extension SourceFacts {
    /// From the answer to ``RecoveryQuestion/source(slot:)``; nil for anything else.
    public init?(node: Int, rows: [[[String?]]]) {
        guard rows.count == 4, let row = rows[0].first, row.count == 15 else { return nil }
        func number(_ index: Int) -> Int64? { row[index].flatMap { Int64($0) } }
        guard let timeline = row[1].flatMap({ Int64($0, radix: 16) }) else { return nil }
        self.init(node: node)
        isInRecovery = row[0] != "0"
        self.timeline = timeline
        systemIdentifier = row[2]
        version = row[3].flatMap { Int($0) } ?? 0
        walLevel = row[4] ?? ""
        sendersMax = row[5].flatMap { Int($0) } ?? 0
        senders = row[6].flatMap { Int($0) } ?? 0
        slotsMax = row[7].flatMap { Int($0) } ?? 0
        slots = row[8].flatMap { Int($0) } ?? 0
        hasFullPageWrites = row[9] != "0"
        walBytesMax = number(10) ?? 0
        dataBytes = number(11) ?? 0
        startedAt = number(12) ?? 0
        oldestBytes = row[13].flatMap { Self.start(ofSegment: $0, bytes: number(14) ?? 0) }
        if let found = rows[1].first, found.count == 3 {
            slot = Slot(
                isActive: found[0] == "1", isLost: found[1] == "lost",
                restartBytes: found[2].flatMap { Int64($0) })
        }
        tablespaces = rows[2].compactMap { $0.first ?? nil }
        for row in rows[3] where row.count == 2 {
            guard let name = row[0], let value = row[1].flatMap({ Int64($0) }) else { continue }
            settings[name] = value
        }
    }

    /// - Parameters:
    ///   - name: a segment's name without its timeline, 16 hexadecimal digits.
    ///   - bytes: of a segment.
    static func start(ofSegment name: String, bytes: Int64) -> Int64? {
        guard name.utf8.count == 16, bytes > 0, let high = UInt32(name.prefix(8), radix: 16),
            let low = UInt32(name.suffix(8), radix: 16)
        else { return nil }
        let (offset, isOverflow) = Int64(low).multipliedReportingOverflow(by: bytes)
        guard !isOverflow, offset <= Int64(UInt32.max) else { return nil }
        return Int64(bitPattern: UInt64(high) << 32) &+ offset
    }
}
