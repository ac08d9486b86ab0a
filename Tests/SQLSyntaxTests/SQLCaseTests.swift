import SQLSyntax
import Testing

/// The shared table of SQL texts, with the answers of PostgreSQL's own grammar.
@Suite struct SQLCaseTests {
    @Test("the table is read completely")
    func tableIsComplete() {
        #expect(SQLCase.all.count == 329)
    }

    @Test(
        "nothing that is not a read for every standby is taken for one", arguments: [false, true])
    func noFalseReads(allowSQLComments: Bool) {
        let options = AnalysisOptions(allowSQLComments: allowSQLComments)
        for row in SQLCase.all where !row.isReadOnly {
            let analysis = StatementAnalysis.of(row.sql, dialect: row.dialect, options: options)
            #expect(!analysis.isReadOnly, "\(row): \(analysis)")
        }
    }

    @Test("most reads of the table are recognised")
    func readsAreRecognised() {
        let options = AnalysisOptions(allowSQLComments: true)
        let reads = SQLCase.all.filter {
            $0.isReadOnly && ["select", "values", "show", "empty"].contains($0.kind)
        }
        var missed: [String] = []
        for row in reads {
            let analysis = StatementAnalysis.of(row.sql, dialect: row.dialect, options: options)
            if !analysis.isReadOnly { missed.append("\(analysis.reason.word) \(row)") }
        }
        print("reads recognised: \(reads.count - missed.count) of \(reads.count)")
        print(missed.joined(separator: "\n"))
        #expect(missed.count < reads.count / 4)
    }
}
