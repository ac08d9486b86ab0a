import ClusterModel
import Glibc

extension HostWorker {
    /// Starts the server, by what started it before as far as that is known, and does not wait
    /// until it answers.
    func start(_ server: HostedServer, _ places: HostPlaces) throws(HostFailure) {
        guard Postmaster(in: places.data) == nil else { return }
        try Self.checkStart(places)
        if let flaw = server.logFile.flatMap(HostPlaces.flaw(inPath:)) {
            throw HostFailure("\"\(server.logFile ?? "")\" is no log: \(flaw)")
        }
        guard Postmaster.endOrphans(in: places.data) else {
            throw HostFailure("processes of the server that ran before do not end")
        }
        Postmaster.removeStalePidFile(in: places.data)
        let starter = Self.starter(server, places, permits)
        let command: [String]
        if let starter {
            command = starter
        } else {
            command = try Self.serverCommand(server, places)
        }
        let log = server.logFile ?? places.serverLog
        let child = try DetachedProcess.start(
            ProgramLaunch(command, environment: Self.serverEnvironment), log: log)
        // What is wrong from the beginning shows at once.
        let end = DetachedProcess.wait(.seconds(3), for: child) {
            Postmaster(in: places.data) != nil
        }
        // A program that starts the server may end before there is one.
        guard let end, end != 0 || starter == nil, Postmaster(in: places.data) == nil else {
            return
        }
        let words = HostFiles.lastLines(of: log, count: 5) ?? []
        throw HostFailure(
            "the server did not start: \(words.joined(separator: "; "))",
            hint: "The whole story is in \(log).")
    }

    /// The program that has to start the server; nil where we do.
    private static func starter(
        _ server: HostedServer, _ places: HostPlaces, _ permits: HostPermits
    ) -> [String]? {
        if let command = permits.start(of: places.data) { return command }
        guard let cluster = debianCluster(server, places), access(clusterProgram, X_OK) == 0 else {
            return nil
        }
        return [
            clusterProgram, "--skip-systemctl-redirect", cluster.version, cluster.name, "start",
        ]
    }

    /// What is not to be started.
    static func checkStart(_ places: HostPlaces) throws(HostFailure) {
        guard dataVersion(in: places.data) != nil else {
            throw HostFailure("\"\(places.data)\" is no data directory")
        }
        guard !TaintMark(places).isOn(places.data) else {
            throw HostFailure(
                "a rewind of \"\(places.data)\" has not ended well",
                hint: "Replace it by a base backup.")
        }
        guard !places.isInside || !HostFiles.exists(places.swapPhase) else {
            throw HostFailure(
                "the entries of \"\(places.data)\" are on their way",
                hint: "Finish the swap, or take it back.")
        }
        guard !HostJob.isRunning(places) || HostJob.load(places)?.kind != .rewind else {
            throw HostFailure("a rewind works on \"\(places.data)\"")
        }
    }

    private static let clusterProgram = "/usr/bin/pg_ctlcluster"

    static func debianCluster(_ server: HostedServer, _ places: HostPlaces) -> DebianCluster? {
        server.configurationFile.flatMap(DebianCluster.init(configurationFile:))
            ?? DebianCluster(data: places.data)
    }

    /// `postgresql.conf` where it is not in the data directory.
    static func configurationFile(_ server: HostedServer, _ places: HostPlaces) -> String? {
        let file =
            server.configurationFile ?? DebianCluster(data: places.data)?.configurationFile
        return file == places.data + "/postgresql.conf" ? nil : file
    }

    /// `postgres` itself: `pg_ctl` would have a shell read the path.
    private static func serverCommand(_ server: HostedServer, _ places: HostPlaces)
        throws(HostFailure) -> [String]
    {
        let programs = try HostPrograms(for: server, dataVersion: dataVersion(in: places.data))
        var command = [programs.path("postgres"), "-D", places.data]
        if let file = configurationFile(server, places) {
            if let flaw = HostPlaces.flaw(inPath: file) {
                throw HostFailure("\"\(file)\" is no configuration: \(flaw)")
            }
            command += ["-c", "config_file=\(file)"]
        } else if !HostFiles.exists(places.data + "/postgresql.conf") {
            throw HostFailure(
                "there is no postgresql.conf in \"\(places.data)\"",
                hint: "Say where the configuration of this server is.")
        }
        // Where the proxy looks for it, whatever it was started with before.
        return command + lastOptions(places) + ["-c", "port=\(server.port)"]
    }

