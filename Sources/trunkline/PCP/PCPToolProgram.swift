import Credentials
import Glibc
import Operations

/// The program under one of the names `pcp_...`.
enum PCPToolProgram {
    static func run(_ tool: PCPTool, _ arguments: [String]) -> Int32 {
        let request = PCPToolRequest(
            arguments, tool: tool, defaultUser: operatingSystemUser() ?? "")
        switch request {
        case .help:
            StandardStreams.error(tool.usage)
            return ExitStatus.success
        case .version:
            StandardStreams.error("\(tool.rawValue) (pgpool-II) \(Version.pgpool)\n")
            return ExitStatus.success
        case .misuse(let text, let exitCode):
            StandardStreams.error(text)
            return exitCode
        case .ask(let request, let options): return ask(tool, request, options)
        }
    }

    private static func ask(
        _ tool: PCPTool, _ request: PCPRequest, _ options: PCPToolOptions
    ) -> Int32 {
        if let warning = options.warning { StandardStreams.error(warning) }
        let password = password(options)
        let client: PCPClient
        do throws(PCPClient.Failure) {
            client = try PCPClient.connect(
                host: options.host ?? PCPToolOptions.socketDirectory, port: options.port,
                trace: { line in
                    if options.isDebugging { StandardStreams.out("DEBUG: \(line)\n") }
                }, notice: { StandardStreams.error("NOTICE:  \($0)\n") })
            try client.login(user: options.user, password: password)
        } catch {
            tell(error)
            return ExitStatus.refused
        }
        defer { client.leave() }
        do throws(PCPClient.Failure) {
            let answer = try client.ask(request)
            StandardStreams.out(PCPToolOutput.text(answer, of: tool, options))
            return ExitStatus.success
        } catch {
            tell(error)
            // What the server refuses ends with 0: scripts look at the text.
            if case .refused = error { return ExitStatus.success }
            return ExitStatus.refused
        }
    }

    private static func tell(_ failure: PCPClient.Failure) {
        switch failure {
        case .lost(let reason): StandardStreams.error("ERROR: \(reason)\n")
        case .unknownAnswer: StandardStreams.error("Unknown Error\n\n")
        case .refused(let report):
            var text = "\(report.severity):  \(report.message)\n"
            if let detail = report.detail { text += "DETAIL:  \(detail)\n" }
            StandardStreams.error(text + "\n")
        }
    }

    // MARK: Password

    private static func password(_ options: PCPToolOptions) -> [UInt8] {
        switch options.password {
        case .file: return storedPassword(options) ?? []
        case .fileOrPrompt: return storedPassword(options) ?? prompt()
        case .prompt:
            let typed = prompt()
            return typed.isEmpty ? storedPassword(options) ?? [] : typed
        }
    }

    private static func prompt() -> [UInt8] {
        if isatty(0) == 1 { return TerminalPrompt.password("Password: ") ?? [] }
        return readLine().map { Array($0.utf8) } ?? []
    }

    /// From `$PCPPASSFILE` or `~/.pcppass`, unless others may read it.
    private static func storedPassword(_ options: PCPToolOptions) -> [UInt8]? {
        guard let path = passwordFile() else { return nil }
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            StandardStreams.error("WARNING: password file \"\(path)\" is not a plain file\n")
            return nil
        }
        guard facts.st_mode & 0o077 == 0 else {
            StandardStreams.error(
                "WARNING: password file \"\(path)\" has group or world access; "
                    + "permissions should be u=rw (0600) or less\n")
            return nil
        }
        guard let file = try? ConfigurationSource.contents(path) else { return nil }
        return PCPPassFile(file).password(
            host: options.passwordHost, port: options.port, user: options.user)
    }

    private static func passwordFile() -> String? {
        if let named = getenv("PCPPASSFILE") { return String(cString: named) }
        if let home = getenv("HOME") { return String(cString: home) + "/.pcppass" }
        guard let entry = getpwuid(geteuid()) else { return nil }
        return String(cString: entry.pointee.pw_dir) + "/.pcppass"
    }

    private static func operatingSystemUser() -> String? {
        guard let entry = getpwuid(geteuid()) else { return nil }
        return String(cString: entry.pointee.pw_name)
    }
}
