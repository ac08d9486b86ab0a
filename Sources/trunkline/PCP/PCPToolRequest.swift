package import Operations

/// What a command line of a `pcp_*` program asks for.
package enum PCPToolRequest: Equatable, Sendable {
    /// Usage on stderr.
    case help
    /// Name and version on stderr.
    case version
    /// Words for stderr, and the exit code: wrong numbers end with 0, as they always have.
    case misuse(String, exitCode: Int32)
    case ask(PCPRequest, PCPToolOptions)

    /// Reads a command line; the first element is the program's name.
    ///
    /// - Parameter defaultUser: where `-U` is missing.
    package init(_ arguments: [String], tool: PCPTool, defaultUser: String) {
        // Only in the first place, as these programs always had it.
        switch arguments.dropFirst().first {
        case "-?", "--help":
            self = .help
            return
        case "-V", "--version":
            self = .version
            return
        default: break
        }
        let parsed = tool.options.parse(arguments)
        guard !parsed.hasErrors, !parsed.options.contains(where: { $0.letter == "?" }) else {
            self = .misuse(Self.hint(tool), exitCode: ExitStatus.refused)
            return
        }
        var reading = Reading(tool: tool, user: defaultUser)
        if let misuse = reading.read(parsed) {
            self = misuse
        } else {
            self = .ask(reading.request, reading.options)
        }
    }

    static func hint(_ tool: PCPTool) -> String {
        "Try \"\(tool.rawValue) --help\" for more information.\n\n"
    }
}

/// Where to ask, as whom, and how the answer is shown.
package struct PCPToolOptions: Equatable, Sendable {
    /// Host name, or directory of the Unix socket; as typed.
    package var host: String?
    package var port = 9898
    package var user: String
    package var password = Password.fileOrPrompt
    package var isVerbose = false
    /// Shows the messages of the protocol.
    package var isDebugging = false
    /// Also rows of what is not used.
    package var showsAll = false
    /// Said before anything else.
    package var warning: String?

    package enum Password: Equatable, Sendable {
        /// `.pcppass`, else a prompt.
        case fileOrPrompt
        /// `-w`: `.pcppass`, else none.
        case file
        /// `-W`
        case prompt
    }

    package init(user: String) { self.user = user }

    /// What a line of `.pcppass` has to name.
    package var passwordHost: String {
        guard let host, host != Self.socketDirectory else { return "localhost" }
        return host
    }

    /// Where the socket is without `-h`.
    package static let socketDirectory = "/tmp"
}

/// The options of one command line, taken one by one.
private struct Reading {
    let tool: PCPTool
    var options: PCPToolOptions
    var number: Int?
    var isGraceful = false
    var isSwitchover = false
    var recovery: PCPRecoveryAction?
    var mode = UInt8(ascii: "s")
    var scope = PCPScope.local

    init(tool: PCPTool, user: String) {
        self.tool = tool
        options = PCPToolOptions(user: user)
    }

    mutating func read(_ parsed: LongOptions.Parsed) -> PCPToolRequest? {
        for given in parsed.options {
            if let misuse = take(given.letter, given.argument ?? "") { return misuse }
        }
        var words = parsed.words[...]
        if number == nil, takesNumber, let word = words.popFirst() {
            if let misuse = takeNumber(word) { return misuse }
        }
        if let word = words.first {
            options.warning =
                "\(tool.rawValue): Warning: extra command-line argument \"\(word)\" ignored\n"
        }
        if case .node(isRequired: true) = tool.argument, number == nil {
            return .misuse(
                "\(tool.rawValue): missing node-id\n" + PCPToolRequest.hint(tool),
                exitCode: ExitStatus.refused)
        }
        return nil
    }

    private var takesNumber: Bool {
        if case .none = tool.argument { false } else { true }
    }

