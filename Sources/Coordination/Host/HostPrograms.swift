import ClusterModel
import Foundation
import Glibc

/// PostgreSQL's programs on a host.
struct HostPrograms: Equatable {
    /// Where they are.
    let directory: String
    /// Major version, such as 15.
    let version: Int

    /// What a program printed and how it ended.
    struct Result {
        var outcome: CommandOutcome
        var output: [String] = []
        var errors: [String] = []

        /// The words of a failure, without the program's name before them.
        var words: String {
            let lines = (errors.isEmpty ? output : errors).suffix(3).map { line in
                let label = [": error: ", ": fatal: "].lazy.compactMap { line.range(of: $0) }.first
                let words = label.map { line[$0.upperBound...] } ?? line[...]
                return words.trimmingCharacters(in: .whitespaces)
            }
            return lines.isEmpty ? outcome.description : lines.joined(separator: "; ")
        }
    }

    /// Finds the programs: those that are named, else those of the version of the data directory,
    /// else the newest.
    init(for server: HostedServer, dataVersion: Int?) throws(HostFailure) {
        if let named = server.binDirectory {
            guard HostPlaces.flaw(inPath: named) == nil, let version = Self.version(in: named)
            else {
                throw HostFailure("there are no programs of PostgreSQL in \"\(named)\"")
            }
            directory = named
            self.version = version
            return
        }
        let cluster = server.configurationFile.flatMap(DebianCluster.init(configurationFile:))
        let wanted = dataVersion ?? cluster.flatMap { Int($0.version) }
        for place in Self.places(wanted) {
            guard let version = Self.version(in: place), wanted == nil || version == wanted else {
                continue
            }
            directory = place
            self.version = version
            return
        }
        throw HostFailure(
            "no programs of PostgreSQL\(wanted.map { " \($0)" } ?? "") were found on the host",
            hint: "Install the server's package there, or say where its programs are.")
    }

    /// Where distributions put them, the newest version first.
    private static func places(_ version: Int?) -> [String] {
        let versions =
            version.map { [$0] }
            ?? HostFiles.names(in: "/usr/lib/postgresql").compactMap { Int($0) }.sorted(by: >)
        let named = versions.flatMap {
            ["/usr/lib/postgresql/\($0)/bin", "/usr/pgsql-\($0)/bin"]
        }
        let newer =
            version == nil
            ? stride(from: 18, through: 12, by: -1).map { "/usr/pgsql-\($0)/bin" } : []
        return named + newer + ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"]
    }

    private static func version(in directory: String) -> Int? {
        guard access(directory + "/postgres", X_OK) == 0 else { return nil }
        let result = run([directory + "/postgres", "--version"], timeMax: .seconds(10))
        // "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)"
        let word = result.output.first?.split(separator: " ").first { $0.first?.isNumber == true }
        return word.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    func path(_ program: String) -> String { "\(directory)/\(program)" }

    /// Runs one of the programs to its end.
    func run(_ program: String, _ arguments: [String], timeMax: Duration = .seconds(60)) -> Result {
        Self.run([path(program)] + arguments, timeMax: timeMax)
    }

    static func run(_ arguments: [String], timeMax: Duration) -> Result {
        var output: [String] = []
        var errors: [String] = []
        let outcome = CommandRunner.run(
            ProgramLaunch(arguments, environment: environment), timeMax: timeMax,
            onLine: { if output.count < linesMax { output.append($0) } },
            onErrorLine: { if errors.count < linesMax { errors.append($0) } })
        return Result(outcome: outcome, output: output, errors: errors)
    }

    /// Ours, without what would lead clients elsewhere or have them speak another language.
    static var environment: [String] {
        ProgramLaunch.environment(adding: [("LC_ALL", "C")]) {
            $0.hasPrefix("PG") || $0.hasPrefix("TRUNKLINE_") || $0.hasPrefix("LC_")
                || $0 == "LANGUAGE"
        }
    }

    private static let linesMax = 200
}
