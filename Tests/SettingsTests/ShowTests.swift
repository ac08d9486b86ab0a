import Testing

@testable import Settings

/// A configuration with two nodes and a gap, and something of everything that is shown.
private let settings = load(
    """
    backend_hostname0 = '/run/a' backend_port0 = 5432 backend_weight0 = 1.5
    backend_flag0 = 'DISALLOW_TO_FAILOVER|ALWAYS_PRIMARY'
    backend_hostname2 = 'c' backend_port2 = 5434 backend_weight2 = 0.5
    backend_application_name2 = 'walreceiver'
    listen_addresses = 'a, b'
    connect_timeout = 1500 connect_timeout2 = 2s health_check_period2 = 30
    health_check_user = 'u' health_check_password = 'secret'
    hostname0 = 'w' pgpool_port0 = 9999 wd_port0 = 9000
    heartbeat_hostname1 = 'h' heartbeat_port1 = 9694
    child_life_time = 350 client_idle_limit = 90 log_connections = on
    sr_check_password = 'abc' wd_authkey = 'k' statement_cache_size = 64kB
    read_only_function_list = 'a , b'
    """
).settings

@Suite("SHOW POOL_STATUS")
struct PoolStatusTests {
    @Test(
        "values have the forms of the reference",
        arguments: [
            ("backend_clustering_mode", "1"), ("listen_addresses", "a,b"),
            ("unix_socket_permissions", "0777"), ("enable_pool_hba", "0"),
            ("log_connections", "1"), ("process_management_mode", "1"),
            ("process_management_strategy", "2"), ("log_error_verbosity", "1"),
            ("client_min_messages", "18"), ("log_min_messages", "19"),
            ("log_standby_delay", "2"), ("syslog_facility", "LOCAL0"),
            ("log_backend_messages", "1"), ("reset_query_list", "ABORT;DISCARD ALL"),
            ("disable_load_balance_on_write", "2"), ("check_temp_table", "1"),
            ("relcache_query_target", "1"), ("wd_lifecheck_method", "2"),
            ("memqcache_method", "1"), ("child_life_time", "350"),
            ("memqcache_total_size", "67108864"), ("connect_timeout", "1500"),
            ("connect_timeout2", "2000"), ("user_redirect_preference_list", "(null)"),
            ("dml_adaptive_object_relationship_list", "(null)"), ("ssl_key", ""),
            ("read_only_function_list", "a,b"), ("backend_weight0", "0.750000"),
            ("backend_weight1", "0.000000"), ("backend_weight2", "0.250000"),
            ("backend_flag0", "DISALLOW_TO_FAILOVER|ALWAYS_PRIMARY"),
            ("backend_port2", "5434"), ("sr_check_password", "*****"),
        ])
    func values(name: String, value: String) {
        #expect(ParameterText.status(name, settings) == value)
    }

    @Test("words are shown as the numbers of the reference, our own as words")
    func numbers() {
        let settings = load(
            """
            load_balance_mode = off
            disable_load_balance_on_write = dml_adaptive check_temp_table = off
            backend_clustering_mode = snapshot_isolation process_management_strategy = lazy
            log_error_verbosity = terse client_min_messages = panic log_min_messages = debug5
            """
        ).settings
        #expect(ParameterText.status("disable_load_balance_on_write", settings) == "5")
        #expect(ParameterText.status("check_temp_table", settings) == "5")
        #expect(ParameterText.status("backend_clustering_mode", settings) == "5")
        #expect(ParameterText.status("process_management_strategy", settings) == "3")
        #expect(ParameterText.status("log_error_verbosity", settings) == "0")
        #expect(ParameterText.status("client_min_messages", settings) == "22")
        #expect(ParameterText.status("log_min_messages", settings) == "10")
        #expect(ParameterText.status("no_such_parameter", settings) == nil)
        #expect(ParameterText.status("backend_port", settings) == nil)
    }

