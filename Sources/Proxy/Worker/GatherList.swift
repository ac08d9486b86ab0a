internal import Glibc
internal import Reactor

/// The ranges that one chunk leaves for one destination, sent in one call. The memory behind them
/// lives until ``Worker`` flushes, which is before the chunk's buffer is used again.
struct GatherList: ~Copyable {
    /// A list that is this long is sent before it grows.
    private static let usualMax = 60
    private(set) var ranges: UnsafeMutablePointer<SendRange>
    private var capacity = 64
    private(set) var count = 0
    /// Prepared bytes that some ranges point into.
    private var prepared: [UnsafeMutableRawPointer] = []

    init() { ranges = .allocate(capacity: capacity) }

    deinit {
        ranges.deallocate()
        for block in prepared { free(block) }
    }

    var isFull: Bool { count >= Self.usualMax }

    @inline(__always)
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        if count == capacity { grow() }
        (ranges + count).initialize(to: SendRange(bytes))
        count += 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<SendRange>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: ranges, count: count)
        ranges.deallocate()
        ranges = larger
        capacity *= 2
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
