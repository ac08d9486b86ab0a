internal import CLinux
internal import Glibc

/// Where a socket connects to or listens: IPv4, IPv6 or a Unix socket path, ready for the kernel.
public struct SocketAddress: Sendable {
    private var storage: sockaddr_storage
    private var length: socklen_t
    /// How operators write it: `127.0.0.1:5432`, `[::1]:5432` or `/tmp/.s.PGSQL.5432`.
    public let description: String

    /// The address of a Unix socket. Returns nil where the path does not fit (107 bytes).
    public init?(unixPath path: String) {
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return nil
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        withUnsafeMutableBytes(of: &storage) { target in
            withUnsafeBytes(of: &address) { target.copyMemory(from: $0) }
        }
        description = path
    }

    /// What `getaddrinfo`, `accept` or `getsockname` filled in.
    init(raw: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = sockaddr_storage()
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
        let bytes = UnsafeRawBufferPointer(start: raw, count: Int(self.length))
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        description = Self.render(raw, length: self.length)
    }

    /// The address family: `AF_INET`, `AF_INET6` or `AF_UNIX`.
    public var family: Int32 { Int32(storage.ss_family) }

    /// The numeric host without its port; `[local]` for a Unix socket, as logs write it.
    public var host: String {
        if family == AF_UNIX { return "[local]" }
        guard let colon = description.lastIndex(of: ":") else { return description }
        let host = description[..<colon]
        return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
    }

    /// The TCP port; 0 for a Unix socket.
    public var port: Int {
        guard family != AF_UNIX, let colon = description.lastIndex(of: ":") else { return 0 }
        return Int(description[description.index(after: colon)...]) ?? 0
    }

    /// `bind(2)` with this address.
    public func bind(_ descriptor: Int32) -> Int32 {
        withRaw { Glibc.bind(descriptor, $0, $1) }
    }

    /// `connect(2)` to this address.
    public func connect(_ descriptor: Int32) -> Int32 {
        withRaw { Glibc.connect(descriptor, $0, $1) }
    }

    private func withRaw(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Asks the resolver, which may take seconds.
    fileprivate func lookUpName() -> String? {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failed = withRaw {
            getnameinfo($0, $1, &host, socklen_t(host.count), nil, 0, NI_NAMEREQD)
        }
        return failed == 0 ? Self.text(host) : nil
    }

    private static func render(_ raw: UnsafePointer<sockaddr>, length: socklen_t) -> String {
        if Int32(raw.pointee.sa_family) == AF_UNIX { return "[local]" }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let failed = getnameinfo(
            raw, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
            NI_NUMERICHOST | NI_NUMERICSERV)
        guard failed == 0 else { return "unknown" }
        let name = text(host)
        return name.contains(":") ? "[\(name)]:\(text(port))" : "\(name):\(text(port))"
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Turns host names into addresses. Blocks: never call it on a worker.
public enum Resolver {
    /// All stream addresses of a host in the system's order of preference; a host that starts
    /// with `/` is a socket directory, as in `backend_hostname`.
    ///
    /// - Returns: the addresses, or the resolver's own words for what went wrong.
    public static func resolve(
        host: String, port: Int, passive: Bool = false
    ) -> Result<[SocketAddress], ResolverError> {
        if host.hasPrefix("/") {
            guard let address = SocketAddress(unixPath: "\(host)/.s.PGSQL.\(port)") else {
                return .failure(ResolverError(reason: "the socket path \(host) is too long"))
            }
            return .success([address])
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = passive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &list)
        guard status == 0 else {
            return .failure(ResolverError(reason: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let raw = entry.pointee.ai_addr {
                addresses.append(SocketAddress(raw: raw, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return .success(addresses)
    }

    /// The host's name, if the address has one.
    public static func name(of address: SocketAddress) -> String? { address.lookUpName() }
}

/// Why a name has no address.
public struct ResolverError: Error, Sendable {
    /// The resolver's own words, e.g. `Name or service not known`.
    public let reason: String
}
