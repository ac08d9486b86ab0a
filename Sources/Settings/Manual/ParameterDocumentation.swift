/// The manual page of the parameters and the sample file, made from the table.
public enum ParameterDocumentation {
    /// Documentation/parameters.md
    public static func markdown() -> String {
        var text = introduction
        for group in ParameterTable.groups {
            text += "\n## \(group.title)\n"
            for row in group.rows { text += section(row) }
        }
        return text + historicNames()
    }

    private static let introduction = """
        # Parameters

        This page and `pgpool.conf.sample` are generated from the table in the code. A parameter
        stands in `pgpool.conf` as `name = value`; `trunkline check -f FILE` says what is wrong with
        a file. An environment variable `TRUNKLINE_NAME` (the name in upper case) overrides the file.

        Change at *start*: a restart is needed. *reload*: `trunkline reload` is enough. *session*: as
        reload, and a session may set it for itself with `PGPOOL SET`.
        "N" at the end of a name stands for the number of a node.

        """

    private static func section(_ row: Parameter) -> String {
        var facts = [
            "type \(row.kind.title)",
            "default \(defaultText(row))",
        ]
        if let values = row.kind.allowedValues { facts.append(values) }
        facts.append("change at \(row.reload == .startup ? "start" : row.reload.rawValue)")
        facts.append(
            row.since == Parameter.ownRelease
                ? "Trunkline only" : "Pgpool-II \(row.since.replacingLessOrEqual)")
        let suffix = row.suffix == .none ? "" : "N"
        return """

            ### \(row.name)\(suffix)

            \(row.help)
            \(explanation(row))\(suffixNote(row))\(statusNote(row))
            \(facts.joined(separator: "; ")).

            """
    }

    private static func explanation(_ row: Parameter) -> String {
        row.explanation.isEmpty ? "" : "\n\(row.explanation)\n\n"
    }

    private static func defaultText(_ row: Parameter) -> String { "`\(row.defaultText)`" }

    private static func suffixNote(_ row: Parameter) -> String {
        switch row.suffix {
        case .none: ""
        case .required(let max): "N is 0 to \(max).\n"
        case .optional(let max):
            "N is 0 to \(max); without N the value is that of every node without its own.\n"
        }
    }

    private static func statusNote(_ row: Parameter) -> String {
        switch row.status {
        case .active(let reader): "Read by: \(reader.rawValue).\n"
        case .inactive(.warn): "**No effect in this version**: named in a warning at start.\n"
        case .inactive(.withoutMeaning):
            "**No effect**: there is nothing like it in Trunkline; named in a warning at start.\n"
        case .inactive(.warnTogetherWith(let name)):
            "**No effect in this version**: `\(name)` does not act yet.\n"
        case .inactive(.refuse(let reason)):
            """
            **Not in this version**: any value but the default is refused at start, because \
            \(reason).\n
            """
        case .inactive(.refuseWords(let words, let reason, let reader)):
            """
            Read by: \(reader.rawValue). **Not in this version**: \
            \(words.map { "`\($0)`" }.joined(separator: ", ")); refused at start, because \
            \(reason).\n
            """
        }
    }

    private static func historicNames() -> String {
        var text = """

            ## Old names

            Names of earlier releases, each with what happens when a file still has it. There is
            always a warning.

            | name | what happens |
            | --- | --- |

            """
        for entry in HistoricName.all {
            text += "| `\(entry.name)\(entry.isNumbered ? "N" : "")` | \(treatment(entry)) |\n"
        }
        return text
    }

    private static func treatment(_ entry: HistoricName) -> String {
        switch entry.treatment {
        case .alias(let name): "Taken for `\(name)`."
        case .rename(let name): "Taken for `\(name)`, unless that is set as well."
        case .dropped(let hint): "No effect. \(hint.escapedForTable)"
        case .droppedUnlessOff(let hint, let reason):
            "Off: no effect. On: refused, because \(reason). \(hint.escapedForTable)"
        case .droppedUnlessWords(let words, let hint, let reason):
            """
            No effect; \(words.joined(separator: ", ")): refused, because \(reason). \
            \(hint.escapedForTable)
            """
        }
    }

