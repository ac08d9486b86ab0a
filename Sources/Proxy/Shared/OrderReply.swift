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

    /// Waits for the end. After this time it says that nobody knows it yet.
    func wait(secondsMax: Int) -> NodeOrderOutcome {
        bell.wait(secondsMax: secondsMax)
        return outcome.withLock { $0 }
            ?? .refused(
                reason: "the order is still being carried out after \(secondsMax) s",
                hint: "\"trunkline node list\" and the log tell what becomes of it.")
    }
}
