import ClusterModel
import Foundation
import TestSupport
import Testing

@testable import Coordination

@Suite("The state file")
struct StateFileTests {
    private static let record = ClusterRecord(
        clusterID: "c1", epoch: .max, primary: 1,
        backends: [
            .init(
                id: 0, host: "/tmp", port: 5432, systemIdentifier: "7301234567890123456",
                timeline: 3, walBytes: .max, isOut: true, reason: "no answer \"at\nall\" é",
                since: 1_800_000_000),
            .init(id: 1, host: "b", port: 1, isDetached: true),
        ],
        operation: .init(
            id: "9-1", kind: "failover", phase: "promote", oldPrimary: 0, target: nil,
            startedAt: 1, attempts: 2))

    private static func failure(_ body: () throws(StateFailure) -> Void) -> StateFailure? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("a record comes back as it was, and only the owner can read it")
    func roundTrip() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path + "/")
        #expect(try file.load() == nil)
        for record in [Self.record, ClusterRecord(clusterID: "")] {
            try file.save(record)
            #expect(try file.load() == record)
        }
        #expect(try scratch.names() == ["trunkline_state.json"])
        let facts = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(facts[.posixPermissions] as? Int == 0o600)
    }

    @Test("a record of a version that knew less is read")
    func earlier() throws {
        var record = ClusterRecord(
            clusterID: "x", backends: [.init(id: 1, host: "h", port: 5432)])
        record.recoveries = [RecoveryRecord(id: "r", node: 1, source: 0)]
        let text = String(decoding: record.json(), as: UTF8.self)
        let known = text.split(separator: "\n").filter {
            !$0.contains("\"startOnly\"") && !$0.contains("\"oldGoesFirst\"")
        }
        #expect(known.count == text.split(separator: "\n").count - 2)
        // The line before may have got a comma too many.
        let json = known.joined(separator: "\n").replacing(/,(\s*})/) { $0.output.1 }
        let read = try ClusterRecord(json: Array(json.utf8))
        #expect(read.recoveries?.first?.isStartOnly == false)
        #expect(read.recoveries?.first?.removesOld == false)
        #expect(read.recoveries?.first?.id == "r")
    }

    @Test(
        "what is wrong with a damaged file is said",
        arguments: [
            ("", "it is no JSON"), ("{", "it is no JSON"), ("[]", "it is no JSON object"),
            ("null", "it is no JSON object"), ("{}", "is missing"),
            ("\"formatVersion\" : 1", "its format is 1, this program knows 1"),
        ])
    func damaged(text: String, message: String) throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        if text.hasPrefix("\"") {
            try file.save(Self.record)
            let whole = try scratch.text("trunkline_state.json")
            try scratch.write(
                whole.replacing(text, with: "\"formatVersion\" : 2"), to: "trunkline_state.json")
        } else {
            try scratch.write(text, to: "trunkline_state.json")
        }
        let failure = try #require(Self.failure { () throws(StateFailure) in _ = try file.load() })
        #expect(failure.code == .damaged)
        let expected = message.replacing("is 1,", with: "is 2,")
        #expect(failure.message.contains(expected), "\(failure.message)")
        #expect(failure.message.hasPrefix("\"\(file.path)\" is damaged: "))

        #expect(file.setAside() == file.path + ".damaged")
        #expect(try file.load() == nil)
        #expect(file.setAside() == nil)
    }

    @Test("neither a cut nor a changed byte is a trap")
    func anyBytes() {
        let whole = Self.record.json()
        for count in 0..<(whole.count - 2) {
            #expect(throws: StateFailure.self) {
                try ClusterRecord(json: Array(whole.prefix(count)))
            }
        }
        for seed in 0..<2000 {
            var random = SeededGenerator(seed: UInt64(seed))
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            let record = try? ClusterRecord(json: bytes)
            #expect(record?.flaw == nil, "seed \(seed)")
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 200_000)
        #expect(throws: StateFailure.self) { try ClusterRecord(json: deep) }
    }

    @Test("a file of impossible size, a directory and a FIFO are refused")
    func strangeFiles() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        try scratch.write(
            String(repeating: " ", count: DurableFile.bytesMax + 1), to: "trunkline_state.json")
        #expect(Self.failure { () throws(StateFailure) in _ = try file.load() }?.code == .damaged)

        unlink(file.path)
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(
            Self.failure { () throws(StateFailure) in _ = try file.load() }?.code == .unreadable)

        try FileManager.default.createDirectory(
            atPath: file.legacyPath, withIntermediateDirectories: true)
        #expect(
            Self.failure { () throws(StateFailure) in _ = try file.loadLegacy() }?.code
                == .unreadable)
    }

    @Test(
        "somebody else's file is believed only where nobody else could have left it",
        arguments: [
            (10, 0o040755, true), (10, 0o041777, true), (0, 0o041777, true), (11, 0o040755, true),
            (11, 0o041777, false), (11, 0o040702, false),
        ] as [(UInt32, UInt32, Bool)])
    func trust(owner: UInt32, mode: UInt32, isTrusted: Bool) {
        #expect(DurableFile.isTrusted(owner: owner, folderMode: mode, own: 10) == isTrusted)
    }

    @Test("what a crashed process left is no hindrance")
    func leftOver() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        try scratch.write("half", to: "trunkline_state.json.new")
        try file.save(Self.record)
        #expect(try file.load() == Self.record)
        #expect(try scratch.names() == ["trunkline_state.json"])
    }

    @Test("a failure leaves the old file as it was")
    func failedReplacement() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        try file.save(Self.record)
        // In the way, and not to be removed.
        let blocker = scratch.file("trunkline_state.json.new/x")
        try FileManager.default.createDirectory(
            atPath: blocker, withIntermediateDirectories: true)
        var next = Self.record
        next.epoch = 1
        let failure = Self.failure { () throws(StateFailure) in try file.save(next) }
        #expect(failure?.code == .notWritten)
        #expect(failure?.message.hasPrefix("could not create") == true)
        #expect(try file.load() == Self.record)

        let nowhere = StateFile(directory: scratch.file("none"))
        #expect(
            Self.failure { () throws(StateFailure) in try nowhere.save(next) }?.code == .notWritten)
        #expect(try nowhere.load() == nil)
    }

    @Test("a full disk is an error, and the old file stays")
    func fullDisk() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        #expect(DurableFile.write([1], to: full) == ENOSPC)
        close(full)

        // A small disk of our own, where the system lets us have one.
        let scratch = try ScratchDirectory()
        let mounted = CommandRunner.run(
            "mount -t tmpfs -o size=16k none \(scratch.path)", timeMax: .seconds(20)
        ) { _ in }
        guard mounted.isSuccess else { return }
        defer {
            _ = CommandRunner.run("umount \(scratch.path)", timeMax: .seconds(20)) { _ in }
        }
        let file = StateFile(directory: scratch.path)
        try file.save(Self.record)
        var next = Self.record
        next.backends[0].reason = String(repeating: "x", count: 20_000)
        let failure = Self.failure { () throws(StateFailure) in try file.save(next) }
        #expect(failure?.code == .notWritten)
        #expect(failure?.message.hasSuffix("No space left on device") == true)
        #expect(try scratch.names() == ["trunkline_state.json"])
        #expect(try file.load() == Self.record)
        next.backends[0].reason = "short"
        try file.save(next)
        #expect(try file.load() == next)
    }

    @Test("the file for scripts keeps the last nodes that could take writes")
    func legacy() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        #expect(try file.loadLegacy() == nil)
        #expect(try file.saveLegacy(LegacyStatus(words: [.up, .down])))
        #expect(try scratch.text("pgpool_status") == "up\ndown\n")
        #expect(try !file.saveLegacy(LegacyStatus(words: [.down, .down])))
        #expect(try file.loadLegacy() == LegacyStatus(words: [.up, .down]))
        let facts = try FileManager.default.attributesOfItem(atPath: file.legacyPath)
        #expect((facts[.posixPermissions] as? Int).map { $0 & 0o600 } == 0o600)
    }

    @Test("-D removes both files")
    func discard() throws {
        let scratch = try ScratchDirectory()
        let file = StateFile(directory: scratch.path)
        #expect(file.discard().isEmpty)
        try file.save(Self.record)
        try file.saveLegacy(LegacyStatus(words: [.up]))
        #expect(file.discard() == [file.path, file.legacyPath])
        #expect(try scratch.names().isEmpty)
    }
}
