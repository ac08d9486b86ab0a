/// How one node's checks are made and what follows from them.
public struct HealthRules: Equatable, Sendable {
    /// `health_check_period`: from one check's begin to the next one's; 0 = none by itself.
    public var period: UInt64 = 0
    /// `health_check_timeout`: all of one attempt.
    public var timeout: UInt64 = 20_000_000_000
    /// `health_check_max_retries`: further attempts before a check has failed.
    public var retriesMax = 0
    /// `health_check_retry_delay`: between those attempts.
    public var retryDelay: UInt64 = 1_000_000_000
    /// `failover_on_backend_error`: what sessions meet is looked into at once, and is enough.
    public var trustsErrors = true
    /// `failover_on_backend_shutdown`: so is a server that says that it is shut down.
    public var trustsShutdown = false
    /// `health_check_start_grace`: how long a server may be starting or stopping.
    public var startGrace: UInt64 = 30_000_000_000

    public init() {}
}

/// Judges one node by its checks and by what sessions meet there. Event in, verdict out; times are
/// monotonic nanoseconds.
///
/// Evidence from sessions never fails a node over: it has the node asked at once, several times in
/// short order (HF-15). A server that refuses connections twice has nobody who listens; one that is
/// silent is asked as often as `health_check_max_retries` says.
public struct NodeHealth: Equatable, Sendable {
    /// What one attempt showed.
    public enum Finding: Equatable, Sendable {
        /// It answered, or is alive and would not let us in.
        case alive
        /// It is starting, stopping or recovering.
        case starting
        /// Nobody listens there.
        case refused
        /// No answer in time, or no way to the host.
        case silent
    }

    public enum Verdict: Equatable, Sendable {
        case alive
        /// Not yet dead: ask again at this time.
        case suspect(askAgainAt: UInt64)
        /// Give it up.
        case dead
        /// Nothing follows: ask as usual.
        case none
    }

    /// Between the questions of a burst (HF-15).
    private static let burstGap: UInt64 = 200_000_000
    /// A refused connection is tried again after this time.
    private static let refusedGap: UInt64 = 20_000_000
    private static let burstAttempts = 3
    private static let burstRefusals = 2
    /// A server that says that it is shut down is asked at least so often again.
    private static let orderlyRetries = 1

    public private(set) var statistics = HealthCheckTotals()
    /// When the first failed attempt of the running series began; nil while the node is fine.
    public private(set) var suspectSince: UInt64?
    /// Since when no work can go there: it is silent, starts or stops; nil while the node is fine.
    public var troubledSince: UInt64? {
        guard let suspectSince, let startingSince else { return suspectSince ?? startingSince }
        return min(suspectSince, startingSince)
    }
    /// The verdict was dead, and it has not answered since.
    public private(set) var isDead = false
    private var wasDead = false
    private var attempts = 0
    private var refusals = 0
    private var startingSince: UInt64?
    /// When the first attempt of the running check began.
    private var checkBegunAt: UInt64?
    /// The series was begun by what sessions met.
    private var isBurst = false
    /// The server said that it is shut down: a restart is likely.
    private var isOrderly = false

    public init() {}

    /// Sessions or the proxy's own connection lost the server.
    ///
    /// - Parameter isOrderly: it said that an administrator shuts it down.
    /// - Returns: whether to ask it at once.
    public mutating func met(isOrderly: Bool, rules: HealthRules) -> Bool {
        if isOrderly { self.isOrderly = true }
        if rules.trustsErrors { isBurst = true }
        return rules.trustsErrors || rules.period == 0
    }

    /// One attempt ended.
    ///
    /// - Parameter seconds: the time of day, since 1970.
    public mutating func found(
        _ finding: Finding, begunAt: UInt64, now: UInt64, seconds: Int64, rules: HealthRules
    ) -> Verdict {
        let since = checkBegunAt ?? begunAt
        checkBegunAt = since
        let verdict = judged(finding, begunAt: begunAt, now: now, rules: rules)
        if case .suspect = verdict { return verdict }
        checkBegunAt = nil
        // Only failed attempts are counted there.
        let retries = verdict == .alive ? attempts : attempts - 1
        attempts = 0
        guard !wasDead || verdict == .alive else { return verdict }
        statistics.ended(
            isSuccess: verdict == .alive, retries: retries,
            duration: now > since ? now - since : 0, at: seconds)
        if verdict == .alive { self = NodeHealth(statistics: statistics) }
        wasDead = isDead
        return verdict
    }

    private mutating func judged(
        _ finding: Finding, begunAt: UInt64, now: UInt64, rules: HealthRules
    ) -> Verdict {
        switch finding {
        case .alive: return .alive
        case .starting:
            attempts = 0
            refusals = 0
            guard !isDead else { return .dead }
            let since = startingSince ?? begunAt
            startingSince = since
            if now < since || now - since < rules.startGrace {
                return .suspect(askAgainAt: now &+ Self.burstGap)
            }
            return die()
        case .refused: refusals += 1
        case .silent: refusals = 0
        }
        suspectSince = suspectSince ?? begunAt
        guard !isDead else { return .dead }
        attempts += 1
        if isBurst, !isOrderly || rules.trustsShutdown {
            if refusals >= Self.burstRefusals || attempts >= Self.burstAttempts { return die() }
            // A silent server costs its time limit for each attempt already.
            if finding == .silent, attempts > rules.retriesMax, rules.period > 0 { return die() }
            return .suspect(
                askAgainAt: now &+ (finding == .refused ? Self.refusedGap : Self.burstGap))
        }
        guard isBurst || isOrderly || rules.period > 0 else { return .none }
        let retries = isOrderly ? max(rules.retriesMax, Self.orderlyRetries) : rules.retriesMax
        if attempts > retries { return die() }
        return .suspect(askAgainAt: now &+ rules.retryDelay)
    }

    private mutating func die() -> Verdict {
        isDead = true
        return .dead
    }

    private init(statistics: HealthCheckTotals) { self.statistics = statistics }

    /// A check was due for a node that is out.
    public mutating func skipped(at seconds: Int64) { statistics.skip(at: seconds) }
}

/// Counts of one node's health checks since the start.
public struct HealthCheckTotals: Equatable, Sendable {
    public var total: UInt64 = 0
    public var succeeded: UInt64 = 0
    public var failed: UInt64 = 0
    public var skipped: UInt64 = 0
    public var retries: UInt64 = 0
    /// The most repetitions of one check.
    public var retriesMax: UInt64 = 0
    /// In nanoseconds, repetitions included; 0 before the first check.
    public var durationMax: UInt64 = 0
    public var durationMin: UInt64 = 0
    public var durationSum: UInt64 = 0
    /// Seconds since 1970; nil where it never happened.
    public var lastAt: Int64?
    public var lastSuccessAt: Int64?
    public var lastSkipAt: Int64?
    public var lastFailureAt: Int64?

    public init() {}

    mutating func ended(isSuccess: Bool, retries: Int, duration: UInt64, at seconds: Int64) {
        total &+= 1
        let count = UInt64(max(retries, 0))
        self.retries &+= count
        retriesMax = max(retriesMax, count)
        durationMin = total &- skipped == 1 ? duration : min(durationMin, duration)
        durationMax = max(durationMax, duration)
        durationSum &+= duration
        lastAt = seconds
        if isSuccess {
            succeeded &+= 1
            lastSuccessAt = seconds
        } else {
            failed &+= 1
            lastFailureAt = seconds
        }
    }

    mutating func skip(at seconds: Int64) {
        total &+= 1
        skipped &+= 1
        lastSkipAt = seconds
    }
}
