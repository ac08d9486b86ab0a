import ClusterModel
import Credentials
import Foundation
import Operations
import Pooling
import Reactor
import Routing
import Settings
import Testing

@testable import Proxy

/// A control thread before a scripted primary 0 and standbys, with two workers' mailboxes.
final class ControlScene {
    let nodes: [ScriptedNode]
    let shared: ProxyShared
    private let control: ControlBox
    private let ended = Bell()
    /// What it decides about nodes is kept here, and not found by the next one.
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "trunkline-control-\(UUID().uuidString)")
    private var reactor = Reactor()
    private var inboxes: [[WorkerMessage]] = [[], []]

    /// - Parameter positions: of the primary and the standbys.
    init(positions: [Int64], _ configure: (inout Settings) -> Void = { _ in }) throws {
        nodes = try positions.enumerated().map { id, position in
            try ScriptedNode(
                ScriptedNode.Script(isInRecovery: id != 0, position: position))
        }
        var settings = Settings()
        settings.backendClusteringMode = .streamingReplication
        settings.backends = nodes.indices.map { id in
            var backend = BackendSettings()
            backend.hostname = "127.0.0.1"
            backend.port = 1
            backend.weight = 1
            backend.applicationName = "node\(id)"
            return backend
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        settings.workDir = folder.path
        configure(&settings)
        let passwords = PasswordBook(
            PoolPasswd(), identityKey: try CredentialIdentity.Key(), mock: try ScramMockSecret())
        shared = ProxyShared(
            log: Log(),
            limits: PermitBook.Limits(
                sessionsMax: 10, sessionsReserved: 0, waitersMax: 10, serversPerNodeMax: 10),
            workers: 2)
        let firstSurvey = Bell()
        control = ControlBox(
            ControlThread(
                shared: shared,
                settings: WorkerSettings(settings, passwords: passwords, workers: 2),
                addresses: nodes.map { [$0.address] }, firstSurvey: firstSurvey))
        reactor.watch(shared.mailboxes[0].waker)
        let (thread, ended) = (control, ended)
        let isStarted = SystemThread.start(name: "control") {
            thread.thread.run()
            ended.ring()
        }
        try #require(isStarted)
        firstSurvey.wait(secondsMax: 10)
        try #require(snapshot.primary == 0)
        let areAllUsable = snapshot.nodes.allSatisfy(\.isUsable)
        try #require(areAllUsable)
        // The first term is told to all.
        for worker in shared.mailboxes.indices {
            try #require(self.positions(of: worker)?.term == 1)
        }
    }

    func end() {
        shared.control.post(.stop)
        ended.wait()
        shared.blocking.stop()
        shared.names.stop()
        for node in nodes { node.stop() }
        // A file may be on its way into it.
        for _ in 1...20 where FileManager.default.fileExists(atPath: folder.path) {
            try? FileManager.default.removeItem(at: folder)
        }
    }

    var snapshot: ClusterSnapshot { control.thread.state.snapshot }
    var topology: RoutingTopology { control.thread.state.topology }

    /// Asks for positions as a worker does; returns the time of the question.
    @discardableResult
    func want(by worker: Int = 0) -> UInt64 {
        let now = MonotonicClock.now()
        shared.control.post(.positionsWanted(worker: worker))
        return now
    }

    /// The next positions that a worker is told and that are as wanted; nil if none come within
    /// `limit`.
    func positions(
        of worker: Int = 0, within limit: Duration = .seconds(5),
        where isWanted: (ReplayPositions) -> Bool = { _ in true }
    ) -> ReplayPositions? {
        let deadline = MonotonicClock.now() + limit.nanoseconds
        while true {
            inboxes[worker] += shared.mailboxes[worker].takeAll()
            while !inboxes[worker].isEmpty {
                if case .positions(let positions) = inboxes[worker].removeFirst(),
                    isWanted(positions)
                {
                    return positions
                }
            }
            guard MonotonicClock.now() < deadline else { return nil }
            pause()
        }
    }

    /// Waits until something is true, for some seconds at most.
    func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = MonotonicClock.now() + 5_000_000_000
        while !condition() {
            guard MonotonicClock.now() < deadline else { return false }
            pause()
        }
        return true
    }

    /// Lets the other threads work: until worker 0 is rung for, or a millisecond.
    private func pause() { _ = reactor.next(deadline: MonotonicClock.now() + 1_000_000) }
}
