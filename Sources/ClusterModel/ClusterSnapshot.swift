/// What a server is to its cluster, as it said itself.
public enum NodeRole: String, Equatable, Sendable {
    case primary
    case standby
    case unknown
}

/// Whether a node gets work, in Pgpool-II's words.
public enum NodeStatus: String, Equatable, Sendable {
    /// The slot has no server.
    case unused
    /// Configured, not asked yet.
    case waiting
    case up
    case down
}

/// One server of the cluster as all workers see it until the next epoch.
public struct NodeView: Equatable, Sendable {
    public var id: Int
    public var status: NodeStatus
    public var role: NodeRole
    /// `backend_weight`, not normalised.
    public var weight: Double
    /// Bytes of WAL that a standby has not replayed; nil where unknown.
    public var lagBytes: Int64?
    /// Time that a standby is behind, in microseconds; nil where unknown.
    public var lagTime: Int64?
    /// `state` of the standby in the primary's pg_stat_replication; nil where it is not listed.
    public var replicationState: String?
    /// `sync_state` there.
    public var replicationSyncState: String?
    /// Whether reads avoid this standby: it is further behind than the limit, or nobody knows how
    /// far while there is a limit.
    public var isDelayed = false
    /// The delay in the unit of the limit in force, bytes where there is none: comparable between
    /// the nodes of one snapshot. Nil where unknown.
    public var delay: Int64?
    /// Whether the server answers, whatever was decided of it; nil before it was asked.
    public var answers: Bool?
    /// What the server itself says that it is.
    public var saidRole = NodeRole.unknown
    /// Why it is out, for people; nil where nobody decided that.
    public var reason: String?
    /// It failed and was given up: nobody waits for its answers any more.
    public var isGone = false

    public init(
        id: Int, status: NodeStatus, role: NodeRole, weight: Double, lagBytes: Int64? = nil
    ) {
        self.id = id
        self.status = status
        self.role = role
        self.weight = weight
        self.lagBytes = lagBytes
    }

    /// It does not answer, and nobody has decided yet what that means.
    public var isSilent: Bool { status == .down && reason == nil }

    /// Whether new work may go there.
    public var isUsable: Bool { status == .up }
}

/// Nodes, roles and the epoch: immutable, posted to every worker whole.
public struct ClusterSnapshot: Equatable, Sendable {
    /// Rises with every change of a node's status, role or weight; not with delays.
    public var epoch: UInt64
    public var nodes: [NodeView]
    /// The one node that takes writes; nil while nobody knows it.
    public var primary: Int?

    public init(epoch: UInt64, nodes: [NodeView], primary: Int?) {
        self.epoch = epoch
        self.nodes = nodes
        self.primary = primary
    }

    /// The usable node with the lowest id: what Pgpool-II calls the main node.
    public var mainNode: Int? { nodes.first { $0.isUsable }?.id }
}

extension ClusterSnapshot {
    /// Equal in everything that moves work for good, which is not the case for delays.
    func isSameForWork(as other: ClusterSnapshot) -> Bool {
        guard primary == other.primary, nodes.count == other.nodes.count else { return false }
        return zip(nodes, other.nodes).allSatisfy {
            $0.id == $1.id && $0.status == $1.status && $0.role == $1.role
                && $0.weight == $1.weight && $0.isGone == $1.isGone
        }
    }

    /// Whether reads spread alike under both: the same standbys are avoided and, with `isRanked`,
    /// while one is avoided the others come in the same order.
    ///
    /// Mere numbers make no difference, so that they need not be told to everybody.
    public func isSameForReads(as other: ClusterSnapshot, isRanked: Bool) -> Bool {
        guard nodes.count == other.nodes.count,
            zip(nodes, other.nodes).allSatisfy({ $0.isDelayed == $1.isDelayed })
        else { return false }
        guard isRanked, nodes.contains(where: \.isDelayed) else { return true }
        return standbysByDelay == other.standbysByDelay
    }

    /// Ids of the usable standbys, the least delayed first, unknown delays last.
    private var standbysByDelay: [Int] {
        nodes.filter { $0.role == .standby && $0.isUsable }
            .sorted { ($0.delay ?? .max, $0.id) < ($1.delay ?? .max, $1.id) }
            .map(\.id)
    }
}
