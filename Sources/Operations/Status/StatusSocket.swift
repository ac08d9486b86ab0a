import CLinux
import Glibc

/// The Unix socket on which a running proxy tells its status: whoever connects is sent one JSON
/// document and the end of the stream.
///
/// It is beside the client socket, `DIR/.s.TRUNKLINE.PORT`, and open to the owner only.
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
    /// - Parameter status: Called on that thread, once per connection.
    package init(
        path: String, status: @escaping @Sendable () -> ProxyStatus
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
            Self.serve(listener, status)
        }
        guard isStarted else { throw Failure(message: "could not start the status thread") }
    }

    /// Stops listening and removes the socket. The thread ends with its accept.
    package func remove() {
        unlink(path)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Connects to a running proxy and reads its status.
    package static func read(_ path: String) throws(Failure) -> ProxyStatus {
        let descriptor = try connect(path)
        defer { close(descriptor) }
        var document: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while document.count <= documentBytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            document += buffer.prefix(count)
        }
        guard let status = try? ProxyStatus(json: document) else {
            throw Failure(message: "what \"\(path)\" answered is no status document")
        }
        return status
    }

    private static let documentBytesMax = 4 << 20
    /// A reader that stops reading is given up after this time.
    private static let sendSecondsMax = 5

    private static func serve(_ listener: Int32, _ status: @Sendable () -> ProxyStatus) {
        defer { close(listener) }
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                // Out of descriptors: the rest of the proxy needs them more; wait for better times.
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM {
                    sleep(1)
                    continue
                }
                return
            }
            var limit = timeval(tv_sec: sendSecondsMax, tv_usec: 0)
            setsockopt(
                client, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            let document = status().json()
            var rest = document[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(client)
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
