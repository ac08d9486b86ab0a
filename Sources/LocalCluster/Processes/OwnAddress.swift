import Glibc

/// The addresses that this machine has for another one.
enum OwnAddress {
    /// As many as the host has that can be reached from here. Nothing is sent.
    static func seen(by host: String) throws -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // The port is only there to have one.
        let failure = getaddrinfo(host, "9", &hints, &found)
        guard failure == 0 else {
            throw LocalClusterError(
                .refused,
                "\(host) is not known: \(String(cString: gai_strerror(failure))). The hosts have to"
                    + " know each other by the names that --host says")
        }
        defer { freeaddrinfo(found) }
        var addresses: [String] = []
        var next = found
        while let entry = next?.pointee {
            if let address = own(towards: entry), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.ai_next
        }
        guard !addresses.isEmpty else {
            throw LocalClusterError(.refused, "there is no way to \(host) in the network")
        }
        return addresses
    }

    private static func own(towards entry: addrinfo) -> String? {
        ChildProcess.withoutSpawning {
            let handle = socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
            guard handle >= 0 else { return nil }
            defer { close(handle) }
            guard connect(handle, entry.ai_addr, entry.ai_addrlen) == 0 else { return nil }
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            var text = [CChar](repeating: 0, count: 128)
            let isNamed = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    getsockname(handle, address, &size) == 0
                        && getnameinfo(
                            address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                            == 0
                }
            }
            guard isNamed else { return nil }
            let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            // Without the name of an interface, which is this machine's own.
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: "%") }, as: UTF8.self)
        }
    }
}
