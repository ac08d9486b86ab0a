import ClusterModel
import TestSupport

/// Servers as they behave: they write, stream, die, freeze, come back and are promoted. Times are
/// nanoseconds of the simulation's clock.
struct ModelCluster {
    struct Server {
        var isAlive = true
        var isFrozen = false
        var isInRecovery = true
        /// It accepts connections from then on.
        var startsAt: UInt64 = 0
        var timeline: Int64 = 1
        var bytes: Int64 = 1000
        /// Its history: where each timeline ended before the present one.
        var forks: [Int64: Int64] = [:]
        var upstream: Int?
        /// It was asked to become the primary, and is one from then on.
        var promotedAt: UInt64?
        /// The walreceiver works.
        var isStreaming = false
    }

    var servers: [Server]
    private var random: SeededGenerator

    init(count: Int, seed: UInt64) {
        random = SeededGenerator(seed: seed)
        servers = (0..<count).map { _ in
            var server = Server()
            server.upstream = 0
            return server
        }
        servers[0].isInRecovery = false
        servers[0].upstream = nil
    }

    func runs(_ id: Int, _ now: UInt64) -> Bool {
        servers[id].isAlive && !servers[id].isFrozen && servers[id].startsAt <= now
    }

    mutating func advance(to now: UInt64) {
        for id in servers.indices where runs(id, now) {
            if let at = servers[id].promotedAt, at <= now { finishPromotion(id) }
            if !servers[id].isInRecovery, Bool.random(using: &random) {
                servers[id].bytes &+= Int64.random(in: 1...500, using: &random)
            }
        }
        for id in servers.indices where servers[id].isInRecovery { stream(id, now) }
    }

    private mutating func stream(_ id: Int, _ now: UInt64) {
        servers[id].isStreaming = false
        guard runs(id, now), let upstream = servers[id].upstream, runs(upstream, now),
            !servers[upstream].isInRecovery
        else { return }
        let source = servers[upstream]
        let server = servers[id]
        if server.timeline != source.timeline {
            // It can follow if it has nothing that the new history lacks.
            guard let fork = source.forks[server.timeline], server.bytes <= fork else { return }
        } else if server.bytes > source.bytes {
            return
        }
        servers[id].isStreaming = true
        servers[id].timeline = source.timeline
        servers[id].forks = source.forks
        let missing = source.bytes &- server.bytes
        guard missing > 0, Int.random(in: 0..<4, using: &random) > 0 else { return }
        servers[id].bytes &+= Int64.random(in: 0...missing, using: &random)
    }

    private mutating func finishPromotion(_ id: Int) {
        servers[id].promotedAt = nil
        guard servers[id].isInRecovery else { return }
        servers[id].isInRecovery = false
        servers[id].isStreaming = false
        servers[id].forks[servers[id].timeline] = servers[id].bytes
        servers[id].timeline &+= 1
        servers[id].upstream = nil
    }

    mutating func promote(_ id: Int, _ now: UInt64) {
        guard runs(id, now), servers[id].isInRecovery, servers[id].promotedAt == nil else { return }
        servers[id].promotedAt = now &+ UInt64.random(in: 20...90, using: &random) &* 1_000_000
    }

    mutating func crash(_ id: Int) {
        servers[id].isAlive = false
        servers[id].isStreaming = false
        servers[id].promotedAt = nil
    }

    /// Back as what it was, after crash recovery.
    mutating func restart(_ id: Int, _ now: UInt64) {
        guard !servers[id].isAlive else { return }
        servers[id].isAlive = true
        servers[id].isFrozen = false
        servers[id].startsAt = now &+ UInt64.random(in: 0...3000, using: &random) &* 1_000_000
    }

    /// - Parameter isLost: whether the question or its answer gets lost.
    func answer(_ id: Int, _ now: UInt64, isLost: Bool) -> ProbeAnswer {
        let server = servers[id]
        if isLost || (server.isAlive && server.isFrozen) {
            return .unreachable(reason: "no answer in time")
        }
        guard server.isAlive else {
            return .unreachable(reason: "Connection refused", isRefused: true)
        }
        guard server.startsAt <= now else {
            return .starting(reason: "the database system is starting up")
        }
        var facts = ServerFacts()
        facts.systemIdentifier = "7000"
        if server.isInRecovery {
            facts.receivedBytes = server.bytes
            if server.isStreaming {
                var receiver = WalReceiver()
                receiver.status = "streaming"
                receiver.timeline = server.timeline
                facts.receiver = receiver
            }
        }
        return .answered(
            isInRecovery: server.isInRecovery, timeline: server.timeline,
            walBytes: server.bytes, facts: facts)
    }
}
