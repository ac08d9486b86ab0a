internal import ClusterModel
internal import Synchronization

/// Where the control thread puts how an operator's order ended; who gave it waits there.
final class OrderReply: Sendable {
    private let outcome = Mutex<NodeOrderOutcome?>(nil)
    private let bell = Bell()

    /// The order has ended. Only the first outcome counts.
    func end(_ outcome: NodeOrderOutcome) {
        self.outcome.withLock { if $0 == nil { $0 = outcome } }
        bell.ring()
    }

    /// Waits for the end, however long an operator is ready to wait.
    func wait() -> NodeOrderOutcome {
        while true {
            if let outcome = outcome.withLock({ $0 }) { return outcome }
            bell.wait()
        }
    }
}
