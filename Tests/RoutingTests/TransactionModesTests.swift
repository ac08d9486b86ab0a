import Routing
import SQLSyntax
import Testing

/// What a session's route remembers of a transaction whose modes change, fails or is followed by
/// another one.
@Suite struct TransactionModesTests {
    private struct Session {
        var route = SessionRoute()
        private var analyzer = AnalyzerBox()

        init() {
            self.route.defaults = TransactionModes(isolation: .readCommitted, isReadOnly: false)
        }

        /// Sends one message; the action that was decided.
        mutating func send(
            _ sql: String, barrier: RouteReason? = nil, leaves status: Status = .open
        ) -> RouteDecision.Action {
            var request = RouteRequest(self.analyzer.analyze(sql))
            request.canBeHeld = true
            request.barrier = barrier
            let rules = RoutingTopologyTests.topology().rules(afterWrite: .balances)
            let decision = self.route.decide(request, rules: rules)
            let toPrimary =
                switch decision.action {
                case .primary, .move: true
                case .home: self.route.home == .primary
                case .reader, .hold, .finish, .refuse: false
                }
            self.route.sent(request, decision, toPrimary: toPrimary)
            guard decision.action != .hold, decision.action != .finish, decision.action != .refuse
            else {
                return decision.action
            }
            self.route.settled(isIdle: status == .idle, hasFailed: status == .failed)
            return decision.action
        }
    }

    private enum Status { case idle, open, failed }

    private final class AnalyzerBox {
        private var analyzer = StatementAnalyzer()

        func analyze(_ sql: String) -> StatementAnalysis {
            self.analyzer.analyze(Array(sql.utf8).span)
        }
    }

    @Test("modes that a server did not accept do not count")
    func refusedModes() {
        var session = Session()
        #expect(session.send("BEGIN") == .hold)
        #expect(session.send("SELECT 1") == .reader)
        #expect(session.send("SAVEPOINT a") == .home)
        // Too late: the standby says so.
        let late = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        #expect(session.send(late, leaves: .failed) == .home)
        #expect(session.send("ROLLBACK TO a") == .home)
        #expect(session.route.modes.isolation == .readCommitted)
        #expect(session.send("DELETE FROM t") == .move)
    }

    @Test("modes that a savepoint may undo are followed on the primary")
    func undoneModes() {
        for sql in ["SET TRANSACTION READ ONLY", "BEGIN READ ONLY"] {
            var session = Session()
            #expect(session.send("BEGIN") == .hold)
            #expect(session.send("SAVEPOINT a") == .reader)
            #expect(session.send(sql) == .move)
            #expect(session.send("ROLLBACK TO a") == .home)
            #expect(session.send("DELETE FROM t") == .home && session.route.home == .primary)
        }
        var session = Session()
        #expect(session.send("BEGIN") == .hold)
        #expect(session.send("SELECT 1") == .reader)
        // A second BEGIN without modes is a warning.
        #expect(session.send("BEGIN") == .home && session.route.home == .standby)
    }

    @Test("a transaction that follows another one begins with nothing read")
    func nextTransaction() {
        for end in ["COMMIT AND CHAIN", "ROLLBACK AND CHAIN"] {
            var session = Session()
            #expect(session.send("BEGIN READ ONLY") == .hold)
            #expect(session.send("SELECT now()") == .reader)
            #expect(!session.route.isMovable)
            #expect(session.send(end) == .home)
            #expect(session.route.isMovable && session.route.modes.isReadOnly == true)
        }
        var session = Session()
        #expect(session.send("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") == .hold)
        #expect(session.send("SELECT 1") == .reader)
        #expect(session.send("COMMIT; BEGIN") == .home)
        #expect(session.route.modes.isolation == .readCommitted)
        #expect(session.send("DELETE FROM t") == .move)
    }

    @Test("what failed ties a transaction to nothing")
    func failed() {
        var session = Session()
        #expect(session.send("BEGIN READ ONLY") == .hold)
        #expect(session.send("SAVEPOINT a") == .reader)
        #expect(session.send("RELEASE b", leaves: .failed) == .home)
        #expect(session.send("SELECT now()", leaves: .failed) == .home)
        #expect(session.send("ROLLBACK TO a") == .home)
        #expect(session.route.isMovable)
    }

    @Test("a cursor ties a READ ONLY transaction to its standby")
    func cursor() {
        var session = Session()
        #expect(session.send("BEGIN READ ONLY") == .hold)
        #expect(session.send("SELECT 1") == .reader)
        #expect(session.route.isMovable)
        #expect(session.send("DECLARE c CURSOR FOR SELECT 1") == .home)
        #expect(!session.route.isMovable)
        #expect(session.send("SELECT * FROM u", barrier: .catalog) == .home)
        #expect(session.send("FETCH c") == .home && session.route.home == .standby)
    }

    @Test("a transaction that has asked nothing can move whatever its isolation is")
    func nothingAsked() {
        var session = Session()
        #expect(session.send("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") == .hold)
        #expect(session.send("SAVEPOINT a") == .reader)
        #expect(session.route.isMovable)
        #expect(session.send("SELECT 1") == .home)
        #expect(!session.route.isMovable)
    }
}
