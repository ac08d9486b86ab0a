/// What `pg_controldata` prints, in the C locale.
struct ControlData: Equatable {
    private var values: [Substring: Substring] = [:]

    init(lines: [String]) {
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
        }
    }

    var systemIdentifier: String? { values["Database system identifier"].map(String.init) }
    /// Such as `in archive recovery`.
    var state: String? { values["Database cluster state"].map(String.init) }
    var timeline: Int64? { values["Latest checkpoint's TimeLineID"].flatMap { Int64($0) } }
    var checkpointBytes: Int64? { values["Latest checkpoint location"].flatMap(Self.bytes) }
    var minimumRecoveryBytes: Int64? {
        values["Minimum recovery ending location"].flatMap(Self.bytes)
    }
    /// 0 = none
    var hasChecksums: Bool? { values["Data page checksum version"].map { $0 != "0" } }
    var hasHintLogging: Bool? { values["wal_log_hints setting"].map { $0 == "on" } }

    /// Whether the server was shut down, and did not just end.
    var wasShutDown: Bool { state == "shut down" || state == "shut down in recovery" }

    /// `16/B374D848` as a number; nil beyond 63 bits.
    static func bytes(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let high = UInt32(parts[0], radix: 16),
            let low = UInt32(parts[1], radix: 16)
        else { return nil }
        return Int64(exactly: UInt64(high) << 32 | UInt64(low))
    }
}
