import Routing
import SQLSyntax
import Testing

@Suite struct SessionStateLogTests {
    private static func change(
        _ name: String, _ value: String?, _ scope: SettingChange.Scope = .session
    ) -> SettingChange {
        SettingChange(
            name: Array(name.utf8), scope: scope,
            value: value.map { .items([Array($0.utf8)]) } ?? .standard)
    }

    /// Follows statements written `name=value`, `local name=value`, `reset name`, `a=1,b=2`,
    /// `begin`, `commit`, `rollback`, `savepoint x`, `release x`, `to x`, `mode`, `discard`.
    private static func log(_ script: String) -> SessionStateLog {
        var log = SessionStateLog()
        var isOpen = false
        for text in script.split(separator: "; ").map(String.init) {
            let words = text.split(separator: " ").map(String.init)
            let bytes = Array(text.utf8)
            switch words[0] {
            case "begin": isOpen = true
            case "commit":
                isOpen = false
                log.committed()
            case "rollback":
                isOpen = false
                log.rolledBack()
            case "savepoint": log.savepoint(Array(words[1].utf8), text: bytes)
            case "release": log.release(Array(words[1].utf8))
            case "to": log.rollback(to: Array(words[1].utf8))
            case "mode": log.applied([], text: bytes, inTransaction: isOpen)
            case "discard": log.discardedAll(text: bytes)
            case "reset": log.applied([change(words[1], nil)], text: bytes, inTransaction: isOpen)
            default:
                let isLocal = words[0] == "local"
                let changes = words[isLocal ? 1 : 0].split(separator: ",").map { part in
                    let sides = part.split(separator: "=").map(String.init)
                    return change(sides[0], sides[1], isLocal ? .transaction : .session)
                }
                log.applied(changes, text: bytes, inTransaction: isOpen)
            }
        }
        return log
    }

    private static func texts(_ texts: [[UInt8]]) -> String {
        texts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; ")
    }

    @Test(
        "what a fresh connection is given",
        arguments: [
            ("", ""),
            ("a=1", "a=1"),
            ("a=1; b=2; a=3", "b=2; a=3"),
            // A reset is no news to a fresh connection, unless something is before it.
            ("a=1; reset a", ""),
            ("a=1; b=2; reset a", "b=2; reset a"),
            ("a=1; b=2; reset *", ""),
            ("a=1; reset *; b=2", "b=2"),
            // RESET ALL leaves role and user as they are (PostgreSQL 15), DISCARD ALL does not.
            ("role=x; a=1; reset *; b=2", "role=x; reset *; b=2"),
            (
                "session_authorization=x; role=y; reset *",
                "session_authorization=x; role=y"
            ),
            ("session_authorization=x; role=y; a=1; discard", ""),
            ("a=1; discard; b=2", "b=2"),
            // SET SESSION AUTHORIZATION takes the role back, SET ROLE not the user.
            ("role=y; session_authorization=x", "session_authorization=x"),
            ("session_authorization=x; role=y; session_authorization=z", "session_authorization=z"),
            // What was set under a role is replayed under it, as long as it is replayed.
            ("role=x; a=1; role=none", "role=x; a=1; role=none"),
            ("role=x; a=1; role=none; a=2", "role=none; a=2"),
            ("role=x; role=y; role=z", "role=z"),
            ("role=x; reset *; role=none", "role=none"),
            (
                "session_authorization=x; role=y; session_authorization=z; role=w",
                "session_authorization=z; role=w"
            ),
            // The same with what decides how texts are read.
            ("client_encoding=x; a=1; client_encoding=y", "a=1; client_encoding=y"),
            (
                "client_encoding=x; a=\u{E4}; client_encoding=y",
                "client_encoding=x; a=\u{E4}; client_encoding=y"
            ),
            (
                "standard_conforming_strings=off; a=\\; reset standard_conforming_strings",
                "standard_conforming_strings=off; a=\\; reset standard_conforming_strings"
            ),
            ("standard_conforming_strings=off; a=\\; a=1; reset *; b=2", "b=2"),
            // A statement with two settings stays until both are replaced.
            ("a=1,b=2; a=3", "a=1,b=2; a=3"),
            ("a=1,b=2; a=3; b=4", "a=3; b=4"),
            ("a=1,b=2; reset *; c=1", "c=1"),
            // Outside a transaction nothing is local to it.
            ("local a=1; mode x", ""),
        ])
    func fresh(script: String, expected: String) {
        #expect(Self.texts(Self.log(script).replay(from: 0)) == expected)
    }

