internal import CLinux
package import ClusterModel
internal import Glibc
internal import Synchronization

/// The Unix socket on which a running proxy tells its status and takes orders: one line in
/// (``StatusRequest``), one JSON document out, and the end of the stream.
///
/// Whoever sends nothing, or ends its own side, is told the status. It is beside the client socket,
/// `DIR/.s.TRUNKLINE.PORT`, and open to the owner only.
package final class StatusSocket: Sendable {
    /// Why a status socket could not be opened or read.
    package struct Failure: Error, Sendable, Equatable {
        package var message: String
    }

    package let path: String
    private let listener: Int32

    /// The socket's name in a directory of `unix_socket_directories`.
    package static func path(directory: String, port: Int) -> String {
        "\(directory)/.s.TRUNKLINE.\(port)"
    }

    /// Binds the socket and answers on a thread of its own. A socket file that nobody listens on is
    /// replaced.
    ///
    /// - Parameter answer: Called on a thread of the connection; may block.
    package init(
        path: String, answer: @escaping @Sendable (StatusRequest) -> StatusAnswer
    ) throws(Failure) {
        self.path = path
        if let probe = try? Self.connect(path) {
            close(probe)
            throw Failure(message: "another instance answers on \"\(path)\"")
        }
        unlink(path)
        let listener = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw Self.failure("could not create status socket", path) }
        self.listener = listener
        let bound = try Self.withAddress(path) { bind(listener, $0, $1) }
        guard bound == 0, chmod(path, 0o600) == 0, listen(listener, 16) == 0 else {
            let failure = Self.failure("could not open status socket", path)
            close(listener)
            throw failure
        }
        let isStarted = SystemThread.start(name: "status") {
            Self.accept(from: listener, answer)
        }
        guard isStarted else { throw Failure(message: "could not start the status thread") }
    }

    /// Stops listening and removes the socket. The thread ends with its accept.
    package func remove() {
        unlink(path)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static let documentBytesMax = 4 << 20
    /// A reader that stops reading is given up after this time.
    private static let sendSecondsMax = 5
    /// A reader that has sent nothing by then wants the status, in milliseconds.
    private static let silenceMilliseconds: Int32 = 50
    /// Connections at the same time; more are closed.
    private static let connectionsMax = 32

    private static func accept(
        from listener: Int32, _ answer: @escaping @Sendable (StatusRequest) -> StatusAnswer
    ) {
        defer { close(listener) }
        let connections = ConnectionCount()
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                // Out of descriptors: the rest of the proxy needs them more; wait for better times.
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM {
                    sleep(1)
                    continue
                }
                return
            }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            guard connections.enter(max: connectionsMax) else {
                close(client)
                continue
            }
            let isStarted = SystemThread.start(name: "status client") {
                serve(client, answer)
                close(client)
                connections.leave()
            }
            guard !isStarted else { continue }
            close(client)
            connections.leave()
        }
    }

    private static func serve(_ client: Int32, _ answer: (StatusRequest) -> StatusAnswer) {
        var limit = timeval(tv_sec: sendSecondsMax, tv_usec: 0)
        for direction in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(
                client, SOL_SOCKET, direction, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        // The mode of the file is set after it is there: whoever was quick is asked for his name.
        let user = clinux_peer_user(client)
        guard user == 0 || user == geteuid() else { return }
        guard let request = request(of: client) else { return }
        write(answer(request).json(), to: client)
    }

    /// What a client wants; nil if it stops in the middle of saying so.
    private static func request(of client: Int32) -> StatusRequest? {
        var poll = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, silenceMilliseconds) > 0 else { return .status }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= StatusRequest.byteCountMax {
            let count = recv(client, &byte, 1, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                return count == 0 && line.isEmpty ? .status : nil
            }
            if byte == UInt8(ascii: "\n") {
                return StatusRequest(line: String(decoding: line, as: UTF8.self))
            }
            line.append(byte)
        }
        return nil
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func connect(_ path: String) throws(Failure) -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("could not create a socket for", path) }
        let result = try withAddress(path) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let failure = failure("could not connect to", path)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Failure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(message: "the socket path \"\(path)\" is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ message: String, _ path: String) -> Failure {
        Failure(message: "\(message) \"\(path)\": \(String(cString: strerror(errno)))")
    }
}

// MARK: The other side

extension StatusSocket {
    /// Asks a running proxy for its status.
    package static func read(_ path: String) throws(Failure) -> ProxyStatus {
        guard let status = StatusDocument.read(ProxyStatus.self, try ask(.status, path)) else {
            throw Failure(message: "what \"\(path)\" answered is no status document")
        }
        return status
    }

    /// Gives a running proxy an order and waits until it has been carried out.
    package static func order(_ order: NodeOrder, _ path: String) throws(Failure) -> OrderReport {
        // A proxy that had to wait too long for the line took us for a reader: then it has not seen
        // the order.
        for _ in 0..<5 {
            let document = try ask(.order(order), path)
            if let report = StatusDocument.read(OrderReport.self, document) { return report }
            guard StatusDocument.read(ProxyStatus.self, document) != nil else { break }
        }
        throw Failure(message: "what \"\(path)\" answered is no answer to an order")
    }

    /// Asks a running proxy how far recoveries are.
    package static func recoveries(_ path: String) throws(Failure) -> [RecoveryFacts] {
        guard let facts = StatusDocument.read([RecoveryFacts].self, try ask(.recoveries, path))
        else {
            throw Failure(message: "what \"\(path)\" answered is no list of recoveries")
        }
        return facts
    }

    private static func ask(_ request: StatusRequest, _ path: String) throws(Failure) -> [UInt8] {
        let descriptor = try connect(path)
        defer { close(descriptor) }
        write(Array("\(request.line)\n".utf8), to: descriptor)
        var document: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while document.count <= documentBytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            document += buffer.prefix(count)
        }
        return document
    }
}

/// How many connections there are.
private final class ConnectionCount: Sendable {
    private let count = Mutex(0)

    func enter(max: Int) -> Bool {
        count.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