    /// Documentation/pgpool.conf.sample: every parameter with its default, commented out.
    public static func sampleFile() -> String {
        var text = """
            # Trunkline configuration file, also read by Pgpool-II
            #
            # Lines have the form "name = value"; '#' begins a comment. Values with blanks or signs
            # stand in single quotes. A line that begins with '#name' shows the default, or an
            # example where each node needs its own value. Marked (restart) are values that a reload
            # does not change. A 0 at the end of a name is the number of a node.

            """
        for group in ParameterTable.groups {
            let bar = String(repeating: "-", count: 78)
            text += "\n#\(bar)\n# \(group.title.uppercased())\n#\(bar)\n"
            for row in group.rows { text += sample(row) }
        }
        return text
    }

    private static func sample(_ row: Parameter) -> String {
        let value = row.kind.fileText(row.example)
        let name = row.suffix == .none ? row.name : row.fullName(0)
        var note = row.help
        if case .choice(let words, _) = row.kind {
            note += " One of: \(words.joined(separator: ", "))."
        }
        if row.reload == .startup { note += " (restart)" }
        let lines = note.wrapped(width: 72).map { "    # \($0)\n" }.joined()
        return "\n#\(name) = \(value)\n\(lines)"
    }
}

extension Parameter {
    /// The default, or for what a node must say for itself something that could stand there.
    fileprivate var example: ParameterValue {
        switch name {
        case "backend_hostname": .text("localhost")
        case "backend_data_directory": .text("/var/lib/postgresql/data")
        case "backend_port": .integer(5432)
        case "backend_weight": .real(1)
        case "wd_port": .integer(9000)
        case "pgpool_port": .integer(9999)
        case "heartbeat_port": .integer(9694)
        default: defaultValue
        }
    }
}

extension ParameterKind {
    /// The type in a word.
    fileprivate var title: String {
        switch self {
        case .boolean: "boolean"
        case .integer: "integer"
        case .octal: "file mode"
        case .memory(.bytes, _): "size (bare number: bytes)"
        case .memory(.kilobytes, _): "size (bare number: kB)"
        case .time(let unit, _): "time (bare number: \(unit.symbol))"
        case .timeOrNever(let unit, _): "time (bare number: \(unit.symbol)) or `never`"
        case .real: "number"
        case .choice: "word"
        case .text, .secret: "text"
        case .path: "file name"
        case .list(let separator, _): "list (separator `\(separator)`)"
        case .destinations: "list (separator `,`)"
        case .flags: "words joined with `|`"
        case .redirects: "list of `pattern:node(ratio)` (separator `,`)"
        case .dependencies: "list of `object:dependent` (separator `,`)"
        }
    }

    /// Range or words, nil if anything goes.
    fileprivate var allowedValues: String? {
        switch self {
        case .integer(let range, let zeroMeansUnset):
            "range \(range.lowerBound) to \(range.upperBound)\(zeroMeansUnset ? " or 0 (unset)" : "")"
        case .octal(let range, _):
            "range 0 to 0\(String(range.upperBound, radix: 8))"
        case .memory(_, let range), .time(_, let range):
            "range \(range.lowerBound) to \(range.upperBound)"
        case .real(let range):
            "range \(fileText(.real(range.lowerBound))) to \(fileText(.real(range.upperBound)))"
        case .choice(let words, _):
            "one of \(words.map { "`\($0)`" }.joined(separator: ", "))"
        case .destinations: "`stderr`, `syslog`"
        case .flags: "`ALLOW_TO_FAILOVER` or `DISALLOW_TO_FAILOVER`, `ALWAYS_PRIMARY`"
        default: nil
        }
    }
}

extension String {
    /// Lines of at most `width` characters, broken at blanks.
    fileprivate func wrapped(width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// "<=1.0" in words.
    fileprivate var replacingLessOrEqual: String {
        hasPrefix("<=") ? "\(dropFirst(2)) or earlier" : self
    }

    /// A bar would end the table cell.
    fileprivate var escapedForTable: String {
        split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
