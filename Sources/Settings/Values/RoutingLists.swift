/// The lists of the configuration that decide where statements and sessions go, compiled.
///
/// Belongs to one worker, which makes a new one from each new settings: nothing of an older list
/// stays.
public final class RoutingLists {
    private let readOnlyFunctions: PatternList
    private let writeFunctions: PatternList
    private let primaryStatements: PatternList
    private let userPreferences: PreferenceList
    private let databasePreferences: PreferenceList
    private let applicationPreferences: PreferenceList

    /// Compiles the lists.
    public init(_ settings: Settings) {
        readOnlyFunctions = PatternList(settings.readOnlyFunctionList)
        writeFunctions = PatternList(settings.writeFunctionList)
        primaryStatements = PatternList(settings.primaryRoutingQueryPatternList)
        userPreferences = PreferenceList(settings.userRedirectPreferenceList)
        databasePreferences = PreferenceList(settings.databaseRedirectPreferenceList)
        applicationPreferences = PreferenceList(settings.appNameRedirectPreferenceList)
    }

    /// What the function lists say of functions.
    public enum FunctionRule: Sendable, Equatable {
        /// Neither list is set: the catalog knows.
        case byVolatility
        /// read_only_function_list: those that are not listed write.
        case allButListed
        /// write_function_list: those that are listed write.
        case onlyListed
    }

    /// Which of the function lists is set.
    public var functionRule: FunctionRule {
        if !writeFunctions.isEmpty { return .onlyListed }
        return readOnlyFunctions.isEmpty ? .byVolatility : .allButListed
    }
    /// Whether primary_routing_query_pattern_list is set.
    public var hasStatementPatterns: Bool { !primaryStatements.isEmpty }
    /// Whether any of the redirect lists is set.
    public var hasPreferences: Bool {
        !(userPreferences.isEmpty && databasePreferences.isEmpty && applicationPreferences.isEmpty)
    }

    /// Whether the function list that is set has this function.
    ///
    /// - Parameter name: as written in the statement, with its schema if it was written; double
    ///   quotes do not count. `f` and `public.f` are two names.
    public func isListed(function name: [UInt8]) -> Bool {
        let name = withoutQuotes(name)
        return switch functionRule {
        case .byVolatility: false
        case .allButListed: readOnlyFunctions.matches(name, undecided: false)
        case .onlyListed: writeFunctions.matches(name, undecided: true)
        }
    }

    /// Whether primary_routing_query_pattern_list keeps a statement on the primary.
    ///
    /// - Parameter text: the whole text of the client's message, comments included; double quotes
    ///   do not count.
    public func isForPrimary(statement text: [UInt8]) -> Bool {
        guard hasStatementPatterns else { return false }
        return primaryStatements.matches(withoutQuotes(text), undecided: true)
    }

    /// Where a session prefers to read, nil if no list matches.
    ///
    /// The list for applications counts before that for databases, and that before the one for
    /// users; in a list the first entry that matches counts.
    ///
    /// - Parameter application: the name in the startup packet; later ones do not count.
    public func preference(
        user: [UInt8], database: [UInt8], application: [UInt8]
    ) -> RedirectPreference? {
        applicationPreferences.first(matching: application)
            ?? databasePreferences.first(matching: database)
            ?? userPreferences.first(matching: user)
    }

    private func withoutQuotes(_ bytes: [UInt8]) -> [UInt8] {
        bytes.filter { $0 != UInt8(ascii: "\"") }
    }
}

/// A redirect list, compiled.
public struct PreferenceList {
    private let preferences: [RedirectPreference]
    /// One for each preference; nil if memory did not suffice to compile it.
    private let patterns: [Pattern?]

    /// Compiles the patterns.
    public init(_ preferences: [RedirectPreference]) {
        self.preferences = preferences
        patterns = preferences.map { try? Pattern($0.pattern) }
    }

    /// Whether the list has no entry.
    public var isEmpty: Bool { preferences.isEmpty }

    /// The first entry whose pattern matches the whole of `name`.
    public func first(matching name: [UInt8]) -> RedirectPreference? {
        zip(preferences, patterns)
            .first { $0.1?.matches(name, undecided: false) == true }?.0
    }
}
