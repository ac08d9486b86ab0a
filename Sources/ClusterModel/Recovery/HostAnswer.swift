/// What a host says to a ``HostRequest``; one JSON object on one line.
public enum HostAnswer: Equatable, Sendable, Codable {
    case done
    case description(ServerDescription)
    case job(JobReport)
    case lines([String])
    /// Nothing was done, or not all: a sentence without a full stop, and what would help.
    case failed(reason: String, hint: String?)
}

/// A data directory and its server, looked at from the host; what cannot be known is nil.
public struct ServerDescription: Equatable, Sendable, Codable {
    /// Whether there is a data directory with something in it.
    public var exists = false
    public var isRunning = false
    public var pid: Int?
    /// Major version of the programs that were found, such as 15.
    public var programVersion: Int?
    /// Major version in PG_VERSION.
    public var dataVersion: Int?

    // From pg_controldata.
    public var systemIdentifier: String?
    /// "Database cluster state", such as `in archive recovery`.
    public var state: String?
    /// Of the latest checkpoint.
    public var timeline: Int64?
    /// "Latest checkpoint location", in bytes.
    public var checkpointBytes: Int64?
    /// The segment of WAL that the running server says it replays; nil where it does not replay.
    public var replaying: String?
    /// "Minimum recovery ending location", in bytes; 0 for a primary.
    public var minimumRecoveryBytes: Int64?
    public var hasChecksums: Bool?
    public var hasHintLogging: Bool?

    /// Of ``StandbySettings/names`` what the server's own configuration says; nil where that cannot
    /// be read, or the bytes of the source were not given.
    public var settings: [String: Int64]?
    /// Whether the configuration is not in the data directory, so that a copy leaves it as it is.
    public var hasOwnConfiguration = false
    public var hasStandbySignal = false
    /// A rewind has not ended well: the directory must not be started.
    public var isTainted = false
    /// A copy that a base backup of the job has finished; it can be configured and swapped in.
    public var hasNew = false
    /// What the data directory was is still there.
    public var hasOld = false
    /// Whether the data directory is the root of a file system, which cannot be renamed.
    public var isMountPoint = false
    /// Bytes in the data directory without its tablespaces; 0 where the bytes of the source were
    /// not given, for it takes a look at every file.
    public var usedBytes: Int64 = 0
    /// Bytes free where the new directory would be.
    public var freeBytes: Int64 = 0
    /// Bytes free where its WAL is; nil where that cannot be seen.
    public var walFreeBytes: Int64?
    /// Paths of tablespaces asked about that exist here and are not empty.
    public var takenTablespaces: [String] = []

    public init() {}
}

/// A copy or a rewind that goes on at the host whether or not anybody listens.
public struct JobReport: Equatable, Sendable, Codable {
    public enum State: String, Sendable, Codable {
        /// The host knows of no such job.
        case none
        case running
        case succeeded
        case failed
    }

    public var state: State
    /// What it does, such as `waiting for the checkpoint` or `copying`.
    public var activity: String
    public var bytesDone: Int64
    /// 0 = unknown
    public var bytesTotal: Int64
    /// Of the program; nil while it runs.
    public var exitCode: Int?
    /// The end of its output, oldest first, 20 lines at most.
    public var lastLines: [String]

    public init(
        state: State, activity: String = "", bytesDone: Int64 = 0, bytesTotal: Int64 = 0,
        exitCode: Int? = nil, lastLines: [String] = []
    ) {
        self.state = state
        self.activity = activity
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.exitCode = exitCode
        self.lastLines = lastLines
    }
}
