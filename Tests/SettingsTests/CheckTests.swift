import Settings
import Testing

@Suite("Checks of the configuration as a whole")
struct CheckTests {
    @Test(
        "cross-checks have Pgpool-II's words",
        arguments: [
            (
                "recovery_1st_stage_command = 'x' backend_port0 = 5432",
                "invalid configuration, recovery_1st_stage_command and "
                    + "recovery_2nd_stage_command requires backend_data_directory to be set"
            ),
            (
                "process_management_mode = dynamic max_spare_children = 5",
                "invalid configuration, max_spare_children:5 must be greater than "
                    + "min_spare_children:5"
            ),
            (
                "process_management_mode = dynamic num_init_children = 9",
                "invalid configuration, max_spare_children:10 can't be greater than "
                    + "num_init_children:9"
            ),
            (
                "connection_backlog_max = 1MB total_backlog_max = 512kB",
                "invalid configuration, total_backlog_max:524288 can't be less than "
                    + "connection_backlog_max:1048576"
            ),
        ])
    func crossChecks(text: String, message: String) {
        let loaded = load("\n" + text)
        #expect(loaded.errors.map(\.message) == [message])
        #expect(loaded.errors.first?.line == 2)
        #expect(loaded.errors.first?.hint != nil)
    }

    @Test(
        "cross-checks with details",
        arguments: [
            (
                "memqcache_maxcache = 2MB",
                "memqcache_cache_block_size 1048576 should be greater or equal to "
                    + "memqcache_maxcache 2097152"
            ),
            (
                "memqcache_total_size = 512kB",
                "memqcache_total_size 524288 should be greater or equal to "
                    + "memqcache_cache_block_size 1048576"
            ),
            (
                "use_watchdog = on heartbeat_port1 = 9694", "heartbeat_hostname1 is not defined"
            ),
        ])
    func detailedChecks(text: String, detail: String) {
        #expect(load(text).errors.contains { $0.detail == detail })
    }

    @Test(
        "tablespaces are mapped by pairs of absolute paths",
        arguments: [
            ("/a=/b", true), ("/a=/b, /c=/d", true), ("", true), ("/a", false), ("/a=b", false),
            ("/a=/b=/c", false), ("/=/b", false),
        ])
    func tablespaceMap(text: String, isGood: Bool) {
        let loaded = load("backend_port1 = 5432 recovery_tablespace_map1 = '\(text)'")
        #expect(loaded.errors.isEmpty == isGood, "\(loaded.errors)")
        guard isGood else { return }
        let places = loaded.settings.backend(1).tablespacePlaces
        #expect(places?["/a"] == (text.isEmpty ? nil : "/b"))
    }

