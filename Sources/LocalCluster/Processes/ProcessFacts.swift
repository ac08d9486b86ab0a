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

    /// Who listens on a TCP port, as `postgres (pid 4711)`; nil if nobody does, or if it is
    /// another user's process.
    package static func listener(on port: UInt16) -> String? {
        var sockets: Set<String> = []
        // The table is read in pages: while others come and go a line may fall between two of them.
        for _ in 0..<3 where sockets.isEmpty {
            sockets = Set(["tcp", "tcp6"].flatMap { listeningSockets("/proc/net/\($0)", port) })
        }
        guard !sockets.isEmpty else { return nil }
        let files = FileManager.default
        for entry in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let processID = pid_t(entry) else { continue }
            let folder = "/proc/\(processID)/fd"
            for handle in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
                let target = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(handle)")
                guard let target, sockets.contains(target) else { continue }
                let name = (try? String(contentsOfFile: "/proc/\(entry)/comm", encoding: .utf8))?
                    .trimmingCharacters(in: .newlines)
                return "\(name ?? "a process") (pid \(processID))"
            }
        }
        return nil
    }

    /// The sockets of a table of the kernel that listen on a port, as /proc/PID/fd names them.
    private static func listeningSockets(_ table: String, _ port: UInt16) -> [String] {
        // The kernel shows a table page by page, and only a handle reads on to its end.
        let bytes = try? FileHandle(forReadingAtPath: table)?.readToEnd()
        let text = String(decoding: bytes ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            // Local address and port, state 0A = listening, inode.
            guard fields.count > 9, fields[3] == "0A",
                let number = fields[1].split(separator: ":").last, UInt16(number, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
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
