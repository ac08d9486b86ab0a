internal import Operations
internal import Synchronization

/// Gathers from all workers what a report says about sessions. Each worker adds its own once; the
/// last one tells the worker that asked.
final class ReportCollector: Sendable {
    struct Facts: Sendable {
        var sessions: [SessionFacts] = []
        var idle: [ConnectionFacts] = []
    }

    private struct State {
        var facts = Facts()
        var missing: Int
    }

    /// Who asked.
    let worker: Int
    let client: UInt64
    private let state: Mutex<State>

    init(worker: Int, client: UInt64, workers: Int) {
        self.worker = worker
        self.client = client
        state = Mutex(State(missing: workers))
    }

    /// A worker's sessions and idle connections.
    ///
    /// - Returns: whether these were the last.
    func add(_ sessions: [SessionFacts], idle: [ConnectionFacts]) -> Bool {
        state.withLock { state in
            state.facts.sessions += sessions
            state.facts.idle += idle
            state.missing -= 1
            return state.missing == 0
        }
    }

    /// What is there, in an order that does not depend on who was first.
    var facts: Facts {
        var facts = state.withLock { $0.facts }
        facts.sessions.sort { $0.processID < $1.processID }
        facts.idle.sort { ($0.node, $0.processID) < ($1.node, $1.processID) }
        return facts
    }
}
