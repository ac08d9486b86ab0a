/// Reads whole numbers with a unit: `10`, `0777`, `0x1F`, `64MB`, `'1.5 h'`.
///
/// The base is that of C (leading 0 octal, 0x hexadecimal). A fraction or an exponent makes it a
/// floating point number, rounded after the unit is applied.
struct NumberSyntax {
    private let name: String
    private let range: ClosedRange<Int64>
    private let zeroMeansUnset: Bool
    private let isOctal: Bool
    /// Accepted units with their size in the smallest one; empty = no unit allowed.
    private let units: [(symbol: String, size: Int64)]
    /// Size of the parameter's own unit in the smallest one.
    private let ownSize: Int64
    private let unitHint: String?

    private static let timeUnits: [(symbol: String, size: Int64)] = [
        ("us", 1), ("ms", 1000), ("s", 1_000_000), ("min", 60_000_000), ("h", 3_600_000_000),
        ("d", 86_400_000_000),
    ]
    private static let memoryUnits: [(symbol: String, size: Int64)] = [
        ("B", 1), ("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40),
    ]

    init(_ kind: ParameterKind, name: String) {
        self.name = name
        var zeroMeansUnset = false
        var isOctal = false
        switch kind {
        case .memory(let unit, let range):
            (self.range, units, ownSize) = (range, Self.memoryUnits, unit.byteCount)
            unitHint =
                "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
        case .time(let unit, let range):
            (self.range, units, ownSize) = (range, Self.timeUnits, unit.microseconds)
            unitHint =
                "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
        case .integer(let range, let zero):
            (self.range, units, ownSize, unitHint) = (range, [], 1, nil)
            zeroMeansUnset = zero
        case .octal(let range, _):
            (self.range, units, ownSize, unitHint) = (range, [], 1, nil)
            isOctal = true
        default:
            (range, units, ownSize, unitHint) = (.int32(), [], 1, nil)
        }
        self.zeroMeansUnset = zeroMeansUnset
        self.isOctal = isOctal
    }

    func parse(_ text: String) throws(ValueProblem) -> ParsedValue {
        guard let (number, tail) = Self.scan(text) else {
            throw .invalid(text, for: name, hint: unitHint ?? rangeHint)
        }
        var rest = tail
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        var size = ownSize
        if !rest.isEmpty {
            guard let unit = units.first(where: { $0.symbol == rest }) else {
                throw .invalid(text, for: name, hint: unitHint ?? rangeHint)
            }
            size = unit.size
        }
        guard let value = scaled(number, from: size), range.upperBound > .max32 || value.fitsInt32
        else {
            throw .invalid(text, for: name, hint: "Value exceeds allowed range.")
        }
        guard range.contains(value) || (zeroMeansUnset && value == 0) else {
            throw ValueProblem(
                message: """
                    \(value) is outside the valid range for parameter "\(name)" \
                    (\(range.lowerBound) .. \(range.upperBound))
                    """,
                hint: isOctal ? "A leading 0 makes the number octal, as in 0777." : nil)
        }
        return ParsedValue(value: .integer(value), caution: caution(number, value, text))
    }

    private var rangeHint: String {
        "Write a whole number from \(range.lowerBound) to \(range.upperBound) without a unit."
    }

    private func caution(_ number: Number, _ value: Int64, _ text: String) -> String? {
        if value == 0, !number.isZero {
            return "\"\(text)\" for parameter \"\(name)\" is rounded to 0"
        }
        if isOctal, value > 0o777 {
            return "\"\(text)\" for parameter \"\(name)\" is octal "
                + "\(String(value, radix: 8)): permissions are usually written with a leading 0"
        }
        return nil
    }

    /// The number in the parameter's own unit, nil if it does not fit.
    private func scaled(_ number: Number, from size: Int64) -> Int64? {
        if case .whole(let value) = number, size >= ownSize {
            let (product, overflow) = value.multipliedReportingOverflow(by: size / ownSize)
            return overflow ? nil : product
        }
        let value = number.real * Double(size) / Double(ownSize)
        return Int64(exactly: value.rounded())
    }

    private enum Number {
        case whole(Int64)
        case fractional(Double)

        var real: Double {
            switch self {
            case .whole(let value): Double(value)
            case .fractional(let value): value
            }
        }
        var isZero: Bool { real == 0 }
    }

    /// Splits a text into its number and what follows; nil if it does not begin with a number.
    private static func scan(_ text: String) -> (Number, rest: String)? {
        let bytes = Array(text.utf8)
        var position = 0
        func peek(_ offset: Int = 0) -> UInt8 {
            position + offset < bytes.count ? bytes[position + offset] : 0
        }
        func skipBlanks() { while peek() == UInt8(ascii: " ") || peek() == 9 { position += 1 } }
        func digits() -> String {
            let start = position
            while peek().isDigit { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        func rest() -> String { String(decoding: bytes[position...], as: UTF8.self) }

        skipBlanks()
        var sign = ""
        if peek() == UInt8(ascii: "-") || peek() == UInt8(ascii: "+") {
            sign = peek() == UInt8(ascii: "-") ? "-" : ""
            position += 1
        }
        if peek() == UInt8(ascii: "0"), peek(1) | 0x20 == UInt8(ascii: "x"), peek(2).isHexDigit {
            position += 2
            let start = position
            while peek().isHexDigit { position += 1 }
            let hex = String(decoding: bytes[start..<position], as: UTF8.self)
            return whole(sign + hex, radix: 16).map { number in
                skipBlanks()
                return (number, rest())
            }
        }
        let whole = digits()
        var fraction = ""
        var isReal = false
        if peek() == UInt8(ascii: ".") {
            position += 1
            fraction = digits()
            isReal = true
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
        var exponent = ""
        if peek() | 0x20 == UInt8(ascii: "e") {
            let signed = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
            if peek(signed ? 2 : 1).isDigit {
                let minus = peek(1) == UInt8(ascii: "-")
                position += signed ? 2 : 1
                exponent = "e" + (minus ? "-" : "") + digits()
                isReal = true
            }
        }
        let number: Number?
        if isReal {
            number = Double(
                "\(sign)\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)\(exponent)"
            )
            .map { .fractional($0) }
        } else {
            number = self.whole(sign + whole, radix: whole.hasPrefix("0") ? 8 : 10)
        }
        guard let number else { return nil }
        skipBlanks()
        return (number, rest())
    }

    /// Digits that do not fit 64 bits become a floating point number, which `scaled` refuses.
    private static func whole(_ digits: String, radix: Int) -> Number? {
        if let value = Int64(digits, radix: radix) { return .whole(value) }
        let isValid = digits.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0.isDigit(radix: radix) }
        return isValid ? .fractional(.infinity) : nil
    }
}

extension Int64 {
    fileprivate var fitsInt32: Bool { Int32(exactly: self) != nil }
}

extension UInt8 {
    /// 0-9
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    /// 0-9, a-f, A-F
    var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
    /// A digit of base 8, 10 or 16.
    fileprivate func isDigit(radix: Int) -> Bool {
        radix == 16 ? isHexDigit : isDigit && self < UInt8(ascii: "0") &+ UInt8(radix)
    }
}
