internal import Routing
internal import Settings

/// The settings as workers use them, converted once per load.
final class WorkerSettings: Sendable {
    let settings: Settings
    let holdMax: Int
    let backlogMax: Int
    let totalBacklogMax: Int
    let authenticationTimeout: UInt64
    let clientIdleLimit: UInt64
    let connectionLifeTime: UInt64
    let childLifeTime: UInt64
    let welcomeAgeMax: UInt64
    /// Texts of statements are needed for the log.
    let wantsTexts: Bool
    let afterWrite: RouteRules.AfterWrite
    /// `read_your_writes`: whose writes a session's reads must see.
    let writeScope: ReadYourWrites
    /// `read_your_writes_wait` in nanoseconds.
    let readYourWritesWait: UInt64
    /// `relcache_query_timeout` in nanoseconds.
    let relcacheQueryTimeout: UInt64
    /// `failover_client_wait` in nanoseconds.
    let clientWait: UInt64
    let unpooledDatabases: Set<[UInt8]>
    let passwords: PasswordBook
    let backendCount: Int

    init(_ settings: Settings, passwords: PasswordBook, workers: Int) {
        self.settings = settings
        self.passwords = passwords
        holdMax = Int(clamping: settings.clientMessageHoldMax)
        backlogMax = Int(clamping: settings.connectionBacklogMax)
        totalBacklogMax = Int(clamping: settings.totalBacklogMax) / max(workers, 1)
        authenticationTimeout = settings.authenticationTimeout.nanoseconds
        clientIdleLimit = settings.clientIdleLimit.nanoseconds
        connectionLifeTime = settings.connectionLifeTime.nanoseconds
        childLifeTime = settings.childLifeTime.nanoseconds
        welcomeAgeMax = settings.welcomeMaxAge.nanoseconds
        wantsTexts =
            settings.logStatement || settings.logPerNodeStatement
            || settings.noticePerNodeStatement || settings.logClientMessages
        writeScope = settings.readYourWrites
        clientWait = settings.failoverClientWait.nanoseconds
        relcacheQueryTimeout = settings.relcacheQueryTimeout.nanoseconds
        readYourWritesWait = settings.readYourWritesWait.nanoseconds
        afterWrite = RouteRules.AfterWrite(settings)
        unpooledDatabases = Set(settings.unpooledDatabases.map { Array($0.utf8) })
        backendCount = settings.backends.filter(\.isUsed).count
    }

    /// `connect_timeout` of a node in nanoseconds; 0 = no limit.
    func connectTimeout(_ node: Int) -> UInt64 {
        guard settings.backends.indices.contains(node) else { return 0 }
        return settings.backends[node].connectTimeout.nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds, never negative.
    var nanoseconds: UInt64 {
        let parts = components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
        let seconds = UInt64(parts.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let rest = UInt64(parts.attoseconds / 1_000_000_000)
        guard !seconds.overflow else { return .max }
        let sum = seconds.partialValue.addingReportingOverflow(rest)
        return sum.overflow ? .max : sum.partialValue
    }
}
