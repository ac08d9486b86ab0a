package import ClusterModel
import Glibc

/// Carries out what a proxy asks of this host, as the account that owns the servers here.
///
/// Every request can be asked again: what is done already is done. Nothing that was sent gets into
/// a shell's hands, and no password into arguments, environments or logs.
package struct HostWorker: Sendable {
    let permits: HostPermits
    /// The command line that starts this program as a host's helper.
    let program: [String]

    /// - Parameter program: the command line that starts a helper, for jobs.
    package init(permits: HostPermits, program: [String]) {
        self.permits = permits
        self.program = program
    }

    package func answer(_ request: HostRequest) -> HostAnswer {
        do throws(HostFailure) {
            try permits.check(request)
            try Self.checkOwner(request.server.dataDirectory)
            return try carryOut(request, try HostPlaces(request.server))
        } catch {
            return error.answer
        }
    }

    /// Somebody else could not even see whether the server runs.
    private static func checkOwner(_ directory: String) throws(HostFailure) {
        var facts = stat()
        guard stat(directory, &facts) == 0, facts.st_uid != geteuid() else { return }
        let owner = getpwuid(facts.st_uid)?.pointee.pw_name.map { String(cString: $0) }
        throw HostFailure(
            "\"\(directory)\" belongs to \(owner ?? "user \(facts.st_uid)")",
            hint: "Let the helper run as that account.")
    }

    private func carryOut(_ request: HostRequest, _ places: HostPlaces) throws(HostFailure)
        -> HostAnswer
    {
        let server = request.server
        switch request.action {
        case .describe(let expectation):
            return .description(describe(server, places, request.job, expectation))
        case .tryReplication(let source):
            try tryReplication(server, places, source)
        case .baseBackup(_, let slot, let options):
            try Self.check(slot: slot)
            try Self.check(options)
            return .job(try startJob(.baseBackup, request, places))
        case .rewind:
            return .job(try startJob(.rewind, request, places))
        case .configure(let directory, let source, let slot, let settings):
            try configure(
                server, places, directory, source, slot, settings, job: request.job)
        case .swap: try DirectorySwap(places).swap(job: request.job)
        case .unswap: try DirectorySwap(places).unswap()
        case .discard(let directory): try DirectorySwap(places).discard(directory)
        case .remove: try DirectorySwap(places).removeData()
        case .start: try start(server, places)
        case .stop(let seconds): try stop(places, seconds: seconds)
        case .jobStatus: return .job(HostJob.report(of: request.job, places))
        case .jobCancel: try HostJob.cancel(request.job, places)
        case .logTail(let lines): return .lines(log(server, places, lines: lines))
        }
        return .done
    }

    static func check(slot: String?) throws(HostFailure) {
        guard let slot else { return }
        let isName = slot.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard isName, (1...63).contains(slot.utf8.count) else {
            throw HostFailure("\"\(slot)\" is no name of a replication slot")
        }
    }

    private static func check(_ options: HostRequest.BackupOptions) throws(HostFailure) {
        guard options.rateMax == 0 || (32...1_048_576).contains(options.rateMax) else {
            throw HostFailure("\(options.rateMax) kB/s is no rate for a copy")
        }
        let paths = options.tablespaceMap.flatMap { [$0.key, $0.value] } + options.tablespaces
        for path in paths {
            if let flaw = HostPlaces.flaw(inPath: path) {
                throw HostFailure("\"\(path)\" is no place for a tablespace: \(flaw)")
            }
        }
    }
}
