internal import CLinux
internal import Glibc

/// Small sends of one turn of the loop, carried out together by one `io_uring_enter`.
///
/// A send wakes its receiver, which then competes for the CPU with the sender; the kernel does not
/// preempt itself within one system call, so a batch costs far fewer context switches than the same
/// sends one by one. Where the kernel or its policy has no io_uring, `isAvailable` is false and
/// sends go out at once.
struct SendBatch: ~Copyable {
    struct Entry {
        var id: SocketID
        var descriptor: Int32
        var start: Int
        var count: Int
    }

    /// Sends that wait at most; the ring has as many entries.
    static let entriesMax = 64
    /// Longer messages go out at once: copying them would cost more than it saves.
    static let bytesMax = 4096
    private static let arenaBytes = 131_072

    private var ring = clinux_ring()
    private let arena: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>
    private(set) var count = 0
    private var used = 0
    private(set) var isAvailable: Bool

    init(isWanted: Bool) {
        arena = .allocate(byteCount: Self.arenaBytes, alignment: 64)
        entries = .allocate(capacity: Self.entriesMax)
        isAvailable = isWanted && clinux_ring_open(&ring, UInt32(Self.entriesMax)) == 0
    }

    deinit {
        if isAvailable { _ = close(ring.descriptor) }
        arena.deallocate()
        entries.deallocate()
    }

    /// Whether this many more bytes in one more entry fit.
    func hasRoom(_ bytes: Int) -> Bool {
        count < Self.entriesMax && used + bytes <= Self.arenaBytes
    }

    /// Adds an entry for a socket that has none in the batch.
    mutating func add(_ id: SocketID, _ descriptor: Int32) {
        (entries + count).initialize(
            to: Entry(id: id, descriptor: descriptor, start: used, count: 0))
        count += 1
    }

    /// Adds bytes to the newest entry.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        (arena + used).copyMemory(from: source, byteCount: bytes.count)
        used += bytes.count
        entries[count - 1].count += bytes.count
    }

    /// Sends everything. `settle` is told of each entry how many bytes went out, or a negative
    /// errno, and where the bytes are, which stay valid while it runs.
    mutating func submit(_ settle: (Entry, Int, UnsafeRawBufferPointer) -> Void) {
        let submitted = count
        count = 0
        used = 0
        if submitted == 1 {
            let entry = entries[0]
            let sent = send(
                entry.descriptor, arena + entry.start, entry.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            return settle(entry, sent < 0 ? -Int(errno) : sent, bytes(entry))
        }
        for index in 0..<submitted {
            let entry = entries[index]
            clinux_ring_send(
                &ring, entry.descriptor, arena + entry.start, UInt32(entry.count), UInt64(index))
        }
        var settled = 0
        var done: UInt64 = 0
        while settled < submitted {
            let status = clinux_ring_submit(&ring, UInt32(submitted - settled))
            var tag: UInt64 = 0
            var result: Int32 = 0
            while clinux_ring_result(&ring, &tag, &result) != 0 {
                guard tag < UInt64(submitted) else { continue }
                let entry = entries[Int(tag)]
                settle(entry, Int(result), bytes(entry))
                settled += 1
                done |= 1 << tag
            }
            // Interrupted: the rest is handed over again.
            if status < 0, errno != EINTR, errno != EAGAIN, errno != EBUSY {
                abandon(submitted, done, settle)
                break
            }
        }
    }

    /// The ring is broken: what it may still hold is never handed to the kernel, the sockets that
    /// wait for it count as broken, and from now on sends go out at once.
    private mutating func abandon(
        _ submitted: Int, _ done: UInt64, _ settle: (Entry, Int, UnsafeRawBufferPointer) -> Void
    ) {
        isAvailable = false
        _ = close(ring.descriptor)
        for index in 0..<submitted where done & 1 << UInt64(index) == 0 {
            settle(entries[index], -Int(EPIPE), bytes(entries[index]))
        }
    }

    private func bytes(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: arena + entry.start, count: entry.count)
    }
}
