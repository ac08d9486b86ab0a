internal import CLinux
internal import Glibc

/// Sockets on which others connect: opened here, owned by the caller, watched by reactors.
public enum ListeningSocket {
    /// Opens a non-blocking listener. An IPv6 one takes no IPv4 connections, so that both can be
    /// had on one port.
    ///
    /// - Returns: the descriptor, or the errno of what failed.
    public static func open(_ address: SocketAddress, backlog: Int32) -> Result<Int32, Failure> {
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return .failure(Failure(errno: errno)) }
        if address.family != AF_UNIX { set(descriptor, SOL_SOCKET, SO_REUSEADDR) }
        if address.family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        guard address.bind(descriptor) == 0, listen(descriptor, backlog) == 0 else {
            let reason = errno
            close(descriptor)
            return .failure(Failure(errno: reason))
        }
        return .success(descriptor)
    }

    /// Whether somebody listens on a Unix socket: a file that nobody answers may be replaced.
    public static func isAnswered(_ address: SocketAddress) -> Bool {
        let probe = socket(address.family, kind, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        return address.connect(probe) == 0 || errno == EAGAIN
    }

    public struct Failure: Error, Sendable {
        public let errno: Int32

        /// The system's words.
        public var reason: String { String(cString: strerror(errno)) }
        public var isAddressInUse: Bool { errno == EADDRINUSE }
    }

    private static var kind: Int32 {
        Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}
