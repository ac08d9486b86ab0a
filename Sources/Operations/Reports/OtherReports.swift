/// `SHOW pool_version`
package enum VersionReport {
    package static let columns = ["pool_version"]

    /// - Parameters:
    ///   - follows: the Pgpool-II version whose columns and words these are: collectors choose by
    ///     it what to ask for.
    ///   - own: our own version.
    package static func table(follows: String, own: String) -> ReportTable {
        ReportTable("pool_version", "\(follows) (trunkline \(own))")
    }
}

/// `SHOW pool_cache`
package enum CacheReport {
    package static let columns = [
        "num_cache_hits", "num_selects", "cache_hit_ratio", "num_hash_entries",
        "used_hash_entries", "num_cache_entries", "used_cache_entries_size",
        "free_cache_entries_size", "fragment_cache_entries_size",
    ]

    /// The one row of a query cache that is off.
    package static func table() -> ReportTable {
        ReportTable(columns: columns, rows: [["0", "0", "0.00", "0", "0", "0", "0", "0", "0"]])
    }
}

/// `SHOW pool_status` and `PGPOOL SHOW` of several parameters.
package enum ParametersReport {
    package static let columns = ["item", "value", "description"]
}
