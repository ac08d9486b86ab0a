/// Columns for people, each as wide as its widest cell.
package enum TextTable {
    /// One line for the head and one for each row, without blanks at their ends.
    package static func lines(_ head: [String], _ rows: [[String]]) -> [String] {
        let lines = [head] + rows
        let widths = head.indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        return lines.map { cells in
            var line = zip(cells, widths)
                .map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
