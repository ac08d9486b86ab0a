internal import ClusterModel
internal import PostgresWire
internal import Reactor
internal import Sessions

/// The control thread's own connection to one node: opened once, asked again and again. It speaks
/// with the same login machine as the data path.
struct NodeProbe {
    enum Phase: UInt8 {
        case closed
        case connecting
        case loggingIn
        /// Logged in; nobody asked anything.
        case idle
        case asking
    }

    /// Recovery, timeline and WAL position in one round trip, for every supported server version.
    static let question = """
        SELECT pg_catalog.pg_is_in_recovery()::int, \
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0' ELSE \
        pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END, \
        pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN \
        coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0') ELSE \
        pg_catalog.pg_current_wal_insert_lsn() END, '0/0')
        """

    let node: Int
    var phase = Phase.closed
    var socket = SocketID.none
    var login: ServerLogin?
    var input = ByteStash()
    var addressIndex = 0
    /// The running attempt has to be done by then, in nanoseconds; 0 = nothing runs.
    var deadline: UInt64 = 0
    /// When to ask next.
    var nextAt: UInt64 = 0
    /// A kept connection that fails is opened anew once before the node counts as lost: somebody
    /// may have ended just this connection.
    var isFresh = true
    var answer: ProbeAnswer?

    init(node: Int) { self.node = node }

    /// Reads the row of the answer: three columns in text form.
    static func read(row: RawSpan) -> ProbeAnswer? {
        var reader = WireReader(row)
        guard let columns = reader.uint16(row), columns == 3 else { return nil }
        var values: [String] = []
        for _ in 0..<3 {
            guard let length = reader.uint32(row), let bytes = reader.take(Int(length), row) else {
                return nil
            }
            values.append(String(decoding: bytes, as: UTF8.self))
        }
        guard let recovery = Int(values[0]), let timeline = Int64(values[1], radix: 16),
            let position = Int64(values[2])
        else { return nil }
        return .answered(isInRecovery: recovery != 0, timeline: timeline, walBytes: position)
    }
}
