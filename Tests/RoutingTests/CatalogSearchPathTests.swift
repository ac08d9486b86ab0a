import Routing
import Testing

@Suite struct CatalogSearchPathTests {
    private static func path(_ setting: String) -> [String]? {
        SearchPath(setting: Array(setting.utf8), user: Array("al\"ice".utf8)).schemas?
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "reads a setting as PostgreSQL does",
        arguments: [
            ("public", ["pg_catalog", "public"]),
            ("\"$user\", public", ["pg_catalog", "al\"ice", "public"]),
            ("$user,public", ["pg_catalog", "al\"ice", "public"]),
            ("Public , \"Public\"", ["pg_catalog", "public", "Public"]),
            ("\"a\"\"b, c\",d", ["pg_catalog", "a\"b, c", "d"]),
            ("app, pg_catalog, app", ["app", "pg_catalog"]),
            ("pg_temp, app", ["pg_catalog", "app"]),
            ("", ["pg_catalog"]), (" \t\n", ["pg_catalog"]), ("\"\"", ["pg_catalog", ""]),
        ])
    func setting(text: String, expected: [String]) {
        #expect(Self.path(text) == expected)
    }

    @Test("what is no list is unknown", arguments: [",", "a,", "a b", "\"a", "a,,b", "\"a\"b"])
    func malformed(text: String) {
        #expect(Self.path(text) == nil)
    }

    @Test("items are names already")
    func items() {
        let user = Array("alice".utf8)
        let path = SearchPath(
            items: ["Mixed", "$user", "a, b"].map { Array($0.utf8) }, user: user)
        #expect(
            path.schemas?.map { String(decoding: $0, as: UTF8.self) } == [
                "pg_catalog", "Mixed", "alice", "a, b",
            ])
        #expect(
            SearchPath.standard(user: user)
                == SearchPath(setting: Array("\"$user\", public".utf8), user: user))
    }

    @Test("a fingerprint tells paths apart")
    func fingerprints() {
        let paths =
            ["a, b", "b, a", "\"a, b\"", "a", "pg_catalog, a", "a, pg_catalog", ""].map {
                SearchPath(setting: Array($0.utf8), user: [])
            } + [.unknown]
        // `a` and `pg_catalog, a` mean the same.
        #expect(Set(paths.map(\.fingerprint)).count == paths.count - 1)
        #expect(paths[3] == paths[4])
    }
}
