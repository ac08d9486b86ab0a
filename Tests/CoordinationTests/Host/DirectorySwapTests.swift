import ClusterModel
import Foundation
import Glibc
import Testing

@testable import Coordination

/// A data directory that is none, its new one, and what became of them.
private final class SwapStage {
    let scratch: ScratchDirectory
    let places: HostPlaces
    private let mount: String?

    /// - Parameter isInside: a data directory that cannot be renamed.
    init?(isInside: Bool) throws {
        scratch = try ScratchDirectory()
        let data = scratch.file("data")
        mkdir(data, 0o700)
        if isInside {
            let words = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", data]
            let outcome = CommandRunner.run(
                ProgramLaunch(words), timeMax: .seconds(20), onLine: { _ in })
            guard outcome.isSuccess else { return nil }
        }
        mount = isInside ? data : nil
        places = try HostPlaces(HostedServer(node: 0, dataDirectory: data, port: 1))
    }

    deinit {
        if let mount {
            _ = CommandRunner.run(
                ProgramLaunch(["umount", mount]), timeMax: .seconds(20), onLine: { _ in })
        }
    }

    func make(_ directory: String, _ content: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory + "/base/1", withIntermediateDirectories: true)
        for name in ["PG_VERSION", "base/1/x"] {
            try "15\n\(content)".write(
                toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
        }
        if content == "new" {
            try "".write(toFile: directory + "/only-new", atomically: false, encoding: .utf8)
        }
    }

    /// What is in a directory: the name of what was made there, `mixed`, or `-`.
    func content(_ directory: String) -> String {
        let texts = ["PG_VERSION", "base/1/x"].map { name in
            (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? "-"
        }
        let hasNew = HostFiles.exists(directory + "/only-new")
        guard texts[0] == texts[1], hasNew == texts[0].hasSuffix("new") else { return "mixed" }
        return texts[0].split(separator: "\n").last.map(String.init) ?? "-"
    }

    var contents: [String] { [places.data, places.new, places.old].map { content($0) } }

    func record(job: String = "j", state: JobReport.State = .succeeded) throws {
        var record = HostJob(job: job, kind: .baseBackup, process: 1, startTime: "never")
        record.state = state
        try record.save(places)
    }
}

@Suite("Swapping directories", .serialized)
struct DirectorySwapTests {
    @Test("there and back, each as often as one likes", arguments: [false, true])
    func wholeWay(isInside: Bool) throws {
        guard let stage = try SwapStage(isInside: isInside) else { return }
        #expect(stage.places.isInside == isInside)
        #expect(stage.places.isMountPoint == isInside)
        try stage.make(stage.places.data, "old")
        try stage.make(stage.places.new, "new")
        let swap = DirectorySwap(stage.places)
        #expect(!swap.hasNew(of: "j"))
        #expect(throws: HostFailure.self) { try swap.swap(job: "j") }
        try stage.record()
        #expect(swap.hasNew(of: "j") && !swap.hasNew(of: "k"))
        #expect(throws: HostFailure.self) { try swap.swap(job: "k") }
        #expect(stage.contents == ["old", "new", "-"])
        for _ in 0..<2 {
            for _ in 0..<2 {
                try swap.swap(job: "j")
                #expect(stage.contents == ["new", "-", "old"])
                #expect(swap.hasOld && !swap.hasNew(of: "j"))
            }
            for _ in 0..<2 {
                try swap.unswap()
                #expect(stage.contents == ["old", "new", "-"])
                #expect(!swap.hasOld && swap.hasNew(of: "j"))
            }
        }
        try swap.swap(job: "j")
        try swap.discard(.old)
        try swap.discard(.old)
        try swap.discard(.new)
        #expect(stage.contents == ["new", "-", "-"])
        #expect(throws: HostFailure.self) { try swap.discard(.data) }
        #expect(stage.contents == ["new", "-", "-"])
    }

    @Test("without a data directory the new one just comes", arguments: [false, true])
    func wiped(isInside: Bool) throws {
        guard let stage = try SwapStage(isInside: isInside) else { return }
        try stage.make(stage.places.new, "new")
        try stage.record()
        let swap = DirectorySwap(stage.places)
        for _ in 0..<2 {
            try swap.swap(job: "j")
            #expect(stage.contents == ["new", "-", "-"])
        }
        // Nothing to take back, and nothing is lost.
        try swap.unswap()
        #expect(stage.contents == ["new", "-", "-"])
    }

    @Test("for want of room the data may go before", arguments: [false, true])
    func removal(isInside: Bool) throws {
        guard let stage = try SwapStage(isInside: isInside) else { return }
        try stage.make(stage.places.data, "old")
        let swap = DirectorySwap(stage.places)
        for _ in 0..<2 {
            try swap.removeData()
            #expect(stage.contents == ["-", "-", "-"] && !stage.places.dataExists)
        }
        try stage.make(stage.places.new, "new")
        try stage.record()
        try swap.swap(job: "j")
        #expect(stage.contents == ["new", "-", "-"])
    }

