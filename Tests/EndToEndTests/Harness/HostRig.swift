import Foundation
import Glibc
import LocalCluster
import Testing

/// Machines for a cluster on hosts, all of them here: each has a network, processes and names of its
/// own, an sshd, and its own folder behind one path. One more is where the proxy runs.
///
/// Nothing outside of their folder and of these namespaces is touched, and they end with this.
final class HostRig {
    let folder: String
    let hosts: [String]
    private var head: Machine?
    private var machines: [String: Machine] = [:]

    /// A process that holds a machine's namespaces.
    private final class Machine {
        private let process: ChildProcess
        /// The first process in there.
        let initial: pid_t

        init(_ name: String, _ script: String, log: String) throws {
            let script = "hostname \(name) && ip link set lo up && \(script)"
            process = try ChildProcess.withOpenFile(log) { file in
                try ChildProcess.spawn(
                    [
                        "unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc",
                        "--kill-child", "/bin/sh", "-c", script,
                    ], environment: ["PATH": HostRig.path], output: file, error: file)
            }
            var initial: pid_t?
            let process = process
            _ = Deadline.after(.seconds(30)).poll {
                initial = ProcessFacts.children(of: process.processID).first
                return initial != nil || process.exit != nil
            }
            guard let initial else {
                throw LocalClusterError(.cannotStart, "no machine \(name), see \(log)")
            }
            self.initial = initial
        }

        deinit { process.killGroup() }
    }

    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The folder that each machine has its own of.
    var place: String { "\(folder)/srv" }
    var cluster: String { "\(place)/c" }
    var program: String { "\(folder)/trunkline" }
    var key: String { "\(folder)/key" }

    /// Whether who runs the tests may make machines.
    static let isPossible: Bool = {
        func works(_ command: String...) -> Bool {
            (try? ClientTool.run(command))?.isSuccess ?? false
        }
        return geteuid() == 0 && works("unshare", "--mount", "--net", "--pid", "--fork", "true")
            && works("ip", "-V") && access("/usr/sbin/sshd", X_OK) == 0
    }()

    init(hosts: [String]) throws {
        self.hosts = hosts
        folder = "/tmp/trunkline-hosts-\(UInt32.random(in: 0 ... .max))"
        let files = FileManager.default
        for name in ["", "/srv", "/ssh"] + hosts.map({ "/files-\($0)" }) {
            try files.createDirectory(atPath: folder + name, withIntermediateDirectories: false)
        }
        try files.createSymbolicLink(
            atPath: "\(folder)/trunkline", withDestinationPath: try ProxyProcess.findBinary())
        // Debian's server wants it, and only its service makes it.
        mkdir("/run/sshd", 0o755)
        try prepare()
        head = try Machine(
            "head",
            """
            ip link add bridge type bridge && ip addr add 10.77.0.100/24 dev bridge &&
            ip link set bridge up && mount --bind \(folder)/ssh /etc/ssh &&
            mount --bind \(folder)/hosts /etc/hosts && touch \(folder)/ready-head && exec sleep 3600
            """, log: "\(folder)/head.log")
        let isReady = Deadline.after(.seconds(30)).poll {
            access("\(folder)/ready-head", F_OK) == 0
        }
        try #require(isReady, "\((try? text("head.log")) ?? "")")
        try hosts.forEach(start)
    }

