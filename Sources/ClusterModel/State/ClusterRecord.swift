/// What has to survive a restart of the proxy: who is the primary, who is out and why, and the
/// operation that was going on.
///
/// It belongs to the servers that it names by host and port, not to their numbers in the
/// configuration: see ``matched(to:)``.
package struct ClusterRecord: Equatable, Sendable, Codable {
    /// What was decided about one server, and what was last known of it.
    package struct Backend: Equatable, Sendable, Codable {
        /// The node's number when this was written, 0 to 127.
        package var id: Int
        package var host: String
        package var port: Int
        /// `system_identifier` of its pg_control, which no other cluster has; nil while unknown.
        package var systemIdentifier: String?
        /// The last timeline seen there; 0 = unknown.
        package var timeline: Int64
        /// The last WAL position seen there, in bytes; 0 = unknown.
        package var walBytes: Int64
        /// An operator has detached it; only an operator attaches it again.
        package var isDetached: Bool
        /// The cluster has decided to go on without it.
        package var isOut: Bool
        /// Why, as a sentence without a full stop; empty where neither holds.
        package var reason: String
        /// When the last decision about it was made, in seconds since 1970; 0 = never.
        package var since: Int64

        package init(
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
    package struct Operation: Equatable, Sendable, Codable {
        package var id: String
        /// What is going on, such as `failover` or `switchover`.
        package var kind: String
        /// The step that was about to be made.
        package var phase: String
        /// The primary before; nil if there was none.
        package var oldPrimary: Int?
        /// The node that is to be the primary; nil while none is chosen.
        package var target: Int?
        /// In seconds since 1970.
        package var startedAt: Int64
        /// How often the step was tried.
        package var attempts: Int

        package init(
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
    package static let currentFormat = 1

    package var formatVersion = Self.currentFormat
    /// Chosen at random when the first record of these servers is written.
    package var clusterID: String
    /// Rises with every decision.
    package var epoch: UInt64
    /// The one node that takes writes; nil while none is decided.
    package var primary: Int?
    /// In the order of their ids.
    package var backends: [Backend]
    package var operation: Operation?

    package init(
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
    package func backend(_ id: Int) -> Backend? { backends.first { $0.id == id } }
}

// MARK: Soundness

extension ClusterRecord {
    /// What makes a record that somebody else may have written unusable, as a sentence without a
    /// full stop; nil if it is sound.
    package var flaw: String? {
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
