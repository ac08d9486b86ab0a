import Operations
import Testing

@Suite struct LinePrefixTests {
    private let moment = LogMoment(
        year: 2026, month: 2, day: 3, hour: 10, minute: 11, second: 12, millisecond: 45)
    private let client = LogRecord(
        .log, "hello", process: "child", application: "psql", user: "alice", database: "",
        processID: 4_200_001)
    private let server = LogRecord(.log, "hello")

    private func render(_ pattern: String, _ record: LogRecord) -> String {
        var output: [UInt8] = []
        LinePrefix(pattern).append(
            to: &output, record: record, moment: moment, lineNumber: 7, processID: 4711)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "each escape prints its value",
        arguments: [
            ("%m: %a pid %p: ", "2026-02-03 10:11:12.045: psql pid 4200001: "),
            ("%t|", "2026-02-03 10:11:12|"),
            ("%P/%u/%d/%l", "child/alice/[unknown]/7"),
            ("100%% %p", "100% 4200001"),
            ("no escapes", "no escapes"),
            ("", ""),
        ])
    func escapes(pattern: String, expected: String) {
        #expect(render(pattern, client) == expected)
    }

    @Test("without a client, %a is the process kind and %u and %d say so")
    func noClient() {
        #expect(
            render("%a %p %u %d", server) == "main 4711 [No Connection] [No Connection]")
    }

    @Test(
        "a number pads on the left, a negative one on the right",
        arguments: [
            ("%8u|", "   alice|"), ("%-8u|", "alice   |"), ("%3u|", "alice|"), ("%0u|", "alice|"),
            ("%-3l|", "7  |"),
        ])
    func padding(pattern: String, expected: String) {
        #expect(render(pattern, client) == expected)
    }

    @Test(
        "what is no escape prints nothing",
        arguments: [("a%zb", "ab"), ("a%", "a"), ("a%-", "a"), ("a%12", "a"), ("a%-12qb", "ab")])
    func unknown(pattern: String, expected: String) {
        #expect(render(pattern, client) == expected)
    }

    @Test("a huge width is cut")
    func hugeWidth() {
        #expect(render("%99999999999999999999l", client).count == 256)
    }
}

@Suite struct LogLayoutTests {
    private let moment = LogMoment(
        year: 2026, month: 2, day: 3, hour: 10, minute: 11, second: 15, millisecond: 1)

    private func render(
        _ record: LogRecord, _ verbosity: LogConfiguration.Verbosity = .default,
        prefix: String = "%m: %a pid %p: "
    ) -> String {
        var layout = LogLayout(
            prefix: LinePrefix(prefix), verbosity: verbosity, processID: 4720)
        var output: [UInt8] = []
        layout.append(to: &output, record, at: moment)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("DETAIL and HINT have lines and prefixes of their own")
    func threeLines() {
        let record = LogRecord(
            .fatal, "client authentication failed", detail: "no entry", hint: "see pgpool log",
            process: "child")
        #expect(
            render(record) == """
                2026-02-03 10:11:15.001: child pid 4720: FATAL:  client authentication failed
                2026-02-03 10:11:15.001: child pid 4720: DETAIL:  no entry
                2026-02-03 10:11:15.001: child pid 4720: HINT:  see pgpool log

                """)
    }

    @Test("terse prints the message only")
    func terse() {
        let record = LogRecord(.error, "no", detail: "d", hint: "h")
        #expect(render(record, .terse, prefix: "") == "ERROR:  no\n")
        #expect(render(record, .verbose, prefix: "") == "ERROR:  no\nDETAIL:  d\nHINT:  h\n")
    }

    @Test("further lines of one text start with a tab")
    func continuation() {
        #expect(render(LogRecord(.log, "a\nb\nc"), prefix: "> ") == "> LOG:  a\n\tb\n\tc\n")
    }

    @Test("every line has its number")
    func lineNumbers() {
        let record = LogRecord(.log, "m", detail: "d", hint: "h")
        #expect(render(record, prefix: "%l ") == "1 LOG:  m\n2 DETAIL:  d\n3 HINT:  h\n")
    }

    @Test("all debug levels print as DEBUG, the others as themselves")
    func words() {
        let words = Severity.allCases.map { "\($0.word)" }
        #expect(
            words == [
                "DEBUG", "DEBUG", "DEBUG", "DEBUG", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR",
                "LOG", "FATAL", "PANIC",
            ])
    }
}
