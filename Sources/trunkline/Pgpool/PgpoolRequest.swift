import Glibc

/// What a command line of `pgpool` asks for.
package enum PgpoolRequest: Sendable, Equatable {
    case help
    case version
    case start(LaunchOptions, inForeground: Bool)
    case stop(LaunchOptions, signal: Int32)
    case reload(LaunchOptions)
    /// `switch`, the first product's word: drops one server, the main one or another.
    case switchServer(LaunchOptions, dropsMain: Bool)
    /// Usage on stderr, exit code 1.
    case misuse

    private static let options = LongOptions([
        .init("a", "hba-file", takesArgument: true),
        .init("C", "clear-oidmaps"),
        .init("d", "debug"),
        .init("f", "config-file", takesArgument: true),
        .init("F", "pcp-file", takesArgument: true),
        .init("h", "help"),
        .init("k", "key-file", takesArgument: true),
        .init("m", "mode", takesArgument: true),
        .init("n", "dont-detach"),
        .init("s", "server", takesArgument: true),
        .init("D", "discard-status"),
        .init("v", "version"),
        .init("x", "debug-assertions"),
    ])

    /// Reads a command line; the first element is the program's name.
    ///
    /// - Parameters:
    ///   - directory: Where files are that no option names.
    ///   - workingDirectory: What relative names start from.
    package init(_ arguments: [String], directory: String, workingDirectory: String) {
        let parsed = Self.options.parse(arguments)
        var launch = LaunchOptions(directory: directory)
        var inForeground = false
        var signal = SIGTERM
        var dropsMain: Bool?
        for given in parsed.options {
            let path = LaunchOptions.absolute(given.argument ?? "", in: workingDirectory)
            switch given.letter {
            case "a": launch.hbaFile = path
            case "f": launch.configurationFile = path
            case "F": launch.pcpFile = path
            case "k": launch.keyFile = path
            case "C": launch.clearsCacheMaps = true
            case "d": launch.isDebug = true
            case "D": launch.discardsStatus = true
            case "n": inForeground = true
            case "x": launch.checksAssertions = true
            case "h":
                self = .help
                return
            case "v":
                self = .version
                return
            case "m":
                guard let mode = Self.stopSignal(given.argument ?? "") else {
                    self = .misuse
                    return
                }
                signal = mode
            case "s":
                guard let isMain = Self.isMainServer(given.argument ?? "") else {
                    self = .misuse
                    return
                }
                dropsMain = isMain
            default: break
            }
        }
        guard !parsed.hasErrors, dropsMain == nil || parsed.words == ["switch"] else {
            self = .misuse
            return
        }
        switch parsed.words {
        case []: self = .start(launch, inForeground: inForeground)
        case ["stop"]: self = .stop(launch, signal: signal)
        case ["reload"]: self = .reload(launch)
        case ["switch"]: self = .switchServer(launch, dropsMain: dropsMain ?? true)
        default: self = .misuse
        }
    }

    /// `master` or `secondary`, of which only the first letter counts.
    private static func isMainServer(_ which: String) -> Bool? {
        switch which.first {
        case "m", "p": true
        case "s": false
        default: nil
        }
    }

    /// The signal for a shutdown mode, of which only the first letter counts.
    package static func stopSignal(_ mode: String) -> Int32? {
        switch mode.first {
        case "s": SIGTERM
        case "f": SIGINT
        case "i": SIGQUIT
        default: nil
        }
    }
}

extension PgpoolRequest {
    /// What `pgpool -h` prints on stderr.
    package static func usage(directory: String) -> String {
        """
        pgpool-II version \(Version.pgpool) (trunkline \(Version.trunkline)),
          A connection pool, load balancer and failover proxy for PostgreSQL

        Usage:
          pgpool [ -f CONFIG_FILE ] [ -F PCP_CONFIG_FILE ] [ -a HBA_CONFIG_FILE ]
                 [ -k KEY_FILE ] [ -n ] [ -D ] [ -C ] [ -d ] [ -x ]
          pgpool [ -f CONFIG_FILE ] [ -F PCP_CONFIG_FILE ] [ -a HBA_CONFIG_FILE ]
                 [ -m SHUTDOWN-MODE ] stop
          pgpool [ -f CONFIG_FILE ] [ -F PCP_CONFIG_FILE ] [ -a HBA_CONFIG_FILE ] reload
          pgpool [ -f CONFIG_FILE ] [ -s master|secondary ] switch

        Common options:
          -a, --hba-file=HBA_CONFIG_FILE
                              pool_hba.conf
                              (default: \(directory)/pool_hba.conf)
          -f, --config-file=CONFIG_FILE
                              pgpool.conf
                              (default: \(directory)/pgpool.conf)
          -k, --key-file=KEY_FILE
                              key of the encrypted passwords
                              (default: ~/.pgpoolkey; environment: PGPOOLKEYFILE)
          -F, --pcp-file=PCP_CONFIG_FILE
                              pcp.conf
                              (default: \(directory)/pcp.conf)
          -h, --help          print this help
          -v, --version       print the version

        Start options:
          -C, --clear-oidmaps clear the query cache's table maps
          -n, --dont-detach   stay in the foreground, with the terminal
          -x, --debug-assertions
                              accepted for compatibility
          -D, --discard-status
                              discard pgpool_status: forget which nodes were down
          -d, --debug         write debug messages to the log

        Stop options:
          -m, --mode=SHUTDOWN-MODE
                              "smart", "fast" or "immediate"

        Shutdown modes are:
          smart       quit when all clients have disconnected
          fast        disconnect the clients and quit
          immediate   the same without waiting for anything


        """
    }
}
