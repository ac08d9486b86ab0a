package import ClusterModel

/// What is wrong with an order before anybody looks at the cluster, in Pgpool-II's words.
package enum OrderCheck {
    /// The highest number in Pgpool-II's texts.
    private static let range = "node id must be between [0 and 128]"

    /// - Parameter nodes: every slot.
    /// - Returns: nil for an order that may be given.
    package static func refusal(
        of order: NodeOrder, nodes: [NodeFacts], isStreaming: Bool
    ) -> PCPFailure? {
        switch order {
        case .attach(let id): attachment(id, nodes)
        case .detach(let id, _): detachment(id, nodes)
        case .promote(let id, _, _): promotion(id, nodes, isStreaming)
        case .recover(let id, let options, _):
            recovery(id, nodes, isStreaming) ?? (options.detaches ? nil : alive(id, nodes))
        case .checkRecovery(let id, _): recovery(id, nodes, isStreaming)
        case .cancelRecovery(let id):
            nodes.indices.contains(id) && nodes[id].isUsed ? nil : .noNodeForRecovery(id)
        }
    }

    private static func recovery(
        _ id: Int, _ nodes: [NodeFacts], _ isStreaming: Bool
    ) -> PCPFailure? {
        guard nodes.indices.contains(id), nodes[id].isUsed else { return .noNodeForRecovery(id) }
        let message = "process recovery request failed"
        guard isStreaming else {
            return PCPFailure(
                .error, message,
                detail: "recovery request is only allowed in replication and streaming replication "
                    + "modes.")
        }
        guard nodes[id].role != "primary" else {
            return PCPFailure(
                .error, message,
                detail: "primary server cannot be recovered by online recovery.")
        }
        return nil
    }

    private static func alive(_ id: Int, _ nodes: [NodeFacts]) -> PCPFailure? {
        guard nodes[id].status == "up" || nodes[id].status == "waiting" else { return nil }
        return PCPFailure(
            .error, "node recovery failed, node id: \(id) is alive",
            detail: "Detach the node first.")
    }

    private static func attachment(_ id: Int, _ nodes: [NodeFacts]) -> PCPFailure? {
        guard nodes.indices.contains(id) else {
            return PCPFailure(
                .error, "invalid failback request, node id: \(id) is out of range. \(range)")
        }
        guard nodes[id].isUsed else {
            return PCPFailure(
                .error,
                "invalid failback request, node id : \(id) status: [0] not valid for failback")
        }
        return nil
    }

    private static func detachment(_ id: Int, _ nodes: [NodeFacts]) -> PCPFailure? {
        guard nodes.indices.contains(id) else {
            return PCPFailure(
                .error,
                "invalid degenerate backend request, node id: \(id) is out of range. \(range)")
        }
        guard nodes[id].isUsed else {
            return PCPFailure(
                .error,
                "invalid degenerate backend request, node id : \(id) status: [0] is not valid for "
                    + "failover")
        }
        return nil
    }

    private static func promotion(
        _ id: Int, _ nodes: [NodeFacts], _ isStreaming: Bool
    ) -> PCPFailure? {
        guard nodes.indices.contains(id), nodes[id].isUsed else {
            return PCPFailure(
                .error, "could not process promote request", detail: "node id \(id) is not valid")
        }
        guard isStreaming else {
            return PCPFailure(
                .fatal, "invalid pgpool mode for process promote request",
                detail: "not in streaming replication mode, can't promote node id \(id)")
        }
        guard nodes[id].role != "primary" else {
            return PCPFailure(
                .fatal, "invalid promote request",
                detail: "specified node is already primary node, can't promote node id \(id)")
        }
        return nil
    }
}

extension NodeFacts {
    /// Whether a server is configured for the slot.
    package var isUsed: Bool { !host.isEmpty }
}

extension ClusterOperator {
    /// Checks an order and has it carried out.
    ///
    /// - Returns: what it has to tell, for people.
    @discardableResult
    package func obey(
        _ order: NodeOrder, telling: (String) -> Void = { _ in }
    ) throws(PCPFailure) -> [String] {
        let refusal = OrderCheck.refusal(of: order, nodes: nodes(), isStreaming: isStreaming)
        if let refusal { throw refusal }
        switch self.order(order, telling: telling) {
        case .done: return []
        case .told(let lines): return lines
        // Clients never show hints.
        case .refused(let reason, let hint): throw PCPFailure(.error, reason, detail: hint)
        }
    }
}

extension NodeOrder {
    /// For the log.
    package var words: String {
        switch self {
        case .attach(let node): "attach node \(node)"
        case .detach(let node, let isGraceful):
            "detach node \(node)\(isGraceful ? " gracefully" : "")"
        case .promote(let node, let isSwitchover, let isGraceful):
            "\(isSwitchover ? "switch over to" : "promote") node \(node)"
                + (isGraceful ? " gracefully" : "")
        case .recover(let node, _, _): "recover node \(node)"
        case .checkRecovery(let node, _): "check the recovery of node \(node)"
        case .cancelRecovery(let node): "cancel the recovery of node \(node)"
        }
    }
}
