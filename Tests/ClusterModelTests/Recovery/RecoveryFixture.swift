import ClusterModel

/// What most tests of recoveries need: a primary with data, and a node that was a standby.
enum Fixture {
    static let second: UInt64 = 1_000_000_000
    static let cluster = "7000000000000000001"

    static let server = SourceServer(
        host: "db0", port: 5432, user: "rep", applicationName: "node1")
    static let source = RecoverySource(node: 0, server: server)

    static func rules(_ configure: (inout RecoveryRules) -> Void = { _ in }) -> RecoveryRules {
        var rules = RecoveryRules()
        rules.applicationName = "node1"
        rules.otherNames = ["node0", "node2"]
        rules.port = 5433
        rules.wallOffset = 1_000_000
        configure(&rules)
        return rules
    }

    static func record(_ options: RecoveryOptions = RecoveryOptions()) -> RecoveryRecord {
        RecoveryRecord(id: "abc", node: 1, options: options, slot: "pgpool_n1")
    }

    static func facts(_ configure: (inout SourceFacts) -> Void = { _ in }) -> SourceFacts {
        var facts = SourceFacts(node: 0)
        facts.timeline = 2
        facts.systemIdentifier = cluster
        facts.version = 150_004
        facts.walLevel = "replica"
        facts.sendersMax = 10
        facts.slotsMax = 10
        facts.walBytesMax = 1 << 30
        facts.dataBytes = 100 << 20
        facts.startedAt = 5
        facts.oldestBytes = 0
        facts.history = TimelineHistory("1\t0/5000000\tno recovery target specified\n")
        configure(&facts)
        return facts
    }

    /// The rows that such facts are read from.
    static func rows(_ facts: SourceFacts) -> [[[String?]]] {
        let row: [String?] = [
            facts.isInRecovery ? "1" : "0", String(facts.timeline, radix: 16),
            facts.systemIdentifier, "\(facts.version)", facts.walLevel, "\(facts.sendersMax)",
            "\(facts.senders)", "\(facts.slotsMax)", "\(facts.slots)",
            facts.hasFullPageWrites ? "1" : "0", "\(facts.walBytesMax)", "\(facts.dataBytes)",
            "\(facts.startedAt)", "0000000000000000", "16777216",
        ]
        let slot: [[String?]] =
            facts.slot.map { [[$0.isActive ? "1" : "0", $0.isLost ? "lost" : "reserved", nil]] }
            ?? []
        return [
            [row], slot, facts.tablespaces.map { [$0] },
            facts.settings.map { [$0.key, "\($0.value)"] },
        ]
    }

    /// A standby that was shut down on timeline 1, before the primary left it.
    static func target(
        _ configure: (inout ServerDescription) -> Void = { _ in }
    ) -> ServerDescription {
        var target = ServerDescription()
        target.exists = true
        target.programVersion = 15
        target.dataVersion = 15
        target.systemIdentifier = cluster
        target.state = "shut down in recovery"
        target.timeline = 1
        target.checkpointBytes = 0x4000000
        target.minimumRecoveryBytes = 0x4800000
        target.hasChecksums = true
        target.hasHintLogging = false
        target.hasStandbySignal = true
        target.freeBytes = 50 << 30
        configure(&target)
        return target
    }

    static func standby(
        _ configure: (inout StandbyChecks.Standby) -> Void = { _ in }
    ) -> StandbyChecks.Standby {
        var standby = StandbyChecks.Standby(
            isInRecovery: true, systemIdentifier: cluster, status: "streaming",
            receivedTimeline: 2, senderPort: 5432, replayedBytes: 1000)
        configure(&standby)
        return standby
    }

    static func rows(_ standby: StandbyChecks.Standby) -> [[[String?]]] {
        [
            [
                [
                    standby.isInRecovery ? "1" : "0", standby.systemIdentifier, standby.status,
                    standby.receivedTimeline.map { String($0, radix: 16) }, "db0",
                    standby.senderPort.map { "\($0)" }, "pgpool_n1", "\(standby.replayedBytes)",
                    standby.conninfoPlace, standby.isReplayPaused ? "1" : "0",
                ]
            ]
        ]
    }

    static func feed(
        _ configure: (inout StandbyChecks.Feed) -> Void = { _ in }
    ) -> StandbyChecks.Feed {
        var feed = StandbyChecks.Feed(
            timeline: 2, flushedBytes: 1000, standbys: 1, isSlotActive: true)
        configure(&feed)
        return feed
    }

    static func rows(_ feed: StandbyChecks.Feed) -> [[[String?]]] {
        [
            [
                [
                    feed.isInRecovery ? "1" : "0", String(feed.timeline, radix: 16),
                    "\(feed.flushedBytes)", "\(feed.standbys)",
                    feed.isSlotActive.map { $0 ? "1" : "0" },
                ]
            ]
        ]
    }
}
