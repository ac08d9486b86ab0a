internal import Operations
internal import Reactor
internal import Synchronization

/// A client's address as the log prints it, once a slow look-up knows the name. Records that need
/// it wait here, so that they come in order and none of them waits on a worker.
final class PeerName: Sendable {
    private struct State {
        var label: PeerLabel?
        var waiting: [@Sendable (PeerLabel) -> Void] = []
    }

    private let state = Mutex(State())

    /// Looks the name up; without one the address stands for it. Blocks: never call it on a worker.
    func find(_ peer: SocketAddress) {
        var label = PeerLabel(peer)
        if let name = Resolver.name(of: peer) { label.host = name }
        state.withLock { state in
            state.label = label
            for use in state.waiting { use(label) }
            state.waiting = []
        }
    }

    /// Runs `use` at once or when the name is known, after those that were asked for before.
    func whenKnown(_ use: @escaping @Sendable (PeerLabel) -> Void) {
        state.withLock { state in
            if let label = state.label { use(label) } else { state.waiting.append(use) }
        }
    }
}

extension PeerLabel {
    /// The numeric form.
    init(_ peer: SocketAddress) {
        self.init(host: peer.host, port: UInt16(exactly: peer.port).flatMap { $0 == 0 ? nil : $0 })
    }
}
