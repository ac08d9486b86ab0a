internal import Operations
internal import Reactor
internal import Settings

/// What `log_connections`, `log_disconnections` and `log_hostname` write.
extension Worker {
    /// Clients that may wait for their name; with more, the resolver does not answer and addresses
    /// have to do.
    private static let lookupsMax = 1_000

    func logConnection(_ client: ClientRef) {
        let settings = settings.settings
        guard settings.logConnections || settings.logDisconnections else { return }
        let peer = client.pointee.peer
        let isNamed =
            settings.logHostname && peer.port != 0
            && shared.names.waitingCount < Self.lookupsMax
        let name = isNamed ? PeerName() : nil
        client.pointee.peerName = name
        if settings.logConnections {
            let label = label(client)
            withPeer(client) { ProcessLogTexts.connectionReceived(from: $0, label) }
        }
        if let name { shared.names.run { name.find(peer) } }
    }

    /// Clients that said nothing, such as a port check, come and go without a line.
    func logDisconnection(_ client: ClientRef) {
        guard settings.settings.logDisconnections, client.pointee.profile != nil else { return }
        let label = label(client)
        let time = Duration.nanoseconds(Int64(clamping: reactor.now &- client.pointee.connectedAt))
        withPeer(client) { ProcessLogTexts.disconnected(from: $0, after: time, label) }
    }

    private func withPeer(
        _ client: ClientRef, _ record: @escaping @Sendable (PeerLabel) -> LogRecord
    ) {
        guard let name = client.pointee.peerName else {
            return shared.log.emit(record(PeerLabel(client.pointee.peer)))
        }
        let log = shared.log
        name.whenKnown { log.emit(record($0)) }
    }
}
