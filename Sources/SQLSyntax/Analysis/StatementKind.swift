/// What a statement is, by its head. Values are stable only within one build.
public enum StatementKind: UInt8, BitwiseCopyable, Sendable, CaseIterable {
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
    case copyFrom
    case copyTo
    /// EXPLAIN: plans and runs nothing.
    case explain
    /// EXPLAIN ANALYZE: runs what it explains.
    case explainAnalyze
    case set
    /// SET TRANSACTION, and SET TRANSACTION SNAPSHOT.
    case setTransaction
    case setConstraints
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
    case vacuum
    case analyze
    case cluster
    case reindex
    case checkpoint
    case load
    case comment
    case grant
    case revoke
    case createTable
    /// CREATE TABLE ... AS, CREATE MATERIALIZED VIEW.
    case createTableAs
    case createView
    case createIndex
    /// CREATE FUNCTION, CREATE PROCEDURE.
    case createFunction
    case createRule
    case createTrigger
    case createSchema
    case createDatabase
    case drop
    case dropDatabase
    case alterTable
    /// ALTER ROLE ... SET, ALTER USER ... RESET.
    case alterRoleSet
    case alterSystem
    case refreshMaterializedView
    /// Everything else that changes a catalog.
    case ddl
    /// SHOW POOL_... and PGPOOL ...: for the proxy, not for a server.
    case pooler
    /// More than one statement in one text.
    case multiple
    /// A head that is not known: a typing error, another product's command, future syntax.
    case other
    /// A string, comment or quoted name that does not end: the server will refuse the text.
    case unterminated
    /// The text was cut at a limit, so its end was not seen.
    case tooLong

    /// Stable lower-case word for JSON output and logs.
    public var word: String {
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
        case .copyFrom: "copy_from"
        case .copyTo: "copy_to"
        case .explain: "explain"
        case .explainAnalyze: "explain_analyze"
        case .set: "set"
        case .setTransaction: "set_transaction"
        case .setConstraints: "set_constraints"
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
        case .vacuum: "vacuum"
        case .analyze: "analyze"
        case .cluster: "cluster"
        case .reindex: "reindex"
        case .checkpoint: "checkpoint"
        case .load: "load"
        case .comment: "comment"
        case .grant: "grant"
        case .revoke: "revoke"
        case .createTable: "create_table"
        case .createTableAs: "create_table_as"
        case .createView: "create_view"
        case .createIndex: "create_index"
        case .createFunction: "create_function"
        case .createRule: "create_rule"
        case .createTrigger: "create_trigger"
        case .createSchema: "create_schema"
        case .createDatabase: "create_database"
        case .drop: "drop"
        case .dropDatabase: "drop_database"
        case .alterTable: "alter_table"
        case .alterRoleSet: "alter_role_set"
        case .alterSystem: "alter_system"
        case .refreshMaterializedView: "refresh_matview"
        case .ddl: "ddl"
        case .pooler: "pooler"
        case .multiple: "multi"
        case .other: "other"
        case .unterminated: "error"
        case .tooLong: "too_long"
        }
    }
}
