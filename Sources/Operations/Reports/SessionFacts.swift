/// What reports say about one client session. Times are in seconds since 1970.
package struct SessionFacts: Equatable, Sendable {
    /// Pgpool-II's words for what a child process does.
    package enum State: String, Sendable {
        case waiting = "Wait for connection"
        case connecting = "Connecting"
        case idle = "Idle"
        case idleInTransaction = "Idle in transaction"
        case executing = "Execute command"
    }

    /// The virtual pid, as the client was told.
    package var processID: Int32
    package var startedAt: Int64
    /// Clients that had the same virtual pid before.
    package var clientsBefore = 0
    package var database = ""
    package var user = ""
    package var state = State.connecting
    /// Numeric address; `[local]` for a Unix socket.
    package var host = ""
    /// 0 for a Unix socket.
    package var port = 0
    package var idleSeconds: Int64 = 0
    /// Until `client_idle_limit` ends the session; nil without a limit.
    package var idleSecondsLeft: Int64?
    /// The node that the session reads from.
    package var reader: Int?
    /// Its server connections, at most one for each node.
    package var connections: [ConnectionFacts] = []
    /// Place in `connections` of the one that served last.
    package var active: Int?

    package init(processID: Int32, startedAt: Int64) {
        self.processID = processID
        self.startedAt = startedAt
    }
}

/// What reports say about one server connection. Times are in seconds since 1970.
package struct ConnectionFacts: Equatable, Sendable {
    package var node: Int
    /// The server's process.
    package var processID: Int32 = 0
    package var database = ""
    package var user = ""
    package var openedAt: Int64 = 0
    /// Sessions that it served, the current one included.
    package var sessionCount = 0
    /// When the last session left it.
    package var leftAt: Int64?

    package init(node: Int) { self.node = node }
}

/// The places for sessions, of which Pgpool-II has one process each.
package struct SlotFacts: Equatable, Sendable {
    /// `num_init_children`.
    package var count: Int
    /// The process that waits for clients in free places.
    package var processID: Int32
    /// When that process was started, in seconds since 1970.
    package var startedAt: Int64

    package init(count: Int, processID: Int32, startedAt: Int64) {
        self.count = count
        self.processID = processID
        self.startedAt = startedAt
    }
}
