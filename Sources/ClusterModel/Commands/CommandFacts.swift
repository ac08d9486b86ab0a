/// What a user's command is told about the event that it is run for.
package struct CommandFacts: Equatable, Sendable {
    /// Which parameter the command comes from.
    package enum Command: String, Equatable, Sendable {
        /// `failover_command`: a node has left.
        case failover
        /// `failback_command`: a node has returned.
        case failback
        /// `follow_primary_command`: a node has to follow a new primary.
        case followPrimary = "follow_primary"
        /// `failover_fence_command`: a lost primary must take no more writes.
        case fence
    }

    /// A node as scripts know it.
    package struct Node: Equatable, Sendable {
        package var id: Int
        /// `backend_hostnameN`
        package var host: String
        /// `backend_portN`
        package var port: Int
        /// `backend_data_directoryN`; empty where not configured.
        package var dataDirectory: String

        package init(id: Int, host: String, port: Int, dataDirectory: String = "") {
            self.id = id
            self.host = host
            self.port = port
            self.dataDirectory = dataDirectory
        }
    }

    /// The operation that the command is a step of, so that a script can tell a repetition from
    /// something new.
    package struct Operation: Equatable, Sendable {
        package var id: String
        /// Epoch of the cluster state at this step.
        package var epoch: UInt64
        /// What is going on, such as `failover` or `switchover`.
        package var kind: String
        /// The step of it.
        package var phase: String
        /// Why, as one sentence.
        package var reason: String

        package init(id: String, epoch: UInt64, kind: String, phase: String, reason: String) {
            self.id = id
            self.epoch = epoch
            self.kind = kind
            self.phase = phase
            self.reason = reason
        }
    }

    package var command: Command
    package var operation: Operation
    /// The node that left, returned or has to follow.
    package var node: Node
    /// The standby that is to be promoted; nil where nobody is.
    package var target: Node?
    /// The usable node with the lowest id after the event; nil where none is left.
    package var newMain: Node?
    /// The primary after the event, as far as it is known when the command starts.
    package var newPrimary: Node?
    /// The main node before the event.
    package var oldMain: Node?
    /// The primary before the event.
    package var oldPrimary: Node?

    package init(
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
        case .followPrimary: newPrimary
        }
    }

    /// The id of `%M`, which follow_primary_command gets another one for.
    var predecessor: Int? { command == .followPrimary ? oldPrimary?.id : oldMain?.id }
}
