import ClusterModel
import Foundation
import Glibc

/// A copy or a rewind that goes on by itself, as its file tells: beside the data directory, written
/// by the job alone.
struct HostJob: Codable, Equatable {
    enum Kind: String, Codable {
        case baseBackup
        case rewind
    }

    /// The recovery that it belongs to.
    var job: String
    var kind: Kind
    /// Leader of a session and of a process group of its own.
    var process: pid_t
    /// Tells it from a later process of the same number.
    var startTime: String
    var state: JobReport.State = .running
    var activity = ""
    var bytesDone: Int64 = 0
    /// 0 = unknown
    var bytesTotal: Int64 = 0
    var exitCode: Int?
    var lastLines: [String] = []
    /// `cluster_name` of the node, which is not to become that of the source; nil: unknown.
    var clusterName: String?
    /// Directories outside that were empty, or not there, and that the job fills.
    var tablespaces: [String] = []

    static let linesMax = 20

    /// The last job that there was; nil if there was none.
    static func load(_ places: HostPlaces) -> HostJob? {
        guard let bytes = try? DurableFile.read(places.jobFile) else { return nil }
        return try? JSONDecoder().decode(HostJob.self, from: Data(bytes))
    }

    func save(_ places: HostPlaces) throws(HostFailure) {
        guard let data = try? JSONEncoder().encode(self) else { return }
        try HostFiles.replace(places.jobFile, with: String(decoding: data, as: UTF8.self) + "\n")
    }

    /// Removes the files of a job that is over and whose work was used, or cleared away.
    static func forget(_ places: HostPlaces) throws(HostFailure) {
        for file in [places.jobPassFile, places.jobLock, places.jobFile] {
            try HostFiles.removeFile(file)
        }
    }

    /// Whether its process still is there.
    var isAlive: Bool { state == .running && ProcessTable.startTime(process) == startTime }

    static func isRunning(_ places: HostPlaces) -> Bool { load(places)?.isAlive ?? false }

    var report: JobReport {
        var report = JobReport(
            state: state, activity: activity, bytesDone: bytesDone, bytesTotal: bytesTotal,
            exitCode: exitCode, lastLines: lastLines)
        if state == .running, !isAlive {
            report.state = .failed
            report.lastLines.append("the job has ended without a word: it was killed")
        }
        return report
    }

    /// How far a job is; another one is none of the asker's business.
    static func report(of job: String, _ places: HostPlaces) -> JobReport {
        guard let record = load(places), record.job == job else { return JobReport(state: .none) }
        return record.report
    }

    /// Ends a job and all of its processes.
    static func cancel(_ job: String, _ places: HostPlaces) throws(HostFailure) {
        guard var record = load(places), record.job == job, record.state == .running else {
            return
        }
        guard record.endProcesses() else {
            throw HostFailure("process \(record.process) of the job does not end")
        }
        // It may have come to its end meanwhile.
        guard let last = load(places), last.job == job, last.state == .running else { return }
        record = last
        record.state = .failed
        record.lastLines = (record.lastLines + ["canceled"]).suffix(linesMax)
        try record.save(places)
        try HostFiles.removeFile(places.jobPassFile)
    }

    /// Ends what is left of it: its programs go on when it alone is killed.
    func endProcesses() -> Bool {
        func members() -> [pid_t] {
            // A session has its number for as long as one of its processes lives. A leader with
            // another start time means that there is none of them left.
            let leader = ProcessTable.startTime(process)
            guard leader == nil || leader == startTime else { return [] }
            return ProcessTable.members(ofSession: process)
        }
        for number in [SIGTERM, SIGKILL] {
            for member in members() { kill(member, number) }
            if ProcessEnd.wait(.seconds(5), forAll: members) { return true }
        }
        return false
    }

    /// Those that belong to a copy that is not, or not yet, the data directory.
    func spareTablespaces(_ places: HostPlaces) -> [String] {
        // A rewind only keeps in mind what was spare before.
        let isInUse =
            kind == .baseBackup && state == .succeeded
            && !HostFiles.exists(places.copy) && !HostFiles.exists(places.new)
        return isInUse ? [] : tablespaces
    }

    /// Empties the tablespaces that an unfinished copy has filled, so that the next one can.
    func clearTablespaces(_ places: HostPlaces) throws(HostFailure) {
        let used = [places.data, places.old].flatMap { directory in
            HostFiles.names(in: directory + "/pg_tblspc").map {
                HostPlaces.realPath("\(directory)/pg_tblspc/\($0)")
            }
        }
        for path in spareTablespaces(places) where !used.contains(HostPlaces.realPath(path)) {
            // PG_15_202209061, as PostgreSQL calls what is its own there.
            for name in HostFiles.names(in: path) where name.hasPrefix("PG_") {
                try HostFiles.removeTree("\(path)/\(name)")
            }
        }
    }
}
