package import Operations
package import Settings

extension LogRecord {
    /// A problem of the configuration, as the log tells it.
    ///
    /// - Parameter errorsAs: FATAL at start, WARNING on reload, where the old settings stay.
    package init(_ problem: ConfigurationProblem, errorsAs severity: Severity) {
        var details: [String] = []
        if let detail = problem.detail { details.append(detail) }
        // The place is the message's own subject when the file itself is the problem.
        if problem.line > 0 { details.append("\(problem.file), line \(problem.line)") }
        if problem.line == 0, !problem.message.contains(problem.file) {
            details.append(problem.file)
        }
        self.init(
            problem.severity == .error ? severity : .warning, problem.message,
            detail: details.isEmpty ? nil : details.joined(separator: "\n"), hint: problem.hint)
    }
}
