internal import Operations
internal import Synchronization

/// Gathers from all workers what a report says about sessions. Each worker adds its own once; the
/// last one tells who asked.
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
    enum Asker: Sendable {
        case client(worker: Int, handle: UInt64)
        /// A thread of an operator, which waits for the bell.
        case thread(Bell)
    }

    let asker: Asker
    private let state: Mutex<State>

    init(_ asker: Asker, workers: Int) {
        self.asker = asker
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
