import Routing
import Testing

@Suite struct ReplayPositionsTests {
    private static let positions = ReplayPositions(
        term: 3, primary: 0, sampledAt: 9, primaryPosition: 100,
        replayed: [nil, 100, 99, nil, 0, -5])

    @Test(
        "a node may answer when it has replayed the bound",
        arguments: [
            (node: 0, position: 100, answer: false), (0, 0, false), (1, 100, true), (1, 101, false),
            (2, 99, true), (2, 100, false), (3, 0, false), (3, -1, false), (4, 0, true),
            (5, -9, false), (6, 0, false), (-1, 0, false), (Int.max, 0, false),
        ] as [(node: Int, position: Int64, answer: Bool)])
    func hasReplayed(node: Int, position: Int64, answer: Bool) {
        let bound = ReadBound(term: 3, position: position)
        #expect(Self.positions.hasReplayed(node, bound) == answer)
    }

    @Test("positions of another term say nothing")
    func otherTerm() {
        for term: UInt64 in [0, 2, 4, .max] {
            #expect(!Self.positions.hasReplayed(0, ReadBound(term: term, position: 0)))
            #expect(!Self.positions.hasReplayed(1, ReadBound(term: term, position: 0)))
        }
    }
}
