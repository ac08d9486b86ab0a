internal import ClusterModel
internal import Coordination
internal import Glibc
internal import Settings

/// How the host of a node is asked, by `recovery_transport`.
enum HostReach {
    /// By a program that the proxy starts.
    case program(any HostAnswering)
    /// Through a server that runs there, and that starts this command.
    case server(command: String)

    init(to node: Int, _ settings: Settings) {
        let name = settings.backend(node).hostname
        switch settings.recoveryTransport {
        case .auto where Self.isThisHost(name), .local: self = .program(LocalHost())
        case .auto, .ssh: self = .program(Self.sshHost(name, settings))
        case .sql: self = .server(command: settings.recoveryHostCommand)
        }
    }

    private static func sshHost(_ name: String, _ settings: Settings) -> SSHHost {
        let key = settings.recoverySSHKey
        let user = settings.recoverySSHUser
        let words = settings.recoverySSHOptions.split(whereSeparator: \.isWhitespace)
        return SSHHost(
            host: name, user: user.isEmpty ? nil : user, helper: settings.recoveryHostCommand,
            options: (key.isEmpty ? [] : SSHCommand.options(key: key))
                + words.map(String.init))
    }

    /// The node whose server carries requests to the host of a node: another one if it can be, for
    /// no server can stop or start itself; nil where none is up.
    ///
    /// - Parameters:
    ///   - hosts: the names of the nodes' hosts.
    ///   - isUp: whether the server of a node answers.
    static func carrier(
        to node: Int, hosts: [String], primary: Int?, isUp: (Int) -> Bool
    ) -> Int? {
        guard hosts.indices.contains(node) else { return nil }
        let neighbours = hosts.indices.filter {
            $0 != node && isSameHost(hosts[$0], hosts[node]) && isUp($0)
        }
        return neighbours.first { $0 == primary } ?? neighbours.first ?? (isUp(node) ? node : nil)
    }

    /// By their names alone: two names of another host are two hosts.
    private static func isSameHost(_ name: String, _ other: String) -> Bool {
        name == other || (isThisHost(name) && isThisHost(other))
    }

    /// By its name: the directory of a socket, the loopback interface, or what this host is called.
    static func isThisHost(_ name: String) -> Bool {
        if name.isEmpty || name.hasPrefix("/") || name == "localhost" || name == "::1" {
            return true
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts.first == "127", parts.allSatisfy({ UInt8($0) != nil }) {
            return true
        }
        var own = [CChar](repeating: 0, count: 256)
        guard gethostname(&own, own.count - 1) == 0 else { return false }
        let bytes = own.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let host = String(decoding: bytes, as: UTF8.self)
        return name == host || name == host.prefix { $0 != "." }
    }
}
