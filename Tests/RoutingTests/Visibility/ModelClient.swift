import Routing
import SQLSyntax

/// A session as the proxy keeps it, with its server connections: asks the real deciders, and does
/// what they say in the way in which a worker does.
struct ModelClient {
    /// A message that went, or was answered without a server.
    struct Reply {
        var answers: [ModelServer.Answer]
        /// Nil: answered without a server.
        var node: Int?
        var decision: RouteDecision
    }

    private struct Connection {
        var server = ModelServer()
        var version: UInt64 = 0
    }

    private var route = SessionRoute()
    private var ownWrites = OwnWrites()
    private var log = SessionStateLog()
    private var beginTexts: [[UInt8]] = []
    private var homeNode = -1
    private var status = ModelServer.Status.idle
    private var connections: [Int: Connection] = [:]
    private let setup: ModelSetup

    init(_ setup: ModelSetup) {
        self.setup = setup
        self.route.defaults = TransactionModes(isolation: .readCommitted, isReadOnly: false)
    }

    /// Sends one message; nil if no node can take it now, which leaves everything as it was.
    ///
    /// - Parameter sharedWrite: when any session last wrote; 0 = never, or nobody asks.
    mutating func send(
        _ message: [ModelStatement], _ cluster: inout ModelCluster, now: Int, tag: Int,
        random: UInt64, sharedWrite: inout UInt64
    ) -> Reply? {
        var analysis = ModelStatement.analysis(message)
        if self.setup.sabotage == .ignoresTime { analysis = Self.withoutTime(message) }
        var request = RouteRequest(analysis)
        request.canBeHeld = true
        if message.contains(.readUnlogged) { request.barrier = .catalog }
        let rules = cluster.topology.rules(afterWrite: self.setup.afterWrite)
        if self.setup.sharesWrites, sharedWrite != 0 { self.ownWrites.wrote(at: sharedWrite) }
        let decision = self.sabotaged(
            self.status == .failed
                ? RouteDecision(.home, .transactionOnPrimary)
                : self.route.decide(request, rules: rules))
        var node: Int?
        switch decision.action {
        case .hold, .finish: return self.held(message, request, decision)
        // Nothing in it can be refused: it is not said to allow that.
        case .refuse: return nil
        case .home: node = self.homeNode >= 0 ? self.homeNode : cluster.topology.writer
        case .primary, .move: node = cluster.topology.writer
        case .reader: node = self.reader(cluster, random)
        }
        guard let node, cluster.nodes[node].isUp else { return nil }
        guard self.prepare(node, cluster, now: now) else {
            return Reply(answers: [.failed], node: node, decision: decision)
        }
        self.depart(request, decision, node, &cluster, now: now)
        let place = ModelServer.Place(replayed: cluster.replayed(node), now: now, tag: tag)
        let answers = self.run(message, on: node, place, &cluster.wal).map(\.answer)
        self.settle(message, answers, node, cluster, now: now)
        if self.setup.sharesWrites { sharedWrite = max(sharedWrite, self.ownWrites.writtenAt) }
        return Reply(answers: answers, node: node, decision: decision)
    }

    /// Connections to these nodes have ended.
    ///
    /// - Returns: false if the session ends with them.
    mutating func lost(_ nodes: Set<Int>) -> Bool {
        for node in nodes { self.connections[node] = nil }
        if self.route.isPinned { return false }
        guard nodes.contains(self.homeNode) else { return true }
        guard self.route.home == .standby, self.status == .inTransaction, self.route.isMovable
        else { return false }
        self.route.lostHome()
        self.homeNode = -1
        return true
    }

    // MARK: Where to

    private func sabotaged(_ decision: RouteDecision) -> RouteDecision {
        switch (self.setup.sabotage, decision.action) {
        case (.balancesWrites, .primary) where decision.reason == .writes:
            RouteDecision(.reader, .balancedRead)
        case (.neverMoves, .move): RouteDecision(.home, .transactionOnStandby)
        case (.movesSnapshots, .home) where self.route.home == .standby:
            RouteDecision(.move, .transactionModes)
        case (.leavesAfterWrite, .home) where self.route.home == .primary:
            RouteDecision(.reader, .balancedRead)
        default: decision
        }
    }

    private static func withoutTime(_ message: [ModelStatement]) -> StatementAnalysis {
        ModelStatement.analysis(message.map { $0 == .readTime ? .read(0) : $0 })
    }

    private mutating func reader(_ cluster: ModelCluster, _ random: UInt64) -> Int? {
        guard
            let node = self.route.reader(
                topology: cluster.topology, preference: self.setup.preference, random: random)
        else {
            return cluster.topology.writer
        }
        if node == cluster.topology.writer || self.setup.sabotage == .ignoresBound { return node }
        switch self.ownWrites.bound(cluster.positions) {
        case .none: break
        case .position(let bound) where cluster.positions.hasReplayed(node, bound):
            break
        case .position, .unknownYet: return cluster.topology.writer
        }
        return node
    }

    // MARK: Going

