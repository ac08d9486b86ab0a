import ArgumentParser
import Glibc
import LocalCluster

/// `trunkline cluster create`
struct ClusterCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a cluster in a folder that is empty or not there yet, and start it.",
        discussion: """
            A primary and its standbys, with replication slots, checksums and passwords \
            (SCRAM-SHA-256), and a proxy before them that promotes a standby when the primary is \
            gone. PostgreSQL does not run as root: called by root, servers and proxy run as postgres.

            With --host the servers are on these hosts, one on each, and the proxy is here. This \
            program and PostgreSQL have to be there. ssh is called by the account that the proxy \
            runs as, asks nobody, and has to know the hosts' keys.
            """)

    @Argument(help: ArgumentHelp("The folder; its parent must be there.", valueName: "FOLDER"))
    var folder: String

    @Option(
        help: ArgumentHelp(
            "Servers: a primary and N-1 standbys (default: 3, or one on each host).",
            valueName: "N"))
    var nodes: Int?

    @Option(
        name: .customLong("host"), parsing: .singleValue,
        help: ArgumentHelp(
            "A host for a server, as this machine and the other hosts call it; once for each.",
            valueName: "HOST"))
    var hosts: [String] = []

    @Option(help: ArgumentHelp("Account on the hosts (default: as ssh has it).", valueName: "NAME"))
    var sshUser: String?

    @Option(help: ArgumentHelp("Private key for the hosts.", valueName: "FILE"))
    var sshKey: String?

    @Option(
        help: ArgumentHelp(
            "This program on the hosts (default: trunkline, on the account's PATH).",
            valueName: "PATH"))
    var remoteProgram: String?

    @Option(help: ArgumentHelp("Port of the proxy.", valueName: "PORT"))
    var port: UInt16 = 9999

    @Option(
        help: ArgumentHelp("Port for the pcp_ programs (default: --port + 1).", valueName: "PORT"))
    var pcpPort: UInt16?

    @Option(
        help: ArgumentHelp(
            "Port for metrics and the live page (default: --port + 2; 0 = none).",
            valueName: "PORT"))
    var httpPort: UInt16?

    @Option(
        help: ArgumentHelp(
            "Port of the first server; the others follow, on hosts all have it (default: --port + 3).",
            valueName: "PORT"))
    var postgresPort: UInt16?

    @Option(help: ArgumentHelp("The superuser.", valueName: "NAME"))
    var user = "postgres"

    @Option(
        help: ArgumentHelp(
            "The superuser's password is the first line of it; - is standard input (default: a new "
                + "one, which is printed).",
            valueName: "FILE"))
    var passwordFile: String?

    @Option(
        help: ArgumentHelp(
            "The superuser's password. Other users of the machine can see it in command lines: "
                + "better --password-file.",
            valueName: "PASSWORD"))
    var password: String?

    @Flag(help: "A commit waits until a standby has it, too.")
    var synchronous = false

    @Flag(inversion: .prefixedNo, help: "Whether there is a proxy.")
    var proxy = true

    @Flag(inversion: .prefixedNo, help: "Whether each standby has a replication slot.")
    var slots = true

    @Flag(help: "Keep all WAL in the folder's archivedir, too.")
    var archive = false

    @Option(
        help: ArgumentHelp(
            "PostgreSQL's programs (default: the newest below /usr/lib/postgresql, or PATH).",
            valueName: "FOLDER"))
    var binDir: String?

    private var nodeCount: Int { nodes ?? (hosts.isEmpty ? 3 : hosts.count) }

    func validate() throws {
        guard (1...ClusterPlan.nodesMax).contains(nodeCount) else {
            throw ValidationError("--nodes must be 1 to \(ClusterPlan.nodesMax).")
        }
        try validateHosts()
        try validatePorts()
        guard !synchronous || nodeCount > 1 else {
            throw ValidationError("--synchronous needs a standby: --nodes 2 or more.")
        }
        guard !user.isEmpty, !user.hasPrefix("pg_"), user != "replicator",
            user.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else {
            throw ValidationError(
                "--user \"\(user)\" cannot be the superuser: take letters, digits and _, not pg_..."
                    + " and not replicator.")
        }
        guard password?.isEmpty != true, password?.contains(where: \.isNewline) != true else {
            throw ValidationError("--password must not be empty or have a line end.")
        }
        guard password == nil || passwordFile == nil else {
            throw ValidationError("--password or --password-file, not both.")
        }
    }

    private func validateHosts() throws {
        guard !hosts.isEmpty else {
            guard sshUser == nil, sshKey == nil, remoteProgram == nil else {
                throw ValidationError(
                    "--ssh-user, --ssh-key and --remote-program are about hosts: name them with"
                        + " --host.")
            }
            return
        }
        guard nodeCount == hosts.count else {
            throw ValidationError(
                "--nodes \(nodeCount) with \(hosts.count) hosts: each host gets one server.")
        }
        guard !archive else {
            throw ValidationError(
                "--archive would make an archive on each host, of no use to the others: leave it"
                    + " out, or set archive_command to a place that all of them reach.")
        }
        if let flaw = plan.flaw { throw ValidationError("\(flaw).") }
    }

    private func validatePorts() throws {
        let numbers: [(String, UInt16?)] = [
            ("--port", port), ("--pcp-port", pcpPort),
            ("--http-port", httpPort == 0 ? nil : httpPort), ("--postgres-port", postgresPort),
        ]
        for case (let name, let number?) in numbers where number < 1024 {
            throw ValidationError(
                "\(name) \(number): ports below 1024 are root's, and neither servers nor proxy run as"
                    + " root. Take 1024 to 65535.")
        }
        guard Int(port) + 2 + nodeCount <= 65_535 else {
            throw ValidationError("--port \(port) leaves no room for the others above it.")
        }
        guard Int(postgresPort ?? 1) + nodeCount - 1 <= 65_535 else {
            throw ValidationError("--postgres-port: the last server's port would be above 65535.")
        }
    }

    private var plan: ClusterPlan {
        var plan = ClusterPlan()
        plan.nodeCount = nodeCount
        plan.proxyPort = port
        // Within the range: that was looked at.
        plan.pcpPort = pcpPort ?? port &+ 1
        plan.httpPort = httpPort ?? port &+ 2
        if plan.httpPort == 0 { plan.httpPort = nil }
        plan.firstPort = postgresPort ?? port &+ 3
        if !hosts.isEmpty {
            let directory = LaunchOptions.workingDirectory
            var hosts = ClusterHosts(
                names: hosts, user: sshUser,
                key: sshKey.map { LaunchOptions.absolute($0, in: directory) })
            if let remoteProgram { hosts.program = remoteProgram }
            plan.hosts = hosts
        }
        plan.superuser = user
        plan.hasProxy = proxy
        plan.usesSlots = slots
        plan.archives = archive
        plan.isSynchronous = synchronous
        plan.serverSettings = ["log_line_prefix = '%m [%p] %q%u@%d %a '"]
        return plan
    }

    func run() throws {
        let program = try OwnProgram.path()
        let passwords = ClusterPasswords(superuser: try givenPassword())
        let path = LaunchOptions.absolute(folder, in: LaunchOptions.workingDirectory)
        try ClusterCommand.explained {
            let cluster = try ClusterFolder.create(
                path, plan: plan, passwords: passwords, programs: binDir, proxy: program,
                templates: templates, watcher: tell)
            if proxy {
                StandardStreams.out("starting the proxy ...\n")
                do {
                    try cluster.start(proxy: program) { _ in }
                    try cluster.waitForProxy()
                } catch let error as LocalClusterError {
                    throw LocalClusterError(
                        error.code,
                        """
                        \(error.description)
                        The servers run, and their passwords are in \(cluster.passwordFile ?? "").
                        "trunkline cluster start \(path)" tries again, "trunkline cluster destroy \
                        \(path)" removes everything
                        """)
                }
            }
            StandardStreams.out(ending(cluster, passwords))
        }
    }

    /// The password that somebody wants; nil = one is made up.
    private func givenPassword() throws -> String? {
        guard let passwordFile else { return password }
        func refuse(_ reason: String) -> ExitCode {
            StandardStreams.error("trunkline cluster: --password-file: \(reason)\n")
            return ExitCode(ExitStatus.refused)
        }
        var descriptor: Int32 = 0
        if passwordFile != "-" { descriptor = open(passwordFile, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw refuse("\(passwordFile): \(String(cString: strerror(errno)))")
        }
        defer { if descriptor > 0 { close(descriptor) } }
        let line =
            isatty(descriptor) == 1
            ? TerminalPrompt.password("Password for \(user): ")
            : StandardStreams.firstLine(of: descriptor, bytesMax: 1024)
        guard let line, let text = String(validating: line, as: UTF8.self), !text.isEmpty,
            !text.contains(where: \.isNewline), !line.contains(0)
        else { throw refuse("its first line is no password") }
        return text
    }

    private var templates: ProxyFiles.Templates {
        ProxyFiles.Templates(
            configuration: """
                # Written by "trunkline cluster create". "trunkline check -f FILE" tests changes,
                # "trunkline reload -f FILE" has a running proxy read them.

                """,
            hostRules: """
                # Who may connect to the proxy how, for enable_pool_hba = on. Without that the
                # servers' pg_hba.conf decides.

                """,
            pcp:
                "# USER:MD5 of those who may give orders; \"pg_md5 PASSWORD\" prints the second.\n",
            lastLines: [
                "auto_failback = on",
                "auto_failback_interval = 5s",
                "",
                "health_check_period = 5s",
                "health_check_timeout = 5s",
                "health_check_max_retries = 3",
                "health_check_retry_delay = 1s",
                "sr_check_period = 5s",
                "",
                "logging_collector = on",
                "log_destination = 'stderr'",
            ])
    }

    private func tell(_ step: ClusterStep, isDone: Bool) {
        guard !isDone else { return }
        switch step {
        case .initialize(let node): StandardStreams.out("\(plan.fullName(node)): initdb ...\n")
        case .copy(let node):
            StandardStreams.out("\(plan.fullName(node)): base backup from node0 ...\n")
        case .start(let node): StandardStreams.out("\(plan.fullName(node)): starting ...\n")
        case .prepare: StandardStreams.out("roles for the proxy and for replication ...\n")
        case .configureProxy: StandardStreams.out("files of the proxy ...\n")
        }
    }

    /// What there is now, and how to use it.
    private func ending(_ cluster: ClusterFolder, _ passwords: ClusterPasswords) -> String {
        let plan = cluster.plan
        let port = plan.hasProxy ? plan.proxyPort : plan.firstPort
        let server = plan.hasProxy || plan.hosts == nil ? "localhost" : plan.host(0)
        let secrets = cluster.passwordFile ?? ""
        var lines = ["", "The cluster in \(cluster.path) runs.", ""]
        var ports = plan.ports().map { entry in
            let purpose = entry.purpose == "the proxy" ? "proxy" : entry.purpose
            return "\(purpose) \(entry.port)"
        }
        if let names = plan.hosts?.names {
            lines.append("servers     \(names.joined(separator: ", "))")
            ports.append("servers \(plan.firstPort)")
        }
        lines.append("ports       \(ports.joined(separator: ", "))")
        lines.append("superuser   \(plan.superuser)")
        lines.append(
            password == nil && passwordFile == nil
                ? "password    \(passwords.superuser)   (also in \(secrets))"
                : "password    as you said; also in \(secrets)")
        lines += [
            "",
            "Try:",
            "  PGPASSFILE=\(secrets) psql -h \(server) -p \(port) -U \(plan.superuser) postgres",
            "  trunkline cluster status \(cluster.path)",
        ]
        if plan.hasProxy {
            lines.append("  trunkline status -f \(cluster.configurationFile)")
            lines.append(
                "  PCPPASSFILE=\(cluster.configurationFolder)/pcppass pcp_node_info"
                    + " -h localhost -p \(plan.pcpPort) -U \(plan.superuser) -w -a")
            if let http = plan.httpPort { lines.append("  http://localhost:\(http)/") }
        }
        lines.append("  trunkline cluster stop \(cluster.path)")
        return lines.joined(separator: "\n") + "\n"
    }
}