    @Test("only one of the function lists may be set")
    func functionLists() throws {
        let loaded = load("read_only_function_list = 'f'\nwrite_function_list = 'g'")
        let error = try #require(loaded.errors.first)
        #expect(
            error.message
                == "invalid configuration, read_only_function_list and write_function_list can't "
                + "be set together")
        #expect(error.line == 2)
        #expect(loaded.errors.count == 1)
        #expect(load("read_only_function_list = 'f'\nwrite_function_list = ''").problems.isEmpty)
    }

    @Test(
        "an entry that is no regular expression is an error with the words of the C library",
        arguments: [
            (
                "read_only_function_list = 'f, g(, h'",
                "wrong regular expression: \"g(\": Unmatched ( or \\("
            ),
            (
                "write_function_list = '*'",
                "wrong regular expression: \"*\": Invalid preceding regular expression"
            ),
            (
                "primary_routing_query_pattern_list = 'a;b{2,1}'",
                "wrong regular expression: \"b{2,1}\": Invalid content of \\{\\}"
            ),
            (
                "user_redirect_preference_list = 'a(:primary'",
                "wrong redirect user name regular expression: \"a(\": Unmatched ( or \\("
            ),
            (
                "database_redirect_preference_list = 'a:primary,(b)\\1:standby'",
                "wrong redirect dbname regular expression: \"(b)\\1\": "
                    + "back references are not possible: they have no limit in time"
            ),
            (
                "app_name_redirect_preference_list = '[:primary'",
                "wrong redirect app name regular expression: \"[\": Invalid regular expression"
            ),
        ])
    func patterns(text: String, detail: String) throws {
        let loaded = load("\n\n\(text)")
        let error = try #require(loaded.errors.first)
        #expect(loaded.problems.count == 1)
        #expect(error.line == 3)
        #expect(error.message == "invalid configuration for key \"\(error.parameter ?? "")\"")
        #expect(error.detail == detail)
        #expect(error.hint?.contains(".*") == true)
    }

    @Test(
        "a preferred node has to be there",
        arguments: [
            ("user_redirect_preference_list = 'x:primary,y:1(0.5)'", "user node spec: \"y:1\""),
            ("database_redirect_preference_list = 'x:3'", "db node spec: \"x:3\""),
            ("app_name_redirect_preference_list = 'x:127'", "db node spec: \"x:127\""),
        ])
    func preferredNodes(text: String, detail: String) throws {
        let nodes = "backend_port0 = 5432 backend_port2 = 5434\n"
        let error = try #require(load(nodes + text).errors.first)
        #expect(error.detail?.hasPrefix("wrong redirect \(detail): there is no node") == true)
        #expect(error.hint?.hasPrefix("Set backend_port") == true)
        #expect(error.line == 2)
        #expect(load(nodes + "user_redirect_preference_list = 'x:0, y:2'").problems.isEmpty)
    }

    @Test("a list of nonsense is not reported endlessly")
    func manyProblems() {
        let entries = Array(repeating: "(", count: 50).joined(separator: ",")
        #expect(load("write_function_list = '\(entries)'").errors.count == 20)
    }

    @Test(
        "values that the shell would take apart are refused where a command gets them",
        arguments: [
            ("backend_hostname0 = 'a;b'", "\";\""), ("backend_hostname0 = '$(id)'", "\"$\""),
            ("backend_hostname0 = '-oProxyCommand=x'", "the leading \"-\""),
            ("backend_data_directory0 = '/my data'", "\" \""),
            ("backend_data_directory0 = '/data/*'", "\"*\""),
            ("backend_data_directory0 = '/d\\'x'", "\"\\\""),
            ("backend_data_directory0 = '~/data'", "\"~\""),
            ("backend_data_directory0 = '/d\t'", "a control character"),
        ])
    func unsafeValues(line: String, problem: String) throws {
        let commands = [
            "failover_command", "failback_command", "follow_primary_command",
            "failover_fence_command",
        ]
        for command in commands {
            let text = "\(command) = 'x' backend_port0 = 5432\n"
            let loaded = load(text + line)
            let error = try #require(loaded.errors.first)
            #expect(loaded.errors.count == 1)
            #expect(error.line == 2)
            #expect(error.detail?.hasPrefix("\(command) is set, and \(problem) in ") == true)
            #expect(error.hint?.contains("allow_unsafe_command_values = on") == true)
            #expect(load("\(text)allow_unsafe_command_values = on\n" + line).errors.isEmpty)
        }
        #expect(load("backend_port0 = 5432\n" + line).errors.isEmpty)
    }

    @Test(
        "ordinary values are not refused",
        arguments: [
            "/var/lib/pgsql-16/data_0", "/srv/été/+a,b=c@d", "pg0.example.org", "fe80::1%eth0", "",
        ])
    func safeValues(value: String) {
        let loaded = load(
            """
            failover_command = 'x' backend_port0 = 5432 backend_hostname0 = '\(value)'
            backend_data_directory0 = '\(value)'
            """)
        #expect(loaded.errors.isEmpty)
    }

    @Test(
        "a fence that is required has to be there where somebody is to be promoted",
        arguments: [
            "failover_builtin_promotion = on", "failover_command = 'x'",
            "failover_fence_command = ' ' failover_command = 'x'",
        ])
    func requiredFence(text: String) throws {
        let loaded = load("\(text)\nfailover_require_fencing = on")
        let error = try #require(loaded.errors.first)
        #expect(loaded.errors.count == 1)
        #expect(error.line == 2)
        #expect(error.message.hasSuffix("requires failover_fence_command to be set"))
        #expect(load(text).errors.isEmpty)
        #expect(
            load("\(text)\nfailover_require_fencing = on failover_fence_command = 'y'").errors
                .isEmpty)
    }

    @Test("a required fence is asked of nobody where others promote")
    func requiredFenceElsewhere() {
        #expect(load("failover_require_fencing = on").errors.isEmpty)
    }

    @Test("the checks are satisfied at the limit")
    func atTheLimit() {
        let text = """
            process_management_mode = dynamic min_spare_children = 9 num_init_children = 10
            memqcache_maxcache = 1MB memqcache_total_size = 1MB reserved_connections = 9
            connection_backlog_max = 1MB total_backlog_max = 1MB
            """
        #expect(load(text).errors.isEmpty)
        #expect(load("reserved_connections = 32").warnings.count == 1)
    }
}

