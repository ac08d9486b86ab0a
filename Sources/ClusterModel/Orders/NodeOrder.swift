/// What an operator asks of the cluster, by PCP or by `trunkline node`.
public enum NodeOrder: Equatable, Sendable {
    /// The node may serve again.
    case attach(node: Int)
    /// The node leaves until it is attached again.
    ///
    /// - Parameter isGraceful: whether to wait until no session uses the node.
    case detach(node: Int, isGraceful: Bool)
    /// The node becomes the primary.
    ///
    /// - Parameters:
    ///   - isSwitchover: whether the proxy has the server promoted; otherwise it was promoted
    ///     already, and the proxy follows.
    ///   - isGraceful: whether to wait until all sessions have ended.
    case promote(node: Int, isSwitchover: Bool, isGraceful: Bool)
}

/// How an order ended.
public enum NodeOrderOutcome: Equatable, Sendable {
    case done
    /// Nothing was changed, or what was begun could not be finished: a sentence without a full
    /// stop, as in an error report, and what to do about it.
    case refused(reason: String, hint: String?)
}