    private mutating func held(
        _ message: [ModelStatement], _ request: RouteRequest, _ decision: RouteDecision
    ) -> Reply {
        self.route.sent(request, decision, toPrimary: false)
        if decision.action == .finish {
            self.transactionEnded()
        } else {
            for statement in message where statement.modes != nil {
                self.beginTexts.append(Array(statement.sql.utf8))
            }
            self.status = .inTransaction
        }
        return Reply(answers: message.map { _ in .done }, node: nil, decision: decision)
    }

    /// Brings a connection up to date with what the session has SET.
    private mutating func prepare(_ node: Int, _ cluster: ModelCluster, now: Int) -> Bool {
        let version = self.connections[node, default: Connection()].version
        guard version != self.log.version, self.homeNode != node else { return true }
        guard self.setup.sabotage != .forgetsSettings else { return true }
        let isDone = self.replay(self.log.replay(from: version), on: node, cluster, now: now)
        self.connections[node]?.version = self.log.version
        return isDone
    }

    private mutating func depart(
        _ request: RouteRequest, _ decision: RouteDecision, _ node: Int,
        _ cluster: inout ModelCluster, now: Int
    ) {
        if decision.action == .move, self.route.home == .standby {
            self.connections[self.homeNode]?.server.giveUp()
        }
        if self.route.home == .held || decision.action == .move {
            let marks = self.setup.sabotage == .forgetsSavepoints ? [] : self.log.transactionTexts
            _ = self.replay(self.beginTexts + marks, on: node, cluster, now: now)
        }
        let isOnPrimary = node == cluster.topology.writer
        self.route.sent(request, decision, toPrimary: isOnPrimary)
        if self.route.home != .none { self.homeNode = node }
    }

    private mutating func replay(
        _ texts: [[UInt8]], on node: Int, _ cluster: ModelCluster, now: Int
    ) -> Bool {
        var wal = cluster.wal
        let place = ModelServer.Place(replayed: cluster.replayed(node), now: now, tag: 0)
        for text in texts {
            guard let statement = ModelStatement.bySQL[String(decoding: text, as: UTF8.self)]
            else { return false }
            if self.run([statement], on: node, place, &wal).map(\.answer) != [.done] {
                return false
            }
        }
        return true
    }

    private mutating func run(
        _ message: [ModelStatement], on node: Int, _ place: ModelServer.Place, _ wal: inout ModelWAL
    ) -> [ModelServer.Outcome] {
        self.connections[node, default: Connection()].server.run(message, place, &wal)
    }

    // MARK: Answers

    private mutating func settle(
        _ message: [ModelStatement], _ answers: [ModelServer.Answer], _ node: Int,
        _ cluster: ModelCluster, now: Int
    ) {
        let before = self.status
        self.status = self.connections[node]?.server.status ?? .idle
        let isIdle = self.status == .idle
        let hasCommitted = message.contains { $0 == .commit || $0 == .commitAndChain }
        if isIdle || hasCommitted, self.route.hasUnsettledWrite {
            let early = self.setup.sabotage == .notesWriteEarly ? 6 : 0
            self.ownWrites.wrote(at: UInt64(max(0, now - early)))
        }
        self.route.settled(isIdle: isIdle, hasFailed: self.status == .failed)
        if answers.contains(.failed) {
            let hasSteps = message.count > 1 && message.contains { self.isStep($0) }
            if !isIdle, hasSteps { self.route.stay() }
        } else {
            self.apply(message, before)
            self.connections[node]?.version = self.log.version
            if self.setup.sabotage != .forgetsDefaults { self.refreshDefaults() }
        }
        if isIdle { self.transactionEnded() } else { self.homeNode = node }
    }

    private func isStep(_ statement: ModelStatement) -> Bool {
        switch statement.outline.command {
        case .transaction, .settings: true
        default: false
        }
    }

    private mutating func apply(_ message: [ModelStatement], _ before: ModelServer.Status) {
        var isInTransaction = before != .idle
        var hasFailed = before == .failed
        for statement in message {
            let text = Array(statement.sql.utf8)
            switch statement {
            case .begin, .setReadOnly, .setRepeatableRead:
                if self.status != .idle { self.beginTexts.append(text) }
                if case .begin = statement { isInTransaction = true }
            case .savepoint(let name): self.log.savepoint(Array(name.utf8), text: text)
            case .release(let name): self.log.release(Array(name.utf8))
            case .rollbackTo(let name): self.log.rollback(to: Array(name.utf8))
            case .commit, .commitAndChain:
                if hasFailed { self.log.rolledBack() } else { self.log.committed() }
                hasFailed = false
                isInTransaction = statement == .commitAndChain
                if !isInTransaction { self.beginTexts = [] }
            case .rollback:
                self.log.rolledBack()
                hasFailed = false
                isInTransaction = false
                self.beginTexts = []
            default:
                guard let setting = statement.setting else { continue }
                self.log.applied([setting], text: text, inTransaction: isInTransaction)
            }
        }
    }

    private mutating func refreshDefaults() {
        self.route.defaults.isolation =
            switch self.log.value(of: "default_transaction_isolation") {
            case .items, .whole: .repeatableRead
            case nil, .standard, .current: .readCommitted
            }
    }

    private mutating func transactionEnded() {
        self.status = .idle
        self.homeNode = -1
        self.beginTexts = []
        self.log.rolledBack()
    }
}
