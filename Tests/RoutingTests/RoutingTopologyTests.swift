import Routing
import TestSupport
import Testing

@Suite struct RoutingTopologyTests {
    static func topology(
        weights: [Double] = [1, 1, 1], usable: Set<Int> = [0, 1, 2], primary: Int? = 0,
        mode: ClusteringMode = .streamingReplication, loadBalance: Bool = true,
        statementLevel: Bool = false, delayed: [Int: Int64?] = [:], prefersLowerDelay: Bool = false
    ) -> RoutingTopology {
        RoutingTopology(
            nodes: weights.indices.map { id in
                RoutableNode(
                    id: id, isUsable: usable.contains(id), isPrimary: id == primary,
                    weight: weights[id], isDelayed: delayed.keys.contains(id),
                    delay: delayed[id] ?? Int64(10 - id))
            },
            mode: mode, loadBalance: loadBalance, statementLevel: statementLevel,
            prefersLowerDelay: prefersLowerDelay)
    }

    static func shares(
        _ topology: RoutingTopology, preference: ReaderPreference? = nil, draws: Int = 8000
    ) -> [Int: Double] {
        var random = SeededGenerator(seed: 61)
        var counts: [Int: Int] = [:]
        for _ in 0..<draws {
            guard let id = topology.reader(random: random.next(), preference: preference) else {
                continue
            }
            counts[id, default: 0] += 1
        }
        return counts.mapValues { Double($0) / Double(draws) }
    }

    @Test("reads are shared by weight")
    func weights() {
        let shares = Self.shares(Self.topology(weights: [1, 3, 0]))
        #expect(abs((shares[0] ?? 0) - 0.25) < 0.02)
        #expect(abs((shares[1] ?? 0) - 0.75) < 0.02)
        #expect(shares[2] == nil)
    }

    @Test("both ends of the random range give a node with a weight")
    func extremes() {
        let topology = Self.topology(weights: [0, 1, 1, 0], usable: [0, 1, 2, 3])
        #expect(topology.reader(random: 0) == 1)
        #expect(topology.reader(random: .max) == 2)
    }

    @Test("a node that is not usable gets nothing")
    func unusable() {
        #expect(Self.shares(Self.topology(usable: [0, 2])).keys.sorted() == [0, 2])
        #expect(Self.topology(usable: []).reader(random: 7) == nil)
        #expect(Self.topology(usable: []).writer == nil)
    }

    @Test("without a weight, and without load balancing, the primary reads")
    func fallsBack() {
        #expect(Self.shares(Self.topology(weights: [0, 0, 0], primary: 1)) == [1: 1])
        #expect(Self.shares(Self.topology(primary: 2, loadBalance: false)) == [2: 1])
    }

    @Test(
        "weights that are no numbers get nothing", arguments: [-1, Double.nan, Double.infinity, 0])
    func oddWeights(weight: Double) {
        #expect(Self.shares(Self.topology(weights: [1, weight, 1])).keys.sorted() == [0, 2])
        let huge = Self.topology(weights: [.greatestFiniteMagnitude, .greatestFiniteMagnitude])
        #expect(huge.reader(random: 5) != nil)
    }

    @Test("only a known, usable primary takes writes in streaming replication")
    func writer() {
        #expect(Self.topology(primary: 1).writer == 1)
        #expect(Self.topology(primary: nil).writer == nil)
        #expect(Self.topology(usable: [1, 2], primary: 0).writer == nil)
        // Reads go on without a primary.
        #expect(Self.topology(primary: nil).reader(random: 1) != nil)
    }

    @Test("in raw mode everything goes to the usable node with the lowest number")
    func raw() {
        let topology = Self.topology(usable: [1, 2], primary: nil, mode: .raw)
        #expect(topology.writer == 1)
        #expect(Self.shares(topology) == [1: 1])
        #expect(topology.mayRead(from: 1) && !topology.mayRead(from: 2))
    }
}
