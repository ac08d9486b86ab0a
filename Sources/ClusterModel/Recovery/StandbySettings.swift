/// Settings that a standby must have at least as large as its primary: it does not start as a hot
/// standby otherwise ("Administrator's Overview" of hot standby in PostgreSQL's manual).
public enum StandbySettings {
    public static let names = [
        "max_connections", "max_locks_per_transaction", "max_prepared_transactions",
        "max_wal_senders", "max_worker_processes",
    ]

    /// Those that are too small, in words; empty if none is.
    static func flaws(of own: [String: Int64], below primary: [String: Int64]) -> [String] {
        names.compactMap { name in
            guard let value = own[name], let least = primary[name], value < least else {
                return nil
            }
            return "\(name) is \(value), on the primary \(least)"
        }
    }
}
