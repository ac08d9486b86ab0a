/// One thing that is wrong, or doubtful, in the configuration.
package struct ConfigurationProblem: Error, Equatable, Sendable {
    /// Whether it keeps the configuration from being used.
    package enum Severity: String, Sendable {
        case warning
        case error
    }

    /// Error or warning.
    package var severity: Severity
    /// Where: a line of a file, or an environment variable.
    package var location: ConfigurationLocation
    /// The parameter, with its number, if it is about one.
    package var parameter: String?
    /// The message, in the words of Pgpool-II where it has the same one.
    package var message: String
    /// What exactly is wrong.
    package var detail: String?
    /// What would be right.
    package var hint: String?

    /// A problem at a place.
    package init(
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
    package var file: String { location.file }
    /// The line in the file, from 1; 0 if it is not about a line.
    package var line: Int { location.line }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// As a compiler prints it: `pgpool.conf:12: error: message`, detail and hint indented below.
    package var description: String {
        var text = "\(location): \(severity.rawValue): \(message)"
        if let detail { text += "\n    \(detail)" }
        if let hint { text += "\n    \(hint)" }
        return text
    }
}

/// A place in the configuration.
package struct ConfigurationLocation: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was opened, or the name of an environment variable.
    package var file: String
    /// The line, from 1; 0 = no particular line.
    package var line: Int

    /// A place.
    package init(file: String, line: Int = 0) {
        self.file = file
        self.line = line
    }

    /// `FILE:LINE`
    package var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// Why a configuration file could not be read, as the caller's closure reports it.
package struct ConfigurationFileError: Error, Equatable, Sendable {
    /// The system's words, such as "No such file or directory".
    package var reason: String
    /// Whether the file does not exist; a missing main file is no error, an unreadable one is.
    package var isMissing: Bool

    /// A failed read.
    package init(reason: String, isMissing: Bool) {
        self.reason = reason
        self.isMissing = isMissing
    }
}

/// What loading a configuration gave.
package struct LoadedConfiguration: Sendable {
    /// The settings; only to be used if there are no errors.
    package var settings: Settings
    /// Everything found, in the order of the files.
    package var problems: [ConfigurationProblem]
    /// Where each parameter that is set (with its number) was set last.
    package var setParameters: [String: ConfigurationLocation]

    /// Whether the configuration must not be used.
    package var hasErrors: Bool { problems.contains { $0.severity == .error } }
}
