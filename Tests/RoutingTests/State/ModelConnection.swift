/// A server connection as far as its settings go, by PostgreSQL's rules: what is set in a
/// transaction or behind a savepoint is undone with it, SET LOCAL ends with the transaction, role
/// and `standard_conforming_strings` decide what later statements may do and mean.
struct ModelConnection {
    struct Refused: Error {}

    private struct Values: Equatable {
        /// Not at its default, as SHOW tells it.
        var visible: [String: String] = [:]
        /// What COMMIT leaves.
        var lasting: [String: String] = [:]
    }

    private var values = Values()
    private var beforeBegin: Values?
    private var savepoints: [(name: String, values: Values)] = []
    private(set) var isFailed = false

    var isInTransaction: Bool { self.beforeBegin != nil }
    var visible: [String: String] { self.values.visible }
    var lasting: [String: String] { self.values.lasting }
    var savepointNames: [String] { self.savepoints.map(\.name) }

    /// Runs one statement of the few that it knows; a failing one fails its transaction.
    mutating func run(_ text: String) throws(Refused) {
        do throws(Refused) {
            try self.attempt(text.split(separator: " ").map(String.init))
        } catch {
            self.isFailed = self.isInTransaction
            throw error
        }
    }

    private mutating func attempt(_ words: [String]) throws(Refused) {
        switch words.first {
        case "BEGIN":
            self.beforeBegin = self.values
        case "COMMIT":
            if self.isFailed { return self.rollback() }
            self.values.visible = self.values.lasting
            self.endTransaction()
        case "ROLLBACK" where words.count == 1:
            self.rollback()
        case "ROLLBACK":
            guard let position = self.savepoint(words[2]) else { throw Refused() }
            self.values = self.savepoints[position].values
            self.savepoints.removeSubrange((position + 1)...)
            self.isFailed = false
        case _ where self.isFailed:
            throw Refused()
        case "SAVEPOINT":
            guard self.isInTransaction else { throw Refused() }
            self.savepoints.append((words[1], self.values))
        case "RELEASE":
            guard let position = self.savepoint(words[1]) else { throw Refused() }
            self.savepoints.removeSubrange(position...)
        case "DISCARD":
            guard !self.isInTransaction else { throw Refused() }
            self.values = Values()
        case "RESET" where words[1] == "ALL":
            for name in self.values.visible.keys where Self.isResettable(name) {
                self.values.visible[name] = nil
            }
            for name in self.values.lasting.keys where Self.isResettable(name) {
                self.values.lasting[name] = nil
            }
        case "RESET":
            try self.set(words[1], nil, isLocal: false)
        case "SET" where words[1] == "LOCAL":
            try self.set(words[2], self.read(words[4]), isLocal: true)
        case "SET":
            try self.set(words[1], self.read(words[3]), isLocal: false)
        case "TWO":
            // SELECT set_config(a, ...), set_config(b, ...)
            try self.set(words[1], self.read(words[2]), isLocal: false)
            try self.set(words[3], self.read(words[4]), isLocal: false)
        default:
            throw Refused()
        }
        if !self.isInTransaction { self.values.visible = self.values.lasting }
    }

    private static func isResettable(_ name: String) -> Bool {
        !["role", "session_authorization", "transaction_read_only"].contains(name)
    }

    /// What a literal means depends on how its text is read.
    private func read(_ literal: String) -> String {
        guard literal.utf8.contains(where: { $0 >= 0x80 || $0 == UInt8(ascii: "\\") }) else {
            return literal
        }
        let strings = self.visible["standard_conforming_strings"] ?? "on"
        return "\(literal) read with \(strings), \(self.visible["client_encoding"] ?? "utf8")"
    }

    private mutating func set(_ name: String, _ value: String?, isLocal: Bool) throws(Refused) {
        let user = self.visible["session_authorization"] ?? "login"
        switch name {
        case "session_authorization":
            self.assign("role", nil, isLocal)
        case "role":
            // A user may become what is called after it, who logged in may become anybody.
            guard user == "login" || (value ?? user).hasPrefix(user) else { throw Refused() }
        case "privileged":
            guard (self.visible["role"] ?? user).hasSuffix("admin") else { throw Refused() }
        default:
            break
        }
        self.assign(name, value, isLocal || name == "transaction_read_only")
    }

    private mutating func assign(_ name: String, _ value: String?, _ isLocal: Bool) {
        self.values.visible[name] = value
        if !isLocal { self.values.lasting[name] = value }
    }

    private func savepoint(_ name: String) -> Int? {
        self.savepoints.lastIndex { $0.name == name }
    }

    private mutating func rollback() {
        if let before = self.beforeBegin { self.values = before }
        self.endTransaction()
    }

    private mutating func endTransaction() {
        self.beforeBegin = nil
        self.savepoints = []
        self.isFailed = false
    }
}
