package import ClusterModel

/// A host that is reached by ssh, with a key that needs no password.
package struct SSHHost: HostAnswering {
    private let command: SSHCommand

    /// - Parameters:
    ///   - host: as ssh takes it; may be a name of its configuration.
    ///   - user: nil: as its configuration says.
    ///   - helper: what is to run there; an authorized_keys line with a forced command has the last
    ///     word.
    ///   - options: further arguments of ssh, such as `-i` and the file of a key.
    ///   - connectSeconds: time for the connection to be made.
    package init(
        host: String, user: String? = nil, helper: String = "trunkline host",
        options: [String] = [], program: String = "ssh", connectSeconds: Int = 10
    ) {
        command = SSHCommand(
            host: host, user: user, command: helper, options: options, program: program,
            connectSeconds: connectSeconds)
    }

    package func ask(_ request: HostRequest, seconds: Int) -> HostAnswer {
        do throws(HostFailure) {
            guard let line = HostWire.line(request) else {
                throw HostFailure("the request is too long")
            }
            return try command.ask(line, seconds: seconds) { HostWire.answer(Array($0.utf8)) }
        } catch {
            return error.answer
        }
    }
}
