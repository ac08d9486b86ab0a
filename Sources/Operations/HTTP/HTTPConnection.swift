internal import Glibc

/// One connection of the HTTP server: reads a request, writes its answer, reads the next one.
struct HTTPConnection {
    enum Phase: Equatable {
        case reading
        case writing(closesAfter: Bool)
        /// All was said; what the client still sends is read and dropped, so that the system does
        /// not throw away with it what the client has not read yet.
        case lingering
        case over
    }

    let descriptor: Int32
    private(set) var phase = Phase.reading
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8> = []
    /// When it ends by itself, in milliseconds.
    private(set) var deadline: Int64
    /// When something was read or written last.
    private(set) var lastMoved: Int64
    private let pace: HTTPServer.Pace

    init(descriptor: Int32, pace: HTTPServer.Pace, now: Int64) {
        self.descriptor = descriptor
        self.pace = pace
        lastMoved = now
        deadline = now + pace.headMilliseconds
    }

    /// What to wait for, in the words of poll(2).
    var events: Int16 {
        switch phase {
        case .reading, .lingering: Int16(POLLIN)
        case .writing: Int16(POLLOUT)
        case .over: 0
        }
    }

    /// The socket can be read or written.
    mutating func ready(now: Int64, respond: (HTTPRequest) -> HTTPResponse) {
        switch phase {
        case .reading: receive(now)
        case .writing: send(now)
        case .lingering: drop()
        case .over: break
        }
        // A request may have come behind another one.
        while phase == .reading, !input.isEmpty, answer(now, respond) { send(now) }
    }

    /// The deadline has come.
    mutating func expired(now: Int64) {
        // Who has begun to ask is told; who is just silent is not.
        if phase == .reading, !input.isEmpty {
            input = []
            say(.plain(.requestTimeout), isHead: false, closesAfter: true, now)
            send(now)
        } else {
            phase = .over
        }
    }

    private mutating func receive(_ now: Int64) {
        var buffer = [UInt8](repeating: 0, count: HTTPRequestReader.headBytesMax)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count == 0 || !(errno == EINTR || errno == EAGAIN) { phase = .over }
            return
        }
        lastMoved = now
        // The time for a head runs from its first byte.
        if input.isEmpty { deadline = now + pace.headMilliseconds }
        input += buffer.prefix(count)
    }

    /// Answers the first request of what was read; false if it is not complete.
    private mutating func answer(_ now: Int64, _ respond: (HTTPRequest) -> HTTPResponse) -> Bool {
        switch HTTPRequestReader.read(input) {
        case .incomplete: return false
        case .bad(let status):
            input = []
            say(.plain(status), isHead: false, closesAfter: true, now)
        case .request(let request, let length):
            input.removeFirst(min(length, input.count))
            say(
                respond(request), isHead: request.method == "HEAD",
                closesAfter: !request.keepsConnection, now)
        }
        return true
    }

    private mutating func say(
        _ response: HTTPResponse, isHead: Bool, closesAfter: Bool, _ now: Int64
    ) {
        output = response.bytes(isHead: isHead, keepsConnection: !closesAfter)[...]
        phase = .writing(closesAfter: closesAfter)
        deadline = now + pace.sendMilliseconds
    }

    private mutating func send(_ now: Int64) {
        guard case .writing(let closesAfter) = phase else { return }
        while !output.isEmpty {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                if !(count < 0 && errno == EAGAIN) { phase = .over }
                return
            }
            lastMoved = now
            output = output.dropFirst(count)
        }
        output = []
        if closesAfter {
            shutdown(descriptor, Int32(SHUT_WR))
            phase = .lingering
            deadline = now + pace.lingerMilliseconds
        } else {
            phase = .reading
            deadline = now + (input.isEmpty ? pace.idleMilliseconds : pace.headMilliseconds)
        }
    }

    private mutating func drop() {
        var buffer = [UInt8](repeating: 0, count: HTTPRequestReader.headBytesMax)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { phase = .over }
    }
}
