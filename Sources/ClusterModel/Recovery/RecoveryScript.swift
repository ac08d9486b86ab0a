/// The scripts that people have for Pgpool-II, run on the source: same calls, same order, same
/// arguments (OR-16). The extension pgpool_recovery runs them, or `COPY ... TO PROGRAM` (OR-17).
public struct RecoveryScript: Equatable, Sendable {
    /// `recovery_1st_stage_command`, a file in the source's data directory.
    public var firstStage: String
    /// The node's, as the scripts are told.
    public var targetHost: String
    public var targetPort: Int
    public var targetData: String
    public var targetNode: Int
    /// Where the extension has to be.
    public var database: String
    /// Whether the source may run programs by itself, where the extension cannot.
    public var mayRunPrograms: Bool

    public init(
        firstStage: String, targetHost: String, targetPort: Int, targetData: String,
        targetNode: Int, database: String, mayRunPrograms: Bool = false
    ) {
        self.firstStage = firstStage
        self.targetHost = targetHost
        self.targetPort = targetPort
        self.targetData = targetData
        self.targetNode = targetNode
        self.database = database
        self.mayRunPrograms = mayRunPrograms
    }

    /// How the scripts are run on a source.
    struct Calls: Equatable, Sendable {
        var firstStage: RecoveryQuestion
        /// Nil where nothing but `recovery_start_command` can start the server.
        var start: RecoveryQuestion?
        /// Why the values must not be handed over; nil if they may.
        var flaw: String?
        /// For people.
        var words: String
    }

    /// - Parameters:
    ///   - rows: the answer to ``RecoveryQuestion/functions``.
    ///   - starts: whether a script has to start the server, too.
    /// - Returns: nil where nothing can run them.
    func calls(rows: [[[String?]]], source: SourceServer, starts: Bool) -> Calls? {
        let functions = Self.functions(rows: rows)
        // The extension looks in the data directory only.
        let isElsewhere = firstStage.hasPrefix("/")
        if let recovery = functions.recovery, functions.start != nil || !starts,
            !(isElsewhere && mayRunPrograms)
        {
            return Calls(
                firstStage: .call(
                    function: recovery.name,
                    arguments: firstStageArguments(recovery, source: source)),
                start: functions.start.map {
                    .call(function: $0.name, arguments: startArguments)
                },
                flaw: extensionFlaw(source: source),
                words: "extension: pgpool_recovery with \(recovery.argumentCount) arguments in "
                    + "database \"\(database)\"")
        }
        guard mayRunPrograms else { return nil }
        let arguments = [
            targetHost, targetData, "\(source.port)", "\(targetNode)", "\(targetPort)", source.host,
        ]
        return Calls(
            firstStage: .program(
                words: [Self.path(firstStage), Self.directory] + arguments.map(SQLText.literal)),
            start: .program(words: [Self.path("pgpool_remote_start")] + startArguments),
            flaw: programFlaw(source: source),
            words: "scripts: run by COPY TO PROGRAM, without the extension pgpool_recovery")
    }

    /// As the extension calls it.
    private static let directory = "pg_catalog.current_setting('data_directory')"

    private static func path(_ name: String) -> String {
        name.hasPrefix("/")
            ? SQLText.literal(name) : "\(directory) || \(SQLText.literal("/" + name))"
    }

    /// The extension builds its command line in 1,024 bytes and cuts it silently.
    static let bytesMax = 900

    /// How one of the extension's functions is called on a server.
    public struct Function: Equatable, Sendable {
        /// Schema and name, quoted for SQL.
        public var name: String
        public var argumentCount: Int
    }

    /// From the answer to ``RecoveryQuestion/functions``: of each name the one with most arguments
    /// that is known.
    public static func functions(rows: [[[String?]]]) -> (recovery: Function?, start: Function?) {
        var found: [String: Function] = [:]
        for row in rows.first ?? [] where row.count == 3 {
            guard let schema = row[0], let name = row[1], let count = row[2].flatMap({ Int($0) }),
                name == "pgpool_recovery" ? (3...7).contains(count) : count == 2,
                count > found[name]?.argumentCount ?? 0
            else { continue }
            found[name] = Function(
                name: "\(quoted(schema)).\(quoted(name))", argumentCount: count)
        }
        return (found["pgpool_recovery"], found["pgpool_remote_start"])
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" { text.unicodeScalars.append(scalar) }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }

    /// What the function for the first stage is given, as SQL: literals and a number.
    func firstStageArguments(_ function: Function, source: SourceServer) -> [String] {
        let all = [
            SQLText.literal(firstStage), SQLText.literal(targetHost), SQLText.literal(targetData),
            SQLText.literal("\(source.port)"), "\(targetNode)", SQLText.literal("\(targetPort)"),
            SQLText.literal(source.host),
        ]
        return Array(all.prefix(function.argumentCount))
    }

    var startArguments: [String] {
        [SQLText.literal(targetHost), SQLText.literal(targetData)]
    }

    /// What the scripts are told.
    private func values(_ source: SourceServer) -> [(name: String, value: String)] {
        [
            ("recovery_1st_stage_command", firstStage), ("the source's host", source.host),
            ("the node's host", targetHost), ("the node's backend_data_directory", targetData),
        ]
    }

    /// Why these values cannot be lines of a program's input; nil if they can.
    private func programFlaw(source: SourceServer) -> String? {
        let bad = values(source).first { _, value in
            value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }
        }
        return bad.map { "\($0.name) has a character that no script can be told" }
    }

    /// Why these values must not reach the extension, which hands them to a shell; nil if they may.
    private func extensionFlaw(source: SourceServer) -> String? {
        if firstStage.hasPrefix("/") {
            return "recovery_1st_stage_command is an absolute path: the extension looks for it in "
                + "the data directory"
        }
        let values = values(source)
        let bad: Set<Unicode.Scalar> = ["\"", "$", "`", "\\", "\n", "\r", ";", "&", "|", "'"]
        for (name, value) in values where value.unicodeScalars.contains(where: bad.contains) {
            return "\(name) has a character that the extension's shell would misread"
        }
        if targetHost.isEmpty || targetData.isEmpty { return "backend_data_directory is not set" }
        if targetData.contains(" ") || targetHost.contains(" ") {
            return "a blank in host or data directory: pgpool_remote_start does not quote them"
        }
        let length = values.reduce(0) { $0 + $1.1.utf8.count }
        return length > Self.bytesMax
            ? "the values have \(length) bytes together, more than \(Self.bytesMax)" : nil
    }
}
