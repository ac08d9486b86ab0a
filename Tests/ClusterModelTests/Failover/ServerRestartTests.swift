import ClusterModel
import Foundation
import TestSupport
import Testing

@Suite("Texts for other programs")
struct ServerRestartTests {
    private static func run(_ script: String) throws -> String {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", script]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let words = [
        "", "a", "a b", "it's", "''", "'", "\\", "$HOME", "`id`", "$(id)", "a;b", "a\nb", "*", "~",
        "-n", "\"x\"", "é🐘", "a'\"'b", "!x", "#x", "&", "|", ">x", "'\u{301}; echo x", "\u{301}'",
        "\r\n", "'\u{200D}'",
    ]

    @Test("the shell reads a quoted word as it was, twice quoted too")
    func quoting() throws {
        let once = Self.words.map { ShellText.quoted($0) }.joined(separator: " ")
        let script = "for word in \(once); do printf '%s<end>' \"$word\"; done"
        let expected = Self.words.map { $0 + "<end>" }.joined()
        #expect(try Self.run(script) == expected)
        #expect(try Self.run("sh -c \(ShellText.quoted(script))") == expected)
    }

    @Test("random words survive the shell")
    func randomWords() throws {
        let alphabet: [Character] = ["a", "'", "\\", " ", "$", "\"", "`", "\n", "*", "é", "{", "!"]
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let word = String(
                (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                })
            #expect(
                try Self.run("printf '%s<end>' \(ShellText.quoted(word))") == word + "<end>",
                "seed \(seed)")
        }
    }

    @Test("a restart touches standby.signal and calls pg_ctl of that server, whatever its path")
    func restart() throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("restart-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let data = root.appendingPathComponent("it's $HOME data")
        let programs = root.appendingPathComponent("bin dir")
        for folder in [data, programs] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let calls = root.appendingPathComponent("calls")
        let control = programs.appendingPathComponent("pg_ctl")
        let script =
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >\(ShellText.quoted(calls.path)).new\n"
            + "mv \(ShellText.quoted(calls.path)).new \(ShellText.quoted(calls.path))\n"
        try Data(script.utf8).write(to: control)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: control.path)
        // Whoever runs the tests may ignore or block the signal, and children inherit that.
        let pidFile = data.appendingPathComponent("postmaster.pid")
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/perl")
        server.arguments = [
            "-MPOSIX", "-e",
            """
            $SIG{INT} = 'DEFAULT'; sigprocmask(SIG_SETMASK, POSIX::SigSet->new);
            open(my $file, '>', $ARGV[0]); print $file "$$\\n5432\\n"; close($file); sleep 60
            """, pidFile.path,
        ]
        try server.run()
        defer { server.terminate() }
        for _ in 0..<500 where (try? Data(contentsOf: pidFile))?.isEmpty != false {
            Thread.sleep(forTimeInterval: 0.01)
        }

        let restart = ServerRestart(programs: programs.path, dataDirectory: data.path)
        #expect(try Self.run(restart.asStandby) == "", "it ends at once")
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: calls.path) {
            Thread.sleep(forTimeInterval: 0.01)
        }
        let arguments = try String(contentsOf: calls, encoding: .utf8).split(separator: "\n")
        #expect(arguments.starts(with: ["-D", data.path[...], "-m", "fast", "-s", "-l"]))
        #expect(arguments.last == "restart")
        server.waitUntilExit()
        #expect(
            server.terminationReason == .uncaughtSignal && server.terminationStatus == SIGINT,
            "it is told to stop in fast mode")
        #expect(
            FileManager.default.fileExists(
                atPath: data.appendingPathComponent("standby.signal").path))
    }

    private static let literals = [
        ("", "''"), ("a", "'a'"), ("it's", "'it''s'"), ("a\\b", " E'a\\\\b'"),
        ("'\\", " E'''\\\\'"), ("é", "'é'"),
        ("'\u{301}", "'" + "'" + "'" + "\u{301}'"), ("\\\u{301}", " E'\\\\\u{301}'"),
    ]

    @Test("SQL literals", arguments: literals)
    func literal(_ text: String, _ expected: String) {
        #expect(SQLText.literal(text) == expected)
    }
}