    @Test(
        "transactions and savepoints",
        arguments: [
            ("begin; a=1", "a=1", ""),
            ("begin; a=1; commit", "", "a=1"),
            ("begin; a=1; rollback", "", ""),
            ("begin; local a=1; local a=2; b=1; commit", "", "b=1"),
            ("begin; a=1; local a=2; a=3", "a=3", ""),
            ("begin; a=1; local a=2", "a=1; local a=2", ""),
            ("begin; a=1; local a=2; commit", "", "a=1"),
            ("begin; local a=1; reset *; b=1", "reset *; b=1", ""),
            ("begin; savepoint s; a=1; to s; b=1", "savepoint s; b=1", ""),
            ("begin; savepoint s; a=1; to s; b=1; commit", "", "b=1"),
            ("begin; savepoint s; a=1; release s", "a=1", ""),
            ("begin; a=1; savepoint s; a=2", "a=1; savepoint s; a=2", ""),
            ("begin; a=1; savepoint s; a=2; release s", "a=2", ""),
            ("begin; a=1; savepoint s; a=2; to s; commit", "", "a=1"),
            ("begin; a=1; savepoint s; local a=2; release s; commit", "", "a=1"),
            // The innermost of a name counts, and those after it go with it.
            (
                "begin; savepoint s; a=1; savepoint s; a=2; savepoint t; b=1; to s",
                "savepoint s; a=1; savepoint s", ""
            ),
            (
                "begin; savepoint s; savepoint s; savepoint t; release s; a=1", "savepoint s; a=1",
                ""
            ),
            ("begin; savepoint s; to t; release u; a=1", "savepoint s; a=1", ""),
            ("begin; mode x; savepoint s; mode y; to s", "mode x; savepoint s", ""),
            ("begin; mode x; savepoint s; mode y; release s", "mode x; mode y", ""),
            ("begin; mode x; a=1; commit", "", "a=1"),
            // SET CONSTRAINTS adds up.
            (
                "begin; local constraints=a; local constraints=b; reset *",
                "local constraints=a; local constraints=b; reset *", ""
            ),
            ("a=0; begin; a=1; savepoint s; a=2; rollback", "", "a=0"),
            ("begin; local role=x; a=1; local role=y", "local role=x; a=1; local role=y", ""),
            ("begin; local role=x; local role=y; role=z", "role=z", ""),
        ])
    func transactions(script: String, inTransaction: String, fresh: String) {
        let log = Self.log(script)
        #expect(Self.texts(log.transactionTexts) == inTransaction)
        #expect(Self.texts(log.replay(from: 0)) == fresh)
        #expect(log.isEmpty == (inTransaction.isEmpty && fresh.isEmpty))
    }

    @Test("a connection is given what it has not seen, resets included")
    func versions() {
        var log = Self.log("a=1; b=2")
        let seen = log.version
        #expect(log.replay(from: seen).isEmpty)
        log.applied([Self.change("a", nil)], text: Array("reset a".utf8), inTransaction: false)
        log.applied([Self.change("c", "3")], text: Array("c=3".utf8), inTransaction: false)
        #expect(log.version > seen)
        #expect(Self.texts(log.replay(from: seen)) == "reset a; c=3")
        #expect(Self.texts(log.replay(from: 0)) == "b=2; reset a; c=3")
        log.discardedAll(text: Array("discard".utf8))
        #expect(Self.texts(log.replay(from: seen)) == "discard")
        #expect(log.replay(from: 0).isEmpty)
        // A version of the future is nobody's; it asks for nothing.
        #expect(log.replay(from: .max).isEmpty)
    }

    @Test("an open transaction does not change the version, its end does")
    func versionOfTransactions() {
        var log = Self.log("a=1; begin; a=2; local b=1; savepoint s")
        let version = log.version
        #expect(version == 1)
        log.rolledBack()
        #expect(log.version == version)
        log = Self.log("a=1; begin; a=2; local b=1; savepoint s; commit")
        #expect(log.version == version + 1)
    }

