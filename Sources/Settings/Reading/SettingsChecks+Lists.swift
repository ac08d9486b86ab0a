extension SettingsChecks {
    /// Problems that are reported of one list.
    private static let listProblemsMax = 20

    /// Checks the lists that routing reads: each entry has to be a regular expression, and each
    /// node to be there.
    mutating func checkLists(of settings: Settings) {
        checkPatterns("read_only_function_list", settings.readOnlyFunctionList)
        checkPatterns("write_function_list", settings.writeFunctionList)
        checkPatterns(
            "primary_routing_query_pattern_list", settings.primaryRoutingQueryPatternList)
        checkRedirects(
            "user_redirect_preference_list", settings.userRedirectPreferenceList, .user, settings)
        checkRedirects(
            "database_redirect_preference_list", settings.databaseRedirectPreferenceList,
            .database, settings)
        checkRedirects(
            "app_name_redirect_preference_list", settings.appNameRedirectPreferenceList,
            .application, settings)
        if !settings.readOnlyFunctionList.isEmpty, !settings.writeFunctionList.isEmpty {
            report(
                .error, "write_function_list", "read_only_function_list",
                message: """
                    invalid configuration, read_only_function_list and write_function_list can't \
                    be set together
                    """,
                hint: "Keep one of the two: each says what all other functions do.")
        }
    }

    private mutating func checkPatterns(_ name: String, _ entries: [String]) {
        report(
            name,
            entries.lazy.compactMap { entry in
                Self.problem(in: entry).map {
                    ("wrong regular expression: \"\(entry)\": \($0.reason)", Self.patternHint)
                }
            })
    }

    private mutating func checkRedirects(
        _ name: String, _ preferences: [RedirectPreference], _ subject: RedirectSubject,
        _ settings: Settings
    ) {
        report(
            name,
            preferences.lazy.compactMap { preference in
                Self.problem(in: preference, subject, settings)
            })
    }

    private mutating func report(_ name: String, _ problems: some Sequence<(String, String)>) {
        for (detail, hint) in problems.prefix(Self.listProblemsMax) {
            report(
                .error, name, message: "invalid configuration for key \"\(name)\"",
                detail: detail, hint: hint)
        }
    }

    private static let patternHint =
        "Write a POSIX extended regular expression; .* matches everything."

    private static func problem(
        in preference: RedirectPreference, _ subject: RedirectSubject, _ settings: Settings
    ) -> (detail: String, hint: String)? {
        let pattern = preference.pattern
        if let problem = problem(in: pattern) {
            return (
                """
                wrong redirect \(subject.patternErrorSubject) regular expression: \
                "\(pattern)": \(problem.reason)
                """, patternHint
            )
        }
        guard case .node(let id) = preference.target, !settings.backend(id).isUsed else {
            return nil
        }
        return (
            """
            wrong redirect \(subject.nodeErrorSubject) node spec: "\(pattern):\(id)": there is \
            no node \(id)
            """, "Set backend_port\(id), or name another node."
        )
    }

    private static func problem(in entry: String) -> PatternProblem? {
        do throws(PatternProblem) {
            _ = try Pattern(entry)
            return nil
        } catch {
            return error
        }
    }
}
