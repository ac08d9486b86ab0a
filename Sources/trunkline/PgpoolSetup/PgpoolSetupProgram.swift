import Foundation
import Glibc
import LocalCluster
import Settings

/// The program under the name `pgpool_setup`: a throw-away cluster in the current directory, which
/// must be empty, with the files that test rigs for Pgpool-II expect.
struct PgpoolSetupProgram {
    private let program: String
    private let options: PgpoolSetupOptions
    private let folder = LaunchOptions.workingDirectory

    static func run(_ arguments: [String]) -> Int32 {
        let program = arguments.first ?? "pgpool_setup"
        let environment = ProcessInfo.processInfo.environment
        switch PgpoolSetupRequest(arguments, environment: environment) {
        case .usage:
            StandardStreams.out(PgpoolSetupRequest.usage(program: program))
            return ExitStatus.refused
        case .refused(let text):
            StandardStreams.error("\(program): \(text)\n")
            return ExitStatus.refused
        case .setUp(let options):
            do {
                return try PgpoolSetupProgram(program: program, options: options).run()
            } catch {
                StandardStreams.error("\(program): \(error)\n")
                return ExitStatus.refused
            }
        }
    }

    private func run() throws -> Int32 {
        guard try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty else {
            // On standard output, as ever.
            StandardStreams.out(
                "\(program): Current directory is not empty. Please remove files and directories"
                    + " then try again.\n")
            return ExitStatus.refused
        }
        let installation = try PostgresInstallation.find(programs: options.programs)
        StandardStreams.out(
            "PostgreSQL major version: \(try installation.majorVersion() * 10)\n"
                + "Starting set up in \(options.mode.name)\n")
        let user = try Self.userName()
        var plan = plan(user)
        plan.socketFolder = options.socketFolder
        let own = try OwnProgram.path()
        let cluster = try ClusterFolder.create(
            folder, plan: plan, passwords: ClusterPasswords(superuser: user),
            programs: installation.programs, proxy: own, templates: try templates(user),
            others: PgpoolSetupScripts.names, watcher: tell)
        let scripts = PgpoolSetupScripts(
            folder: cluster.path, plan: plan, options: options,
            installFolder: try installFolder(own), programs: installation.programs,
            asServerAccount: installation.asServerAccount)
        try write(scripts, user)
        if plan.hasServers { try tryOut(cluster, scripts, own) }
        StandardStreams.out(scripts.ending)
        return ExitStatus.success
    }

    /// Whoever runs this is the superuser everywhere, with his name as his password.
    private static func userName() throws -> String {
        guard let entry = getpwuid(geteuid()) else {
            throw LocalClusterError(.missing, "user \(geteuid()) has no name")
        }
        return String(cString: entry.pointee.pw_name)
    }

    private func plan(_ user: String) -> ClusterPlan {
        var plan = ClusterPlan()
        plan.nodeCount = options.nodeCount
        plan.replication = options.mode == .streaming ? .streaming : .none
        plan.proxyPort = UInt16(clamping: options.basePort)
        plan.pcpPort = UInt16(clamping: options.basePort + 1)
        plan.firstPort = UInt16(clamping: options.firstServerPort)
        plan.hasServers = options.makesServers
        plan.keepsStateInLog = true
        plan.superuser = user
        plan.authentication = .trust
        plan.databases = ["test"]
        plan.extensions = ["pgpool_regclass", "pgpool_recovery"]
        plan.usesSlots = options.usesSlots
        plan.archives = !options.usesSlots
        plan.namePrefix = "server"
        plan.host = "localhost"
        plan.initdbArguments = options.initdbArguments
        plan.serverSettings = [
            "log_filename = '%A.log'", "log_line_prefix = '%p %m '",
            "log_truncate_on_rotation = on", "log_statement = 'all'",
        ]
        plan.hbaLines = [("scram_user", "scram-sha-256"), ("md5_user", "md5")].flatMap {
            ["host  all  \($0)  all  \($1)", "local  all  \($0)  \($1)"]
        }
        return plan
    }

    private func templates(_ user: String) throws -> ProxyFiles.Templates {
        var lines: [String] = []
        for node in 0..<options.nodeCount {
            lines += [
                "health_check_period\(node) = 10", "health_check_timeout\(node) = 20",
                "health_check_user\(node) = '\(user)'", "health_check_password\(node) = ''",
                "health_check_database\(node) = 'postgres'", "health_check_max_retries\(node) = 3",
                "health_check_retry_delay\(node) = 1", "connect_timeout\(node) = 1000",
            ]
        }
        lines += [
            "log_per_node_statement = on", "logging_collector = off",
            "log_line_prefix = '%m: %a pid %p: '",
            // Tests fail over again and again.
            "failover_min_interval = 0",
        ]
        if options.enablesTest { lines.append("health_check_test = on") }
        return ProxyFiles.Templates(
            configuration: try sample("pgpool.conf") ?? ParameterDocumentation.sampleFile(),
            hostRules: try sample("pool_hba.conf") ?? "", pcp: try sample("pcp.conf") ?? "",
            lastLines: lines)
    }

