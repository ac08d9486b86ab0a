/// A compiled `log_line_prefix`: parsed once per configuration, rendered once per line.
package struct LinePrefix: Sendable, Equatable {
    private enum Field: Equatable {
        case application, process, user, database, processID, lineNumber, seconds, milliseconds
    }

    private enum Part: Equatable {
        case literal([UInt8])
        /// Positive widths pad on the left, negative ones on the right.
        case field(Field, width: Int)
    }

    /// Wider padding than this is cut: the pattern is an operator's, but a typing error in it
    /// should not fill a disk.
    static let widthMax = 256

    private var parts: [Part] = []

    package init(_ pattern: String) {
        var literal: [UInt8] = []
        var bytes = Array(pattern.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                literal.append(byte)
                continue
            }
            let width = Self.takeWidth(&bytes)
            guard let letter = bytes.popFirst() else { break }
            if letter == UInt8(ascii: "%") {
                literal.append(letter)
                continue
            }
            guard let field = Self.field(letter) else { continue }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
            parts.append(.field(field, width: width))
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
    }

    /// Appends the prefix of one line.
    ///
    /// - Parameters:
    ///   - lineNumber: Counts the lines of this process, from 1.
    ///   - processID: Printed for records that name no process of their own.
    package func append(
        to output: inout [UInt8], record: LogRecord, moment: LogMoment, lineNumber: UInt64,
        processID: Int32
    ) {
        for part in parts {
            switch part {
            case .literal(let bytes):
                output += bytes
            case .field(let field, let width):
                let start = output.count
                switch field {
                case .application:
                    output += Self.text(record.application, absent: record.process).utf8
                case .process: output += record.process.utf8
                case .user: output += Self.text(record.user, absent: "[No Connection]").utf8
                case .database: output += Self.text(record.database, absent: "[No Connection]").utf8
                case .processID:
                    output += String(record.processID == 0 ? processID : record.processID).utf8
                case .lineNumber: output += String(lineNumber).utf8
                case .seconds: moment.appendSeconds(to: &output)
                case .milliseconds: moment.appendMilliseconds(to: &output)
                }
                Self.pad(&output, from: start, to: width)
            }
        }
    }

    private static func takeWidth(_ bytes: inout ArraySlice<UInt8>) -> Int {
        var isLeftAligned = false
        if bytes.first == UInt8(ascii: "-") {
            isLeftAligned = true
            bytes.removeFirst()
        }
        var width = 0
        while let digit = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            width = min(width * 10 + Int(digit - UInt8(ascii: "0")), widthMax)
            bytes.removeFirst()
        }
        return isLeftAligned ? -width : width
    }

    private static func field(_ letter: UInt8) -> Field? {
        switch letter {
        case UInt8(ascii: "a"): .application
        case UInt8(ascii: "P"): .process
        case UInt8(ascii: "u"): .user
        case UInt8(ascii: "d"): .database
        case UInt8(ascii: "p"): .processID
        case UInt8(ascii: "l"): .lineNumber
        case UInt8(ascii: "t"): .seconds
        case UInt8(ascii: "m"): .milliseconds
        default: nil
        }
    }

    private static func text(_ value: String?, absent: String) -> String {
        guard let value else { return absent }
        guard !value.isEmpty else { return "[unknown]" }
        // A client chooses these texts: a line end in one would let it write lines of its own.
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        if isPlain { return value }
        return String(
            decoding: value.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }, as: UTF8.self)
    }

    private static func pad(_ output: inout [UInt8], from start: Int, to width: Int) {
        let missing = Int(width.magnitude) - (output.count - start)
        guard missing > 0 else { return }
        let blanks = repeatElement(UInt8(ascii: " "), count: missing)
        output.insert(contentsOf: blanks, at: width > 0 ? start : output.count)
    }
}
