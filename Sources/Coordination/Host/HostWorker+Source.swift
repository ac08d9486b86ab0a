import ClusterModel

extension HostWorker {
    /// Logs in to the source as a standby would.
    func tryReplication(_ server: HostedServer, _ places: HostPlaces, _ source: SourceServer)
        throws(HostFailure)
    {
        let programs = try HostPrograms(
            for: server, dataVersion: Self.dataVersion(in: places.data))
        // A job may be using its own.
        let passFile = places.jobPassFile + "-try"
        var connection = try SourceConnection(source, passFile: passFile)
        defer { connection.forgetPassword() }
        try connection.keepPassword()
        connection.set("replication", "true")
        connection.set("dbname", "replication")
        let result = programs.run(
            "psql", ["-XAtqw", "-d", connection.text, "-c", "IDENTIFY_SYSTEM"],
            timeMax: .seconds(30))
        guard !result.outcome.isSuccess else { return }
        throw HostFailure(result.words, hint: connection.hint(result.words))
    }
}

/// How this host's programs reach the source.
struct SourceConnection {
    private let source: SourceServer
    private let passFile: String
    private var options: [(name: String, value: String)]

    /// What libpq options a proxy may add to those that have fields of their own.
    static let parameters: Set<String> = [
        "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcompression", "sslsni",
        "ssl_min_protocol_version", "channel_binding", "gssencmode", "krbsrvname",
        "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "require_auth",
    ]

    /// - Parameter passFile: where the password is kept, if there is one.
    init(_ source: SourceServer, passFile: String) throws(HostFailure) {
        self.source = source
        self.passFile = passFile
        let texts = [source.host, source.user, source.database, source.applicationName]
        guard (texts + [source.password ?? ""]).allSatisfy(Self.isOneLine), !source.host.isEmpty,
            (1...65_535).contains(source.port)
        else { throw HostFailure("the source is not described in a way that can be used") }
        options = [
            ("host", source.host), ("port", "\(source.port)"), ("user", source.user),
            ("application_name", source.applicationName),
        ]
        if source.password != nil { options.append(("passfile", passFile)) }
        for (name, value) in (source.parameters ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard Self.parameters.contains(name), Self.isOneLine(value) else {
                throw HostFailure("\"\(name)\" is no option of a connection that can be set")
            }
            options.append((name, value))
        }
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// In libpq's keyword form. The password is not in it.
    var text: String {
        guard var text = ConnectionText("") else { return "" }
        for option in options { text.set(option.name, option.value) }
        return text.text
    }

    mutating func set(_ name: String, _ value: String) { options.append((name, value)) }

    /// As a program that is to give up uses it.
    func forProgram(database: String?) -> String {
        var copy = self
        if source.parameters?["connect_timeout"] == nil { copy.set("connect_timeout", "10") }
        if let database { copy.set("dbname", database) }
        return copy.text
    }

    /// Writes the password file, in libpq's format (libpq, "The Password File").
    func keepPassword() throws(HostFailure) {
        guard let password = source.password else { return }
        var hosts = [source.host]
        // How libpq calls its own default directory of sockets.
        if source.host.hasPrefix("/") { hosts.append("localhost") }
        let fields = ["\(source.port)", "*", source.user, password].map(Self.escaped)
        let lines = hosts.map { ([Self.escaped($0)] + fields).joined(separator: ":") + "\n" }
        try HostFiles.replace(passFile, with: lines.joined(), mode: 0o600)
    }

    func forgetPassword() { try? HostFiles.removeFile(passFile) }

    private static func escaped(_ field: String) -> String {
        if field == "*" { return field }
        return field.map { $0 == ":" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
    }

    /// What would help against a refusal.
    func hint(_ words: String) -> String? {
        if words.contains("no pg_hba.conf entry") {
            return "Let this host in by a line in the source's pg_hba.conf, and reload it: "
                + "host replication \(source.user) ADDRESS scram-sha-256"
        }
        if words.contains("no password supplied") || words.contains("password authentication") {
            return "Set the password of \(source.user) for recoveries, or put it into .pgpass of "
                + "the account that owns the server on this host."
        }
        if words.contains("must be superuser or replication role")
            || words.contains("must have the \"REPLICATION\"")
            || words.contains("permission denied to start WAL sender")
        {
            return "On the primary: ALTER ROLE \"\(source.user)\" REPLICATION"
        }
        if words.contains("max_wal_senders") {
            return "Raise max_wal_senders on the source, or end a replication connection."
        }
        return nil
    }
}
