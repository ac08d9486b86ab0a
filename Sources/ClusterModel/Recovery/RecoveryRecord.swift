/// The steps of a recovery; each is written down before what it does can be seen outside (OR-36).
public enum RecoveryPhase: String, Equatable, Sendable, Codable, CaseIterable {
    /// Nobody else recovers the node; nothing was looked at yet.
    case locked = "LOCKED"
    /// It may be done, and how.
    case checked = "CHECKED"
    /// The replication slot is made on the primary.
    case slot = "SLOT"
    /// The primary's data is copied beside the old data, or a script of the user's does it.
    case copy = "COPY"
    /// What only the node has is taken back.
    case rewind = "REWIND"
    /// The data directory becomes a standby's, and the new one takes the place of the old one.
    case configured = "CONFIGURED"
    /// The server is started.
    case started = "STARTED"
    /// It is looked at whether it is the standby that it should be.
    case verifying = "VERIFYING"
    /// The node serves again.
    case attached = "ATTACHED"
    /// What is left of the old data is removed when its time has come.
    case cleaned = "CLEANED"
}

/// What an operator asked for.
public struct RecoveryOptions: Equatable, Sendable, Codable {
    /// Nil: the cheapest one that works.
    public var method: RecoveryMethod?
    /// Take the node out of service first.
    public var detaches = false
    /// What only a server that takes writes beside the primary has may be lost.
    public var discardsDivergent = false
    /// The data directory may be another cluster's.
    public var overwritesForeign = false

    public init(
        method: RecoveryMethod? = nil, detaches: Bool = false, discardsDivergent: Bool = false,
        overwritesForeign: Bool = false
    ) {
        self.method = method
        self.detaches = detaches
        self.discardsDivergent = discardsDivergent
        self.overwritesForeign = overwritesForeign
    }
}

/// What of a recovery survives the proxy that does it: whoever finds it goes on from its phase.
public struct RecoveryRecord: Equatable, Sendable, Codable {
    /// Chosen at random; the host knows the jobs by it.
    public var id: String
    /// The node that comes back.
    public var node: Int
    public var phase: RecoveryPhase
    public var options: RecoveryOptions
    /// By scripts of the user's (OR-16).
    public var isScripted: Bool
    /// The server is started, and nothing else is done.
    public var isStartOnly: Bool {
        get { startOnly ?? false }
        set { startOnly = newValue }
    }
    /// Records of earlier versions lack it.
    private var startOnly: Bool?
    /// Nil until it is chosen.
    public var method: RecoveryMethod?
    /// Cheaper methods have been tried, or make no sense any more; nil: none has.
    public var least: RecoveryMethod?
    /// Counts copies and rewinds: each is a job of its own for the host.
    public var attempt: Int
    /// The server was started by it, and may run.
    public var wasStarted: Bool
    /// How often it was begun again because the primary changed or was restarted.
    public var restarts: Int
    /// The primary that the data is from; nil until it is known.
    public var source: Int?
    /// The node whose data was copied; nil until a copy is made.
    public var copiedFrom: Int?
    /// There is no room for a copy beside the old data, which goes before.
    public var removesOld: Bool {
        get { oldGoesFirst ?? false }
        set { oldGoesFirst = newValue }
    }
    /// Records of earlier versions lack it.
    private var oldGoesFirst: Bool?
    /// The node's replication slot on the source; empty where there is none.
    public var slot: String
    /// The slot was not there before: it goes again if the recovery fails.
    public var ownsSlot: Bool
    /// What was decided of the node before, as in ``Membership``.
    public var exclusion: String?
    public var wasDetached: Bool
    /// In seconds since 1970.
    public var startedAt: Int64
    /// When the old data is removed, in seconds since 1970; nil until the node is attached.
    public var keepOldUntil: Int64?
    /// Why it has failed and is being taken back; nil while it goes on.
    public var failure: String?

    public init(
        id: String, node: Int, phase: RecoveryPhase = .locked,
        options: RecoveryOptions = RecoveryOptions(), isScripted: Bool = false,
        isStartOnly: Bool = false, method: RecoveryMethod? = nil, source: Int? = nil,
        slot: String = "",
        exclusion: String? = nil, wasDetached: Bool = false, startedAt: Int64 = 0
    ) {
        self.id = id
        self.node = node
        self.phase = phase
        self.options = options
        self.isScripted = isScripted
        startOnly = isStartOnly
        self.method = method
        attempt = 0
        wasStarted = false
        oldGoesFirst = false
        restarts = 0
        self.source = source
        self.slot = slot
        ownsSlot = false
        self.exclusion = exclusion
        self.wasDetached = wasDetached
        self.startedAt = startedAt
    }

    /// As the host knows the present copy or rewind.
    public var job: String { "\(id)-\(attempt)" }
}

extension RecoveryRecord {
    /// What makes a record that somebody else may have written unusable; nil if it is sound.
    var flaw: String? {
        if !(0...127).contains(node) { return "its node is not between 0 and 127" }
        let isPlain = id.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        }
        if id.isEmpty || id.utf8.count > 32 || !isPlain { return "its id is none" }
        if !(0...1000).contains(attempt) || !(0...1000).contains(restarts) {
            return "its counts are impossible"
        }
        return nil
    }
}
