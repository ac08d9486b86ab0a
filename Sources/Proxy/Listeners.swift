internal import Glibc
internal import Reactor
internal import Settings

/// Where connections are expected: addresses and directories for Unix sockets, with one port.
struct ListeningPlace: Sendable {
    var addresses: [String]
    var directories: [String]
    var port: Int
    /// Group of the Unix sockets; empty for that of the user.
    var group = ""
    /// File mode of the Unix sockets.
    var permissions = 0o777
    var backlog: Int32
    /// The parameters that name addresses and directories.
    var parameters: String

    var isNowhere: Bool { (addresses + directories).allSatisfy(\.isEmpty) }

    /// `listen_addresses` and `unix_socket_directories`
    static func clients(_ settings: Settings) -> ListeningPlace {
        let product = settings.numInitChildren.multipliedReportingOverflow(
            by: settings.listenBacklogMultiplier)
        return ListeningPlace(
            addresses: settings.listenAddresses, directories: settings.unixSocketDirectories,
            port: settings.port, group: settings.unixSocketGroup,
            permissions: settings.unixSocketPermissions,
            backlog: Int32(
                clamping: product.overflow ? 10_000 : min(product.partialValue, 10_000)),
            parameters: "listen_addresses or unix_socket_directories")
    }

    /// `pcp_listen_addresses` and `pcp_socket_dir`: open to everybody, who then has to log in.
    static func pcp(_ settings: Settings) -> ListeningPlace {
        ListeningPlace(
            addresses: settings.pcpListenAddresses, directories: settings.pcpSocketDir,
            port: settings.pcpPort, backlog: 16,
            parameters: "pcp_listen_addresses or pcp_socket_dir")
    }
}

/// The sockets of one place: one for each address and one Unix socket in each directory. Opened
/// once, watched by whoever accepts.
final class Listeners: Sendable {
    let descriptors: [Int32]
    private let paths: [String]
    /// What could not be opened although others could.
    let warnings: [String]

    init(_ place: ListeningPlace) throws(ProxyStartError) {
        var descriptors: [Int32] = []
        var paths: [String] = []
        var warnings: [String] = []
        do throws(ProxyStartError) {
            for host in place.addresses where !host.isEmpty {
                let (opened, problems) = try Self.openTCP(host, place)
                descriptors += opened
                warnings += problems
            }
            for directory in place.directories where !directory.isEmpty {
                let path = "\(directory)/.s.PGSQL.\(place.port)"
                switch try Self.openUnix(path, place) {
                case .success(let descriptor):
                    descriptors.append(descriptor)
                    paths.append(path)
                case .failure(let problem): warnings.append(problem.text)
                }
            }
        } catch {
            for descriptor in descriptors { _ = Glibc.close(descriptor) }
            for path in paths { unlink(path) }
            throw error
        }
        guard !descriptors.isEmpty else {
            throw ProxyStartError(
                "could not create any listening socket",
                detail: warnings.joined(separator: "; "),
                hint: "Set \(place.parameters).")
        }
        self.descriptors = descriptors
        self.paths = paths
        self.warnings = warnings
    }

    /// Closes the sockets and removes their files. Connections that wait in the backlog end.
    func close() {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
        for path in paths { unlink(path) }
    }

    private struct Problem: Error { let text: String }

    private static func openTCP(
        _ host: String, _ place: ListeningPlace
    ) throws(ProxyStartError) -> ([Int32], [String]) {
        var addresses: [SocketAddress] = []
        for name in host == "*" ? ["0.0.0.0", "::"] : [host] {
            switch Resolver.resolve(host: name, port: place.port, passive: true) {
            case .success(let found): addresses += found
            case .failure(let failure):
                // A machine without IPv6 has no `::`.
                if host == "*" { continue }
                return ([], ["could not resolve \"\(host)\": \(failure.reason)"])
            }
        }
        var opened: [Int32] = []
        var problems: [String] = []
        for address in addresses {
            switch ListeningSocket.open(address, backlog: place.backlog) {
            case .success(let descriptor): opened.append(descriptor)
            case .failure(let failure) where failure.isAddressInUse:
                for other in opened { _ = Glibc.close(other) }
                throw ProxyStartError(
                    "could not listen on \(address.description): Address already in use",
                    hint: "Is another proxy or server running on port \(place.port)? "
                        + "If not, wait a few seconds and retry.")
            case .failure(let failure):
                problems.append("could not listen on \(address.description): \(failure.reason)")
            }
        }
        return (opened, problems)
    }

    private static func openUnix(
        _ path: String, _ place: ListeningPlace
    ) throws(ProxyStartError) -> Result<Int32, Problem> {
        guard let address = SocketAddress(unixPath: path) else {
            return .failure(Problem(text: "the socket path \"\(path)\" is longer than 107 bytes"))
        }
        guard !ListeningSocket.isAnswered(address) else {
            throw ProxyStartError(
                "another program listens on the Unix socket \"\(path)\"",
                hint: "Is another proxy or server running on port \(place.port)?")
        }
        unlink(path)
        let descriptor: Int32
        switch ListeningSocket.open(address, backlog: place.backlog) {
        case .success(let opened): descriptor = opened
        case .failure(let failure):
            return .failure(
                Problem(text: "could not open the Unix socket \"\(path)\": \(failure.reason)"))
        }
        if !place.group.isEmpty {
            guard let group = groupID(place.group),
                chown(path, uid_t.max, group) == 0
            else {
                _ = Glibc.close(descriptor)
                unlink(path)
                throw ProxyStartError(
                    "could not give \"\(path)\" to the group \"\(place.group)\"",
                    hint: "unix_socket_group must name a group that the proxy's user is in.")
            }
        }
        guard chmod(path, mode_t(place.permissions)) == 0 else {
            let reason = String(cString: strerror(errno))
            _ = Glibc.close(descriptor)
            unlink(path)
            return .failure(
                Problem(text: "could not set the mode of \"\(path)\": \(reason)"))
        }
        return .success(descriptor)
    }

    /// The number of a group given by name or number.
    private static func groupID(_ name: String) -> gid_t? {
        if let number = gid_t(name) { return number }
        return getgrnam(name).map { $0.pointee.gr_gid }
    }
}
