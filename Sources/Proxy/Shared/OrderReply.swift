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

    /// Waits for the end. When nothing was heard for this long it says that nobody knows it yet.
    ///
    /// - Parameter telling: shown how far it is, as it goes on.
    func wait(secondsMax: Int, telling: (String) -> Void) -> NodeOrderOutcome {
        while true {
            let isRung = bell.wait(secondsMax: secondsMax)
            let (outcome, lines) = state.withLock { state in
                defer { state.lines = [] }
                return (state.outcome, state.lines)
            }
            for line in lines { telling(line) }
            if let outcome { return outcome }
            guard isRung else { break }
        }
        return .refused(
            reason: "the order is still being carried out after \(secondsMax) s",
            hint: "\"trunkline node list\" and the log tell what becomes of it.")
    }
}
