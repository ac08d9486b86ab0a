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
            """)

    @Argument(help: ArgumentHelp("The folder; its parent must be there.", valueName: "FOLDER"))
    var folder: String

    @Option(help: ArgumentHelp("Servers: a primary and N-1 standbys.", valueName: "N"))
    var nodes = 3

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
            "Port of the first server; the others follow (default: --port + 3).",
            valueName: "PORT"))
    var postgresPort: UInt16?

    @Option(help: ArgumentHelp("The superuser.", valueName: "NAME"))
    var user = "postgres"

    @Option(
        help: ArgumentHelp(
            "The superuser's password (default: a new one, which is printed). Other users of the "
                + "machine can see command lines.",
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

    func validate() throws {
        guard (1...ClusterPlan.nodesMax).contains(nodes) else {
            throw ValidationError("--nodes must be 1 to \(ClusterPlan.nodesMax).")
        }
        guard !synchronous || nodes > 1 else {
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
        guard Int(port) + 2 + nodes <= 65_535 else {
            throw ValidationError("--port \(port) leaves no room for the others above it.")
        }
        guard Int(postgresPort ?? 1) + nodes - 1 <= 65_535 else {
            throw ValidationError("--postgres-port: the last server's port would be above 65535.")
        }
    }

    private var plan: ClusterPlan {
        var plan = ClusterPlan()
        plan.nodeCount = nodes
        plan.proxyPort = port
        plan.pcpPort = pcpPort ?? port + 1
        plan.httpPort = httpPort ?? port + 2
        if plan.httpPort == 0 { plan.httpPort = nil }
        plan.firstPort = postgresPort ?? port + 3
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
        let passwords = ClusterPasswords(superuser: password)
        let path = LaunchOptions.absolute(folder, in: LaunchOptions.workingDirectory)
        try ClusterCommand.explained {
            let cluster = try ClusterFolder.create(
                path, plan: plan, passwords: passwords, programs: binDir, proxy: program,
                templates: templates, watcher: tell)
            if proxy {
                StandardStreams.out("starting the proxy ...\n")
                try cluster.start(proxy: program) { _ in }
                try cluster.waitForProxy()
            }
            StandardStreams.out(ending(cluster, passwords))
        }
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
        case .initialize(let node): StandardStreams.out("node\(node): initdb ...\n")
        case .copy(let node): StandardStreams.out("node\(node): base backup from node0 ...\n")
        case .start(let node): StandardStreams.out("node\(node): starting ...\n")
        case .prepare: StandardStreams.out("roles for the proxy and for replication ...\n")
        case .configureProxy: StandardStreams.out("files of the proxy ...\n")
        }
    }

    /// What there is now, and how to use it.
    private func ending(_ cluster: ClusterFolder, _ passwords: ClusterPasswords) -> String {
        let plan = cluster.plan
        let port = plan.hasProxy ? plan.proxyPort : plan.firstPort
        let passwordFile = cluster.passwordFile ?? ""
        var lines = ["", "The cluster in \(cluster.path) runs.", ""]
        let ports = plan.ports.map { entry in
            let purpose = entry.purpose == "the proxy" ? "proxy" : entry.purpose
            return "\(purpose) \(entry.port)"
        }.joined(separator: ", ")
        lines.append("ports       \(ports)")
        lines.append("superuser   \(plan.superuser)")
        lines.append(
            password == nil
                ? "password    \(passwords.superuser)   (also in \(passwordFile))"
                : "password    as you said; also in \(passwordFile)")
        lines += [
            "",
            "Try:",
            "  PGPASSFILE=\(passwordFile) psql -h localhost -p \(port) -U \(plan.superuser) postgres",
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
