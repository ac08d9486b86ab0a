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

    private let thread: ListeningThread
    let cluster: any ClusterOperator
    let log: Log
    let pace: Pace
    let random: RandomBytes
    let places = PCPPlaces()

    /// - Parameter listeners: non-blocking, owned by the caller, who closes them after ``stop()``.
    package init(
        listeners: [Int32], cluster: any ClusterOperator, log: Log, pace: Pace = Pace(),
        random: RandomBytes = .secure
    ) {
        thread = ListeningThread(listeners: listeners)
        self.cluster = cluster
        self.log = log
        self.pace = pace
        self.random = random
    }

    /// Begins to accept; false if there is no thread for it.
    package func start() -> Bool { thread.start(name: "pcp") { self.accept() } }

    /// Accepts nobody any more and ends the connections.
    package func stop() {
        thread.stop()
        places.closeAll()
    }

    private func accept() {
        while true {
            var polls = thread.polls
            guard poll(&polls, nfds_t(polls.count), -1) >= 0 || errno == EINTR else { return }
            if thread.isOver(polls) { return }
            for listener in thread.waiting(polls) { accept(from: listener) }
        }
    }

    private func accept(from listener: Int32) {
        guard let guest = ListeningThread.accept(listener) else { return }
        let descriptor = guest.descriptor
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        let peer = Self.name(of: guest.address, guest.length)
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
