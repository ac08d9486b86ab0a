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
    /// The node is rebuilt from the primary and serves again.
    ///
    /// - Parameter isAwaited: whether the order ends with the recovery, or when it has begun.
    case recover(node: Int, options: RecoveryOptions, isAwaited: Bool)
    /// What a recovery of the node would do and meet, without changing anything.
    case checkRecovery(node: Int, options: RecoveryOptions)
    /// The running recovery of the node ends and takes back what it has done.
    case cancelRecovery(node: Int)
}

extension NodeOrder {
    public var node: Int {
        switch self {
        case .attach(let node), .detach(let node, _), .promote(let node, _, _),
            .recover(let node, _, _), .checkRecovery(let node, _), .cancelRecovery(let node):
            node
        }
    }
}

/// How an order ended.
public enum NodeOrderOutcome: Equatable, Sendable {
    case done
    /// It is done, and this came out: lines for people.
    case told([String])
    /// Nothing was changed, or what was begun could not be finished: a sentence without a full
    /// stop, as in an error report, and what to do about it.
    case refused(reason: String, hint: String?)
}
