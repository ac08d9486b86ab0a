/// What a statement is, by its head. Values are stable only within one build.
package enum StatementKind: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// Nothing but blanks, comments and semicolons.
    case empty
    /// SELECT without INTO, or WITH ... SELECT / VALUES / TABLE.
    case select
    /// SELECT ... INTO, which creates a table.
    case selectInto
    /// VALUES as a statement.
    case values
    /// TABLE name, shorthand for SELECT * FROM name.
    case table
    case show
    /// BEGIN, and START TRANSACTION.
    case begin
    case startTransaction
    /// COMMIT, END.
    case commit
    /// ROLLBACK, ABORT; not ROLLBACK TO.
    case rollback
    case savepoint
    case release
    case rollbackTo
    case prepareTransaction
    case commitPrepared
    case rollbackPrepared
    case insert
    case update
    case delete
    case merge
    case truncate
    case copy
    case explain
    case set
    case reset
    case discard
    case prepare
    case execute
    case deallocate
    case declare
    /// FETCH, MOVE.
    case fetch
    case close
    case listen
    case unlisten
    case notify
    case lock
    case call
    /// DO.
    case doBlock
    /// VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT.
    case maintenance
    case load
    /// CREATE, ALTER, DROP, GRANT, REVOKE, COMMENT and everything else that changes a catalog.
    case ddl
    /// More than one statement in one text.
    case multiple
    /// A head that is not known: a typing error, another product's command, future syntax.
    case other
    /// A string, comment or quoted name that does not end: the server will refuse the text.
    case unterminated
    /// The text was cut at a limit, so its end was not seen.
    case tooLong

    /// Stable lower-case word for JSON output and logs.
    package var word: String {
        switch self {
        case .empty: "empty"
        case .select, .table: "select"
        case .selectInto: "select_into"
        case .values: "values"
        case .show: "show"
        case .begin, .startTransaction: "begin"
        case .commit: "commit"
        case .rollback: "rollback"
        case .savepoint: "savepoint"
        case .release: "release"
        case .rollbackTo: "rollback_to"
        case .prepareTransaction: "prepare_xact"
        case .commitPrepared: "commit_prepared"
        case .rollbackPrepared: "rollback_prepared"
        case .insert: "insert"
        case .update: "update"
        case .delete: "delete"
        case .merge: "merge"
        case .truncate: "truncate"
        case .copy: "copy"
        case .explain: "explain"
        case .set: "set"
        case .reset: "reset"
        case .discard: "discard"
        case .prepare: "prepare"
        case .execute: "execute"
        case .deallocate: "deallocate"
        case .declare: "declare_cursor"
        case .fetch: "fetch"
        case .close: "close"
        case .listen: "listen"
        case .unlisten: "unlisten"
        case .notify: "notify"
        case .lock: "lock"
        case .call: "call"
        case .doBlock: "do"
        case .maintenance: "maintenance"
        case .load: "load"
        case .ddl: "ddl"
        case .multiple: "multi"
        case .other: "other"
        case .unterminated: "error"
        case .tooLong: "too_long"
        }
    }
}
