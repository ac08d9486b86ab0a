public import SQLSyntax

/// What a session has SET, as the statements that did it: run on another server connection, they
/// bring it into the same state.
///
/// A statement joins when it has succeeded. Inside a transaction it waits for COMMIT, and leaves
/// with ROLLBACK or ROLLBACK TO. One whose settings were all replaced later is forgotten. Every
/// connection remembers the `version` that it has seen.
///
/// Nothing is allocated while nothing is set. The owner watches `byteCount`.
public struct SessionStateLog: Sendable {
    /// Rises with each change that outlives its transaction; 0 = nothing was ever set.
    public private(set) var version: UInt64 = 0
    private var session = StatementList()
    /// Of the open transaction, savepoints among them.
    private var transaction = StatementList()

    public init() {}

    /// Neither the session nor its open transaction has set anything, or set a savepoint.
    public var isEmpty: Bool { self.session.items.isEmpty && self.transaction.items.isEmpty }

    /// Memory of texts and names in bytes, estimated.
    public var byteCount: Int { self.session.byteCount + self.transaction.byteCount }

    /// The log has outgrown a limit: its owner should keep the session on the connection that has
    /// seen it all.
    public func isTooLarge(max: Int) -> Bool { self.byteCount > max }

    // MARK: What happened

    /// A statement that changes settings has succeeded.
    ///
    /// - Parameters:
    ///   - changes: empty for one that changes the modes of its transaction (SET TRANSACTION).
    ///   - text: the statement alone, without others of its message.
    ///   - inTransaction: a transaction block is open. Without one, what holds for the transaction
    ///     has gone with the statement.
    public mutating func applied(
        _ changes: [SettingChange], text: [UInt8], inTransaction: Bool
    ) {
        let statement = LoggedStatement(text: text, changes: changes)
        if inTransaction {
            self.transaction.append(statement)
        } else {
            self.join(statement)
        }
    }

    /// SAVEPOINT has succeeded.
    public mutating func savepoint(_ name: [UInt8], text: [UInt8]) {
        self.transaction.append(LoggedStatement(text: text, savepoint: name))
    }

    /// RELEASE has succeeded: the innermost savepoint of that name and those after it are gone, what
    /// was set after it stays.
    public mutating func release(_ name: [UInt8]) {
        guard let position = self.transaction.savepoint(name) else { return }
        let after = self.transaction.items[(position + 1)...].filter { $0.savepoint == nil }
        self.transaction.truncate(to: position)
        for statement in after { self.transaction.append(statement) }
    }

    /// ROLLBACK TO has succeeded: what came after the innermost savepoint of that name is gone, the
    /// savepoint is not.
    public mutating func rollback(to name: [UInt8]) {
        guard let position = self.transaction.savepoint(name) else { return }
        self.transaction.truncate(to: position + 1)
    }

    /// The transaction was committed, or prepared: its session settings stay.
    ///
    /// A COMMIT that PostgreSQL answers with ROLLBACK is `rolledBack()`.
    public mutating func committed() {
        let statements = self.transaction.items
        self.transaction.removeAll()
        for statement in statements { self.join(statement) }
    }

    /// The transaction was rolled back: all that it set is undone.
    public mutating func rolledBack() { self.transaction.removeAll() }

    /// DISCARD ALL has succeeded: all settings are as they were at the start, who the session is
    /// among them. The statement itself stays, for it does the same on the other connections, to
    /// more than settings; it must be a message of its own there.
    public mutating func discardedAll(text: [UInt8]) {
        self.session.removeAll()
        self.transaction.removeAll()
        self.version += 1
        var statement = LoggedStatement(
            text: text,
            changes: [
                SettingChange(
                    name: SettingName.sessionAuthorization, scope: .session, value: .standard),
                SettingChange(name: SettingName.all, scope: .session, value: .standard),
            ])
        statement.version = self.version
        self.session.append(statement)
    }

    // MARK: What to replay

    /// The statements that bring a connection outside a transaction from one version to the present
    /// one, in order, each a message of its own.
    ///
    /// - Parameter version: 0 for a connection that has seen nothing of the session.
    public func replay(from version: UInt64) -> [[UInt8]] {
        guard version < self.version else { return [] }
        guard version == 0 else {
            return self.session.items.filter { $0.version > version }.map(\.text)
        }
        // A fresh connection has nothing to take back.
        return self.session.items.drop { $0.onlyResets }.map(\.text)
    }

    /// The statements that bring a connection behind BEGIN into the state of the open transaction,
    /// in order: SET LOCAL, SET, SET TRANSACTION and SAVEPOINT, as far as they are in effect. What
    /// was rolled back or released is not repeated.
    public var transactionTexts: [[UInt8]] { self.transaction.items.map(\.text) }

    /// What the session has given a setting last, the open transaction included; nil = it never
    /// touched it. `.standard` where it was reset, by RESET ALL or DISCARD ALL as well.
    ///
    /// - Parameter name: as in `SettingChange`.
    public func value(of name: [UInt8]) -> SettingChange.Value? {
        self.transaction.value(of: name) ?? self.session.value(of: name)
    }

    /// What the session has given a setting last; see `value(of:)`.
    public func value(of name: StaticString) -> SettingChange.Value? {
        if self.isEmpty { return nil }
        return self.value(of: name.withUTF8Buffer { Array($0) })
    }

    // MARK: Joining

    /// Takes what outlives the transaction into the session's part.
    private mutating func join(_ statement: LoggedStatement) {
        var statement = statement
        statement.changes.removeAll { $0.scope == .transaction }
        guard !statement.changes.isEmpty, !self.session.isRepeated(by: statement) else { return }
        self.version += 1
        statement.version = self.version
        self.session.append(statement)
    }
}
