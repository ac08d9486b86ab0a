import SQLSyntax

/// What SQLSyntax says of one text, held against what PostgreSQL's parser says.
struct Comparison {
    /// Where the two do not agree, or SQLSyntax promises too much.
    struct Finding: Sendable {
        enum Kind: String, Sendable, CaseIterable {
            case refused = "refuses what PostgreSQL accepts"
            case boundaries = "cuts statements elsewhere"
            case takenForRead = "takes for a read what may write"
            case table = "does not name a table"
            case call = "does not name a call"
            case command = "understands another session command"
            case extraWrite = "names a table as written or locked that is not"
        }

        var kind: Kind
        var sql: String
        var details: String
    }

    private(set) var findings: [Finding] = []
    private let sql: String
    /// Written and locked tables must be the same, not only among those named.
    private let isExact: Bool

    init(_ sql: String, isExact: Bool) {
        self.sql = sql
        self.isExact = isExact
    }

    private mutating func report(_ kind: Finding.Kind, _ details: String) {
        self.findings.append(Finding(kind: kind, sql: self.sql, details: details))
    }

    /// The whole text, parsed without memory of others.
    mutating func message(_ parsed: ParsedMessage, _ expected: [Oracle.Statement]) {
        if let fault = parsed.fault { return self.report(.refused, "\(fault)") }
        guard parsed.statements.count == expected.count else {
            return self.report(
                .boundaries,
                "\(parsed.statements.map(\.range)), expected \(expected.map { $0.start..<$0.last })"
            )
        }
        var free = 0
        for (outline, statement) in zip(parsed.statements, expected) {
            // Blanks and comments around the statement may be taken or left.
            let isSame =
                (free...statement.start).contains(outline.range.lowerBound)
                && (statement.last...statement.end).contains(outline.range.upperBound)
            if !isSame {
                self.report(
                    .boundaries, "\(outline.range), expected \(statement.start..<statement.last)")
            }
            free = statement.end + 1
            self.effect(outline, statement)
            self.tables(outline, statement)
            self.calls(outline, statement)
            self.command(outline, statement)
        }
    }

    /// The analysis of the same text, which may come from the cache of texts of the same shape.
    mutating func analysis(_ analysis: StatementAnalysis, _ expected: [Oracle.Statement]) {
        let writes = expected.map(\.writes).max() ?? .no
        if writes > .no, analysis.isReadOnly { self.report(.takenForRead, "analysis: read only") }
        if writes >= .calls, analysis.effect <= .read {
            self.report(.takenForRead, "analysis: effect \(analysis.effect)")
        }
    }

    // MARK: - one statement

    private mutating func effect(_ outline: StatementOutline, _ statement: Oracle.Statement) {
        if statement.writes > .no, outline.isReadOnly {
            self.report(.takenForRead, "\(statement.kind) (\(statement.writes)): read only")
        }
        var effect = outline.effect
        if case .prepare(_, let prepared) = outline.command { effect = max(effect, prepared) }
        let leftOpen: StatementTraits = [.needsFacts, .runsUnseenCode, .inheritsNode, .isUnknown]
        let isSafe =
            switch statement.writes {
            case .no: true
            case .maybe: effect > .read || !outline.traits.isDisjoint(with: leftOpen)
            case .calls: effect > .read
            case .yes: effect == .write
            }
        if !isSafe {
            self.report(
                .takenForRead, "\(statement.kind) (\(statement.writes)): effect \(outline.effect)")
        }
    }

    private mutating func tables(_ outline: StatementOutline, _ statement: Oracle.Statement) {
        var named: [String: Set<Character>] = [:]
        for table in outline.tables {
            let mode: Character =
                switch table.mode {
                case .read: "r"
                case .write: "w"
                case .lock: "k"
                }
            named[Self.text([table.catalog, table.schema, table.name]), default: []].insert(mode)
        }
        var changed: Set<String> = []
        for table in statement.tables {
            let name = table.dropFirst().joined(separator: ".")
            let modes = named[name] ?? []
            if table[0] != "r" { changed.insert(name) }
            let isNamed =
                switch table[0] {
                case "w": modes.contains("w")
                case "k": modes.contains("k") || modes.contains("w")
                default: !modes.isEmpty
                }
            if !isNamed { self.report(.table, "\(statement.kind) \(table[0]):\(name)") }
        }
        guard self.isExact else { return }
        for (name, modes) in named where modes != ["r"] && !changed.contains(name) {
            self.report(.extraWrite, "\(statement.kind) \(name)")
        }
    }

