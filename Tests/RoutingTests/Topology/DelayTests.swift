import Routing
import Testing

@Suite struct DelayTests {
    private static func cluster(
        delayed: [Int: Int64?], weights: [Double] = [1, 1, 1, 1], usable: Set<Int> = [0, 1, 2, 3],
        primary: Int? = 0, prefersLowerDelay: Bool = false
    ) -> RoutingTopology {
        // Nodes that are not delayed are 10 - id behind.
        RoutingTopologyTests.topology(
            weights: weights, usable: usable, primary: primary, delayed: delayed,
            prefersLowerDelay: prefersLowerDelay)
    }

    @Test("a delayed standby keeps its share of the sessions but is not read from")
    func shares() {
        let topology = Self.cluster(delayed: [1: 500])
        #expect(RoutingTopologyTests.shares(topology).keys.sorted() == [0, 1, 2, 3])
        #expect(!topology.mayRead(from: 1))
        #expect(topology.mayRead(from: 0) && topology.mayRead(from: 2))
    }

    @Test("the primary is never delayed, and may be read from without a share")
    func primary() {
        let topology = Self.cluster(delayed: [0: 500, 1: nil], weights: [0, 1, 1, 1])
        #expect(topology.nodes[0].isDelayed == false)
        #expect(topology.mayRead(from: 0))
        #expect(!topology.mayRead(from: 1))
    }

    @Test("the primary stands in for a delayed standby")
    func primaryStandsIn() {
        #expect(Self.cluster(delayed: [1: 500]).substitute(for: 1) == 0)
        #expect(Self.cluster(delayed: [1: 500], primary: nil).substitute(for: 1) == nil)
        #expect(Self.cluster(delayed: [1: 500], usable: [1, 2]).substitute(for: 1) == nil)
    }

    @Test(
        "under prefer_lower_delay_standby the least delayed standby with a share stands in",
        arguments: [
            (delayed: [1: 500], weights: [1, 1, 1, 1], usable: [0, 1, 2, 3], node: 3),
            ([1: 500, 3: 400], [1, 1, 1, 1], [0, 1, 2, 3], 2),
            ([1: 500], [1, 1, 1, 0], [0, 1, 2, 3], 2),
            ([1: 500], [1, 1, 1, 1], [0, 1, 2], 2),
            ([1: 500, 2: 30, 3: 40], [1, 1, 1, 1], [0, 1, 2, 3], 0),
            ([1: 500], [1, 1, 0, 0], [0, 1, 2, 3], 0),
            ([1: 500, 2: 30, 3: 40], [0, 1, 1, 1], [0, 1, 2, 3], 0),
        ] as [(delayed: [Int: Int64], weights: [Double], usable: Set<Int>, node: Int)])
    func leastDelayed(delayed: [Int: Int64], weights: [Double], usable: Set<Int>, node: Int) {
        let topology = Self.cluster(
            delayed: delayed.mapValues { $0 }, weights: weights, usable: usable,
            prefersLowerDelay: true)
        #expect(topology.substitute(for: 1) == node)
    }

    @Test("an unknown delay is the greatest, and equals go to the lowest number")
    func unknownDelay() {
        let nodes = [nil, 7, nil, 7].enumerated().map { id, delay in
            RoutableNode(id: id, isUsable: true, isPrimary: id == 0, weight: 1, delay: delay)
        }
        let topology = RoutingTopology(nodes: nodes, prefersLowerDelay: true)
        #expect(topology.substitute(for: 2) == 1)
        #expect(topology.substitute(for: 1) == 3)
        let unknown = RoutingTopology(nodes: Array(nodes[..<3]), prefersLowerDelay: true)
        #expect(unknown.substitute(for: 1) == 2)
    }

    @Test("without load balancing and in raw mode there is one node for all")
    func oneNode() {
        let single = RoutingTopologyTests.topology(
            loadBalance: false, delayed: [2: 9], prefersLowerDelay: true)
        #expect(single.substitute(for: 2) == 0)
        #expect(single.mayRead(from: 0) && !single.mayRead(from: 1))
        let raw = RoutingTopologyTests.topology(
            usable: [1, 2], primary: nil, mode: .raw, prefersLowerDelay: true)
        #expect(raw.substitute(for: 2) == 1)
    }
}
