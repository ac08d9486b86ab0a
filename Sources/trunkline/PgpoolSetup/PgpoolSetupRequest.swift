/// What a command line of `pgpool_setup` and its environment ask for.
package struct PgpoolSetupOptions: Sendable, Equatable {
    /// `-m`
    package enum Mode: String, Sendable, CaseIterable {
        case streaming = "s"
        case raw = "n"
        case nativeReplication = "r"
        case logicalReplication = "l"
        case slony = "y"
        case snapshotIsolation = "i"

        /// As the program's messages call it.
        package var name: String {
            switch self {
            case .streaming: "streaming replication mode"
            case .raw: "raw mode"
            case .nativeReplication: "native replication mode"
            case .logicalReplication: "logical replication mode"
            case .slony: "slony mode"
            case .snapshotIsolation: "snapshot isolation mode"
            }
        }
    }

    package var mode = Mode.streaming
    /// `-n`, NUMCLUSTERS
    package var nodeCount = 2
    /// `-p`, BASEPORT: of pgpool; PCP has the next one.
    package var basePort = 11_000
    /// `-pg`: of the first server; nil = two above the base port.
    package var serverPort: Int?
    /// `--no-stop`
    package var staysRunning = false
    /// `-d`
    package var isDebug = false
    /// `-s`, USE_REPLICATION_SLOT; otherwise there is an archive.
    package var usesSlots = false
    /// `-r`, USE_PG_REWIND: accepted; a recovery rewinds whenever it can.
    package var usesRewind = false
    /// Not `-e`.
    package var makesServers = true
    /// `-t`, ENABLE_TEST
    package var enablesTest = false
    /// PGPOOL_INSTALL_DIR: programs are in its `bin`.
    package var installFolder: String?
    /// PGPOOLDIR: the folder of the sample files.
    package var sampleFolder: String?
    /// PGBIN: PostgreSQL's programs.
    package var programs: String?
    /// PGLIB: for LD_LIBRARY_PATH.
    package var libraries: String?
    /// PGSOCKET_DIR
    package var socketFolder = "/tmp"
    /// INITDBARG
    package var initdbArguments = ["--no-locale", "-E", "UTF_8"]
    /// CHECK_TIME_WAIT: `shutdownall` waits until no connection lingers.
    package var waitsForTimeWait = false

    package var firstServerPort: Int { serverPort ?? basePort + 2 }

    package init() {}
}

/// A command line of `pgpool_setup`.
package enum PgpoolSetupRequest: Sendable, Equatable {
    case setUp(PgpoolSetupOptions)
    /// Usage on stdout, exit code 1.
    case usage
    /// A message on stderr, exit code 1.
    case refused(String)

    /// Reads a command line; the first element is the program's name.
    package init(_ arguments: [String], environment: [String: String]) {
        var options = PgpoolSetupOptions()
        if let problem = options.take(environment) {
            self = .refused(problem)
            return
        }
        var usesSamples = environment["TEST_SAMPLES"] == "true"
        var words = arguments.dropFirst()
        while let word = words.popFirst() {
            switch word {
            case "-m":
                guard let mode = words.popFirst().flatMap(PgpoolSetupOptions.Mode.init) else {
                    self = .usage
                    return
                }
                options.mode = mode
            case "-n", "-p", "-pg":
                guard let text = words.popFirst() else {
                    self = .usage
                    return
                }
                if let problem = options.take(text, as: word) {
                    self = .refused(problem)
                    return
                }
            case "--no-stop": options.staysRunning = true
            case "-d": options.isDebug = true
            case "-s": options.usesSlots = true
            case "-r": options.usesRewind = true
            case "-e": options.makesServers = false
            case "-t": options.enablesTest = true
            case "-c": usesSamples = true
            default:
                self = .usage
                return
            }
        }
        if let problem = options.problem(usesSamples: usesSamples) {
            self = .refused(problem)
        } else {
            self = .setUp(options)
        }
    }

    package static func usage(program: String) -> String {
        "usage: \(program) [-m r|s|n|l|y|i] [-n num_clusters] [-p base_port] [-pg pg_base_port]"
            + "[--no-stop] [-d] [-s] [-r] [-e] [-t] [-c]\n"
    }
}

extension PgpoolSetupOptions {
    /// Takes what is set in the environment; empty is as if it were not there.
    fileprivate mutating func take(_ environment: [String: String]) -> String? {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        installFolder = value("PGPOOL_INSTALL_DIR")
        sampleFolder = value("PGPOOLDIR")
        programs = value("PGBIN")
        libraries = value("PGLIB")
        socketFolder = value("PGSOCKET_DIR") ?? socketFolder
        usesSlots = value("USE_REPLICATION_SLOT") == "true"
        usesRewind = value("USE_PG_REWIND") == "true"
        enablesTest = value("ENABLE_TEST") == "true"
        waitsForTimeWait = (value("CHECK_TIME_WAIT") ?? "false") != "false"
        if let text = value("INITDBARG") {
            initdbArguments = text.split(separator: " ").map(String.init)
        }
        for (name, option) in [("NUMCLUSTERS", "-n"), ("BASEPORT", "-p")] {
            guard let text = value(name), take(text, as: option) != nil else { continue }
            return "\(name)=\(text) is no number that \(option) could have"
        }
        return nil
    }

    /// Takes a number; returns what is wrong with it.
    fileprivate mutating func take(_ text: String, as option: String) -> String? {
        let range = option == "-n" ? 1...64 : 1...65_535
        guard let number = Int(text), range.contains(number) else {
            return "\(option) \(text): a number from \(range.lowerBound) to \(range.upperBound)"
                + " is needed"
        }
        switch option {
        case "-n": nodeCount = number
        case "-p": basePort = number
        default: serverPort = number
        }
        return nil
    }

    /// Why it cannot be set up.
    fileprivate func problem(usesSamples: Bool) -> String? {
        guard mode == .streaming || mode == .raw else {
            return "\(mode.name) (-m \(mode.rawValue)) is not supported in this version:"
                + " use -m s (streaming replication) or -m n (raw)"
        }
        guard !usesSamples else {
            return "Pgpool-II packages must be installed if \"-c\" option or TEST_SAMPLES is"
                + " specified."
        }
        guard basePort < 65_535, firstServerPort + nodeCount - 1 <= 65_535 else {
            return "-p \(basePort): the ports above it do not end before 65536"
        }
        return nil
    }
}
