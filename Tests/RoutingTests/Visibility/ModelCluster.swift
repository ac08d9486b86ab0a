import Routing

/// A primary and its standbys as they are, and what the proxy has been told of them, which is
/// older.
struct ModelCluster {
    static let nodeCount = 3

    struct Node {
        var isUp = true
        /// What a standby shows.
        var replayed = 0
    }

    /// An inquiry for positions that is under way.
    private struct Inquiry {
        var askedAt: Int
        var primary: Int
    }

    var wal = ModelWAL()
    private(set) var nodes = Array(repeating: Node(), count: Self.nodeCount)
    private(set) var primary = 0

    private(set) var topology: RoutingTopology
    private(set) var positions = ReplayPositions.unknown
    private var setup: ModelSetup
    private var delayed: Set<Int> = []
    private var inquiry: Inquiry?
    private var term: UInt64 = 1
    private var measuredPrimary = -1
    private var sampledAt: UInt64 = 0
    private var primaryPosition: Int64 = 0
    private var replayed: [Int64?] = Array(repeating: nil, count: Self.nodeCount)
    /// The most that each has told in this term, lost or not.
    private var highest: [Int64] = Array(repeating: 0, count: Self.nodeCount)

    init(_ setup: ModelSetup) {
        self.setup = setup
        self.topology = RoutingTopology(nodes: [])
        self.tellTopology()
    }

    /// How far a standby is; nil for the primary.
    func replayed(_ id: Int) -> Int? { id == self.primary ? nil : self.nodes[id].replayed }

    // MARK: What happens to nodes

    mutating func replay(_ id: Int, by count: Int) {
        guard id != self.primary, self.nodes[id].isUp else { return }
        self.nodes[id].replayed = min(self.nodes[id].replayed + count, self.wal.position)
    }

    /// A standby dies: connections to it end at once.
    mutating func stop(_ id: Int) -> Bool {
        guard id != self.primary, self.nodes[id].isUp else { return false }
        self.nodes[id].isUp = false
        self.forget([id])
        return true
    }

    /// It comes back, and may have to replay some of it again.
    mutating func start(_ id: Int, behind: Int) {
        guard id != self.primary, !self.nodes[id].isUp else { return }
        self.nodes[id].isUp = true
        self.nodes[id].replayed = max(0, self.nodes[id].replayed - behind)
        self.tellTopology()
    }

    /// The primary dies and a standby takes over; what that one has not replayed is lost. Nodes
    /// beyond it are down until they are rewound.
    ///
    /// - Returns: the nodes whose connections ended; nil if nothing happened.
    mutating func promote(_ id: Int) -> Set<Int>? {
        guard id != self.primary, self.nodes[id].isUp else { return nil }
        let end = self.nodes[id].replayed
        var lost: Set<Int> = [self.primary]
        self.nodes[self.primary].isUp = false
        self.nodes[self.primary].replayed = end
        for other in self.nodes.indices where self.nodes[other].replayed > end {
            self.nodes[other].isUp = false
            self.nodes[other].replayed = end
            lost.insert(other)
        }
        self.wal.cut(at: end)
        self.primary = id
        self.forget(lost)
        return lost
    }

    /// The proxy's own connections to these nodes have ended: it knows at once.
    private mutating func forget(_ nodes: Set<Int>) {
        if self.setup.sabotage != .trustsOldPositions {
            for node in nodes { self.replayed[node] = nil }
        }
        self.publish()
        self.tellTopology()
    }

    // MARK: What the proxy learns

    /// The proxy learns which nodes are up, and which are too far behind.
    mutating func tellTopology(delayed: Set<Int>? = nil) {
        if let delayed { self.delayed = delayed }
        self.topology = RoutingTopology(
            nodes: self.nodes.indices.map { id in
                RoutableNode(
                    id: id, isUsable: self.nodes[id].isUp, isPrimary: id == self.primary,
                    weight: self.setup.weights[id], isDelayed: self.delayed.contains(id),
                    delay: Int64(id))
            },
            statementLevel: self.setup.statementLevel,
            prefersLowerDelay: self.setup.prefersLowerDelay)
    }

    /// The primary is asked for its position: the question leaves.
    mutating func ask(now: Int) {
        guard self.inquiry == nil else { return }
        self.inquiry = Inquiry(askedAt: now, primary: self.primary)
    }

    /// The primary reads its position.
    mutating func primaryAnswers() {
        guard let inquiry = self.inquiry else { return }
        self.inquiry = nil
        guard inquiry.primary == self.primary else { return }
        if self.measuredPrimary != self.primary || self.wal.position < self.primaryPosition {
            self.beginTerm()
            self.measuredPrimary = self.primary
        }
        self.sampledAt = UInt64(inquiry.askedAt)
        self.primaryPosition = Int64(self.wal.position)
    }

    /// A standby tells how far it is; without a primary measured before, nobody knows of what.
    mutating func standbyAnswers(_ id: Int) {
        guard id != self.primary, self.nodes[id].isUp, self.measuredPrimary == self.primary else {
            return
        }
        let position = Int64(self.nodes[id].replayed)
        if position < self.highest[id] { self.beginTerm() }
        self.replayed[id] = position
        self.highest[id] = position
    }

    /// What was measured reaches the proxy.
    mutating func publish() {
        self.positions = ReplayPositions(
            term: self.term,
            primary: self.measuredPrimary, sampledAt: self.sampledAt,
            primaryPosition: self.primaryPosition, replayed: self.replayed)
    }

    private mutating func beginTerm() {
        if self.setup.sabotage == .trustsOldPositions { return }
        self.term += 1
        self.sampledAt = 0
        self.replayed = Array(repeating: nil, count: Self.nodeCount)
        self.highest = Array(repeating: 0, count: Self.nodeCount)
    }

    /// All are asked, and answer at once.
    mutating func survey(now: Int) {
        self.ask(now: now)
        self.primaryAnswers()
        for id in self.nodes.indices { self.standbyAnswers(id) }
        self.publish()
    }
}

/// What stays the same during a run.
struct ModelSetup {
    var weights: [Double] = [1, 1, 1]
    var statementLevel = false
    var prefersLowerDelay = false
    var afterWrite = RouteRules.AfterWrite.balances
    var preference: ReaderPreference?
    /// Reads see what any session has written.
    var sharesWrites = false
    var sabotage = Sabotage.none
}

/// Rules that a run breaks on purpose, to see that this is noticed.
enum Sabotage: CaseIterable {
    case none
    /// Reads do not wait for own writes.
    case ignoresBound
    /// A write is noted with the time at which its batch of events began.
    case notesWriteEarly
    /// What a standby told counts after its connection or the term has ended.
    case trustsOldPositions
    /// Writes are balanced like reads.
    case balancesWrites
    /// A transaction that writes does not leave its standby.
    case neverMoves
    /// A transaction may move whatever its isolation.
    case movesSnapshots
    /// A move takes nothing along but BEGIN.
    case forgetsSavepoints
    /// Connections do not get what the session has SET.
    case forgetsSettings
    /// What was SET does not count as a mode of transactions.
    case forgetsDefaults
    /// now() is a read like any other.
    case ignoresTime
    /// Reads after a write go to a standby within the transaction.
    case leavesAfterWrite
}
