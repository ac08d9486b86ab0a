import Testing

@testable import Settings

@Suite("Unknown and old names")
struct NameTests {
    @Test(
        "an unknown name is a warning with the nearest known one",
        arguments: [
            ("prot", "port"), ("max_pol", "max_pool"), ("listen_address", "listen_addresses"),
            ("bakend_port3", "backend_port3"), ("Port", "port"),
            ("num_int_children", "num_init_children"), ("completely_different", nil),
            ("port0", "port"),
        ] as [(String, String?)])
    func suggestions(name: String, suggestion: String?) throws {
        let loaded = load("\n\(name) = 'x'\n")
        let warning = try #require(loaded.problems.first)
        #expect(warning.severity == .warning)
        #expect(warning.line == 2)
        #expect(warning.message == "unrecognized configuration parameter \"\(name)\"")
        #expect(warning.hint == suggestion.map { "Did you mean \"\($0)\"?" })
    }

    @Test("an unknown name is an error in a strict check and under strict_config")
    func strict() {
        #expect(!load("prot = 1").hasErrors)
        #expect(load("prot = 1", strict: true).hasErrors)
        #expect(load("prot = 1\nstrict_config = on\n").hasErrors)
        #expect(load("prot = 1", environment: [("TRUNKLINE_STRICT_CONFIG", "1")]).hasErrors)
    }

    @Test("aliases are translated, the last line wins")
    func aliases() {
        let loaded = load("logdir = '/a' work_dir = '/b'\nfail_over_on_backend_error = off\n")
        #expect(loaded.settings.workDir == "/b")
        #expect(!loaded.settings.failoverOnBackendError)
        #expect(loaded.warnings.first?.message == "parameter \"logdir\" is called \"work_dir\" now")
        #expect(load("work_dir = '/b' logdir = '/a'").settings.workDir == "/a")
        #expect(load("delegate_IP = '10.0.0.9'").settings.delegateIp == "10.0.0.9")
    }

    @Test("a renamed parameter counts unless its modern name is set as well")
    func renames() {
        #expect(load("socket_dir = '/run/a'").settings.unixSocketDirectories == ["/run/a"])
        let loaded = load("unix_socket_directories = '/b'\nsocket_dir = '/a'\n")
        #expect(loaded.settings.unixSocketDirectories == ["/b"])
        #expect(loaded.warnings.map(\.line) == [2])
    }

    @Test("every old name is understood and names what replaces it")
    func everyOldName() throws {
        for entry in HistoricName.all {
            let name = entry.name + (entry.isNumbered ? "0" : "")
            let loaded = load("load_balance_mode = off\n\(name) = 'off'\n")
            let problem = try #require(loaded.problems.first { $0.parameter == name })
            #expect(problem.line == 2)
            #expect(problem.hint != nil)
            #expect(problem.severity == .warning)
            switch entry.treatment {
            case .alias(let modern), .rename(let modern):
                #expect(ParameterTable.row(named: modern) != nil)
            case .dropped, .droppedUnlessOff, .droppedUnlessWords: break
            }
        }
    }

    @Test(
        "old names that promised agreement are refused when they are on",
        arguments: [
            ("replication_mode = true", true), ("replication_mode = false", false),
            ("parallel_mode = on", true), ("parallel_mode = off", false),
            ("master_slave_mode = on", false), ("master_slave_sub_mode = 'stream'", false),
            ("master_slave_sub_mode = 'slony'", true),
        ])
    func promises(text: String, isRefused: Bool) {
        #expect(load(text).hasErrors == isRefused)
        #expect(load(text).problems.count == 1)
    }

    @Test("distances count swaps, and give up beyond the limit")
    func distances() {
        func distance(_ left: String, _ right: String) -> Int {
            ParameterTable.editDistance(Array(left.utf8), Array(right.utf8), limit: 3)
        }
        #expect(distance("port", "prot") == 1)
        #expect(distance("port", "port") == 0)
        #expect(distance("port", "sport") == 1)
        #expect(distance("abcd", "efgh") > 3)
    }
}

@Suite("Environment variables")
struct EnvironmentTests {
    @Test("they override the file, with numbers too")
    func overrides() {
        let loaded = load(
            "port = 5433 backend_port0 = 5432",
            environment: [
                ("TRUNKLINE_PORT", "6543"), ("TRUNKLINE_BACKEND_PORT0", "7000"), ("PATH", "/bin"),
                ("TRUNKLINE_LISTEN_ADDRESSES", "10.0.0.1,::1"), ("TRUNKLINE_LOGDIR", "/w"),
            ])
        #expect(!loaded.hasErrors)
        #expect(loaded.settings.port == 6543)
        #expect(loaded.settings.backends.map(\.port) == [7000])
        #expect(loaded.settings.listenAddresses == ["10.0.0.1", "::1"])
        #expect(loaded.settings.workDir == "/w")
        #expect(loaded.setParameters["port"]?.description == "TRUNKLINE_PORT")
    }

    @Test("errors name the variable")
    func errors() {
        let loaded = load(
            "", environment: [("TRUNKLINE_PORT", "80"), ("TRUNKLINE_BACKEND_PORT", "5432")])
        #expect(loaded.errors.map(\.file) == ["TRUNKLINE_BACKEND_PORT", "TRUNKLINE_PORT"])
        #expect(loaded.errors.last?.description.hasPrefix("TRUNKLINE_PORT: error: 80 is") == true)
    }

    @Test("unknown variables are warnings even in a strict check")
    func unknown() {
        let loaded = load("", environment: [("TRUNKLINE_PROT", "1")], strict: true)
        #expect(loaded.warnings.map(\.hint) == ["Did you mean TRUNKLINE_PORT?"])
        #expect(!loaded.hasErrors)
    }

    @Test("what a user's command is told is no parameter for the programs that it calls")
    func events() {
        #expect(load("", environment: [("TRUNKLINE_EVENT_NODE_PORT", "80")]).problems.isEmpty)
        for row in ParameterTable.all {
            let variable = ConfigurationReader.environmentPrefix + row.name.uppercased()
            #expect(!variable.hasPrefix(ConfigurationReader.eventPrefix))
        }
    }

    @Test("the address of a service called trunkline is not taken for the port")
    func serviceLinks() {
        let loaded = load("", environment: [("TRUNKLINE_PORT", "tcp://10.0.0.1:5432")])
        #expect(!loaded.hasErrors)
        #expect(loaded.warnings.count == 1)
        #expect(loaded.settings.port == 9999)
    }
}
