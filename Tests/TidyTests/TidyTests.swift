import Foundation
import Testing

/// What a machine can check about the house rules.
@Suite struct TidyTests {
    /// A call that only some modules may make, and why.
    struct Ban: Sendable, CustomTestStringConvertible {
        var pattern: String
        var allowedModules: Set<String>
        var why: String

        var testDescription: String { pattern }
    }

    private static let bans = [
        Ban(
            pattern: #"\bDate\(\)"#, allowedModules: ["LocalCluster", "trunkline"],
            why: "time is injected"),
        Ban(
            pattern: #"(^|[^.\w])print\("#, allowedModules: ["LocalCluster", "trunkline"],
            why: "a library says nothing; what happens is logged"),
        Ban(pattern: #"\btry!"#, allowedModules: [], why: "one trap ends every client"),
        Ban(pattern: #"\bfatalError\("#, allowedModules: [], why: "one trap ends every client"),
        Ban(
            pattern: #"\bTask\.sleep\b"#, allowedModules: [],
            why: "waiting is a timer with a deadline that a test can move"),
        Ban(
            pattern: #"\bsocket\(\s*AF_"#,
            allowedModules: ["Reactor", "Operations", "LocalCluster"],
            why: "the data path's sockets live in Reactor"),
        Ban(
            pattern: #"\bepoll_(create1?|ctl|wait)\("#, allowedModules: ["Reactor"],
            why: "there is one event loop"),
        Ban(
            pattern: #"\b(fork|vfork)\("#, allowedModules: [],
            why: "threads do not survive a fork: posix_spawn"),
    ]

    @Test("calls that belong to few modules stay there", arguments: bans)
    func bannedCalls(ban: Ban) throws {
        let pattern = try Regex(ban.pattern)
        for file in SourceTree.swiftSources where !ban.allowedModules.contains(file.module ?? "") {
            for line in file.code where line.text.contains(pattern) {
                Issue.record("\(file.path):\(line.number): \(line.text) (\(ban.why))")
            }
        }
    }

    private static let pureModules: Set<String> = [
        "PostgresWire", "SQLSyntax", "Credentials", "Settings", "Sessions", "Pooling", "Routing",
        "ClusterModel",
    ]

    @Test("vocabulary and deciders import neither Foundation nor the system")
    func pureImports() throws {
        let pattern = try Regex(
            #"^\s*(public |package |internal |private )?import (Foundation|Glibc|CLinux)"#)
        for file in SourceTree.swiftSources where Self.pureModules.contains(file.module ?? "") {
            for line in file.code where line.text.contains(pattern) {
                Issue.record("\(file.path):\(line.number): \(line.text)")
            }
        }
    }

    @Test("the data path is public for the compiler, everything above it for the package")
    func access() throws {
        let inDataPath = try Regex(#"^\s*(@\w+(\([^)]*\))? )*(package|open) (?!import)"#)
        let above = try Regex(#"^\s*(@\w+(\([^)]*\))? )*(public|open) "#)
        let dataPath = Self.pureModules.union(["Reactor"])
        for file in SourceTree.swiftSources {
            let pattern = dataPath.contains(file.module ?? "") ? inDataPath : above
            for line in file.code where line.text.contains(pattern) {
                Issue.record(
                    "\(file.path):\(line.number): \(line.text) (Documentation/decisions/0014)")
            }
        }
    }

    @Test("no file names somebody's own folders")
    func absolutePaths() throws {
        // Written so that this file does not match itself.
        let pattern = try Regex(#"(^|[\s"'(=:`])/(home|Users|work|root)/[\w.]"#)
        for file in SourceTree.files {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.contains(pattern) {
                Issue.record("\(file.path):\(index + 1): \(line)")
            }
        }
    }

    @Test("every page begins with its one title")
    func titles() {
        for file in SourceTree.files where file.path.hasSuffix(".md") {
            let beginsWithTitle = file.text.hasPrefix("# ")
            #expect(beginsWithTitle, "\(file.path) does not begin with a title")
            var isCode = false
            var titles = 0
            for line in file.text.split(separator: "\n") {
                if line.hasPrefix("```") { isCode.toggle() }
                if !isCode, line.hasPrefix("# ") { titles += 1 }
            }
            #expect(titles == 1, "\(file.path) has \(titles) titles")
        }
    }

    @Test("every file ends with a line end, and with one")
    func lineEnds() {
        for file in SourceTree.files where !file.text.isEmpty {
            let endsWithLine = file.text.hasSuffix("\n")
            let endsWithEmptyLine = file.text.hasSuffix("\n\n")
            #expect(endsWithLine, "\(file.path) ends within a line")
            #expect(!endsWithEmptyLine, "\(file.path) ends with empty lines")
        }
    }

    @Test("no source file is left without a declaration")
    func deadFiles() {
        for file in SourceTree.swiftSources {
            let words = file.code.map(\.text).joined(separator: "\n")
            let isEmpty = words.allSatisfy(\.isWhitespace)
            #expect(!isEmpty, "\(file.path) holds nothing but comments")
        }
    }

    @Test("the walk finds the project")
    func walk() {
        let paths = Set(SourceTree.files.map(\.path))
        #expect(paths.isSuperset(of: ["Package.swift", "Makefile", ".ci/run", "CHANGELOG.md"]))
        #expect(SourceTree.swiftSources.count > 50)
        #expect(!paths.contains { $0.hasPrefix(".build") })
    }
}
