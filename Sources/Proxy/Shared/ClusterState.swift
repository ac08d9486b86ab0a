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
    /// Rises with each state that workers are told.
    let revision: UInt64
    /// Takes no new work for now, while what is open there goes on.
    let hold: NodeHold?

    init(
        snapshot: ClusterSnapshot, topology: RoutingTopology, addresses: [[SocketAddress]],
        revision: UInt64 = 0, hold: NodeHold? = nil
    ) {
        self.snapshot = snapshot
        self.topology = topology
        writer = topology.writer
        self.addresses = addresses
        self.revision = revision
        self.hold = hold
    }

    func addresses(of node: Int) -> [SocketAddress] {
        addresses.indices.contains(node) ? addresses[node] : []
    }

    func isUsable(_ node: Int) -> Bool {
        snapshot.nodes.first { $0.id == node }?.isUsable == true
    }

    /// It was given up: nobody waits for its answers any more.
    func isGone(_ node: Int) -> Bool {
        snapshot.nodes.first { $0.id == node }?.isGone == true
    }
}

/// A node that is about to stop or to leave: sessions end what they have begun there and begin
/// nothing new.
struct NodeHold: Equatable {
    var node: Int
    /// The time for that is over: what is still open ends now.
    var isCut = false
}
