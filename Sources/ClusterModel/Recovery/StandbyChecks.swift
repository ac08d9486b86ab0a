/// Whether a server is the standby that it should be: the nine conditions under which a recovered
/// node is attached (OR-34).
public struct StandbyChecks: Equatable, Sendable {
    public enum Check: String, Equatable, Sendable, CaseIterable {
        case login = "V1"
        case role = "V2"
        case identity = "V3"
        case timeline = "V4"
        case streaming = "V5"
        case progress = "V6"
        case delay = "V7"
        case slot = "V8"
        case reachability = "V9"
    }

    /// The standby as it sees itself.
    public struct Standby: Equatable, Sendable {
        public var isInRecovery: Bool
        public var systemIdentifier: String?
        /// `status` of its WAL receiver; nil where none runs.
        public var status: String?
        public var receivedTimeline: Int64?
        public var senderPort: Int?
        public var replayedBytes: Int64
        /// Where primary_conninfo is set: a file, or a word such as `command line`; nil: unknown.
        public var conninfoPlace: String?
        public var isReplayPaused: Bool

        public init(
            isInRecovery: Bool, systemIdentifier: String? = nil, status: String? = nil,
            receivedTimeline: Int64? = nil, senderPort: Int? = nil, replayedBytes: Int64 = 0,
            conninfoPlace: String? = nil, isReplayPaused: Bool = false
        ) {
            self.isInRecovery = isInRecovery
            self.systemIdentifier = systemIdentifier
            self.status = status
            self.receivedTimeline = receivedTimeline
            self.senderPort = senderPort
            self.replayedBytes = replayedBytes
            self.conninfoPlace = conninfoPlace
            self.isReplayPaused = isReplayPaused
        }
    }

    /// The standby as its primary sees it.
    public struct Feed: Equatable, Sendable {
        public var isInRecovery: Bool
        public var timeline: Int64
        /// How far the primary has come, in bytes.
        public var flushedBytes: Int64
        /// Standbys of that name that stream.
        public var standbys: Int
        /// Nil where there is no such slot.
        public var isSlotActive: Bool?

        public init(
            isInRecovery: Bool = false, timeline: Int64, flushedBytes: Int64, standbys: Int,
            isSlotActive: Bool?
        ) {
            self.isInRecovery = isInRecovery
            self.timeline = timeline
            self.flushedBytes = flushedBytes
            self.standbys = standbys
            self.isSlotActive = isSlotActive
        }
    }

    /// What it has to be like.
    public struct Expectation: Equatable, Sendable {
        /// `system_identifier` of the cluster; nil where nobody knows it.
        public var systemIdentifier: String?
        public var sourcePort: Int
        /// How far it has to come, in bytes; nil: not known yet.
        public var bytes: Int64?
        /// Whether it streams through a slot of ours.
        public var hasSlot: Bool

        public init(
            systemIdentifier: String?, sourcePort: Int, bytes: Int64?, hasSlot: Bool
        ) {
            self.systemIdentifier = systemIdentifier
            self.sourcePort = sourcePort
            self.bytes = bytes
            self.hasSlot = hasSlot
        }
    }

    /// A check that does not hold, and what is wrong.
    public struct Flaw: Equatable, Sendable {
        public var check: Check
        /// A sentence without a full stop.
        public var reason: String
    }

    /// In the order of the checks.
    public var flaws: [Flaw] = []
    /// It streams, and not from the primary.
    public private(set) var isMisdirected = false

