import ClusterModel
import Glibc

/// What the owner of a host lets the proxy do there.
///
/// Without permits everything that the account may do is allowed. That is right where the proxy
/// starts the helper itself, and wrong behind a key that may be stolen.
package struct HostPermits: Equatable, Sendable {
    /// Data directories, or directories that hold them; nil: any.
    var directories: [String]?
    /// Servers that data may come from; nil: any.
    var sources: [String]?
    /// By data directory, what starts its server: a program and its arguments.
    var starts: [String: [String]]

    /// Where the owner of a host writes the permits.
    package static let file = "/etc/trunkline/host.conf"

    /// Everything is allowed.
    package static let all = HostPermits()

    init(
        directories: [String]? = nil, sources: [String]? = nil, starts: [String: [String]] = [:]
    ) {
        self.directories = directories
        self.sources = sources
        self.starts = starts
    }

    /// Those of a file and of the command line together.
    ///
    /// A file that is there but cannot be read or understood allows nothing.
    ///
    /// - Parameter allowed: `--allow`
    package static func load(_ file: String = file, allowed: [String] = []) -> HostPermits {
        var permits = HostPermits()
        do throws(StateFailure) {
            if let bytes = try DurableFile.read(file) {
                permits = HostPermits(text: String(decoding: bytes, as: UTF8.self))
            }
        } catch {
            permits.directories = []
        }
        if !allowed.isEmpty { permits.directories = (permits.directories ?? []) + allowed }
        return permits
    }

    /// Reads lines `allow = DIRECTORY`, `source = HOST` and `start = DIRECTORY PROGRAM ARGUMENTS`;
    /// `#` begins a comment. A line of another
    /// kind means that nothing is allowed: it may be a restriction with a slip of the pen.
    init(text: String) {
        self.init(directories: [])
        for line in text.split(separator: "\n") {
            let words = line.prefix { $0 != "#" }
            guard words.contains(where: { !$0.isWhitespace }) else { continue }
            let parts = words.split(separator: "=", maxSplits: 1).map(Self.trimmed)
            switch (parts.first, parts.last, parts.count) {
            case ("allow", let value?, 2): directories?.append(value)
            case ("source", let value?, 2): sources = (sources ?? []) + [value]
            case ("start", let value?, 2):
                let words = value.split(whereSeparator: \.isWhitespace).map(String.init)
                guard words.count > 1 else {
                    directories = []
                    return
                }
                starts[HostPlaces.realPath(words[0])] = Array(words.dropFirst())
            default:
                directories = []
                return
            }
        }
    }

    /// What starts the server of a data directory; nil if its owner has not said.
    func start(of data: String) -> [String]? { starts[data] }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        if rest.count > 1, rest.first == "'", rest.last == "'" {
            rest = rest.dropFirst().dropLast()
        }
        return String(rest)
    }

    /// Refuses a request that goes beyond them.
    func check(_ request: HostRequest) throws(HostFailure) {
        guard let directories else { return }
        let server = request.server
        let data = HostPlaces.realPath(server.dataDirectory)
        let resolved = directories + directories.map(HostPlaces.realPath)
        guard Self.holds(directories, server.dataDirectory), Self.holds(resolved, data) else {
            throw HostFailure(
                "this host does not allow \"\(server.dataDirectory)\"",
                hint: "Add a line to \(Self.file) there, or --allow: allow = \(data)")
        }
        try check(programs: server.binDirectory)
        if let file = server.configurationFile, !Self.holds([data, "/etc"], file) {
            throw HostFailure("this host does not allow \"\(file)\" as configuration")
        }
        if let file = server.logFile, !Self.holds(directories + ["/var/log"], file) {
            throw HostFailure("this host does not allow \"\(file)\" as log")
        }
        if let source = request.source, let sources, !sources.contains(source.host) {
            throw HostFailure(
                "this host does not allow \"\(source.host)\" as source",
                hint: "Add a line to \(Self.file) there: source = \(source.host)")
        }
        if case .configure(_, _, _, let settings) = request.action {
            for name in settings.keys where !Self.harmlessSettings.contains(name.lowercased()) {
                throw HostFailure("this host does not allow the setting \"\(name)\"")
            }
        }
    }

    /// Programs that are run must be the system's.
    private func check(programs directory: String?) throws(HostFailure) {
        guard let directory else { return }
        var facts = stat()
        guard stat(directory, &facts) == 0, facts.st_uid == 0,
            facts.st_mode & (S_IWGRP | S_IWOTH) == 0
        else {
            throw HostFailure("this host does not allow programs in \"\(directory)\"")
        }
    }

    private static func holds(_ directories: [String], _ path: String) -> Bool {
        directories.contains { directory in
            let folder = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
            return HostPlaces.flaw(inPath: path) == nil
                && (path == folder || path.hasPrefix(folder + "/"))
        }
    }

    /// Settings by which nobody can have a program run or a file read.
    static let harmlessSettings: Set<String> = [
        "cluster_name", "hot_standby", "hot_standby_feedback", "listen_addresses",
        "max_connections", "max_locks_per_transaction", "max_prepared_transactions",
        "max_replication_slots", "max_standby_archive_delay", "max_standby_streaming_delay",
        "max_wal_senders", "max_worker_processes", "port", "recovery_min_apply_delay",
        "recovery_target_timeline", "wal_keep_size", "wal_receiver_create_temp_slot",
        "wal_receiver_status_interval", "wal_receiver_timeout", "wal_retrieve_retry_interval",
    ]
}

extension HostRequest {
    /// The server that data comes from, for those that name one.
    var source: SourceServer? {
        switch action {
        case .tryReplication(let source), .baseBackup(let source, _, _), .rewind(let source),
            .configure(_, let source, _, _):
            source
        case .describe, .swap, .unswap, .discard, .remove, .start, .stop, .jobStatus, .jobCancel,
            .logTail:
            nil
        }
    }
}