    /// A file of PGPOOLDIR, where that is set; it then has to be there.
    private func sample(_ name: String) throws -> String? {
        guard let folder = options.sampleFolder else { return nil }
        let path = "\(folder)/\(name).sample"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            if name != "pgpool.conf" { return nil }
            throw LocalClusterError(
                .missing,
                "PGPOOLDIR is \(folder), and \(path) cannot be read: unset it to begin"
                    + " with the sample of this program")
        }
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    /// The folder in whose `bin` the programs are: as PGPOOL_INSTALL_DIR says, or where this program
    /// was called, or else the cluster's own, with links.
    private func installFolder(_ own: String) throws -> String {
        if let named = options.installFolder { return named }
        let called = URL(fileURLWithPath: Self.resolved(program)).deletingLastPathComponent()
        if called.lastPathComponent == "bin",
            FileManager.default.isExecutableFile(atPath: called.path + "/pgpool")
        {
            return called.deletingLastPathComponent().path
        }
        try FileManager.default.createDirectory(
            atPath: "\(folder)/bin", withIntermediateDirectories: false)
        for name in ["pgpool", "pg_md5", "pgpool_setup"] + PCPTool.allCases.map(\.rawValue) {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/bin/\(name)", withDestinationPath: own)
        }
        return folder
    }

    /// The file that a shell found for a name.
    private static func resolved(_ name: String) -> String {
        if name.contains("/") {
            return LaunchOptions.absolute(name, in: LaunchOptions.workingDirectory)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? name
    }

    private func write(_ scripts: PgpoolSetupScripts, _ user: String) throws {
        StandardStreams.out("creating startall and shutdownall\n")
        let files: [(name: String, text: String, mode: mode_t)] = [
            ("startall", scripts.startAll, 0o755),
            ("shutdownall", scripts.shutdownAll, 0o755),
            ("pgpool_reload", scripts.reload, 0o755),
            ("README.port", scripts.portList, 0o644),
            ("bashrc.ports", scripts.portVariables, 0o755),
            ("pcppass", "localhost:\(scripts.plan.pcpPort):\(user):\(user)\n", 0o600),
        ]
        for file in files {
            let path = "\(folder)/\(file.name)"
            try file.text.write(toFile: path, atomically: false, encoding: .utf8)
            chmod(path, file.mode)
        }
    }

    /// Starts and stops everything by the scripts, and shows the nodes.
    private func tryOut(
        _ cluster: ClusterFolder, _ scripts: PgpoolSetupScripts, _ own: String
    ) throws {
        try cluster.stop(proxy: own) { _ in }
        StandardStreams.out("start all\n")
        try script("startall")
        try cluster.waitForProxy()
        let shown = try ClientTool.run(
            [
                cluster.installation.path("psql"), "-h", "localhost", "-p",
                "\(scripts.plan.proxyPort)", "-U", scripts.plan.superuser, "-c", "show pool_nodes",
                "test",
            ])
        StandardStreams.out(shown.output)
        StandardStreams.error(shown.errors)
        guard !options.staysRunning else { return }
        StandardStreams.out("shutdown all\n")
        try script("shutdownall")
    }

    private func script(_ name: String) throws {
        let result = try ClientTool.run(["\(folder)/\(name)"], within: .seconds(120))
        let log = "\(folder)/pgpool_setup.log"
        try ChildProcess.withOpenFile(log) { file in
            let bytes = Array("\(name):\n\(result.output)\(result.errors)".utf8)
            _ = Glibc.write(file, bytes, bytes.count)
        }
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(name): \(result.summary)")
        }
    }

    private func tell(_ step: ClusterStep, isDone: Bool) {
        switch step {
        case .initialize(let node):
            StandardStreams.out(
                isDone ? "done.\n" : "creating database cluster \(folder)/data\(node)...")
        case .start(let node):
            guard !isDone else { return }
            StandardStreams.out("start data\(node)\n")
        case .prepare:
            guard !isDone else { return }
            StandardStreams.out("create extensions and the database test\n")
        case .copy(let node):
            StandardStreams.out(isDone ? "done.\n" : "recovery node \(node)...")
        case .configureProxy:
            guard !isDone else { return }
            StandardStreams.out("update pgpool.conf\n")
        }
    }
}
