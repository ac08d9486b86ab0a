internal import ClusterModel

/// What operators want of the cluster.
extension ControlThread {
    func order(_ order: NodeOrder, _ reply: OrderReply) {
        reply.end(
            .refused(reason: "nodes cannot be attached or detached in this version", hint: nil))
    }
}