    private mutating func calls(_ outline: StatementOutline, _ statement: Oracle.Statement) {
        var named: Set<String> = []
        for function in outline.functions {
            named.insert(Self.text([function.schema, function.name]))
            // PostgreSQL's own functions may be named without their schema.
            if function.schema == nil {
                named.insert("pg_catalog." + Self.text([function.name]))
            }
        }
        for function in statement.functions {
            let name = function.joined(separator: ".")
            let isNamed = named.contains(name) || named.contains(name.lowercased())
            if !isNamed { self.report(.call, "\(statement.kind) \(name)") }
        }
    }

    private mutating func command(_ outline: StatementOutline, _ statement: Oracle.Statement) {
        guard !statement.command.isEmpty else { return }
        let words = outline.command.words
        // A setting whose values are not compared has fewer words.
        let isSame =
            statement.command[0] == "setting"
            ? words.starts(with: statement.command) : words == statement.command
        if !isSame { self.report(.command, "\(words), expected \(statement.command)") }
    }

    /// A dotted name, each part cut where PostgreSQL cuts it.
    private static func text(_ parts: [[UInt8]?]) -> String {
        parts.compactMap { part in
            guard let part else { return nil }
            var length = min(part.count, 63)
            while length > 0, length < part.count, part[length] & 0xC0 == 0x80 { length -= 1 }
            return String(decoding: part.prefix(length), as: UTF8.self)
        }.joined(separator: ".")
    }
}

extension SessionCommand {
    /// The words that `commands.py` uses.
    fileprivate var words: [String] {
        switch self {
        case .none, .pooler: []
        case .transaction(let command): command.words
        case .settings(let changes):
            changes.first.map { change in
                ["setting", "\(change.scope)", Self.text(change.name)] + change.value.words
            } ?? []
        case .discard(let target): ["discard", "\(target)"]
        case .prepare(let name, _): ["prepare_statement", Self.text(name)]
        case .execute(let name): ["execute", Self.text(name)]
        case .deallocate(let name): ["deallocate", Self.text(name)]
        case .declareCursor(let name, let isHeld):
            ["declare", Self.text(name), isHeld ? "held" : "not held"]
        case .fetch(let name): ["fetch", Self.text(name)]
        case .closeCursor(let name): ["close", Self.text(name)]
        case .listen(let channel): ["listen", Self.text(channel)]
        case .unlisten(let channel): ["unlisten", Self.text(channel)]
        case .show(let name): ["show", Self.text(name)]
        }
    }

    fileprivate static func text(_ name: [UInt8]?) -> String {
        name.map { String(decoding: $0, as: UTF8.self) } ?? "*"
    }
}

extension TransactionCommand {
    fileprivate var words: [String] {
        switch self {
        case .begin(let modes): ["begin"] + modes.words
        case .commit(let isChained): ["commit", isChained ? "chained" : "ended"]
        case .rollback(let isChained): ["rollback", isChained ? "chained" : "ended"]
        case .savepoint(let name): ["savepoint", SessionCommand.text(name)]
        case .release(let name): ["release", SessionCommand.text(name)]
        case .rollbackTo(let name): ["rollback_to", SessionCommand.text(name)]
        case .set(let modes): ["set"] + modes.words
        case .prepare: ["prepare"]
        case .finishPrepared: ["finish_prepared"]
        }
    }
}

extension TransactionModes {
    fileprivate var words: [String] {
        let isolation =
            switch self.isolation {
            case nil: "-"
            case .readUncommitted: "read uncommitted"
            case .readCommitted: "read committed"
            case .repeatableRead: "repeatable read"
            case .serializable: "serializable"
            }
        return [isolation]
            + [self.isReadOnly, self.isDeferrable].map { flag in
                flag.map { $0 ? "yes" : "no" } ?? "-"
            }
    }
}

extension SettingChange.Value {
    fileprivate var words: [String] {
        switch self {
        case .items(let items): ["items"] + items.map { String(decoding: $0, as: UTF8.self) }
        case .whole(let text): ["whole", String(decoding: text, as: UTF8.self)]
        case .standard: ["standard"]
        case .current: ["current"]
        }
    }
}
