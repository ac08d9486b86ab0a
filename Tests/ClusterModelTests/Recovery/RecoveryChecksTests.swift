import ClusterModel
import Testing

@Suite("recovery checks") struct RecoveryChecksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// The check that fails; nil: none does.
        var failing: String?
        var name: String
        var change: @Sendable (inout RecoveryChecks.Input) -> Void

        var testDescription: String { name }
    }

    static let cases = [
        Case(failing: nil, name: "all is well") { _ in },
        Case(failing: "primary", name: "the primary is a standby") {
            $0.source.isInRecovery = true
        },
        Case(failing: "data directory", name: "another cluster's data") {
            $0.target.systemIdentifier = "1"
        },
        Case(failing: nil, name: "another cluster's data that may go") {
            $0.target.systemIdentifier = "1"
            $0.options.overwritesForeign = true
        },
        Case(failing: "data directory", name: "a server that takes writes") {
            $0.target.state = "in production"
            $0.target.isRunning = true
        },
        Case(failing: nil, name: "a server that takes writes which may go") {
            $0.target.state = "in production"
            $0.target.isRunning = true
            $0.options.discardsDivergent = true
        },
        Case(failing: nil, name: "a primary that was killed") {
            $0.target.state = "in production"
        },
        Case(failing: "programs", name: "no programs") { $0.target.programVersion = nil },
        Case(failing: "programs", name: "other programs") { $0.target.programVersion = 16 },
        Case(failing: "programs", name: "older data that would be started") {
            $0.target.dataVersion = 14
        },
        Case(failing: "start", name: "nobody could stop and start the server") {
            $0.startObstacle = "no server but its own"
        },
        Case(failing: "wal_level", name: "wal_level minimal") { $0.source.walLevel = "minimal" },
        Case(failing: "walsenders", name: "no walsender") { $0.source.senders = 10 },
        Case(failing: nil, name: "the last walsender") { $0.source.senders = 9 },
        Case(failing: "walsenders", name: "one walsender for a copy") {
            $0.source.senders = 9
            $0.target = ServerDescription()
            $0.target.programVersion = 15
            $0.target.freeBytes = .max
        },
        Case(failing: "replication slot", name: "no slot") { $0.source.slots = 10 },
        Case(failing: nil, name: "no slot but ours") {
            $0.source.slots = 10
            $0.source.slot = .init(isActive: false)
        },
        Case(failing: "replication slot", name: "somebody uses our slot") {
            $0.source.slot = .init(isActive: true)
        },
        Case(failing: nil, name: "the node itself uses our slot") {
            $0.source.slot = .init(isActive: true)
            $0.target.isRunning = true
        },
        Case(failing: "replication login", name: "no line in pg_hba.conf") {
            $0.replicationFailure = "no pg_hba.conf entry"
        },
        Case(failing: "method", name: "nothing that works is allowed") {
            $0.allowed = [.restart]
            $0.target.state = "in production"
        },
        Case(failing: "space", name: "one byte too little") {
            $0.allowed = [.baseBackup]
            $0.target.freeBytes = (100 << 20) + (1 << 30) - 1
        },
        Case(failing: nil, name: "just enough") {
            $0.allowed = [.baseBackup]
            $0.target.freeBytes = (100 << 20) + (1 << 30)
        },
        Case(failing: "space", name: "more than there is in the world") {
            $0.allowed = [.baseBackup]
            $0.source.dataBytes = .max
        },
        Case(failing: "space", name: "too little even without the old data") {
            $0.allowed = [.baseBackup]
            $0.mayRemoveOld = true
            $0.target.freeBytes = 1 << 30
            $0.target.usedBytes = (100 << 20) - 1
        },
        Case(failing: nil, name: "just enough without the old data") {
            $0.allowed = [.baseBackup]
            $0.mayRemoveOld = true
            $0.target.freeBytes = 1 << 30
            $0.target.usedBytes = 100 << 20
        },
        Case(failing: "settings", name: "a configuration that is too small") {
            $0.source.settings = ["max_connections": 100]
            $0.target.settings = ["max_connections": 99]
        },
        Case(failing: nil, name: "a configuration that is just large enough") {
            $0.source.settings = ["max_connections": 100]
            $0.target.settings = ["max_connections": 100]
        },
        Case(failing: nil, name: "a configuration that is replaced") {
            $0.allowed = [.baseBackup]
            $0.source.settings = ["max_connections": 100]
            $0.target.settings = ["max_connections": 99]
        },
        Case(failing: "settings", name: "a configuration that stays, for a copy") {
            $0.allowed = [.baseBackup]
            $0.target.hasOwnConfiguration = true
            $0.source.settings = ["max_connections": 100]
            $0.target.settings = ["max_connections": 99]
        },
        Case(failing: "tablespaces", name: "a tablespace that is not empty") {
            $0.allowed = [.baseBackup]
            $0.target.takenTablespaces = ["/space"]
        },
        Case(failing: "application_name", name: "a name that another node has") {
            $0.otherNames.append($0.applicationName)
        },
    ]

    @Test("each precondition, with a remedy", arguments: cases)
    func checks(_ wanted: Case) {
        var input = RecoveryChecks.Input(
            target: Fixture.target(), source: Fixture.facts(), options: RecoveryOptions(),
            allowed: Set(RecoveryMethod.allCases), applicationName: "node1",
            otherNames: ["node0"], user: "rep")
        wanted.change(&input)
        let checks = RecoveryChecks(input)
        #expect(checks.failure?.name == wanted.failing, "\(checks.lines)")
        #expect((checks.failure?.remedy == nil) == (wanted.failing == nil))
        #expect(checks.lines.count == checks.findings.count)
        #expect(checks.lines.contains { $0.hasPrefix("FAIL") } == (wanted.failing != nil))
    }

    @Test("how much would be thrown away is said")
    func divergence() {
        var input = RecoveryChecks.Input(
            target: Fixture.target(), source: Fixture.facts(), options: RecoveryOptions(),
            allowed: Set(RecoveryMethod.allCases))
        input.target.state = "in production"
        input.target.isRunning = true
        input.target.checkpointBytes = 0x5000000 + 77
        #expect(RecoveryChecks(input).failure?.words.contains("77 bytes") == true)
    }
}

