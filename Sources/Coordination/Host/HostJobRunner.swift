import ClusterModel
import Glibc

/// Does one job and keeps its file up to date.
final class HostJobRunner {
    private let server: HostedServer
    private let places: HostPlaces
    private let action: HostRequest.Action
    private var record: HostJob
    private var lastSave = ContinuousClock.now

    init(_ request: HostRequest, _ places: HostPlaces) throws(HostFailure) {
        server = request.server
        self.places = places
        action = request.action
        let kind: HostJob.Kind
        switch request.action {
        case .baseBackup: kind = .baseBackup
        case .rewind: kind = .rewind
        case .describe, .tryReplication, .configure, .swap, .unswap, .discard, .remove, .start,
            .stop,
            .jobStatus, .jobCancel, .logTail:
            throw HostFailure("this is no job")
        }
        guard let startTime = ProcessTable.startTime(getpid()) else {
            throw HostFailure("/proc does not know this process")
        }
        record = HostJob(job: request.job, kind: kind, process: getpid(), startTime: startTime)
    }

    /// - Returns: whether it went well; why not is in the file.
    func run() throws(HostFailure) -> Bool {
        let previous = HostJob.load(places)
        record.activity = "preparing"
        // The tablespaces of a copy that was broken off are still to be cleared.
        record.tablespaces = previous?.spareTablespaces(places) ?? []
        // A rewind that was broken off may have brought the source's.
        let isReplaced = previous?.kind == .rewind && previous?.state != .succeeded
        record.clusterName =
            isReplaced
            ? previous?.clusterName : HostWorker.clusterName(server, places, in: places.data)
        try record.save(places)
        do throws(HostFailure) {
            switch action {
            case .baseBackup(let source, let slot, let options):
                try copy(from: source, slot: slot, options, previous)
            case .rewind(let source): try rewind(to: source)
            default: break
            }
            record.state = .succeeded
            record.activity = "done"
        } catch {
            record.state = .failed
            if record.lastLines.isEmpty || record.exitCode == nil {
                add([error.reason, error.hint].compactMap { $0 }.joined(separator: "; "))
            }
        }
        try? HostFiles.removeFile(places.jobPassFile)
        try record.save(places)
        return record.state == .succeeded
    }

    // MARK: Base backup

    private func copy(
        from source: SourceServer, slot: String?, _ options: HostRequest.BackupOptions,
        _ previous: HostJob?
    ) throws(HostFailure) {
        let swap = DirectorySwap(places)
        if places.isInside { try HostFiles.makeDirectory(places.inner) }
        guard !places.isInside || !HostFiles.exists(places.swapPhase) else {
            throw HostFailure(
                "the entries of \"\(places.data)\" are on their way",
                hint: "Finish the swap, or take it back.")
        }
        enter("removing an earlier copy")
        try previous?.clearTablespaces(places)
        try swap.remove(places.copy)
        try swap.remove(places.new)
        try HostFiles.removeTree(places.trash)
        let targets = options.tablespaces.map { options.tablespaceMap[$0] ?? $0 }
        let filled = Set(targets + options.tablespaceMap.values)
        record.tablespaces = filled.sorted().filter { HostFiles.names(in: $0).isEmpty }
        try record.save(places)

        let programs = try HostPrograms(
            for: server, dataVersion: HostWorker.dataVersion(in: places.data))
        let connection = try SourceConnection(source, passFile: places.jobPassFile)
        try connection.keepPassword()
        enter("connecting to the source")
        let arguments = Self.backupArguments(
            connection.forProgram(database: nil), places.copy, slot, options)
        try run(programs, "pg_basebackup", arguments, connection) { [self] line in
            followBackup(line)
        }
        if options.isVerified {
            enter("verifying the copy")
            try run(programs, "pg_verifybackup", [places.copy], connection) { _ in }
        }
        // Not those of the source, whose data directory cannot be renamed either.
        try HostFiles.removeTree("\(places.copy)/\(HostPlaces.innerName)")
        try HostWorker.putStandbySignal(in: places.copy)
        // Its number may be that of a directory that was marked and is gone.
        try TaintMark(places).forget(places.copy)
        try HostFiles.move(places.copy, to: places.new)
    }

    private static func backupArguments(
        _ connection: String, _ directory: String, _ slot: String?,
        _ options: HostRequest.BackupOptions
    ) -> [String] {
        var arguments = [
            "-D", directory, "-d", connection, "-w", "-X", "stream", "-P", "-v", "-l",
            "trunkline recovery", "-c", options.isFast ? "fast" : "spread",
        ]
        if let slot { arguments += ["-S", slot] }
        if options.rateMax > 0 { arguments += ["-r", "\(options.rateMax)k"] }
        for (place, other) in options.tablespaceMap.sorted(by: { $0.key < $1.key }) {
            arguments += ["-T", "\(escaped(place))=\(escaped(other))"]
        }
        return arguments
    }

    /// As pg_basebackup reads paths in `-T`.
    private static func escaped(_ path: String) -> String {
        path.map { $0 == "=" ? "\\=" : "\($0)" }.joined()
    }

    private func followBackup(_ line: String) {
        if let progress = JobProgress(line) { return progressed(progress) }
        add(line)
        if line.contains("waiting for checkpoint") {
            enter("waiting for the source's checkpoint")
        } else if line.contains("checkpoint completed") {
            enter("copying")
        } else if line.contains("waiting for background process") {
            enter("receiving the last WAL")
        } else if line.contains("syncing data to disk") {
            enter("writing to disk")
        }
    }

    // MARK: Rewind

