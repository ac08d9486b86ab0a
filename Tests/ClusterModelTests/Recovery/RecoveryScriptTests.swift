import Testing

@testable import ClusterModel

@Suite("scripts of Pgpool-II") struct RecoveryScriptTests {
    private static let extensionRows = [
        [["public", "pgpool_recovery", "4"], ["public", "pgpool_remote_start", "2"]]
    ]

    private func script(_ firstStage: String, mayRunPrograms: Bool) -> RecoveryScript {
        RecoveryScript(
            firstStage: firstStage, targetHost: "db1", targetPort: 5433, targetData: "/d",
            targetNode: 1, database: "postgres", mayRunPrograms: mayRunPrograms)
    }

    @Test("the extension runs them where it is installed", arguments: [false, true])
    func byExtension(mayRunPrograms: Bool) {
        let calls = script("first", mayRunPrograms: mayRunPrograms)
            .calls(rows: Self.extensionRows, source: Fixture.server, starts: true)
        #expect(
            calls?.firstStage
                == .call(
                    function: #""public"."pgpool_recovery""#,
                    arguments: ["'first'", "'db1'", "'/d'", "'5432'"]))
        #expect(
            calls?.start
                == .call(
                    function: #""public"."pgpool_remote_start""#, arguments: ["'db1'", "'/d'"]))
        #expect(calls?.flaw == nil)
    }

    @Test("without it the server does where it may, with the same arguments")
    func byServer() {
        let directory = "pg_catalog.current_setting('data_directory')"
        let arguments = [directory, "'db1'", "'/d'", "'5432'", "'1'", "'5433'", "'db0'"]
        let none = script("first", mayRunPrograms: false)
        #expect(none.calls(rows: [[]], source: Fixture.server, starts: true) == nil)
        let calls = script("first", mayRunPrograms: true)
            .calls(rows: [[]], source: Fixture.server, starts: true)
        #expect(calls?.firstStage == .program(words: ["\(directory) || '/first'"] + arguments))
        #expect(
            calls?.start
                == .program(words: ["\(directory) || '/pgpool_remote_start'", "'db1'", "'/d'"]))
        // What the extension cannot find.
        let elsewhere = script("/srv/it's $(x)", mayRunPrograms: true)
            .calls(rows: Self.extensionRows, source: Fixture.server, starts: true)
        #expect(elsewhere?.firstStage == .program(words: ["'/srv/it''s $(x)'"] + arguments))
        #expect(elsewhere?.flaw == nil)
    }

    @Test("what starts the server otherwise needs no function for it")
    func startedOtherwise() {
        let rows = [[["public", "pgpool_recovery", "3"]]]
        let script = script("first", mayRunPrograms: false)
        #expect(script.calls(rows: rows, source: Fixture.server, starts: true) == nil)
        let calls = script.calls(rows: rows, source: Fixture.server, starts: false)
        #expect(calls != nil && calls?.start == nil)
    }

    @Test("values that do not reach a script as they are are refused")
    func flaws() {
        for (name, mayRunPrograms) in [
            ("/first", false), ("a;b", false), ("a\nb", true), (#"a\b"#, true),
        ] {
            let rows = mayRunPrograms ? [[]] : Self.extensionRows
            let calls = script(name, mayRunPrograms: mayRunPrograms)
                .calls(rows: rows, source: Fixture.server, starts: true)
            #expect(calls?.flaw?.hasPrefix("recovery_1st_stage_command") == true, "\(name)")
        }
    }

    @Test("a program's words are data of the statement")
    func statement() throws {
        let statements = RecoveryQuestion.program(words: ["'/s'", "'it''s'"]).statements
        #expect(statements.first == "SET statement_timeout TO 0")
        let copy = try #require(statements.last)
        #expect(copy.hasPrefix("COPY (SELECT pg_catalog.unnest(ARRAY['/s', 'it''s']::text[])) TO"))
    }
}
