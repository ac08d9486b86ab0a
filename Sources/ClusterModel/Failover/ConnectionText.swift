/// A `primary_conninfo`: where a standby streams from, in libpq's two forms.
package struct ConnectionText: Equatable, Sendable {
    /// In the order in which they came; the last of a name counts.
    package private(set) var options: [(name: String, value: String)]

    package static func == (left: Self, right: Self) -> Bool {
        left.options.elementsEqual(right.options, by: ==)
    }

    /// Reads the keyword form (libpq, "Keyword/Value Connection Strings").
    ///
    /// - Returns: nil for a URI and for what libpq would not understand.
    package init?(_ text: String) {
        options = []
        var rest = Substring(text)
        func skipSpace() { rest = rest.drop { $0.isWhitespace } }
        skipSpace()
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest.dropFirst(name.count)
            skipSpace()
            guard !name.isEmpty, rest.first == "=", !name.contains(":") else { return nil }
            rest = rest.dropFirst()
            skipSpace()
            var value = ""
            if rest.first == "'" {
                rest = rest.dropFirst()
                var isClosed = false
                while let character = rest.popFirst() {
                    if character == "'" {
                        isClosed = true
                        break
                    }
                    if character == "\\" {
                        guard let escaped = rest.popFirst() else { return nil }
                        value.append(escaped)
                    } else {
                        value.append(character)
                    }
                }
                guard isClosed else { return nil }
            } else {
                while let character = rest.first, !character.isWhitespace {
                    rest = rest.dropFirst()
                    if character == "\\" {
                        guard let escaped = rest.popFirst() else { return nil }
                        value.append(escaped)
                    } else {
                        value.append(character)
                    }
                }
            }
            options.append((String(name), value))
            skipSpace()
        }
    }

    package func value(_ name: String) -> String? { options.last { $0.name == name }?.value }

    /// Replaces a value; nil leaves the option out.
    package mutating func set(_ name: String, _ value: String?) {
        let place = options.firstIndex { $0.name == name }
        options.removeAll { $0.name == name }
        guard let value else { return }
        options.insert((name, value), at: min(place ?? options.count, options.count))
    }

    /// The same options with another server.
    package func pointing(toHost host: String, port: Int) -> ConnectionText {
        var copy = self
        // An address, or a list of servers, would win over the host.
        copy.set("hostaddr", nil)
        copy.set("host", host)
        copy.set("port", "\(port)")
        return copy
    }

    package var text: String {
        options.map { "\($0.name)=\(Self.quoted($0.value))" }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty && value.allSatisfy { !$0.isWhitespace && $0 != "'" && $0 != "\\" }
        if isPlain { return value }
        var quoted = "'"
        for character in value {
            if character == "'" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "'"
    }
}
