/// What a user's command is told about the event that it is run for.
public struct CommandFacts: Equatable, Sendable {
    /// Which parameter the command comes from.
    public enum Command: String, Equatable, Sendable {
        /// `failover_command`: a node has left.
        case failover
        /// `failback_command`: a node has returned.
        case failback
        /// `follow_primary_command`: a node has to follow a new primary.
        case followPrimary = "follow_primary"
        /// `failover_fence_command`: a lost primary must take no more writes.
        case fence
        /// `recovery_start_command`: the server of a node that was recovered is to be started.
        case recoveryStart = "recovery_start"
    }

    /// A node as scripts know it.
    public struct Node: Equatable, Sendable {
        public var id: Int
        /// `backend_hostnameN`
        public var host: String
        /// `backend_portN`
        public var port: Int
        /// `backend_data_directoryN`; empty where not configured.
        public var dataDirectory: String

        public init(id: Int, host: String, port: Int, dataDirectory: String = "") {
            self.id = id
            self.host = host
            self.port = port
            self.dataDirectory = dataDirectory
        }
    }

    /// The operation that the command is a step of, so that a script can tell a repetition from
    /// something new.
    public struct Operation: Equatable, Sendable {
        public var id: String
        /// Epoch of the cluster state at this step.
        public var epoch: UInt64
        /// What is going on, such as `failover` or `switchover`.
        public var kind: String
        /// The step of it.
        public var phase: String
        /// Why, as one sentence.
        public var reason: String

        public init(id: String, epoch: UInt64, kind: String, phase: String, reason: String) {
            self.id = id
            self.epoch = epoch
            self.kind = kind
            self.phase = phase
            self.reason = reason
        }
    }

    public var command: Command
    public var operation: Operation
    /// The node that left, returned, has to follow or is to be started.
    public var node: Node
    /// The standby that is to be promoted; nil where nobody is.
    public var target: Node?
    /// The usable node with the lowest id after the event; nil where none is left.
    public var newMain: Node?
    /// The primary after the event, as far as it is known when the command starts.
    public var newPrimary: Node?
    /// The main node before the event.
    public var oldMain: Node?
    /// The primary before the event.
    public var oldPrimary: Node?

    public init(
        command: Command, operation: Operation, node: Node, target: Node? = nil,
        newMain: Node? = nil, newPrimary: Node? = nil, oldMain: Node? = nil,
        oldPrimary: Node? = nil
    ) {
        self.command = command
        self.operation = operation
        self.node = node
        self.target = target
        self.newMain = newMain
        self.newPrimary = newPrimary
        self.oldMain = oldMain
        self.oldPrimary = oldPrimary
    }
}

extension CommandFacts {
    /// The node of `%m %H %r %R`: for scripts, the one that takes over.
    var successor: Node? {
        switch command {
        case .failover, .fence: target ?? newMain
        case .failback: newMain
        case .followPrimary, .recoveryStart: newPrimary
        }
    }

    /// The id of `%M`, which follow_primary_command gets another one for.
    var predecessor: Int? { command == .followPrimary ? oldPrimary?.id : oldMain?.id }
}
