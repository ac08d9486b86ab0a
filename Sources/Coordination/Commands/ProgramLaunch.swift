import CLinux
import Glibc

/// What is started, and with what.
package struct ProgramLaunch: Sendable {
    /// The program, an absolute path or a name on PATH, and its arguments. No shell reads them.
    package var arguments: [String]
    /// All of its environment, as `NAME=VALUE`.
    package var environment: [String]
    /// For its standard input, at most ``inputBytesMax``.
    package var input: [UInt8]
    /// Whether standard error comes in lines of its own, and not among those of standard output.
    package var separatesErrors: Bool
    /// Whether it stays in our process group, to be ended together with us.
    package var staysInGroup: Bool

    /// Bytes of a line of output; a longer one comes in pieces.
    package var lineBytesMax = 8 << 10

    /// Bytes that a pipe takes before anybody reads.
    package static let inputBytesMax = 60 << 10

    package init(
        _ arguments: [String], environment: [String] = ProgramLaunch.environment(),
        input: [UInt8] = [], separatesErrors: Bool = true, staysInGroup: Bool = false
    ) {
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.separatesErrors = separatesErrors
        self.staysInGroup = staysInGroup
    }

    /// A command for the shell.
    package init(shell text: String, environment: [(name: String, value: String)] = []) {
        self.init(
            ["/bin/sh", "-c", text], environment: Self.environment(adding: environment),
            separatesErrors: false)
    }

    /// Our own variables and the given ones.
    ///
    /// - Parameters:
    ///   - added: they take the place of variables of the same name.
    ///   - isLeftOut: tells by its name which of ours is not passed on.
    package static func environment(
        adding added: [(name: String, value: String)] = [],
        leavingOut isLeftOut: (Substring) -> Bool = { _ in false }
    ) -> [String] {
        var result: [String] = []
        let names = Set(added.map { $0.name[...] })
        var next = clinux_environment()
        while let entry = next?.pointee {
            let text = String(cString: entry)
            let name = text.prefix { $0 != "=" }
            if !names.contains(name), !isLeftOut(name) { result.append(text) }
            next = next?.successor()
        }
        return result + added.map { "\($0.name)=\($0.value)" }
    }
}

extension ProgramLaunch {
    /// Starts the program; it inherits nothing of ours but the working directory.
    ///
    /// - Parameters:
    ///   - input: its standard input; -1 for an empty one.
    ///   - group: a process group or a session of its own, or 0 for ours, as `clinux_spawn` has it.
    ///   - child: gets the pid.
    /// - Returns: 0 or an error number.
    func start(
        input: Int32, output: Int32, errors: Int32, group: Int16, _ child: inout pid_t
    ) -> Int32 {
        guard let program = arguments.first else { return ENOENT }
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        return clinux_spawn(&child, program, words, variables, input, output, errors, group)
    }
}
