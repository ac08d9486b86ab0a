/// Loads pgpool.conf: reads the file and what it includes, applies the environment, checks.
///
/// Everything is evaluated from nothing, so a removed line returns to its default. Nothing here
/// touches the file system: `read` does.
public enum ConfigurationReader {
    /// Names of environment variables begin with this; the rest is the parameter in upper case.
    public static let environmentPrefix = "TRUNKLINE_"
    /// Variables that begin with this tell a user's command what happened. They are no parameters
    /// for the programs that the command calls.
    public static let eventPrefix = "TRUNKLINE_EVENT_"

    /// Loads the configuration.
    ///
    /// - Parameters:
    ///   - path: the main file, absolute, so that relative names in it do not depend on the
    ///     working directory.
    ///   - environment: all variables; those with the prefix override the file.
    ///   - strict: unknown names and a missing main file are errors, as under `strict_config`.
    ///   - read: the bytes of a file.
    public static func load(
        main path: String, environment: [(String, String)] = [], strict: Bool = false,
        read: (String) throws(ConfigurationFileError) -> [UInt8]
    ) -> LoadedConfiguration {
        var text = ConfigurationText()
        var problems: [ConfigurationProblem] = []
        do {
            text.append(try read(path), path: path, read: read)
        } catch {
            problems.append(unreadable(path, error, strict: strict))
        }
        var evaluation = ConfigurationEvaluation(mainPath: path, problems: problems + text.problems)
        evaluation.apply(text.assignments, environment: environment)
        return evaluation.finish(strict: strict)
    }

    /// Pgpool-II starts with defaults when the file is not there; a file that is there and cannot
    /// be read is never meant.
    private static func unreadable(
        _ path: String, _ error: ConfigurationFileError, strict: Bool
    ) -> ConfigurationProblem {
        let goesOn = error.isMissing && !strict
        return ConfigurationProblem(
            goesOn ? .warning : .error, at: ConfigurationLocation(file: path),
            "could not open configuration file: \"\(path)\"",
            detail: goesOn ? "using default configuration parameter values" : error.reason,
            hint: goesOn ? error.reason : "Name the file with -f FILE.")
    }
}
