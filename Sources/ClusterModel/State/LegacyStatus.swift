/// The content of a `pgpool_status` file: one word for each node, by number.
///
/// Read once, where Pgpool-II has left one, and written for scripts that look there.
public struct LegacyStatus: Equatable, Sendable {
    /// What Pgpool-II writes of a node.
    public enum Word: String, Equatable, Sendable {
        /// Up or waiting.
        case up
        case down
        /// There is no such node.
        case unused
    }

    public var words: [Word]
    /// Numbers of lines, from 1, that are none of the words; they count as unused.
    public private(set) var invalidLines: [Int] = []

    public init(words: [Word]) { self.words = words }

    /// Whether it says anything: all down is what a failing network leaves behind, and counts for
    /// nothing.
    public var isMeaningful: Bool { words.contains(.up) }

    /// The nodes that it has, at most.
    private static let countMax = 128
}

// MARK: Reading

extension LegacyStatus {
    /// Reads a file in either layout; total on any bytes.
    public init(bytes: [UInt8]) {
        if let words = Self.binary(bytes) {
            self.init(words: words)
            return
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last line end is no line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.init(words: [])
        for line in lines.prefix(Self.countMax) {
            let word = Self.word(line)
            words.append(word ?? .unused)
            if word == nil { invalidLines.append(words.count) }
        }
    }

    /// The layout before 3.4: 128 numbers of 32 bits in the machine's own order. No text has such
    /// bytes.
    private static func binary(_ bytes: [UInt8]) -> [Word]? {
        guard bytes.count == countMax * 4 else { return nil }
        var words: [Word] = []
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let number = bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            switch UInt32(bigEndian: number) {
            case 0: words.append(.unused)
            case 1, 2: words.append(.up)
            case 3: words.append(.down)
            default: return nil
            }
        }
        while words.last == .unused { words.removeLast() }
        return words
    }

    /// The word that a line begins with, in any letter case.
    private static func word(_ line: ArraySlice<UInt8>) -> Word? {
        let text = line.prefix(8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return [Word.up, .down, .unused].first { text.starts(with: $0.rawValue.utf8) }
    }
}

// MARK: Writing

extension LegacyStatus {
    /// What the record says, in these words. Nodes without a record are unused.
    public init(_ record: ClusterRecord) {
        let last = record.backends.map(\.id).filter((0..<Self.countMax).contains).max() ?? -1
        var words = [Word](repeating: .unused, count: last + 1)
        for backend in record.backends where words.indices.contains(backend.id) {
            words[backend.id] = backend.isDetached || backend.isOut ? .down : .up
        }
        self.init(words: words)
    }

    /// The file: a line for each node.
    public var text: [UInt8] { words.flatMap { Array("\($0.rawValue)\n".utf8) } }
}

// MARK: Taking over

extension LegacyStatus {
    /// A first record of the configured nodes: those that were down are out, the others are what
    /// they turn out to be.
    ///
    /// - Parameter now: in seconds since 1970.
    public func record(
        of addresses: [ClusterRecord.Address], clusterID: String, now: Int64
    ) -> ClusterRecord {
        var record = ClusterRecord(clusterID: clusterID)
        for address in addresses {
            var backend = ClusterRecord.Backend(
                id: address.id, host: address.host, port: address.port)
            if isMeaningful, words.indices.contains(address.id), words[address.id] == .down {
                backend.isOut = true
                backend.reason = "it was down in pgpool_status"
                backend.since = now
            }
            record.backends.append(backend)
        }
        return record
    }
}
