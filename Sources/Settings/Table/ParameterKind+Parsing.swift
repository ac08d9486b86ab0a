/// Why a text is not a value of a parameter, in the words of Pgpool-II plus what would be right.
public struct ValueProblem: Error, Equatable, Sendable {
    /// The message.
    public var message: String
    /// What exactly is wrong.
    public var detail: String?
    /// What would be right.
    public var hint: String?
}

/// A value and, if the text was accepted but may not mean what its author thinks, a caution.
struct ParsedValue {
    var value: ParameterValue
    var caution: String?
}

extension ParameterKind {
    /// Reads the text of a value; `name` is the parameter with its number, for messages.
    func parse(_ text: String, as name: String) throws(ValueProblem) -> ParsedValue {
        switch self {
        case .integer, .octal, .memory, .time:
            return try NumberSyntax(self, name: name).parse(text)
        case .timeOrNever(let unit, let range):
            if text.lowercased() == "never" { return ParsedValue(value: .integer(-1)) }
            return try NumberSyntax(.time(unit, range), name: name).parse(text)
        default:
            return ParsedValue(value: try parsePlain(text, as: name))
        }
    }

    private func parsePlain(_ text: String, as name: String) throws(ValueProblem) -> ParameterValue
    {
        switch self {
        case .boolean:
            return .boolean(try parseBoolean(text, as: name))
        case .real(let range):
            return .real(try parseReal(text, range, as: name))
        case .choice(let words, let hidden):
            let lowercased = text.lowercased()
            if let word = words.first(where: { $0.lowercased() == lowercased }) {
                return .text(word)
            }
            if let meaning = hidden[lowercased] { return .text(meaning) }
            throw .invalid(
                text, for: name, hint: "Available values: \(words.joined(separator: ", ")).")
        case .text, .path, .secret:
            return .text(text)
        case .list(let separator, let backslashEscapes):
            return .list(
                backslashEscapes
                    ? ListSyntax.escapedItems(of: text, separator: separator)
                    : ListSyntax.items(of: text, separator: separator))
        case .destinations:
            return .list(try ListSyntax.destinations(text, as: name))
        case .flags:
            return .flags(try ListSyntax.flags(text, as: name))
        case .redirects(let subject):
            return .redirects(try ListSyntax.redirects(text, subject, as: name))
        case .dependencies:
            return .dependencies(try ListSyntax.dependencies(text, as: name))
        case .integer, .octal, .memory, .time, .timeOrNever:
            throw .invalid(text, for: name)
        }
    }

    /// Any prefix of the six words that fits only one meaning, or 1 and 0.
    private func parseBoolean(_ text: String, as name: String) throws(ValueProblem) -> Bool {
        let word = text.lowercased()
        if word == "1" { return true }
        if word == "0" { return false }
        if !word.isEmpty, word != "o" {
            if ["true", "yes", "on"].contains(where: { $0.hasPrefix(word) }) { return true }
            if ["false", "no", "off"].contains(where: { $0.hasPrefix(word) }) { return false }
        }
        throw .invalid(text, for: name, hint: "Write on or off.")
    }

    private func parseReal(
        _ text: String, _ range: ClosedRange<Double>, as name: String
    ) throws(ValueProblem) -> Double {
        let bounds = "\(fixed(range.lowerBound)) .. \(fixed(range.upperBound))"
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard allowed, let value = Double(text), value.isFinite else {
            throw .invalid(text, for: name, hint: "Write a number in the range \(bounds).")
        }
        guard range.contains(value) else {
            throw ValueProblem(
                message:
                    "\(fixed(value)) is outside the valid range for parameter \"\(name)\" (\(bounds))"
            )
        }
        return value
    }
}

extension ValueProblem {
    /// The general message for a text that is no value of the parameter.
    static func invalid(
        _ text: String, for name: String, detail: String? = nil, hint: String? = nil
    ) -> ValueProblem {
        ValueProblem(
            message: "invalid value for parameter \"\(name)\": \"\(text)\"", detail: detail,
            hint: hint)
    }
}

/// `%f` of C: six digits after the point.
func fixed(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scaled = (abs(value) * 1_000_000).rounded()
    let whole = UInt64(scaled) / 1_000_000
    let fraction = String(UInt64(scaled) % 1_000_000)
    let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
    return "\(value < 0 ? "-" : "")\(whole).\(zeros)\(fraction)"
}
