package import ClusterModel
package import Credentials

/// How a shutdown treats clients (Pgpool-II's `-m`).
package enum ShutdownMode: Sendable {
    /// Stop accepting; wait until all clients have left.
    case smart
    /// Disconnect the clients, clean up, exit.
    case fast
    /// As `fast`, without waiting for anything.
    case immediate
}

/// Who carries out what operators ask for, and knows what they want to know: the proxy.
///
/// Every call may block its thread.
package protocol ClusterOperator: Sendable {
    /// The configuration of the PCP server as it is now.
    var pcpSettings: PCPSettings { get }
    /// Whether nodes are primary and standbys of streaming replication.
    var isStreaming: Bool { get }

    /// A change of the cluster that goes on now, in Pgpool-II's words; nil while there is none.
    var operationInProgress: String? { get }

    /// Every slot up to the highest one in use, by id.
    func nodes() -> [NodeFacts]
    /// The rows of `SHOW pool_status`.
    func poolStatus() -> ReportTable
    /// Whoever is there now.
    func sessions() -> SessionCensus
    /// pcp.conf, read anew.
    func operatorPasswords() throws(PCPFailure) -> PCPPasswords

    /// Recoveries that go on, and the last ones that ended.
    func recoveries() -> [RecoveryFacts]

    /// Has the cluster changed; returns when it has been, or why it has not.
    ///
    /// - Parameter telling: shown how far it is, where that takes a while.
    func order(_ order: NodeOrder, telling: (String) -> Void) -> NodeOrderOutcome
    /// Begins to shut down.
    func stop(_ mode: ShutdownMode)
    /// Has all files read again.
    func reload()
    /// Begins a new log file; false if there are none.
    func rotateLog() -> Bool
}

/// What the PCP server is told by the configuration.
package struct PCPSettings: Equatable, Sendable {
    /// `authentication_timeout` in seconds; 0 = no limit.
    package var authenticationSeconds: Int
    /// By `pcp_node_info_fields`.
    package var nodeInfoForm: PCPNodeInfoForm
    /// `log_pcp_processes`
    package var logsConnections: Bool

    package init(
        authenticationSeconds: Int = 60, nodeInfoForm: PCPNodeInfoForm = .withDelayUnit,
        logsConnections: Bool = false
    ) {
        self.authenticationSeconds = authenticationSeconds
        self.nodeInfoForm = nodeInfoForm
        self.logsConnections = logsConnections
    }
}

/// Sessions, idle server connections, and the places for sessions.
package struct SessionCensus: Sendable {
    package var sessions: [SessionFacts]
    package var idle: [ConnectionFacts]
    package var nodeCount: Int
    package var slots: SlotFacts

    package init(
        sessions: [SessionFacts], idle: [ConnectionFacts], nodeCount: Int, slots: SlotFacts
    ) {
        self.sessions = sessions
        self.idle = idle
        self.nodeCount = nodeCount
        self.slots = slots
    }
}
