internal import Glibc

/// Bytes that a socket would not take yet, in order. Owns no memory while empty.
struct SendBacklog {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var head = 0
    private(set) var count = 0

    var start: UnsafeRawPointer? { base.map { UnsafeRawPointer($0 + head) } }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        if let base { (base + head + count).copyMemory(from: source, byteCount: bytes.count) }
        count += bytes.count
    }

    mutating func drop(_ sent: Int) {
        head += sent
        count -= sent
        if count == 0 { release() }
    }

    mutating func release() {
        free(base)
        base = nil
        capacity = 0
        head = 0
        count = 0
    }

    private mutating func reserve(_ more: Int) {
        if head + count + more <= capacity { return }
        let wanted = max(count + more, 4096, count * 2)
        let fresh = malloc(wanted)
        guard let fresh else { fatalMemory() }
        if let base { fresh.copyMemory(from: base + head, byteCount: count) }
        free(base)
        base = fresh
        capacity = wanted
        head = 0
    }

    private func fatalMemory() -> Never { preconditionFailure("out of memory") }
}