    private mutating func take(_ letter: Character, _ argument: String) -> PCPToolRequest? {
        switch letter {
        case "h": options.host = argument
        case "p":
            guard let port = Int(argument), (1025...65535).contains(port) else {
                return wrong("port number", argument, "between 1024 and 65535")
            }
            options.port = port
        case "U": options.user = argument
        case "w": options.password = .file
        case "W": options.password = .prompt
        case "v": options.isVerbose = true
        case "d": options.isDebugging = true
        case "a": options.showsAll = true
        case "g": isGraceful = true
        case "S": recovery = .status
        case "C": recovery = .cancel
        case "K": recovery = .check
        case "A": recovery = .begin
        case "n", "P": return takeNumber(argument)
        case "m": return takeMode(argument)
        case "s" where tool == .promoteNode: isSwitchover = true
        case "s": return takeScope(argument)
        default: break
        }
        return nil
    }

    private mutating func takeNumber(_ text: String) -> PCPToolRequest? {
        number = Int(text)
        switch tool.argument {
        case .process:
            if let number, number > 0, number <= Int(Int32.max) { return nil }
            return wrong("process-id", text, "greater than 0")
        case .watchdog:
            if let number, (0...128).contains(number) { return nil }
            return wrong("watchdog-id", text, "between 0 and 128")
        case .node, .none:
            if let number, (0...128).contains(number) { return nil }
            return wrong("node-id", text, "between 0 and 128")
        }
    }

    /// A wrong number ends with 0: scripts have to look at the text.
    private func wrong(_ what: String, _ text: String, _ range: String) -> PCPToolRequest {
        .misuse(
            "\(tool.rawValue): Invalid \(what) \"\(text)\", must be \(range)\n",
            exitCode: ExitStatus.success)
    }

    private mutating func takeMode(_ text: String) -> PCPToolRequest? {
        switch text {
        case "s", "smart": mode = UInt8(ascii: "s")
        case "f", "fast": mode = UInt8(ascii: "f")
        case "i", "immediate": mode = UInt8(ascii: "i")
        default:
            return .misuse(
                "\(tool.rawValue): Invalid shutdown mode \"\(text)\", must be either \"smart\" "
                    + "\"immediate\" or \"fast\" \n", exitCode: ExitStatus.refused)
        }
        return nil
    }

    private mutating func takeScope(_ text: String) -> PCPToolRequest? {
        guard tool != .invalidateQueryCache else {
            return .misuse(
                "\(tool.rawValue): Invalid argument \"\(text)\", " + PCPToolRequest.hint(tool),
                exitCode: ExitStatus.refused)
        }
        switch text {
        case "l", "local": scope = .local
        case "c", "cluster": scope = .cluster
        default:
            return .misuse(
                "\(tool.rawValue): Invalid command scope \"\(text)\", must be either \"cluster\" "
                    + "or \"local\" \n", exitCode: ExitStatus.refused)
        }
        return nil
    }

    var request: PCPRequest {
        // A number that is required is there.
        let node = number ?? 0
        return switch tool {
        case .attachNode: .attach(node: node)
        case .detachNode: .detach(node: node, isGraceful: isGraceful)
        case .promoteNode:
            .promote(node: node, isSwitchover: isSwitchover, isGraceful: isGraceful)
        case .recoveryNode: recovery.map { .recovery(node: node, $0) } ?? .recover(node: node)
        case .healthCheckStatistics: .healthCheckStatistics(node: node)
        case .nodeInfo: .nodeInfo(node: number)
        case .processInfo: .processInfo(process: number)
        case .watchdogInfo: .watchdogInfo(index: number)
        case .stop: .stop(mode: mode, scope: scope)
        case .reloadConfiguration: .reload(scope)
        case .logRotate: .rotateLog(scope)
        case .invalidateQueryCache: .invalidateQueryCache
        case .nodeCount: .nodeCount
        case .poolStatus: .poolStatus
        case .processCount: .processCount
        }
    }
}
