/// Spelling bytes that came from outside so that a terminal or a JSON reader takes no harm. Total:
/// what is not UTF-8 becomes U+FFFD.
enum TextEscapes {
    /// A JSON string with its quotes (RFC 8259).
    static func json(_ bytes: [UInt8]) -> String {
        var result = "\""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                // Control characters must be escaped; the line separators end a line elsewhere.
                if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028
                    || scalar.value == 0x2029
                {
                    result += "\\u" + Self.fourDigits(scalar.value)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    /// One line for a terminal: line ends and tabs become spaces, other control characters `?`.
    static func singleLine(_ bytes: [UInt8]) -> String {
        var result = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: result += " "
            case 0..<0x20, 0x7F...0x9F: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func fourDigits(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
