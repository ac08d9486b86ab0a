/// What has to hold before anything is changed (OR-21), in the order in which it is looked at; each
/// with what to do about it.
public struct RecoveryChecks: Equatable, Sendable {
    public struct Finding: Equatable, Sendable {
        /// What was looked at, in a word or two.
        public var name: String
        public var isGood: Bool
        /// What was found: a sentence without a full stop.
        public var words: String
        /// What to do about it; nil for a good one.
        public var remedy: String?
    }

    /// Everything that the checks look at.
    public struct Input: Equatable, Sendable {
        public var target: ServerDescription
        public var source: SourceFacts
        public var options: RecoveryOptions
        public var allowed: Set<RecoveryMethod>
        /// Why the host may not replicate from the source; nil if it may, or was not asked.
        public var replicationFailure: String?
        /// Why the host could not stop and start the server; nil if nothing is known against it.
        public var startObstacle: String?
        /// `application_name` of the node as a standby.
        public var applicationName: String
        /// Those of the other nodes.
        public var otherNames: [String]
        /// The user who asks the source, for the remedies.
        public var user: String
        /// The server is to be started as it is.
        public var isStartOnly = false
        /// The standby that a copy is made of; nil: it is made of the primary.
        public var origin: Int?
        /// `recovery_keep_old = never`: the old data may go before it is replaced.
        public var mayRemoveOld = false
        /// A copy may be made of a standby only.
        public var needsStandby = false

        public init(
            target: ServerDescription, source: SourceFacts, options: RecoveryOptions,
            allowed: Set<RecoveryMethod>, replicationFailure: String? = nil,
            startObstacle: String? = nil, applicationName: String = "", otherNames: [String] = [],
            user: String = "postgres"
        ) {
            self.target = target
            self.source = source
            self.options = options
            self.allowed = allowed
            self.replicationFailure = replicationFailure
            self.startObstacle = startObstacle
            self.applicationName = applicationName
            self.otherNames = otherNames
            self.user = user
        }
    }

    /// WAL that comes while the copy runs needs room, too: at least this, in bytes.
    static let walMarginMin: Int64 = 1 << 30

    public private(set) var findings: [Finding] = []
    /// There is no room for a copy beside the old data, and it may go before.
    public private(set) var removesOld = false
    /// How the node is recovered if all is good.
    public private(set) var choice: RecoveryMethod.Choice

    public init(_ input: Input) {
        choice = RecoveryMethod.choice(
            target: input.target, source: input.source, allowed: input.allowed)
        checkSource(input)
        checkIdentity(input)
        guard !input.isStartOnly else {
            checkStartOnly(input)
            return
        }
        checkVersions(input)
        checkHost(input)
        checkCapacity(input)
        checkMethod(input)
        checkSettings(input)
        checkSpace(input)
        checkName(input)
    }

    /// The first that stands in the way.
    public var failure: Finding? { findings.first { !$0.isGood } }

    /// For people: one line for each.
    public var lines: [String] { findings.map(\.line) }

    private mutating func good(_ name: String, _ words: String) {
        findings.append(Finding(name: name, isGood: true, words: words))
    }

    private mutating func bad(_ name: String, _ words: String, remedy: String) {
        findings.append(Finding(name: name, isGood: false, words: words, remedy: remedy))
    }

    private mutating func checkSource(_ input: Input) {
        let node = input.source.node
        guard !input.source.isInRecovery else {
            return bad(
                "primary", "node \(node) is in recovery", remedy: "Wait for the failover to end.")
        }
        good("primary", "node \(node) takes writes, timeline \(input.source.timeline)")
    }

