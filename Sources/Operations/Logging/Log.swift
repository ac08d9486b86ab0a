import CLinux
import Glibc
import Synchronization

/// The program's log. Callers hand over records and never wait for the disk.
///
/// One writer thread owns every destination. Until the first `configure` records wait in the
/// bounded queue.
package final class Log: Sendable {
    private let queue = LogQueue()
    private let severityMin = Atomic<UInt8>(Severity.warning.rawValue)
    private let isRunning = Mutex(false)
    private let toStandardError = Atomic<Bool>(false)

    package init() {}

    package convenience init(_ configuration: LogConfiguration) {
        self.init()
        configure(configuration)
    }

    deinit { queue.append(.stop) }

    /// Whether a record of this severity would be written: ask before building texts.
    ///
    /// `log` passes every threshold but FATAL and PANIC.
    package func isEnabled(_ severity: Severity) -> Bool {
        severity.rawValue >= severityMin.load(ordering: .relaxed)
    }

    /// Whether records go to standard error itself and not to files or syslog only.
    package var writesToStandardError: Bool { toStandardError.load(ordering: .relaxed) }

    /// Queues one record. Overflow drops the record and counts it; the count is logged later.
    package func emit(_ record: LogRecord) {
        guard isEnabled(record.severity) else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        queue.append(
            record, seconds: Int64(now.tv_sec), milliseconds: Int32(now.tv_nsec / 1_000_000))
    }

    /// Applies a configuration, at start and on reload. Records emitted before keep the old one.
    package func configure(_ configuration: LogConfiguration) {
        severityMin.store(configuration.severityMin.rawValue, ordering: .relaxed)
        toStandardError.store(
            configuration.toStandardError && configuration.collector == nil, ordering: .relaxed)
        isRunning.withLock { isRunning in
            if isRunning {
                queue.append(.configure(configuration))
                return
            }
            let queue = self.queue
            isRunning = SystemThread.start(name: "log") {
                var writer = LogWriter(queue: queue)
                writer.run(configuration)
            }
        }
    }

    /// Starts a new collector file.
    package func rotate() { queue.append(.rotate) }

    /// Blocks until everything emitted so far is written, at most this long.
    ///
    /// The limit is for a standard error that nobody reads any more.
    package func flush(secondsMax: Int32 = 5) {
        guard isRunning.withLock({ $0 }) else { return }
        let signal = eventfd(0, Int32(EFD_CLOEXEC))
        guard signal >= 0 else { return }
        queue.append(.reached(signal))
        var poll = pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
        // On a timeout the writer still holds the descriptor's number, so it stays open.
        if Glibc.poll(&poll, 1, secondsMax * 1000) > 0 { Glibc.close(signal) }
    }

    /// Writes what waits and ends the writer. Later records are lost.
    package func close(secondsMax: Int32 = 5) {
        flush(secondsMax: secondsMax)
        queue.append(.stop)
        isRunning.withLock { $0 = false }
    }
}
