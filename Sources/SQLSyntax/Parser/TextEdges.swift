/// What stands before the first statement of a text and behind the last.
struct TextEdges {
    private let leadingComments: CommentRun
    private let trailingComments: CommentRun
    private let followsBlank: Bool

    /// - Parameter end: where the last statement ends.
    init(_ text: Span<UInt8>, end: Int) {
        self.leadingComments = CommentRun(text, from: 0)
        self.trailingComments = CommentRun(text, from: end)
        self.followsBlank = text.count > 0 && ByteClass.isBlank(text[0])
    }

    /// A comment at either end keeps the text from being balanced.
    var hasDirective: Bool {
        self.leadingComments.hasDirective || self.trailingComments.hasDirective
    }

    /// Why what stands before the first statement keeps it from being a read.
    func leading(options: AnalysisOptions) -> AnalysisReason? {
        if self.leadingComments.hasOther, !options.allowSQLComments { return .leadingComment }
        if self.followsBlank, !options.ignoreLeadingWhiteSpace, !self.leadingComments.hasOther {
            return .leadingWhiteSpace
        }
        return nil
    }
}

/// The comments, blanks and semicolons from one place of a text on.
struct CommentRun: BitwiseCopyable {
    /// `/*NO LOAD BALANCE*/` or `/*REPLICATION*/` is among them.
    private(set) var hasDirective = false
    /// Any other comment is.
    private(set) var hasOther = false
    /// Where the run ends.
    private(set) var end = 0

    init() {}

    init(_ text: Span<UInt8>, from start: Int) {
        var at = start
        while at < text.count {
            let byte = text[at]
            if ByteClass.isBlank(byte) || byte == UInt8(ascii: ";") {
                at &+= 1
            } else if byte == UInt8(ascii: "-"), text.has(UInt8(ascii: "-"), at: at &+ 1) {
                self.hasOther = true
                at = text.lineEnd(from: at &+ 2)
            } else if byte == UInt8(ascii: "/"), text.has(UInt8(ascii: "*"), at: at &+ 1),
                let end = text.blockCommentEnd(from: at &+ 2)
            {
                if Self.isDirective(text, from: at &+ 2, to: end &- 2) {
                    self.hasDirective = true
                } else {
                    self.hasOther = true
                }
                at = end
            } else {
                break
            }
        }
        self.end = at
    }

    /// Whether the inside of a comment is a directive: capitals and blanks around the words do not
    /// matter.
    static func isDirective(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        Self.spells(text, from: start, to: end, "no load balance")
            || Self.spells(text, from: start, to: end, "replication")
    }

    private static func spells(
        _ text: Span<UInt8>, from start: Int, to end: Int, _ words: StaticString
    ) -> Bool {
        var start = start
        var end = end
        while start < end, ByteClass.isBlank(text[start]) { start &+= 1 }
        while end > start, ByteClass.isBlank(text[end &- 1]) { end &-= 1 }
        return words.withUTF8Buffer { words in
            var at = start
            for byte in words {
                guard at < end else { return false }
                if byte == UInt8(ascii: " ") {
                    guard ByteClass.isBlank(text[at]) else { return false }
                    while at < end, ByteClass.isBlank(text[at]) { at &+= 1 }
                } else {
                    guard WordTable.fold(text[at]) == byte else { return false }
                    at &+= 1
                }
            }
            return at == end
        }
    }
}
