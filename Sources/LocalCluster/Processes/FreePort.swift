import Glibc
import Synchronization

/// TCP ports on 127.0.0.1 that nobody listens on.
///
/// Taken from below the range that the kernel gives to outgoing connections: a port from inside it
/// can be taken by any client while its server is down for a moment, and the server then cannot
/// come back.
package enum FreePort {
    private static let handedOut = Mutex<Set<UInt16>>([])

    /// A port that can be bound now and that this process has not handed out before.
    package static func next() throws -> UInt16 {
        for _ in 0..<500 {
            let candidate = UInt16.random(in: 10_240..<32_700)
            let isNew = handedOut.withLock { $0.insert(candidate).inserted }
            if isNew && canBind(candidate) { return candidate }
        }
        throw LocalClusterError(.cannotStart, "no free TCP port on 127.0.0.1")
    }

    /// Whether a server could listen on the port now: connections of a former one that linger do
    /// not count.
    package static func isFree(_ port: UInt16) -> Bool { canBind(port, again: true) }

    /// The same for a server that listens on every address of the machine.
    static func isFreeEverywhere(_ port: UInt16) -> Bool {
        canBind(port, again: true, address: INADDR_ANY)
    }

    private static func canBind(
        _ port: UInt16, again: Bool = false, address number: UInt32 = loopbackAddress
    ) -> Bool {
        ChildProcess.withoutSpawning {
            let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard handle >= 0 else { return false }
            defer { close(handle) }
            var reuses: Int32 = again ? 1 : 0
            setsockopt(
                handle, SOL_SOCKET, SO_REUSEADDR, &reuses, socklen_t(MemoryLayout<Int32>.size))
            var address = Self.address(number, port)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
    }

    /// Whether somebody accepts connections on the port.
    package static func isListening(_ port: UInt16) -> Bool {
        ChildProcess.withoutSpawning {
            let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard handle >= 0 else { return false }
            defer { close(handle) }
            var address = Self.address(loopbackAddress, port)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
    }

    private static let loopbackAddress: UInt32 = 0x7f00_0001

    private static func address(_ number: UInt32, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = number.bigEndian
        return address
    }
}
