import Routing
import SQLSyntax
import TestSupport
import Testing

/// Random sessions whose log is replayed on other connections of a model of PostgreSQL.
@Suite struct SessionStateReplayTests {
    /// One session with the connection that runs its statements.
    private struct Session {
        var log = SessionStateLog()
        var active = ModelConnection()
        /// Something was set for the session under a context that ends with the transaction: only
        /// the connection that ran it can have it.
        var mustRollBack = false
        private var hasLocalContext = false

        /// The client sends one statement; the log hears of it if it succeeds.
        mutating func send(_ text: String) {
            let wasFailed = self.active.isFailed
            guard (try? self.active.run(text)) != nil else { return }
            let words = text.split(separator: " ").map(String.init)
            let bytes = Array(text.utf8)
            switch words[0] {
            case "BEGIN":
                break
            case "COMMIT":
                // PostgreSQL answers ROLLBACK to the COMMIT of a failed transaction.
                if wasFailed { self.log.rolledBack() } else { self.log.committed() }
                self.endTransaction()
            case "ROLLBACK" where words.count == 1:
                self.log.rolledBack()
                self.endTransaction()
            case "ROLLBACK": self.log.rollback(to: Array(words[2].utf8))
            case "SAVEPOINT": self.log.savepoint(Array(words[1].utf8), text: bytes)
            case "RELEASE": self.log.release(Array(words[1].utf8))
            case "DISCARD": self.log.discardedAll(text: bytes)
            default:
                let changes = Self.changes(words)
                self.note(changes)
                self.log.applied(changes, text: bytes, inTransaction: self.active.isInTransaction)
            }
        }

        private mutating func note(_ changes: [SettingChange]) {
            guard self.active.isInTransaction else { return }
            for change in changes {
                if change.scope == .session {
                    self.mustRollBack = self.mustRollBack || self.hasLocalContext
                } else if !["a", "b"].contains(String(decoding: change.name, as: UTF8.self)) {
                    self.hasLocalContext = true
                }
            }
        }

        private mutating func endTransaction() {
            self.mustRollBack = false
            self.hasLocalContext = false
        }

        /// What the analysis says of the statements that the model knows.
        private static func changes(_ words: [String]) -> [SettingChange] {
            func change(
                _ name: String, _ value: String?, _ scope: SettingChange.Scope = .session
            ) -> SettingChange {
                SettingChange(
                    name: Array(name.utf8), scope: scope,
                    value: value.map { .items([Array($0.utf8)]) } ?? .standard)
            }
            switch (words[0], words[1]) {
            case ("RESET", "ALL"): return [change("*", nil)]
            case ("RESET", let name): return [change(name, nil)]
            case ("SET", "LOCAL"): return [change(words[2], words[4], .transaction)]
            case ("SET", "transaction_read_only"): return []
            case ("TWO", let name): return [change(name, words[2]), change(words[3], words[4])]
            default: return [change(words[1], words[3])]
            }
        }

        /// A new connection in the state of the session, its open transaction included.
        func fresh() throws -> ModelConnection {
            var connection = ModelConnection()
            try Self.run(self.log.replay(from: 0), on: &connection)
            if self.active.isInTransaction {
                try connection.run("BEGIN")
                try Self.run(self.log.transactionTexts, on: &connection)
            }
            return connection
        }

        static func run(_ texts: [[UInt8]], on connection: inout ModelConnection) throws {
            for text in texts { try connection.run(String(decoding: text, as: UTF8.self)) }
        }
    }

    private static func statement(_ session: Session, _ random: inout SeededGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        let savepoint = pick(["s", "t"])
        if session.active.isFailed {
            return pick(["ROLLBACK", "COMMIT", "ROLLBACK TO \(savepoint)"])
        }
        let local = session.active.isInTransaction ? pick(["", "LOCAL "]) : ""
        let ordinary = pick(["a", "b", "privileged"])
        let value = pick(["1", "2", "3", "\\n", "\u{E4}"])
        let setting = pick([
            "SET \(local)\(ordinary) TO \(value)", "SET \(local)\(ordinary) TO \(value)",
            "SET \(local)\(ordinary) TO \(value)", "RESET \(ordinary)",
            "TWO a \(value) b \(pick(["1", "2"]))",
            "SET \(local)role TO \(pick(["admin", "u_admin", "u_x", "v"]))", "RESET role",
            "SET \(local)session_authorization TO \(pick(["u", "v"]))",
            "RESET session_authorization",
            "SET \(local)standard_conforming_strings TO \(pick(["on", "off"]))",
            "SET \(local)client_encoding TO \(pick(["utf8", "latin1"]))", "RESET ALL",
        ])
        guard session.active.isInTransaction else {
            return pick([setting, setting, setting, setting, "BEGIN", "BEGIN", "DISCARD ALL"])
        }
        return pick([
            setting, setting, setting, setting, "SET transaction_read_only TO on",
            "SAVEPOINT \(savepoint)", "SAVEPOINT \(savepoint)", "RELEASE \(savepoint)",
            "ROLLBACK TO \(savepoint)", session.mustRollBack ? "ROLLBACK" : "COMMIT", "ROLLBACK",
        ])
    }

    @Test("replaying the log gives another connection the settings of the session")
    func replays() throws {
        for seed in UInt64(1)...150 {
            var random = SeededGenerator(seed: seed)
            var session = Session()
            var history: [String] = []
            // Connections that are brought up to date now and then.
            var others = Array(
                repeating: (version: UInt64(0), connection: ModelConnection()), count: 3)
            for _ in 0..<60 {
                let text = Self.statement(session, &random)
                history.append(text)
                session.send(text)
                let note = Comment(rawValue: "seed \(seed): \(history.joined(separator: "; "))")
                guard !session.active.isFailed else { continue }
                let fresh = try #require(try? session.fresh(), note)
                try #require(fresh.visible == session.active.visible, note)
                try #require(fresh.savepointNames == session.active.savepointNames, note)
                if !session.mustRollBack {
                    try #require(fresh.lasting == session.active.lasting, note)
                }
                guard !session.active.isInTransaction else { continue }
                let index = Int.random(in: 0..<8, using: &random)
                guard others.indices.contains(index) else { continue }
                let texts = session.log.replay(from: others[index].version)
                try #require(
                    (try? Session.run(texts, on: &others[index].connection)) != nil, note)
                others[index].version = session.log.version
                try #require(others[index].connection.visible == session.active.visible, note)
            }
            #expect(session.log.byteCount < 20_000)
        }
    }

    @Test("the log knows what is set, and stays short")
    func values() throws {
        for seed in UInt64(1)...30 {
            var random = SeededGenerator(seed: seed)
            var session = Session()
            for _ in 0..<300 {
                session.send(Self.statement(session, &random))
                guard !session.active.isFailed else { continue }
                for name in ["a", "b", "role", "session_authorization", "client_encoding"] {
                    let shown = session.active.visible[name]
                    switch session.log.value(of: Array(name.utf8)) {
                    case nil, .standard: #expect(shown == nil, "seed \(seed)")
                    case .items(let items):
                        let first = String(decoding: items.first ?? [], as: UTF8.self)
                        #expect(shown?.hasPrefix(first) == true, "seed \(seed)")
                    case .whole, .current: Issue.record("nothing was set that way")
                    }
                }
                if !session.active.isInTransaction {
                    #expect(session.log.replay(from: 0).count <= 24, "seed \(seed)")
                }
            }
        }
    }
}
