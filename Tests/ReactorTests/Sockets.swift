import Glibc
import Reactor
import Testing

/// Two connected sockets, non-blocking.
func socketPair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
    return (ends[0], ends[1])
}

/// A listener on the loopback address and a port of the kernel's choice.
func loopbackListener(
    listens: Bool = true
) throws -> (descriptor: Int32, address: SocketAddress) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind, 0)
    let any = try #require(try Resolver.resolve(host: "127.0.0.1", port: 0).get().first)
    try #require(any.bind(descriptor) == 0)
    try #require((!listens || listen(descriptor, 16) == 0))
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            getsockname(descriptor, $0, &length)
        }
    }
    try #require(status == 0)
    let port = Int(UInt16(bigEndian: name.sin_port))
    let address = try #require(try Resolver.resolve(host: "127.0.0.1", port: port).get().first)
    return (descriptor, address)
}

/// Everything that can be read now.
func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}

/// Bytes that tell where they belong: byte `n` of the stream is `n` modulo 251.
func stream(from start: Int, count: Int) -> [UInt8] {
    (start..<start + count).map { UInt8($0 % 251) }
}

extension Reactor {
    mutating func send(_ id: SocketID, _ bytes: [UInt8]) -> SendOutcome {
        bytes.withUnsafeBytes { send(id, $0) }
    }

    /// What happened within a second; `timeout` after that fails the test by its kind.
    mutating func soon() -> Completion {
        next(deadline: MonotonicClock.now() + 1_000_000_000)
    }

    /// What has already happened: a timeout if nothing has.
    mutating func already() -> Completion { next(deadline: 0) }
}
