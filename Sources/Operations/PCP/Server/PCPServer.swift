internal import CLinux
package import Credentials
internal import Glibc

/// The PCP server: a thread that accepts, and one for each connection. Nothing of it is on the path
/// of a client's data.
package final class PCPServer: Sendable {
    /// What is done at what pace; other values are for tests.
    package struct Pace: Sendable {
        /// A refused login is answered after this time, in milliseconds: guessing takes long.
        package var refusalMilliseconds = 1000
        /// A connection on which nothing is asked ends after this time, in seconds.
        package var idleSecondsMax = 600
        /// A client that does not take its answer is given up after this time, in seconds.
        package var sendSecondsMax = 30

        package init() {}
    }

    private let listeners: [Int32]
    let cluster: any ClusterOperator
    let log: Log
    let pace: Pace
    let random: RandomBytes
    let places = PCPPlaces()
    /// Wakes the accepting thread for its end.
    private let bell: Int32

    /// - Parameter listeners: non-blocking, owned by the caller, who closes them after ``stop()``.
    package init(
        listeners: [Int32], cluster: any ClusterOperator, log: Log, pace: Pace = Pace(),
        random: RandomBytes = .secure
    ) {
        self.listeners = listeners
        self.cluster = cluster
        self.log = log
        self.pace = pace
        self.random = random
        bell = eventfd(0, Int32(EFD_CLOEXEC))
    }

    deinit { if bell >= 0 { close(bell) } }

    /// Begins to accept; false if there is no thread for it.
    package func start() -> Bool {
        bell >= 0 && SystemThread.start(name: "pcp") { self.accept() }
    }

    /// Accepts nobody any more and ends the connections.
    package func stop() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout<UInt64>.size)
        places.closeAll()
    }

    private func accept() {
        var polls = ([bell] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            guard poll(&polls, nfds_t(polls.count), -1) >= 0 || errno == EINTR else { return }
            if polls.first.map({ $0.revents != 0 }) ?? true { return }
            for listener in polls.dropFirst() where listener.revents != 0 {
                // A listener that was closed behind our back would keep us spinning.
                guard listener.revents & Int16(POLLNVAL) == 0 else { return }
                accept(from: listener.fd)
            }
        }
    }

    private func accept(from listener: Int32) {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = clinux_accept(listener, &address, &length)
        guard descriptor >= 0 else {
            // The rest of the proxy needs descriptors and memory more; wait for better times.
            if errno == EMFILE || errno == ENFILE || errno == ENOMEM { sleep(1) }
            return
        }
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        let peer = Self.name(of: address, length)
        guard let number = places.enter(descriptor) else { return }
        let isStarted = SystemThread.start(name: "pcp child") {
            PCPConversation(
                server: self, stream: PCPStream(descriptor: descriptor), place: number, peer: peer
            ).run()
            self.places.leave(number)
        }
        if !isStarted { places.leave(number) }
    }

    /// `host=... port=...`, as in the entries about clients.
    private static func name(of address: sockaddr_storage, _ length: socklen_t) -> String {
        guard Int32(address.ss_family) != AF_UNIX else { return "host=[local]" }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let failed = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard failed == 0 else { return "host=unknown" }
        func text(_ characters: [CChar]) -> String {
            let bytes = characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            return String(decoding: bytes, as: UTF8.self)
        }
        return "host=\(text(host)) port=\(text(port))"
    }
}
