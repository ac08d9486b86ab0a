internal import ClusterModel
internal import PostgresWire

/// What nodes are asked, and how their answers are read. For PostgreSQL 12 and later, and for a user
/// without special rights.
enum NodeQuestion {
    /// How one connection is asked: a statement that is prepared once costs the server a third.
    enum Wording: UInt8 {
        case unprepared
        case prepared
        /// Without what some servers, users or poolers in between do not permit: then it stays
        /// unknown which timeline a standby replays.
        case basic

        /// Once the server has answered.
        var answered: Wording { self == .unprepared ? .prepared : self }
    }

    /// Recovery, timeline and WAL position in one round trip, and what a change of the primary has
    /// to know.
    ///
    /// A standby's timeline is the greatest that it names: `received_tli` follows a new primary at
    /// once, but only users with the rights of pg_read_all_stats see it; the control file follows
    /// at the next restartpoint or with the next pages that are written.
    private static let survey =
        question(
            standbyTimeline: """
                pg_catalog.to_hex(greatest(receiver.received_tli, \
                (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()), \
                (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint())))
                """) + """
            , (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
            pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0'), \
            CASE WHEN pg_catalog.pg_is_in_recovery() THEN \
            pg_catalog.pg_is_wal_replay_paused()::int ELSE 0 END, \
            receiver.pid, receiver.status, receiver.received_tli, receiver.sender_host, \
            receiver.sender_port, (extract(epoch FROM pg_catalog.clock_timestamp() - \
            receiver.last_msg_receipt_time) * 1000000)::bigint \
            FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver AS receiver ON true
            """

    private static let basicSurvey = question(standbyTimeline: "'0'")

    private static func question(standbyTimeline: String) -> String {
        """
        SELECT pg_catalog.pg_is_in_recovery()::int, \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN \(standbyTimeline) ELSE \
        pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END, \
        pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN \
        coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0') ELSE \
        pg_catalog.pg_current_wal_insert_lsn() END, '0/0')
        """
    }

    /// The standbys that a primary feeds, with its own flush location: only what is flushed is sent.
    private static let standbys = """
        SELECT application_name, state, sync_state, \
        pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE \
        pg_catalog.pg_current_wal_flush_lsn() END, '0/0'), \
        pg_catalog.pg_wal_lsn_diff(replay_lsn, '0/0'), \
        (extract(epoch FROM replay_lag) * 1000000)::bigint \
        FROM pg_catalog.pg_stat_replication
        """

    /// What to send. The two parts are answered by rows of different width.
    static func text(_ wording: Wording, withStandbys: Bool) -> String {
        let survey =
            switch wording {
            case .unprepared: "PREPARE trunkline_survey AS \(survey); EXECUTE trunkline_survey"
            case .prepared: "EXECUTE trunkline_survey"
            case .basic: basicSurvey
            }
        return withStandbys ? "\(survey); \(standbys)" : survey
    }

    /// Whether this error may be avoided by the basic wording: a function that does not exist or is
    /// not permitted, a prepared statement that a pooler has lost.
    static func isMisunderstanding(sqlState: String) -> Bool {
        sqlState.hasPrefix("42") || sqlState == "26000"
    }

    enum Row: Equatable {
        case survey(ProbeAnswer)
        case standby(StandbyReport)
    }

    /// Reads one row in text form, without its frame header.
    static func read(row: RawSpan) -> Row? {
        guard let values = columns(row) else { return nil }
        if values.count == 3 || values.count == surveyColumns {
            guard let recovery = values[0].flatMap({ Int($0) }),
                let timeline = values[1].flatMap({ Int64($0, radix: 16) }),
                let position = values[2].flatMap({ Int64($0) })
            else { return nil }
            return .survey(
                .answered(
                    isInRecovery: recovery != 0, timeline: timeline, walBytes: position,
                    facts: values.count == 3 ? ServerFacts() : facts(values)))
        }
        guard values.count == 6, let name = values[0] else { return nil }
        return .standby(
            StandbyReport(
                applicationName: name, state: values[1], syncState: values[2],
                flushed: values[3].flatMap { Int64($0) }, replayed: values[4].flatMap { Int64($0) },
                replayLag: values[5].flatMap { Int64($0) }))
    }

    private static let surveyColumns = 12

    private static func facts(_ values: [String?]) -> ServerFacts {
        var facts = ServerFacts()
        facts.systemIdentifier = values[3]
        facts.receivedBytes = values[4].flatMap { Int64($0) }
        facts.isReplayPaused = values[5] == "1"
        // A row without rights shows nothing but that there is a receiver.
        guard values[6] != nil else { return facts }
        var receiver = WalReceiver()
        receiver.status = values[7]
        receiver.timeline = values[8].flatMap { Int64($0) }
        receiver.senderHost = values[9]
        receiver.senderPort = values[10].flatMap { Int($0) }
        receiver.silence = values[11].flatMap { Int64($0) }
        facts.receiver = receiver
        return facts
    }

    /// One row of text values; nil for what is no row.
    static func columns(_ row: RawSpan) -> [String?]? {
        var reader = WireReader(row)
        guard let count = reader.uint16(row) else { return nil }
        var values: [String?] = []
        for _ in 0..<count {
            guard let length = reader.uint32(row) else { return nil }
            if length == .max {
                values.append(nil)
                continue
            }
            guard let bytes = reader.take(Int(length), row) else { return nil }
            values.append(String(decoding: bytes, as: UTF8.self))
        }
        return values
    }
}
