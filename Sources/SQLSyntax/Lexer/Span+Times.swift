extension Span<UInt8> {
    /// Whether a string literal begins or ends with a word that dates and times are read from with the
    /// time of the transaction: now, today, tomorrow, yesterday. What its escapes spell is not looked
    /// at.
    @inline(__always)
    func namesTransactionTime(from start: Int, to end: Int) -> Bool {
        var first = start
        var last = end &- 1
        // The quote, or the tag in dollars.
        let quote = first < end && self[first] == UInt8(ascii: "$") ? UInt8(ascii: "$") : 0x27
        if quote == UInt8(ascii: "$") { first &+= 1 }
        while first < last, self[first] != quote { first &+= 1 }
        if quote == UInt8(ascii: "$") { last = end &- (first &- start) &- 1 }
        first &+= 1
        while first < last, ByteClass.isBlank(self[first]) { first &+= 1 }
        while first < last, ByteClass.isBlank(self[last &- 1]) { last &-= 1 }
        guard last &- first >= 3 else { return false }
        switch self[first] | 0x20 {
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "y"):
            if self.hasTimeWord(from: first, to: last, atEnd: false) { return true }
        default: break
        }
        switch self[last &- 1] | 0x20 {
        case UInt8(ascii: "w"), UInt8(ascii: "y"):
            return self.hasTimeWord(from: first, to: last, atEnd: true)
        default: return false
        }
    }

    private func hasTimeWord(from start: Int, to end: Int, atEnd: Bool) -> Bool {
        for word: StaticString in ["now", "today", "tomorrow", "yesterday"] {
            let length = word.utf8CodeUnitCount
            guard end &- start >= length else { continue }
            let at = atEnd ? end &- length : start
            let neighbour = atEnd ? at &- 1 : at &+ length
            let isWhole = neighbour < start || neighbour >= end
            if !isWhole, ByteClass.isNamePart(self[neighbour]) { continue }
            if self.hasFoldedPrefix(word, at: at) { return true }
        }
        return false
    }
}