    private mutating func checkIdentity(_ input: Input) {
        let target = input.target
        let name = "data directory"
        guard target.exists else { return good(name, "there is none yet") }
        if let its = target.systemIdentifier, its != input.source.systemIdentifier {
            guard input.options.overwritesForeign else {
                return bad(
                    name, "it belongs to another cluster, \(its)",
                    remedy: "Check backend_data_directory and backend_hostname; if it may be lost, "
                        + "say --overwrite-foreign.")
            }
            return good(name, "it belongs to another cluster and may be lost")
        }
        if target.isRunning, !target.wasStandby, target.state?.contains("production") == true {
            guard input.options.discardsDivergent else {
                return bad(
                    name,
                    "its server takes writes" + Self.excess(input) + ", which would be lost",
                    remedy: "Save what only this server has, then say --discard-divergent.")
            }
            return good(name, "its server takes writes" + Self.excess(input) + ", to be lost")
        }
        good(name, "its state is \"\(target.state ?? "unknown")\"")
    }

    /// What has to hold where nothing is done but to start the server.
    private mutating func checkStartOnly(_ input: Input) {
        let remedy = "Let it be copied: recovery_plan = builtin."
        if !input.target.exists {
            return bad("data", "there is nothing that could be started", remedy: remedy)
        }
        if input.target.isTainted {
            return bad("data", "a rewind of it has not ended well", remedy: remedy)
        }
        // Direct clients could write to it before it is found out.
        guard input.target.hasStandbySignal || (input.target.isRunning && input.target.wasStandby)
        else {
            return bad(
                "data", "there is no standby.signal: it would start as a primary", remedy: remedy)
        }
        good("method", "the server is started as it is (recovery_plan)")
        checkSettings(input)
        checkName(input)
    }

    /// How much WAL only the target has, as far as known.
    private static func excess(_ input: Input) -> String {
        guard let point = RecoveryMethod.divergence(input.target, input.source) else {
            return " of its own"
        }
        return " and has \(max(0, input.target.position - point)) bytes of WAL of its own"
    }

    private mutating func checkVersions(_ input: Input) {
        let major = input.source.majorVersion
        guard let programs = input.target.programVersion else {
            return bad(
                "programs", "no PostgreSQL programs were found on the host",
                remedy: "Install PostgreSQL \(major) there.")
        }
        guard programs == major else {
            return bad(
                "programs", "PostgreSQL \(programs) on the host, \(major) on the primary",
                remedy: "Install PostgreSQL \(major) on the host.")
        }
        if let data = input.target.dataVersion, data != major, choice.method != .baseBackup {
            return bad(
                "programs", "the data directory is one of PostgreSQL \(data)",
                remedy: "Let basebackup be used (recovery_allow).")
        }
        good("programs", "PostgreSQL \(major)")
    }

    /// Whether the host can do all that is asked of it.
    private mutating func checkHost(_ input: Input) {
        guard let obstacle = input.startObstacle else { return }
        bad(
            "start", obstacle,
            remedy: "Use recovery_transport = ssh, or scripts (recovery_1st_stage_command).")
    }

    private mutating func checkCapacity(_ input: Input) {
        let source = input.source
        guard source.walLevel != "minimal" else {
            return bad(
                "wal_level", "it is minimal on the primary",
                remedy: "Set wal_level = replica there and restart it.")
        }
        good("wal_level", source.walLevel)
        let needed = choice.method == .baseBackup ? 2 : 1
        guard source.sendersMax - source.senders >= needed else {
            return bad(
                "walsenders",
                "\(source.senders) of max_wal_senders = \(source.sendersMax) are in use, "
                    + "\(needed) more are needed",
                remedy: "Raise max_wal_senders on the primary.")
        }
        good("walsenders", "\(source.sendersMax - source.senders) are free")
        checkSlot(input)
        if let failure = input.replicationFailure {
            return bad(
                "replication login", failure,
                remedy: "Let user \"\(input.user)\" replicate from that host: REPLICATION, a line "
                    + "\"host replication\" in pg_hba.conf of the primary, and a password that the "
                    + "host can use.")
        }
        good("replication login", "user \"\(input.user)\" may replicate from there")
    }

