import CLinux
package import ClusterModel
import Glibc

extension HostWorker {
    /// Starts a job, unless it runs or has succeeded already.
    ///
    /// The process that does it is this program again: it lives on when we end.
    func startJob(_ kind: HostJob.Kind, _ request: HostRequest, _ places: HostPlaces)
        throws(HostFailure) -> JobReport
    {
        guard !request.job.isEmpty, request.job.utf8.count <= 200 else {
            throw HostFailure("a job needs a name")
        }
        if let last = HostJob.load(places) {
            let isSame = last.job == request.job && last.kind == kind
            if last.isAlive {
                guard isSame else {
                    throw HostFailure(
                        "another job works on \"\(places.data)\": \(last.activity)",
                        hint: "Wait for it, or cancel the recovery that it belongs to.")
                }
                return last.report
            }
            if isSame, last.state == .succeeded {
                let isDone =
                    kind == .rewind || DirectorySwap(places).hasNew(of: request.job)
                if isDone { return last.report }
            }
            guard last.state != .running || last.endProcesses() else {
                throw HostFailure("processes of an earlier job do not end")
            }
        }
        guard let line = HostWire.line(request) else {
            throw HostFailure("the request is too long")
        }
        let child = try DetachedProcess.start(ProgramLaunch(program + ["--job"], input: line))
        // It says itself that it has begun.
        let end = DetachedProcess.wait(Self.jobStartTime, for: child) {
            HostJob.load(places)?.process == child
        }
        guard let record = HostJob.load(places), record.process == child else {
            if end == nil { kill(child, SIGKILL) }
            throw HostFailure("the job could not be started: \(program.joined(separator: " "))")
        }
        return record.report
    }

    private static let jobStartTime: Duration = .seconds(20)

    /// Does a job, in the process that was started for it.
    ///
    /// - Returns: whether it went well.
    package func work(on request: HostRequest) -> Bool {
        do throws(HostFailure) {
            try permits.check(request)
            let places = try HostPlaces(request.server)
            let lock = open(places.jobLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard lock >= 0, clinux_lock(lock) == 0 else { return false }
            defer { close(lock) }
            return try HostJobRunner(request, places).run()
        } catch {
            return false
        }
    }
}
