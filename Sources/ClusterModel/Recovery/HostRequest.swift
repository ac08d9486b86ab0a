/// What the proxy asks of a server's host during a recovery. Each can be asked again without harm.
///
/// It is one JSON object on one line, to the program that `trunkline host` is, over whatever
/// reaches the host.
public struct HostRequest: Equatable, Sendable, Codable {
    public var server: HostedServer
    /// The recovery that asks; jobs are known by it.
    public var job: String
    public var action: Action

    public enum Action: Equatable, Sendable, Codable {
        /// Looks and changes nothing. Answer: ``HostAnswer/description(_:)``.
        case describe(expecting: Expectation)
        /// Whether the source lets this host replicate (IDENTIFY_SYSTEM). Answer: `done`.
        case tryReplication(from: SourceServer)
        /// Copies the source into a new directory beside the data directory, as a job.
        case baseBackup(from: SourceServer, slot: String?, options: BackupOptions)
        /// Takes back what the source does not have, in place, as a job. The directory bears a mark
        /// meanwhile and is not started while it does.
        case rewind(from: SourceServer)
        /// Makes a standby of a directory: standby.signal and settings in postgresql.auto.conf,
        /// recovery.conf and recovery.signal removed; other lines are kept.
        case configure(Directory, from: SourceServer, slot: String?, settings: [String: String])
        /// The new directory becomes the data directory; the data directory is kept as the old one.
        case swap
        /// The old directory becomes the data directory again.
        case unswap
        /// Removes a directory that is not the data directory.
        case discard(Directory)
        /// Removes what the data directory holds, which nothing has replaced yet: there is no room
        /// for a copy beside it.
        case remove
        /// Starts the server and returns at once; ``describe`` tells how far it is.
        case start
        /// Stops the server; immediately if it has not stopped by itself in time.
        case stop(seconds: Int)
        /// How far the job is. Answer: ``HostAnswer/job(_:)``.
        case jobStatus
        /// Ends the job; what it made remains.
        case jobCancel
        /// The end of the server's log. Answer: ``HostAnswer/lines(_:)``.
        case logTail(lines: Int)
    }

    /// Which of the directories of a server.
    public enum Directory: String, Sendable, Codable {
        /// `backend_data_directory`
        case data
        /// The one that a base backup makes.
        case new
        /// What the data directory was before ``Action/swap``.
        case old
    }

    /// What a description needs to know to tell whether there is room.
    public struct Expectation: Equatable, Sendable, Codable {
        /// Bytes of the source with its tablespaces; 0 = not asked.
        public var sourceBytes: Int64
        /// Absolute paths of the source's tablespaces.
        public var tablespaces: [String]

        public init(sourceBytes: Int64 = 0, tablespaces: [String] = []) {
            self.sourceBytes = sourceBytes
            self.tablespaces = tablespaces
        }
    }

    public struct BackupOptions: Equatable, Sendable, Codable {
        /// Whether the source may make its checkpoint at once.
        public var isFast: Bool
        /// kB/s, 32 to 1,048,576; 0 = no limit.
        public var rateMax: Int
        /// Old and new place of each tablespace that moves.
        public var tablespaceMap: [String: String]
        /// Whether `pg_verifybackup` looks at the copy.
        public var isVerified: Bool
        /// Absolute paths of the source's tablespaces, so that a copy that was broken off can be
        /// begun again where they were empty before.
        public var tablespaces: [String]

        public init(
            isFast: Bool = true, rateMax: Int = 0, tablespaceMap: [String: String] = [:],
            isVerified: Bool = false, tablespaces: [String] = []
        ) {
            self.isFast = isFast
            self.rateMax = rateMax
            self.tablespaceMap = tablespaceMap
            self.isVerified = isVerified
            self.tablespaces = tablespaces
        }
    }

    public init(server: HostedServer, job: String, action: Action) {
        self.server = server
        self.job = job
        self.action = action
    }
}
