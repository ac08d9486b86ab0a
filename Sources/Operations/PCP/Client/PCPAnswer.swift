internal import PostgresWire

/// A server's answer to one request, as it comes in message by message.
package struct PCPAnswer: Equatable, Sendable {
    /// The texts behind `CommandComplete`.
    package private(set) var texts: [String] = []
    /// The texts of each message of a list, without its label.
    package private(set) var rows: [[String]] = []

    package init() {}

    /// What a message came to.
    package enum Step: Equatable, Sendable {
        /// More is to come.
        case more
        /// That was the end.
        case complete
        /// The server does not want to.
        case failed(Report)
        /// Something to tell the user, in passing.
        case notice(Report)
        /// Not an answer to this request.
        case unexpected
    }

    /// An error or a notice.
    package struct Report: Equatable, Sendable {
        package var severity = ""
        package var message = ""
        package var detail: String?

        package init(severity: String = "", message: String = "", detail: String? = nil) {
            self.severity = severity
            self.message = message
            self.detail = detail
        }
    }

    /// Adds a message.
    ///
    /// - Parameter expected: the type of a successful answer.
    package mutating func received(_ type: UInt8, _ body: [UInt8], expected: UInt8) -> Step {
        switch type {
        case UInt8(ascii: "E"): return .failed(Self.report(body))
        case UInt8(ascii: "N"): return .notice(Self.report(body))
        case expected: break
        default: return .unexpected
        }
        var texts = body.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        // After the last zero byte there is nothing.
        if texts.last == "" { texts.removeLast() }
        switch texts.first {
        case "CommandComplete":
            self.texts = Array(texts.dropFirst())
            return .complete
        case "ArraySize": return .more
        case "ProcessConfig", "NodeInfo", "ProcessInfo":
            rows.append(Array(texts.dropFirst()))
            return .more
        // Clients have always taken it with any body.
        default: return type == UInt8(ascii: "t") ? .complete : .unexpected
        }
    }

    private static func report(_ body: [UInt8]) -> Report {
        var report = Report()
        var fields = PCPFields(body)
        while let letter = fields.byte(), letter != 0, let text = fields.text() {
            switch letter {
            case UInt8(ascii: "S"): report.severity = text
            case UInt8(ascii: "M"): report.message = text
            case UInt8(ascii: "D"): report.detail = text
            default: break
            }
        }
        return report
    }
}