@Suite("standby checks") struct StandbyChecksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var failing: [StandbyChecks.Check]
        var name: String
        var standby: @Sendable (inout StandbyChecks.Standby) -> Void = { _ in }
        var feed: @Sendable (inout StandbyChecks.Feed) -> Void = { _ in }
        var isReachable = true

        var testDescription: String { name }
    }

    static let cases = [
        Case(failing: [], name: "a good standby"),
        Case(failing: [.role], name: "a primary", standby: { $0.isInRecovery = false }),
        Case(
            failing: [.identity], name: "another cluster's",
            standby: { $0.systemIdentifier = "1" }),
        Case(
            failing: [.timeline], name: "the old timeline",
            standby: { $0.receivedTimeline = 1 }),
        Case(failing: [.streaming], name: "no receiver", standby: { $0.status = nil }),
        Case(
            failing: [.streaming], name: "a receiver that waits",
            standby: { $0.status = "waiting" }),
        Case(
            failing: [.streaming], name: "another primary",
            standby: { $0.senderPort = 5439 }),
        Case(
            failing: [.streaming], name: "unknown to the primary", feed: { $0.standbys = 0 }),
        Case(
            failing: [.progress], name: "one byte behind",
            standby: { $0.replayedBytes = 999 }),
        Case(failing: [.slot], name: "an idle slot", feed: { $0.isSlotActive = false }),
        Case(failing: [.slot], name: "no slot", feed: { $0.isSlotActive = nil }),
        Case(failing: [.reachability], name: "out of reach", isReachable: false),
        Case(
            failing: [.role, .streaming], name: "a promoted standby",
            standby: {
                $0.isInRecovery = false
                $0.status = nil
            }),
    ]

    @Test("the nine checks, each by itself", arguments: cases)
    func checks(_ wanted: Case) {
        let checks = StandbyChecks(
            standby: Fixture.standby(wanted.standby), feed: Fixture.feed(wanted.feed),
            expected: .init(
                systemIdentifier: Fixture.cluster, sourcePort: 5432, bytes: 1000, hasSlot: true),
            isReachable: wanted.isReachable)
        #expect(checks.flaws.map(\.check) == wanted.failing, "\(checks.words)")
        #expect(checks.areAllGood == wanted.failing.isEmpty)
        let late: Set<StandbyChecks.Check> = [.progress, .reachability]
        #expect(checks.isGoodButLate == Set(wanted.failing).isSubset(of: late))
    }

    @Test(
        "what shadows our primary_conninfo is said",
        arguments: [
            ("command line", true), ("/etc/a.conf", true), ("/data/postgresql.auto.conf", false),
            ("configuration file", false),
        ])
    func shadow(place: String, isShadow: Bool) {
        let checks = StandbyChecks(
            standby: Fixture.standby {
                $0.senderPort = 5439
                $0.conninfoPlace = place
            }, feed: Fixture.feed(),
            expected: .init(
                systemIdentifier: Fixture.cluster, sourcePort: 5432, bytes: 1000, hasSlot: true),
            isReachable: true)
        #expect(checks.isMisdirected)
        #expect(checks.words.contains("not from postgresql.auto.conf") == isShadow)
    }

    @Test("without a position of the primary nothing is proved")
    func noPosition() {
        let checks = StandbyChecks(
            standby: Fixture.standby(), feed: Fixture.feed(),
            expected: .init(systemIdentifier: nil, sourcePort: 5432, bytes: nil, hasSlot: false),
            isReachable: true)
        #expect(checks.flaws.map(\.check) == [.progress])
    }
}