    deinit {
        machines = [:]
        head = nil
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Keys, names, and folders that the servers' account may write to.
    private func prepare() throws {
        var names = "127.0.0.1 localhost\n10.77.0.100 head\n"
        var known = ""
        for name in ["key", "stranger"] + hosts.map({ "host-\($0)" }) {
            try must(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)"])
        }
        for (index, host) in hosts.enumerated() {
            names += "10.77.0.\(index + 1) \(host)\n"
            known += "\(host) " + (try text("host-\(host).pub"))
            try write(
                """
                ListenAddress 10.77.0.\(index + 1)
                HostKey \(folder)/host-\(host)
                AuthorizedKeysFile \(folder)/authorized_keys
                PidFile none
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                KbdInteractiveAuthentication no

                """, "sshd-\(host)")
        }
        // A name that leads to the first host, whose key nobody has written down.
        names += "10.77.0.1 unknown\n"
        try write(names, "hosts")
        try write(known, "ssh/ssh_known_hosts")
        try write("Host *\n  UserKnownHostsFile /dev/null\n", "ssh/ssh_config")
        try write(try text("key.pub"), "authorized_keys")
        let account = try PostgresInstallation.find().serverAccount
        for name in ["key", "stranger", "srv"] + hosts.map({ "files-\($0)" }) {
            if let account { chown("\(folder)/\(name)", account.user, account.group) }
        }
    }

    private func start(_ host: String) throws {
        let index = (hosts.firstIndex(of: host) ?? 0) + 1
        let machine = try Machine(
            host,
            """
            mount --bind \(folder)/hosts /etc/hosts &&
            mount --bind \(folder)/files-\(host) \(place) || exit 1
            until ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
            ip addr add 10.77.0.\(index)/24 dev eth0 && ip link set eth0 up &&
            exec /usr/sbin/sshd -D -e -f \(folder)/sshd-\(host)
            """, log: "\(folder)/\(host).log")
        machines[host] = machine
        try must(
            // A process of another machine is not seen from inside.
            enter(head, "--net") + [
                "ip", "link", "add", "to-\(host)", "type", "veth", "peer", "name", "eth0", "netns",
                "\(machine.initial)",
            ])
        try must(enter(head) + ["ip", "link", "set", "to-\(host)", "master", "bridge", "up"])
        let isUp = try Deadline.after(.seconds(30)).poll {
            try text("\(host).log").contains("Server listening")
        }
        #expect(isUp, "\((try? text("\(host).log")) ?? "")")
    }

    /// Takes a host out of the network, or back.
    func connect(_ host: String, _ isConnected: Bool) throws {
        try must(
            enter(head) + ["ip", "link", "set", "to-\(host)", isConnected ? "up" : "down"])
    }

    /// In a machine; with `--net` only its network is.
    private func enter(_ machine: Machine?, _ namespaces: String = "--all") -> [String] {
        ["nsenter", "-t", "\(machine?.initial ?? -1)", namespaces, "--"]
    }

    private func must(_ command: [String]) throws {
        let result = try ClientTool.run(command)
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(command): \(result.summary)")
        }
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    func write(_ text: String, _ name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }

    // MARK: What people do there

    /// `trunkline ...` where the proxy is.
    func trunkline(_ words: [String], input: String? = nil) throws -> ToolResult {
        try ClientTool.run(
            enter(head) + [program] + words, environment: ["PATH": Self.path], input: input,
            within: .seconds(300))
    }

    /// `trunkline cluster create`; what is said by `words` has the last word.
    func create(
        _ hosts: [String], port: UInt16, _ words: [String] = [], input: String? = nil,
        key: String? = nil, program: String? = nil
    ) throws -> ToolResult {
        try trunkline(
            ["cluster", "create", cluster, "--port", "\(port)", "--ssh-user", "root"]
                + ["--ssh-key", key ?? self.key, "--remote-program", program ?? self.program]
                + hosts.flatMap { ["--host", $0] } + words, input: input)
    }

    /// A shell command on a host.
    func host(_ name: String, _ command: String) throws -> ToolResult {
        try ClientTool.run(enter(machines[name]) + ["/bin/sh", "-c", command])
    }

    /// What a statement returns through the proxy.
    func psql(_ port: UInt16, _ sql: String) throws -> String {
        let result = try ClientTool.run(
            enter(head) + [
                try PostgresInstallation.find().path("psql"), "-h", "localhost", "-p", "\(port)",
                "-U", "postgres", "-XAtqw", "-v",
                "ON_ERROR_STOP=1", "-c", sql, "postgres",
            ], environment: ["PATH": Self.path, "PGPASSFILE": "\(cluster)/etc/pgpass"])
        try #require(result.isSuccess, "\(result.summary)")
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// What is left where clusters are made, on all machines.
    var leftovers: [String] {
        (["srv"] + hosts.map { "files-\($0)" }).flatMap { name in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? [])
                .map { "\(name)/\($0)" }
        }
    }
}
