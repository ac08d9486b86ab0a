import ClusterModel
import LocalCluster
import Testing

@testable import Coordination

extension SSHServer {
    fileprivate func host(
        key owner: Owner = .own, helper: String = "x", options: [String] = []
    ) -> SSHHost {
        SSHHost(
            host: "127.0.0.1", user: account, helper: helper,
            options: [
                "-i", key(of: owner), "-o", "IdentitiesOnly=yes", "-F", clientConfiguration,
            ] + options)
    }
}

@Suite("A host that is reached by ssh", .serialized)
struct SSHHostTests {
    @Test("the key's own command answers, and only to those who are known")
    func forcedCommand() throws {
        let stage = try HostStage()
        let ssh = try SSHServer()
        try ssh.letIn(.own, command: "\(HostStage.binary) host --allow \(stage.cluster.folder)")
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

        let stranger = ssh.host(key: .stranger).ask(request, seconds: 20)
        guard case .failed(let reason, let hint) = stranger else { throw StageFailure(stranger) }
        #expect(reason.contains("Permission denied"), "\(reason)")
        #expect(hint?.contains("authorized_keys") == true)
        try ssh.setKnown(false)
        // What is said about it after us is not heard.
        let options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        let unknown = ssh.host(options: options).ask(request, seconds: 20)
        guard case .failed(let other, let help) = unknown else { throw StageFailure(unknown) }
        #expect(other.contains("Host key verification failed"), "\(other)")
        #expect(help?.contains("known_hosts") == true)
    }

    @Test("what is in the way is said")
    func failures() throws {
        let request = HostRequest(
            server: HostedServer(node: 0, dataDirectory: "/srv/pg", port: 1), job: "j",
            action: .start)
        for host in ["-oProxyCommand=touch x", "a b", "", "a\nb"] {
            let answer = SSHHost(host: host).ask(request, seconds: 5)
            #expect(answer.failure.hasSuffix("is no host for ssh"), "\(host)")
        }
        let none = SSHHost(host: "h", program: "/no/such/ssh").ask(request, seconds: 5)
        #expect(none.failure.hasPrefix("ssh could not be started"), "\(none)")
        let ssh = try SSHServer()
        try ssh.letIn(.own, command: "/no/such/program host")
        let missing = ssh.host().ask(request, seconds: 20)
        #expect(missing.failure.hasPrefix("there is no Trunkline on"), "\(missing)")
        let refused = SSHHost(
            host: "127.0.0.1", options: ["-F", "/dev/null", "-p", "1"]
        ).ask(request, seconds: 20)
        #expect(refused.failure.contains("Connection refused"), "\(refused)")
    }
}
