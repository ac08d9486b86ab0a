import Foundation
import Operations
import Testing

@Suite struct PidFileTests {
    @Test(
        "the number ends at the first byte that is no digit",
        arguments: [
            ("812\0", .process(812)), ("812\n", .process(812)), ("812", .process(812)),
            ("", .empty), ("\0", .unreadable), ("x12", .unreadable), ("-5", .unreadable),
            ("0", .unreadable), ("99999999999", .unreadable),
        ] as [(String, PidFileJudgement.Content)])
    func content(text: String, expected: PidFileJudgement.Content) {
        #expect(PidFileJudgement.content(of: Array(text.utf8)) == expected)
    }

    struct Case: Sendable {
        var content: PidFileJudgement.Content
        var isLocked: Bool
        var owner: String?
        var expected: PidFileJudgement
    }

    @Test(
        "a file is stale unless its owner is alive",
        arguments: [
            Case(content: .process(8), isLocked: false, owner: nil, expected: .stale),
            Case(content: .process(8), isLocked: false, owner: "pgpool", expected: .running(8)),
            Case(content: .process(8), isLocked: false, owner: "trunkline", expected: .running(8)),
            // A recycled process id.
            Case(content: .process(8), isLocked: false, owner: "cron", expected: .stale),
            // Our own id, left by the last run in a container.
            Case(content: .process(1), isLocked: false, owner: "trunkline", expected: .stale),
            // The lock cannot be wrong, whatever else is.
            Case(content: .process(8), isLocked: true, owner: nil, expected: .running(8)),
            Case(content: .empty, isLocked: true, owner: nil, expected: .running(0)),
            Case(content: .empty, isLocked: false, owner: nil, expected: .stale),
            Case(content: .unreadable, isLocked: false, owner: nil, expected: .stale),
        ])
    func judgement(_ one: Case) {
        let judgement = PidFileJudgement.judge(
            one.content, isLocked: one.isLocked, ownerName: one.owner, ownID: 1)
        #expect(judgement == one.expected)
    }

    @Test("the file holds the number and a NUL, and is private")
    func acquireAndRemove() throws {
        let scratch = try ScratchDirectory()
        let file = try PidFile.acquire(scratch.file("proxy.pid"))
        #expect(try scratch.text("proxy.pid") == "\(getpid())\0")
        #expect(try scratch.mode("proxy.pid") == 0o600)
        let replaced = file.replacedStale
        #expect(!replaced)
        file.remove()
        #expect(try scratch.names() == [])
    }

    @Test("a second instance is refused while the first one holds the file")
    func second() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("proxy.pid")
        let first = try PidFile.acquire(path)
        #expect(throws: PidFile.Failure.running(getpid())) {
            let second = try PidFile.acquire(path)
            second.remove()
        }
        first.remove()
    }

    @Test("a stale file is taken over")
    func stale() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("proxy.pid")
        try Data("2147483647\0".utf8).write(to: URL(fileURLWithPath: path))
        let file = try PidFile.acquire(path)
        let replaced = file.replacedStale
        #expect(replaced)
        #expect(try scratch.text("proxy.pid") == "\(getpid())\0")
        #expect(try scratch.mode("proxy.pid") == 0o600)
    }

    @Test("an impossible path is an error with a reason")
    func impossible() {
        #expect(
            throws: PidFile.Failure.failed(
                "could not open pid file \"/proc/nowhere/x.pid\": No such file or directory")
        ) {
            let file = try PidFile.acquire("/proc/nowhere/x.pid")
            file.remove()
        }
    }

    @Test("reading for stop and reload")
    func reading() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.file("proxy.pid")
        #expect(PidFile.read(path) == .missing)
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(PidFile.read(path) == .empty)
        try Data("2147483647\0".utf8).write(to: URL(fileURLWithPath: path))
        #expect(PidFile.read(path) == .process(2_147_483_647, isAlive: false))
        PidFile.removeStale(path, of: 5)
        #expect(try scratch.names() == ["proxy.pid"])
        PidFile.removeStale(path, of: 2_147_483_647)
        #expect(try scratch.names() == [])
    }
}
