/// Turns names and texts into settings, collecting every problem on the way.
struct ConfigurationEvaluation {
    /// A pair whose name is understood.
    private struct Entry {
        var row: Parameter
        var index: Int?
        var text: String
        var location: ConfigurationLocation
        var fullName: String { row.fullName(index) }
    }

    private let mainPath: String
    private var problems: [ConfigurationProblem]
    private var settings = Settings()
    private var setParameters: [String: ConfigurationLocation] = [:]
    /// Positions in `problems` of unknown names, which are errors under `strict_config`.
    private var unknownNames: [Int] = []

    init(mainPath: String, problems: [ConfigurationProblem]) {
        self.mainPath = mainPath
        self.problems = problems
    }

    /// Applies the pairs of the files, then the environment; the last value of a name wins.
    mutating func apply(
        _ assignments: [ConfigurationText.Assignment], environment: [(String, String)]
    ) {
        let modernNames = Set(assignments.map(\.name))
        var entries: [Entry] = []
        for pair in assignments {
            guard problems.count <= ConfigurationText.problemsMax * 2 else {
                problems.append(.tooMany(at: pair.location))
                break
            }
            if let entry = understand(pair, modernNames: modernNames) { entries.append(entry) }
        }
        for (name, text) in environment {
            if let entry = understandVariable(name, text) { entries.append(entry) }
        }
        // Values for all nodes first: a node's own value wins wherever it stands.
        for entry in entries where entry.index == nil { store(entry) }
        for entry in entries where entry.index != nil { store(entry) }
    }

    private mutating func store(_ entry: Entry) {
        do {
            let parsed = try entry.row.kind.parse(entry.text, as: entry.fullName)
            if let caution = parsed.caution {
                problems.append(
                    ConfigurationProblem(
                        .warning, at: entry.location, parameter: entry.fullName, caution))
            }
            entry.row.write(&settings, entry.index, parsed.value)
            setParameters[entry.fullName] = entry.location
        } catch {
            report(error, entry.fullName, entry.location)
        }
    }

    private mutating func report(
        _ problem: ValueProblem, _ name: String, _ location: ConfigurationLocation
    ) {
        problems.append(
            ConfigurationProblem(
                .error, at: location, parameter: name, problem.message, detail: problem.detail,
                hint: problem.hint))
    }
}

// MARK: Names

extension ConfigurationEvaluation {
    private mutating func understand(
        _ pair: ConfigurationText.Assignment, modernNames: Set<String>
    ) -> Entry? {
        switch ParameterTable.lookUp(pair.name) {
        case .parameter(let row, let index):
            return Entry(row: row, index: index, text: pair.text, location: pair.location)
        case .historic(let entry):
            return translate(entry, pair, modernNames: modernNames)
        case .wrong(let problem):
            report(problem, pair.name, pair.location)
        case .unknown(let suggestion):
            unknownNames.append(problems.count)
            problems.append(unknown(pair.name, pair.location, suggestion))
        }
        return nil
    }

    private func unknown(
        _ name: String, _ location: ConfigurationLocation, _ suggestion: String?
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            .warning, at: location, parameter: name,
            "unrecognized configuration parameter \"\(name)\"",
            hint: suggestion.map { "Did you mean \"\($0)\"?" })
    }

    private mutating func translate(
        _ entry: HistoricName, _ pair: ConfigurationText.Assignment, modernNames: Set<String>
    ) -> Entry? {
        var problem = ConfigurationProblem(
            .warning, at: pair.location, parameter: pair.name,
            "parameter \"\(pair.name)\" is no longer used and has no effect")
        var result: Entry?
        switch entry.treatment {
        case .alias(let name), .rename(let name):
            problem.message = "parameter \"\(pair.name)\" is called \"\(name)\" now"
            var isOverruled = false
            if case .rename = entry.treatment { isOverruled = modernNames.contains(name) }
            if isOverruled {
                problem.hint = "Remove the line: \"\(name)\" is set as well and wins."
            } else {
                problem.hint = "The value is used. Write \(name)."
                result = ParameterTable.row(named: name).map {
                    Entry(row: $0, index: nil, text: pair.text, location: pair.location)
                }
            }
        case .dropped(let hint):
            problem.hint = hint
        case .droppedUnlessOff(let hint, let reason):
            problem.hint = hint
            let value = try? ParameterKind.boolean.parse(pair.text, as: pair.name).value
            if value != .boolean(false) { problem = refusal(problem, reason) }
        case .droppedUnlessWords(let words, let hint, let reason):
            problem.hint = hint
            if words.contains(pair.text.lowercased()) { problem = refusal(problem, reason) }
        }
        problems.append(problem)
        return result
    }

    private func refusal(_ problem: ConfigurationProblem, _ reason: String) -> ConfigurationProblem
    {
        var problem = problem
        problem.severity = .error
        problem.detail = "Start is refused because \(reason)."
        return problem
    }
}

// MARK: Environment

extension ConfigurationEvaluation {
    private mutating func understandVariable(_ variable: String, _ text: String) -> Entry? {
        guard variable.hasPrefix(ConfigurationReader.environmentPrefix),
            !variable.hasPrefix(ConfigurationReader.eventPrefix)
        else { return nil }
        let suffix = variable.dropFirst(ConfigurationReader.environmentPrefix.count)
        let name = suffix.lowercased()
        let location = ConfigurationLocation(file: variable)
        switch ParameterTable.lookUp(name) {
        case .parameter(let row, let index):
            // Kubernetes describes a service called trunkline to its pods in such variables.
            if text.hasPrefix("tcp://") || text.hasPrefix("udp://"), row.name == "port" {
                problems.append(
                    ConfigurationProblem(
                        .warning, at: location, parameter: name,
                        "environment variable \(variable) holds an address and is not used",
                        hint: "Container platforms set it for a service of this name."))
                return nil
            }
            return Entry(row: row, index: index, text: text, location: location)
        case .historic(let entry):
            let pair = ConfigurationText.Assignment(name: name, text: text, location: location)
            return translate(entry, pair, modernNames: [])
        case .wrong(let problem):
            report(problem, name, location)
        case .unknown(let suggestion):
            // Never an error: the environment is shared with other programs.
            var problem = unknown(name, location, nil)
            problem.message += " in environment variable \(variable)"
            problem.hint = suggestion.map {
                "Did you mean \(ConfigurationReader.environmentPrefix)\($0.uppercased())?"
            }
            problems.append(problem)
        }
        return nil
    }
}

// MARK: Checks

extension ConfigurationEvaluation {
    /// Completes the settings and checks them as a whole.
    mutating func finish(strict: Bool) -> LoadedConfiguration {
        if strict || settings.strictConfig {
            for index in unknownNames { problems[index].severity = .error }
        }
        var checks = SettingsChecks(setParameters: setParameters, mainPath: mainPath)
        checks.completeNodes(&settings)
        resolvePaths()
        checks.checkConsistency(of: settings)
        checks.checkStatus(of: settings)
        return LoadedConfiguration(
            settings: settings, problems: problems + checks.problems, setParameters: setParameters)
    }

    /// Names relative to the directory of the main file become complete.
    private mutating func resolvePaths() {
        for row in ParameterTable.all {
            guard case .path = row.kind, case .text(let name) = row.read(settings, nil),
                !name.isEmpty
            else { continue }
            row.write(&settings, nil, .text(FilePath.resolve(name, besides: mainPath)))
        }
    }
}
