/// What routing must know of one node.
package struct RoutableNode: Equatable, Sendable {
    /// Node number of the configuration.
    package var id: Int
    /// New work may be sent to it.
    package var isUsable: Bool
    package var isPrimary: Bool
    /// `backend_weight`, as configured; any scale. Values that are not positive and finite get no
    /// reads.
    package var weight: Double

    package init(id: Int, isUsable: Bool, isPrimary: Bool, weight: Double) {
        self.id = id
        self.isUsable = isUsable
        self.isPrimary = isPrimary
        self.weight = weight
    }
}

/// Who replicates, and so where a write may go.
package enum ClusteringMode: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// PostgreSQL does: writes go to the primary and to no other node.
    case streamingReplication
    /// Nobody does: everything goes to the main node, the others are spares.
    case raw
}

/// The nodes of a cluster at one moment, with the shares of reads they get. A value: built when the
/// cluster snapshot changes, asked once per session or statement.
package struct RoutingTopology: Equatable, Sendable {
    package let nodes: [RoutableNode]
    /// Node that takes writes in streaming replication; nil while none is known.
    package let primary: Int?
    package let mode: ClusteringMode
    /// `load_balance_mode`.
    package let loadBalance: Bool
    /// `statement_level_load_balance`: choose a reader for each statement, not once per session.
    package let statementLevel: Bool

    package init(
        nodes: [RoutableNode], primary: Int? = nil, mode: ClusteringMode = .streamingReplication,
        loadBalance: Bool = true, statementLevel: Bool = false
    ) {
        self.nodes = nodes
        self.primary = primary ?? nodes.first { $0.isPrimary }?.id
        self.mode = mode
        self.loadBalance = loadBalance
        self.statementLevel = statementLevel
    }

    /// The usable node with the lowest number (Pgpool-II's word for it).
    package var mainNode: Int? {
        self.nodes.filter(\.isUsable).map(\.id).min()
    }

    /// Node for everything that is not certainly a read, or nil: then nobody may take it now.
    ///
    /// With streaming replication that is the primary and never another node, because a write on a
    /// node which only seems to be the primary would be lost.
    package var writer: Int? {
        switch self.mode {
        case .raw: self.mainNode
        case .streamingReplication:
            self.nodes.first { $0.id == self.primary && $0.isUsable }?.id
        }
    }

    /// Node for a read: one of the usable nodes, each with a chance proportional to its weight.
    ///
    /// Falls back to the writer when load balancing is off or no usable node has a weight.
    ///
    /// - Parameter random: 32 uniformly distributed bits; the same value gives the same node.
    package func reader(random: UInt32) -> Int? {
        guard self.mode == .streamingReplication, self.loadBalance else { return self.writer }
        var total = 0.0
        var last: Int?
        for node in self.nodes where node.getsReads {
            total += node.weight
            last = node.id
        }
        guard let last, total.isFinite else { return last ?? self.writer }
        var point = Double(random) / (Double(UInt32.max) + 1) * total
        for node in self.nodes where node.getsReads {
            point -= node.weight
            if point < 0 { return node.id }
        }
        // Rounding may leave a rest: it belongs to the last node.
        return last
    }

    /// Whether a read may go to this node now: it is usable and has a share.
    package func mayRead(from id: Int) -> Bool {
        switch self.mode {
        case .raw: id == self.mainNode
        case .streamingReplication:
            self.nodes.contains { $0.id == id && ($0.getsReads || id == self.writer) }
        }
    }
}

extension RoutableNode {
    var getsReads: Bool { self.isUsable && self.weight > 0 && self.weight.isFinite }
}
