import CLinux
import Coordination
import Glibc
import Operations
import Proxy
import Settings
import Synchronization

/// The life of a proxy process: files, pid file, sockets, signals, end.
final class ProxyDaemon: Sendable {
    private let launch: LaunchOptions
    /// Whether a parent waits for us to get ready.
    private let isDetached: Bool
    private let log = Log(LogConfiguration())
    /// What runs now; reloads start from it.
    private let settings = Mutex(Settings())

    private init(_ launch: LaunchOptions, isDetached: Bool) {
        self.launch = launch
        self.isDetached = isDetached
    }

    /// Runs a proxy until somebody stops it.
    ///
    /// - Returns: The exit code.
    static func run(_ launch: LaunchOptions) -> Int32 {
        SignalThread.block()
        return ProxyDaemon(launch, isDetached: BackgroundStart.takeMarker()).run()
    }

    private func run() -> Int32 {
        guard let settings = readSettings() else { return ExitStatus.failed }
        self.settings.withLock { $0 = settings }
        let pidFile: PidFile
        switch takePidFile(settings.pidFileName) {
        case .success(let file): pidFile = file
        case .failure(let code): return code
        }
        if launch.discardsStatus { discardStatus(settings.workDir) }
        let server: ProxyServer
        do throws(ProxyStartError) {
            server = try ProxyServer(settings: settings, log: log, program: controls)
            guard handleSignals(for: server) else {
                throw ProxyStartError("could not start the signal thread")
            }
            try server.start()
        } catch {
            pidFile.remove()
            return fail(LogRecord(.fatal, error.message, detail: error.detail, hint: error.hint))
        }
        if isDetached {
            log.flush()
            BackgroundStart.reportReady()
        }
        log.emit(
            ProcessLogTexts.started(behaviour: Version.pgpool, version: Version.trunkline))
        server.waitUntilStopped()
        log.emit(ProcessLogTexts.stopped())
        pidFile.remove()
        log.close()
        return ExitStatus.success
    }
}

// MARK: Start

extension ProxyDaemon {
    /// Reads the configuration and says everything that is wrong with it.
    private func readSettings() -> Settings? {
        let loaded = ConfigurationSource.load(launch.configurationFile)
        guard !loaded.hasErrors else {
            for problem in loaded.problems { log.emit(LogRecord(problem, errorsAs: .fatal)) }
            log.close()
            return nil
        }
        log.configure(LogConfiguration(loaded.settings, isDebug: launch.isDebug))
        for problem in loaded.problems { log.emit(LogRecord(problem, errorsAs: .fatal)) }
        guard loaded.settings.backends.contains(where: \.isUsed) else {
            _ = fail(ConfigurationSource.noBackend(launch.configurationFile))
            return nil
        }
        return loaded.settings
    }

    private enum PidFileResult: ~Copyable {
        case success(PidFile)
        case failure(Int32)
    }

    private func takePidFile(_ path: String) -> PidFileResult {
        do throws(PidFile.Failure) {
            let file = try PidFile.acquire(path)
            if file.replacedStale {
                StandardStreams.error(
                    "NOTICE: pid file found but it seems bogus."
                        + " Trying to start pgpool anyway...\n")
            }
            return .success(file)
        } catch {
            switch error {
            case .running(let id):
                StandardStreams.error(
                    "ERROR: pid file found. is another pgpool(\(id)) is running?\n")
                log.close()
                return .failure(ExitStatus.refused)
            case .failed(let message):
                let hint = "pid_file_name names the file; its directory must exist."
                return .failure(fail(LogRecord(.fatal, message, hint: hint)))
            }
        }
    }

    private func discardStatus(_ directory: String) {
        for path in StateFile(directory: directory).discard() {
            log.emit(LogRecord(.log, "Backend status file \(path) discarded"))
        }
    }

    /// Logs why there is no start; on standard error too, where somebody is waiting.
    private func fail(_ record: LogRecord) -> Int32 {
        log.emit(record)
        log.flush()
        if !log.writesToStandardError {
            log.configure(LogConfiguration())
            log.emit(record)
        }
        log.close()
        return ExitStatus.failed
    }
}

// MARK: Signals

extension ProxyDaemon {
    private func handleSignals(for server: ProxyServer) -> Bool {
        SignalThread.start { [self] signal in
            switch signal {
            case SIGHUP: reload(server)
            case SIGUSR1: log.rotate()
            default:
                log.emit(ProcessLogTexts.shuttingDown(signal: signal))
                server.requestShutdown(Self.shutdownMode(signal))
            }
        }
    }

    /// What operators ask for, as signals to ourselves: the signal thread does it, one thing after
    /// the other, whoever asked.
    private var controls: ProgramControls {
        ProgramControls(
            pcpFile: launch.pcpFile,
            stop: { mode in
                switch mode {
                case .smart: kill(getpid(), SIGTERM)
                case .fast: kill(getpid(), SIGINT)
                case .immediate: kill(getpid(), SIGQUIT)
                }
            },
            reload: { kill(getpid(), SIGHUP) },
            rotateLog: { [self] in
                guard self.settings.withLock({ $0.loggingCollector }) else { return false }
                return kill(getpid(), SIGUSR1) == 0
            })
    }

    private static func shutdownMode(_ signal: Int32) -> ShutdownMode {
        switch signal {
        case SIGINT: .fast
        case SIGQUIT: .immediate
        default: .smart
        }
    }

    /// Reads all files again. With any error the whole old configuration stays.
    private func reload(_ server: ProxyServer) {
        log.emit(ProcessLogTexts.reloading())
        let loaded = ConfigurationSource.load(launch.configurationFile)
        for problem in loaded.problems { log.emit(LogRecord(problem, errorsAs: .warning)) }
        guard !loaded.hasErrors else {
            log.emit(
                LogRecord(
                    .warning, "configuration was not reloaded",
                    detail: "The settings in use are unchanged.",
                    hint: "\"trunkline check -f \(launch.configurationFile)\" tests a file."))
            return
        }
        guard loaded.settings.backends.contains(where: \.isUsed) else {
            log.emit(ConfigurationSource.noBackend(launch.configurationFile))
            return
        }
        let (settings, ignored) = SettingsDifference.reloaded(
            from: self.settings.withLock { $0 }, to: loaded.settings)
        for name in ignored {
            log.emit(
                LogRecord(
                    .warning, "parameter \"\(name)\" cannot be changed without a restart",
                    detail: "Its new value is ignored until then."))
        }
        self.settings.withLock { $0 = settings }
        log.configure(LogConfiguration(settings, isDebug: launch.isDebug))
        server.reload(settings)
    }
}

extension ConfigurationSource {
    /// A proxy needs somebody to talk to.
    static func noBackend(_ path: String) -> LogRecord {
        LogRecord(
            .fatal, "no backend is configured",
            detail: "\"\(path)\" does not set backend_hostname0 and backend_port0.",
            hint: "Name the PostgreSQL servers, or another configuration file with -f FILE.")
    }
}