    @Test("what is there twice is not overwritten, and the only copy not removed")
    func refusals() throws {
        guard let stage = try SwapStage(isInside: false) else { return }
        let swap = DirectorySwap(stage.places)
        try stage.make(stage.places.old, "older")
        rmdir(stage.places.data)
        #expect(throws: HostFailure.self) { try swap.discard(.old) }
        #expect(throws: HostFailure.self) { try swap.swap(job: "j") }
        try stage.make(stage.places.data, "old")
        try stage.make(stage.places.new, "new")
        try stage.record()
        #expect(throws: HostFailure.self) { try swap.swap(job: "j") }
        #expect(stage.contents == ["old", "new", "older"])
        // A running job keeps its directory.
        var record = try #require(HostJob.load(stage.places))
        record.state = .running
        record.process = getpid()
        record.startTime = try #require(ProcessTable.startTime(getpid()))
        try record.save(stage.places)
        #expect(throws: HostFailure.self) { try swap.discard(.new) }
        #expect(throws: HostFailure.self) { try swap.unswap() }
        #expect(stage.contents == ["old", "new", "older"])
    }

    @Test("half a swap of directories is finished or taken back")
    func crashedRename() throws {
        for isFinished in [true, false] {
            guard let stage = try SwapStage(isInside: false) else { return }
            try stage.make(stage.places.data, "old")
            try stage.make(stage.places.new, "new")
            try stage.record()
            try HostFiles.move(stage.places.data, to: stage.places.old)
            let swap = DirectorySwap(stage.places)
            if isFinished {
                // By whoever comes.
                try swap.swap(job: "another")
                #expect(stage.contents == ["new", "-", "old"])
                // Half of the way back.
                try HostFiles.move(stage.places.data, to: stage.places.new)
                try swap.unswap()
            } else {
                try swap.unswap()
            }
            #expect(stage.contents == ["old", "new", "-"])
        }
    }

    /// Does the first steps of a move of entries by hand, as a crash would leave them.
    @Test("half a swap of entries is finished or taken back", arguments: 0..<7)
    func crashedMoves(steps: Int) throws {
        for isFinished in [true, false] {
            for isForward in [true, false] {
                guard let stage = try SwapStage(isInside: true) else { return }
                let places = stage.places
                try stage.make(places.data, "old")
                try stage.make(places.new, "new")
                try stage.record()
                let swap = DirectorySwap(places)
                if !isForward { try swap.swap(job: "j") }
                // What leaves and what enters.
                let away = isForward ? places.old : places.new
                let home = isForward ? places.new : places.old
                let phases =
                    isForward ? ["oldLeaves", "newEnters"] : ["newLeaves", "oldEnters"]
                try HostFiles.makeDirectory(away)
                try HostFiles.replace(places.swapPhase, with: phases[0])
                var rest = steps
                for (phase, from, to) in [
                    (phases[0], places.data, away), (phases[1], home, places.data),
                ] {
                    guard rest > 0 else { break }
                    try HostFiles.replace(places.swapPhase, with: phase)
                    let names = HostFiles.names(in: from).filter { $0 != HostPlaces.innerName }
                    let count = phase == phases[0] && rest > names.count ? names.count : rest
                    for name in names.sorted().prefix(count) {
                        #expect(HostFiles.rename("\(from)/\(name)", "\(to)/\(name)"))
                    }
                    rest -= count
                }
                // Nothing starts and nothing is removed meanwhile.
                #expect(throws: HostFailure.self) { try HostWorker.checkStart(places) }
                #expect(throws: HostFailure.self) { try swap.discard(.new) }
                #expect(throws: HostFailure.self) { try swap.discard(.old) }

                if isFinished == isForward {
                    try swap.swap(job: "another")
                    #expect(stage.contents == ["new", "-", "old"])
                } else {
                    try swap.unswap()
                    #expect(stage.contents == ["old", "new", "-"])
                }
                #expect(!HostFiles.exists(places.swapPhase))
            }
        }
    }

    @Test("a mark goes with its directory and ends with it")
    func taint() throws {
        guard let stage = try SwapStage(isInside: false) else { return }
        let places = stage.places
        try stage.make(places.data, "old")
        try stage.make(places.new, "new")
        for directory in [places.data, places.new] { mkdir(directory + "/global", 0o700) }
        try stage.record()
        let mark = TaintMark(places)
        #expect(!mark.isOn(places.data))
        try mark.put(on: places.data)
        #expect(mark.isOn(places.data) && !mark.isOn(places.new))
        #expect(throws: HostFailure.self) { try HostWorker.checkStart(places) }
        let swap = DirectorySwap(places)
        try swap.swap(job: "j")
        #expect(!mark.isOn(places.data) && mark.isOn(places.old))
        try HostWorker.checkStart(places)
        try swap.unswap()
        #expect(mark.isOn(places.data))
        try swap.swap(job: "j")
        try swap.discard(.old)
        #expect(!HostFiles.exists(places.taint))
    }
}
