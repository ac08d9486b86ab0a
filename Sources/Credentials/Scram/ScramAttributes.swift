/// Reads `x=value,y=value` from left to right (RFC 5802 section 7).
struct ScramAttributes {
    private(set) var rest: ArraySlice<UInt8>

    init(_ message: ArraySlice<UInt8>) { rest = message }

    /// Bytes that have not been read yet.
    var isAtEnd: Bool { rest.isEmpty }

    /// Takes the next attribute, whose name has to be `name`; nil if it is not there.
    mutating func take(_ name: Character) -> [UInt8]? {
        guard let letter = name.asciiValue, rest.first == letter else { return nil }
        return takeAny()?.value
    }

    /// Takes the next attribute whatever its name, which has to be one ASCII letter.
    mutating func takeAny() -> (name: UInt8, value: [UInt8])? {
        let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
        let item = rest[rest.startIndex..<end]
        guard let name = item.first, Self.isLetter(name),
            item.dropFirst().first == UInt8(ascii: "="), !item.contains(0)
        else { return nil }
        // A comma at the very end announces an attribute that is not there.
        let next = rest[end...].dropFirst()
        guard end == rest.endIndex || !next.isEmpty else { return nil }
        rest = next
        return (name, Array(item.dropFirst(2)))
    }

    /// Printable ASCII without the comma: what a nonce is made of.
    static func isNonce(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2C }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}

/// A decimal number without sign or leading zero, at most nine digits; nil for anything else.
func parseIterationCount(_ digits: some Collection<UInt8>) -> Int? {
    guard let first = digits.first, first != UInt8(ascii: "0"), digits.count <= 9 else {
        return nil
    }
    var number = 0
    for digit in digits {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
}
