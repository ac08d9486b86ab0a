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

    @Test("the reads of the table are recognised but for those of known rules")
    func readsAreRecognised() {
        let options = AnalysisOptions(allowSQLComments: true)
        let reads = SQLCase.all.filter {
            $0.isReadOnly && ["select", "values", "show", "empty"].contains($0.kind)
        }
        var missed: [AnalysisReason: Int] = [:]
        for row in reads {
            let analysis = StatementAnalysis.of(row.sql, dialect: row.dialect, options: options)
            if !analysis.isReadOnly { missed[analysis.reason, default: 0] += 1 }
        }
        #expect(reads.count == 114)
        // CUBE after another grouping set and OPERATOR(); U&"" may spell any name; what depends on
        // the node goes to the primary by intent.
        #expect(
            missed == [
                .functionMayWrite: 2, .containsUnknownConstruct: 1, .unsafeEncoding: 5,
                .nodeSpecificCatalog: 3, .nodeSpecificFunction: 1, .showNodeSpecific: 2,
            ])
    }
}
