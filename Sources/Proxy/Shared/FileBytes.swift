internal import Glibc

/// Small files, read whole.
enum FileBytes {
    struct Failure: Error {
        let reason: String
        let isMissing: Bool
    }

    private static let bytesMax = 64 << 20

    static func read(_ path: String) -> Result<[UInt8], Failure> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(failure()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < bytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(failure())
            }
            if count == 0 { return .success(bytes) }
            bytes += buffer[..<count]
        }
        return .failure(Failure(reason: "the file is too large", isMissing: false))
    }

    private static func failure() -> Failure {
        Failure(reason: String(cString: strerror(errno)), isMissing: errno == ENOENT)
    }
}
