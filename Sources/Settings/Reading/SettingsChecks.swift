/// Checks that concern several parameters, or what this version can do.
struct SettingsChecks {
    private(set) var problems: [ConfigurationProblem] = []
    private let setParameters: [String: ConfigurationLocation]
    private let mainPath: String

    init(setParameters: [String: ConfigurationLocation], mainPath: String) {
        self.setParameters = setParameters
        self.mainPath = mainPath
    }

    /// Reports at the line of the first of the parameters that is set.
    mutating func report(
        _ severity: ConfigurationProblem.Severity, _ parameter: String, _ others: String...,
        message: String, detail: String? = nil, hint: String? = nil
    ) {
        let names = [parameter] + others
        let place =
            names.compactMap { setParameters[$0] }.first
            ?? ConfigurationLocation(file: mainPath)
        problems.append(
            ConfigurationProblem(
                severity, at: place, parameter: parameter, message, detail: detail, hint: hint))
    }
}

// MARK: Nodes

extension SettingsChecks {
    /// Directory of the Unix socket of a node without host name.
    static let defaultSocketDirectory = "/tmp"

    /// Cuts the slots behind the last node and fills in the host of local ones.
    mutating func completeNodes(_ settings: inout Settings) {
        for (index, node) in settings.backends.enumerated() where !node.isUsed {
            guard setParameters["backend_hostname\(index)"] != nil, !node.hostname.isEmpty else {
                continue
            }
            report(
                .warning, "backend_hostname\(index)",
                message: "node \(index) is not used: backend_port\(index) is not set",
                hint: "Write backend_port\(index) = 5432, or remove the line.")
        }
        while let last = settings.backends.last, !last.isUsed { settings.backends.removeLast() }
        for index in settings.backends.indices
        where settings.backends[index].isUsed && settings.backends[index].hostname.isEmpty {
            settings.backends[index].hostname = Self.defaultSocketDirectory
        }
    }
}

// MARK: Consistency

extension SettingsChecks {
    /// The cross-checks of Pgpool-II, and ours.
    mutating func checkConsistency(of settings: Settings) {
        checkRecovery(settings)
        checkFencing(settings)
        checkSpareChildren(settings)
        checkHeartbeats(settings)
        checkQueryCache(settings)
        checkLists(of: settings)
        checkCommandValues(of: settings)
        if settings.reservedConnections >= settings.numInitChildren {
            report(
                .warning, "reserved_connections", "num_init_children",
                message: """
                    reserved_connections:\(settings.reservedConnections) leaves no session of \
                    num_init_children:\(settings.numInitChildren)
                    """,
                hint: "Every client will be refused; make reserved_connections smaller.")
        }
        if settings.totalBacklogMax < settings.connectionBacklogMax {
            report(
                .error, "total_backlog_max", "connection_backlog_max",
                message: """
                    invalid configuration, total_backlog_max:\(settings.totalBacklogMax) can't be \
                    less than connection_backlog_max:\(settings.connectionBacklogMax)
                    """,
                hint: "Make total_backlog_max larger or connection_backlog_max smaller.")
        }
    }

    private mutating func checkRecovery(_ settings: Settings) {
        let methods = ["restart", "rewind", "basebackup"]
        if let wrong = settings.recoveryAllow.first(where: { !methods.contains($0) }) {
            report(
                .error, "recovery_allow",
                message: "invalid configuration for key \"recovery_allow\"",
                detail: "\"\(wrong)\" is no method of recovery",
                hint: "Write some of: \(methods.joined(separator: ", ")).")
        }
        for (node, backend) in settings.backends.enumerated()
        where backend.isUsed && backend.tablespacePlaces == nil {
            report(
                .error, "recovery_tablespace_map\(node)",
                message: "invalid configuration for key \"recovery_tablespace_map\(node)\"",
                detail: "its items are not all of the form PATH=PATH, with absolute paths",
                hint: "Write the place on the primary, =, and the place on the node's host.")
        }
        let isName = settings.recoverySlotPrefix.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
        if !isName || !(1...50).contains(settings.recoverySlotPrefix.utf8.count) {
            report(
                .error, "recovery_slot_prefix",
                message: "invalid configuration for key \"recovery_slot_prefix\"",
                detail: "\"\(settings.recoverySlotPrefix)\" cannot begin the name of a slot",
                hint: "Use up to 50 small letters, digits and underscores.")
        }
        guard
            !settings.recovery1stStageCommand.isEmpty || !settings.recovery2ndStageCommand.isEmpty,
            let node = settings.backends.firstIndex(where: { $0.isUsed && $0.dataDirectory.isEmpty }
            )
        else { return }
        report(
            .error, "recovery_1st_stage_command", "recovery_2nd_stage_command",
            message: """
                invalid configuration, recovery_1st_stage_command and recovery_2nd_stage_command \
                requires backend_data_directory to be set
                """,
            hint: "Set backend_data_directory\(node).")
    }

