/// A PostgreSQL server as its own host knows it: where its files are and how it is started.
public struct HostedServer: Equatable, Sendable, Codable {
    /// The number of the node in the configuration, 0 to 127.
    public var node: Int
    /// `backend_data_directory`, an absolute path.
    public var dataDirectory: String
    /// `backend_port`
    public var port: Int
    /// Where `pg_ctl`, `pg_basebackup`, `pg_rewind` and their relatives are; nil: found by the
    /// major version in the data directory or on the host.
    public var binDirectory: String?
    /// `postgresql.conf` where it is not in the data directory, as in Debian's layout; nil: there.
    public var configurationFile: String?
    /// Where the server's first messages go when it is started by `pg_ctl`; nil: a file beside the
    /// data directory.
    public var logFile: String?

    public init(
        node: Int, dataDirectory: String, port: Int, binDirectory: String? = nil,
        configurationFile: String? = nil, logFile: String? = nil
    ) {
        self.node = node
        self.dataDirectory = dataDirectory
        self.port = port
        self.binDirectory = binDirectory
        self.configurationFile = configurationFile
        self.logFile = logFile
    }
}

/// How a host reaches the server that data is copied from, or replicated from.
public struct SourceServer: Equatable, Sendable, Codable {
    public var host: String
    public var port: Int
    /// A role with REPLICATION.
    public var user: String
    /// In clear; nil: the host has its own means, such as a password file or trust. It travels on
    /// standard input only and never appears in arguments, environments or logs.
    public var password: String?
    /// The database for `pg_rewind`.
    public var database: String
    /// `application_name` of the standby, by which the primary knows it.
    public var applicationName: String
    /// Further options of libpq about encryption and keepalives, such as `sslmode`.
    public var parameters: [String: String]?

    public init(
        host: String, port: Int, user: String, password: String? = nil,
        database: String = "postgres", applicationName: String,
        parameters: [String: String]? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.applicationName = applicationName
        self.parameters = parameters
    }
}
