import Settings

/// Loads `text` as /etc/trunkline/pgpool.conf, with further files by path.
func load(
    _ text: String, files: [String: String] = [:], environment: [(String, String)] = [],
    strict: Bool = false
) -> LoadedConfiguration {
    load(bytes: Array(text.utf8), files: files, environment: environment, strict: strict)
}

func load(
    bytes: [UInt8], files: [String: String] = [:], environment: [(String, String)] = [],
    strict: Bool = false
) -> LoadedConfiguration {
    ConfigurationReader.load(main: mainPath, environment: environment, strict: strict) {
        path throws(ConfigurationFileError) in
        if path == mainPath { return bytes }
        guard let text = files[path] else {
            throw ConfigurationFileError(reason: "No such file or directory", isMissing: true)
        }
        return Array(text.utf8)
    }
}

let mainPath = "/etc/trunkline/pgpool.conf"

extension LoadedConfiguration {
    var errors: [ConfigurationProblem] { problems.filter { $0.severity == .error } }
    var warnings: [ConfigurationProblem] { problems.filter { $0.severity == .warning } }
    /// Messages with their lines, for short comparisons.
    var messages: [String] { problems.map { "\($0.line) \($0.severity): \($0.message)" } }
}
