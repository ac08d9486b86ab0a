extension Span<UInt8> {
    /// PostgreSQL refuses operators of this length (NAMEDATALEN).
    private static var operatorLengthMax: Int { 63 }

    /// Reads a number that begins with a digit, or with a dot before a digit. Junk that touches its
    /// end makes it invalid, as in PostgreSQL 15 and later.
    func number(from start: Int, end: inout Int) -> TokenKind {
        var at = start
        while at < self.count, ByteClass.isDigit(self[at]) { at &+= 1 }
        // Nearly all numbers end here.
        if at > start, at >= self.count || !self.mayContinueNumber(self[at]) {
            end = at
            return .number
        }
        at = start
        if self.has(UInt8(ascii: "0"), at: at), at &+ 1 < self.count {
            switch self[at &+ 1] | 0x20 {
            case UInt8(ascii: "x"):
                return self.radix(from: at &+ 2, end: &end, ByteClass.isHexDigit)
            case UInt8(ascii: "o"):
                return self.radix(from: at &+ 2, end: &end) {
                    $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7")
                }
            case UInt8(ascii: "b"):
                return self.radix(from: at &+ 2, end: &end) {
                    $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1")
                }
            default: break
            }
        }
        at = self.digitsEnd(from: at)
        if self.has(UInt8(ascii: "."), at: at) {
            // `1..2` is the integer 1 and two dots.
            if self.has(UInt8(ascii: "."), at: at &+ 1) {
                end = at
                return .number
            }
            at = self.digitsEnd(from: at &+ 1)
        }
        if at < self.count, self[at] | 0x20 == UInt8(ascii: "e") {
            var exponent = at &+ 1
            if self.has(UInt8(ascii: "+"), at: exponent)
                || self.has(UInt8(ascii: "-"), at: exponent)
            {
                exponent &+= 1
            }
            if exponent < self.count, ByteClass.isDigit(self[exponent]) {
                at = self.digitsEnd(from: exponent)
            }
        }
        return self.junk(from: at, end: &end, otherwise: .number)
    }

    @inline(__always)
    private func mayContinueNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || ByteClass.isNameStart(byte)
    }

    /// A name that touches the end of a number or parameter spoils it.
    func junk(from start: Int, end: inout Int, otherwise kind: TokenKind) -> TokenKind {
        guard start < self.count, ByteClass.isNameStart(self[start]) else {
            end = start
            return kind
        }
        end = self.nameEnd(from: start)
        return .invalid
    }

    /// End of decimal digits with single underscores between them.
    private func digitsEnd(from start: Int) -> Int {
        var at = start
        while at < self.count {
            if ByteClass.isDigit(self[at]) {
                at &+= 1
            } else if self[at] == UInt8(ascii: "_"), at > start, at &+ 1 < self.count,
                ByteClass.isDigit(self[at &+ 1])
            {
                at &+= 2
            } else {
                break
            }
        }
        return at
    }

    /// The digits of `0x`, `0o` and `0b`; an underscore may stand before each of them.
    private func radix(
        from start: Int, end: inout Int, _ isDigit: (UInt8) -> Bool
    ) -> TokenKind {
        var at = start
        while at < self.count {
            if isDigit(self[at]) {
                at &+= 1
            } else if self[at] == UInt8(ascii: "_"), at &+ 1 < self.count, isDigit(self[at &+ 1]) {
                at &+= 2
            } else {
                break
            }
        }
        guard at > start else {
            end = self.nameEnd(from: start)
            return .invalid
        }
        // `0b12` is junk too: PostgreSQL reads it as two numbers that touch, and refuses them.
        guard at < self.count, ByteClass.isDigit(self[at]) else {
            return self.junk(from: at, end: &end, otherwise: .number)
        }
        end = self.nameEnd(from: at)
        return .invalid
    }

    /// Reads a run of operator characters: it is cut at the start of a comment, and loses a trailing
    /// `+` or `-` unless one of its characters is in no SQL operator.
    func operation(from start: Int, end: inout Int) -> TokenKind {
        var at = start
        var mayEndInSign = false
        // Between signs only where the run they are in was cut into signs before: no need to walk
        // through it for each of them.
        if start > 0, Self.isSign(self[start]), Self.isSign(self[start &- 1]) {
            end = start &+ 1
            return .operation
        }
        while at < self.count, ByteClass.isOperator(self[at]) {
            let byte = self[at]
            if at > start {
                if byte == UInt8(ascii: "-"), self.has(UInt8(ascii: "-"), at: at &+ 1) { break }
                if byte == UInt8(ascii: "/"), self.has(UInt8(ascii: "*"), at: at &+ 1) { break }
            }
            if ByteClass.isUncommonOperator(byte) { mayEndInSign = true }
            at &+= 1
        }
        if !mayEndInSign {
            while at > start &+ 1, Self.isSign(self[at &- 1]) { at &-= 1 }
        }
        end = at
        if at &- start == 2, self[start] == UInt8(ascii: "="), self[start &+ 1] == UInt8(ascii: ">")
        {
            return .namedArgument
        }
        return at &- start > Self.operatorLengthMax ? .invalid : .operation
    }

    @inline(__always)
    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
}
