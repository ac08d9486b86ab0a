import Foundation
import Glibc
package import Settings

/// The configuration of an instance, read from the file system and the environment.
package enum ConfigurationSource {
    /// Variables with the parameters' prefix that are no parameters.
    static let ownVariables: Set<String> = ["TRUNKLINE_SYSCONFDIR", BackgroundStart.marker]

    /// Configuration files larger than this are somebody's mistake.
    private static let fileBytesMax = 16 << 20

    /// Loads a configuration.
    ///
    /// - Parameters:
    ///   - path: Absolute.
    ///   - strict: Unknown names and a missing file are errors (`trunkline check`).
    package static func load(_ path: String, strict: Bool = false) -> LoadedConfiguration {
        let variables = ProcessInfo.processInfo.environment
            .filter { !ownVariables.contains($0.key) }
            .sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        return ConfigurationReader.load(
            main: path, environment: variables, strict: strict, read: contents)
    }

    /// The bytes of a file.
    static func contents(_ path: String) throws(ConfigurationFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileError(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fileError(errno) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
            guard bytes.count <= fileBytesMax else { throw fileError(EFBIG) }
        }
    }

    private static func fileError(_ code: Int32) -> ConfigurationFileError {
        ConfigurationFileError(reason: String(cString: strerror(code)), isMissing: code == ENOENT)
    }
}
