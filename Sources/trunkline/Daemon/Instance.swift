import Glibc
package import Operations
import Settings

/// A running instance, seen from outside through its pid file: `stop` and `reload`.
package struct Instance: Sendable {
    /// Whether the file names a process that can be signalled.
    package enum Standing: Sendable, Equatable {
        case running(Int32)
        case problem(String)
    }

    let pidFile: String
    private let log: Log

    /// Finds the pid file through the configuration, which must be right for that.
    ///
    /// - Returns: nil after having logged what is wrong.
    init?(_ launch: LaunchOptions) {
        let log = Log(LogConfiguration())
        self.log = log
        let loaded = ConfigurationSource.load(launch.configurationFile)
        guard !loaded.hasErrors else {
            for record in loaded.problems.map({ LogRecord($0, errorsAs: .fatal) }) {
                log.emit(record)
            }
            log.close()
            return nil
        }
        // These commands report with the default layout; only the threshold is the file's.
        var configuration = LogConfiguration()
        configuration.severityMin =
            LogConfiguration(loaded.settings, isDebug: launch.isDebug).severityMin
        log.configure(configuration)
        pidFile = loaded.settings.pidFileName
    }

    /// Judges what the pid file says.
    ///
    /// - Parameter unreachable: The message for a process that is gone.
    package static func standing(
        _ reading: PidFile.Reading, path: String, unreachable: (Int32) -> String
    ) -> Standing {
        switch reading {
        case .missing: .problem("could not read pid file")
        case .empty: .problem("EOF detected while reading pid file \"\(path)\"")
        case .process(let id, let isAlive): isAlive ? .running(id) : .problem(unreachable(id))
        }
    }

    /// Asks the instance to read its files again.
    func reload() -> Int32 {
        defer { log.close() }
        let reading = PidFile.read(pidFile)
        let unreachable = { (id: Int32) in "could not reload configuration file pid: \(id)" }
        switch Self.standing(reading, path: pidFile, unreachable: unreachable) {
        case .problem(let message):
            log.emit(LogRecord(.fatal, message))
            return reading == .empty ? ExitStatus.failed : ExitStatus.refused
        case .running(let id):
            guard kill(id, SIGHUP) == 0 else {
                log.emit(
                    LogRecord(.fatal, unreachable(id), detail: String(cString: strerror(errno))))
                return ExitStatus.refused
            }
            return ExitStatus.success
        }
    }

    /// Stops the instance and waits until it is gone, however long that takes: a smart shutdown
    /// waits for its clients.
    func stop(signal: Int32) -> Int32 {
        defer { log.close() }
        let unreachable = { (id: Int32) in "could not stop process with pid: \(id)" }
        let standing = Self.standing(
            PidFile.read(pidFile), path: pidFile, unreachable: unreachable)
        guard case .running(let id) = standing else {
            if case .problem(let message) = standing { log.emit(LogRecord(.fatal, message)) }
            return ExitStatus.failed
        }
        guard kill(id, signal) == 0 else {
            log.emit(LogRecord(.fatal, unreachable(id), detail: String(cString: strerror(errno))))
            return ExitStatus.failed
        }
        log.emit(
            LogRecord(
                .log,
                "stop request sent to pgpool (pid: \(id)). waiting for termination..."))
        log.flush()
        var tenths = 0
        while PidFile.isInstance(id) {
            usleep(100_000)
            tenths += 1
            if tenths % 10 == 0 { StandardStreams.error(".") }
            // A request may get lost in an instance that is only just starting.
            if tenths % Self.resendTenths == 0 { kill(id, signal) }
        }
        StandardStreams.error("done.\n")
        PidFile.removeStale(pidFile, of: id)
        return ExitStatus.success
    }

    private static let resendTenths = 50
}
