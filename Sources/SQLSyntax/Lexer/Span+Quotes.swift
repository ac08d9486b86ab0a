/// How the inside of a quoted literal is read.
enum QuoteForm: UInt8 {
    /// A doubled quote stands for one; backslash is an ordinary byte.
    case plain
    /// Like plain, and a backslash takes the next byte with it.
    case escapes
    /// Like escapes, but the server refuses a backslash before a quote: its default
    /// (`backslash_quote = safe_encoding`) for encodings that may hide ASCII.
    case guardedEscapes
    /// Bits and hexadecimal digits: no escapes, and two quotes are an end and a new start.
    case bits
}

extension Span<UInt8> {
    @inline(__always)
    func has(_ byte: UInt8, at index: Int) -> Bool {
        index >= 0 && index < self.count && self[index] == byte
    }

    /// Index of the line end (LF or CR) at or after `start`, or the end of the text.
    func lineEnd(from start: Int) -> Int {
        var at = start
        while at < self.count, !ByteClass.isLineEnd(self[at]) { at &+= 1 }
        return Swift.min(at, self.count)
    }

    /// End of a block comment whose `/*` is before `start`; nil if it does not end. They nest.
    func blockCommentEnd(from start: Int) -> Int? {
        var at = start
        var depth = 1
        while at < self.count {
            let byte = self[at]
            at &+= 1
            if byte == UInt8(ascii: "*"), self.has(UInt8(ascii: "/"), at: at) {
                at &+= 1
                depth &-= 1
                if depth == 0 { return at }
            } else if byte == UInt8(ascii: "/"), self.has(UInt8(ascii: "*"), at: at) {
                at &+= 1
                depth &+= 1
            }
        }
        return nil
    }

    @inline(__always)
    func nameEnd(from start: Int) -> Int {
        var at = start
        while at < self.count, ByteClass.isNamePart(self[at]) { at &+= 1 }
        return at
    }

    /// Reads a literal whose opening quote is before `start`, and the literals that continue it.
    ///
    /// - Returns: `.string`, `.invalid` if the server refuses its escapes, or `.unterminated`; then
    ///   `end` is the end of the text.
    func quoted(from start: Int, form: QuoteForm, end: inout Int) -> TokenKind {
        var kind = TokenKind.string
        var at = start
        while at < self.count {
            let byte = self[at]
            at &+= 1
            if byte == UInt8(ascii: "'") {
                if form != .bits, self.has(UInt8(ascii: "'"), at: at) {
                    at &+= 1
                } else if let next = self.continuation(from: at) {
                    at = next
                } else {
                    end = at
                    return kind
                }
            } else if byte == UInt8(ascii: "\\"), form == .escapes || form == .guardedEscapes {
                if form == .guardedEscapes, self.has(UInt8(ascii: "'"), at: at) { kind = .invalid }
                at &+= 1
            }
        }
        end = self.count
        return .unterminated
    }

    /// Where the inside of a continuing literal begins: SQL joins literals that only blanks with a
    /// line end, and line comments, separate.
    private func continuation(from start: Int) -> Int? {
        var at = start
        var sawLineEnd = false
        while at < self.count {
            let byte = self[at]
            if ByteClass.isBlank(byte) {
                if ByteClass.isLineEnd(byte) { sawLineEnd = true }
                at &+= 1
            } else if byte == UInt8(ascii: "-"), self.has(UInt8(ascii: "-"), at: at &+ 1) {
                at = self.lineEnd(from: at &+ 2)
            } else {
                return byte == UInt8(ascii: "'") && sawLineEnd ? at &+ 1 : nil
            }
        }
        return nil
    }

    /// Reads a quoted name whose opening quote is before `start`.
    func quotedName(from start: Int, end: inout Int, kind: TokenKind) -> TokenKind {
        var at = start
        while at < self.count {
            let byte = self[at]
            at &+= 1
            guard byte == UInt8(ascii: "\"") else { continue }
            if self.has(UInt8(ascii: "\""), at: at) {
                at &+= 1
            } else {
                end = at
                // PostgreSQL refuses a zero-length name.
                return at == start &+ 1 ? .invalid : kind
            }
        }
        end = self.count
        return .unterminated
    }

    /// Reads what begins with a dollar sign: a parameter, a dollar quote, or neither.
    func dollar(from start: Int, end: inout Int) -> TokenKind {
        var at = start &+ 1
        end = at
        guard at < self.count else { return .invalid }
        if ByteClass.isDigit(self[at]) {
            while at < self.count, ByteClass.isDigit(self[at]) { at &+= 1 }
            return self.junk(from: at, end: &end, otherwise: .parameter)
        }
        if ByteClass.isNameStart(self[at]) {
            // A tag is a name without dollars.
            while at < self.count, self[at] != UInt8(ascii: "$"), ByteClass.isNamePart(self[at]) {
                at &+= 1
            }
        }
        guard self.has(UInt8(ascii: "$"), at: at) else { return .invalid }
        at &+= 1
        let tagLength = at &- start
        while at < self.count {
            if self[at] == UInt8(ascii: "$"), self.repeats(start, length: tagLength, at: at) {
                end = at &+ tagLength
                return .string
            }
            at &+= 1
        }
        end = self.count
        return .unterminated
    }

    private func repeats(_ start: Int, length: Int, at index: Int) -> Bool {
        guard length <= self.count &- index else { return false }
        for offset in 0..<length where self[start &+ offset] != self[index &+ offset] {
            return false
        }
        return true
    }
}
