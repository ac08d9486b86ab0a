/// Where a cluster's timelines ended, by the history file of the latest one.
public struct TimelineHistory: Equatable, Sendable {
    /// A timeline that has ended.
    public struct Entry: Equatable, Sendable {
        public var timeline: Int64
        /// The first byte that is not its own any more.
        public var end: Int64

        public init(timeline: Int64, end: Int64) {
            self.timeline = timeline
            self.end = end
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    /// Reads a history file: timeline, switch point and reason in each line. Other lines are
    /// comments.
    public init(_ text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            let words = line.split { $0 == "\t" || $0 == " " }
            guard words.count >= 2, let timeline = Int64(words[0]),
                let end = WALPosition.bytes(words[1])
            else { return nil }
            return Entry(timeline: timeline, end: end)
        }
    }

    /// Nil for a timeline that is not among its ancestors.
    public func end(of timeline: Int64) -> Int64? {
        entries.first { $0.timeline == timeline }?.end
    }
}

/// WAL positions as PostgreSQL writes them.
public enum WALPosition {
    /// `0/3000060` in bytes; nil for what is none.
    public static func bytes(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = UInt32(parts[0], radix: 16),
            let low = UInt32(parts[1], radix: 16)
        else { return nil }
        return Int64(bitPattern: UInt64(high) << 32 | UInt64(low))
    }

    /// The reverse of ``bytes(_:)``.
    public static func text(_ bytes: Int64) -> String {
        let bits = UInt64(bitPattern: bytes)
        return String(bits >> 32, radix: 16, uppercase: true) + "/"
            + String(bits & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }
}
