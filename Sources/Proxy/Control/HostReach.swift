internal import ClusterModel
internal import Coordination
internal import Glibc
internal import Settings

/// How the host of a node is asked, by `recovery_transport`.
enum HostReach {
    static func host(of node: Int, _ settings: Settings) -> any HostAnswering {
        let name = settings.backend(node).hostname
        let isLocal =
            switch settings.recoveryTransport {
            case .auto: isThisHost(name)
            case .local: true
            case .ssh: false
            }
        guard !isLocal else { return LocalHost() }
        let key = settings.recoverySSHKey
        let user = settings.recoverySSHUser
        return SSHHost(
            host: name, user: user.isEmpty ? nil : user,
            helper: "\(settings.recoverySSHProgram) host",
            options: key.isEmpty ? [] : SSHCommand.options(key: key))
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
