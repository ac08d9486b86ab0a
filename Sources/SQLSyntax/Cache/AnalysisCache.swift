/// A bounded memory of analyses by key bytes.
///
/// Keys are compared byte for byte: two keys with one hash never answer for each other. Two
/// generations share the memory: when the young one is full the old one is forgotten and they change
/// places; a hit in the old one copies the entry to the young one. Nothing is allocated after `init`;
/// details are released with their generation.
struct AnalysisCache: ~Copyable {
    private var young: CacheGeneration
    private var old: CacheGeneration
    /// Longer keys are not stored.
    let keyLengthMax: Int

    /// Nil if the budget is too small to be of use.
    init?(bytesMax: Int) {
        guard bytesMax >= Self.bytesMin else { return nil }
        self.young = CacheGeneration(bytesMax: bytesMax / 2)
        self.old = CacheGeneration(bytesMax: bytesMax / 2)
        self.keyLengthMax = min(Self.keyLengthLimit, bytesMax / 16)
    }

    static var bytesMin: Int { 8 << 10 }
    static var keyLengthLimit: Int { 16 << 10 }

    @inline(__always)
    mutating func find(_ key: Span<UInt8>, hash: KeyHash) -> StatementAnalysis? {
        if let found = self.young.find(key, hash: hash) { return found }
        guard let found = self.old.find(key, hash: hash) else { return nil }
        self.insert(key, hash: hash, found)
        return found
    }

    /// Remembers an analysis of a key that `find` did not find.
    mutating func insert(_ key: Span<UInt8>, hash: KeyHash, _ analysis: StatementAnalysis) {
        guard key.count <= self.keyLengthMax,
            analysis.detail.map({ $0.byteCount <= self.keyLengthMax }) != false
        else { return }
        if self.young.insert(key, hash: hash, analysis) { return }
        swap(&self.young, &self.old)
        self.young.clear()
        _ = self.young.insert(key, hash: hash, analysis)
    }
}

/// Remembers which texts were seen lately, a few bits of each: only what is seen twice is worth a
/// place in the cache, because clients that write literals into their texts never repeat them.
struct Doorkeeper {
    private var marks: [UInt32]

    init() { self.marks = Array(repeating: 0, count: Self.size) }

    private static var size: Int { 4096 }

    /// Whether this hash was probably seen before; notes it.
    mutating func admits(_ hash: KeyHash) -> Bool {
        let index = Int(truncatingIfNeeded: hash.value) & (Self.size &- 1)
        let mark = UInt32(truncatingIfNeeded: hash.value &>> 32) | 1
        if self.marks[index] == mark { return true }
        self.marks[index] = mark
        return false
    }
}
