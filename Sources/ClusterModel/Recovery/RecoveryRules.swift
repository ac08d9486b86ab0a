/// What the configuration says of recoveries, and what is known of the node. Times in nanoseconds.
public struct RecoveryRules: Equatable, Sendable {
    /// `recovery_allow`
    public var allowed = Set(RecoveryMethod.allCases)
    /// `recovery_timeout`: how long a started server may take to answer while nothing moves.
    public var timeout: UInt64 = 90_000_000_000
    /// `recovery_start_max`: how long it may take while it replays.
    public var startMax: UInt64 = 3_600_000_000_000
    /// `recovery_verify_timeout`
    public var verifyTimeout: UInt64 = 300_000_000_000
    /// `recovery_stall_timeout`
    public var stallTimeout: UInt64 = 300_000_000_000
    /// `recovery_keep_old`, in seconds.
    public var keepOldSeconds: Int64 = 3600
    /// `recovery_keep_old = never`: where there is no room beside it, the old data goes first.
    public var mayRemoveOld = false
    /// How a copy is made.
    public var backup = HostRequest.BackupOptions()
    /// `recovery_copy_from`
    public var copyFrom = CopyFrom.primary
    /// `recovery_verify`: whether a login is not enough where scripts do the work.
    public var isStrict = true
    /// Seconds since 1970 when the monotonic clock was 0.
    public var wallOffset: Int64 = 0
    /// Why the node's host could not stop and start its server, whoever asks; nil if nothing is
    /// known against it. A sentence without a full stop.
    public var startObstacle: String?
    /// `recovery_start_command` is set: it starts the server.
    public var hasStartCommand = false
    /// The scripts of the user's; nil: none, the built-in plan runs.
    public var script: RecoveryScript?

    /// `application_name` of the node as a standby.
    public var applicationName = ""
    /// Those of the other nodes.
    public var otherNames: [String] = []
    /// The cluster's; nil where nobody knows it.
    public var systemIdentifier: String?
    /// Of the node.
    public var port = 5432
    /// The data directory holds what an earlier recovery has verified: what was there before that
    /// is needed no more.
    public var isVerified = false

    public init() {}

    /// Whose data a copy is made of.
    public enum CopyFrom: Equatable, Sendable {
        case primary
        case standby
        /// A standby, or the primary where that cannot be.
        case any
    }
}

/// A primary, and how the node's host reaches it.
public struct RecoverySource: Equatable, Sendable {
    public var node: Int
    public var server: SourceServer
    /// The standby that a copy may be made of; nil where none is good enough, or none is wanted.
    public var standby: Standby?

    public struct Standby: Equatable, Sendable {
        public var node: Int
        public var server: SourceServer

        public init(node: Int, server: SourceServer) {
            self.node = node
            self.server = server
        }
    }

    public init(node: Int, server: SourceServer, standby: Standby? = nil) {
        self.node = node
        self.server = server
        self.standby = standby
    }
}

/// Why a recovery has failed (OR-37).
public struct RecoveryFailure: Equatable, Sendable {
    public var phase: RecoveryPhase
    /// A sentence without a full stop.
    public var reason: String
    /// The program that failed, such as `pg_basebackup`; nil where it was none.
    public var command: String?
    public var exitCode: Int?
    /// The end of its output or of the server's log, oldest first.
    public var lines: [String]
    public var hint: String?

    public init(
        phase: RecoveryPhase, reason: String, command: String? = nil, exitCode: Int? = nil,
        lines: [String] = [], hint: String? = nil
    ) {
        self.phase = phase
        self.reason = reason
        self.command = command
        self.exitCode = exitCode
        self.lines = lines
        self.hint = hint
    }

    /// For people: phase, reason, command and exit code.
    public var words: String { "\(phase.rawValue): \(sentence)" }

    /// The same without the phase.
    public var sentence: String {
        var text = reason
        if let command { text += ", command \(command)" }
        if let exitCode { text += ", exit code \(exitCode)" }
        return text
    }

    /// The last lines and the hint; nil where there is neither.
    public var details: String? {
        let parts = lines.suffix(5) + [hint].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }
}

/// How far a recovery is.
public struct RecoveryProgress: Equatable, Sendable {
    public var phase: RecoveryPhase
    public var method: RecoveryMethod?
    /// What goes on, such as `copying`.
    public var activity: String
    public var bytesDone: Int64
    /// 0 = unknown
    public var bytesTotal: Int64
    /// Until the copy is done; nil where unknown.
    public var secondsLeft: Int64?

    public init(
        phase: RecoveryPhase, method: RecoveryMethod? = nil, activity: String = "",
        bytesDone: Int64 = 0, bytesTotal: Int64 = 0, secondsLeft: Int64? = nil
    ) {
        self.phase = phase
        self.method = method
        self.activity = activity
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.secondsLeft = secondsLeft
    }

    /// 0 to 100; nil where unknown.
    public var percent: Int? {
        guard bytesTotal > 0 else { return nil }
        return Int(min(max(Double(bytesDone) / Double(bytesTotal), 0), 1) * 100)
    }

    /// By the bytes so far.
    ///
    /// - Parameter elapsed: since the first of them, in nanoseconds.
    static func secondsLeft(done: Int64, total: Int64, elapsed: UInt64) -> Int64? {
        guard done > 0, total > done, elapsed > 0 else { return nil }
        let rate = Double(done) / (Double(elapsed) / 1e9)
        let seconds = Double(total - done) / rate
        return seconds < 1e9 ? Int64(seconds.rounded(.up)) : nil
    }

    /// For people.
    public var words: String {
        var text = phase.rawValue
        if let method { text += " (\(method.rawValue))" }
        if !activity.isEmpty { text += ": \(activity)" }
        if let percent {
            text += ", \(percent) %, \(ByteText.words(bytesDone)) of \(ByteText.words(bytesTotal))"
        } else if bytesDone > 0 {
            text += ", \(ByteText.words(bytesDone))"
        }
        if let secondsLeft { text += ", \(secondsLeft) s left" }
        return text
    }
}
