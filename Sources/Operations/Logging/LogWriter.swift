import Glibc

/// The log's writer thread: takes batches from the queue, renders them and owns the destinations.
struct LogWriter: ~Copyable {
    private let queue: LogQueue
    private var configuration = LogConfiguration()
    private var layout: LogLayout
    private var collector: CollectorFile?
    private var syslog = SyslogChannel()
    private var clock = LocalClock()
    private var lines: [UInt8] = []
    private var text: [UInt8] = []

    /// Rendered bytes are written at least this often within a batch.
    private static let chunkBytes = 64 << 10

    init(queue: LogQueue) {
        self.queue = queue
        self.layout = LogLayout(prefix: LinePrefix(""), processID: getpid())
    }

    /// Writes until told to stop.
    mutating func run(_ first: LogConfiguration) {
        apply(first)
        var batch = LogQueue.Batch()
        while true {
            queue.exchange(&batch)
            if batch.dropped > 0 { reportDropped(batch.dropped) }
            if batch.items.isEmpty {
                queue.wait(milliseconds: waitMilliseconds())
                rotateIfDue()
                continue
            }
            for item in batch.items {
                switch item {
                case .record(let record, let seconds, let milliseconds):
                    render(record, seconds: seconds, milliseconds: milliseconds)
                case .configure(let configuration):
                    apply(configuration)
                case .rotate:
                    writeOut()
                    if let note = collector?.rotate(.newFileBySize, now: Int64(time(nil))) {
                        complain(note)
                    }
                case .reached(let signal):
                    writeOut()
                    var one: UInt64 = 1
                    _ = write(signal, &one, 8)
                case .stop:
                    writeOut()
                    return
                }
            }
            writeOut()
        }
    }

    private mutating func apply(_ new: LogConfiguration) {
        writeOut()
        layout = LogLayout(
            prefix: LinePrefix(new.linePrefix), verbosity: new.verbosity, processID: getpid())
        if new.toSyslog {
            syslog.open(ident: new.syslogIdent, localFacility: new.syslogLocalFacility)
        }
        if new.collector != configuration.collector || !new.toStandardError {
            collector = nil
        }
        configuration = new
        if let wanted = new.collector, new.toStandardError, !hasCollector() {
            var file = CollectorFile(wanted)
            let note = file.open(now: Int64(time(nil)))
            collector = consume file
            if let note { complain(note) }
        }
    }

    private mutating func render(_ record: LogRecord, seconds: Int64, milliseconds: Int32) {
        let moment = clock.moment(seconds: seconds, milliseconds: milliseconds)
        if configuration.toSyslog {
            text.removeAll(keepingCapacity: true)
            layout.append(to: &text, record, at: moment)
            syslog.write(text, priority: record.severity.syslogPriority)
            if configuration.toStandardError { lines += text }
        } else {
            layout.append(to: &lines, record, at: moment)
        }
        if lines.count >= Self.chunkBytes { writeOut() }
    }

    private mutating func writeOut() {
        guard !lines.isEmpty else { return }
        defer { lines.removeAll(keepingCapacity: lines.capacity <= 4 * Self.chunkBytes) }
        guard configuration.toStandardError else { return }
        rotateIfDue()
        if let note = collector?.write(lines) { complain(note) }
        if !collectorWorks() { Self.writeAll(lines, to: 2) }
    }

    private borrowing func hasCollector() -> Bool {
        switch collector {
        case .some: true
        case .none: false
        }
    }

    private borrowing func collectorWorks() -> Bool {
        switch collector {
        case .some(let file): file.isWritable
        case .none: false
        }
    }

    private mutating func rotateIfDue() {
        if let note = collector?.rotateIfDue(now: Int64(time(nil))) { complain(note) }
    }

    private func waitMilliseconds() -> Int32 {
        switch collector {
        case .some(let file):
            guard let next = file.nextRotation else { return -1 }
            return Int32(min(max(0, next - Int64(time(nil))), 3600) * 1000 + 10)
        case .none:
            return -1
        }
    }

    /// Says on standard error what is wrong with the log itself.
    private mutating func complain(_ note: CollectorFile.Note) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var output: [UInt8] = []
        let moment = clock.moment(
            seconds: Int64(now.tv_sec), milliseconds: Int32(now.tv_nsec / 1_000_000))
        let record = LogRecord(
            .warning, note.message, detail: note.detail,
            hint: "The log goes to standard error until the file can be written.",
            process: "logger")
        layout.append(to: &output, record, at: moment)
        Self.writeAll(output, to: 2)
    }

    private mutating func reportDropped(_ count: UInt64) {
        let record = LogRecord(
            .warning, "\(count) log records were dropped", detail: "The log could not keep up.",
            process: "logger")
        render(record, seconds: Int64(time(nil)), milliseconds: 0)
    }

    /// Writes to a descriptor; a log that cannot be written anywhere is lost without a word.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = UnsafeRawBufferPointer(rebasing: buffer[...])
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    if errno == EAGAIN {
                        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = Glibc.poll(&poll, 1, 1000)
                        continue
                    }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}

/// Local time from the kernel's clock, computed once per second of log.
struct LocalClock {
    private var second: Int64 = .min
    private var last = LogMoment(
        year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0)

    mutating func moment(seconds: Int64, milliseconds: Int32) -> LogMoment {
        if seconds != second {
            let parts = Self.parts(of: seconds)
            last = LogMoment(
                year: parts.tm_year &+ 1900, month: parts.tm_mon &+ 1, day: parts.tm_mday,
                hour: parts.tm_hour, minute: parts.tm_min, second: parts.tm_sec, millisecond: 0)
            second = seconds
        }
        var moment = last
        moment.millisecond = milliseconds
        return moment
    }

    static func parts(of seconds: Int64) -> tm {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return parts
    }
}
