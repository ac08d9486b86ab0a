/// What a command line of `pg_md5` asks for.
package enum PgMD5Request: Sendable, Equatable {
    /// Where the password comes from.
    package enum Source: Sendable, Equatable {
        case argument(String)
        case prompt
        /// Lines `user:password`.
        case file(String)
    }

    case help
    /// Usage on stdout: exit code 0 after an unknown option, 1 without a password.
    case usage(exitCode: Int32)
    case passwordTooLong
    /// Prints the bare hash.
    case print(Source)
    /// Writes the entry of pool_passwd; a nil user is the operating system's.
    case write(Source, user: String?, configurationFile: String)

    private static let options = LongOptions([
        .init("p", "prompt"),
        .init("h", "help"),
        .init("m", "md5auth"),
        .init("f", "config-file", takesArgument: true),
        .init("u", "username", takesArgument: true),
        .init("i", "input-file", takesArgument: true),
    ])

    /// Reads a command line; the first element is the program's name.
    package init(_ arguments: [String], directory: String, workingDirectory: String) {
        let parsed = Self.options.parse(arguments)
        var source: Source?
        var writes = false
        var user: String?
        var configurationFile = directory + "/pgpool.conf"
        guard !parsed.hasErrors else {
            self = .usage(exitCode: ExitStatus.success)
            return
        }
        for given in parsed.options {
            switch given.letter {
            case "p": source = .prompt
            case "m": writes = true
            case "u": user = given.argument
            case "i": source = .file(given.argument ?? "")
            case "f":
                configurationFile = LaunchOptions.absolute(
                    given.argument ?? "", in: workingDirectory)
            default:
                self = .help
                return
            }
        }
        if source == nil { source = parsed.words.first.map { .argument($0) } }
        guard let source else {
            self = .usage(exitCode: ExitStatus.refused)
            return
        }
        if case .argument(let password) = source, password.utf8.count > Self.passwordBytesMax {
            self = .passwordTooLong
        } else {
            self =
                writes
                ? .write(source, user: user, configurationFile: configurationFile) : .print(source)
        }
    }

    static let passwordBytesMax = 128

    /// What `pg_md5 -h` prints on stdout.
    package static func usage(program: String) -> String {
        """
        Usage:

          \(program) [OPTIONS]
          \(program) <PASSWORD>

          --prompt, -p         Prompt password using standard input.
          --md5auth, -m        Produce md5 authentication password.
          --username, -u USER  When producing a md5 authentication password,
                               create the pool_passwd entry for USER.
          --config-file, -f CONFIG-FILE  Specify pgpool.conf.
          --input-file, -i INPUT-FILE  Specify file containing username and password pairs.
          --help, -h           This help menu.

        Warning: At most 128 characters are allowed for input.
        Warning: Plain password argument is deprecated for security concerns
                 and kept for compatibility. Please prefer using password
                 prompt or input file method.

        """
    }
}
