import Testing

@testable import Settings

@Suite("Values by type")
struct ValueTests {
    @Test(
        "a boolean is any unambiguous prefix of six words, 1 or 0",
        arguments: [
            ("true", true), ("TRU", true), ("t", true), ("y", true), ("on", true), ("1", true),
            ("false", false), ("F", false), ("no", false), ("n", false), ("of", false),
            ("off", false), ("0", false),
        ])
    func booleans(text: String, value: Bool) {
        let loaded = load("log_connections = \(text)\nstatus_socket = \(text)")
        #expect(loaded.problems.isEmpty)
        #expect(loaded.settings.logConnections == value)
        #expect(loaded.settings.statusSocket == value)
    }

    @Test("anything else is no boolean", arguments: ["o", "bogus", "2", "onn", "''", "-1"])
    func badBooleans(text: String) {
        #expect(load("log_connections = \(text)").errors.count == 1)
    }

    @Test(
        "numbers follow C's bases, units and rounding",
        arguments: [
            ("300", 300), ("0x10", 16), ("010", 8), ("10s", 10), ("2min", 120), ("1h", 3600),
            ("1d", 86400), ("1500ms", 2), ("1400ms", 1), ("'1.5 min'", 90), ("'1e2'", 100),
            ("1.4", 1), ("+5", 5), ("' 7 s '", 7), ("0", 0),
        ])
    func times(text: String, seconds: Int) {
        let loaded = load("child_life_time = \(text)")
        #expect(loaded.problems.isEmpty)
        #expect(loaded.settings.childLifeTime == .seconds(seconds))
    }

    @Test(
        "where never is possible it is a word",
        arguments: [("never", -1), ("NEVER", -1), ("2h", 7200)])
    func never(text: String, seconds: Int) {
        let loaded = load("recovery_keep_old = \(text)")
        #expect(loaded.problems.isEmpty && loaded.settings.recoveryKeepOld == .seconds(seconds))
        #expect(load("child_life_time = \(text)").problems.isEmpty == (seconds > 0))
        #expect(load("recovery_keep_old = -1").errors.count == 1)
        let row = ParameterTable.row(named: "recovery_keep_old")
        #expect(row?.kind.fileText(.integer(Int64(seconds))) == (seconds < 0 ? "never" : "2h"))
    }

    @Test("bare numbers are in the parameter's own unit")
    func ownUnits() {
        let settings = load(
            """
            connect_timeout = 5  log_rotation_age = 5  log_rotation_size = 5
            connection_backlog_max = 20000  statement_cache_size = 64kB
            log_file_mode = 0640  unix_socket_permissions = 511
            """
        ).settings
        #expect(settings.backendDefaults.connectTimeout == .milliseconds(5))
        #expect(settings.logRotationAge == .seconds(300))
        #expect(settings.logRotationSize == 5 * 1024)
        #expect(settings.connectionBacklogMax == 20000)
        #expect(settings.statementCacheSize == 65536)
        #expect(settings.logFileMode == 0o640)
        #expect(settings.unixSocketPermissions == 0o777)
    }

    @Test("a time that is rounded to nothing is pointed out")
    func roundedToZero() {
        let loaded = load("client_idle_limit = 400ms\nmax_pool = 3")
        #expect(loaded.settings.clientIdleLimit == .zero)
        #expect(loaded.warnings.map(\.line) == [1])
        #expect(loaded.errors.isEmpty)
    }

    @Test("permissions written in decimal by mistake are pointed out")
    func decimalPermissions() {
        #expect(load("log_file_mode = 600").warnings.count == 1)
        #expect(load("log_file_mode = 0600").problems.isEmpty)
    }

    private static let timeHint =
        "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
    private static let memoryHint =
        "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."

    @Test(
        "bad values name parameter, value and what would be right",
        arguments: [
            (
                "child_life_time = '10 parsecs'",
                "invalid value for parameter \"child_life_time\": \"10 parsecs\"", timeHint
            ),
            (
                "statement_cache_size = 10kb",
                "invalid value for parameter \"statement_cache_size\": \"10kb\"", memoryHint
            ),
            (
                "port = 80", "80 is outside the valid range for parameter \"port\" (1024 .. 65535)",
                nil
            ),
            (
                "child_life_time = 3000000000",
                "invalid value for parameter \"child_life_time\": \"3000000000\"",
                "Value exceeds allowed range."
            ),
            (
                "delay_threshold = 99999999999999999999",
                "invalid value for parameter \"delay_threshold\": \"99999999999999999999\"",
                "Value exceeds allowed range."
            ),
            (
                "delay_threshold = 9223372036854775807TB",
                "invalid value for parameter \"delay_threshold\": \"9223372036854775807TB\"",
                "Value exceeds allowed range."
            ),
            (
                "max_pool = 4kB", "invalid value for parameter \"max_pool\": \"4kB\"",
                "Write a whole number from 0 to 2147483647 without a unit."
            ),
            (
                "unix_socket_permissions = 1000",
                "1000 is outside the valid range for parameter \"unix_socket_permissions\" (0 .. 511)",
                "A leading 0 makes the number octal, as in 0777."
            ),
            (
                "backend_weight0 = -1",
                "-1.000000 is outside the valid range for parameter \"backend_weight0\""
                    + " (0.000000 .. 100000000.000000)", nil
            ),
            (
                "backend_weight0 = nan", "invalid value for parameter \"backend_weight0\": \"nan\"",
                "Write a number in the range 0.000000 .. 100000000.000000."
            ),
            (
                "log_error_verbosity = loud",
                "invalid value for parameter \"log_error_verbosity\": \"loud\"",
                "Available values: terse, default, verbose."
            ),
            (
                "max_pool = 08", "invalid value for parameter \"max_pool\": \"08\"",
                "Write a whole number from 0 to 2147483647 without a unit."
            ),
        ] as [(String, String, String?)])
    func badValues(text: String, message: String, hint: String?) throws {
        let error = try #require(load(text).errors.first)
        #expect(error.message == message)
        #expect(error.hint == hint)
        #expect(error.line == 1)
    }

