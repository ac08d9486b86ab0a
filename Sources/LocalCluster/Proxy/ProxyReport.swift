/// What the proxy's status socket says, as far as tests and scenes need it.
package struct ProxyReport: Sendable, Decodable, Equatable {
    /// One server as the proxy sees it.
    package struct Node: Sendable, Decodable, Equatable {
        package let id: Int
        package let host: String
        package let port: Int
        /// `primary`, `standby` or `unknown`.
        package let role: String
        /// `up`, `down`, `waiting` or `unused`.
        package let state: String
        package let weight: Double
        /// WAL bytes that a standby has not replayed; nil where unknown.
        package let lagBytes: Int64?
        package let reads: UInt64
        package let writes: UInt64
        package let serverConnections: Int
        package let idleServerConnections: Int
    }

    package let version: String
    package let pid: Int
    package let uptimeSeconds: Int
    /// `running` or `draining`.
    package let state: String
    package let clients: Int
    package let waitingClients: Int
    package let nodes: [Node]

    package init(
        version: String, pid: Int, uptimeSeconds: Int, state: String, clients: Int,
        waitingClients: Int, nodes: [Node]
    ) {
        self.version = version
        self.pid = pid
        self.uptimeSeconds = uptimeSeconds
        self.state = state
        self.clients = clients
        self.waitingClients = waitingClients
        self.nodes = nodes
    }
}
