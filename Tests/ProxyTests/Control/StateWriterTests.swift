import ClusterModel
import Foundation
import Operations
import Pooling
import Synchronization
import Testing

@testable import Proxy

@Suite("Bringing decisions to the disk")
struct StateWriterTests {
    private static func shared() -> ProxyShared {
        ProxyShared(
            log: Log(),
            limits: PermitBook.Limits(
                sessionsMax: 1, sessionsReserved: 0, waitersMax: 1, serversPerNodeMax: 1),
            workers: 1)
    }

    @Test(
        "who waits for a record is told once, when it is on the disk or cannot be",
        arguments: [true, false])
    func completions(_ isThere: Bool) throws {
        let shared = Self.shared()
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "trunkline-writer-\(UUID().uuidString)")
        if isThere {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let writer = StateWriter(directory: folder.path, shared: shared)
        let file = folder.appending(path: "trunkline_state.json")
        let told = Mutex<[(epoch: UInt64, onDisk: String, failure: String?)]>([])
        let bell = Bell()
        for epoch in 1...3 as ClosedRange<UInt64> {
            writer.write(ClusterRecord(clusterID: "a", epoch: epoch), isLegacyWanted: false)
            writer.whenWritten { failure in
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                told.withLock { $0.append((epoch, text, failure)) }
                bell.ring()
            }
        }
        for _ in 1...3 { #expect(bell.wait(secondsMax: 5)) }
        let calls = told.withLock { $0 }
        #expect(calls.map(\.epoch).sorted() == [1, 2, 3])
        for call in calls { #expect((call.failure == nil) == isThere) }
        if isThere {
            // A later record may have taken the place of one that waited.
            #expect(calls.last?.onDisk.contains("\"epoch\"") == true)
        }
        #expect(writer.hasFailed == !isThere)
        // Whoever waits is told before the writer has looked for more.
        for _ in 1...5000 where writer.isBusy { usleep(1000) }
        #expect(!writer.isBusy)
        shared.blocking.stop()
        shared.names.stop()
        // Nothing is under way: it is told at once.
        let isTold = Mutex(false)
        writer.whenWritten { failure in isTold.withLock { $0 = (failure == nil) == isThere } }
        #expect(isTold.withLock { $0 })
        if isThere { try FileManager.default.removeItem(at: folder) }
    }

    @Test("who gives an order learns how it ended, or that it has not")
    func replies() {
        let reply = OrderReply()
        guard case .refused(let reason, _) = reply.wait(secondsMax: 0, telling: { _ in }) else {
            Issue.record("it has not ended")
            return
        }
        #expect(reason == "the order is still being carried out after 0 s")
        reply.tell("half")
        reply.end(.done)
        reply.tell("too late")
        reply.end(.refused(reason: "late", hint: nil))
        var lines: [String] = []
        #expect(reply.wait(secondsMax: 5, telling: { lines.append($0) }) == .done)
        #expect(reply.wait(secondsMax: 5, telling: { lines.append($0) }) == .done)
        #expect(lines == ["half"])
    }
}
