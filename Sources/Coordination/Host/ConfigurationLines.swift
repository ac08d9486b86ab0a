/// The lines of a file in the grammar of postgresql.conf, kept as they are but for those that are
/// replaced.
struct ConfigurationLines: Equatable {
    private(set) var lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
    }

    var text: String { lines.map { $0 + "\n" }.joined() }

    /// The value that counts, which is the last one; nil if there is none.
    func value(_ name: String) -> String? {
        lines.last { Self.name(of: $0) == name.lowercased() }.flatMap(Self.value)
    }

    /// Leaves out all lines of these settings and adds new ones at the end, which win.
    mutating func replace(_ settings: [(name: String, value: String)]) {
        let names = Set(settings.map { $0.name.lowercased() })
        lines.removeAll { Self.name(of: $0).map(names.contains) ?? false }
        lines += settings.map { "\($0.name) = \(Self.quoted($0.value))" }
    }

    /// A value as PostgreSQL reads it (src/backend/utils/misc/guc-file.l): in quotes, a quote and a
    /// backslash doubled.
    static func quoted(_ value: String) -> String {
        var result = "'".unicodeScalars
        for scalar in value.unicodeScalars {
            if scalar == "'" || scalar == "\\" { result.append(scalar) }
            result.append(scalar)
        }
        result.append("'")
        return String(result)
    }

    /// The name that a line sets, in small letters; nil for a comment or an empty line.
    private static func name(of line: String) -> String? {
        let rest = line.drop { $0 == " " || $0 == "\t" }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        return name.isEmpty ? nil : name.lowercased()
    }

    /// What a line sets its name to.
    private static func value(of line: String) -> String? {
        var rest = line.drop { $0 == " " || $0 == "\t" }
            .drop { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            .drop { $0 == " " || $0 == "\t" || $0 == "=" }
            .unicodeScalars[...]
        guard rest.first == "'" else {
            return String(Substring(rest.prefix { $0 != "#" && $0 != " " && $0 != "\t" }))
        }
        rest = rest.dropFirst()
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "'" {
                guard rest.first == "'" else { break }
                rest = rest.dropFirst()
            } else if scalar == "\\", let next = rest.popFirst() {
                value.append(next)
                continue
            }
            value.append(scalar)
        }
        return String(value)
    }
}
