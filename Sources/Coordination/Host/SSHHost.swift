package import ClusterModel

/// A host that is reached by ssh, with a key that needs no password.
///
/// The host's key has to be known: there is no way to switch that check off.
package struct SSHHost: HostAnswering {
    private let command: [String]
    /// For messages.
    private let destination: String

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
        destination = user.map { "\($0)@\(host)" } ?? host
        let settings = [
            // Nobody is there to be asked.
            "BatchMode=yes", "StrictHostKeyChecking=yes",
            "ConnectTimeout=\(max(1, connectSeconds))",
            "ServerAliveInterval=10", "ServerAliveCountMax=3",
            // What was put into a configuration for people does not help anybody who gets in there.
            "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes",
        ]
        command =
            [program, "-T"] + settings.flatMap { ["-o", $0] } + options
            + ["--", destination, helper]
    }

    package func ask(_ request: HostRequest, seconds: Int) -> HostAnswer {
        // It would be taken for an option, or for something else than a name.
        guard !destination.isEmpty, !destination.hasPrefix("-"),
            destination.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return .failed(reason: "\"\(destination)\" is no host for ssh", hint: nil) }
        guard let line = HostWire.line(request) else {
            return .failed(reason: "the request is too long", hint: nil)
        }
        return HostConversation.ask(command, line: line, seconds: seconds) { outcome, words in
            explain(outcome, words)
        }
    }

    /// What ssh and the shell at the other end mean.
    private func explain(_ outcome: CommandOutcome, _ words: String) -> HostFailure? {
        switch outcome {
        case .exited(127):
            return HostFailure(
                "there is no Trunkline on \(destination): \(words)",
                hint: "Install it there, or say where it is (recovery_host_command).")
        case .exited(255):
            var hint: String?
            if words.contains("Host key verification failed") {
                hint = "Put the host's key into known_hosts of the account that the proxy runs as."
            } else if words.contains("Permission denied") {
                hint =
                    "Put the public key of the account that the proxy runs as into "
                    + "authorized_keys on the host."
            }
            return HostFailure("ssh to \(destination): \(words)", hint: hint)
        case .couldNotStart(let reason):
            return HostFailure("ssh could not be started: \(reason)")
        case .exited, .signalled, .timedOut: return nil
        }
    }
}
