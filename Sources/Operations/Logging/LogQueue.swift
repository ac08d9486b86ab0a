import CLinux
import Glibc
import Synchronization

/// What waits for the log writer. Bounded: a full queue drops records and counts them, so that
/// callers never wait for a disk.
final class LogQueue: Sendable {
    enum Item: Sendable {
        case record(LogRecord, seconds: Int64, milliseconds: Int32)
        case configure(LogConfiguration)
        case rotate
        /// Everything before this is written: signal the eventfd.
        case reached(Int32)
        case stop
    }

    struct Batch: Sendable {
        var items: [Item] = []
        var recordCount = 0
        var textBytes = 0
        /// Records refused since the last batch.
        var dropped: UInt64 = 0
    }

    /// Records that may wait.
    static let lengthMax = 8192
    /// Bytes of text that may wait: statements are long.
    static let textBytesMax = 16 << 20

    private let batch = Mutex(Batch())
    /// Counts batches that became non-empty. -1 if the kernel had no descriptor left: then the
    /// writer polls.
    let wakeup: Int32

    init() { wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) }

    deinit { if wakeup >= 0 { close(wakeup) } }

    /// Adds a record unless the queue is full.
    func append(_ record: LogRecord, seconds: Int64, milliseconds: Int32) {
        let length = record.textLength
        let wasEmpty = batch.withLock { batch in
            guard batch.recordCount < Self.lengthMax,
                batch.textBytes + length <= Self.textBytesMax
            else {
                batch.dropped += 1
                return false
            }
            batch.recordCount += 1
            batch.textBytes += length
            batch.items.append(.record(record, seconds: seconds, milliseconds: milliseconds))
            return batch.items.count == 1
        }
        if wasEmpty { wake() }
    }

    /// Adds a command; commands are few and never dropped.
    func append(_ command: Item) {
        let wasEmpty = batch.withLock { batch in
            batch.items.append(command)
            return batch.items.count == 1
        }
        if wasEmpty { wake() }
    }

    /// Hands everything that waits to the writer, in exchange for its emptied batch.
    func exchange(_ emptied: inout Batch) {
        emptied.items.removeAll(keepingCapacity: emptied.items.capacity <= Self.lengthMax)
        emptied.recordCount = 0
        emptied.textBytes = 0
        emptied.dropped = 0
        batch.withLock { swap(&$0, &emptied) }
    }

    /// Blocks until something is appended or the time is over. Only the writer calls this.
    func wait(milliseconds: Int32) {
        var poll = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
        let timeout = wakeup >= 0 ? milliseconds : 100
        if Glibc.poll(&poll, 1, timeout) > 0 {
            var count: UInt64 = 0
            _ = read(wakeup, &count, 8)
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }
}
