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

    /// The highest number of a record that the control thread was told of within some seconds.
    private func told(_ shared: ProxyShared, atLeast wanted: UInt64) -> UInt64 {
        var latest: UInt64 = 0
        for _ in 0..<5000 where latest < wanted {
            for case .stateWritten(let number) in shared.control.takeAll() { latest = number }
            usleep(1000)
        }
        return latest
    }

    @Test("a record is pending until it is on the disk, or cannot be", arguments: [true, false])
    func pending(_ isThere: Bool) throws {
        let shared = Self.shared()
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "trunkline-writer-\(UUID().uuidString)")
        if isThere {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let writer = StateWriter(directory: folder.path, shared: shared)
        #expect(writer.pending == nil)
        for epoch in 1...3 as ClosedRange<UInt64> {
            writer.write(ClusterRecord(clusterID: "a", epoch: epoch), isLegacyWanted: false)
            #expect(writer.pending.map { $0 == epoch } ?? true)
        }
        #expect(told(shared, atLeast: 3) == 3)
        #expect(writer.pending == nil)
        let file = folder.appending(path: "trunkline_state.json").path
        #expect(FileManager.default.fileExists(atPath: file) == isThere)
        shared.blocking.stop()
        shared.names.stop()
        if isThere { try FileManager.default.removeItem(at: folder) }
    }

    @Test("who gives an order learns how it ended, or that it has not")
    func replies() {
        let reply = OrderReply()
        guard case .refused(let reason, _) = reply.wait(secondsMax: 0) else {
            Issue.record("it has not ended")
            return
        }
        #expect(reason == "the order is still being carried out after 0 s")
        reply.end(.done)
        reply.end(.refused(reason: "late", hint: nil))
        #expect(reply.wait(secondsMax: 5) == .done)
        #expect(reply.wait(secondsMax: 5) == .done)
    }
}
