/// The names that WITH gives to one place of a statement, found without walking them all.
struct VisibleNames {
    private var names: [[UInt8]] = []
    /// How many of `names` are the same: an inner WITH may use an outer one's name again.
    private var counts: [[UInt8]: Int] = [:]

    var count: Int { self.names.count }

    func contains(_ name: [UInt8]) -> Bool { self.counts[name] != nil }

    mutating func append(_ name: [UInt8]) {
        self.names.append(name)
        self.counts[name, default: 0] &+= 1
    }

    /// Takes back all but the first `count`.
    mutating func cut(to count: Int) {
        while self.names.count > count, let name = self.names.popLast() {
            let left = (self.counts[name] ?? 0) &- 1
            self.counts[name] = left > 0 ? left : nil
        }
    }
}