@Suite("Parameters that do not act yet")
struct StatusTests {
    @Test(
        "start is refused where silence would be unsafe",
        arguments: [
            "enable_pool_hba = on", "ssl = on", "use_watchdog = on",
            "backend_clustering_mode = native_replication",
            "backend_clustering_mode = snapshot_isolation",
            "backend_clustering_mode = 'LOGICAL_REPLICATION'",
        ])
    func refused(text: String) throws {
        let loaded = load("\n\n\(text)\n")
        let error = try #require(loaded.errors.first)
        #expect(loaded.errors.count == 1)
        #expect(error.line == 3)
        #expect(error.detail?.hasPrefix("Start is refused because ") == true)
        #expect(error.hint?.isEmpty == false)
    }

    @Test("one warning names everything else that has no effect")
    func oneWarning() {
        let loaded = load(
            """
            memory_cache_enabled = on memqcache_expire = 5
            health_check_test = on log_backend_messages = terse work_dir = '/w'
            client_min_messages = log
            """)
        #expect(
            loaded.problems.map(\.message) == [
                "parameters that have no effect in this version: client_min_messages, "
                    + "log_backend_messages, memory_cache_enabled, memqcache_expire"
            ])
    }

    @Test("what only matters with a switch that is off is not mentioned")
    func switches() {
        #expect(
            load("hostname0 = '' wd_priority = 5 ssl_cert = 'a' memqcache_expire = 5").problems
                .isEmpty)
        #expect(load("hostname0 = 'x' pgpool_port0 = 9999").problems.isEmpty)
    }

    @Test("a plain configuration gives no problems")
    func plain() {
        let loaded = load(
            """
            backend_clustering_mode = 'streaming_replication'
            listen_addresses = '*'
            port = 9999
            backend_hostname0 = 'pg0'
            backend_port0 = 5432
            backend_weight0 = 1
            backend_data_directory0 = '/data'
            backend_flag0 = 'ALLOW_TO_FAILOVER'
            sr_check_user = 'check'
            num_init_children = 100
            allow_sql_comments = on
            ignore_leading_white_space = off
            app_name_redirect_preference_list = 'psql:primary,.*_report:0(0.5)'
            primary_routing_query_pattern_list = '.*now\\(\\).*'
            write_function_list = 'my_.*,nextval'
            disable_load_balance_on_write = dml_adaptive
            dml_adaptive_object_relationship_list = 'a:b'
            check_temp_table = trace check_unlogged_table = off
            relcache_expire = 600 relcache_size = 1000 relcache_query_target = load_balance_node
            enable_shared_relcache = off relcache_query_timeout = 50
            read_your_writes = global read_your_writes_wait = 100
            """)
        #expect(loaded.problems.isEmpty)
    }
}
