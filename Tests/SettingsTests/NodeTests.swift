import Settings
import Testing

@Suite("Parameters of nodes")
struct NodeTests {
    @Test("nodes are slots up to the highest port; gaps are unused")
    func slots() {
        let loaded = load(
            """
            backend_hostname0 = 'a' backend_port0 = 5432 backend_weight0 = 1
            backend_port2 = 5434 backend_weight2 = 3
            backend_weight5 = 1
            """)
        #expect(loaded.problems.isEmpty)
        let nodes = loaded.settings.backends
        #expect(nodes.map(\.isUsed) == [true, false, true])
        #expect(nodes.map(\.hostname) == ["a", "", "/tmp"])
        #expect(loaded.settings.normalizedWeights == [0.25, 0, 0.75])
    }

    @Test("without weights no node has a share")
    func noWeights() {
        #expect(load("backend_port0 = 5432").settings.normalizedWeights == [0])
    }

    @Test("a node's own value wins wherever it stands")
    func defaultsForNodes() {
        let settings = load(
            """
            connect_timeout1 = 7
            backend_port0 = 5432 backend_port1 = 5433
            connect_timeout = 5
            health_check_user = 'all'
            """
        ).settings
        #expect(settings.backends.map(\.connectTimeout) == [.milliseconds(5), .milliseconds(7)])
        #expect(settings.backends.map(\.healthCheckUser) == ["all", "all"])
        #expect(settings.backendDefaults.connectTimeout == .milliseconds(5))
        #expect(settings.backend(9).connectTimeout == .milliseconds(5))
    }

    @Test(
        "wrong numbers are errors with Pgpool-II's words",
        arguments: [
            ("backend_port", "parameter \"backend_port\" expects the index value", nil),
            ("wd_port", "parameter \"wd_port\" expects the index value", nil),
            (
                "backend_portX", "invalid index value for parameter \"backend_portX\" ",
                "index part contains the invalid non digit character"
            ),
            (
                "backend_port1x", "invalid index value for parameter \"backend_port1x\" ",
                "index part contains the invalid non digit character"
            ),
            (
                "hostname_x", "invalid index value for parameter \"hostname_x\" ",
                "index part contains the invalid non digit character"
            ),
            (
                "backend_port129",
                "129 index outside the valid range for parameter \"backend_port129\" (0 .. 128)",
                nil
            ),
            (
                "backend_hostname128",
                "128 index outside the valid range for parameter \"backend_hostname128\" (0 .. 128)",
                nil
            ),
            (
                "heartbeat_port256",
                "256 index outside the valid range for parameter \"heartbeat_port256\" (0 .. 256)",
                nil
            ),
            (
                "backend_port99999999999999999999",
                "99999999999999999999 index outside the valid range for parameter"
                    + " \"backend_port99999999999999999999\" (0 .. 128)", nil
            ),
        ] as [(String, String, String?)])
    func wrongNumbers(name: String, message: String, detail: String?) throws {
        let loaded = load("\(name) = 5432")
        let error = try #require(loaded.errors.first)
        #expect(error.message == message)
        #expect(error.detail == detail)
        #expect(error.hint != nil)
    }

    @Test("the highest numbers are accepted")
    func highestNumbers() {
        let loaded = load("backend_port127 = 5432 heartbeat_port255 = 9694 wd_port127 = 9000")
        #expect(loaded.errors.isEmpty)
        #expect(loaded.settings.backends.count == 128)
        #expect(loaded.settings.heartbeats.count == 256)
        #expect(loaded.settings.watchdogNodes.count == 128)
    }

    @Test("a host without a port is pointed out")
    func hostWithoutPort() {
        let loaded = load("backend_port0 = 5432\nbackend_hostname1 = 'b'\n")
        #expect(loaded.messages == ["2 warning: node 1 is not used: backend_port1 is not set"])
        #expect(loaded.settings.backends.count == 1)
    }
}
