internal import Operations
internal import PostgresWire
internal import Reactor
internal import Sessions
internal import Settings
internal import Synchronization

typealias CancelRef = UnsafeMutablePointer<CancelConnection>

/// A CancelRequest on its way to a server. The server connection that it means is given to nobody
/// else before the server has closed this socket: then its signal is out.
struct CancelConnection {
    var socket = SocketID.none
    var server: UInt64
    var packet: [UInt8]
    var deadline: UInt64
}

extension Worker {
    private static let cancelTimeout: UInt64 = 10_000_000_000

    /// A client's CancelRequest: finds the worker by the virtual pid. No session slot is needed.
    func forwardCancel(_ key: CancelKey) {
        let worker = Int(key.processID >> 20 & 0xFF)
        guard key.processID & 0x7000_0000 == 0x4000_0000, shared.mailboxes.indices.contains(worker)
        else { return }
        shared.mailboxes[worker].post(
            .cancel(slot: Int(key.processID & 0xF_FFFF), secret: key.secret))
    }

    func cancelRequested(slot: Int, secret: [UInt8]) {
        guard let client = clients.at(slot: slot), client.pointee.phase == .ready else { return }
        let length = client.pointee.minorVersion >= 2 ? 32 : 4
        let isRight = withUnsafeBytes(of: &client.pointee.cancelSecret) { own in
            guard secret.count == length else { return false }
            var difference: UInt8 = 0
            for index in 0..<length { difference |= own[index] ^ secret[index] }
            return difference == 0
        }
        guard isRight else {
            return log(
                .log, client, "invalid cancel key: pid:\(processID(client)) keylen:\(secret.count)")
        }
        if settings(of: client).settings.logClientMessages {
            shared.log.emit(
                ProcessLogTexts.clientMessage(
                    .cancel(processID: processID(client)), label(client)))
        }
        if client.pointee.block == .primary { return cancelWaiting(client) }
        if let server = client.pointee.active, server.pointee.machine.isBusyForClient {
            cancel(server)
        }
    }

    /// What waits for a primary has not begun anywhere: it is dropped and answered here.
    private func cancelWaiting(_ client: ClientRef) {
        guard client.pointee.active?.pointee.machine.isQuiet ?? true else { return }
        let bytes = client.pointee.input.bytes
        var end = 0
        var isWhole = false
        while !isWhole, case .header(let header) = FrameHeader.read(bytes.bytes, at: end),
            bytes.count - end >= header.total
        {
            end += header.total
            isWhole = header.type == FrontendType.query || header.type == FrontendType.sync
        }
        guard isWhole else { return }
        client.pointee.input.drop(end)
        client.pointee.segmentScanned = 0
        client.pointee.block = .none
        client.pointee.primaryDeadline = 0
        var writer = WireWriter()
        writer.report(
            ServerReport(.error, .queryCanceled, "canceling statement due to user request"))
        writer.readyForQuery(client.pointee.status)
        send(client, writer.bytes)
        if isOpen(client) { continueClient(client) }
    }

    /// Asks the server to stop what this connection executes.
    func cancel(_ server: ServerRef) {
        let addresses = cluster.addresses(of: server.pointee.node)
        guard addresses.indices.contains(server.pointee.addressIndex) else { return }
        var writer = WireWriter()
        writer.cancelRequest(server.pointee.cancelKey)
        let cancel = CancelRef.allocate(capacity: 1)
        cancel.initialize(
            to: CancelConnection(
                server: server.pointee.handle, packet: writer.bytes,
                deadline: reactor.now &+ Self.cancelTimeout))
        guard
            let socket = reactor.connect(
                to: addresses[server.pointee.addressIndex], owner: Self.owner(cancel, .cancel))
        else {
            cancel.deinitialize(count: 1)
            return cancel.deallocate()
        }
        cancel.pointee.socket = socket
        cancels.append(cancel)
        server.pointee.cancelsInFlight += 1
        arm(cancel.pointee.deadline)
        counters.cancels.wrappingAdd(1, ordering: .relaxed)
    }

    func cancelConnected(_ cancel: CancelRef) {
        let outcome = cancel.pointee.packet.withUnsafeBytes {
            reactor.send(cancel.pointee.socket, $0)
        }
        if outcome == .failed { cancelFinished(cancel) }
    }

    /// The server closed the socket, or it failed: the request has had its effect.
    func cancelFinished(_ cancel: CancelRef) {
        guard let index = cancels.firstIndex(of: cancel) else { return }
        cancels.remove(at: index)
        reactor.close(cancel.pointee.socket)
        let handle = cancel.pointee.server
        cancel.deinitialize(count: 1)
        cancel.deallocate()
        guard let server = servers.find(handle) else { return }
        server.pointee.cancelsInFlight -= 1
        if server.pointee.phase == .resetting { continueReset(server) }
        guard let client = server.pointee.client, client.pointee.block == .quiet,
            client.pointee.active == server, server.pointee.machine.isQuiet
        else { return }
        client.pointee.block = .none
        continueClient(client)
    }
}
