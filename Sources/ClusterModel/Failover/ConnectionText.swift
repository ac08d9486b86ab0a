/// A `primary_conninfo`: where a standby streams from, in libpq's keyword form.
public struct ConnectionText: Equatable, Sendable {
    /// In the order in which they came; the last of a name counts.
    public private(set) var options: [(name: String, value: String)]

    public static func == (left: Self, right: Self) -> Bool {
        left.options.elementsEqual(right.options, by: ==)
    }

    /// Reads the keyword form (libpq, "Keyword/Value Connection Strings").
    ///
    /// - Returns: nil for a URI and for what libpq would not understand.
    public init?(_ text: String) {
        options = []
        var rest = Substring(text).unicodeScalars
        Self.skipSpace(&rest)
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && !Self.isSpace($0) }
            rest = rest.dropFirst(name.count)
            Self.skipSpace(&rest)
            guard !name.isEmpty, rest.first == "=", !name.contains(":") else { return nil }
            rest = rest.dropFirst()
            Self.skipSpace(&rest)
            guard let value = Self.takeValue(&rest) else { return nil }
            options.append((String(Substring(name)), value))
            Self.skipSpace(&rest)
        }
    }

    /// Single characters as C has them: a combining mark does not make a quote another character.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || (0x09...0x0D).contains(scalar.value)
    }

    private static func skipSpace(_ rest: inout Substring.UnicodeScalarView) {
        rest = rest.drop { isSpace($0) }
    }

    private static func takeValue(_ rest: inout Substring.UnicodeScalarView) -> String? {
        let isQuoted = rest.first == "'"
        if isQuoted { rest = rest.dropFirst() }
        var value = String.UnicodeScalarView()
        while let scalar = rest.first, isQuoted || !isSpace(scalar) {
            rest = rest.dropFirst()
            if isQuoted, scalar == "'" { return String(value) }
            guard scalar == "\\" else {
                value.append(scalar)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            value.append(escaped)
        }
        return isQuoted ? nil : String(value)
    }

    public func value(_ name: String) -> String? { options.last { $0.name == name }?.value }

    /// Replaces a value; nil leaves the option out.
    public mutating func set(_ name: String, _ value: String?) {
        let place = options.firstIndex { $0.name == name }
        options.removeAll { $0.name == name }
        guard let value else { return }
        options.insert((name, value), at: min(place ?? options.count, options.count))
    }

    /// The same options with another server.
    public func pointing(toHost host: String, port: Int) -> ConnectionText {
        var copy = self
        // An address, or a list of servers, would win over the host.
        copy.set("hostaddr", nil)
        copy.set("host", host)
        copy.set("port", "\(port)")
        return copy
    }

    public var text: String {
        options.map { "\($0.name)=\(Self.quoted($0.value))" }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { !isSpace($0) && $0 != "'" && $0 != "\\" }
        if isPlain { return value }
        var quoted = "'".unicodeScalars
        for scalar in value.unicodeScalars {
            if scalar == "'" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("'")
        return String(quoted)
    }
}
