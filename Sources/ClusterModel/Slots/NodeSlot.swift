/// A replication slot that was made for a node, as it survives the proxy.
public struct NodeSlot: Equatable, Sendable, Codable {
    /// Who streams through it.
    public var node: Int
    public var name: String
    /// Whose server has it.
    public var holder: Int
    /// Since when nobody streams through it, in seconds since 1970; nil while somebody does.
    public var idleSince: Int64?
    /// Why it was dropped although the node did not have all yet, as a sentence without a full
    /// stop; nil while it is there.
    public var dropped: String?

    public init(
        node: Int, name: String, holder: Int, idleSince: Int64? = nil, dropped: String? = nil
    ) {
        self.node = node
        self.name = name
        self.holder = holder
        self.idleSince = idleSince
        self.dropped = dropped
    }

    /// What makes one that somebody else may have written unusable; nil if it is sound.
    var flaw: String? {
        let isName = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard isName, (1...63).contains(name.utf8.count) else { return "\"\(name)\" is no slot" }
        return idleSince ?? 0 < 0 ? "\"\(name)\" has been idle since before 1970" : nil
    }
}

/// A slot as its server tells of it.
public struct SlotReport: Equatable, Sendable {
    public var name: String
    public var isActive: Bool
    /// PostgreSQL has removed WAL that it was to keep.
    public var isLost: Bool
    /// WAL that the server keeps for it, in bytes.
    public var keptBytes: Int64

    public init(name: String, isActive: Bool, isLost: Bool = false, keptBytes: Int64 = 0) {
        self.name = name
        self.isActive = isActive
        self.isLost = isLost
        self.keptBytes = keptBytes
    }
}

/// What servers are asked about slots.
public enum SlotQuestion {
    /// All physical slots, and whether the server is in recovery in each row.
    public static let text = """
        SELECT slot_name, active::int, pg_catalog.to_jsonb(slot) ->> 'wal_status', \
        pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() \
        THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, \
        restart_lsn) FROM pg_catalog.pg_replication_slots AS slot WHERE slot_type = 'physical'
        """

    /// From the rows of the answer; nil for anything else.
    public static func reports(rows: [[[String?]]]) -> [SlotReport]? {
        guard let rows = rows.first else { return nil }
        var reports: [SlotReport] = []
        for row in rows {
            guard row.count == 4, let name = row[0] else { return nil }
            reports.append(
                SlotReport(
                    name: name, isActive: row[1] == "1", isLost: row[2] == "lost",
                    keptBytes: max(row[3].flatMap { Int64($0) } ?? 0, 0)))
        }
        return reports
    }
}
