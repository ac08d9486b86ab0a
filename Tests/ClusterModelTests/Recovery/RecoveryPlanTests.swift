import ClusterModel
import Testing

/// What `recovery_plan` and `recovery_copy_from` change.
@Suite("recovery plans") struct RecoveryPlanTests {
    static let standby = RecoverySource(
        node: 0, server: Fixture.server,
        standby: .init(
            node: 2,
            server: SourceServer(host: "db2", port: 5432, user: "rep", applicationName: "node1")))

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var copyFrom: RecoveryRules.CopyFrom
        var source = RecoveryPlanTests.standby
        var failures: [String: String] = [:]
        /// What was copied, in this order.
        var copied: [String]
        /// What the failure says; nil: the node is attached.
        var reason: String?

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "the primary", copyFrom: .primary, copied: ["db0 through pgpool_n1"]),
        Case(name: "a standby", copyFrom: .standby, copied: ["db2"]),
        Case(name: "a standby rather", copyFrom: .any, copied: ["db2"]),
        Case(
            name: "no standby", copyFrom: .standby, source: Fixture.source, copied: [],
            reason: "copy from: no standby is in service that could be copied"),
        Case(
            name: "no standby, but a primary", copyFrom: .any, source: Fixture.source,
            copied: ["db0 through pgpool_n1"]),
        Case(
            name: "a standby that does not let us in", copyFrom: .standby,
            failures: ["login db2": "no pg_hba.conf entry"], copied: [],
            reason: "replication login: node 2: no pg_hba.conf entry"),
        Case(
            name: "a standby that does not let us in, but a primary that does", copyFrom: .any,
            failures: ["login db2": "no pg_hba.conf entry"], copied: ["db0 through pgpool_n1"]),
        Case(
            name: "a standby that breaks off", copyFrom: .standby,
            failures: ["copy job 1": "connection lost"], copied: ["db2", "db2"]),
        Case(
            name: "a standby that breaks off, and the primary", copyFrom: .any,
            failures: ["copy job 1": "connection lost"], copied: ["db2", "db0 through pgpool_n1"]),
        Case(
            name: "a standby that breaks off twice", copyFrom: .standby,
            failures: ["copy job": "connection lost"], copied: ["db2", "db2"],
            reason: "pg_basebackup failed"),
    ]

    @Test("whose data is copied", arguments: cases)
    func copyFrom(_ wanted: Case) {
        var world = RecoveryWorld()
        world.data = nil
        world.failures = wanted.failures
        var recovery = Recovery(
            record: Fixture.record(), source: wanted.source,
            rules: Fixture.rules { $0.copyFrom = wanted.copyFrom })
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached == (wanted.reason == nil), "\(world.ends)")
        #expect(world.copied == wanted.copied)
        #expect(world.hasSlot == world.isAttached)
        if wanted.reason == nil {
            #expect(recovery.record.copiedFrom == (wanted.copied.last == "db2" ? 2 : 0))
        }
        guard let reason = wanted.reason, case .failed(let failure)? = world.ends.last else {
            return
        }
        #expect(failure.reason.contains(reason), "\(failure)")
    }

    @Test(
        "where it has to be a standby the primary is never copied instead",
        arguments: [(standby, ["db2"]), (Fixture.source, [])])
    func standbyGone(_ source: RecoverySource, _ copied: [String]) {
        var world = RecoveryWorld()
        world.data = nil
        // Another one was chosen, by a proxy that has died, and is out of service.
        var record = Fixture.record(RecoveryOptions(method: .baseBackup))
        record.phase = .copy
        record.method = .baseBackup
        record.source = source.node
        record.copiedFrom = 5
        var recovery = Recovery(
            record: record, source: source, rules: Fixture.rules { $0.copyFrom = .standby })
        let isOver = world.run(&recovery)
        #expect(isOver && world.copied == copied, "\(world.ends)")
    }

    private func startOnly() -> Recovery {
        let record = RecoveryRecord(id: "abc", node: 1, isStartOnly: true)
        return Recovery(record: record, source: Fixture.source, rules: Fixture.rules())
    }

    @Test("start_only starts the server and does nothing else")
    func started() {
        var world = RecoveryWorld()
        var recovery = startOnly()
        let isOver = world.run(&recovery)
        #expect(isOver && world.isAttached && !world.hasSlot)
        #expect(world.log == ["describe", "start"])
    }

    @Test("start_only does not make a standby of what is none")
    func notStarted() {
        for data in [nil, RecoveryWorld.Directory.diverged] {
            var world = RecoveryWorld()
            world.data = data
            var recovery = startOnly()
            let isOver = world.run(&recovery)
            #expect(isOver && !world.isAttached && !world.isRunning && world.data == data)
        }
    }
}
