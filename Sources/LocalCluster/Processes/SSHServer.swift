import Foundation
import Glibc

/// An ssh server of its own on 127.0.0.1, for who runs this program, in a folder that goes with it.
///
/// It lets in one key, for one command.
package final class SSHServer: Sendable {
    /// Who has a pair of keys in the folder.
    package enum Owner: String, CaseIterable, Sendable {
        /// The server itself.
        case host
        /// A client that is let in.
        case own
        case stranger
    }

    /// Who logs in.
    package let account: String
    package let port: UInt16
    private let folder: String
    private let process: ChildProcess

    private static let program = "/usr/sbin/sshd"

    /// Starts it and waits until it accepts connections; nobody is let in yet.
    package init() throws {
        guard access(Self.program, X_OK) == 0, let entry = getpwuid(geteuid()) else {
            throw LocalClusterError(.missing, "no sshd found: install the package openssh-server")
        }
        account = String(cString: entry.pointee.pw_name)
        folder =
            FileManager.default.temporaryDirectory.path + "/trunkline-ssh-"
            + String(UInt32.random(in: 0 ... .max), radix: 16)
        port = try FreePort.next()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        do {
            process = try Self.start(in: folder, port: port)
            try letIn(.own, command: "/bin/false")
            try setKnown(true)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    deinit {
        process.killGroup()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The private key.
    package func key(of owner: Owner) -> String { "\(folder)/\(owner.rawValue)" }

    /// For `ssh -F`: the port, and the keys of servers that are known.
    package var clientConfiguration: String { "\(folder)/ssh_config" }

    /// Whoever has this key may log in, and gets this command whatever is asked for.
    package func letIn(_ owner: Owner, command: String) throws {
        let key = try Self.text("\(key(of: owner)).pub")
        try write("restrict,command=\"\(command)\" \(key)", to: "authorized_keys")
    }

    /// Whether the server's key is among those that clients know.
    package func setKnown(_ isKnown: Bool) throws {
        let key = try Self.text("\(key(of: .host)).pub")
        try write(isKnown ? "[127.0.0.1]:\(port) \(key)" : "", to: "known_hosts")
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    private static func start(in folder: String, port: UInt16) throws -> ChildProcess {
        // Debian's server wants it, and only its service makes it.
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        for owner in Owner.allCases {
            let made = try ClientTool.run([
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(owner.rawValue)",
            ])
            guard made.isSuccess else { throw LocalClusterError(.cannotStart, made.summary) }
        }
        let files = [
            "sshd_config": """
            ListenAddress 127.0.0.1
            Port \(port)
            HostKey \(folder)/\(Owner.host.rawValue)
            AuthorizedKeysFile \(folder)/authorized_keys
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin forced-commands-only

            """,
            "ssh_config": """
            Host *
                Port \(port)
                UserKnownHostsFile \(folder)/known_hosts
                GlobalKnownHostsFile /dev/null

            """,
        ]
        for (name, text) in files {
            try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
        let log = "\(folder)/sshd.log"
        let process = try ChildProcess.withOpenFile(log) { file in
            try ChildProcess.spawn(
                [program, "-D", "-e", "-f", "\(folder)/sshd_config"],
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: file, error: file)
        }
        let isUp = Deadline.after(.seconds(30)).poll {
            process.exit != nil || FreePort.isListening(port)
        }
        guard isUp, process.exit == nil else {
            process.killGroup()
            throw LocalClusterError(.cannotStart, "sshd: \((try? text(log)) ?? "no log")")
        }
        return process
    }
}
