/// What one session set for itself with PGPOOL SET.
///
/// Kept with the session and applied to the settings again after each reload, so that it lasts
/// until the session ends and everything else follows the file.
public struct SessionOverrides: Sendable, Equatable {
    private var values: [String: ParameterValue] = [:]

    /// Nothing set.
    public init() {}

    /// Whether the settings hold as they are.
    public var isEmpty: Bool { values.isEmpty }

    /// `PGPOOL SET name TO text`; nil is the word DEFAULT, which means the configured value.
    public mutating func set(_ name: String, to text: String?) throws(ValueProblem) {
        let row = try Self.settableRow(named: name)
        guard let text else {
            values[row.name] = nil
            return
        }
        values[row.name] = try row.kind.parse(text, as: name).value
    }

    /// `PGPOOL RESET name`
    public mutating func reset(_ name: String) throws(ValueProblem) {
        try set(name, to: nil)
    }

    /// `PGPOOL RESET ALL`
    public mutating func resetAll() {
        values = [:]
    }

    /// The settings as this session sees them.
    public func applied(to settings: Settings) -> Settings {
        var settings = settings
        for (name, value) in values {
            ParameterTable.row(named: name)?.write(&settings, nil, value)
        }
        return settings
    }

    /// The row, if a session may set it. Where it may not, the value is not looked at.
    private static func settableRow(named name: String) throws(ValueProblem) -> Parameter {
        switch ParameterTable.lookUp(name) {
        case .parameter(let row, _) where row.reload == .session:
            return row
        case .parameter:
            break
        case .historic(let entry):
            guard case .alias = entry.treatment else { fallthrough }
        case .unknown:
            throw ValueProblem(message: "unrecognized configuration parameter \"\(name)\"")
        case .wrong(let problem):
            throw ValueProblem(message: problem.message, detail: problem.detail)
        }
        throw ValueProblem(
            message: "invalid Context, value for parameter \"\(name)\" cannot be changed")
    }
}
