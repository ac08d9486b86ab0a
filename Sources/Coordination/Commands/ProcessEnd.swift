import CLinux
import Glibc

/// The end of a process as something to wait for, be it our child or not.
struct ProcessEnd: ~Copyable {
    /// Readable once the process has ended, dead or a zombie; -1 where the kernel has no such thing,
    /// and where there is no such process.
    let descriptor: Int32

    init(of process: pid_t) { descriptor = clinux_open_process(process) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// How long to wait before one looks: often where no descriptor tells of the end.
    func pause(atMost time: Duration) -> Duration {
        min(time, descriptor < 0 ? .milliseconds(20) : .seconds(60))
    }

    /// Waits for the end, at most this long.
    func wait(atMost time: Duration) {
        var ends = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        _ = poll(&ends, 1, pause(atMost: time).pollMilliseconds)
    }

    /// Waits until none of some processes is left.
    ///
    /// - Parameter living: those that are left; looked at again when one has ended.
    /// - Returns: false if the time came first.
    static func wait(_ time: Duration, forAll living: () -> [pid_t]) -> Bool {
        let deadline = ContinuousClock.now.advanced(by: time)
        while let process = living().first {
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest <= .zero { return false }
            // It may have ended before it was opened, and its number be somebody else's.
            ProcessEnd(of: process).wait(atMost: min(rest, .seconds(1)))
        }
        return true
    }
}

extension Duration {
    /// For poll(2), rounded up, so that a wait for the rest of a deadline does not end just before
    /// it.
    var pollMilliseconds: Int32 {
        let whole = components.seconds.multipliedReportingOverflow(by: 1000)
        let rest = components.attoseconds / 1_000_000_000_000_000 + 1
        let sum = whole.partialValue.addingReportingOverflow(rest)
        return whole.overflow || sum.overflow ? .max : Int32(clamping: max(0, sum.partialValue))
    }
}
