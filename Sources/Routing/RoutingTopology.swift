/// What routing must know of one node.
public struct RoutableNode: Equatable, Sendable {
    /// Node number of the configuration.
    public var id: Int
    /// New work may be sent to it.
    public var isUsable: Bool
    public var isPrimary: Bool
    /// `backend_weight`, as configured; any scale. Values that are not positive and finite get no
    /// reads, except where a `ReaderPreference` names the node.
    public var weight: Double
    /// Over `delay_threshold` or `delay_threshold_by_time`, or its delay is not known while one of
    /// them is set: it gets no reads. Never so for the primary.
    public var isDelayed: Bool
    /// How far behind the primary it is, in bytes or milliseconds, the same for all nodes of a
    /// topology; nil = not known. Compared only to find the least delayed.
    public var delay: Int64?

    public init(
        id: Int, isUsable: Bool, isPrimary: Bool, weight: Double, isDelayed: Bool = false,
        delay: Int64? = nil
    ) {
        self.id = id
        self.isUsable = isUsable
        self.isPrimary = isPrimary
        self.weight = weight
        self.isDelayed = isDelayed && !isPrimary
        self.delay = delay
    }
}

/// Who replicates, and so where a write may go.
public enum ClusteringMode: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// PostgreSQL does: writes go to the primary and to no other node.
    case streamingReplication
    /// Nobody does: everything goes to the main node, the others are spares.
    case raw
}

/// The nodes of a cluster at one moment, with the shares of reads they get. A value: built when the
/// cluster snapshot changes, asked once per session or statement, without heap work.
public struct RoutingTopology: Equatable, Sendable {
    public let nodes: [RoutableNode]
    /// Node that takes writes in streaming replication; nil while none is known.
    public let primary: Int?
    public let mode: ClusteringMode
    /// `load_balance_mode`.
    public let loadBalance: Bool
    /// `statement_level_load_balance`: choose a reader for each statement, not once per session.
    public let statementLevel: Bool
    /// `prefer_lower_delay_standby`: another standby stands in for a delayed one, not the primary.
    public let prefersLowerDelay: Bool

    public init(
        nodes: [RoutableNode], primary: Int? = nil, mode: ClusteringMode = .streamingReplication,
        loadBalance: Bool = true, statementLevel: Bool = false, prefersLowerDelay: Bool = false
    ) {
        self.nodes = nodes
        self.primary = primary ?? nodes.first { $0.isPrimary }?.id
        self.mode = mode
        self.loadBalance = loadBalance
        self.statementLevel = statementLevel
        self.prefersLowerDelay = prefersLowerDelay
    }

    /// The usable node with the lowest number (Pgpool-II's word for it).
    public var mainNode: Int? {
        var lowest: Int?
        for node in self.nodes where node.isUsable && node.id < lowest ?? .max { lowest = node.id }
        return lowest
    }

    /// Node for everything that is not certainly a read, or nil: then nobody may take it now.
    ///
    /// With streaming replication that is the primary and never another node, because a write on a
    /// node which only seems to be the primary would be lost.
    public var writer: Int? {
        switch self.mode {
        case .raw: self.mainNode
        case .streamingReplication:
            self.nodes.first { $0.id == self.primary && $0.isUsable }?.id
        }
    }

    /// The reader of a session, or of a statement under `statementLevel`: the node that its
    /// preference names, else one of the usable nodes, each with a chance proportional to its
    /// weight.
    ///
    /// Falls back to the writer when load balancing is off or no usable node has a weight. Delay
    /// does not count here, so that shares do not depend on it: ask `mayRead(from:preference:)`
    /// before each read, and `substitute(for:)` where it says no.
    ///
    /// - Parameter random: 64 uniformly distributed bits; the same value gives the same node. The
    ///   upper half decides whether the preference holds, the lower half between nodes.
    public func reader(random: UInt64, preference: ReaderPreference? = nil) -> Int? {
        guard self.mode == .streamingReplication, self.loadBalance else { return self.writer }
        let draw = UInt32(truncatingIfNeeded: random)
        guard let preference, let target = self.named(by: preference, draw) else {
            return self.byWeight(draw) ?? self.writer
        }
        let holds = Self.fraction(UInt32(truncatingIfNeeded: random >> 32)) <= preference.ratio
        switch preference.target {
        case .node, .primary:
            return holds ? target : self.byWeight(draw, except: target) ?? self.writer
        case .standby:
            return holds ? target : self.writer ?? target
        }
    }

    /// Whether this node can be the reader of a session: it is usable and has a share, or is named
    /// by the session's preference. It may be delayed now.
    public func serves(_ id: Int, preference: ReaderPreference? = nil) -> Bool {
        guard let node = self.nodes.first(where: { $0.id == id }), node.isUsable else {
            return false
        }
        return node.hasShare || preference?.target == .node(id)
    }

    /// Whether a read may go to this node now: it is usable, not delayed, and has a share or is
    /// named by the session's preference.
    public func mayRead(from id: Int, preference: ReaderPreference? = nil) -> Bool {
        guard self.mode == .streamingReplication, self.loadBalance else { return id == self.writer }
        guard let node = self.nodes.first(where: { $0.id == id }), node.isUsable else {
            return false
        }
        if id == self.primary { return true }
        return !node.isDelayed && (node.hasShare || preference?.target == .node(id))
    }

    /// The node which gets a read whose reader is delayed or not usable, or nil: then nobody may
    /// take it now.
    ///
    /// That is the primary, or under `prefersLowerDelay` the least delayed standby with a share
    /// that may be read from; the one with the lowest number among equals.
    public func substitute(for reader: Int) -> Int? {
        guard self.prefersLowerDelay, self.mode == .streamingReplication, self.loadBalance else {
            return self.writer
        }
        var least: RoutableNode?
        for node in self.nodes where node.id != reader && node.id != self.primary {
            guard node.getsReads, !node.isDelayed else { continue }
            if let least, (least.delay ?? .max) <= (node.delay ?? .max) { continue }
            least = node
        }
        return least?.id ?? self.writer
    }

    /// The node that a preference asks for, or nil when none such takes reads: then there is no
    /// rule.
    private func named(by preference: ReaderPreference, _ draw: UInt32) -> Int? {
        switch preference.target {
        case .node(let id): self.nodes.first { $0.id == id && $0.isUsable }?.id
        case .primary: self.writer
        // A primary that is not usable is no standby either.
        case .standby: self.byWeight(draw, except: self.primary)
        }
    }

    /// One of the usable nodes with a share, or nil when there is none.
    private func byWeight(_ draw: UInt32, except excluded: Int? = nil) -> Int? {
        var total = 0.0
        var last: Int?
        for node in self.nodes where node.getsReads && node.id != excluded {
            total += node.weight
            last = node.id
        }
        guard let last, total.isFinite else { return last }
        var point = Self.fraction(draw) * total
        for node in self.nodes where node.getsReads && node.id != excluded {
            point -= node.weight
            if point < 0 { return node.id }
        }
        // Rounding may leave a rest: it belongs to the last node.
        return last
    }

    /// 32 bits as a number in 0..<1.
    private static func fraction(_ bits: UInt32) -> Double {
        Double(bits) / (Double(UInt32.max) + 1)
    }
}

extension RoutableNode {
    var hasShare: Bool { self.weight > 0 && self.weight.isFinite }
    var getsReads: Bool { self.isUsable && self.hasShare }
}
