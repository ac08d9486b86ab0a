/// PostgreSQL's character classes (src/backend/parser/scan.l), as tests on one byte.
enum ByteClass {
    /// Space, tab, LF, CR, FF, and VT (PostgreSQL 16; older servers refuse the text).
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte &- 0x09 <= 0x0D - 0x09
    }

    @inline(__always)
    static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

    @inline(__always)
    static func isNameStart(_ byte: UInt8) -> Bool {
        Self.isLetter(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    @inline(__always)
    static func isNamePart(_ byte: UInt8) -> Bool {
        // Letters first: they are most of any text.
        Self.isLetter(byte) || byte >= 0x80 || Self.isDigit(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }

    /// `~ ! @ # ^ & | ` ? + - * / % < > =`
    @inline(__always)
    static func isOperator(_ byte: UInt8) -> Bool {
        Self.isIn(byte, Self.operatorLow, Self.operatorHigh)
    }

    /// Operator characters that no SQL operator has: one of them lets an operator end in + or -.
    @inline(__always)
    static func isUncommonOperator(_ byte: UInt8) -> Bool {
        Self.isOperator(byte)
            && !Self.isIn(byte, Self.commonOperatorLow, Self.commonOperatorHigh)
    }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") <= 25
    }

    @inline(__always)
    static func isHexDigit(_ byte: UInt8) -> Bool {
        Self.isDigit(byte)
            || ((byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "f"))
    }

    /// What a hexadecimal digit stands for.
    @inline(__always)
    static func hexadecimal(_ digit: UInt8) -> Int {
        Int(Self.isDigit(digit) ? digit & 0x0F : (digit & 0x0F) &+ 9)
    }

    // One bit for each ASCII character: the low word holds 0-63, the high word 64-127.
    private static let operatorLow: UInt64 = 0xF000_AC6A_0000_0000  // ! # % & * + - / < = > ?
    private static let operatorHigh: UInt64 = 0x5000_0001_4000_0001  // @ ^ ` | ~
    private static let commonOperatorLow: UInt64 = 0x7000_AC00_0000_0000  // * + - / < = >
    private static let commonOperatorHigh: UInt64 = 0

    @inline(__always)
    private static func isIn(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        guard byte < 0x80 else { return false }
        let word = byte < 0x40 ? low : high
        return (word &>> UInt64(byte & 0x3F)) & 1 == 1
    }
}
