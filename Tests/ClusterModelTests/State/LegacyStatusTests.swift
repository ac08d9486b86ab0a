import ClusterModel
import TestSupport
import Testing

@Suite("pgpool_status")
struct LegacyStatusTests {
    private static func binary(_ codes: [Int32]) -> [UInt8] {
        (codes + [Int32](repeating: 0, count: 128 - codes.count)).flatMap { code in
            withUnsafeBytes(of: code) { Array($0) }
        }
    }

    @Test(
        "is read as Pgpool-II reads it",
        arguments: [
            ("up\ndown\nunused\n", [.up, .down, .unused], []), ("", [], []), ("\n", [.unused], [1]),
            ("UP\nDown of old\nunusedx\n", [.up, .down, .unused], []),
            ("up\r\ndown", [.up, .down], []),
            ("up\nhello\n\ndown\n", [.up, .unused, .unused, .down], [2, 3]),
            (" up\nu\n", [.unused, .unused], [1, 2]),
        ] as [(String, [LegacyStatus.Word], [Int])])
    func text(text: String, words: [LegacyStatus.Word], invalidLines: [Int]) {
        let status = LegacyStatus(bytes: Array(text.utf8))
        #expect(status.words == words)
        #expect(status.invalidLines == invalidLines)
    }

    @Test("the layout of old releases is read, too")
    func oldLayout() {
        let status = LegacyStatus(bytes: Self.binary([2, 1, 3, 0, 3]))
        #expect(status.words == [.up, .up, .down, .unused, .down])
        // One number that is no status: then it is no such file.
        #expect(LegacyStatus(bytes: Self.binary([2, 4])).isMeaningful == false)
        #expect(LegacyStatus(bytes: Array(Self.binary([2]).dropLast())).isMeaningful == false)
    }

    @Test("no bytes do harm, and there are 128 nodes at most")
    func anyBytes() {
        #expect(
            LegacyStatus(bytes: Array(String(repeating: "up\n", count: 128).utf8)).words.count
                == 128)
        let many = LegacyStatus(bytes: Array(String(repeating: "x\n", count: 500).utf8))
        #expect(many.words.count == 128)
        #expect(many.invalidLines.count == 128)
        for seed in 0..<500 {
            var random = SeededGenerator(seed: UInt64(seed))
            let count = [Int.random(in: 0...40, using: &random), 512].randomElement(using: &random)
            let bytes = (0..<(count ?? 0)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(LegacyStatus(bytes: bytes).words.count <= 128, "seed \(seed)")
        }
    }

    @Test("a record is written in these words and read back")
    func roundTrip() {
        let record = ClusterRecord(
            clusterID: "c",
            backends: [
                .init(id: 0, host: "a", port: 1), .init(id: 2, host: "b", port: 1, isOut: true),
                .init(id: 3, host: "c", port: 1, isDetached: true),
            ])
        let status = LegacyStatus(record)
        #expect(String(decoding: status.text, as: UTF8.self) == "up\nunused\ndown\ndown\n")
        #expect(LegacyStatus(bytes: status.text) == status)
        #expect(LegacyStatus(ClusterRecord(clusterID: "c")).words.isEmpty)
        #expect(
            LegacyStatus(
                ClusterRecord(
                    clusterID: "c", backends: [.init(id: .max, host: "a", port: 1)])
            ).words.count <= 128)
    }

    @Test("what was down is out, unless everything was")
    func takeOver() {
        let addresses = [
            ClusterRecord.Address(id: 0, host: "a", port: 1), .init(id: 1, host: "b", port: 2),
            .init(id: 4, host: "c", port: 3),
        ]
        let expected: [([LegacyStatus.Word], [Bool])] = [
            ([.down, .up], [true, false, false]), ([.up, .down, .down], [false, true, false]),
            ([.down, .down], [false, false, false]), ([], [false, false, false]),
            ([.unused, .up], [false, false, false]),
            ([.up, .up, .up, .up, .down], [false, false, true]),
        ]
        for (words, isOut) in expected {
            let record = LegacyStatus(words: words).record(of: addresses, clusterID: "c", now: 7)
            #expect(record.backends.map(\.isOut) == isOut, "\(words)")
            #expect(record.backends.map(\.since) == isOut.map { $0 ? 7 : 0 })
            #expect(record.backends.map(\.id) == [0, 1, 4])
            #expect(record.primary == nil)
            #expect(record.flaw == nil)
        }
    }
}
