internal import Operations
internal import Synchronization

/// Gathers from all workers how many clients do what. Each worker adds its own once; whoever asked
/// waits for the last one, but not long.
final class SessionTally: Sendable {
    private struct State {
        var sessions = ProxyMetrics.Sessions()
        var missing: Int
    }

    private let state: Mutex<State>
    private let bell = Bell()

    init(workers: Int) { state = Mutex(State(missing: workers)) }

    func add(_ sessions: ProxyMetrics.Sessions) {
        let isComplete = state.withLock { state in
            state.sessions.add(sessions)
            state.missing -= 1
            return state.missing == 0
        }
        if isComplete { bell.ring() }
    }

    /// Blocks until all have answered, at most a second: without those that do not.
    func wait() -> ProxyMetrics.Sessions {
        bell.wait(secondsMax: 1)
        return state.withLock { $0.sessions }
    }
}

extension Worker {
    func tallyWanted(_ tally: SessionTally) {
        var sessions = ProxyMetrics.Sessions()
        for client in clients.all {
            switch state(client) {
            case .waiting: break
            case .connecting: sessions.connecting += 1
            case .idle: sessions.idle += 1
            case .idleInTransaction: sessions.idleInTransaction += 1
            case .executing: sessions.executing += 1
            }
        }
        tally.add(sessions)
    }
}
