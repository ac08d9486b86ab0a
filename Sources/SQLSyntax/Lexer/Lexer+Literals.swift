// Texts are long because of their literals. What is here gets past them without a token for each;
// the tokens would be the same one by one, and whatever is not of the simplest form is left to the
// lexer.

extension Lexer {
    /// Skips literals that a comma follows, with the comma; gives how many. What stands here must be
    /// at the beginning of an expression.
    mutating func skipLiterals(in text: Span<UInt8>) -> Int32 {
        var commas: Int32 = 0
        while let end = self.literalEnd(from: text.visible(from: self.position), in: text) {
            let comma = text.visible(from: end)
            guard text.has(UInt8(ascii: ","), at: comma) else { break }
            commas &+= 1
            self.position = comma &+ 1
        }
        return commas
    }

    /// Skips rows of literals in parentheses that a comma follows, with the comma. True: there were
    /// some. What stands here must be at the beginning of an expression.
    mutating func skipRows(in text: Span<UInt8>) -> Bool {
        let start = self.position
        while let end = self.rowEnd(from: text.visible(from: self.position), in: text) {
            let comma = text.visible(from: end)
            guard text.has(UInt8(ascii: ","), at: comma) else { break }
            self.position = comma &+ 1
        }
        return self.position > start
    }

    /// End of `(literal, literal ...)`; nil if there is anything else.
    private func rowEnd(from start: Int, in text: Span<UInt8>) -> Int? {
        guard text.has(UInt8(ascii: "("), at: start) else { return nil }
        var at = start &+ 1
        while let end = self.literalEnd(from: text.visible(from: at), in: text) {
            at = text.visible(from: end)
            guard at < text.count else { return nil }
            if text[at] == UInt8(ascii: ")") { return at &+ 1 }
            guard text[at] == UInt8(ascii: ",") else { return nil }
            at &+= 1
        }
        return nil
    }

    /// End of a decimal number, a string without a prefix that means nothing to who parses, or a word
    /// that stands for a value.
    @inline(__always)
    private func literalEnd(from start: Int, in text: Span<UInt8>) -> Int? {
        guard start < text.count else { return nil }
        let byte = text[start]
        if ByteClass.isDigit(byte) { return text.decimalEnd(from: start &+ 1) }
        switch byte {
        case UInt8(ascii: "'"):
            guard self.dialect.standardConformingStrings,
                let end = text.simpleStringEnd(from: start &+ 1),
                !text.namesTransactionTime(from: start, to: end)
            else { return nil }
            return end
        case UInt8(ascii: "-"):
            guard start &+ 1 < text.count, ByteClass.isDigit(text[start &+ 1]) else { return nil }
            return text.decimalEnd(from: start &+ 2)
        case UInt8(ascii: "n"), UInt8(ascii: "N"): return text.wordEnd("null", from: start)
        case UInt8(ascii: "d"), UInt8(ascii: "D"): return text.wordEnd("default", from: start)
        case UInt8(ascii: "t"), UInt8(ascii: "T"): return text.wordEnd("true", from: start)
        case UInt8(ascii: "f"), UInt8(ascii: "F"): return text.wordEnd("false", from: start)
        default: return nil
        }
    }
}

extension Span<UInt8> {
    /// The first byte at or after `start` that is no blank.
    @inline(__always)
    fileprivate func visible(from start: Int) -> Int {
        var at = start
        while at < self.count, ByteClass.isBlank(self[at]) { at &+= 1 }
        return at
    }

    /// End of digits with a point among them or not. What else may belong to a number is no comma
    /// and no parenthesis.
    @inline(__always)
    fileprivate func decimalEnd(from start: Int) -> Int {
        var at = start
        while at < self.count, ByteClass.isDigit(self[at]) { at &+= 1 }
        guard self.has(UInt8(ascii: "."), at: at) else { return at }
        at &+= 1
        while at < self.count, ByteClass.isDigit(self[at]) { at &+= 1 }
        return at
    }

    /// End of a string whose opening quote is before `start`; nil if it does not end.
    @inline(__always)
    fileprivate func simpleStringEnd(from start: Int) -> Int? {
        var at = start
        while at < self.count {
            let byte = self[at]
            at &+= 1
            guard byte == UInt8(ascii: "'") else { continue }
            guard self.has(byte, at: at) else { return at }
            at &+= 1
        }
        return nil
    }

    /// End of the word that begins at `start`, if it is this one.
    fileprivate func wordEnd(_ word: StaticString, from start: Int) -> Int? {
        let end = self.nameEnd(from: start)
        guard end &- start == word.utf8CodeUnitCount else { return nil }
        return word.withUTF8Buffer { word in
            for offset in word.indices where WordTable.fold(self[start &+ offset]) != word[offset] {
                return nil
            }
            return end
        }
    }
}