    /// - Parameters:
    ///   - isReachable: whether the proxy's own checks get answers from the node.
    ///   - isDelayed: whether it is further behind than reads may be. It is attached all the same:
    ///     reads avoid it until it has caught up.
    public init(
        standby: Standby, feed: Feed, expected: Expectation, isReachable: Bool
    ) {
        func unless(_ isTrue: Bool, _ check: Check, _ reason: @autoclosure () -> String) {
            if !isTrue { flaws.append(Flaw(check: check, reason: reason())) }
        }
        unless(standby.isInRecovery, .role, "it is not in recovery: it takes writes")
        unless(
            expected.systemIdentifier == nil
                || standby.systemIdentifier == expected.systemIdentifier, .identity,
            "its system identifier is \(standby.systemIdentifier ?? "unknown"), the cluster's is "
                + (expected.systemIdentifier ?? "unknown"))
        let isStreaming = standby.status == "streaming"
        unless(
            !isStreaming || standby.receivedTimeline == feed.timeline, .timeline,
            "it receives timeline \(standby.receivedTimeline ?? 0), the primary is on "
                + "\(feed.timeline)")
        if !isStreaming {
            unless(false, .streaming, "it does not stream (\(standby.status ?? "no WAL receiver"))")
        } else if standby.senderPort != expected.sourcePort {
            unless(
                false, .streaming,
                "it streams from port \(standby.senderPort ?? 0), the primary's is "
                    + "\(expected.sourcePort)" + Self.shadow(standby))
        } else {
            unless(
                feed.standbys > 0, .streaming,
                "the primary knows of no such standby" + Self.shadow(standby))
        }
        isMisdirected = isStreaming && flaws.contains { $0.check == .streaming }
        if let bytes = expected.bytes {
            unless(
                standby.replayedBytes >= bytes, .progress,
                standby.isReplayPaused
                    ? "replay is paused"
                    : "it lacks \(bytes - standby.replayedBytes) bytes of WAL")
        } else {
            unless(false, .progress, "the primary's position is not known yet")
        }
        unless(!expected.hasSlot || feed.isSlotActive == true, .slot, "its slot is not in use")
        unless(isReachable, .reachability, "the proxy's own check of the node fails")
    }

    /// What stands in the way of our primary_conninfo (OR-32).
    private static func shadow(_ standby: Standby) -> String {
        guard let place = standby.conninfoPlace else { return "" }
        let isFile = place.hasPrefix("/")
        guard place == "command line" || (isFile && !place.hasSuffix("/postgresql.auto.conf"))
        else { return "" }
        return ": its primary_conninfo is from \(isFile ? place : "the \(place)"), and not from "
            + "postgresql.auto.conf"
    }

    public var areAllGood: Bool { flaws.isEmpty }

    /// It is a standby of this cluster that streams from the primary, and merely is behind.
    public var isGoodButLate: Bool {
        flaws.allSatisfy { $0.check == .progress || $0.check == .reachability }
    }

    /// No waiting can make it right.
    public var fatal: Flaw? { flaws.first { $0.check == .role || $0.check == .identity } }

    /// For people.
    public var words: String {
        flaws.map { "\($0.check.rawValue): \($0.reason)" }.joined(separator: "; ")
    }
}

extension StandbyChecks.Standby {
    /// From the answer to ``RecoveryQuestion/standby``.
    public init?(rows: [[[String?]]]) {
        guard let row = rows.first?.first, row.count == 10 else { return nil }
        self.init(
            isInRecovery: row[0] != "0", systemIdentifier: row[1], status: row[2],
            receivedTimeline: row[3].flatMap { Int64($0, radix: 16) },
            senderPort: row[5].flatMap { Int($0) },
            replayedBytes: row[7].flatMap { Int64($0) } ?? 0, conninfoPlace: row[8],
            isReplayPaused: row[9] == "1")
    }
}

extension StandbyChecks.Feed {
    /// From the answer to ``RecoveryQuestion/feed(applicationName:slot:)``.
    public init?(rows: [[[String?]]]) {
        guard let row = rows.first?.first, row.count == 5,
            let timeline = row[1].flatMap({ Int64($0, radix: 16) }),
            let flushed = row[2].flatMap({ Int64($0) })
        else { return nil }
        self.init(
            isInRecovery: row[0] != "0", timeline: timeline, flushedBytes: flushed,
            standbys: row[3].flatMap { Int($0) } ?? 0, isSlotActive: row[4].map { $0 == "1" })
    }
}
