import ArgumentParser
import Glibc
import Operations
import Proxy
import Routing
import SQLSyntax
import Settings

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show where each statement would go, and why.",
        discussion: """
            Walks the statements as one session would send them. Without SQL on the command line it \
            reads standard input.
            """)

    @OptionGroup var configuration: ConfigurationArgument

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @Flag(
        name: [.customShort("0"), .customLong("null")],
        help: "Each message ends with a NUL byte; it may hold several statements.")
    var nulSeparated = false

    @Flag(help: "Ask no running proxy and no server.")
    var offline = false

    @Option(
        name: .shortAndLong,
        help: "Ask the primary for what this database's catalog says of tables and functions.")
    var database: String?

    @Option(
        name: [.customShort("U"), .long],
        help: "Who the session is: the first schema of its search_path (default: sr_check_user).")
    var user: String?

    @Argument(help: ArgumentHelp("Statements that end with a semicolon.", valueName: "SQL"))
    var statements: [String] = []

    func run() throws {
        let settings = try settings()
        let topology = topology(settings)
        let lists = RoutingLists(settings)
        var explanation = Explanation(
            topology: topology,
            options: AnalysisOptions(
                allowSQLComments: settings.allowSqlComments,
                ignoreLeadingWhiteSpace: settings.ignoreLeadingWhiteSpace),
            afterWrite: RouteRules.AfterWrite(settings),
            catalog: try catalog(settings, primary: topology.primary),
            isPatternListed: { lists.hasStatementPatterns && lists.isForPrimary(statement: $0) })
        if statements.isEmpty {
            let input = standardInput()
            show(
                nulSeparated
                    ? explanation.explain(nulSeparated: input) : explanation.explain(script: input))
        }
        for statement in statements {
            let bytes = Array(statement.utf8)
            show(
                nulSeparated
                    ? [explanation.explain(message: bytes)] : explanation.explain(script: bytes))
        }
    }

    /// The configuration. Offline, and where there is none at the usual place, the defaults stand
    /// for one that nobody named.
    private func settings() throws -> Settings {
        if configuration.configFile == nil, offline || access(configuration.path, R_OK) != 0 {
            return Settings()
        }
        let loaded = ConfigurationSource.load(configuration.path)
        guard !loaded.hasErrors else {
            for problem in loaded.problems where problem.severity == .error {
                StandardStreams.error("\(problem)\n")
            }
            throw ExitCode(ExitStatus.failed)
        }
        return loaded.settings
    }

    /// The cluster as a running proxy sees it, or one with a standby.
    private func topology(_ settings: Settings) -> RoutingTopology {
        let mode: Routing.ClusteringMode =
            settings.backendClusteringMode == .raw ? .raw : .streamingReplication
        return RoutingTopology(
            nodes: runningNodes(settings)
                ?? [
                    RoutableNode(id: 0, isUsable: true, isPrimary: true, weight: 1),
                    RoutableNode(id: 1, isUsable: true, isPrimary: false, weight: 1),
                ],
            mode: mode, loadBalance: settings.loadBalanceMode,
            statementLevel: settings.statementLevelLoadBalance,
            prefersLowerDelay: settings.preferLowerDelayStandby)
    }

    /// The catalog of the database that was named.
    private func catalog(
        _ settings: Settings, primary: Int?
    ) throws -> Explanation.Catalog? {
        guard let database else { return nil }
        guard !offline else {
            throw ValidationError("--database asks a server, which --offline forbids.")
        }
        let log = Log(LogConfiguration())
        guard let primary,
            let inquiry = CatalogInquiry(
                settings, primary: primary, database: database, log: log)
        else {
            StandardStreams.error("No primary is known whose catalog could be asked.\n")
            throw ExitCode(ExitStatus.failed)
        }
        let user = user ?? (settings.srCheckUser.isEmpty ? "postgres" : settings.srCheckUser)
        return Explanation.Catalog(
            rules: inquiry.rules, path: .standard(user: Array(user.utf8))
        ) { question in
            // What could not be asked is said before the answers, and before the program ends.
            defer { log.flush() }
            return inquiry.answer(question)
        }
    }

    private func runningNodes(_ settings: Settings) -> [RoutableNode]? {
        guard !offline else { return nil }
        for directory in settings.unixSocketDirectories {
            let path = StatusSocket.path(directory: directory, port: settings.port)
            guard let status = try? StatusSocket.read(path) else { continue }
            return status.nodes.map {
                RoutableNode(
                    id: $0.id, isUsable: $0.state == "up", isPrimary: $0.role == "primary",
                    weight: $0.weight, isDelayed: $0.isDelayed ?? false)
            }
        }
        StandardStreams.error(
            "No proxy runs on port \(settings.port): explained by the configuration alone.\n")
        return nil
    }

    private func show(_ lines: [Explanation.Line]) {
        for line in lines { StandardStreams.out((json ? line.json : line.text) + "\n") }
    }

    private func standardInput() -> [UInt8] {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return input }
            input += buffer.prefix(count)
        }
    }
}
