internal import SQLSyntax

/// The kinds of statements that Pgpool-II counts for each node.
enum StatementClass: UInt8, CaseIterable, Sendable {
    case select, insert, update, delete, ddl, other

    init(_ kind: StatementKind) {
        switch kind {
        case .select, .selectInto, .values, .table: self = .select
        case .insert: self = .insert
        case .update: self = .update
        case .delete: self = .delete
        case .ddl, .truncate: self = .ddl
        default: self = .other
        }
    }
}

/// The severities of errors that Pgpool-II counts for each node.
enum ErrorClass: UInt8, CaseIterable, Sendable {
    case panic, fatal, error

    /// By the word that a server sends untranslated.
    init?(severity: String) {
        switch severity {
        case "PANIC": self = .panic
        case "FATAL": self = .fatal
        case "ERROR": self = .error
        default: return nil
        }
    }
}
