import ClusterModel
import Coordination
import Credentials
import Foundation
import Operations
import Pooling
import Settings
import Testing

@testable import Proxy

@Suite("When a node's status changed last")
struct StatusChangeTests {
    @Test(
        "a node that stays out changed when the last run says, and else at the start",
        arguments: [1_700_000_000, 0, -1] as [Int64])
    func restored(since: Int64) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "trunkline-status-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = Settings()
        settings.backendClusteringMode = .streamingReplication
        settings.workDir = folder.path
        settings.backends = (1...2).map { port in
            var backend = BackendSettings()
            backend.hostname = "127.0.0.1"
            backend.port = port
            return backend
        }
        var record = ClusterRecord(clusterID: "a")
        record.backends = settings.backends.enumerated().map { id, backend in
            ClusterRecord.Backend(
                id: id, host: backend.hostname, port: backend.port, isDetached: id == 1,
                since: id == 1 ? since : 0)
        }
        try StateFile(directory: folder.path).save(record)

        let shared = ProxyShared(
            log: Log(),
            limits: PermitBook.Limits(
                sessionsMax: 1, sessionsReserved: 0, waitersMax: 1, serversPerNodeMax: 1),
            workers: 1)
        let passwords = PasswordBook(
            PoolPasswd(), identityKey: try CredentialIdentity.Key(), mock: try ScramMockSecret())
        let control = ControlThread(
            shared: shared, settings: WorkerSettings(settings, passwords: passwords, workers: 1),
            addresses: [[], []], firstSurvey: Bell())
        #expect(control.survey.membership(1).isDetached)
        let facts = shared.nodeFacts(settings, control.state.snapshot)
        let expected = since > 0 ? since : shared.startedAt
        #expect(facts.map(\.statusChangedAt) == [shared.startedAt, expected])
        shared.blocking.stop()
        shared.names.stop()
    }
}