    private func rewind(to source: SourceServer) throws(HostFailure) {
        let data = places.data
        guard let version = HostWorker.dataVersion(in: data) else {
            throw HostFailure("\"\(data)\" is no data directory")
        }
        guard Postmaster(in: data) == nil else {
            throw HostFailure("the server of \"\(data)\" runs", hint: "Stop it first.")
        }
        guard !TaintMark(places).isOn(data) else {
            throw HostFailure(
                "an earlier rewind of \"\(data)\" has not ended well",
                hint: "Replace it by a base backup.")
        }
        if places.isInside, HostFiles.isDirectory(places.inner) {
            // What the source does not have is removed, and it does not have these.
            guard !HostFiles.exists(places.old), !HostFiles.exists(places.swapPhase) else {
                throw HostFailure("\"\(places.old)\" would be removed by a rewind")
            }
        }
        let programs = try HostPrograms(for: server, dataVersion: version)
        let configuration = HostWorker.configurationFile(server, places)
        Postmaster.removeStalePidFile(in: data)
        let connection = try SourceConnection(source, passFile: places.jobPassFile)
        try connection.keepPassword()
        try recover(programs, configuration, connection)

        var arguments = [
            "-D", data, "--source-server=\(connection.forProgram(database: source.database))",
            "-P",
        ]
        if let configuration, version >= 15 { arguments.append("--config-file=\(configuration)") }
        if version >= 13, configuration == nil || version >= 15,
            hasRestoreCommand(programs, configuration)
        {
            arguments.append("--restore-target-wal")
        }
        // Most of what can be in the way is found before anything is touched.
        enter("looking for what is different")
        try run(programs, "pg_rewind", arguments + ["--dry-run"], connection) { [self] line in
            if JobProgress(line) == nil { add(line) }
        }
        record.lastLines = []
        enter("rewinding")
        let mark = TaintMark(places)
        try mark.put(on: data)
        try run(programs, "pg_rewind", arguments, connection) { [self] line in
            guard let progress = JobProgress(line) else { return add(line) }
            enter("copying")
            progressed(progress)
        }
        // Whatever comes now, it does not start as a primary.
        try HostWorker.putStandbySignal(in: data)
        // They hold back WAL for nobody. Those that are synchronised come again by themselves.
        for name in HostFiles.names(in: data + "/pg_replslot") {
            try HostFiles.removeTree("\(data)/pg_replslot/\(name)")
        }
        HostFiles.sync(data)
        try mark.clear()
    }

    /// Has a server that was not shut down do its crash recovery, which a rewind needs. `pg_rewind`
    /// would do it as well, from version 13 on, but then it could not be tried out first.
    private func recover(
        _ programs: HostPrograms, _ configuration: String?, _ connection: SourceConnection
    ) throws(HostFailure) {
        guard !HostWorker.controlData(programs, places.data).wasShutDown else { return }
        enter("finishing the crash recovery")
        var arguments = ["--single", "-D", places.data]
        if let configuration { arguments += ["-c", "config_file=\(configuration)"] }
        // For one person, who has nothing to say.
        try run(programs, "postgres", arguments + ["template1"], connection) { [self] in add($0) }
        record.lastLines = []
    }

    private func hasRestoreCommand(_ programs: HostPrograms, _ configuration: String?) -> Bool {
        var arguments = ["-C", "restore_command", "-D", places.data]
        if let configuration { arguments += ["-c", "config_file=\(configuration)"] }
        let result = programs.run("postgres", arguments)
        return result.outcome.isSuccess && result.output.contains { !$0.isEmpty }
    }

    // MARK: Programs and the file

    /// Runs a program in this process group, so that it ends together with the job.
    private func run(
        _ programs: HostPrograms, _ name: String, _ arguments: [String],
        _ connection: SourceConnection, _ onLine: (String) -> Void
    ) throws(HostFailure) {
        record.exitCode = nil
        let outcome = CommandRunner.run(
            ProgramLaunch(
                [programs.path(name)] + arguments, environment: HostPrograms.environment,
                separatesErrors: false, staysInGroup: true),
            timeMax: .seconds(31_536_000), onLine: onLine)
        guard !outcome.isSuccess else {
            record.exitCode = 0
            return
        }
        let hint = connection.hint(record.lastLines.joined(separator: "\n"))
        if let hint { add(hint) }
        if case .exited(let code) = outcome { record.exitCode = Int(code) }
        if record.exitCode == nil { add("\(name) \(outcome)") }
        throw HostFailure("\(name) \(outcome)", hint: hint)
    }

    private func enter(_ activity: String) {
        guard record.activity != activity else { return }
        record.activity = activity
        save()
    }

    private func progressed(_ progress: JobProgress) {
        record.bytesDone = progress.done
        record.bytesTotal = progress.total
        if lastSave.duration(to: .now) > .milliseconds(500) { save() }
    }

    private func add(_ line: String) {
        record.lastLines = (record.lastLines + [line]).suffix(HostJob.linesMax)
    }

    /// Progress that cannot be written, as on a full disk, is not worth the job.
    private func save() {
        try? record.save(places)
        lastSave = .now
    }
}

/// `  23456/1234567 kB (2%), 0/1 tablespace` of pg_basebackup, `  123/456 kB (26%) copied` of
/// pg_rewind.
struct JobProgress: Equatable {
    var done: Int64
    var total: Int64

    init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[1] == "kB" else { return nil }
        let numbers = words[0].split(separator: "/").map { Int64($0) }
        guard numbers.count == 2, let done = numbers[0], let total = numbers[1],
            (0...Self.kilobytesMax).contains(done), (0...Self.kilobytesMax).contains(total)
        else { return nil }
        self.done = done * 1024
        self.total = total * 1024
    }

    private static let kilobytesMax = Int64.max / 1024
}
