internal import Glibc
internal import Reactor

/// The ranges that one chunk leaves for one destination, sent in one call. The memory behind them
/// lives until ``Worker`` flushes, which is before the chunk's buffer is used again.
struct GatherList: ~Copyable {
    private static let capacity = 64
    let ranges: UnsafeMutablePointer<iovec>
    private(set) var count = 0
    /// Prepared bytes that some ranges point into.
    private var prepared: [UnsafeMutableRawPointer] = []

    init() { ranges = .allocate(capacity: Self.capacity) }

    deinit {
        ranges.deallocate()
        for block in prepared { free(block) }
    }

    var isFull: Bool { count >= Self.capacity - 2 }

    @inline(__always)
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        ranges[count].iov_base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        ranges[count].iov_len = bytes.count
        count += 1
    }

    /// Copies bytes of our own making.
    mutating func add(prepared bytes: [UInt8]) {
        guard !bytes.isEmpty, let block = malloc(bytes.count) else { return }
        bytes.withUnsafeBytes {
            if let base = $0.baseAddress { block.copyMemory(from: base, byteCount: $0.count) }
        }
        prepared.append(block)
        add(UnsafeRawBufferPointer(start: block, count: bytes.count))
    }

    mutating func clear() {
        count = 0
        guard !prepared.isEmpty else { return }
        for block in prepared { free(block) }
        prepared.removeAll(keepingCapacity: true)
    }
}
