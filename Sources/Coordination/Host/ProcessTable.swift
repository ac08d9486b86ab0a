import Foundation
import Glibc

/// What /proc says about processes.
enum ProcessTable {
    /// When a process started, in clock ticks since boot: with the pid it names a process for
    /// good. Nil if there is no such process, or only what is left of one.
    static func startTime(_ process: pid_t) -> String? {
        guard let fields = fields(of: process), fields.first != "Z", fields.count > 19 else {
            return nil
        }
        return String(fields[19])
    }

    /// The living processes of a session.
    static func members(ofSession session: pid_t) -> [pid_t] {
        all.filter { process in
            guard let fields = fields(of: process), fields.count > 3 else { return false }
            return fields[0] != "Z" && pid_t(fields[3]) == session
        }
    }

    /// The living processes of PostgreSQL servers that work in a directory, as far as we may know.
    static func servers(in directory: String) -> [pid_t] {
        all.filter { process in
            guard workingDirectory(process) == directory, startTime(process) != nil else {
                return false
            }
            // "postgres (deleted)" after an upgrade of the package.
            let program = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(process)/exe")
            return program?.split(separator: "/").last?.hasPrefix("postgres") ?? false
        }
    }

    /// The segment of WAL that a server's startup process has in its title, such as `postgres:
    /// startup recovering 000000010000000000000003`; nil where none replays.
    static func replaying(in directory: String) -> String? {
        for process in servers(in: directory) {
            guard let data = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else {
                continue
            }
            let title = String(decoding: data, as: UTF8.self)
            let words = title.split { $0 == " " || $0 == "\0" }
            guard words.contains("startup"), let last = words.last, last.utf8.count == 24,
                last.allSatisfy({ $0.isASCII && $0.isHexDigit })
            else { continue }
            return String(last)
        }
        return nil
    }

    /// Where a process works; nil if that is none of our business.
    static func workingDirectory(_ process: pid_t) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
    }

    private static var all: [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
            .compactMap { pid_t($0) }
    }

    /// The fields of /proc/PID/stat from the state on; the name before may contain anything.
    private static func fields(of process: pid_t) -> [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
            return nil
        }
        let text = String(decoding: data, as: UTF8.self)
        guard let name = text.range(of: ") ", options: .backwards) else { return nil }
        return text[name.upperBound...].split(separator: " ")
    }
}