    private mutating func checkSlot(_ input: Input) {
        let source = input.source
        if let slot = source.slot {
            guard !slot.isActive || input.target.isRunning else {
                return bad(
                    "replication slot", "somebody else uses the node's slot",
                    remedy: "Find who streams through it, or set recovery_slot_prefix.")
            }
            return good("replication slot", "it is there")
        }
        guard source.slots < source.slotsMax else {
            return bad(
                "replication slot", "all of max_replication_slots = \(source.slotsMax) are in use",
                remedy: "Raise max_replication_slots on the primary, or drop slots of nobody.")
        }
        good("replication slot", "there is room for one")
    }

    private mutating func checkMethod(_ input: Input) {
        guard let method = choice.method else {
            let names = RecoveryMethod.ladder.filter(input.allowed.contains).map(\.rawValue)
            return bad(
                "method", "\(choice.reason), and only \(names.joined(separator: ", ")) may be used",
                remedy: "Allow basebackup (recovery_allow, --method).")
        }
        good("method", "\(method.rawValue): \(choice.reason)")
        guard method == .baseBackup else { return }
        guard let origin = input.origin else {
            if input.needsStandby {
                bad(
                    "copy from", "no standby is in service that could be copied",
                    remedy: "Attach one, or let the primary be copied (recovery_copy_from).")
            }
            return
        }
        good("copy from", "node \(origin), a standby")
    }

    private mutating func checkSettings(_ input: Input) {
        // Where the configuration comes with the data it is the primary's.
        let isOwn =
            input.isStartOnly || choice.method == .restart || input.target.hasOwnConfiguration
        guard isOwn, let own = input.target.settings else { return }
        let flaws = StandbySettings.flaws(of: own, below: input.source.settings)
        guard flaws.isEmpty else {
            return bad(
                "settings", flaws.joined(separator: ", "),
                remedy: "A standby needs at least as much as its primary: raise it in the "
                    + "configuration of the node.")
        }
        good("settings", "none is smaller than the primary's")
    }

    private mutating func checkSpace(_ input: Input) {
        guard choice.method == .baseBackup else { return }
        let target = input.target
        if !target.takenTablespaces.isEmpty {
            return bad(
                "tablespaces",
                "on the host these are not empty: "
                    + target.takenTablespaces.joined(separator: ", "),
                remedy: "Empty these places, or name others by recovery_tablespace_mapN.")
        }
        let margin = max(input.source.walBytesMax, Self.walMarginMin)
        let (needed, isOverflow) = input.source.dataBytes.addingReportingOverflow(margin)
        guard !isOverflow, target.freeBytes >= needed else {
            let (room, isEndless) = target.freeBytes.addingReportingOverflow(target.usedBytes)
            if input.mayRemoveOld, target.exists, !isOverflow, isEndless || room >= needed {
                removesOld = true
                return good(
                    "space",
                    "\(ByteText.words(target.freeBytes)) are free for \(ByteText.words(needed)), so "
                        + "that the old data is removed before (recovery_keep_old)")
            }
            return bad(
                "space",
                "\(ByteText.words(target.freeBytes)) are free, \(ByteText.words(needed)) are "
                    + "needed beside the old data",
                remedy: "Make room where backend_data_directory is, or set recovery_keep_old = "
                    + "never.")
        }
        good(
            "space",
            "\(ByteText.words(target.freeBytes)) are free for \(ByteText.words(needed))")
    }

    private mutating func checkName(_ input: Input) {
        guard !input.otherNames.contains(input.applicationName) else {
            return bad(
                "application_name",
                "another node is called \"\(input.applicationName)\" as well",
                remedy: "Give each node a backend_application_name of its own.")
        }
        good("application_name", input.applicationName)
    }
}

extension RecoveryChecks.Finding {
    /// For people.
    public var line: String {
        let mark = isGood ? "ok  " : "FAIL"
        return "\(mark)  \(name): \(words)" + (remedy.map { ". \($0)" } ?? "")
    }
}

/// Amounts of bytes for people.
public enum ByteText {
    /// Such as `17 MB`; units of 1024.
    public static func words(_ bytes: Int64) -> String {
        var amount = max(bytes, 0)
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var unit = 0
        while amount >= 10_240, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        return "\(amount) \(units[unit])"
    }
}
