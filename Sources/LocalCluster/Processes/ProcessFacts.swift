import Foundation
package import Glibc

/// What /proc says about one process.
package enum ProcessFacts {
    /// Whether the process exists and is not a zombie.
    package static func isAlive(_ processID: pid_t) -> Bool {
        guard let fields = statFields(processID) else { return false }
        return fields.first != "Z"
    }

    /// When it started, in clock ticks since boot: with the pid it names a process for good.
    package static func startTime(_ processID: pid_t) -> String? {
        statFields(processID).flatMap { $0.count > 19 ? $0[19] : nil }
    }

    /// The direct children.
    package static func children(of processID: pid_t) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { candidate in
            statFields(candidate).map { $0.count > 1 && $0[1] == "\(processID)" } ?? false
        }
    }

    /// Resident memory in bytes, shared pages included.
    package static func residentBytes(_ processID: pid_t) -> Int? {
        kilobytes("VmRSS:", in: "/proc/\(processID)/status")
    }

    /// Highest resident memory so far, in bytes.
    package static func peakResidentBytes(_ processID: pid_t) -> Int? {
        kilobytes("VmHWM:", in: "/proc/\(processID)/status")
    }

    /// Proportional share of memory in bytes: shared pages divided among those that map them.
    package static func proportionalBytes(_ processID: pid_t) -> Int? {
        kilobytes("Pss:", in: "/proc/\(processID)/smaps_rollup")
    }

    /// Open descriptors.
    package static func descriptorCount(_ processID: pid_t) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd").count
    }

    /// The fields of /proc/PID/stat from the state on; the name before may contain anything.
    private static func statFields(_ processID: pid_t) -> [String]? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let name = text.range(of: ") ", options: .backwards)
        else { return nil }
        return text[name.upperBound...].split(separator: " ").map(String.init)
    }

    private static func kilobytes(_ label: String, in file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(label) {
            let number = line.dropFirst(label.count).split(whereSeparator: \.isWhitespace).first
            return number.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }
}
