internal import ClusterModel
internal import Operations
internal import Reactor

/// What the control thread remembers of changing the primary, and of nodes that come and go.
struct PrimaryChange {
    enum Operation {
        case failover(Failover)
        case switchover(Switchover)
    }

    /// At most one runs.
    var operation: Operation?
    /// The step that was logged last.
    var step = ""
    /// Why, for the log and for users' commands.
    var reason = ""
    /// What the old primary told about itself before it was stopped.
    var restart: ServerRestart?
    /// Who ordered it, and waits.
    var reply: OrderReply?
    /// What an operator wants to happen to the old primary afterwards.
    var detachesOldPrimary = false
    /// A node whose new work waits.
    var hold: NodeHold?
    /// Who waits for the held node to come to rest.
    var holdReply: OrderReply?
    var holdEndsAt = UInt64.max
    /// Nodes that an operator attaches, while they are asked.
    var attaching: [Int: PendingAttach] = [:]
    /// Workers that have not yet adopted the state with this revision.
    var unacknowledged: Set<Int> = []
    var undrained: Set<Int> = []
    /// failover_fence_command runs.
    var isFencing = false
    var awaitedRevision: UInt64 = 0
    /// Nodes that are being asked to become the primary.
    var promoting: Set<Int> = []
    /// Standbys that are being pointed to the new primary.
    var following: Set<Int> = []
    /// When they were told so last, in nanoseconds.
    var repointedAt: [Int: UInt64] = [:]
    /// Automatic changes.
    var history = ChangeHistory()
    /// What waits for the disk.
    var noted: [NotedEffect] = []
    var lastNote: UInt64 = 0
    var nextID: UInt64 = 1
    /// Nodes whose failures mean nothing until then: they are being restarted.
    var graceUntil: [Int: UInt64] = [:]
    /// A primary that died, while the standbys are asked whether they are there.
    var awaitsStandbysOf: Int?
    /// Good answers in a row of nodes that are out.
    var returns: [Int: Int] = [:]
    var flaps: [Int: Int] = [:]
    var returnedAt: [Int: UInt64] = [:]
    /// Nodes that fail their checks because `backend_down_request` says so.
    var failing: Set<Int> = []
    /// What was said about them is not said again.
    var logged: [Int: Set<String>] = [:]
    /// Nodes that take writes beside the primary, of which people know.
    var warnedRogues: Set<Int> = []

    /// The node is part of what is going on: what happens to it is meant, or dealt with there.
    func concerns(_ node: Int) -> Bool {
        switch operation {
        case .switchover(let change)?: node == change.oldPrimary || node == change.target
        case .failover(let change)?: node == change.oldPrimary
        case nil: false
        }
    }

    /// As what it is logged and counted; nil while nothing goes on.
    var kind: PrimaryChangeKind? {
        switch operation {
        case .failover(let change)?: change.kind
        case .switchover?: .switchover
        case nil: nil
        }
    }

    /// What goes on now, in Pgpool-II's words; nil while nothing does, and while a failover waits
    /// for somebody who can take over.
    var words: String? {
        if case .failover(let change)? = operation, change.phase == .blocked { return nil }
        return switch kind {
        case .failover?: "failover is in progress"
        case .switchover?: "promote node operation is in progress"
        case nil: nil
        }
    }

    var deadline: UInt64 {
        let own: UInt64? =
            switch operation {
            case .failover(let change)?: change.deadline
            case .switchover(let change)?: change.deadline
            case nil: nil
            }
        let attach = attaching.values.map(\.until).min()
        let note = noted.map(\.until).min()
        return min(own ?? .max, holdEndsAt, attach ?? .max, note ?? .max)
    }
}

extension Failover {
    /// With `failover_command` an ordered switchover goes the way of a failover.
    var kind: PrimaryChangeKind { isOrdered ? .switchover : .failover }
}
