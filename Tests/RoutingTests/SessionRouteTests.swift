import Routing
import SQLSyntax
import TestSupport
import Testing

@Suite struct SessionRouteTests {
    private static let cluster = RoutingTopologyTests.topology()

    /// Routes texts of one session in order; the words of the decisions.
    private static func walk(
        _ texts: [(String, TransactionStatus)], topology: RoutingTopology = Self.cluster
    ) -> [String] {
        var analyzer = StatementAnalyzer()
        var route = SessionRoute()
        return texts.map { text, transaction in
            let bytes = Array(text.utf8)
            let analysis = analyzer.analyze(bytes.span)
            let decision = route.route(analysis, transaction: transaction, topology: topology)
            return "\(decision.target) \(decision.reason.word)"
        }
    }

    @Test("reads are balanced until a statement pins the session")
    func pinning() {
        #expect(
            Self.walk([
                ("SELECT 1", .idle), ("SHOW work_mem", .idle), ("SELECT * FROM pg_class", .idle),
                ("SELECT 1", .idle), ("INSERT INTO t VALUES (1)", .idle), ("SELECT 1", .idle),
                ("BEGIN", .idle),
            ]) == [
                "reader balanced_read", "reader balanced_read", "primary primary_only_read",
                "reader balanced_read", "primary pins_session", "primary session_pinned",
                "primary session_pinned",
            ])
    }

    @Test("an explicit transaction runs on the primary and pins nothing by itself")
    func transactions() {
        #expect(
            Self.walk([
                ("BEGIN", .idle), ("SELECT 1", .inTransaction), ("SELECT x", .failed),
                ("ROLLBACK", .failed), ("SELECT 1", .idle), ("BEGIN", .idle),
                ("UPDATE t SET a = 1", .inTransaction), ("COMMIT", .inTransaction),
                ("SELECT 1", .idle),
            ]) == [
                "primary transaction_control", "primary inside_transaction",
                "primary inside_transaction", "primary inside_transaction",
                "reader balanced_read", "primary transaction_control", "primary pins_session",
                "primary session_pinned", "primary session_pinned",
            ])
    }

    @Test(
        "session state and texts of several statements pin",
        arguments: ["SET a = 1", "SELECT 1; SELECT 2", "PREPARE p AS SELECT 1", "LISTEN a", "oops"])
    func stateful(sql: String) {
        #expect(
            Self.walk([(sql, .idle), ("SELECT 1", .idle)]) == [
                "primary pins_session", "primary session_pinned",
            ])
    }

    @Test("mode and settings keep reads on the writer")
    func settings() {
        let raw = RoutingTopologyTests.topology(mode: .raw)
        #expect(Self.walk([("SELECT 1", .idle)], topology: raw) == ["primary raw_mode"])
        let single = RoutingTopologyTests.topology(loadBalance: false)
        #expect(Self.walk([("SELECT 1", .idle)], topology: single) == ["primary load_balance_off"])
    }

    @Test("a session keeps its reader, and gets another when that one fails")
    func reader() {
        var route = SessionRoute()
        let read = RouteDecision(target: .reader, reason: .balancedRead)
        let first = route.node(for: read, topology: Self.cluster, random: .max)
        #expect(first == 2)
        #expect(route.node(for: read, topology: Self.cluster, random: 0) == 2)
        let reduced = RoutingTopologyTests.topology(usable: [0, 1])
        #expect(route.node(for: read, topology: reduced, random: .max) == 1)
        #expect(route.node(for: read, topology: Self.cluster, random: .max) == 1)
        let each = RoutingTopologyTests.topology(statementLevel: true)
        #expect(route.node(for: read, topology: each, random: 0) == 0)
        let write = RouteDecision(target: .primary, reason: .pinsSession)
        #expect(route.node(for: write, topology: Self.cluster, random: .max) == 0)
        let headless = RoutingTopologyTests.topology(primary: nil)
        #expect(route.node(for: write, topology: headless, random: 1) == nil)
    }

    @Test("no sequence of statements sends a write, or anything after one, to a reader")
    func neverWritesToReaders() {
        var random = SeededGenerator(seed: 67)
        let texts: [(sql: String, isRead: Bool)] = [
            ("SELECT 1", true), ("VALUES (1)", true), ("SHOW a", true), ("", true),
            ("BEGIN", false), ("COMMIT", false), ("DELETE FROM t", false), ("SET a = 1", false),
            ("SELECT f(1)", false), ("SELECT * FROM t FOR UPDATE", false), ("a'", false),
        ]
        for _ in 0..<500 {
            var analyzer = StatementAnalyzer(cacheBytesMax: 16 << 10)
            var route = SessionRoute()
            var isPinned = false
            for _ in 0..<12 {
                guard let text = texts.randomElement(using: &random),
                    let status = TransactionStatus.allCases.randomElement(using: &random)
                else { continue }
                let bytes = Array(text.sql.utf8)
                let analysis = analyzer.analyze(bytes.span)
                let decision = route.route(analysis, transaction: status, topology: Self.cluster)
                isPinned = isPinned || !analysis.keepsSessionMovable
                #expect(route.isPinned == isPinned)
                if decision.target == .reader {
                    #expect(text.isRead && !isPinned && status == .idle)
                }
            }
        }
    }

    @Test("a session is pinned for causes that no text shows")
    func pin() {
        var route = SessionRoute()
        route.pin()
        let read = StatementAnalysis(
            kind: .select, reason: .plainRead, isReadOnly: true, keepsSessionMovable: true)
        let decision = route.route(read, transaction: .idle, topology: Self.cluster)
        #expect(decision == RouteDecision(target: .primary, reason: .sessionPinned))
    }

    @Test("every reason has a word and a sentence of its own")
    func words() {
        #expect(Set(RouteReason.allCases.map(\.word)).count == RouteReason.allCases.count)
        for reason in RouteReason.allCases { #expect(reason.sentence.hasSuffix(".")) }
    }
}
