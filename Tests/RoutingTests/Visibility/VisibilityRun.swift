import Routing
import SQLSyntax
import TestSupport

/// What happens in a run: events that mean something whatever was before them, so that any part of
/// a history is a history.
enum ModelEvent: CustomStringConvertible {
    case send(client: Int, [ModelStatement], random: UInt64)
    case replay(Int, by: Int)
    case survey, ask, primaryAnswers, standbyAnswers(Int), publish
    case delay(Set<Int>)
    case stop(Int), start(Int, behind: Int), promote(Int)
    /// WAL that changes no row.
    case otherWAL

    var description: String {
        switch self {
        case .send(let client, let message, _):
            "session \(client): " + message.map(\.sql).joined(separator: "; ")
        case .replay(let node, let count): "node \(node) replays \(count)"
        case .survey: "all positions are asked for, and arrive"
        case .ask: "positions are asked for"
        case .primaryAnswers: "the primary reads its position"
        case .standbyAnswers(let node): "node \(node) tells its position"
        case .publish: "positions arrive"
        case .delay(let nodes): "delayed: \(nodes.sorted())"
        case .stop(let node): "node \(node) stops"
        case .start(let node, let behind): "node \(node) starts \(behind) further back"
        case .promote(let node): "node \(node) is promoted"
        case .otherWAL: "other WAL"
        }
    }
}

/// A history that broke a rule, as short as it could be made.
struct Violation: CustomStringConvertible {
    var seed: UInt64
    var rule: String
    var history: [ModelEvent]

    var description: String {
        "seed \(self.seed): \(self.rule)\n"
            + self.history.map { "    \($0)" }.joined(separator: "\n")
    }
}

/// Runs histories and judges every answer by what PostgreSQL would have answered alone.
struct VisibilityRun {
    private static let clientCount = 3

    /// What a session may expect.
    private struct Expectation {
        /// The session on a server of its own; its rows are not looked at.
        var server = ModelServer()
        var wal = ModelWAL()
        /// Behind the last commit of the session.
        var ownPosition = 0
        /// Of the transaction of this number: what must not change, or not fall.
        var transaction = 0
        var seen: Int?
        var time: Int?
        var node: Int?
        /// What it must show at least, as of its first statement that reached a server.
        var floor: Int?
    }

    private var cluster: ModelCluster
    private var clients: [ModelClient]
    private var expectations: [Expectation]
    private var sharedWrite: UInt64 = 0
    private var now = 10
    private var coverage = Coverage()
    private let setup: ModelSetup

    private init(_ setup: ModelSetup) {
        self.setup = setup
        self.cluster = ModelCluster(setup)
        self.clients = Array(repeating: ModelClient(setup), count: Self.clientCount)
        self.expectations = Array(repeating: Expectation(), count: Self.clientCount)
    }

    /// What a history led to: a run in which standbys answered nothing would prove nothing.
    struct Coverage {
        /// Reads that a standby answered.
        var standbyReads = 0
        /// Those of them that had to see something of the session's.
        var standbyReadsAfterWrite = 0
        /// Statements of explicit transactions that a standby answered.
        var standbyTransactions = 0
        /// Transactions that went on at the primary.
        var moves = 0
    }

    /// The rule that a history breaks, if it breaks one, and after how many events.
    static func judge(
        _ history: [ModelEvent], _ setup: ModelSetup, _ coverage: inout Coverage
    ) -> (rule: String, count: Int)? {
        var run = VisibilityRun(setup)
        defer {
            coverage.standbyReads += run.coverage.standbyReads
            coverage.standbyReadsAfterWrite += run.coverage.standbyReadsAfterWrite
            coverage.standbyTransactions += run.coverage.standbyTransactions
            coverage.moves += run.coverage.moves
        }
        for (index, event) in history.enumerated() {
            if let rule = run.happens(event) { return (rule, index + 1) }
        }
        return nil
    }

    private mutating func cover(_ reply: ModelClient.Reply, _ expectation: Expectation) {
        if reply.decision.action == .move { self.coverage.moves += 1 }
        guard let node = reply.node, node != self.cluster.primary else { return }
        if expectation.server.status != .idle { self.coverage.standbyTransactions += 1 }
        for case .value in reply.answers {
            self.coverage.standbyReads += 1
            if (expectation.floor ?? 0) > 0 { self.coverage.standbyReadsAfterWrite += 1 }
        }
    }

    private mutating func happens(_ event: ModelEvent) -> String? {
        self.now += 1
        switch event {
        case .send(let client, let message, let random):
            return self.send(client, message, random)
        case .replay(let node, let count): self.cluster.replay(node, by: count)
        case .survey: self.cluster.survey(now: self.now)
        case .ask: self.cluster.ask(now: self.now)
        case .primaryAnswers: self.cluster.primaryAnswers()
        case .standbyAnswers(let node): self.cluster.standbyAnswers(node)
        case .publish: self.cluster.publish()
        case .delay(let nodes): self.cluster.tellTopology(delayed: nodes)
        case .stop(let node): if self.cluster.stop(node) { self.lost([node]) }
        case .start(let node, let behind): self.cluster.start(node, behind: behind)
        case .promote(let node): self.promote(node)
        case .otherWAL: self.cluster.wal.append([:])
        }
        return nil
    }

