internal import Glibc
internal import PostgresWire

/// Bytes of one connection that wait for the rest of their message or for their turn. Owns no
/// memory while empty.
struct ByteStash {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress, more.count > 0 else { return }
        if count + more.count > capacity {
            let wanted = max(count + more.count, count * 2, 128)
            guard let larger = realloc(base, wanted) else { preconditionFailure("out of memory") }
            base = larger
            capacity = wanted
        }
        if let base { (base + count).copyMemory(from: source, byteCount: more.count) }
        count += more.count
    }

    /// Forgets the first bytes and keeps the rest.
    mutating func drop(_ consumed: Int) {
        guard consumed > 0 else { return }
        count -= consumed
        guard count > 0 else { return release() }
        if let base { memmove(base, base + consumed, count) }
    }

    mutating func release() {
        free(base)
        base = nil
        capacity = 0
        count = 0
    }

    /// Holds nothing any more but keeps its memory for the next bytes.
    mutating func forget() { count = 0 }

    /// Hands the memory to the caller, who releases it: for work that may append here meanwhile.
    mutating func take() -> ByteStash {
        let taken = self
        self = ByteStash()
        return taken
    }
}

extension ByteStash {
    /// Holds a copy of these bytes instead of what it held; keeps its memory.
    mutating func replace(_ bytes: UnsafeRawBufferPointer) {
        forget()
        append(bytes)
    }

    /// The first message, header included, once all of it is there. Nil also for what is no
    /// message.
    mutating func takeFrame() -> [UInt8]? {
        guard case .header(let header) = FrameHeader.read(bytes.bytes, at: 0),
            bytes.count >= header.total
        else { return nil }
        let frame = Array(bytes[..<header.total])
        drop(header.total)
        return frame
    }
}
