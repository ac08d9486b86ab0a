// The only file of this module that uses raw pointers. Each pointer is owned by one noncopyable
// value, and every access is within the capacity that it was allocated with.

/// Hash of a key and of the dialect it is read in.
struct KeyHash: BitwiseCopyable {
    /// Never 0, which marks a free slot.
    let value: UInt64
    /// Keeps the keys of different dialects apart.
    let salt: UInt8

    @inline(__always)
    init(_ key: Span<UInt8>, salt: UInt8) {
        self.salt = salt
        self.value = key.withUnsafeBufferPointer { key in
            var hash = UInt64(truncatingIfNeeded: key.count) ^ UInt64(salt) &<< 56
            guard let start = UnsafeRawPointer(key.baseAddress) else { return hash | 1 }
            var at = 0
            while key.count &- at >= 16 {
                hash = Self.mix(
                    hash ^ start.loadUnaligned(fromByteOffset: at, as: UInt64.self),
                    start.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self))
                at &+= 16
            }
            if key.count &- at >= 8 {
                hash = Self.mix(hash, start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                at &+= 8
            }
            var rest: UInt64 = 0
            while at < key.count {
                rest = rest &<< 8 | UInt64(key[at])
                at &+= 1
            }
            return Self.mix(hash, rest) | 1
        }
    }

    @inline(__always)
    private static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let product = (first ^ 0xA076_1D64_78BD_642F)
            .multipliedFullWidth(by: second ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low ^ first
    }
}

/// A table of keys that only grows until it is cleared as a whole.
struct CacheGeneration: ~Copyable {
    private struct Slot {
        /// 0: free.
        var hash: UInt64
        var start: UInt32
        var length: UInt32
        var analysis: StatementAnalysis
        var salt: UInt8
    }

    /// Slots that may hold one key: a fixed number, so that no input makes a search long.
    private static var probesMax: Int { 4 }

    private let slots: UnsafeMutablePointer<Slot>
    private let slotCount: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    /// Room for keys. The details of the analyses count against it, so that pages which would be too
    /// much are never touched.
    private let bytesCapacity: Int
    private var bytesUsed = 0
    private var detailBytesUsed = 0

    init(bytesMax: Int) {
        // A quarter for the slots: keys are some 80 bytes and more.
        var slotCount = Self.probesMax
        while slotCount * 2 * MemoryLayout<Slot>.stride <= bytesMax / 4 { slotCount *= 2 }
        self.slotCount = slotCount
        self.slots = .allocate(capacity: slotCount)
        self.bytesCapacity = max(1, bytesMax - slotCount * MemoryLayout<Slot>.stride)
        self.bytes = .allocate(capacity: self.bytesCapacity)
        self.slots.initialize(repeating: Self.freeSlot, count: slotCount)
    }

    deinit {
        self.slots.deinitialize(count: self.slotCount)
        self.slots.deallocate()
        self.bytes.deallocate()
    }

    private static var freeSlot: Slot {
        Slot(hash: 0, start: 0, length: 0, analysis: .tooLong, salt: 0)
    }

    mutating func clear() {
        self.slots.update(repeating: Self.freeSlot, count: self.slotCount)
        self.bytesUsed = 0
        self.detailBytesUsed = 0
    }

    @inline(__always)
    func find(_ key: Span<UInt8>, hash: KeyHash) -> StatementAnalysis? {
        for probe in 0..<Self.probesMax {
            let slot = self.slots + self.index(hash, probe)
            if slot.pointee.hash == hash.value, slot.pointee.salt == hash.salt,
                Int(slot.pointee.length) == key.count,
                self.holds(key, at: Int(slot.pointee.start))
            {
                return slot.pointee.analysis
            }
        }
        return nil
    }

    /// False when there is no room left for it.
    mutating func insert(
        _ key: Span<UInt8>, hash: KeyHash, _ analysis: StatementAnalysis
    ) -> Bool {
        let detailBytes = analysis.detail?.byteCount ?? 0
        guard
            key.count &+ detailBytes
                <= self.bytesCapacity &- self.bytesUsed &- self.detailBytesUsed,
            let start = UInt32(exactly: self.bytesUsed),
            let length = UInt32(exactly: key.count)
        else { return false }
        var target = self.index(hash, 0)
        for probe in 0..<Self.probesMax where self.slots[self.index(hash, probe)].hash == 0 {
            target = self.index(hash, probe)
            break
        }
        key.withUnsafeBufferPointer { key in
            guard let source = key.baseAddress else { return }
            (self.bytes + self.bytesUsed).update(from: source, count: key.count)
        }
        self.bytesUsed &+= key.count
        self.detailBytesUsed &+= detailBytes
        self.slots[target] = Slot(
            hash: hash.value, start: start, length: length, analysis: analysis, salt: hash.salt)
        return true
    }

    @inline(__always)
    private func index(_ hash: KeyHash, _ probe: Int) -> Int {
        (Int(truncatingIfNeeded: hash.value &>> 20) &+ probe) & (self.slotCount &- 1)
    }

    @inline(__always)
    private func holds(_ key: Span<UInt8>, at start: Int) -> Bool {
        key.withUnsafeBufferPointer { key in
            guard let address = key.baseAddress else { return true }
            let theirs = UnsafeRawPointer(address)
            let ours = UnsafeRawPointer(self.bytes + start)
            var at = 0
            while key.count &- at >= 8 {
                if theirs.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    != ours.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                {
                    return false
                }
                at &+= 8
            }
            while at < key.count {
                if key[at] != self.bytes[start &+ at] { return false }
                at &+= 1
            }
            return true
        }
    }
}

/// A reusable place in which a key is put together.
struct KeyBuffer: ~Copyable {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0

    /// Room behind the capacity, so that short pieces are copied eight bytes at a time.
    private static var slack: Int { 8 }

    init(capacity: Int) {
        self.capacity = max(0, capacity)
        self.bytes = .allocate(capacity: self.capacity + Self.slack)
        // Never read before it is written; initialised so that this is true of the type, too.
        self.bytes.initialize(repeating: 0, count: self.capacity + Self.slack)
    }

    deinit { self.bytes.deallocate() }

    @inline(__always)
    mutating func clear() { self.count = 0 }

    /// False when it is full.
    @inline(__always)
    mutating func append(_ byte: UInt8) -> Bool {
        guard self.count < self.capacity else { return false }
        self.bytes[self.count] = byte
        self.count &+= 1
        return true
    }

    /// Appends `text[start..<end]`. False when it does not fit.
    @inline(__always)
    mutating func append(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        let length = end &- start
        guard start >= 0, length >= 0, end <= text.count, length <= self.capacity &- self.count
        else { return false }
        text.withUnsafeBufferPointer { text in
            guard let address = text.baseAddress else { return }
            let source = UnsafeRawPointer(address)
            let target = UnsafeMutableRawPointer(self.bytes + self.count)
            var at = 0
            // Whole words while the text has them; what is copied too much is overwritten later.
            while at < length, start &+ at &+ 8 <= text.count {
                target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: start &+ at, as: UInt64.self),
                    toByteOffset: at, as: UInt64.self)
                at &+= 8
            }
            while at < length {
                target.storeBytes(
                    of: source.load(fromByteOffset: start &+ at, as: UInt8.self),
                    toByteOffset: at, as: UInt8.self)
                at &+= 1
            }
        }
        self.count &+= length
        return true
    }

    @inline(__always)
    borrowing func withKey<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(Span(_unsafeStart: UnsafePointer(self.bytes), count: self.count))
    }
}
