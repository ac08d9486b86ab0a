import Routing
import TestSupport
import Testing

@Suite struct OwnWritesTests {
    private static func sample(
        term: UInt64 = 1, at time: UInt64, _ position: Int64, _ replayed: [Int64?] = [nil, 50, 80]
    ) -> ReplayPositions {
        ReplayPositions(
            term: term, primary: 0, sampledAt: time, primaryPosition: position, replayed: replayed)
    }

    private static func position(_ position: Int64, term: UInt64 = 1) -> OwnWrites.Requirement {
        .position(ReadBound(term: term, position: position))
    }

    @Test("a session that never wrote may read anywhere")
    func never() {
        var writes = OwnWrites()
        #expect(writes.bound(.unknown) == .none)
        #expect(writes.bound(Self.sample(at: 5, 100)) == .none)
    }

    @Test("the first position asked for after the write is the bound, and it does not grow")
    func firstSample() {
        var writes = OwnWrites()
        writes.wrote(at: 10)
        #expect(writes.bound(Self.sample(at: 9, 100)) == .unknownYet)
        // Asked for in the same nanosecond: the answer may be older than the write.
        #expect(writes.bound(Self.sample(at: 10, 100)) == .unknownYet)
        #expect(writes.bound(Self.sample(at: 11, 110)) == Self.position(110))
        #expect(writes.bound(Self.sample(at: 20, 200)) == Self.position(110))
        writes.wrote(at: 30)
        #expect(writes.bound(Self.sample(at: 20, 200)) == .unknownYet)
        #expect(writes.bound(Self.sample(at: 31, 310)) == Self.position(310))
    }

    @Test("a write at time zero is a write")
    func timeZero() {
        var writes = OwnWrites()
        writes.wrote(at: 0)
        #expect(writes.bound(.unknown) == .unknownYet)
        #expect(writes.bound(Self.sample(at: 1, 7)) == Self.position(7))
    }

    @Test("a time that is not newer changes nothing, so that sessions can share it")
    func shared() {
        var reader = OwnWrites()
        reader.wrote(at: 10)
        #expect(reader.bound(Self.sample(at: 11, 100)) == Self.position(100))
        reader.wrote(at: 10)
        #expect(reader.bound(Self.sample(at: 12, 120)) == Self.position(100))
        reader.wrote(at: 4)
        #expect(reader.bound(Self.sample(at: 12, 120)) == Self.position(100))
        reader.wrote(at: 14)
        #expect(reader.bound(Self.sample(at: 13, 130)) == .unknownYet)
    }

    @Test("after a change of term a position of the new primary is needed")
    func newTerm() {
        var writes = OwnWrites()
        writes.wrote(at: 10)
        #expect(writes.bound(Self.sample(at: 11, 100)) == Self.position(100))
        #expect(writes.bound(Self.sample(term: 2, at: 0, 0)) == .unknownYet)
        // A worker that has not heard of the change yet has nothing to say.
        #expect(writes.bound(Self.sample(term: 1, at: 12, 120)) == .unknownYet)
        #expect(writes.bound(Self.sample(term: 2, at: 20, 70)) == Self.position(70, term: 2))
        #expect(writes.bound(Self.sample(term: 1, at: 30, 200)) == .unknownYet)
        #expect(writes.bound(Self.sample(term: 2, at: 40, 90)) == Self.position(70, term: 2))
        // The term does not go back with a later write either.
        writes.wrote(at: 50)
        #expect(writes.bound(Self.sample(term: 1, at: 60, 300)) == .unknownYet)
    }

    @Test("no node that a bound allows lacks a write, whatever is sampled when")
    func allowsOnlyWhatIsReplayed() {
        for seed in UInt64(1)...200 {
            var random = SeededGenerator(seed: seed)
            var writes = OwnWrites()
            var now: UInt64 = 1
            var end: Int64 = 0
            var lastWrite: Int64 = -1
            var replayed: [Int64?] = [nil, 0, 0]
            var known = Self.sample(at: 0, 0, replayed)
            for _ in 0..<60 {
                now += UInt64.random(in: 0...1, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    end += 1
                    lastWrite = end
                    writes.wrote(at: now)
                case 1: end += Int64.random(in: 0...3, using: &random)
                case 2: known = Self.sample(at: now, end, replayed)
                default:
                    let node = Int.random(in: 1...2, using: &random)
                    replayed[node] = Int64.random(in: (replayed[node] ?? 0)...end, using: &random)
                }
                for node in 1...2 {
                    let allowed =
                        switch writes.bound(known) {
                        case .none: true
                        case .unknownYet: false
                        case .position(let bound): known.hasReplayed(node, bound)
                        }
                    #expect(!allowed || (replayed[node] ?? -1) >= lastWrite, "seed \(seed)")
                }
            }
        }
    }
}
