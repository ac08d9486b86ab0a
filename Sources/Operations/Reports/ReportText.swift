import Foundation

/// How numbers and times are printed in all reports.
enum ReportText {
    /// Six decimals, as `%f`; zero for what is no number.
    static func fraction(_ value: Double) -> String {
        String(format: "%f", value.isFinite ? value : 0)
    }

    /// `2026-02-03 10:11:12` in local time; empty for what has not happened.
    static func moment(_ seconds: Int64?, _ local: (Int64) -> LogMoment) -> String {
        guard let seconds else { return "" }
        var bytes: [UInt8] = []
        local(seconds).appendSeconds(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `4:03`: minutes and seconds.
    static func minutes(_ seconds: Int64) -> String {
        let rest = max(seconds, 0) % 60
        return "\(max(seconds, 0) / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension LogMoment {
    /// The local time of a number of seconds since 1970.
    package static func local(_ seconds: Int64) -> LogMoment {
        var clock = LocalClock()
        return clock.moment(seconds: seconds, milliseconds: 0)
    }

    /// `2026-02-03 10:11:12`: the local time of a number of seconds since 1970.
    package static func localText(_ seconds: Int64) -> String {
        ReportText.moment(seconds, local)
    }
}
