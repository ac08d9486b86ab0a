import Glibc

/// Reading from a Unix socket that says everything and closes.
enum UnixSocket {
    /// Connects and reads until the end, at most five seconds of silence long.
    static func readAll(_ path: String) throws -> [UInt8] {
        let handle = ChildProcess.withoutSpawning {
            let handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            if handle >= 0 { _ = fcntl(handle, F_SETFD, FD_CLOEXEC) }
            return handle
        }
        guard handle >= 0 else { throw failure(path) }
        defer { close(handle) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(
            handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))

        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw failure(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw failure(path) }
        // There is nothing to say: whoever waits for a request need not.
        shutdown(handle, Int32(SHUT_WR))

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(handle, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else { throw failure(path) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func failure(_ path: String) -> LocalClusterError {
        LocalClusterError(.timedOut, "\(path): \(String(cString: strerror(errno)))")
    }
}
