/// Whose line a record of a client session is.
package struct SessionLabel: Sendable, Equatable {
    package var application: String?
    package var user: String?
    package var database: String?
    /// The virtual pid that the client was told.
    package var processID: Int32

    package init(
        application: String? = nil, user: String? = nil, database: String? = nil,
        processID: Int32 = 0
    ) {
        self.application = application
        self.user = user
        self.database = database
        self.processID = processID
    }
}

/// A client's address as the log prints it.
package struct PeerLabel: Sendable, Equatable {
    /// A host name or a numeric address; `[local]` for a Unix socket.
    package var host: String
    /// Absent for a Unix socket.
    package var port: UInt16?

    package init(host: String, port: UInt16?) {
        self.host = host
        self.port = port
    }

    package static let local = PeerLabel(host: "[local]", port: nil)

    var text: String { port.map { "host=\(host) port=\($0)" } ?? "host=\(host)" }
}

/// The records whose wording other programs search for, in Pgpool-II's words
/// (commands reference, section 11). All have severity LOG.
package enum ProcessLogTexts {

    // MARK: The main process

    /// The end of start-up. Scripts wait for its first words.
    package static func started(behaviour: String, version: String) -> LogRecord {
        LogRecord(
            .log, "pgpool-II successfully started. version \(behaviour) (trunkline \(version))")
    }

    package static func reloading() -> LogRecord { LogRecord(.log, "reload config files.") }

    package static func shuttingDown(signal: Int32) -> LogRecord {
        LogRecord(.log, "shutting down by signal \(signal)")
    }

    package static func stopped() -> LogRecord { LogRecord(.log, "Pgpool-II system is shutdown") }

    // MARK: Connections

    /// `log_connections`
    package static func connectionReceived(from peer: PeerLabel, _ label: SessionLabel) -> LogRecord
    {
        record("new connection received", detail: "connecting \(peer.text)", label)
    }

    /// `log_connections`, once more when the login is done; as PostgreSQL says it.
    package static func authorized(_ label: SessionLabel) -> LogRecord {
        record(
            "connection authorized: user=\(label.user ?? "") database=\(label.database ?? "")",
            label)
    }

    /// `log_disconnections`
    package static func disconnected(
        from peer: PeerLabel, after duration: Duration, _ label: SessionLabel
    ) -> LogRecord {
        let user = label.user ?? ""
        let database = label.database ?? ""
        return record(
            "frontend disconnection: session time: \(time(duration)) user=\(user)"
                + " database=\(database) \(peer.text)", label)
    }

    // MARK: Statements

    /// `log_statement`
    package static func statement(_ text: String, _ label: SessionLabel) -> LogRecord {
        record("statement: \(text)", label)
    }

    /// What a node is sent, as `log_per_node_statement` words it.
    package enum NodeStatement: Sendable, Equatable {
        case query(String)
        case parse(String)
        case bind(String)
        case execute(String)
        /// Any other message, by its type byte.
        case message(UInt8)

        package var text: String {
            switch self {
            case .query(let sql): sql
            case .parse(let sql): "Parse: \(sql)"
            case .bind(let sql): "Bind: \(sql)"
            case .execute(let sql): "Execute: \(sql)"
            case .message(let kind): "\(Character(UnicodeScalar(kind))) message"
            }
        }
    }

    /// `log_per_node_statement`
    package static func perNode(
        _ statement: NodeStatement, node: Int, backendPID: Int32, _ label: SessionLabel
    ) -> LogRecord {
        record("DB node id: \(node) backend pid: \(backendPID) statement: \(statement.text)", label)
    }

    /// The NOTICE that a client gets under `notice_per_node_statement`.
    package static func perNodeNotice(_ statement: NodeStatement, node: Int) -> String {
        "DB node id: \(node) statement: \(statement.text)"
    }

    // MARK: Messages from clients

    /// A message from a client, with what `log_client_messages` tells of it.
    package enum ClientMessage: Sendable, Equatable {
        case query(String)
        case parse(statement: String, query: String)
        case bind(portal: String, statement: String)
        case execute(portal: String)
        case describe(DescribedObject)
        case close(DescribedObject)
        case functionCall(oid: UInt32)
        /// Told once, at the end of the COPY.
        case copyData(count: Int)
        case copyDone, copyFail, sync, flush, terminate
        case cancel(processID: Int32)
    }

    /// What Describe and Close name.
    package enum DescribedObject: Sendable, Equatable {
        case statement(String)
        case portal(String)

        var text: String {
            switch self {
            case .statement(let name): "statement: \"\(name)\""
            case .portal(let name): "portal: \"\(name)\""
            }
        }
    }

    /// `log_client_messages`
    package static func clientMessage(_ message: ClientMessage, _ label: SessionLabel) -> LogRecord
    {
        let (kind, detail): (String, String?) =
            switch message {
            case .query(let query): ("Query", "query: \"\(query)\"")
            case .parse(let statement, let query):
                ("Parse", "statement: \"\(statement)\", query: \"\(query)\"")
            case .bind(let portal, let statement):
                ("Bind", "portal: \"\(portal)\", statement: \"\(statement)\"")
            case .execute(let portal): ("Execute", "portal: \"\(portal)\"")
            case .describe(let object): ("Describe", object.text)
            case .close(let object): ("Close", object.text)
            case .functionCall(let oid): ("FunctionCall", "oid: \"\(oid)\"")
            case .copyData(let count): ("CopyData", "count: \(count)")
            case .copyDone: ("CopyDone", nil)
            case .copyFail: ("CopyFail", nil)
            case .sync: ("Sync", nil)
            case .flush: ("Flush", nil)
            case .terminate: ("Terminate", nil)
            case .cancel(let processID): ("Cancel", "process id: \(processID)")
            }
        return record("\(kind) message from frontend.", detail: detail, label)
    }

    private static func record(
        _ message: String, detail: String? = nil, _ label: SessionLabel
    ) -> LogRecord {
        LogRecord(
            .log, message, detail: detail, process: "child", application: label.application,
            user: label.user, database: label.database, processID: label.processID)
    }

    /// Hours, minutes, seconds, milliseconds: `0:00:01.234`.
    private static func time(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        func padded(_ value: Int64, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        let minutes = padded(seconds / 60 % 60, 2)
        let rest = padded(seconds % 60, 2)
        let milliseconds = padded(attoseconds / 1_000_000_000_000_000, 3)
        return "\(seconds / 3600):\(minutes):\(rest).\(milliseconds)"
    }
}
