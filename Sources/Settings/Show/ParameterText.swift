/// The answers to PGPOOL SHOW, and single values of SHOW POOL_STATUS.
public enum ParameterText {
    /// The value of a parameter as SHOW POOL_STATUS prints it, nil if there is no such parameter.
    ///
    /// - Parameter name: with the node's number where there is one.
    public static func status(_ name: String, _ settings: Settings) -> String? {
        guard case .parameter(let row, let index) = ParameterTable.lookUp(name) else { return nil }
        return row.statusText(settings, index)
    }

    /// The answer to `PGPOOL SHOW name`.
    ///
    /// - Parameter name: a parameter with or without a node's number, a group (backend,
    ///   watchdog, heartbeat, health_check) or all. The caller has folded it to lower case
    ///   unless it was quoted.
    public static func show(
        _ name: String, _ settings: Settings
    ) throws(ValueProblem) -> ShowAnswer {
        if name == "all" { return .list(everything(settings)) }
        if let group = ShowGroup(rawValue: name) { return .list(group.rows(settings)) }
        if let row = ParameterTable.row(named: name) {
            guard row.suffix == .none else {
                return .list(row.indices(in: settings).map { row.shown(settings, $0) })
            }
            return .value(row.shown(settings, nil).value)
        }
        if let row = ParameterTable.numbered.first(where: { name.hasPrefix($0.name) }) {
            return .value(row.shown(settings, try number(of: row, in: name)).value)
        }
        if case .historic(let entry) = ParameterTable.lookUp(name),
            case .alias(let modern) = entry.treatment,
            let row = ParameterTable.row(named: modern)
        {
            return .value(row.shown(settings, nil).value)
        }
        throw ValueProblem(message: "config variable \"\(name)\" not found")
    }

    /// The number behind the name of a row.
    private static func number(of row: Parameter, in name: String) throws(ValueProblem) -> Int {
        let digits = name.dropFirst(row.name.count)
        guard digits.utf8.allSatisfy(\.isDigit) else {
            throw ValueProblem(
                message: "invalid index value for parameter \"\(name)\" ",
                detail: "index part contains the invalid non digit character")
        }
        let indexMax = row.suffix.indexMax ?? 0
        guard let index = Int(digits), index <= indexMax else {
            throw ValueProblem(
                message: "invalid index \(digits) for configuration parameter \"\(row.name)\"",
                detail: "allowed index is between 0 and \(indexMax)")
        }
        return index
    }

    /// The groups, then all other parameters in the order of the manual.
    private static func everything(_ settings: Settings) -> [ShownParameter] {
        let groups = ShowGroup.allCases.flatMap { $0.rows(settings) }
        let others = ParameterTable.all.filter { $0.suffix == .none }
        return groups + others.map { $0.shown(settings, nil) }
    }
}

/// The answer to PGPOOL SHOW.
public enum ShowAnswer: Sendable, Equatable {
    /// One row with one column, which is called as the name was asked for.
    case value(String)
    /// Rows with the columns item, value and description.
    case list([ShownParameter])
}

/// One row of PGPOOL SHOW.
public struct ShownParameter: Sendable, Equatable {
    /// Name, with the node's number where there is one.
    public let item: String
    /// Value as text.
    public let value: String
    /// What the parameter means.
    public let help: String
}

/// A name of PGPOOL SHOW that stands for several parameters.
private enum ShowGroup: String, CaseIterable {
    case backend
    case watchdog
    case heartbeat
    case healthCheck = "health_check"

    private var members: [String] {
        switch self {
        case .backend:
            [
                "backend_hostname", "backend_port", "backend_weight", "backend_data_directory",
                "backend_application_name", "backend_flag",
            ]
        case .watchdog: ["hostname", "pgpool_port", "wd_port"]
        case .heartbeat: ["heartbeat_hostname", "heartbeat_port", "heartbeat_device"]
        case .healthCheck:
            [
                "health_check_period", "health_check_timeout", "health_check_user",
                "health_check_password", "health_check_database", "health_check_max_retries",
                "health_check_retry_delay", "connect_timeout",
            ]
        }
    }

    /// Number by number, what holds for all nodes first.
    func rows(_ settings: Settings) -> [ShownParameter] {
        let parameters = members.compactMap(ParameterTable.row(named:))
        let indices = parameters.first?.indices(in: settings) ?? []
        return indices.flatMap { index in parameters.map { $0.shown(settings, index) } }
    }
}

extension Parameter {
    /// The row of PGPOOL SHOW.
    fileprivate func shown(_ settings: Settings, _ index: Int?) -> ShownParameter {
        ShownParameter(
            item: fullName(index), value: shownText(settings, index), help: help)
    }

    /// Numbered parameters show bare numbers, as in the reference; the name of the password file
    /// is hidden there, too.
    private func shownText(_ settings: Settings, _ index: Int?) -> String {
        let value = read(settings, index)
        if name == "pool_passwd" { return "*****" }
        if suffix != .none, case .integer(let count) = value { return "\(count)" }
        return kind.shownText(value)
    }
}
