import Settings
import Testing

@Suite("Reload")
struct DifferenceTests {
    @Test("changes are split by when they take effect")
    func split() {
        let old = load("port = 5433 log_connections = off client_idle_limit = 5").settings
        let new = load("port = 5434 log_connections = on client_idle_limit = 6").settings
        let difference = SettingsDifference(from: old, to: new)
        #expect(difference.needsRestart == ["port"])
        #expect(Set(difference.applied) == ["log_connections", "client_idle_limit"])
        #expect(SettingsDifference(from: old, to: old).isEmpty)

        let (settings, ignored) = SettingsDifference.reloaded(from: old, to: new)
        #expect(ignored == ["port"])
        #expect(settings.port == 5433)
        #expect(settings.logConnections)
    }

    @Test("a removed line returns to its default")
    func removedLine() {
        let old = load("log_connections = on connect_timeout = 5").settings
        let (settings, ignored) = SettingsDifference.reloaded(from: old, to: load("").settings)
        #expect(ignored.isEmpty)
        #expect(settings == load("").settings)
    }

    @Test("lists are replaced, never appended to")
    func lists() {
        let texts = [
            "write_function_list = 'a,b'", "write_function_list = 'b'", "",
            "read_only_function_list = 'c'",
        ]
        var running = load("").settings
        for text in texts {
            let loaded = load(text).settings
            running = SettingsDifference.reloaded(from: running, to: loaded).settings
            #expect(running == loaded)
        }
        #expect(running.writeFunctionList.isEmpty)
        #expect(running.readOnlyFunctionList == ["c"])
    }

    @Test(
        "what routing reads is applied by a reload, the size of its memory by a restart",
        arguments: [
            ("statement_level_load_balance = on", true), ("allow_sql_comments = on", true),
            ("ignore_leading_white_space = off", true), ("load_balance_mode = off", false),
            ("user_redirect_preference_list = 'a:primary'", true),
            ("database_redirect_preference_list = 'a:primary'", true),
            ("app_name_redirect_preference_list = 'a:primary'", true),
            ("dml_adaptive_object_relationship_list = 'a:b'", true),
            ("read_only_function_list = 'a'", true), ("write_function_list = 'a'", true),
            ("primary_routing_query_pattern_list = 'a'", true),
            ("disable_load_balance_on_write = always", true), ("check_temp_table = none", true),
            ("check_unlogged_table = off", true),
            ("relcache_query_target = load_balance_node", true),
            ("relcache_expire = 5", false), ("relcache_size = 5", false),
            ("enable_shared_relcache = off", false), ("relcache_query_timeout = 5", true),
            ("read_your_writes = off", true), ("read_your_writes_wait = 5", true),
        ])
    func routing(text: String, isApplied: Bool) {
        let loaded = load(text)
        #expect(loaded.problems.isEmpty)
        let name = text.prefix { $0 != " " }
        let difference = SettingsDifference(from: load("").settings, to: loaded.settings)
        #expect(difference.applied == (isApplied ? [String(name)] : []))
        #expect(difference.needsRestart == (isApplied ? [] : [String(name)]))
    }

    @Test("nodes in use keep host and port; weights change and new nodes come")
    func nodes() {
        let old = load("backend_hostname0 = 'a' backend_port0 = 5432 backend_weight0 = 1").settings
        let new = load(
            """
            backend_hostname0 = 'b' backend_port0 = 5432 backend_weight0 = 2
            backend_hostname2 = 'c' backend_port2 = 5433
            """
        ).settings
        let (settings, ignored) = SettingsDifference.reloaded(from: old, to: new)
        #expect(ignored == ["backend_hostname0"])
        #expect(settings.backends.map(\.hostname) == ["a", "", "c"])
        #expect(settings.backends.map(\.weight) == [2, 0, 0])
        let difference = SettingsDifference(from: old, to: new)
        #expect(difference.needsRestart == ["backend_hostname0"])
        #expect(difference.applied.contains("backend_port2"))
    }

    @Test("a node that vanished from the file stays until the restart")
    func removedNode() {
        let old = load("backend_port0 = 5432 backend_port1 = 5433 backend_hostname1 = 'x'").settings
        let new = load("backend_port0 = 5432").settings
        let (settings, ignored) = SettingsDifference.reloaded(from: old, to: new)
        #expect(Set(ignored) == ["backend_port1", "backend_hostname1"])
        #expect(settings.backends.map(\.port) == [5432, 5433])
        #expect(settings.backends.map(\.hostname) == ["/tmp", "x"])
    }
}
