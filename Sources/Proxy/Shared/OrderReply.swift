internal import ClusterModel
internal import Operations
internal import Synchronization

/// Brings the outcome of an order to the thread that waits for it.
final class OrderReply: Sendable {
    private let outcome = Mutex<NodeOrderOutcome?>(nil)
    private let bell = Bell()

    /// The first outcome counts.
    func answer(_ outcome: NodeOrderOutcome) {
        self.outcome.withLock { $0 = $0 ?? outcome }
        bell.ring()
    }

    /// Blocks until there is one.
    func wait(secondsMax: Int) -> NodeOrderOutcome {
        bell.wait(secondsMax: secondsMax)
        return outcome.withLock { $0 }
            ?? .refused(reason: "the order is still being carried out", hint: nil)
    }
}
