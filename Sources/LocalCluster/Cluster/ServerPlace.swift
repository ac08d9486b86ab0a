/// Where a server of a cluster is, and how its superuser gets in.
package struct ServerPlace: Sendable {
    /// Position in the cluster, from 0.
    package var index: Int
    /// Its application_name towards the primary.
    package var name: String
    package var dataFolder: String
    /// The folder of its Unix socket.
    package var socketFolder: String
    /// What `pg_ctl` writes its output to.
    package var logFile: String
    package var port: UInt16
    /// Whether each start names the port and the folder of the socket; otherwise postgresql.conf
    /// does.
    package var getsPortAtStart = false
    package var superuser = "postgres"
    /// A password file in libpq's format, for the superuser where he is asked for a password.
    package var passwordFile: String?

    /// Whether root runs `psql` as the servers' account, too: where the programs are is then said by
    /// a file that this account may have written.
    package var hasUntrustedPrograms = false

    /// For PostgreSQL's programs that log in there.
    var environment: [String: String] { passwordFile.map { ["PGPASSFILE": $0] } ?? [:] }
}
