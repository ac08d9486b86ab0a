/// The answer to a SHOW command: names of columns, and rows of texts. There are no nulls; what is
/// not set is empty.
package struct ReportTable: Equatable, Sendable {
    package var columns: [String]
    package var rows: [[String]]

    package init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// One value under its name.
    package init(_ column: String, _ value: String) {
        self.init(columns: [column], rows: [[value]])
    }
}
