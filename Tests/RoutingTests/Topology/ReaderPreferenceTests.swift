import Routing
import Testing

@Suite struct ReaderPreferenceTests {
    private static func shares(
        _ target: ReaderPreference.Target, _ ratio: Double = 1, weights: [Double] = [1, 1, 2],
        usable: Set<Int> = [0, 1, 2]
    ) -> [Double] {
        let shares = RoutingTopologyTests.shares(
            RoutingTopologyTests.topology(weights: weights, usable: usable),
            preference: ReaderPreference(target: target, ratio: ratio))
        return [shares[0] ?? 0, shares[1] ?? 0, shares[2] ?? 0]
    }

    private static func nearly(_ left: [Double], _ right: [Double]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 0.02 }
    }

    @Test("a node that is named gets its ratio, the other nodes the rest by weight")
    func node() {
        #expect(Self.shares(.node(1)) == [0, 1, 0])
        #expect(Self.nearly(Self.shares(.node(1), 0.4), [0.2, 0.4, 0.4]))
        #expect(Self.nearly(Self.shares(.node(1), 0), [1.0 / 3, 0, 2.0 / 3]))
        // The primary can be named by its number as well.
        #expect(Self.nearly(Self.shares(.node(0), 0.7), [0.7, 0.1, 0.2]))
    }

    @Test("a node without a weight can be named")
    func withoutWeight() {
        #expect(Self.shares(.node(1), weights: [1, 0, 1]) == [0, 1, 0])
        #expect(Self.nearly(Self.shares(.node(1), 0.5, weights: [1, 0, 0]), [0.5, 0.5, 0]))
        // No other has a weight: the primary reads.
        #expect(Self.nearly(Self.shares(.node(1), 0.5, weights: [0, 0, 0]), [0.5, 0.5, 0]))
        let topology = RoutingTopologyTests.topology(weights: [1, 0, 1])
        #expect(!topology.mayRead(from: 1))
        #expect(topology.mayRead(from: 1, preference: ReaderPreference(target: .node(1))))
        #expect(!topology.mayRead(from: 1, preference: ReaderPreference(target: .standby)))
    }

    @Test("primary means the primary")
    func primary() {
        #expect(Self.shares(.primary) == [1, 0, 0])
        #expect(Self.nearly(Self.shares(.primary, 0.4), [0.4, 0.2, 0.4]))
        #expect(Self.shares(.primary, weights: [0, 1, 1]) == [1, 0, 0])
    }

    @Test("standby means any standby by weight, else the primary")
    func standby() {
        #expect(Self.nearly(Self.shares(.standby), [0, 1.0 / 3, 2.0 / 3]))
        #expect(Self.nearly(Self.shares(.standby, 0.6), [0.4, 0.2, 0.4]))
        #expect(Self.shares(.standby, weights: [1, 0, 1]) == [0, 0, 1])
    }

    @Test("a target that takes no reads makes the rule void")
    func void() {
        #expect(Self.nearly(Self.shares(.node(1), usable: [0, 2]), [1.0 / 3, 0, 2.0 / 3]))
        for id in [3, 128, -1, Int.max] {
            #expect(Self.nearly(Self.shares(.node(id)), [0.25, 0.25, 0.5]))
        }
        #expect(Self.shares(.standby, usable: [0]) == [1, 0, 0])
        #expect(Self.shares(.standby, weights: [1, 0, 0]) == [1, 0, 0])
        #expect(Self.nearly(Self.shares(.primary, usable: [1, 2]), [0, 1.0 / 3, 2.0 / 3]))
        // Without a primary the rest of `standby` has nowhere else to go.
        #expect(Self.nearly(Self.shares(.standby, 0.5, usable: [1, 2]), [0, 1.0 / 3, 2.0 / 3]))
    }

    @Test("a delayed node is still the choice of its sessions")
    func delayed() {
        let topology = RoutingTopologyTests.topology(delayed: [1: 900])
        let preference = ReaderPreference(target: .node(1))
        #expect(topology.reader(random: 0, preference: preference) == 1)
        #expect(!topology.mayRead(from: 1, preference: preference))
    }

    @Test("a ratio of 1 holds always, a ratio of 0 only for the lowest draw")
    func ratioEnds() {
        let topology = RoutingTopologyTests.topology()
        let always = ReaderPreference(target: .node(1), ratio: 1)
        #expect(topology.reader(random: .max, preference: always) == 1)
        let never = ReaderPreference(target: .node(1), ratio: 0)
        #expect(topology.reader(random: 0, preference: never) == 1)
        #expect(topology.reader(random: 1 << 32, preference: never) == 0)
        #expect(topology.reader(random: .max, preference: never) == 2)
    }

    @Test("preferences mean nothing without load balancing")
    func noLoadBalance() {
        let single = RoutingTopologyTests.topology(loadBalance: false)
        let preference = ReaderPreference(target: .node(1))
        #expect(single.reader(random: .max, preference: preference) == 0)
        #expect(!single.mayRead(from: 1, preference: preference))
    }
}
