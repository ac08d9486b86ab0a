extension SettingsChecks {
    /// Host names and data directories are put into commands as they are, so a value that the
    /// shell takes apart would run something else than what was meant.
    mutating func checkCommandValues(of settings: Settings) {
        let commands = [
            ("failover_command", settings.failoverCommand),
            ("failback_command", settings.failbackCommand),
            ("follow_primary_command", settings.followPrimaryCommand),
            ("failover_fence_command", settings.failoverFenceCommand),
            ("recovery_start_command", settings.recoveryStartCommand),
        ]
        guard !settings.allowUnsafeCommandValues,
            let command = commands.first(where: { !$0.1.isEmpty })?.0
        else { return }
        for (index, node) in settings.backends.enumerated() where node.isUsed {
            checkCommandValue("backend_hostname\(index)", node.hostname, of: command)
            checkCommandValue("backend_data_directory\(index)", node.dataDirectory, of: command)
        }
    }

    private mutating func checkCommandValue(_ name: String, _ value: String, of command: String) {
        guard let problem = Self.shellProblem(of: value) else { return }
        report(
            .error, name,
            message: "\(name) cannot be put into a command",
            detail: """
                \(command) is set, and \(problem) in "\(value)" means something to the shell or \
                the program.
                """,
            hint: "Choose another value, or set allow_unsafe_command_values = on.")
    }

    /// What is wrong with a value as a word of a command; nil if nothing.
    ///
    /// A leading hyphen is nothing to the shell, but an option to the program.
    private static func shellProblem(of value: String) -> String? {
        if value.utf8.first == UInt8(ascii: "-") { return "the leading \"-\"" }
        return value.unicodeScalars.first { !isPlain($0) }.map { scalar in
            scalar.value < 0x20 ? "a control character" : "\"\(scalar)\""
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        case "_", "-", ".", "/", ":", "@", "%", "+", ",", "=": true
        default: scalar.value >= 0x80
        }
    }
}
