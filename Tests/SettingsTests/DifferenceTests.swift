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
