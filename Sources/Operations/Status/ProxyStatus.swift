/// What a running proxy says about itself: the document of the status socket, of
/// `trunkline status` and of the demo's table.
package struct ProxyStatus: Sendable, Codable, Equatable {
    package struct Node: Sendable, Codable, Equatable {
        package var id: Int
        package var host: String
        package var port: Int
        /// `primary`, `standby` or `unknown`.
        package var role: String
        /// `up`, `down`, `waiting` or `unused`: Pgpool-II's words.
        package var state: String
        package var weight: Double
        /// Bytes of WAL a standby has not replayed yet; absent where unknown.
        package var lagBytes: Int64?
        /// It gets no reads because of its delay, or because nobody knows that.
        package var isDelayed: Bool?
        package var reads: UInt64
        package var writes: UInt64
        package var serverConnections: Int
        package var idleServerConnections: Int

        package init(
            id: Int, host: String, port: Int, role: String, state: String, weight: Double,
            lagBytes: Int64?, isDelayed: Bool? = nil, reads: UInt64, writes: UInt64,
            serverConnections: Int, idleServerConnections: Int
        ) {
            self.id = id
            self.host = host
            self.port = port
            self.role = role
            self.state = state
            self.weight = weight
            self.lagBytes = lagBytes
            self.isDelayed = isDelayed
            self.reads = reads
            self.writes = writes
            self.serverConnections = serverConnections
            self.idleServerConnections = idleServerConnections
        }
    }

    package var version: String
    package var pid: Int
    package var uptimeSeconds: Int
    /// `running` or `draining`.
    package var state: String
    package var clients: Int
    package var waitingClients: Int
    package var nodes: [Node]
    /// Requests by the reason that decided where they went: a word of `trunkline explain`.
    package var decisions: [String: UInt64]
    /// Reads that were repeated on another node without the client's notice.
    package var repeatedReads: Int
    /// Cancel requests that reached a server.
    package var cancels: Int

    package init(
        version: String, pid: Int, uptimeSeconds: Int, state: String, clients: Int,
        waitingClients: Int, nodes: [Node], decisions: [String: UInt64] = [:],
        repeatedReads: Int = 0, cancels: Int = 0
    ) {
        self.version = version
        self.pid = pid
        self.uptimeSeconds = uptimeSeconds
        self.state = state
        self.clients = clients
        self.waitingClients = waitingClients
        self.nodes = nodes
        self.decisions = decisions
        self.repeatedReads = repeatedReads
        self.cancels = cancels
    }
}
