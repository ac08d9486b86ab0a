import Settings
import Testing

@testable import Proxy

@Suite("The way to a node's host")
struct HostReachTests {
    @Test(
        "a neighbour carries requests, the primary first, and else the server itself",
        arguments: [
            (["a", "a", "b"], [0, 1, 2], Int?(0)),
            (["a", "a", "b"], [0, 2], 0),
            (["a", "a", "a"], [0, 2], 2),
            (["a", "a", "a"], [0, 1], 0),
            (["b", "a", "c"], [0, 1, 2], 1),
            (["b", "a", "c"], [0, 2], nil),
            (["localhost", "/tmp", "c"], [0, 2], 0),
            (["127.0.0.1", "", "c"], [0], 0),
            (["a"], [0, 1, 2], nil),
        ])
    func carrier(hosts: [String], up: [Int], expected: Int?) {
        let found = HostReach.carrier(to: 1, hosts: hosts, primary: 2) { up.contains($0) }
        #expect(found == expected)
    }

    @Test("each transport leads where it says")
    func transports() {
        var settings = Settings()
        settings.backends = ["localhost", "db1.example"].map { name in
            var backend = BackendSettings()
            backend.hostname = name
            return backend
        }
        func words(_ node: Int, _ transport: RecoveryTransport) -> String {
            settings.recoveryTransport = transport
            return "\(HostReach(to: node, settings))"
        }
        #expect(words(0, .auto).contains("LocalHost"))
        #expect(words(1, .auto).contains("SSHHost"))
        #expect(words(1, .local).contains("LocalHost"))
        #expect(words(0, .ssh).contains("SSHHost"))
        settings.recoverySSHOptions = "-p 2222  -F /etc/x"
        settings.recoveryHostCommand = "/opt/trunkline host"
        #expect(words(1, .ssh).contains(#""-p", "2222", "-F", "/etc/x", "--", "postgres@db1"#))
        #expect(words(1, .ssh).contains(#""/opt/trunkline host""#))
        // Before them, for ssh takes the first value that it is told.
        #expect(words(1, .ssh).contains(#""StrictHostKeyChecking=yes""#))
        #expect(words(1, .sql) == #"server(command: "/opt/trunkline host")"#)
    }
}
