import SQLSyntax

/// A statement that is to be replayed: one that changed settings, a savepoint, or one that changed
/// the modes of its transaction.
struct LoggedStatement: Sendable {
    let text: [UInt8]
    /// What of it no later statement has replaced.
    var changes: [SettingChange]
    /// Of the log when it joined; 0 inside a transaction.
    var version: UInt64 = 0
    /// The name, if it is a savepoint.
    let savepoint: [UInt8]?
    /// What its outcome depends on.
    let reads: SettingContext

    init(text: [UInt8], changes: [SettingChange] = [], savepoint: [UInt8]? = nil) {
        self.text = text
        self.changes = changes
        self.savepoint = savepoint
        var reads: SettingContext = []
        if !text.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) { reads = .reading }
        for change in changes {
            switch change.name {
            // Who may become whom is asked of the session's user; who may be that one, of the
            // user who logged in. RESET ALL asks for no privilege.
            case SettingName.role: reads.insert(.sessionAuthorization)
            case SettingName.sessionAuthorization, SettingName.all: break
            case _ where SettingContext(settingName: change.name).isEmpty: reads.insert(.identity)
            default: break
            }
        }
        self.reads = reads
    }

    /// It takes settings back and gives none.
    var onlyResets: Bool { self.changes.allSatisfy { $0.value == .standard } }

    /// Its text is read alike under all settings.
    var isPlain: Bool { self.reads.isDisjoint(with: .reading) }

    /// Estimate of its memory.
    var byteCount: Int {
        var count = 128 + self.text.count + (self.savepoint?.count ?? 0)
        for change in self.changes {
            count += 64 + change.name.count
            switch change.value {
            case .items(let items): for item in items { count += 32 + item.count }
            case .whole(let value): count += value.count
            case .standard, .current: break
            }
        }
        return count
    }
}

/// Statements in the order in which they are replayed, without those that a later one of the list
/// makes superfluous.
struct StatementList: Sendable {
    private(set) var items: [LoggedStatement] = []
    private(set) var byteCount = 0

    /// Adds a statement at the end, and takes out what it replaces back to the last savepoint.
    mutating func append(_ new: LoggedStatement) {
        if new.savepoint == nil, !new.changes.isEmpty { self.removeReplaced(by: new) }
        self.items.append(new)
        self.byteCount += new.byteCount
    }

    /// Keeps the first `count` statements.
    mutating func truncate(to count: Int) {
        for item in self.items[count...] { self.byteCount -= item.byteCount }
        self.items.removeSubrange(count...)
    }

    mutating func removeAll() {
        self.items = []
        self.byteCount = 0
    }

    /// Position of the innermost savepoint of a name.
    func savepoint(_ name: [UInt8]) -> Int? {
        self.items.lastIndex { $0.savepoint == name }
    }

    /// What the list gives a setting last; `.standard` if that was by resetting others with it.
    func value(of name: [UInt8]) -> SettingChange.Value? {
        for item in self.items.reversed() {
            guard let change = item.changes.last(where: { $0.decides(name) }) else { continue }
            return change.name == name ? change.value : .standard
        }
        return nil
    }

    /// A statement of the session would leave everything as it is: it says what the last one said
    /// of its setting, or resets what was never set. Applications that begin each request with the
    /// same SET would otherwise have it replayed everywhere, each time.
    func isRepeated(by new: LoggedStatement) -> Bool {
        guard new.changes.count == 1, let change = new.changes.first else { return false }
        let last = self.items.last { item in
            item.changes.contains { $0.decides(change.name) || change.decides($0.name) }
        }
        guard let last else { return change.value == .standard }
        return new.isPlain && last.text == new.text && change.name != SettingName.constraints
    }

    /// One walk from the end: like a compiler that drops assignments which nobody reads.
    private mutating func removeReplaced(by new: LoggedStatement) {
        var overwritten = Overwritten()
        overwritten.pass(new)
        var index = self.items.count
        while index > 0, self.items[index - 1].savepoint == nil {
            index -= 1
            guard self.items[index].changes.contains(where: { overwritten.covers($0, new) }) else {
                overwritten.pass(self.items[index])
                continue
            }
            var item = self.items[index]
            self.byteCount -= item.byteCount
            item.changes.removeAll { overwritten.covers($0, new) }
            if item.changes.isEmpty {
                self.items.remove(at: index)
            } else {
                self.byteCount += item.byteCount
                self.items[index] = item
                overwritten.pass(item)
            }
        }
    }
}

/// What of the context later statements write before any of them reads it.
private struct Overwritten {
    /// Written for the session, and so for the transaction as well.
    private var session: SettingContext = []
    private var transaction: SettingContext = []

    /// Goes on to what was before this statement.
    mutating func pass(_ statement: LoggedStatement) {
        for change in statement.changes {
            let written = SettingContext(settingName: change.name)
            if change.scope == .session { self.session.formUnion(written) }
            self.transaction.formUnion(written)
        }
        self.session.subtract(statement.reads)
        self.transaction.subtract(statement.reads)
    }

    func covers(_ change: SettingChange, _ new: LoggedStatement) -> Bool {
        let written = SettingContext(settingName: change.name)
        // RESET ALL counts as both: it writes ordinary settings as well.
        if written.isEmpty || change.name == SettingName.all {
            guard new.changes.contains(where: { $0.replaces(change) }) else { return false }
        }
        switch change.scope {
        case .session: return self.session.isSuperset(of: written)
        case .transaction: return self.transaction.isSuperset(of: written)
        }
    }
}
