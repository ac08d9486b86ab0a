import Foundation
package import Glibc
import Synchronization

/// One PostgreSQL server of a cluster on this machine.
package final class ClusterNode: Sendable {
    /// How `pg_ctl stop` ends a server.
    package enum StopMode: String, Sendable, Codable { case smart, fast, immediate }

    let place: ServerPlace
    let installation: PostgresInstallation
    private let assignedPort: Mutex<UInt16>

    init(_ place: ServerPlace, installation: PostgresInstallation) {
        self.place = place
        self.installation = installation
        assignedPort = Mutex(place.port)
    }

    /// Position in the cluster, which is also the backend number in pgpool.conf.
    package var index: Int { place.index }
    /// Its application_name towards the primary: `node0` and so on.
    package var name: String { place.name }
    /// The data directory.
    package var dataFolder: String { place.dataFolder }
    /// The folder of the Unix socket, common to the cluster.
    package var socketFolder: String { place.socketFolder }
    /// The server's log, or its first messages where it has a collector.
    package var logFile: String { place.logFile }
    /// The TCP port on 127.0.0.1, also the number in the Unix socket's name.
    package var port: UInt16 { assignedPort.withLock { $0 } }

    /// Starts the server and waits until it accepts connections.
    package func start() throws {
        removeStaleLockFiles()
        var arguments = ["-w", "-t", "60", "-l", logFile]
        if place.getsPortAtStart {
            arguments += ["-o", "-c port=\(port) -c unix_socket_directories=\(socketFolder)"]
        }
        let result = try pgCtl(arguments + ["start"])
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(name): \(result.summary)\n\(logTail())")
        }
    }

    /// Starts for the first time, on another port if somebody was quicker to take ours.
    func startFirst() throws {
        for _ in 0..<5 {
            do {
                return try start()
            } catch {
                guard logTail().contains("Address already in use") else { throw error }
                let other = try FreePort.next()
                assignedPort.withLock { $0 = other }
            }
        }
        try start()
    }

    /// Stops the server and waits until it is gone.
    package func stop(_ mode: StopMode = .fast) throws {
        let result = try pgCtl(["-w", "-t", "60", "-m", mode.rawValue, "stop"])
        guard result.isSuccess else {
            throw LocalClusterError(.timedOut, "\(name) does not stop: \(result.summary)")
        }
    }

    /// Kills the server as a power loss would: SIGKILL to the postmaster and all of its children.
    package func kill() {
        guard let postmaster else { return }
        let children = ProcessFacts.children(of: postmaster)
        for process in [postmaster] + children { Glibc.kill(process, SIGKILL) }
        _ = Deadline.after(.seconds(10)).poll {
            ([postmaster] + children).allSatisfy { !ProcessFacts.isAlive($0) }
        }
    }

    /// Stops every process of the server where it is: connections stay open and nobody answers.
    package func freeze() {
        guard let postmaster else { return }
        // The postmaster first, so that no child is born after the list was made.
        Glibc.kill(postmaster, SIGSTOP)
        for child in ProcessFacts.children(of: postmaster) { Glibc.kill(child, SIGSTOP) }
    }

    /// Lets a frozen server go on.
    package func thaw() {
        guard let postmaster else { return }
        for process in ProcessFacts.children(of: postmaster) + [postmaster] {
            Glibc.kill(process, SIGCONT)
        }
    }

    /// Makes a standby a primary and waits until it accepts writes.
    package func promote() throws {
        let result = try pgCtl(["-w", "-t", "60", "promote"])
        guard result.isSuccess else {
            throw LocalClusterError(.timedOut, "\(name) is not promoted: \(result.summary)")
        }
    }

    /// Makes a stopped former primary a standby of `source`: what they have in common stays, the
    /// rest becomes as it is there (pg_rewind).
    package func rewind(following source: ClusterNode) throws {
        removeStaleLockFiles()
        // pg_rewind reads the new timeline from the source's last checkpoint.
        try source.sql("checkpoint")
        let origin = "host=\(socketFolder) port=\(source.port) user=postgres"
        let result = try ClientTool.run(
            installation.asServerAccount + [
                installation.path("pg_rewind"), "-D", dataFolder,
                "--source-server=\(origin) dbname=postgres", "--no-sync",
            ], within: .seconds(90))
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "pg_rewind of \(name): \(result.summary)")
        }
        let settings = """
            primary_conninfo = '\(origin) application_name=\(name)'
            primary_slot_name = ''

            """
        let file = "\(dataFolder)/postgresql.auto.conf"
        let old = try String(contentsOfFile: file, encoding: .utf8)
        try (old + settings).write(toFile: file, atomically: false, encoding: .utf8)
        let touched = try ClientTool.run(
            installation.asServerAccount + ["touch", "\(dataFolder)/standby.signal"],
            within: .seconds(10))
        guard touched.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(name): \(touched.summary)")
        }
    }

    /// Makes the server re-read its configuration.
    package func reload() throws {
        let result = try pgCtl(["reload"])
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(name): \(result.summary)")
        }
    }

    /// Whether the postmaster runs; a frozen one does.
    package var isRunning: Bool { postmaster != nil }

    /// The postmaster's pid, if the process that the pid file names really works in our folder.
    package var postmaster: pid_t? {
        guard
            let text = try? String(contentsOfFile: "\(dataFolder)/postmaster.pid", encoding: .utf8),
            let processID = text.split(separator: "\n").first.flatMap({ pid_t($0) }),
            ProcessFacts.isAlive(processID),
            let folder = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(processID)/cwd"),
            // It may have been moved to another disk, and a link be here.
            folder == URL(fileURLWithPath: dataFolder).resolvingSymlinksInPath().path
        else { return nil }
        return processID
    }

    /// Runs SQL as the superuser over the Unix socket and returns the rows as text.
    ///
    /// Fails at the first error. An empty string stands for NULL, as in `psql -A`.
    @discardableResult
    package func sql(
        _ statement: String, database: String = "postgres", within limit: Duration = .seconds(60)
    ) throws -> [[String]] {
        let account = place.hasUntrustedPrograms ? installation.asServerAccount : []
        let result = try ClientTool.run(
            account + [
                installation.path("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\u{1f}", "-R",
                "\u{1e}", "-h", socketFolder, "-p", "\(port)", "-U", place.superuser, "-d",
                database,
                "-f", "-",
            ], environment: place.environment, input: statement, within: limit)
        guard result.isSuccess else {
            throw LocalClusterError(.statementFailed, "\(name): \(result.summary)")
        }
        let text = result.output.hasSuffix("\n") ? String(result.output.dropLast()) : result.output
        guard !text.isEmpty else { return [] }
        return text.split(separator: "\u{1e}", omittingEmptySubsequences: false).map { row in
            row.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The first column of the first row, or an empty string when there is no row.
    package func value(_ statement: String, database: String = "postgres") throws -> String {
        try sql(statement, database: database).first?.first ?? ""
    }

    /// Waits until these standbys, by application_name, stream from this node and have replayed
    /// what it has written up to now.
    func waitForStandbys(_ expected: [String], within limit: Duration) throws {
        let target = try value("select pg_current_wal_lsn()")
        let names = expected.map(SQLText.literal).joined(separator: ",")
        let question = """
            select count(*) from pg_stat_replication where state = 'streaming'
              and replay_lsn >= '\(target)' and application_name in (\(names.isEmpty ? "''" : names))
            """
        let done = try Deadline.after(limit).poll { try value(question) == "\(expected.count)" }
        guard done else {
            let state = try sql(
                "select application_name, state, replay_lsn from pg_stat_replication")
            throw LocalClusterError(
                .timedOut, "standbys \(expected) did not reach \(target): \(state)")
        }
    }

    /// The end of the server's log.
    package func logTail(lines: Int = 20) -> String {
        log.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// The whole log; of a collector's files the newest.
    package var log: String {
        let collected = "\(dataFolder)/log"
        let newest = (try? FileManager.default.contentsOfDirectory(atPath: collected))?.max()
        return ([logFile] + (newest.map { ["\(collected)/\($0)"] } ?? []))
            .compactMap { try? Data(contentsOf: URL(fileURLWithPath: $0)) }
            .map { String(decoding: $0, as: UTF8.self) }.joined()
    }

    /// A killed postmaster stays a zombie until the machine's first process reaps it, and the server
    /// takes a zombie for a running one.
    private func removeStaleLockFiles() {
        guard postmaster == nil else { return }
        unlink("\(dataFolder)/postmaster.pid")
        unlink("\(socketFolder)/.s.PGSQL.\(port).lock")
    }

    private func pgCtl(_ arguments: [String]) throws -> ToolResult {
        try ClientTool.run(
            installation.asServerAccount + [installation.path("pg_ctl"), "-D", dataFolder]
                + arguments, within: .seconds(90))
    }
}
