internal import ClusterModel
internal import Reactor
internal import Routing

/// The cluster as workers see it: posted whole, immutable, replaced between two events.
final class ClusterState: Sendable {
    let snapshot: ClusterSnapshot
    let topology: RoutingTopology
    /// `topology.writer`, found once: it is asked for with every statement.
    let writer: Int?
    /// Addresses of each node in the resolver's order, by node id.
    let addresses: [[SocketAddress]]

    init(snapshot: ClusterSnapshot, topology: RoutingTopology, addresses: [[SocketAddress]]) {
        self.snapshot = snapshot
        self.topology = topology
        writer = topology.writer
        self.addresses = addresses
    }

    func addresses(of node: Int) -> [SocketAddress] {
        addresses.indices.contains(node) ? addresses[node] : []
    }

    func isUsable(_ node: Int) -> Bool {
        snapshot.nodes.first { $0.id == node }?.isUsable == true
    }
}