    @Test("rows stand in the order of the reference, newer ones at the end")
    func order() {
        let items = PoolStatus.rows(settings).map(\.item)
        #expect(Set(items).count == items.count)
        #expect(items.prefix(3) == ["backend_clustering_mode", "listen_addresses", "port"])
        let watchdog = [
            "wd_lifecheck_user", "hostname0", "pgpool_port0", "wd_port0", "heartbeat_hostname1",
            "heartbeat_device1", "heartbeat_port1", "wd_monitoring_interfaces_list",
        ]
        #expect(items.contains(watchdog))
        let cache = [
            "memqcache_cache_block_size", "memqcache_cache_oiddir", "memqcache_stats_start_time",
            "memqcache_no_cache_hits", "memqcache_cache_hits", "cache_safe_memqcache_table_list",
            "cache_unsafe_memqcache_table_list", "backend_hostname0", "backend_port0",
            "backend_weight0", "backend_data_directory0", "backend_status0", "standby_delay0",
            "backend_flag0", "backend_application_name0", "backend_hostname2",
        ]
        #expect(items.contains(cache))
        #expect(items.firstIndex(of: "backend_application_name2") == items.count - newerCount - 1)
        #expect(items.last == "auto_recovery")
    }

    private var newerCount: Int {
        ParameterTable.all.count { $0.since == "trunkline" || $0.since == "4.8devel" }
    }

    @Test("what the settings do not know is marked")
    func marks() {
        let rows = PoolStatus.rows(settings)
        func value(_ item: String) -> PoolStatus.Value? {
            rows.first { $0.item == item }?.value
        }
        #expect(value("backend_status2") == .nodeStatus(2))
        #expect(value("standby_delay0") == .standbyDelay(0))
        #expect(value("memqcache_stats_start_time") == .cacheStatisticsStart)
        #expect(value("memqcache_no_cache_hits") == .cacheMisses)
        #expect(value("memqcache_cache_hits") == .cacheHits)
        #expect(value("memqcache_cache_oiddir") == .text("/var/log/pgpool/oiddir"))
    }

    @Test("secrets, the collector and the values of single nodes are not there")
    func hidden() {
        let items = Set(PoolStatus.rows(settings).map(\.item))
        #expect(!items.contains { $0.hasSuffix("_password") || $0.hasPrefix("wd_listen") })
        #expect(
            items.isDisjoint(with: [
                "wd_authkey", "logging_collector", "failover_when_quorum_exists",
                "health_check_period0", "health_check_test", "backend_hostname1",
            ]))
    }
}

@Suite("PGPOOL SHOW")
struct ShowTests {
    @Test(
        "a single value has words, the largest unit and no secrets",
        arguments: [
            ("log_connections", "on"), ("log_statement", "off"), ("child_life_time", "350s"),
            ("authentication_timeout", "1min"), ("log_rotation_age", "1d"),
            ("statement_cache_size", "64kB"), ("client_idle_limit_in_recovery", "0"),
            ("unix_socket_permissions", "0777"), ("log_file_mode", "384"),
            ("pool_passwd", "*****"), ("sr_check_password", "*****"), ("wd_authkey", "*****"),
            ("recovery_password", "*****"), ("reset_query_list", "ABORT;DISCARD ALL"),
            ("user_redirect_preference_list", ""), ("ssl_key", ""),
            ("client_min_messages", "notice"),
            ("backend_clustering_mode", "streaming_replication"), ("backend_port0", "5432"),
            ("backend_port01", "0"), ("backend_port127", "0"), ("backend_port00", "5432"),
            ("backend_weight0", "1.5"), ("connect_timeout0", "1500"), ("connect_timeout2", "2000"),
            ("health_check_password2", "*****"), ("logdir", "/tmp"), ("delegate_IP", ""),
            ("fail_over_on_backend_error", "on"),
        ])
    func values(name: String, value: String) throws {
        #expect(try ParameterText.show(name, settings) == .value(value))
    }

