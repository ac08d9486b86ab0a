/// A command at a host that is reached by ssh, with a key that needs no password.
///
/// The host's key has to be known: there is no way to switch that check off.
package struct SSHCommand: Sendable {
    /// The command line, without a shell.
    package let arguments: [String]
    /// For messages.
    package let destination: String

    /// - Parameters:
    ///   - host: as ssh takes it; may be a name of its configuration.
    ///   - user: nil: as its configuration says.
    ///   - command: for the shell there; an authorized_keys line with a forced command has the last
    ///     word.
    ///   - options: further arguments of ssh, such as `-i` and the file of a key.
    ///   - program: ssh itself.
    ///   - prefix: what the command line begins with, such as a change of account.
    ///   - connectSeconds: time for the connection to be made.
    package init(
        host: String, user: String? = nil, command: String, options: [String] = [],
        program: String = "ssh", prefix: [String] = [], connectSeconds: Int = 10
    ) {
        destination = user.map { "\($0)@\(host)" } ?? host
        let settings = [
            // Nobody is there to be asked, and what an agent helps with today fails without it later.
            "BatchMode=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes",
            "ConnectTimeout=\(max(1, connectSeconds))",
            "ServerAliveInterval=10", "ServerAliveCountMax=3",
            // What was put into a configuration for people does not help anybody who gets in there.
            "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes",
        ]
        arguments =
            prefix + [program, "-T"] + settings.flatMap { ["-o", $0] } + options
            + ["--", destination, command]
    }

    /// The options for one key and no other.
    package static func options(key: String) -> [String] {
        ["-i", key, "-o", "IdentitiesOnly=yes"]
    }

    /// Whether ssh would take the destination for what it is.
    package var isSound: Bool {
        // It would be taken for an option, or for something else than a name.
        !destination.isEmpty && !destination.hasPrefix("-")
            && destination.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }

    /// Hands a line to the command and waits for the first line of its output that is an answer.
    ///
    /// - Parameters:
    ///   - line: at most ``HostWire/lineBytesMax``, with its end.
    ///   - seconds: for all of it.
    ///   - read: what a line of the output says; nil for a greeting and the like.
    package func ask<Answer>(_ line: [UInt8], seconds: Int, read: (String) -> Answer?)
        throws(HostFailure) -> Answer
    {
        guard isSound else { throw HostFailure("\"\(destination)\" is no host for ssh") }
        return try HostConversation.answer(
            of: arguments, line: line, seconds: seconds, explain: explain, read: read)
    }

    /// What ssh and the shell at the other end mean.
    private func explain(_ outcome: CommandOutcome, _ words: String) -> HostFailure? {
        switch outcome {
        case .exited(0):
            return HostFailure(
                "\(destination) has not answered anything that this program understands",
                hint:
                    "The same version of Trunkline has to be there, and the key must not be bound "
                    + "to another command.")
        case .exited(127):
            return HostFailure(
                "there is no Trunkline on \(destination): \(words)",
                hint: "Install it there, or say where it is.")
        case .exited(255):
            var hint: String?
            if words.contains("Host key verification failed") {
                hint = "Put the host's key into known_hosts of the account that the proxy runs as."
            } else if words.contains("Permission denied") {
                hint =
                    "Put the public key of the account that the proxy runs as into "
                    + "authorized_keys on the host."
            }
            return HostFailure(
                "ssh to \(destination): \(words)", hint: hint, isUnreachable: true)
        case .couldNotStart(let reason):
            return HostFailure("ssh could not be started: \(reason)", isUnreachable: true)
        case .exited, .signalled, .timedOut: return nil
        }
    }
}
