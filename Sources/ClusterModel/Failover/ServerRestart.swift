/// How a server is restarted from within, by a superuser's `COPY ... TO PROGRAM`: what it takes is
/// on its own host, and known to itself.
public struct ServerRestart: Equatable, Sendable {
    /// `BINDIR` of pg_config.
    public var programs: String
    public var dataDirectory: String

    public init(programs: String, dataDirectory: String) {
        self.programs = programs
        self.dataDirectory = dataDirectory
    }

    /// A shell command that has the server stop in fast mode and start as a standby, with the
    /// options that it was started with, and that ends at once: the server cannot stop while it
    /// waits for the command. Its messages go on where they went, if that is a file.
    ///
    /// The shell's own `kill` stops it before a program has to be loaded: clients wait meanwhile.
    /// pg_ctl then waits for the end, and gives up if that comes between two of its looks, hence the
    /// second try.
    public var asStandby: String {
        let data = ShellText.quoted(dataDirectory)
        let restart =
            "\(ShellText.quoted("\(programs)/pg_ctl")) -D \(data) -m fast -s -l \"$log\" restart"
        let script = """
            read -r pid <\(data)/postmaster.pid; \
            log=$(readlink /proc/$pid/fd/2); \
            [ -f "$log" ] || log=/dev/null; \
            : >\(data)/standby.signal && kill -INT "$pid" && { \(restart) || \(restart); }
            """
        return "setsid sh -c \(ShellText.quoted(script)) </dev/null >/dev/null 2>&1 &"
    }
}

/// Text for a POSIX shell.
public enum ShellText {
    /// One word, whatever it holds.
    public static func quoted(_ text: String) -> String {
        "'" + text.escaping("'", as: "'\\''") + "'"
    }
}

/// Text for SQL.
public enum SQLText {
    /// A string literal for either setting of standard_conforming_strings.
    public static func literal(_ text: String) -> String {
        let quoted = text.escaping("'", as: "''")
        guard text.unicodeScalars.contains("\\") else { return "'\(quoted)'" }
        return " E'\(quoted.escaping("\\", as: "\\\\"))'"
    }
}

extension String {
    /// Code point by code point: a combining mark does not make a quote another character.
    fileprivate func escaping(_ scalar: Unicode.Scalar, as replacement: String) -> String {
        var result = String.UnicodeScalarView()
        for next in unicodeScalars {
            if next == scalar {
                result.append(contentsOf: replacement.unicodeScalars)
            } else {
                result.append(next)
            }
        }
        return String(result)
    }
}
