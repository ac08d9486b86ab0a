import SQLSyntax
import Testing

/// The shared table of SQL texts, with the answers of PostgreSQL's own grammar.
@Suite struct SQLCaseTests {
    @Test("the table is read completely")
    func tableIsComplete() {
        #expect(SQLCase.all.count == 329)
    }

    @Test("every text is what the table says")
    func kinds() {
        for row in SQLCase.all {
            let message = ParsedMessage.of(row.sql, dialect: row.dialect)
            // What asks the proxy is nothing that PostgreSQL knows.
            let asksPooler = message.statements.contains { $0.kind == .pooler }
            guard !asksPooler else {
                #expect(row.kind == "error" || row.kind.hasPrefix("multi(show+"), "\(row)")
                continue
            }
            #expect(message.kindWord == row.kind, "\(row)")
        }
    }

    @Test("every text is read-only or not as the table says")
    func readOnly() {
        for row in SQLCase.all {
            let message = ParsedMessage.of(row.sql, dialect: row.dialect)
            #expect(message.isReadOnly == row.isReadOnly, "\(row)")
        }
    }

    @Test("what is written or locked is exact, and no relation or call is missed")
    func mentions() {
        for row in SQLCase.all {
            let message = ParsedMessage.of(row.sql, dialect: row.dialect)
            let read = Array("r:".utf8)
            let tables = message.tableWords
            #expect(
                tables.filter { !$0.starts(with: read) }
                    == row.tables.filter { !$0.starts(with: read) }, "\(row)")
            #expect(tables.isSuperset(of: row.tables), "\(row): \(tables)")
            #expect(
                message.functionWords.isSuperset(of: row.functions),
                "\(row): \(message.functionWords)")
        }
    }

    @Test("nothing is named that is not there, but where words cannot be told apart")
    func overreports() {
        var surplus: [String: Set<String>] = [:]
        for row in SQLCase.all {
            let message = ParsedMessage.of(row.sql, dialect: row.dialect)
            let extra = message.functionWords.subtracting(row.functions)
            if !extra.isEmpty { surplus[row.description] = extra }
            #expect(message.tableWords == row.tables, "\(row)")
        }
        #expect(surplus.isEmpty)
    }

    @Test(
        "nothing that is not a read for every standby is taken for one", arguments: [false, true])
    func noFalseReads(allowSQLComments: Bool) {
        let options = AnalysisOptions(allowSQLComments: allowSQLComments)
        for row in SQLCase.all where !row.isReadOnly {
            let analysis = StatementAnalysis.of(row.sql, dialect: row.dialect, options: options)
            #expect(!analysis.isReadOnly || analysis.effect == .read, "\(row): \(analysis)")
        }
    }
}
