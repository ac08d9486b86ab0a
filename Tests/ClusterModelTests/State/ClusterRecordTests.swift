import ClusterModel
import Testing

@Suite("The record of the cluster's state")
struct ClusterRecordTests {
    typealias Address = ClusterRecord.Address

    private static func record(_ operation: ClusterRecord.Operation? = nil) -> ClusterRecord {
        ClusterRecord(
            clusterID: "c1", epoch: 5, primary: 1,
            backends: [
                .init(id: 0, host: "a", port: 5432, isOut: true, reason: "gone", since: 9),
                .init(id: 1, host: "b", port: 5432, systemIdentifier: "77", timeline: 2),
                .init(id: 2, host: "c", port: 5432, isDetached: true),
            ], operation: operation)
    }

    private static func operation(from: Int?, to: Int?) -> ClusterRecord.Operation {
        .init(
            id: "5-1", kind: "failover", phase: "promote", oldPrimary: from, target: to,
            startedAt: 100)
    }

    private static let same = [
        Address(id: 0, host: "a", port: 5432), Address(id: 1, host: "b", port: 5432),
        Address(id: 2, host: "c", port: 5432),
    ]

    @Test("fits the configuration that it was written under, and one with more nodes")
    func same() {
        let record = Self.record(Self.operation(from: 0, to: 1))
        for addresses in [Self.same, Self.same + [Address(id: 3, host: "d", port: 5432)]] {
            let (result, mismatches) = record.matched(to: addresses)
            #expect(result == record)
            #expect(mismatches.isEmpty)
        }
    }

    @Test("says nothing of a server at another address")
    func discarded() {
        for address in [Address(id: 0, host: "x", port: 5432), Address(id: 0, host: "a", port: 1)] {
            let (result, mismatches) = Self.record().matched(
                to: [address] + Self.same.dropFirst())
            #expect(result.backends == Array(Self.record().backends.dropFirst()))
            #expect(result.primary == 1)
            #expect(mismatches == [.discarded(Self.record().backends[0])])
            #expect(result.flaw == nil)
        }
    }

    @Test("follows servers to other numbers, with the primary and the operation")
    func moved() {
        let (result, mismatches) = Self.record(Self.operation(from: 0, to: 1)).matched(to: [
            Address(id: 0, host: "b", port: 5432), Address(id: 1, host: "a", port: 5432),
            Address(id: 7, host: "c", port: 5432),
        ])
        #expect(result.backends.map(\.host) == ["b", "a", "c"])
        #expect(result.backends.map(\.id) == [0, 1, 7])
        #expect(result.backends.map(\.isOut) == [false, true, false])
        #expect(result.primary == 0)
        #expect(result.operation?.oldPrimary == 1)
        #expect(result.operation?.target == 0)
        #expect(mismatches.count == 3)
        #expect(result.flaw == nil)
    }

    @Test("forgets a primary that is gone, and an operation that concerns it")
    func primary() {
        let operation = Self.operation(from: 1, to: 2)
        let record = Self.record(operation)
        let (result, mismatches) = record.matched(to: [Self.same[0], Self.same[2]])
        #expect(result.primary == nil)
        #expect(result.operation == nil)
        #expect(result.epoch == 5)
        #expect(
            mismatches == [
                .discarded(record.backends[1]), .primaryUnknown(1), .operationDropped(operation),
            ])
        #expect(mismatches.allSatisfy { !$0.description.isEmpty })
    }

    @Test("keeps an operation without nodes, and an empty record empty")
    func operationWithoutNodes() {
        let operation = Self.operation(from: nil, to: nil)
        #expect(Self.record(operation).matched(to: []).record.operation == operation)
        let empty = ClusterRecord(clusterID: "x")
        #expect(empty.matched(to: Self.same).record == empty)
    }

    @Test("two nodes with one address are told apart by their numbers")
    func twins() {
        var record = Self.record()
        record.backends[0].host = "b"
        let addresses = [
            Address(id: 1, host: "b", port: 5432), Address(id: 3, host: "b", port: 5432),
        ]
        let (result, mismatches) = record.matched(to: addresses)
        #expect(result.backends.map(\.id) == [1, 3])
        #expect(result.backends[0] == record.backends[1])
        #expect(mismatches.count == 2)
    }

    @Test("flaws are found")
    func flaws() {
        let changes: [(inout ClusterRecord) -> Void] = [
            { $0.formatVersion = 2 }, { $0.primary = 3 }, { $0.backends[1].id = 0 },
            { $0.backends[1].id = 128 }, { $0.backends[1].id = -1 }, { $0.backends[0].port = 0 },
            { $0.backends[0].port = 65536 }, { $0.backends[0].host = "" },
            { $0.backends[0].timeline = -1 }, { $0.backends[0].walBytes = -1 },
            { $0.operation = Self.operation(from: 9, to: nil) },
            { $0.operation = Self.operation(from: nil, to: 9) },
            {
                $0.operation = Self.operation(from: 0, to: 1)
                $0.operation?.attempts = -1
            },
        ]
        #expect(Self.record(Self.operation(from: 0, to: 1)).flaw == nil)
        for (number, change) in changes.enumerated() {
            var record = Self.record()
            change(&record)
            #expect(record.flaw != nil, "change \(number)")
        }
    }
}
