extension ParameterKind {
    /// The value as it would stand in the file, quoted where the grammar needs it.
    public func fileText(_ value: ParameterValue) -> String {
        switch (self, value) {
        case (.boolean, _), (.integer, _), (.memory, _), (.time, _), (.real, _):
            plainText(value)
        case (.timeOrNever, _): plainText(value)
        case (.octal, .integer(let mode)):
            "0\(String(mode, radix: 8))"
        case (.choice, .text(let word)):
            word
        default:
            "'\(plainText(value))'"
        }
    }

    /// The value as `PGPOOL SHOW` prints it: the largest unit that divides it, no quotes,
    /// secrets hidden.
    public func shownText(_ value: ParameterValue) -> String {
        switch (self, value) {
        case (.secret, _): "*****"
        case (.octal(_, shownInOctal: true), .integer(let mode)):
            "0\(String(mode, radix: 8))"
        default: plainText(value)
        }
    }

    private func plainText(_ value: ParameterValue) -> String {
        switch value {
        case .boolean(let flag): flag ? "on" : "off"
        case .integer(let count): "\(number(count))"
        case .real(let number): real(number)
        case .text(let text): text
        case .list(let items):
            items.joined(separator: listSeparator)
        case .flags(let flags):
            (flags.disallowsFailover ? "DISALLOW_TO_FAILOVER" : "ALLOW_TO_FAILOVER")
                + (flags.isAlwaysPrimary ? "|ALWAYS_PRIMARY" : "")
        case .redirects(let preferences):
            preferences.map(redirect).joined(separator: ",")
        case .dependencies(let pairs):
            pairs.map { "\($0.object):\($0.dependent)" }.joined(separator: ",")
        }
    }

    private var listSeparator: String {
        if case .list(let separator, _) = self { String(separator) } else { "," }
    }

    private func number(_ count: Int64) -> String {
        if case .timeOrNever(let unit, let range) = self {
            return count < 0 ? "never" : ParameterKind.time(unit, range).number(count)
        }
        guard count > 0 else { return "\(count)" }
        let steps: [(symbol: String, size: Int64)]
        switch self {
        case .memory(.bytes, _):
            steps = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)]
        case .memory(.kilobytes, _):
            steps = [("TB", 1 << 30), ("GB", 1 << 20), ("MB", 1 << 10), ("kB", 1)]
        case .time(.milliseconds, _):
            steps = [
                ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1),
            ]
        case .time(.seconds, _): steps = [("d", 86400), ("h", 3600), ("min", 60), ("s", 1)]
        case .time(.minutes, _): steps = [("d", 1440), ("h", 60), ("min", 1)]
        default: return "\(count)"
        }
        guard let step = steps.first(where: { count.isMultiple(of: $0.size) }) else {
            return "\(count)"
        }
        return "\(count / step.size)\(step.symbol)"
    }

    private func real(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }

    private func redirect(_ preference: RedirectPreference) -> String {
        let node =
            switch preference.target {
            case .primary: "primary"
            case .standby: "standby"
            case .node(let id): "\(id)"
            }
        let ratio = preference.ratio == 1 ? "" : "(\(preference.ratio))"
        return "\(preference.pattern):\(node)\(ratio)"
    }
}

extension Parameter {
    /// Name as in the file.
    public func fullName(_ index: Int?) -> String {
        index.map { "\(name)\($0)" } ?? name
    }

    /// The numbers under which this parameter has a value; nil stands for the bare name.
    func indices(in settings: Settings) -> [Int?] {
        let numbered: [Int?]
        if name.hasPrefix("heartbeat_") {
            numbered = settings.heartbeats.indices.filter { settings.heartbeats[$0].port != 0 }
        } else if ["hostname", "wd_port", "pgpool_port"].contains(name) {
            numbered = settings.watchdogNodes.indices.map { $0 }
        } else {
            numbered = settings.backends.indices.filter { settings.backends[$0].isUsed }
        }
        return switch suffix {
        case .none: [nil]
        case .required: numbered
        case .optional: [nil] + numbered
        }
    }
}
