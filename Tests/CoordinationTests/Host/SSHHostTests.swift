import ClusterModel
import Foundation
import Glibc
import LocalCluster
import Testing

@testable import Coordination

/// An ssh server of our own on 127.0.0.1, with a key for us that may only start the helper.
private final class SSHStage {
    let folder: String
    let port: UInt16
    private let server: ChildProcess

    init?(in folder: String, command: String) throws {
        guard access("/usr/sbin/sshd", X_OK) == 0 else { return nil }
        self.folder = folder
        port = try FreePort.next()
        // Debian's server wants it, and only its service makes it.
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        for name in ["host", "own", "stranger"] {
            let made = try ClientTool.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)"])
            guard made.isSuccess else { throw LocalClusterError(.cannotStart, made.summary) }
        }
        func text(_ name: String) -> String { HostFiles.text("\(folder)/\(name)") ?? "" }
        try ("restrict,command=\"\(command)\" " + text("own.pub")).write(
            toFile: folder + "/authorized_keys", atomically: false, encoding: .utf8)
        try "[127.0.0.1]:\(port) \(text("host.pub"))".write(
            toFile: folder + "/known_hosts", atomically: false, encoding: .utf8)
        try """
        ListenAddress 127.0.0.1
        Port \(port)
        HostKey \(folder)/host
        AuthorizedKeysFile \(folder)/authorized_keys
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin forced-commands-only

        """.write(toFile: folder + "/sshd_config", atomically: false, encoding: .utf8)
        server = try ChildProcess.withOpenFile(folder + "/sshd.log") { log in
            try ChildProcess.spawn(
                ["/usr/sbin/sshd", "-D", "-e", "-f", "\(folder)/sshd_config"],
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: log, error: log)
        }
        let isUp = Deadline.after(.seconds(10)).poll { FreePort.isListening(port) }
        guard isUp else { throw LocalClusterError(.cannotStart, text("sshd.log")) }
    }

    deinit { server.killGroup() }

    func host(key: String = "own", knownHosts: String = "known_hosts", helper: String = "x")
        -> SSHHost
    {
        SSHHost(
            host: "127.0.0.1", user: String(cString: getpwuid(geteuid()).pointee.pw_name),
            helper: helper,
            options: [
                "-F", "/dev/null", "-p", "\(port)", "-i", "\(folder)/\(key)", "-o",
                "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=\(folder)/\(knownHosts)", "-o",
                "GlobalKnownHostsFile=/dev/null",
            ])
    }
}

@Suite("A host that is reached by ssh", .serialized)
struct SSHHostTests {
    @Test("the key's own command answers, and only to those who are known")
    func forcedCommand() throws {
        let stage = try HostStage()
        let scratch = try ScratchDirectory()
        let command = "\(HostStage.binary) host --allow \(stage.cluster.folder)"
        guard let ssh = try SSHStage(in: scratch.path, command: command) else { return }
        var request = HostRequest(
            server: stage.server(), job: "r1", action: .describe(expecting: .init()))
        // What is asked to run does not matter.
        let answer = ssh.host(helper: "rm -rf /no/such/directory").ask(request, seconds: 20)
        guard case .description(let facts) = answer else { throw StageFailure(answer) }
        #expect(facts.isRunning && facts.systemIdentifier != nil)

        // A job lives on after its connection.
        request.action = .stop(seconds: 20)
        #expect(ssh.host().ask(request, seconds: 30) == .done)
        request.action = .baseBackup(
            from: stage.source(password: "it's a secret"), slot: nil, options: .init())
        guard case .job(var report) = ssh.host().ask(request, seconds: 30) else {
            throw StageFailure(ssh.host().ask(request, seconds: 30))
        }
        request.action = .jobStatus
        let isOver = Deadline.after(.seconds(60)).poll {
            if case .job(let now) = ssh.host().ask(request, seconds: 20) { report = now }
            return report.state != .running
        }
        #expect(isOver && report.state == .succeeded, "\(report)")
        request.action = .start
        #expect(ssh.host().ask(request, seconds: 30) == .done)
        try stage.cluster.waitForReplication()

        request.server.dataDirectory = "/no/such/directory"
        #expect(
            ssh.host().ask(request, seconds: 20).failure.hasPrefix("this host does not allow"))

        let stranger = ssh.host(key: "stranger").ask(request, seconds: 20)
        guard case .failed(let reason, let hint) = stranger else { throw StageFailure(stranger) }
        #expect(reason.contains("Permission denied"), "\(reason)")
        #expect(hint?.contains("authorized_keys") == true)
        let unknown = ssh.host(knownHosts: "none").ask(request, seconds: 20)
        guard case .failed(let other, let help) = unknown else { throw StageFailure(unknown) }
        #expect(other.contains("Host key verification failed"), "\(other)")
        #expect(help?.contains("known_hosts") == true)
    }

    @Test("what is in the way is said")
    func failures() throws {
        let scratch = try ScratchDirectory()
        let request = HostRequest(
            server: HostedServer(node: 0, dataDirectory: "/srv/pg", port: 1), job: "j",
            action: .start)
        for host in ["-oProxyCommand=touch x", "a b", "", "a\nb"] {
            let answer = SSHHost(host: host).ask(request, seconds: 5)
            #expect(answer.failure.hasSuffix("is no host for ssh"), "\(host)")
        }
        let none = SSHHost(host: "h", program: "/no/such/ssh").ask(request, seconds: 5)
        #expect(none.failure.hasPrefix("ssh could not be started"), "\(none)")
        guard
            let ssh = try SSHStage(in: scratch.path, command: "/no/such/program host")
        else { return }
        let missing = ssh.host().ask(request, seconds: 20)
        #expect(missing.failure.hasPrefix("there is no Trunkline on"), "\(missing)")
        let refused = SSHHost(
            host: "127.0.0.1", options: ["-F", "/dev/null", "-p", "1"]
        ).ask(request, seconds: 20)
        #expect(refused.failure.contains("Connection refused"), "\(refused)")
    }
}
