/// Reads values that consist of several items.
enum ListSyntax {
    /// Items between separators, without the blanks around them; empty ones are dropped.
    static func items(of text: String, separator: Character) -> [String] {
        text.split(separator: separator).map(trimmed).filter { !$0.isEmpty }
    }

    /// Items in which a backslash protects the next character from being a separator. The pair
    /// stays as it is, for the regular expression, except that `\'` becomes `'`. Not trimmed.
    static func escapedItems(of text: String, separator: Character) -> [String] {
        var items: [String] = []
        var item = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                item += character == "'" ? "'" : "\\\(character)"
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == separator {
                if !item.isEmpty { items.append(item) }
                item = ""
            } else {
                item.append(character)
            }
        }
        if isEscaped { item.append("\\") }
        if !item.isEmpty { items.append(item) }
        return items
    }

    /// `log_destination`: stderr and/or syslog, each once.
    static func destinations(_ text: String, as name: String) throws(ValueProblem) -> [String] {
        var destinations: [String] = []
        for item in items(of: text, separator: ",") {
            let word = item.lowercased()
            guard word == "stderr" || word == "syslog" else {
                throw ValueProblem(
                    message: "invalid configuration for \"\(name)\"",
                    detail: "unknown destination :\(item)",
                    hint: "Write stderr, syslog, or both with a comma between them.")
            }
            if !destinations.contains(word) { destinations.append(word) }
        }
        return destinations
    }

    /// `backend_flagN`
    static func flags(_ text: String, as name: String) throws(ValueProblem) -> BackendFlags {
        var flags = BackendFlags()
        var allows = false
        for word in items(of: text, separator: "|") {
            switch word {
            case "ALLOW_TO_FAILOVER": allows = true
            case "DISALLOW_TO_FAILOVER": flags.disallowsFailover = true
            case "ALWAYS_PRIMARY": flags.isAlwaysPrimary = true
            default:
                throw .configuration(
                    name, "unknown backend flag:\(word)",
                    word == "ALWAYS_MASTER"
                        ? "ALWAYS_MASTER is called ALWAYS_PRIMARY since Pgpool-II 4.2."
                        : """
                        Write ALLOW_TO_FAILOVER or DISALLOW_TO_FAILOVER (upper case), and \
                        ALWAYS_PRIMARY if needed, joined with |.
                        """)
            }
        }
        if allows && flags.disallowsFailover {
            throw .configuration(
                name, "cannot set ALLOW_TO_FAILOVER and DISALLOW_TO_FAILOVER at the same time",
                "Keep one of the two.")
        }
        return flags
    }

    /// Redirect lists: `pattern:node(ratio)`, separated by commas.
    static func redirects(
        _ text: String, _ subject: RedirectSubject, as name: String
    ) throws(ValueProblem) -> [RedirectPreference] {
        var preferences: [RedirectPreference] = []
        for item in items(of: text, separator: ",") {
            guard let colon = item.lastIndex(of: ":"),
                let (target, ratio) = redirectTarget(trimmed(item[item.index(after: colon)...]))
            else {
                throw .configuration(
                    name, "wrong redirect \(subject.nodeErrorSubject) node spec: \"\(item)\"",
                    """
                    Write pattern:node or pattern:node(ratio); node is primary, standby or a node \
                    id from 0 to 127, ratio a number from 0 to 1.
                    """)
            }
            let pattern = trimmed(item[..<colon])
            guard !pattern.isEmpty else {
                throw .configuration(
                    name,
                    "wrong redirect \(subject.patternErrorSubject) regular expression: \"\(item)\"",
                    "Write a pattern before the colon; .* matches everything.")
            }
            preferences.append(RedirectPreference(pattern: pattern, target: target, ratio: ratio))
        }
        return preferences
    }

    private static func redirectTarget(
        _ text: String
    ) -> (target: RedirectPreference.Target, ratio: Double)? {
        var node = text
        var ratio = 1.0
        if let open = text.firstIndex(of: "(") {
            guard text.hasSuffix(")") else { return nil }
            let digits = trimmed(text[text.index(after: open)...].dropLast())
            guard digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") }),
                let value = Double(digits), (0...1).contains(value)
            else { return nil }
            ratio = value
            node = trimmed(text[..<open])
        }
        switch node.lowercased() {
        case "primary": return (.primary, ratio)
        case "standby": return (.standby, ratio)
        default:
            guard !node.isEmpty, node.utf8.allSatisfy(\.isDigit), let id = Int(node),
                (0...Settings.backendIndexMax).contains(id)
            else { return nil }
            return (.node(id), ratio)
        }
    }

    /// `dml_adaptive_object_relationship_list`: `object:dependent`, separated by commas.
    static func dependencies(
        _ text: String, as name: String
    ) throws(ValueProblem) -> [ObjectDependency] {
        var dependencies: [ObjectDependency] = []
        for item in items(of: text, separator: ",") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(trimmed)
            guard parts.count == 2, let object = parts.first, let dependent = parts.last,
                !object.isEmpty, !dependent.isEmpty
            else {
                throw .configuration(
                    name, "wrong object relationship: \"\(item)\"",
                    "Write object:dependent, a function as name(), as in sales():sales_summary.")
            }
            dependencies.append(ObjectDependency(object: object, dependent: dependent))
        }
        return dependencies
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isBlank == true { text.removeFirst() }
        while text.last?.isBlank == true { text.removeLast() }
        return String(text)
    }

    private static func trimmed(_ text: String) -> String { trimmed(text[...]) }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}

extension ValueProblem {
    /// The message for a value whose parts contradict its grammar.
    fileprivate static func configuration(
        _ name: String, _ detail: String, _ hint: String
    ) -> ValueProblem {
        ValueProblem(
            message: "invalid configuration for key \"\(name)\"", detail: detail, hint: hint)
    }
}