    @Test("words are compared without regard to case, hidden ones are understood")
    func words() {
        let settings = load(
            "log_min_messages = DEBUG client_min_messages=Log syslog_facility = 'local3'"
        ).settings
        #expect(settings.logMinMessages == .debug2)
        #expect(settings.clientMinMessages == .log)
        #expect(settings.syslogFacility == .local3)
    }

    @Test("lists are split at their separator, trimmed, without empty items")
    func lists() {
        let settings = load(
            """
            listen_addresses = ' a , b,, c '
            reset_query_list = 'ABORT; DISCARD ALL;;'
            primary_routing_query_pattern_list = 'a\\;b; c\\d;\\'x'
            unpooled_databases = ''
            """
        ).settings
        #expect(settings.listenAddresses == ["a", "b", "c"])
        #expect(settings.resetQueryList == ["ABORT", "DISCARD ALL"])
        #expect(settings.primaryRoutingQueryPatternList == ["a\\;b", " c\\d", "'x"])
        #expect(settings.unpooledDatabases.isEmpty)
    }

    @Test("redirect lists have patterns, nodes and ratios")
    func redirects() {
        let settings = load(
            """
            app_name_redirect_preference_list = 'psql:primary, a:b:STANDBY(0.3) ,m.*:127'
            """
        ).settings
        #expect(
            settings.appNameRedirectPreferenceList == [
                RedirectPreference(pattern: "psql", target: .primary),
                RedirectPreference(pattern: "a:b", target: .standby, ratio: 0.3),
                RedirectPreference(pattern: "m.*", target: .node(127)),
            ])
    }

    @Test(
        "bad items of lists are named",
        arguments: [
            (
                "app_name_redirect_preference_list = 'psql:second'",
                "invalid configuration for key \"app_name_redirect_preference_list\"",
                "wrong redirect db node spec: \"psql:second\""
            ),
            (
                "database_redirect_preference_list = 'psql:128'",
                "invalid configuration for key \"database_redirect_preference_list\"",
                "wrong redirect db node spec: \"psql:128\""
            ),
            (
                "user_redirect_preference_list = 'psql:primary(1.5)'",
                "invalid configuration for key \"user_redirect_preference_list\"",
                "wrong redirect user node spec: \"psql:primary(1.5)\""
            ),
            (
                "database_redirect_preference_list = ':primary'",
                "invalid configuration for key \"database_redirect_preference_list\"",
                "wrong redirect dbname regular expression: \":primary\""
            ),
            (
                "app_name_redirect_preference_list = ':primary'",
                "invalid configuration for key \"app_name_redirect_preference_list\"",
                "wrong redirect app name regular expression: \":primary\""
            ),
            (
                "dml_adaptive_object_relationship_list = 'a:b, c'",
                "invalid configuration for key \"dml_adaptive_object_relationship_list\"",
                "wrong object relationship: \"c\""
            ),
            (
                "log_destination = 'stderr,file'",
                "invalid configuration for \"log_destination\"", "unknown destination :file"
            ),
            (
                "backend_flag3 = 'ALLOW_TO_FAILOVER|DISALLOW_TO_FAILOVER'",
                "invalid configuration for key \"backend_flag3\"",
                "cannot set ALLOW_TO_FAILOVER and DISALLOW_TO_FAILOVER at the same time"
            ),
            (
                "backend_flag0 = 'always_primary'",
                "invalid configuration for key \"backend_flag0\"",
                "unknown backend flag:always_primary"
            ),
            (
                "backend_flag0 = 'ALWAYS_MASTER'",
                "invalid configuration for key \"backend_flag0\"",
                "unknown backend flag:ALWAYS_MASTER"
            ),
        ])
    func badItems(text: String, message: String, detail: String) throws {
        let error = try #require(load(text).errors.first)
        #expect(error.message == message)
        #expect(error.detail == detail)
        #expect(error.hint != nil)
    }

    @Test("flags and object dependencies become values")
    func structured() {
        let settings = load(
            """
            backend_port0 = 5432 backend_flag0 = 'DISALLOW_TO_FAILOVER | ALWAYS_PRIMARY'
            log_destination = 'syslog, stderr,SYSLOG'
            dml_adaptive_object_relationship_list = 'f():t, a : b'
            """
        ).settings
        #expect(
            settings.backends.map(\.flags) == [
                BackendFlags(disallowsFailover: true, isAlwaysPrimary: true)
            ])
        #expect(settings.logDestination == ["syslog", "stderr"])
        #expect(
            settings.dmlAdaptiveObjectRelationshipList == [
                ObjectDependency(object: "f()", dependent: "t"),
                ObjectDependency(object: "a", dependent: "b"),
            ])
    }

    @Test("file names relative to the configuration become complete, others stay")
    func paths() {
        let settings = load("pid_file_name = 'run/p.pid' ssl_key = '/k' work_dir = 'w'").settings
        #expect(settings.pidFileName == "/etc/trunkline/run/p.pid")
        #expect(settings.poolPasswd == "/etc/trunkline/pool_passwd")
        #expect(settings.sslKey == "/k")
        #expect(settings.sslCert == "")
        #expect(settings.workDir == "w")
        #expect(load("pool_passwd = ''").settings.poolPasswd == "")
    }
}
