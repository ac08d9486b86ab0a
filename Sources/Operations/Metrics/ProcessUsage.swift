internal import Glibc

/// What this process takes from its machine.
package struct ProcessUsage: Sendable, Equatable {
    /// User and system time.
    package var cpuMicroseconds: UInt64 = 0
    package var residentBytes: UInt64 = 0
    package var descriptors = 0
    package var descriptorsMax = 0

    package init() {}

    /// As of now. What the system does not tell stays 0.
    package static func current() -> ProcessUsage {
        var usage = ProcessUsage()
        var times = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &times) == 0 {
            usage.cpuMicroseconds = microseconds(times.ru_utime) &+ microseconds(times.ru_stime)
        }
        usage.residentBytes = residentPages() &* UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
        usage.descriptors = openDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            usage.descriptorsMax = Int(clamping: limit.rlim_cur)
        }
        return usage
    }

    private static func microseconds(_ time: timeval) -> UInt64 {
        UInt64(max(time.tv_sec, 0)) &* 1_000_000 &+ UInt64(max(time.tv_usec, 0))
    }

    /// The second number of `/proc/self/statm`.
    private static func residentPages() -> UInt64 {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let words = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: " ")
        return words.dropFirst().first.flatMap { UInt64($0) } ?? 0
    }

    private static func openDescriptors() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the descriptor that reads the folder.
        return max(count - 3, 0)
    }
}
