internal import Glibc

/// A small HTTP server for few readers: one thread, a bounded number of connections, a deadline for
/// each step of each of them. It serves nothing but what its `respond` says at once.
///
/// Nobody who reads or writes slowly keeps others waiting, and when all places are taken a newcomer
/// gets the place of whoever has been silent longest.
package final class HTTPServer: Sendable {
    /// What is done at what pace; other values are for tests.
    package struct Pace: Sendable {
        /// For a request to be complete from its first byte.
        package var headMilliseconds: Int64 = 10_000
        /// For the next request on a connection that is kept.
        package var idleMilliseconds: Int64 = 75_000
        /// For a client to take its answer.
        package var sendMilliseconds: Int64 = 20_000
        /// For a client to hear that its connection ends.
        package var lingerMilliseconds: Int64 = 2_000
        /// Connections at a time.
        package var connectionsMax = 64

        package init() {}
    }

    private let thread: ListeningThread
    private let pace: Pace
    private let respond: @Sendable (HTTPRequest) -> HTTPResponse

    /// - Parameters:
    ///   - listeners: non-blocking, owned by the caller, who closes them after ``stop()``.
    ///   - respond: called on the server's thread, for GET and HEAD only.
    package init(
        listeners: [Int32], pace: Pace = Pace(),
        respond: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        thread = ListeningThread(listeners: listeners)
        self.pace = pace
        self.respond = respond
    }

    /// Begins to serve; false if there is no thread for it.
    package func start() -> Bool { thread.start(name: "http") { self.serve() } }

    /// Ends all connections. The thread ends soon after.
    package func stop() { thread.stop() }

    // MARK: The thread

    private func serve() {
        var connections: [HTTPConnection] = []
        defer { for connection in connections { close(connection.descriptor) } }
        while true {
            var polls = thread.polls
            let own = polls.count
            polls += connections.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
            let count = poll(&polls, nfds_t(polls.count), Self.timeout(connections))
            guard count >= 0 || errno == EINTR else { return }
            if thread.isOver(polls) { return }
            advance(&connections, polls.dropFirst(own))
            for listener in thread.waiting(polls) { accept(from: listener, &connections) }
        }
    }

    private static func timeout(_ connections: [HTTPConnection]) -> Int32 {
        guard let next = connections.map(\.deadline).min() else { return -1 }
        return Int32(clamping: max(0, next - now()))
    }

    /// - Parameter polls: one for each connection, in their order.
    private func advance(_ connections: inout [HTTPConnection], _ polls: ArraySlice<pollfd>) {
        for (index, poll) in zip(connections.indices, polls) {
            let now = Self.now()
            if poll.revents != 0 { connections[index].ready(now: now, respond: answer) }
            if connections[index].deadline <= now { connections[index].expired(now: now) }
        }
        for connection in connections where connection.phase == .over {
            close(connection.descriptor)
        }
        connections.removeAll { $0.phase == .over }
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            var response = HTTPResponse.plain(.methodNotAllowed)
            response.headers = ["Allow: GET, HEAD"]
            return response
        }
        return respond(request)
    }

    private func accept(from listener: Int32, _ connections: inout [HTTPConnection]) {
        guard let guest = ListeningThread.accept(listener) else { return }
        if connections.count >= max(pace.connectionsMax, 1),
            let silent = connections.indices.min(by: {
                connections[$0].lastMoved < connections[$1].lastMoved
            })
        {
            close(connections[silent].descriptor)
            connections.remove(at: silent)
        }
        connections.append(
            HTTPConnection(descriptor: guest.descriptor, pace: pace, now: Self.now()))
    }

    /// Milliseconds of the monotonic clock.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
