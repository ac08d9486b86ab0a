import Routing
import SQLSyntax
import TestSupport
import Testing

@Suite struct SessionRouteTests {
    private static let cluster = RoutingTopologyTests.topology()

    /// Walks messages of one session, each of which succeeds; "action reason" of each.
    static func walk(
        _ messages: [String], topology: RoutingTopology = Self.cluster,
        afterWrite: RouteRules.AfterWrite = .balances,
        defaults: TransactionModes = TransactionModes(isolation: .readCommitted, isReadOnly: false)
    ) -> [String] {
        var explanation = Explanation(
            topology: topology, options: AnalysisOptions(allowSQLComments: true),
            afterWrite: afterWrite, defaults: defaults)
        return messages.map {
            let decision = explanation.explain(message: Array($0.utf8)).decision
            return "\(decision.action) \(decision.reason.word)"
        }
    }

    /// Pairs of message and decision.
    private static func check(
        _ session: [(String, String)], topology: RoutingTopology = Self.cluster,
        afterWrite: RouteRules.AfterWrite = .balances,
        defaults: TransactionModes = TransactionModes(isolation: .readCommitted, isReadOnly: false),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let decisions = walk(
            session.map(\.0), topology: topology, afterWrite: afterWrite, defaults: defaults)
        for (expected, decision) in zip(session, decisions) {
            #expect(
                decision == expected.1, "\(expected.0)", sourceLocation: sourceLocation)
        }
    }

    @Test("outside transactions each message is decided by itself")
    func autocommit() {
        Self.check([
            ("SELECT 1", "reader balanced_read"),
            ("INSERT INTO t VALUES (1)", "primary writes"),
            ("SELECT * FROM t", "reader balanced_read"),
            ("SELECT 1; SELECT 2", "reader balanced_read"),
            ("SELECT 1; DELETE FROM t", "primary writes"),
            ("SELECT * FROM pg_class", "primary primary_only_read"),
            ("SHOW work_mem", "reader balanced_read"),
            ("SET work_mem = '1MB'", "primary session_control"),
            ("SELECT now()", "reader balanced_read"),
            ("SELECT 1 /*NO LOAD BALANCE*/", "primary steering_comment"),
            ("", "reader balanced_read"),
            ("SELECT * FROM t FOR UPDATE", "primary writes"),
            ("COMMIT", "primary transaction_control"),
            ("SAVEPOINT a", "primary transaction_control"),
            ("nonsense", "primary writes"),
            ("SELECT 2", "reader balanced_read"),
        ])
    }

    @Test("a transaction begins where its first statement may run")
    func home() {
        Self.check([
            ("BEGIN", "hold transaction_held"), ("SELECT 1", "reader transaction_on_standby"),
            ("SELECT 2", "home transaction_on_standby"),
            ("COMMIT", "home transaction_on_standby"),
            ("BEGIN", "hold transaction_held"), ("UPDATE t SET a = 1", "primary writes"),
            ("SELECT 2", "home transaction_on_primary"),
            ("COMMIT", "home transaction_on_primary"),
            ("BEGIN", "hold transaction_held"), ("ROLLBACK", "finish nothing_to_end"),
            ("SELECT 1", "reader balanced_read"),
        ])
    }

    @Test("a READ COMMITTED transaction moves to the primary once, at its first write")
    func move() {
        Self.check([
            ("BEGIN", "hold transaction_held"), ("SELECT 1", "reader transaction_on_standby"),
            ("SAVEPOINT a", "home transaction_on_standby"),
            ("SET LOCAL work_mem = '1MB'", "home transaction_on_standby"),
            ("INSERT INTO t VALUES (1)", "move writes"),
            ("SELECT 1", "home transaction_on_primary"),
            ("ROLLBACK TO a", "home transaction_on_primary"),
            ("SELECT 1", "home transaction_on_primary"),
            ("COMMIT", "home transaction_on_primary"),
        ])
    }

    @Test("what could not move keeps a transaction on the primary")
    func unmovable() {
        for (sql, reason) in [
            ("SELECT now()", "transaction_time"),
            ("DECLARE c CURSOR FOR SELECT 1", "cursor_stays_open"),
            ("LISTEN a", "pins_session"), ("CREATE TEMP TABLE t (a int)", "pins_session"),
            ("SELECT pg_is_in_recovery()", "primary_only_read"),
            ("SET TRANSACTION READ WRITE", "transaction_modes"),
        ] {
            Self.check([
                ("BEGIN", "hold transaction_held"), ("SELECT 1", "reader transaction_on_standby"),
                (sql, "move \(reason)"), ("SELECT 1", "home transaction_on_primary"),
            ])
        }
        Self.check([
            ("BEGIN", "hold transaction_held"), ("SELECT now()", "primary transaction_time"),
        ])
    }

    @Test(
        "modes decide where a transaction may run",
        arguments: [
            ("BEGIN READ ONLY", "reader transaction_on_standby"),
            ("BEGIN ISOLATION LEVEL REPEATABLE READ", "primary transaction_modes"),
            ("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", "reader transaction_on_standby"),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "primary transaction_modes"),
            ("START TRANSACTION READ WRITE", "primary transaction_modes"),
            ("BEGIN ISOLATION LEVEL READ UNCOMMITTED", "reader transaction_on_standby"),
        ])
    func modes(begin: String, first: String) {
        Self.check([(begin, "hold transaction_held"), ("SELECT 1", first)])
    }

    @Test("modes may follow BEGIN, and come from the session's defaults")
    func laterModes() {
        Self.check([
            ("BEGIN", "hold transaction_held"),
            ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "hold transaction_held"),
            ("SELECT 1", "primary transaction_modes"),
        ])
        Self.check([
            ("BEGIN", "hold transaction_held"),
            ("SET TRANSACTION READ WRITE", "hold transaction_held"),
            ("SELECT 1", "primary transaction_modes"), ("COMMIT", "home transaction_on_primary"),
            ("BEGIN", "hold transaction_held"), ("SELECT 1", "reader transaction_on_standby"),
        ])
        Self.check(
            [("BEGIN", "hold transaction_held"), ("SELECT 1", "primary transaction_modes")],
            defaults: TransactionModes(isolation: .repeatableRead, isReadOnly: false))
        Self.check(
            [("BEGIN", "hold transaction_held"), ("SELECT 1", "primary transaction_modes")],
            defaults: TransactionModes(isUnderstood: false))
    }

    @Test("a READ ONLY transaction stays on its standby, errors included")
    func readOnly() {
        Self.check([
            ("BEGIN READ ONLY", "hold transaction_held"),
            ("SELECT now()", "reader transaction_on_standby"),
            ("DECLARE c CURSOR FOR SELECT 1", "home transaction_on_standby"),
            ("SELECT * FROM pg_class", "home transaction_on_standby"),
            ("DELETE FROM t", "home transaction_on_standby"),
            ("COMMIT", "home transaction_on_standby"),
        ])
    }

    @Test(
        "what only the primary does takes a READ ONLY transaction along while it can move",
        arguments: [
            ("SELECT pg_advisory_xact_lock(1)", "writes"), ("NOTIFY a", "writes"),
            ("SELECT txid_current()", "writes"), ("INSERT INTO t VALUES (1)", "writes"),
            ("SELECT pg_advisory_lock(1)", "pins_session"), ("LISTEN a", "pins_session"),
            ("PREPARE p AS SELECT pg_advisory_lock(1)", "pins_session"),
            ("SELECT setseed(0)", "pins_session"),
        ])
    func readOnlyMoves(sql: String, reason: String) {
        Self.check([
            ("BEGIN READ ONLY", "hold transaction_held"),
            ("SELECT 1", "reader transaction_on_standby"), (sql, "move \(reason)"),
        ])
    }

    @Test(
        "what only the primary does is refused in a transaction that cannot leave its standby",
        arguments: [
            "SELECT pg_advisory_xact_lock(1)", "SELECT pg_try_advisory_lock(1)", "NOTIFY a",
            "SELECT txid_current()", "LISTEN a", "SELECT setseed(0)",
            "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT set_config('a.b', c, false) FROM t",
            "SELECT 1; SELECT pg_advisory_lock(1)",
        ])
    func refused(sql: String) {
        for session in [
            ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"],
            ["BEGIN READ ONLY", "SELECT now()"],
        ] {
            Self.check(
                [
                    (session[0], "hold transaction_held"),
                    (session[1], "reader transaction_on_standby"),
                    (sql, "refuse standby_cannot"),
                    ("SELECT 1", "home transaction_on_standby"),
                    ("DELETE FROM t", "home transaction_on_standby"),
                    ("COMMIT", "home transaction_on_standby"),
                ])
            // As the first statement it decides where the transaction runs.
            #expect(Self.walk([session[0], sql])[1].hasPrefix("primary "))
        }
    }

    @Test("behind its end a transaction that cannot move does")
    func behindEnd() {
        Self.check([
            ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "hold transaction_held"),
            ("SELECT 1", "reader transaction_on_standby"),
            ("COMMIT; INSERT INTO t VALUES (1)", "move transaction_control"),
        ])
    }

    @Test(
        "state that only one connection has pins the session",
        arguments: [
            "LISTEN a", "PREPARE p AS SELECT pg_advisory_lock(1)", "CREATE TEMP TABLE t (a int)",
            "SELECT 1 INTO TEMP t", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "LOAD 'x'",
            "SELECT pg_advisory_lock(1)", "DO 'begin end'", "CALL p()",
            "BEGIN; SET a.b = 1; COMMIT; SELECT 1",
        ])
    func pins(sql: String) {
        Self.check([
            (sql, "primary pins_session"), ("SELECT 1", "primary session_pinned"),
            ("BEGIN", "primary session_pinned"),
        ])
    }

    @Test("what SQL prepares follows the session")
    func prepares() {
        Self.check([
            ("PREPARE p AS SELECT 1", "primary session_control"),
            ("SELECT 1", "reader balanced_read"),
            ("EXECUTE p", "primary writes"),
            ("DEALLOCATE p", "primary session_control"),
            ("BEGIN READ ONLY", "hold transaction_held"),
            ("SELECT 1", "reader transaction_on_standby"),
            ("PREPARE p AS SELECT 1", "home transaction_on_standby"),
        ])
    }

    @Test("a doubt binds until it ends, and what is certain for good")
    func doubt() {
        func request(_ sql: String) -> RouteRequest {
            var analyzer = StatementAnalyzer()
            return RouteRequest(analyzer.analyze(Array(sql.utf8).span, dialect: .standard))
        }
        func sent(_ sql: String, inDoubt: Bool, to route: inout SessionRoute) {
            var request = request(sql)
            request.leavesState = true
            request.isInDoubt = inDoubt
            let decision = route.decide(request, rules: RouteRules())
            #expect(decision == RouteDecision(.primary, .pinsSession), "\(sql)")
            route.sent(request, decision, toPrimary: true)
            route.settled(isIdle: true)
        }
        func read(_ route: SessionRoute) -> RouteDecision {
            route.decide(request("SELECT 1"), rules: RouteRules())
        }
        var route = SessionRoute()
        sent("SELECT f()", inDoubt: true, to: &route)
        #expect(route.isInDoubt && !route.isBound)
        #expect(read(route) == RouteDecision(.primary, .sessionPinned))
        route.doubtEnded()
        #expect(read(route) == RouteDecision(.reader, .balancedRead))
        for sql in ["DO 'begin end'", "SELECT f(), pg_advisory_lock(1)", "LISTEN a"] {
            route = SessionRoute()
            sent(sql, inDoubt: true, to: &route)
            #expect(route.isBound && !route.isInDoubt, "\(sql)")
        }
        route = SessionRoute()
        sent("SELECT f()", inDoubt: false, to: &route)
        #expect(route.isBound)
        route.doubtEnded()
        #expect(route.isPinned)
        route.unpin()
        #expect(!route.isPinned)
    }

    @Test("several statements in one message")
    func severalStatements() {
        Self.check([
            ("BEGIN; SELECT 1", "reader transaction_on_standby"),
            ("SELECT 2", "home transaction_on_standby"),
            ("SELECT 1; COMMIT", "home transaction_on_standby"),
            ("BEGIN; DELETE FROM t; COMMIT", "primary writes"),
            ("BEGIN; SELECT 1; COMMIT", "reader transaction_on_standby"),
            ("COMMIT; BEGIN", "primary transaction_control"),
        ])
    }

    @Test("disable_load_balance_on_write")
    func afterWrite() {
        let session = ["DELETE FROM t", "SELECT 1", "BEGIN", "DELETE FROM t", "COMMIT", "BEGIN"]
        #expect(
            Self.walk(session, afterWrite: .keepsTransactions) == [
                "primary writes", "reader balanced_read", "hold transaction_held",
                "primary writes", "home transaction_on_primary", "primary after_write",
            ])
        #expect(
            Self.walk(session, afterWrite: .keepsSession) == [
                "primary writes", "primary after_write", "primary after_write",
                "home transaction_on_primary", "home transaction_on_primary",
                "primary after_write",
            ])
    }

    @Test("mode and settings keep everything on the writer")
    func settings() {
        let raw = RoutingTopologyTests.topology(mode: .raw)
        #expect(Self.walk(["SELECT 1"], topology: raw) == ["primary raw_mode"])
        let off = RoutingTopologyTests.topology(loadBalance: false)
        #expect(
            Self.walk(["SELECT 1", "BEGIN"], topology: off)
                == ["primary load_balance_off", "primary load_balance_off"])
        let alone = RoutingTopologyTests.topology(usable: [0])
        #expect(Self.walk(["SELECT 1"], topology: alone) == ["primary load_balance_off"])
    }

    @Test("what text does not show keeps a read on the primary, in a transaction too")
    func barriers() {
        let rules = Self.cluster.rules(afterWrite: .balances)
        var route = SessionRoute()
        route.defaults = TransactionModes(isolation: .readCommitted, isReadOnly: false)
        var analyzer = StatementAnalyzer()
        var request = RouteRequest(analyzer.analyze(Array("SELECT f()".utf8).span))
        #expect(route.decide(request, rules: rules) == RouteDecision(.primary, .pinsSession))
        // What the catalog says.
        request.unseenCodeIsClean = true
        request.barrier = .catalog
        #expect(route.decide(request, rules: rules) == RouteDecision(.primary, .catalog))
        request.leavesState = true
        #expect(route.decide(request, rules: rules) == RouteDecision(.primary, .pinsSession))
        request.leavesState = false
        var begin = RouteRequest(analyzer.analyze(Array("BEGIN".utf8).span))
        begin.canBeHeld = true
        route.sent(begin, route.decide(begin, rules: rules), toPrimary: false)
        #expect(route.home == .held)
        #expect(route.decide(request, rules: rules) == RouteDecision(.primary, .catalog))
        let read = RouteRequest(analyzer.analyze(Array("SELECT 1".utf8).span))
        route.sent(read, route.decide(read, rules: rules), toPrimary: false)
        #expect(route.home == .standby && route.isMovable)
        #expect(route.decide(request, rules: rules) == RouteDecision(.move, .catalog))
        route.lostHome()
        #expect(route.home == .held)
        #expect(route.decide(read, rules: rules).action == .reader)
    }

    @Test("a session keeps its reader, and gets another when that one fails")
    func reader() {
        var route = SessionRoute()
        #expect(route.reader(topology: Self.cluster, random: .max) == 2)
        #expect(route.reader(topology: Self.cluster, random: 0) == 2)
        let reduced = RoutingTopologyTests.topology(usable: [0, 1])
        #expect(route.reader(topology: reduced, random: .max) == 1)
        #expect(route.reader(topology: Self.cluster, random: .max) == 1)
        let each = RoutingTopologyTests.topology(statementLevel: true)
        #expect(route.reader(topology: each, random: 0) == 0)
    }

    @Test("every reason has a word and a sentence of its own")
    func words() {
        #expect(Set(RouteReason.allCases.map(\.word)).count == RouteReason.allCases.count)
        for reason in RouteReason.allCases { #expect(reason.sentence.hasSuffix(".")) }
    }
}
