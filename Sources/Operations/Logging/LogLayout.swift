/// Turns a record into the lines of Pgpool-II's log: prefix, severity, two blanks, text; DETAIL
/// and HINT on lines with prefixes of their own; further lines of one text start with a tab.
package struct LogLayout: Sendable {
    package let prefix: LinePrefix
    package let verbosity: LogConfiguration.Verbosity
    /// Printed for `%p` where the record names no process.
    package let processID: Int32
    private var lineNumber: UInt64 = 0

    package init(
        prefix: LinePrefix, verbosity: LogConfiguration.Verbosity = .default, processID: Int32
    ) {
        self.prefix = prefix
        self.verbosity = verbosity
        self.processID = processID
    }

    /// Appends all lines of a record, each with its newline.
    package mutating func append(
        to output: inout [UInt8], _ record: LogRecord, at moment: LogMoment
    ) {
        line(&output, "\(record.severity.word)", record.message, record, moment)
        if verbosity == .terse { return }
        if let detail = record.detail { line(&output, "DETAIL", detail, record, moment) }
        if let hint = record.hint { line(&output, "HINT", hint, record, moment) }
    }

    private mutating func line(
        _ output: inout [UInt8], _ word: String, _ text: String, _ record: LogRecord,
        _ moment: LogMoment
    ) {
        lineNumber &+= 1
        prefix.append(
            to: &output, record: record, moment: moment, lineNumber: lineNumber,
            processID: processID)
        output += word.utf8
        output += ":  ".utf8
        for byte in text.utf8 {
            output.append(byte)
            if byte == UInt8(ascii: "\n") { output.append(UInt8(ascii: "\t")) }
        }
        output.append(UInt8(ascii: "\n"))
    }
}
