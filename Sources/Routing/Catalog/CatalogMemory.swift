/// A bounded memory of what names of databases mean. The name that was used longest ago goes first.
public struct CatalogMemory<Fact: Sendable>: Sendable {
    public struct Entry: Sendable {
        /// Nil: the catalog could not be asked for this name.
        public var facts: [Fact]?
        /// Nanoseconds.
        public var expiresAt: UInt64
        fileprivate var usedAt: UInt64
    }

    private struct Key: Hashable {
        var database: Int
        var name: [UInt8]
    }

    private var entries: [Key: Entry] = [:]
    /// Counts uses, so that the oldest can be told.
    private var uses: UInt64 = 0
    /// Names that are remembered at most.
    public private(set) var sizeMax: Int

    public init(sizeMax: Int) { self.sizeMax = max(1, sizeMax) }

    public var count: Int { self.entries.count }

    /// What is remembered of a name and not too old.
    public mutating func find(_ name: [UInt8], database: Int, now: UInt64) -> Entry? {
        let key = Key(database: database, name: name)
        guard let index = self.entries.index(forKey: key) else { return nil }
        guard self.entries.values[index].expiresAt > now else {
            self.entries.remove(at: index)
            return nil
        }
        self.uses &+= 1
        self.entries.values[index].usedAt = self.uses
        return self.entries.values[index]
    }

    public mutating func learned(
        _ facts: [Fact]?, of name: [UInt8], database: Int, expiresAt: UInt64
    ) {
        self.uses &+= 1
        self.entries[Key(database: database, name: name)] = Entry(
            facts: facts, expiresAt: expiresAt, usedAt: self.uses)
        if self.entries.count > self.sizeMax { self.evict() }
    }

    public mutating func forget(database: Int) {
        self.entries = self.entries.filter { $0.key.database != database }
    }

    public mutating func forgetAll() { self.entries.removeAll() }

    public mutating func resize(_ sizeMax: Int) {
        self.sizeMax = max(1, sizeMax)
        if self.entries.count > self.sizeMax { self.evict() }
    }

    /// Makes some room at once, so that a full memory does not look for its oldest each time.
    private mutating func evict() {
        let kept = self.sizeMax - self.sizeMax / 8
        let oldest = self.entries.sorted { $0.value.usedAt < $1.value.usedAt }
        for (key, _) in oldest.dropLast(kept) { self.entries[key] = nil }
    }
}