    @Test(
        "a numbered parameter without number is a list: for all nodes first, then each node",
        arguments: [
            ("backend_port", ["backend_port0|5432", "backend_port2|5434"]),
            (
                "connect_timeout",
                ["connect_timeout|1500", "connect_timeout0|1500", "connect_timeout2|2000"]
            ),
            ("heartbeat_port", ["heartbeat_port1|9694"]),
            ("watchdog", ["hostname0|w", "pgpool_port0|9999", "wd_port0|9000"]),
            (
                "heartbeat",
                ["heartbeat_hostname1|h", "heartbeat_port1|9694", "heartbeat_device1|"]
            ),
        ])
    func lists(name: String, lines: [String]) throws {
        #expect(try list(name).map { "\($0.item)|\($0.value)" } == lines)
        #expect(try list(name).allSatisfy { !$0.help.isEmpty })
    }

    @Test("groups list the members of each node together")
    func groups() throws {
        #expect(
            try list("backend").map(\.item).prefix(7) == [
                "backend_hostname0", "backend_port0", "backend_weight0", "backend_data_directory0",
                "backend_application_name0", "backend_flag0", "backend_hostname2",
            ])
        let checks = try list("health_check").map(\.item)
        #expect(checks.count == 3 * 8)
        #expect(checks[7] == "connect_timeout")
        #expect(checks[8] == "health_check_period0")
        let nothing = load("").settings
        #expect(try ParameterText.show("watchdog", nothing) == .list([]))
    }

    @Test("all is every parameter once, groups first")
    func everything() throws {
        let items = try list("all").map(\.item)
        #expect(Set(items).count == items.count)
        #expect(items.first == "backend_hostname0")
        let plain = ParameterTable.all.filter { $0.suffix == .none }.map(\.name)
        #expect(Set(items).isSuperset(of: plain))
        #expect(items.count == plain.count + 2 * 6 + 3 + 3 + 3 * 8)
    }

    @Test(
        "errors have the words of the reference",
        arguments: [
            ("foo", "config variable \"foo\" not found", nil),
            ("PORT", "config variable \"PORT\" not found", nil),
            ("port0", "config variable \"port0\" not found", nil),
            ("", "config variable \"\" not found", nil),
            (
                "backend_port999", "invalid index 999 for configuration parameter \"backend_port\"",
                "allowed index is between 0 and 127"
            ),
            (
                "backend_port128", "invalid index 128 for configuration parameter \"backend_port\"",
                "allowed index is between 0 and 127"
            ),
            (
                "heartbeat_port99999999999999999999",
                "invalid index 99999999999999999999 for configuration parameter \"heartbeat_port\"",
                "allowed index is between 0 and 255"
            ),
            (
                "backend_portx", "invalid index value for parameter \"backend_portx\" ",
                "index part contains the invalid non digit character"
            ),
        ] as [(String, String, String?)])
    func errors(name: String, message: String, detail: String?) {
        let problem = #expect(throws: ValueProblem.self) {
            try ParameterText.show(name, settings)
        }
        #expect(problem == ValueProblem(message: message, detail: detail))
    }

    private func list(_ name: String) throws -> [ShownParameter] {
        guard case .list(let rows) = try ParameterText.show(name, settings) else { return [] }
        return rows
    }
}

@Suite("PGPOOL SET and RESET")
struct SessionOverridesTests {
    /// The parameters with the context session.
    private static let names = [
        "log_statement", "log_per_node_statement", "notice_per_node_statement",
        "log_client_messages", "log_backend_messages", "check_unlogged_table",
        "allow_sql_comments", "client_idle_limit", "client_idle_limit_in_recovery",
        "log_error_verbosity", "client_min_messages", "log_min_messages",
    ]

    @Test("the twelve parameters of the context session can be set")
    func settable() throws {
        let rows = ParameterTable.all.filter { $0.reload == .session }
        #expect(Set(rows.map(\.name)) == Set(Self.names))
        for row in rows {
            let text = Self.otherText(than: row)
            var overrides = SessionOverrides()
            try overrides.set(row.name, to: text)
            let changed = overrides.applied(to: settings)
            #expect(row.kind.fileText(row.read(changed, nil)) == text, "\(row.name)")
            #expect(SettingsDifference(from: settings, to: changed).applied == [row.name])
            try overrides.reset(row.name)
            #expect(overrides.isEmpty)
            #expect(overrides.applied(to: settings) == settings)
        }
    }