    @Test(
        "what changes nothing is not replayed",
        arguments: [
            ("a=1; a=1", 1), ("a=1; b=2; a=1", 2), ("role=x; a=1; role=x; b=1", 3),
            ("a=1; reset *; reset *", 2), ("a=1; reset a; reset a", 2),
            ("a=1; begin; a=1; commit", 1), ("a=1; begin; a=2; a=1; commit", 1),
            // But this does.
            ("a=1; a=2; a=1", 3), ("a=1; reset *; a=1", 3), ("role=x; role=y; role=x", 3),
        ])
    func repeated(script: String, version: UInt64) {
        #expect(Self.log(script).version == version)
    }

    @Test("resetting what was never set is no news")
    func idleReset() {
        for script in ["reset a", "reset *", "reset role", "begin; reset *; commit"] {
            #expect(Self.log(script).isEmpty && Self.log(script).version == 0)
        }
        #expect(Self.log("a=1; reset b").version == 1)
        #expect(Self.log("role=x; reset *").version == 1)
        // The user's SET takes the role back even if it names the same user.
        #expect(Self.log("session_authorization=x; role=y; session_authorization=x").version == 3)
        // The same text need not mean the same.
        let script = "a=\\; standard_conforming_strings=off; a=\\"
        #expect(Self.log(script).version == 3)
    }

    @Test(
        "what the session has set last",
        arguments: [
            ("", nil), ("b=1", nil), ("a=1; a=2", "2"), ("a=1; begin; local a=2", "2"),
            ("a=1; begin; local a=2; rollback", "1"), ("a=1; reset a", "standard"),
            ("a=1; reset *", "standard"), ("a=1; discard", "standard"), ("a=1,a=2", "2"),
            ("a=1; begin; savepoint s; a=3; to s", "1"), ("a=1; reset *; a=4", "4"),
            ("begin; a=5; reset *", "standard"),
        ] as [(String, String?)])
    func value(script: String, expected: String?) {
        let log = Self.log(script)
        let value = log.value(of: "a")
        #expect(value == log.value(of: Array("a".utf8)))
        switch expected {
        case nil: #expect(value == nil)
        case "standard": #expect(value == .standard)
        case .some(let text): #expect(value == .items([Array(text.utf8)]))
        }
    }

    @Test("a role ends with the user it was given to")
    func roleValue() {
        #expect(Self.log("role=x; reset *").value(of: "role") == .items([Array("x".utf8)]))
        #expect(Self.log("role=x; session_authorization=y").value(of: "role") == .standard)
        #expect(Self.log("role=x; discard").value(of: "role") == .standard)
    }

    @Test("bytes are counted, and do not grow with settings that replace each other")
    func bytes() {
        var log = Self.log("")
        #expect(log.byteCount == 0 && !log.isTooLarge(max: 0))
        for number in 0..<500 {
            let text = "role=x; a=\(number); role=y; b=\(number); client_encoding=z\(number % 2)"
            for part in text.split(separator: "; ").map(String.init) {
                let sides = part.split(separator: "=").map(String.init)
                log.applied(
                    [Self.change(sides[0], sides[1])], text: Array(part.utf8), inTransaction: false)
            }
        }
        #expect(log.replay(from: 0).count <= 7)
        #expect(log.byteCount < 2500)
        let bytes = log.byteCount
        #expect(log.isTooLarge(max: bytes - 1) && !log.isTooLarge(max: bytes))
        log.savepoint([1], text: [2])
        #expect(log.byteCount > bytes)
        log.rolledBack()
        #expect(log.byteCount == bytes)
        log.discardedAll(text: [])
        #expect(log.byteCount < 500)
    }

    @Test("savepoints that are released again leave nothing")
    func releasedSavepoints() {
        var log = SessionStateLog()
        for _ in 0..<100 {
            log.savepoint([7], text: Array("savepoint".utf8))
            log.applied([Self.change("a", "1", .transaction)], text: [1], inTransaction: true)
            log.release([7])
        }
        #expect(log.transactionTexts == [[1]])
        log.release([7])
        log.rolledBack()
        #expect(log.isEmpty && log.byteCount == 0)
    }
}
