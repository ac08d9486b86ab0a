/// What a server is to its cluster, as it said itself.
package enum NodeRole: String, Equatable, Sendable {
    case primary
    case standby
    case unknown
}

/// Whether a node gets work, in Pgpool-II's words.
package enum NodeStatus: String, Equatable, Sendable {
    /// The slot has no server.
    case unused
    /// Configured, not asked yet.
    case waiting
    case up
    case down
}

/// One server of the cluster as all workers see it until the next epoch.
package struct NodeView: Equatable, Sendable {
    package var id: Int
    package var status: NodeStatus
    package var role: NodeRole
    /// `backend_weight`, not normalised.
    package var weight: Double
    /// Bytes of WAL that a standby has not replayed; nil where unknown.
    package var lagBytes: Int64?

    package init(
        id: Int, status: NodeStatus, role: NodeRole, weight: Double, lagBytes: Int64? = nil
    ) {
        self.id = id
        self.status = status
        self.role = role
        self.weight = weight
        self.lagBytes = lagBytes
    }

    /// Whether new work may go there.
    package var isUsable: Bool { status == .up }
}

/// Nodes, roles and the epoch: immutable, posted to every worker whole.
package struct ClusterSnapshot: Equatable, Sendable {
    /// Rises with every change of a node's status or role.
    package var epoch: UInt64
    package var nodes: [NodeView]
    /// The one node that takes writes; nil while nobody knows it.
    package var primary: Int?

    package init(epoch: UInt64, nodes: [NodeView], primary: Int?) {
        self.epoch = epoch
        self.nodes = nodes
        self.primary = primary
    }

    /// The usable node with the lowest id: what Pgpool-II calls the main node.
    package var mainNode: Int? { nodes.first { $0.isUsable }?.id }
}
