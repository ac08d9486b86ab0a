internal import Operations
internal import PostgresWire
internal import SQLSyntax

/// What a statement came to that the proxy answers itself.
enum PoolerAnswer: Equatable, Sendable {
    case table(ReportTable)
    /// The tag of a command without rows, and a notice before it.
    case done(String, notice: ServerReport? = nil)
    case failed(ServerReport)
}

/// What rows such a statement will give.
enum PoolerColumns: Equatable, Sendable {
    case named([String])
    case none
    case failed(ServerReport)
}

extension PoolerAnswer {
    /// Writes the answer to a statement of a simple Query. False where it was an error, which ends
    /// the Query.
    func write(to writer: inout WireWriter) -> Bool {
        switch self {
        case .table(let table):
            writer.rowDescription(table.columns, type: .unspecified)
            for row in table.rows { writer.dataRow(row) }
            writer.commandComplete("SELECT \(table.rows.count)")
        case .done(let tag, let notice):
            if let notice { writer.report(notice) }
            writer.commandComplete(tag)
        case .failed(let report):
            writer.report(report)
            return false
        }
        return true
    }
}

extension ServerReport {
    /// As PostgreSQL answers in a transaction that failed.
    static let transactionFailed = ServerReport(
        .error, SQLState("25P02"),
        "current transaction is aborted, commands ignored until end of transaction block")

    /// A message that holds statements for the proxy and for a server: nothing of it runs.
    static let cannotCombine = ServerReport(
        .error, .featureNotSupported,
        "SHOW pool_... and PGPOOL statements cannot be combined with other statements in one "
            + "message",
        hint: "Send them one by one.")
}

extension PoolerCommand {
    /// Whether the answer is about all sessions and so has to be gathered.
    var needsSessions: Bool {
        switch self {
        case .report(.processes), .report(.pools): true
        case .report, .show, .showAll, .set, .reset, .resetAll, .deleteCached: false
        }
    }
}
