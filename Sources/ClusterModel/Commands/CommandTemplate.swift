/// The text of a user's command with its placeholders, as Pgpool-II expands it.
///
/// Nothing is quoted: `Settings` refuses values that the shell would not take as they are. `%d`,
/// `%p` and `%m` bring a blank along, which scripts that were written for it count on.
public struct CommandTemplate: Equatable, Sendable {
    /// As it stands in the file.
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Whether there is nothing to run.
    public var isEmpty: Bool { text.allSatisfy(\.isWhitespace) }

    /// The command for the shell. Letters without a meaning vanish, as does a `%` at the end.
    public func expanded(for facts: CommandFacts) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count * 2)
        var isPlaceholder = false
        for scalar in text.unicodeScalars {
            if isPlaceholder {
                result += Self.value(of: scalar, facts)
                isPlaceholder = false
            } else if scalar == "%" {
                isPlaceholder = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func value(of letter: Unicode.Scalar, _ facts: CommandFacts) -> String {
        switch letter {
        case "d": " \(facts.node.id)"
        case "h": facts.node.host
        case "p": " \(facts.node.port)"
        case "D": facts.node.dataDirectory
        case "m": " \(number(facts.successor?.id))"
        case "H": facts.successor?.host ?? emptyWord
        case "r": facts.successor.map { "\($0.port)" } ?? emptyWord
        case "R": facts.successor?.dataDirectory ?? emptyWord
        case "M": number(facts.predecessor)
        case "P": number(facts.oldPrimary?.id)
        case "N": facts.oldPrimary?.host ?? emptyWord
        case "S": facts.oldPrimary.map { "\($0.port)" } ?? emptyWord
        case "%": "%"
        default: ""
        }
    }

    /// What keeps an argument in its place where there is no such node.
    private static let emptyWord = "\"\""

    private static func number(_ id: Int?) -> String { "\(id ?? -1)" }
}
