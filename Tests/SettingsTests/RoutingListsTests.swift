import Settings
import Testing

@Suite("Lists that routing reads")
struct RoutingListsTests {
    private func lists(_ text: String) -> RoutingLists {
        let loaded = load("backend_port0 = 5432 backend_port1 = 5433\n" + text)
        #expect(loaded.problems.isEmpty)
        return RoutingLists(loaded.settings)
    }

    @Test("without lists nothing is said")
    func unset() {
        let lists = lists("")
        #expect(lists.functionRule == .byVolatility)
        #expect(!lists.isListed(function: Array("f".utf8)))
        #expect(!lists.hasStatementPatterns)
        #expect(!lists.isForPrimary(statement: Array("SELECT 1".utf8)))
        #expect(!lists.hasPreferences)
        #expect(lists.preference(user: [], database: [], application: []) == nil)
    }

    @Test(
        "functions are listed by their name as written, without quotes, in any case",
        arguments: [
            ("f", true), ("F", true), ("\"f\"", true), ("public.f", false), ("get_it", true),
            ("forget_it", false), ("s.g", true), ("\"s\".\"g\"", true), ("g", false), ("", false),
        ])
    func functions(name: String, isListed: Bool) {
        let entries = "f, get_.*|put_.*, s\\.g"
        let reading = lists("read_only_function_list = '\(entries)'")
        #expect(reading.functionRule == .allButListed)
        #expect(reading.isListed(function: Array(name.utf8)) == isListed)
        let writing = lists("write_function_list = '\(entries)'")
        #expect(writing.functionRule == .onlyListed)
        #expect(writing.isListed(function: Array(name.utf8)) == isListed)
    }

    @Test(
        "statements are compared as a whole, without double quotes",
        arguments: [
            ("SELECT * FROM t", true), ("select * from \"t\"", true), ("SELECT * FROM t2", false),
            ("/* c */ SELECT * FROM t", false), ("SELECT\nnow()", true), ("SELECT 'a;b'", true),
            ("SELECT 'a\\;b'", false), ("SELECT  * FROM t", false), ("", false),
        ])
    func statements(text: String, isForPrimary: Bool) {
        let lists = lists(
            """
            primary_routing_query_pattern_list = 'SELECT \\* FROM t;.*now\\(\\).*;SELECT .a\\;b.'
            """)
        #expect(lists.hasStatementPatterns)
        #expect(lists.isForPrimary(statement: Array(text.utf8)) == isForPrimary)
    }

    private static let all = """
        user_redirect_preference_list = 'alice:0, .*_r:standby(0.5)'
        database_redirect_preference_list = 'sales:1, sales2?:primary'
        app_name_redirect_preference_list = 'psql|pgadmin:primary(0.25)'
        """

    private typealias Target = RedirectPreference.Target

    @Test(
        "application counts before database before user; in a list the first entry counts",
        arguments: [
            ("alice", "db", "app", .node(0), 1), ("bob_r", "db", "app", .standby, 0.5),
            ("alice", "sales", "app", .node(1), 1), ("alice", "sales2", "app", .primary, 1),
            ("alice", "sales", "PSQL", .primary, 0.25), ("x", "x", "pgadmin", .primary, 0.25),
            ("alice2", "xsales", "pgadmin4", nil, 0), ("", "", "", nil, 0),
        ] as [(String, String, String, Target?, Double)])
    private func preferences(
        user: String, database: String, application: String, target: Target?, ratio: Double
    ) {
        let lists = lists(Self.all)
        #expect(lists.hasPreferences)
        let preference = lists.preference(
            user: Array(user.utf8), database: Array(database.utf8),
            application: Array(application.utf8))
        #expect(preference?.target == target)
        #expect((preference?.ratio ?? 0) == ratio)
    }
}
