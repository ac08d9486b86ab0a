internal import ClusterModel
internal import Synchronization

/// Where the control thread puts how an operator's order ended; who gave it waits there.
final class OrderReply: Sendable {
    private struct State {
        var outcome: NodeOrderOutcome?
        /// Not yet heard.
        var lines: [String] = []
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// The order has ended. Only the first outcome counts.
    func end(_ outcome: NodeOrderOutcome) {
        state.withLock { if $0.outcome == nil { $0.outcome = outcome } }
        bell.ring()
    }

    /// How far it is, for people.
    func tell(_ line: String) {
        state.withLock { if $0.outcome == nil { $0.lines.append(line) } }
        bell.ring()
    }

    /// Waits for the end, however long an operator is ready to wait.
    ///
    /// - Parameter telling: shown how far it is, as it goes on.
    func wait(telling: (String) -> Void) -> NodeOrderOutcome {
        while true {
            let (outcome, lines) = state.withLock { state in
                defer { state.lines = [] }
                return (state.outcome, state.lines)
            }
            for line in lines { telling(line) }
            if let outcome { return outcome }
            bell.wait()
        }
    }
}
