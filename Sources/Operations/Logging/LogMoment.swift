/// A point in local time, as the log prints it.
package struct LogMoment: Sendable, Equatable {
    package var year: Int32
    package var month: Int32
    package var day: Int32
    package var hour: Int32
    package var minute: Int32
    package var second: Int32
    package var millisecond: Int32

    package init(
        year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, second: Int32,
        millisecond: Int32
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// `2026-02-03 10:11:12`
    func appendSeconds(to output: inout [UInt8]) {
        Self.append(year, digits: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(month, digits: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(day, digits: 2, to: &output)
        output.append(UInt8(ascii: " "))
        Self.append(hour, digits: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Self.append(minute, digits: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Self.append(second, digits: 2, to: &output)
    }

    /// `2026-02-03 10:11:12.345`
    func appendMilliseconds(to output: inout [UInt8]) {
        appendSeconds(to: &output)
        output.append(UInt8(ascii: "."))
        Self.append(millisecond, digits: 3, to: &output)
    }

    private static func append(_ value: Int32, digits: Int, to output: inout [UInt8]) {
        let text = String(value)
        for _ in 0..<max(0, digits - text.utf8.count) { output.append(UInt8(ascii: "0")) }
        output += text.utf8
    }
}
