/// How the servers of a cluster are set up.
package struct LocalClusterOptions: Sendable {
    /// What pg_hba.conf asks of TCP clients. Unix sockets inside the cluster's folder are trusted.
    package enum Authentication: String, Sendable, CaseIterable {
        case trust
        case password
        case md5
        case scram = "scram-sha-256"
    }

    /// A login role to create.
    package struct Role: Sendable {
        package var name: String
        package var password: String?
        /// Attributes of CREATE ROLE besides LOGIN, such as `SUPERUSER` or `CONNECTION LIMIT 3`.
        package var attributes: String

        package init(_ name: String, password: String? = nil, attributes: String = "") {
            self.name = name
            self.password = password
            self.attributes = attributes
        }
    }

    /// For the host lines of pg_hba.conf.
    package var authentication = Authentication.trust
    /// Password of the superuser `postgres`; without one it can log in only where trusted.
    package var superuserPassword: String?
    /// Roles to create besides the superuser.
    package var roles: [Role] = []
    /// Databases to create besides `postgres`; they belong to the superuser.
    package var databases: [String] = []
    /// PostgreSQL's max_connections, on every node.
    package var maxConnections = 100
    /// Off makes the servers faster and unsafe against power loss, which is right for tests.
    package var fsync = false
    /// Further lines for postgresql.conf.
    package var settings: [String] = []

    package init() {}
}
