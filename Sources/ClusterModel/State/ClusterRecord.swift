/// What has to survive a restart of the proxy: who is the primary, who is out and why, and the
/// operation that was going on.
///
/// It belongs to the servers that it names by host and port, not to their numbers in the
/// configuration: see ``matched(to:)``.
public struct ClusterRecord: Equatable, Sendable, Codable {
    /// What was decided about one server, and what was last known of it.
    public struct Backend: Equatable, Sendable, Codable {
        /// The node's number when this was written, 0 to 127.
        public var id: Int
        public var host: String
        public var port: Int
        /// `system_identifier` of its pg_control, which no other cluster has; nil while unknown.
        public var systemIdentifier: String?
        /// The last timeline seen there; 0 = unknown.
        public var timeline: Int64
        /// The last WAL position seen there, in bytes; 0 = unknown.
        public var walBytes: Int64
        /// An operator has detached it; only an operator attaches it again.
        public var isDetached: Bool
        /// The cluster has decided to go on without it.
        public var isOut: Bool
        /// Why, as a sentence without a full stop; empty where neither holds.
        public var reason: String
        /// When the last decision about it was made, in seconds since 1970; 0 = never.
        public var since: Int64

        public init(
            id: Int, host: String, port: Int, systemIdentifier: String? = nil,
            timeline: Int64 = 0, walBytes: Int64 = 0, isDetached: Bool = false,
            isOut: Bool = false, reason: String = "", since: Int64 = 0
        ) {
            self.id = id
            self.host = host
            self.port = port
            self.systemIdentifier = systemIdentifier
            self.timeline = timeline
            self.walBytes = walBytes
            self.isDetached = isDetached
            self.isOut = isOut
            self.reason = reason
            self.since = since
        }
    }

    /// An operation of several steps, written down before each step that others can see: whoever
    /// finds it after a crash goes on with it or takes it back.
    public struct Operation: Equatable, Sendable, Codable {
        public var id: String
        /// What is going on, such as `failover` or `switchover`.
        public var kind: String
        /// The step that was about to be made.
        public var phase: String
        /// The primary before; nil if there was none.
        public var oldPrimary: Int?
        /// The node that is to be the primary; nil while none is chosen.
        public var target: Int?
        /// In seconds since 1970.
        public var startedAt: Int64
        /// How often the step was tried.
        public var attempts: Int

        public init(
            id: String, kind: String, phase: String, oldPrimary: Int?, target: Int?,
            startedAt: Int64, attempts: Int = 0
        ) {
            self.id = id
            self.kind = kind
            self.phase = phase
            self.oldPrimary = oldPrimary
            self.target = target
            self.startedAt = startedAt
            self.attempts = attempts
        }
    }

    /// The only format there is so far.
    public static let currentFormat = 1

    public var formatVersion = Self.currentFormat
    /// Chosen at random when the first record of these servers is written.
    public var clusterID: String
    /// Rises with every decision.
    public var epoch: UInt64
    /// The one node that takes writes; nil while none is decided.
    public var primary: Int?
    /// In the order of their ids.
    public var backends: [Backend]
    public var operation: Operation?
    /// Nodes that are being recovered, or whose old data is still kept; nil for none.
    public var recoveries: [RecoveryRecord]?

    /// Replication slots that were made for nodes; nil for none.
    public var slots: [NodeSlot]?

    public init(
        clusterID: String, epoch: UInt64 = 0, primary: Int? = nil, backends: [Backend] = [],
        operation: Operation? = nil
    ) {
        self.clusterID = clusterID
        self.epoch = epoch
        self.primary = primary
        self.backends = backends
        self.operation = operation
    }

    /// What is known of a node.
    public func backend(_ id: Int) -> Backend? { backends.first { $0.id == id } }
}

// MARK: Soundness

extension ClusterRecord {
    /// What makes a record that somebody else may have written unusable, as a sentence without a
    /// full stop; nil if it is sound.
    public var flaw: String? {
        if formatVersion != Self.currentFormat {
            return "its format is \(formatVersion), this program knows \(Self.currentFormat)"
        }
        var seen: Set<Int> = []
        for backend in backends {
            if let flaw = backend.flaw { return "node \(backend.id): \(flaw)" }
            if !seen.insert(backend.id).inserted { return "node \(backend.id) is there twice" }
        }
        let others = [
            ("primary", primary), ("operation's old primary", operation?.oldPrimary),
            ("operation's target", operation?.target),
        ]
        for case (let name, let id?) in others where !seen.contains(id) {
            return "its \(name) \(id) is none of its nodes"
        }
        if let operation, operation.attempts < 0 { return "its operation has negative attempts" }
        for recovery in recoveries ?? [] {
            if let flaw = recovery.flaw { return "recovery of node \(recovery.node): \(flaw)" }
            guard seen.contains(recovery.node) else {
                return "it has a recovery of node \(recovery.node), which is none of its nodes"
            }
        }
        for slot in slots ?? [] {
            if let flaw = slot.flaw { return "slot of node \(slot.node): \(flaw)" }
            guard seen.contains(slot.node), seen.contains(slot.holder) else {
                return "it has a slot of node \(slot.node) on \(slot.holder), of which one is none "
                    + "of its nodes"
            }
        }
        return nil
    }
}

extension ClusterRecord.Backend {
    fileprivate var flaw: String? {
        if !(0...127).contains(id) { return "the number is not between 0 and 127" }
        if host.isEmpty { return "there is no host" }
        if !(1...65535).contains(port) { return "\(port) is no port" }
        if timeline < 0 || walBytes < 0 { return "a position is negative" }
        return nil
    }
}