    private static func otherText(than row: Parameter) -> String {
        switch row.kind {
        case .boolean: row.read(settings, nil) == .boolean(true) ? "off" : "on"
        case .choice(let words, _): words.first { .text($0) != row.read(settings, nil) } ?? ""
        default: "77s"
        }
    }

    @Test("what a session set outlives a reload, the rest follows the file")
    func reload() throws {
        var overrides = SessionOverrides()
        try overrides.set("client_idle_limit", to: "2min")
        try overrides.set("log_statement", to: "on")
        let reloaded = load("client_idle_limit = 5 log_disconnections = on").settings
        var expected = reloaded
        expected.clientIdleLimit = .seconds(120)
        expected.logStatement = true
        #expect(overrides.applied(to: reloaded) == expected)
        overrides.resetAll()
        #expect(overrides.applied(to: reloaded) == reloaded)
    }

    @Test(
        "numbers are rounded to the unit, words found in any case, DEFAULT is the file's value",
        arguments: [
            ("client_idle_limit", "3.7", "4s"), ("client_idle_limit", "1500ms", "2s"),
            ("client_idle_limit", "60", "1min"), ("client_min_messages", "LOG", "log"),
            ("log_error_verbosity", "Verbose", "verbose"), ("allow_sql_comments", "t", "on"),
            ("client_idle_limit", nil, "90s"), ("log_statement", nil, "off"),
        ] as [(String, String?, String)])
    func values(name: String, text: String?, shown: String) throws {
        var overrides = SessionOverrides()
        try overrides.set(name, to: text)
        #expect(try ParameterText.show(name, overrides.applied(to: settings)) == .value(shown))
    }

    @Test(
        "errors have the words of the reference and change nothing",
        arguments: [
            ("port", "80", "invalid Context, value for parameter \"port\" cannot be changed", nil),
            ("port", "x", "invalid Context, value for parameter \"port\" cannot be changed", nil),
            ("port", nil, "invalid Context, value for parameter \"port\" cannot be changed", nil),
            (
                "log_connections", "on",
                "invalid Context, value for parameter \"log_connections\" cannot be changed", nil
            ),
            (
                "backend_port0", "1",
                "invalid Context, value for parameter \"backend_port0\" cannot be changed", nil
            ),
            (
                "fail_over_on_backend_error", "on",
                "invalid Context, value for parameter \"fail_over_on_backend_error\" cannot be changed",
                nil
            ),
            ("foo", "1", "unrecognized configuration parameter \"foo\"", nil),
            ("foo", nil, "unrecognized configuration parameter \"foo\"", nil),
            ("socket_dir", "a", "unrecognized configuration parameter \"socket_dir\"", nil),
            (
                "log_statement0", "on", "unrecognized configuration parameter \"log_statement0\"",
                nil
            ),
            ("backend_port", "1", "parameter \"backend_port\" expects the index value", nil),
            (
                "client_min_messages", "xx",
                "invalid value for parameter \"client_min_messages\": \"xx\"",
                "Available values: debug5, debug4, debug3, debug2, debug1, info, notice, warning, "
                    + "error, log, fatal, panic."
            ),
            (
                "client_idle_limit", "-1",
                "-1 is outside the valid range for parameter \"client_idle_limit\" (0 .. 2147483647)",
                nil
            ),
            (
                "client_idle_limit", "5 parsecs",
                "invalid value for parameter \"client_idle_limit\": \"5 parsecs\"",
                "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
            ),
            (
                "log_statement", "bogus",
                "invalid value for parameter \"log_statement\": \"bogus\"", "Write on or off."
            ),
        ] as [(String, String?, String, String?)])
    func errors(name: String, text: String?, message: String, hint: String?) throws {
        var overrides = SessionOverrides()
        try overrides.set("log_client_messages", to: "on")
        let before = overrides
        let problem = #expect(throws: ValueProblem.self) { try overrides.set(name, to: text) }
        #expect(problem?.message == message)
        #expect(problem?.hint == hint)
        #expect(overrides == before)
    }
}
