/// The decoded tables of SASLprep, made at the first password that is not plain ASCII.
struct SASLPrepData: Sendable {
    let spaces: ScalarRanges
    let nothing: ScalarRanges
    let refused: ScalarRanges
    let rightToLeft: ScalarRanges
    let leftToRight: ScalarRanges
    /// Full compatibility decompositions by code point.
    let decompositions: [UInt32: [UInt32]]
    /// Primary composites by first << 32 | second.
    let compositions: [UInt64: UInt32]

    static let shared = SASLPrepData()

    private init() {
        spaces = ScalarRanges(SASLPrepTables.spaces)
        nothing = ScalarRanges(SASLPrepTables.nothing)
        refused = ScalarRanges(SASLPrepTables.refused)
        rightToLeft = ScalarRanges(SASLPrepTables.rightToLeft)
        leftToRight = ScalarRanges(SASLPrepTables.leftToRight)
        decompositions = Self.decodeDecompositions(SASLPrepTables.decompositions)
        compositions = Self.decodeCompositions(SASLPrepTables.compositions)
    }

    /// `code=scalar.scalar...`, or `first-last=scalar` for a run onto consecutive scalars.
    private static func decodeDecompositions(_ table: StaticString) -> [UInt32: [UInt32]] {
        var map: [UInt32: [UInt32]] = [:]
        for item in TableItem.all(of: table) {
            for code in item.range {
                let offset = code - item.range.lowerBound
                map[code] = offset == 0 ? item.target : item.target.map { $0 &+ offset }
            }
        }
        return map
    }

    /// `composite=first.second`.
    private static func decodeCompositions(_ table: StaticString) -> [UInt64: UInt32] {
        var map: [UInt64: UInt32] = [:]
        for item in TableItem.all(of: table) where item.target.count == 2 {
            map[UInt64(item.target[0]) << 32 | UInt64(item.target[1])] = item.range.lowerBound
        }
        return map
    }
}

/// Sorted, disjoint ranges of code points with binary search.
struct ScalarRanges: Sendable {
    private let ranges: [ClosedRange<UInt32>]

    init(_ table: StaticString) {
        ranges = TableItem.all(of: table).map(\.range)
    }

    func contains(_ code: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = low + (high - low) / 2
            if ranges[middle].upperBound < code {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < ranges.count && ranges[low].contains(code)
    }
}

/// One blank-separated item of a table: a range of code points and the scalars it maps to.
private struct TableItem {
    var range: ClosedRange<UInt32>
    var target: [UInt32]

    static func all(of table: StaticString) -> [TableItem] {
        table.withUTF8Buffer { buffer in
            buffer.split(separator: UInt8(ascii: " ")).compactMap { TableItem($0) }
        }
    }

    private init?(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        let sides = text.split(separator: UInt8(ascii: "="))
        guard let key = sides.first else { return nil }
        let bounds = key.split(separator: UInt8(ascii: "-")).compactMap(Self.number)
        guard let first = bounds.first, let last = bounds.last, first <= last else { return nil }
        range = first...last
        target = []
        if sides.count == 2 {
            target = sides[1].split(separator: UInt8(ascii: ".")).compactMap(Self.number)
        }
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
        UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
