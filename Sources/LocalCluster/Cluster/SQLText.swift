/// Values inside statements that `psql` gets.
enum SQLText {
    /// A string constant; with backslashes it is one under any standard_conforming_strings.
    static func literal(_ text: String) -> String {
        let quoted = "'" + text.replacing("'", with: "''") + "'"
        return text.contains("\\") ? " E" + quoted.replacing("\\", with: "\\\\") : quoted
    }

    static func identifier(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
