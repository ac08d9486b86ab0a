/// How a server's data directory becomes one that can follow the primary (OR-22).
public enum RecoveryMethod: String, Equatable, Sendable, Codable, CaseIterable {
    /// The data is good: it is configured as a standby and started.
    case restart
    /// What only it has is taken back in place (`pg_rewind`).
    case rewind
    /// All is copied anew, beside what is there.
    case baseBackup = "basebackup"

    /// From the cheapest to the one that always works.
    static let ladder: [RecoveryMethod] = [.restart, .rewind, .baseBackup]
}

extension RecoveryMethod {
    /// A choice and the reason for it, for the log.
    public struct Choice: Equatable, Sendable {
        /// Nil: none of the methods that may be used works here.
        public var method: RecoveryMethod?
        /// A sentence without a full stop.
        public var reason: String

        public init(method: RecoveryMethod?, reason: String) {
            self.method = method
            self.reason = reason
        }
    }

    /// The cheapest method that can work.
    ///
    /// - Parameter allowed: `recovery_allow`, or the one that the operator named.
    public static func choice(
        target: ServerDescription, source: SourceFacts, allowed: Set<RecoveryMethod>
    ) -> Choice {
        let wish = wish(target: target, source: source)
        let least = wish.method.flatMap { ladder.firstIndex(of: $0) } ?? 0
        let method = ladder[least...].first { method in
            allowed.contains(method)
                && (method != .rewind || obstacleToRewind(target, source) == nil)
        }
        return Choice(method: method, reason: wish.reason)
    }

    /// What to try when a method has not led to a standby that streams; nil: that was the last one.
    public func next(
        target: ServerDescription, source: SourceFacts, allowed: Set<RecoveryMethod>
    ) -> RecoveryMethod? {
        guard let place = Self.ladder.firstIndex(of: self) else { return nil }
        return Self.ladder[(place + 1)...].first { method in
            allowed.contains(method)
                && (method != .rewind || Self.obstacleToRewind(target, source) == nil)
        }
    }

    private static func wish(target: ServerDescription, source: SourceFacts) -> Choice {
        guard target.exists else {
            return Choice(method: .baseBackup, reason: "there is no data directory")
        }
        guard target.systemIdentifier == source.systemIdentifier else {
            return Choice(
                method: .baseBackup,
                reason: target.systemIdentifier == nil
                    ? "the data directory has no control file that can be read"
                    : "the data directory belongs to another cluster")
        }
        if target.isTainted {
            return Choice(
                method: .baseBackup, reason: "a rewind of the data directory has not ended well")
        }
        if let timeline = target.timeline, timeline > source.timeline {
            return Choice(
                method: .rewind,
                reason: "it is on timeline \(timeline), which node \(source.node) does not have")
        }
        guard target.wasStandby else {
            return Choice(method: .rewind, reason: "its server was a primary when it ran last")
        }
        if let point = divergence(target, source), target.position > point {
            return Choice(
                method: .rewind,
                reason: "it has replayed \(target.position - point) bytes past the end of its "
                    + "timeline")
        }
        if let oldest = source.oldestBytes, oldest > target.position, !target.isCovered(by: source)
        {
            return Choice(
                method: .baseBackup,
                reason: "node \(source.node) has removed WAL that it needs")
        }
        return Choice(method: .restart, reason: "its data directory is that of a standby")
    }

    /// Where the source left the target's timeline, in bytes; nil where nobody knows or they are on
    /// the same one.
    static func divergence(_ target: ServerDescription, _ source: SourceFacts) -> Int64? {
        guard let timeline = target.timeline, timeline < source.timeline else { return nil }
        return source.history?.end(of: timeline)
    }

    /// Why `pg_rewind` would refuse; nil if nothing is known against it.
    static func obstacleToRewind(
        _ target: ServerDescription, _ source: SourceFacts
    ) -> String? {
        if !target.exists { return "there is no data directory" }
        if target.isTainted { return "an earlier rewind has not ended well" }
        if target.systemIdentifier != source.systemIdentifier {
            return "it is another cluster's data directory"
        }
        if target.hasChecksums == false, target.hasHintLogging == false {
            return "it has neither data checksums nor wal_log_hints"
        }
        return source.hasFullPageWrites ? nil : "full_page_writes is off"
    }
}

extension ServerDescription {
    /// By the state in its control file.
    var wasStandby: Bool { state?.contains("recovery") == true && state != "in crash recovery" }

    /// How far its data is at least, in bytes.
    var position: Int64 { max(checkpointBytes ?? 0, minimumRecoveryBytes ?? 0) }

    /// Whether the source has kept all that it needs for it.
    fileprivate func isCovered(by source: SourceFacts) -> Bool {
        guard let slot = source.slot, !slot.isLost, let kept = slot.restartBytes else {
            return false
        }
        return kept <= position
    }
}
