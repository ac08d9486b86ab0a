/// What literals mean.
extension SkeletonParser {
    /// The token's value: a folded word, a quoted name, a string without its quotes, a number as it is
    /// written. Nil where it has none.
    func value(in text: Span<UInt8>) -> [UInt8]? {
        let token = self.token
        switch token.kind {
        case .word:
            switch token.keyword {
            case .true, .false, .on: break
            default: if token.word.isReserved { return nil }
            }
            return self.bytes(of: self.part, in: text)
        case .quotedName, .unicodeName:
            return self.bytes(of: self.part, in: text)
        case .number:
            return Array(text, from: token.start, to: token.end)
        case .string:
            return StringLiteral.value(
                of: Token(kind: .string, start: token.start, end: token.end), in: text,
                dialect: self.dialect, original: self.original)
        default:
            return nil
        }
    }
}

extension Array where Element == UInt8 {
    /// The bytes `text[start..<end]`.
    init(_ text: Span<UInt8>, from start: Int, to end: Int) {
        self = []
        self.reserveCapacity(Swift.max(0, end &- start))
        for at in start..<Swift.max(start, Swift.min(end, text.count)) { self.append(text[at]) }
    }
}