    /// What the configuration says that the server would be started with.
    static func standbySettings(_ server: HostedServer, _ places: HostPlaces) -> [String: Int64]? {
        guard let command = try? serverCommand(server, places) else { return nil }
        var settings: [String: Int64] = [:]
        for name in StandbySettings.names {
            let result = HostPrograms.run(command + ["-C", name], timeMax: .seconds(10))
            guard result.outcome.isSuccess, let value = result.output.last.flatMap({ Int64($0) })
            else { return nil }
            settings[name] = value
        }
        return settings
    }

    /// The options that the server was last started with, as `pg_ctl restart` takes them over.
    private static func lastOptions(_ places: HostPlaces) -> [String] {
        for directory in [places.data, places.old] {
            guard let text = HostFiles.text(directory + "/postmaster.opts") else { continue }
            return StartOptions(text).kept
        }
        return []
    }

    /// Ours without what would lead the server's own clients elsewhere.
    private static var serverEnvironment: [String] {
        ProgramLaunch.environment {
            $0 == "PGDATA" || $0 == "PGHOST" || $0 == "PGPORT" || $0 == "PGUSER"
                || $0 == "PGPASSWORD" || $0 == "PGPASSFILE" || $0 == "PGOPTIONS"
                // Of the server that has started us: whose pid file is not to be believed.
                || $0 == "PG_GRANDPARENT_PID" || $0.hasPrefix("TRUNKLINE_")
        }
    }

    /// Stops the server and what is left of it.
    func stop(_ places: HostPlaces, seconds: Int) throws(HostFailure) {
        if let postmaster = Postmaster(in: places.data) {
            guard postmaster.stop(within: .seconds(max(0, min(seconds, 86_400)))) else {
                throw HostFailure("process \(postmaster.process) of the server does not end")
            }
        }
        guard Postmaster.endOrphans(in: places.data) else {
            throw HostFailure("processes of the server do not end")
        }
        Postmaster.removeStalePidFile(in: places.data)
    }

    /// The end of the log that was written last, as far as we know of any.
    func log(_ server: HostedServer, _ places: HostPlaces, lines: Int) -> [String] {
        var files = [places.serverLog]
        if let file = server.logFile, HostPlaces.flaw(inPath: file) == nil { files.append(file) }
        if let cluster = Self.debianCluster(server, places) { files.append(cluster.log) }
        // The collector's, "stderr log/postgresql-2026-11-21.log".
        let current = HostFiles.text(places.data + "/current_logfiles")?.split(separator: "\n")
            .first { $0.hasPrefix("stderr ") }?.dropFirst("stderr ".count)
        if let current {
            files.append(current.hasPrefix("/") ? String(current) : "\(places.data)/\(current)")
        }
        let latest = files.max { Self.writeTime($0) < Self.writeTime($1) }
        return latest.flatMap {
            HostFiles.lastLines(of: $0, count: min(lines, Self.logLinesMax))
        } ?? []
    }

    private static func writeTime(_ path: String) -> Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mtim.tv_sec : -1
    }

    private static let logLinesMax = 200
}

/// `postmaster.opts`: the command line of the last start, each word but the first in quotes.
struct StartOptions: Equatable {
    /// Those that do not say where the data, the configuration and the port are: we say that.
    private(set) var kept: [String] = []

    init(_ text: String) {
        let words = Self.words(text)
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : nil
            switch word {
            case "-D", "-p": index += 2
            case "-c":
                if let next, !Self.isPlace(next) { kept += [word, next] }
                index += 2
            case "-k", "-h", "-B", "-N":
                if let next { kept += [word, next] }
                index += 2
            case "-i", "-l": kept.append(word); index += 1
            default:
                if word.hasPrefix("--"), word.contains("="), !Self.isPlace(word.dropFirst(2)) {
                    kept.append(word)
                }
                index += 1
            }
        }
    }

    private static func isPlace(_ setting: some StringProtocol) -> Bool {
        ["config_file", "config-file", "data_directory", "data-directory", "port"].contains {
            setting.hasPrefix($0 + "=")
        }
    }

    /// What is between quotes; a program's path before them may hold anything.
    private static func words(_ text: String) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
