/// One thing that is wrong, or doubtful, in the configuration.
public struct ConfigurationProblem: Error, Equatable, Sendable {
    /// Whether it keeps the configuration from being used.
    public enum Severity: String, Sendable {
        case warning
        case error
    }

    /// Error or warning.
    public var severity: Severity
    /// Where: a line of a file, or an environment variable.
    public var location: ConfigurationLocation
    /// The parameter, with its number, if it is about one.
    public var parameter: String?
    /// The message, in the words of Pgpool-II where it has the same one.
    public var message: String
    /// What exactly is wrong.
    public var detail: String?
    /// What would be right.
    public var hint: String?

    /// A problem at a place.
    public init(
        _ severity: Severity, at location: ConfigurationLocation, parameter: String? = nil,
        _ message: String, detail: String? = nil, hint: String? = nil
    ) {
        self.severity = severity
        self.location = location
        self.parameter = parameter
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}

extension ConfigurationProblem {
    /// The file, or the name of the environment variable.
    public var file: String { location.file }
    /// The line in the file, from 1; 0 if it is not about a line.
    public var line: Int { location.line }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// As a compiler prints it: `pgpool.conf:12: error: message`, detail and hint indented below.
    public var description: String {
        var text = "\(location): \(severity.rawValue): \(message)"
        if let detail { text += "\n    \(detail)" }
        if let hint { text += "\n    \(hint)" }
        return text
    }
}

/// A place in the configuration.
public struct ConfigurationLocation: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was opened, or the name of an environment variable.
    public var file: String
    /// The line, from 1; 0 = no particular line.
    public var line: Int

    /// A place.
    public init(file: String, line: Int = 0) {
        self.file = file
        self.line = line
    }

    /// `FILE:LINE`
    public var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// Why a configuration file could not be read, as the caller's closure reports it.
public struct ConfigurationFileError: Error, Equatable, Sendable {
    /// The system's words, such as "No such file or directory".
    public var reason: String
    /// Whether the file does not exist; a missing main file is no error, an unreadable one is.
    public var isMissing: Bool

    /// A failed read.
    public init(reason: String, isMissing: Bool) {
        self.reason = reason
        self.isMissing = isMissing
    }
}

/// What loading a configuration gave.
public struct LoadedConfiguration: Sendable {
    /// The settings; only to be used if there are no errors.
    public var settings: Settings
    /// Everything found, in the order of the files.
    public var problems: [ConfigurationProblem]
    /// Where each parameter that is set (with its number) was set last.
    public var setParameters: [String: ConfigurationLocation]

    /// Whether the configuration must not be used.
    public var hasErrors: Bool { problems.contains { $0.severity == .error } }
}
