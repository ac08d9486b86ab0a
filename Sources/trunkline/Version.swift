import Proxy

/// What this program calls itself, and whose behaviour it follows.
package enum Version {
    package static let trunkline = ProxyVersion.number
    package static let pgpool = ProxyVersion.pgpool
    /// `pgpool --version`, from which scripts cut the number.
    package static let pgpoolLine = "pgpool-II version \(pgpool) (trunkline \(trunkline))"
    /// `trunkline --version`
    package static let trunklineLine = "trunkline \(trunkline) (follows Pgpool-II \(pgpool))"
}

/// Exit codes of every program in this binary, as Pgpool-II has them.
package enum ExitStatus {
    package static let success: Int32 = 0
    /// Usage errors, `reload` without an instance, a second instance, problems found by `check`.
    package static let refused: Int32 = 1
    /// Bad configuration, start or stop that did not work, no running instance.
    package static let failed: Int32 = 3
}
