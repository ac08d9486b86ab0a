/// Cuts a configuration file into tokens; line ends carry almost no meaning.
///
/// The longest match wins; on equal length the order of the kinds decides. Blanks, tabs,
/// carriage returns and comments are skipped.
struct ConfigurationTokenizer {
    /// What a token is; the raw value is the number that Pgpool-II prints in its messages.
    enum Kind: Int {
        case key = 1
        case integer = 2
        case real = 3
        case string = 4
        case unquoted = 5
        case equals = 6
        case endOfLine = 7
        /// One byte that begins no token.
        case error = 8
    }

    struct Token {
        var kind: Kind
        var range: Range<Int>
        var line: Int
    }

    private let bytes: [UInt8]
    private(set) var position = 0
    private(set) var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark would become part of the first name.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The bytes of a token.
    func bytes(of token: Token) -> ArraySlice<UInt8> { bytes[token.range] }

    /// Whether a blank, a comment, a line end or the end of the file comes next.
    var isAtSeparator: Bool {
        switch byte(position) {
        case nil, .blank, .tab, .carriageReturn, .newline, .hash: true
        default: false
        }
    }

    /// The bytes from `start` up to the next blank or line end, for messages.
    func word(from start: Int) -> ArraySlice<UInt8> {
        var end = position
        while let next = byte(end), ![.blank, .tab, .carriageReturn, .newline].contains(next) {
            end += 1
        }
        return bytes[min(start, end)..<end]
    }

    /// Moves before the next line end.
    mutating func skipLine() {
        while let next = byte(position), next != .newline { position += 1 }
    }

    /// The next token, nil at the end of the file.
    mutating func next() -> Token? {
        skipBlanksAndComments()
        guard let first = byte(position) else { return nil }
        let start = position
        if first == .newline {
            position += 1
            line += 1
            return Token(kind: .endOfLine, range: start..<position, line: line - 1)
        }
        var best: (kind: Kind, end: Int)?
        for (kind, end) in [
            (Kind.key, keyEnd(start)), (.string, stringEnd(start)), (.unquoted, unquotedEnd(start)),
            (.integer, integerEnd(start)), (.real, realEnd(start)),
        ] {
            if let end, end > best?.end ?? start { best = (kind, end) }
        }
        guard let best else {
            position += 1
            return Token(
                kind: first == .equals ? .equals : .error, range: start..<position, line: line)
        }
        position = best.end
        return Token(kind: best.kind, range: start..<position, line: line)
    }

    private mutating func skipBlanksAndComments() {
        while let next = byte(position) {
            switch next {
            case .blank, .tab, .carriageReturn: position += 1
            case .hash: skipLine()
            default: return
            }
        }
    }

    private func byte(_ index: Int) -> UInt8? {
        bytes.indices.contains(index) ? bytes[index] : nil
    }

    /// The first index from `start` whose byte does not fit.
    private func end(from start: Int, while fits: (UInt8) -> Bool) -> Int {
        var index = start
        while let next = byte(index), fits(next) { index += 1 }
        return index
    }

    private func keyEnd(_ start: Int) -> Int? {
        guard let first = byte(start), first.beginsName else { return nil }
        return end(from: start) { $0.beginsName || $0.isDigit }
    }

    private func unquotedEnd(_ start: Int) -> Int? {
        guard let first = byte(start), first.beginsName else { return nil }
        return end(from: start) { $0.beginsName || $0.isDigit || Self.unquotedSigns.contains($0) }
    }

    private static let unquotedSigns = Array("-.:/".utf8)

    /// The last quote on the line that can end the string. A quote after a backslash both ends it
    /// and, if yet another quote follows on the line, continues it; the longest match wins.
    private func stringEnd(_ start: Int) -> Int? {
        guard byte(start) == .quote else { return nil }
        var end: Int?
        // The two ways in which the bytes read so far can be taken.
        var isInside = true
        var isAfterBackslash = false
        var index = start + 1
        while let next = byte(index), next != .newline, isInside || isAfterBackslash {
            let continues = isAfterBackslash || (isInside && next != .quote)
            let escapes = isInside && next == .backslash
            if isInside, next == .quote { end = index + 1 }
            (isInside, isAfterBackslash) = (continues, escapes)
            index += 1
        }
        return end
    }

    private func integerEnd(_ start: Int) -> Int? {
        let digits = signEnd(start)
        guard byte(digits)?.isDigit == true else { return nil }
        var numberEnd = end(from: digits, while: \.isDigit)
        if byte(digits) == UInt8(ascii: "0"), byte(digits + 1) == UInt8(ascii: "x"),
            byte(digits + 2)?.isHexDigit == true
        {
            numberEnd = end(from: digits + 2, while: \.isHexDigit)
        }
        return end(from: numberEnd, while: \.isASCIILetter)
    }

    private func realEnd(_ start: Int) -> Int? {
        let point = end(from: signEnd(start), while: \.isDigit)
        guard byte(point) == UInt8(ascii: ".") else { return nil }
        let fractionEnd = end(from: point + 1, while: \.isDigit)
        guard byte(fractionEnd).map({ $0 | 0x20 }) == UInt8(ascii: "e") else { return fractionEnd }
        let exponent = signEnd(fractionEnd + 1)
        return byte(exponent)?.isDigit == true
            ? end(from: exponent, while: \.isDigit) : fractionEnd
    }

    private func signEnd(_ start: Int) -> Int {
        byte(start) == UInt8(ascii: "-") || byte(start) == UInt8(ascii: "+") ? start + 1 : start
    }
}

extension UInt8 {
    fileprivate static let blank = UInt8(ascii: " ")
    fileprivate static let tab = UInt8(ascii: "\t")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let hash = UInt8(ascii: "#")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let quote = UInt8(ascii: "'")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// a-z, A-Z
    fileprivate var isASCIILetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) && self < 0x80
    }
    /// A letter, an underscore or any byte above ASCII.
    fileprivate var beginsName: Bool {
        isASCIILetter || self == UInt8(ascii: "_") || self >= 0x80
    }
}