    /// Where something is to be promoted, and never can be.
    private mutating func checkFencing(_ settings: Settings) {
        func isSet(_ command: String) -> Bool { command.contains { !$0.isWhitespace } }
        guard settings.failoverRequireFencing, !isSet(settings.failoverFenceCommand),
            settings.failoverBuiltinPromotion || isSet(settings.failoverCommand)
        else { return }
        report(
            .error, "failover_require_fencing",
            message: """
                invalid configuration, failover_require_fencing requires failover_fence_command to \
                be set
                """,
            detail: "No standby would ever be promoted.",
            hint: "Set failover_fence_command, or failover_require_fencing = off.")
    }

    private mutating func checkSpareChildren(_ settings: Settings) {
        guard settings.processManagementMode == .dynamic else { return }
        if settings.maxSpareChildren <= settings.minSpareChildren {
            report(
                .error, "max_spare_children", "min_spare_children",
                message: """
                    invalid configuration, max_spare_children:\(settings.maxSpareChildren) must be \
                    greater than min_spare_children:\(settings.minSpareChildren)
                    """,
                hint: "Make max_spare_children larger or min_spare_children smaller.")
        }
        if settings.maxSpareChildren > settings.numInitChildren {
            report(
                .error, "max_spare_children", "num_init_children",
                message: """
                    invalid configuration, max_spare_children:\(settings.maxSpareChildren) can't \
                    be greater than num_init_children:\(settings.numInitChildren)
                    """,
                hint: "Make max_spare_children smaller or num_init_children larger.")
        }
    }

    private mutating func checkHeartbeats(_ settings: Settings) {
        guard settings.useWatchdog, settings.wdLifecheckMethod == .heartbeat else { return }
        for (index, channel) in settings.heartbeats.enumerated()
        where channel.port != 0 && channel.hostname.isEmpty {
            report(
                .error, "heartbeat_port\(index)",
                message: "invalid watchdog configuration",
                detail: "heartbeat_hostname\(index) is not defined",
                hint: "Set heartbeat_hostname\(index).")
        }
    }

    private mutating func checkQueryCache(_ settings: Settings) {
        guard settings.memqcacheMethod == .sharedMemory,
            settings.memoryCacheEnabled || settings.enableSharedRelcache
        else { return }
        let block = settings.memqcacheCacheBlockSize
        let pairs = [
            ("memqcache_cache_block_size", block, "memqcache_maxcache", settings.memqcacheMaxcache),
            (
                "memqcache_total_size", settings.memqcacheTotalSize, "memqcache_cache_block_size",
                block
            ),
        ]
        for (larger, size, smaller, bound) in pairs where size < bound {
            report(
                .error, larger, smaller,
                message: "invalid configuration of the query cache",
                detail: "\(larger) \(size) should be greater or equal to \(smaller) \(bound)",
                hint: "Make \(larger) larger or \(smaller) smaller.")
        }
    }
}

// MARK: What this version can do

extension SettingsChecks {
    /// Refuses what must not be passed over in silence; names everything else that does not act
    /// in one warning.
    mutating func checkStatus(of settings: Settings) {
        let defaults = Settings()
        var dormant: [String] = []
        for row in ParameterTable.all {
            guard case .inactive(let inactivity) = row.status,
                let changed = changedIndex(row, settings, defaults)
            else { continue }
            let name = row.fullName(changed)
            let value = row.read(settings, changed)
            switch inactivity {
            case .warn, .withoutMeaning:
                dormant.append(row.name)
            case .warnTogetherWith(let mainSwitch):
                if isOn(mainSwitch, settings) { dormant.append(row.name) }
            case .refuse(let reason):
                refuse(name, row.kind.fileText(value), reason, "Set \(name) = \(row.defaultText).")
            case .refuseWords(let words, let reason, _):
                guard case .text(let word) = value, words.contains(word) else { continue }
                refuse(name, word, reason, "Set \(name) = streaming_replication or raw.")
            }
        }
        guard !dormant.isEmpty else { return }
        problems.append(
            ConfigurationProblem(
                .warning, at: ConfigurationLocation(file: mainPath),
                "parameters that have no effect in this version: "
                    + dormant.joined(separator: ", ")))
    }

    private mutating func refuse(_ name: String, _ text: String, _ reason: String, _ hint: String) {
        report(
            .error, name,
            message: "\(name) = \(text) is not supported in this version",
            detail: "Start is refused because \(reason).", hint: hint)
    }

    /// The number under which the row's value differs from its default: `.some(nil)` stands for
    /// the bare name.
    private func changedIndex(
        _ row: Parameter, _ settings: Settings, _ defaults: Settings
    ) -> Int?? {
        for index in row.indices(in: settings)
        where row.read(settings, index) != row.read(defaults, nil) {
            return .some(index)
        }
        return nil
    }

    private func isOn(_ name: String, _ settings: Settings) -> Bool {
        ParameterTable.row(named: name)?.read(settings, nil) == .boolean(true)
    }
}