    private mutating func promote(_ node: Int) {
        guard let lost = self.cluster.promote(node) else { return }
        // What is lost cannot be read again.
        for client in self.expectations.indices {
            let end = self.cluster.wal.position
            self.expectations[client].ownPosition = min(
                self.expectations[client].ownPosition, end)
            self.expectations[client].floor = self.expectations[client].floor.map { min($0, end) }
        }
        self.lost(lost)
    }

    private mutating func lost(_ nodes: Set<Int>) {
        for client in self.clients.indices {
            if self.clients[client].lost(nodes) {
                // Another standby goes on with the transaction.
                if let node = self.expectations[client].node, nodes.contains(node) {
                    self.expectations[client].seen = nil
                }
            } else {
                self.clients[client] = ModelClient(self.setup)
                self.expectations[client] = Expectation()
            }
        }
    }

    // MARK: Judging

    private mutating func send(
        _ client: Int, _ message: [ModelStatement], _ random: UInt64
    ) -> String? {
        let tag = self.now * 16
        let before = self.cluster.wal
        guard
            let reply = self.clients[client].send(
                message, &self.cluster, now: self.now, tag: tag, random: random,
                sharedWrite: &self.sharedWrite)
        else { return nil }
        if reply.answers.count > message.count { return "more answers than statements" }
        let rule = self.judge(client, message, reply, tag: tag)
        self.cover(reply, self.expectations[client])
        let written = self.cluster.wal.records.dropFirst(before.position)
        let expected = self.expectations[client].wal.records
        self.expectations[client].wal = ModelWAL()
        if let rule { return rule }
        guard Array(written) == expected else {
            return "committed \(Array(written)), not \(expected)"
        }
        if !written.isEmpty { self.expectations[client].ownPosition = self.cluster.wal.position }
        return nil
    }

    /// Statement by statement against the session's own server.
    private mutating func judge(
        _ client: Int, _ message: [ModelStatement], _ reply: ModelClient.Reply, tag: Int
    ) -> String? {
        let place = ModelServer.Place(replayed: nil, now: self.now, tag: tag)
        var expectation = self.expectations[client]
        defer { self.expectations[client] = expectation }
        // A chained transaction stays where it is, whatever others have written.
        let isPlaced = expectation.node != nil
        let floor =
            self.setup.sharesWrites && (expectation.server.status == .idle || !isPlaced)
            ? self.expectations.map(\.ownPosition).max() ?? 0 : expectation.ownPosition
        let outcomes = expectation.server.run(message, place, &expectation.wal)
        let expected = outcomes.map(\.answer)
        if reply.answers == [.failed], expected != [.failed], reply.node != self.cluster.primary,
            expectation.server.failLike(message)
        {
            return nil
        }
        if expected == [.failed], reply.answers.first == .done, message.first?.modes != nil {
            // Too late for these modes, which a server that the transaction was moved to cannot
            // know. The session is given up.
            self.clients[client] = ModelClient(self.setup)
            expectation = Expectation()
            return nil
        }
        guard expected.map({ $0 == .failed }) == reply.answers.map({ $0 == .failed }) else {
            return "answered \(reply.answers), where PostgreSQL answers \(expected)"
        }
        for (answer, outcome) in zip(reply.answers, outcomes) {
            if expectation.transaction != outcome.transaction {
                expectation.transaction = outcome.transaction
                (expectation.seen, expectation.time, expectation.node) = (nil, nil, nil)
                expectation.floor = nil
            }
            if reply.node != nil {
                expectation.node = reply.node
                expectation.floor = expectation.floor ?? floor
            }
            if let rule = Self.judge(answer, outcome, &expectation) { return rule }
        }
        return nil
    }

    private static func judge(
        _ answer: ModelServer.Answer, _ outcome: ModelServer.Outcome,
        _ expectation: inout Expectation
    ) -> String? {
        switch (answer, outcome.answer) {
        case (.value(let value, let seen), .value(let own, _)):
            if own != nil, own != value { return "does not see what its transaction wrote" }
            if let before = expectation.seen {
                if outcome.keepsSnapshot, seen != before { return "saw two snapshots" }
                if seen < before { return "went back within its transaction" }
            } else if seen < expectation.floor ?? 0 {
                return "read older than its own writes"
            }
            expectation.seen = seen
        case (.time(let time), _):
            if let before = expectation.time, before != time { return "its time changed" }
            expectation.time = time
        default: break
        }
        return nil
    }
}
