import SQLSyntax

/// A statement that the sessions of the model send.
enum ModelStatement: Hashable, CustomStringConvertible {
    enum Modes: Hashable, CaseIterable {
        case none, readOnly, repeatableRead, repeatableReadOnly, serializable
    }

    case begin(Modes)
    case setReadOnly, setRepeatableRead
    case commit, commitAndChain, rollback
    case savepoint(String), release(String), rollbackTo(String)
    /// Of a row, by its key.
    case read(Int), write(Int)
    /// Of a relation that no standby has.
    case readUnlogged
    /// Whose answer belongs to the node.
    case readNode
    /// The time of the transaction.
    case readTime
    case declare, fetch
    /// Refused by standbys, and ties the session to its connection.
    case listen
    case defaultRepeatable, resetDefault
    case setLocal

    static let keys = 0..<2
    static let savepoints = ["a", "b"]

    static let all: [ModelStatement] =
        Modes.allCases.map { .begin($0) } + [
            .setReadOnly, .setRepeatableRead, .commit, .commitAndChain, .rollback, .readUnlogged,
            .readNode, .readTime, .declare, .fetch, .listen, .defaultRepeatable, .resetDefault,
            .setLocal,
        ] + savepoints.flatMap { [.savepoint($0), .release($0), .rollbackTo($0)] }
        + keys.flatMap { [.read($0), .write($0)] }

    /// What was replayed comes back as text.
    static let bySQL = Dictionary(uniqueKeysWithValues: all.map { ($0.sql, $0) })

    var description: String { self.sql }

    var sql: String {
        switch self {
        case .begin(.none): "BEGIN"
        case .begin(.readOnly): "BEGIN READ ONLY"
        case .begin(.repeatableRead): "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .begin(.repeatableReadOnly): "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        case .begin(.serializable): "BEGIN ISOLATION LEVEL SERIALIZABLE"
        case .setReadOnly: "SET TRANSACTION READ ONLY"
        case .setRepeatableRead: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        case .commit: "COMMIT"
        case .commitAndChain: "COMMIT AND CHAIN"
        case .rollback: "ROLLBACK"
        case .savepoint(let name): "SAVEPOINT \(name)"
        case .release(let name): "RELEASE \(name)"
        case .rollbackTo(let name): "ROLLBACK TO \(name)"
        case .read(let key): "SELECT v FROM t WHERE k = \(key)"
        case .write(let key): "UPDATE t SET v = nextval('s') WHERE k = \(key)"
        case .readUnlogged: "SELECT count(*) FROM u"
        case .readNode: "SELECT pg_is_in_recovery()"
        case .readTime: "SELECT now()"
        case .declare: "DECLARE c CURSOR FOR TABLE t"
        case .fetch: "FETCH c"
        case .listen: "LISTEN x"
        case .defaultRepeatable: "SET default_transaction_isolation = 'repeatable read'"
        case .resetDefault: "RESET default_transaction_isolation"
        case .setLocal: "SET LOCAL work_mem = '1MB'"
        }
    }

    var modes: TransactionModes? {
        switch self {
        case .begin(.none): TransactionModes()
        case .begin(.readOnly), .setReadOnly: TransactionModes(isReadOnly: true)
        case .begin(.repeatableRead), .setRepeatableRead:
            TransactionModes(isolation: .repeatableRead)
        case .begin(.repeatableReadOnly):
            TransactionModes(isolation: .repeatableRead, isReadOnly: true)
        case .begin(.serializable): TransactionModes(isolation: .serializable)
        default: nil
        }
    }

    var setting: SettingChange? {
        let isolation = Array("default_transaction_isolation".utf8)
        return switch self {
        case .defaultRepeatable:
            SettingChange(
                name: isolation, scope: .session, value: .items([Array("repeatable read".utf8)]))
        case .resetDefault: SettingChange(name: isolation, scope: .session, value: .standard)
        case .setLocal:
            SettingChange(
                name: Array("work_mem".utf8), scope: .transaction,
                value: .items([Array("1MB".utf8)]))
        default: nil
        }
    }

    /// What the real analysis says of each.
    private static let outlines = Dictionary(
        uniqueKeysWithValues: all.compactMap { statement in
            StatementParser.parse(Array(statement.sql.utf8).span).statements.first.map {
                (statement, $0)
            }
        })

    var outline: StatementOutline {
        Self.outlines[self]
            ?? StatementOutline(kind: .other, effect: .write, reason: .containsUnknownConstruct)
    }

    /// What the analysis makes of one message.
    static func analysis(_ message: [ModelStatement]) -> StatementAnalysis {
        let outlines = message.map(\.outline)
        return StatementAnalysis(
            kind: message.count == 1 ? outlines[0].kind : .multiple, reason: .plainRead,
            effect: outlines.map(\.effect).max() ?? .nothing,
            traits: outlines.reduce(into: []) { $0.formUnion($1.traits) },
            statementCount: UInt16(message.count), detail: StatementDetail(outlines))
    }
}
