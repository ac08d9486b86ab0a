/// How far each standby is behind the primary, from samples that have an age. Times are monotonic
/// nanoseconds and say when a server was asked: what it answered was true after that.
struct DelaySurvey: Equatable, Sendable {
    /// A WAL position and when it was asked for.
    private struct Sample: Equatable {
        var position: Int64
        /// 0 where the server does not tell.
        var timeline: Int64 = 0
        var askedAt: UInt64
    }

    private struct Measurement: Equatable {
        var lag: Int64
        var at: UInt64
    }

    /// What the primary said about one standby.
    private struct Report: Equatable {
        var state: String?
        var syncState: String?
        var lagTime: Int64?
        var at: UInt64
    }

    /// Two positions make a lag if they were asked for within this time, in nanoseconds: an old one
    /// would count what was written between the two as lag, or as none.
    private static let pairGap: UInt64 = 100_000_000
    private static let historyMax = 128

    private var primary: Sample?
    private var standbys: [Int: Sample] = [:]
    private var lags: [Int: Measurement] = [:]
    private var reports: [Int: Report] = [:]
    /// When the primary had flushed how much, oldest first.
    private var history: [Sample] = []

    /// Bytes of WAL that the standby has not replayed; nil where unknown.
    func lagBytes(_ id: Int) -> Int64? { lags[id]?.lag }

    /// Microseconds that the standby is behind; nil where unknown.
    func lagTime(_ id: Int) -> Int64? { reports[id]?.lagTime }

    func state(_ id: Int) -> String? { reports[id]?.state }
    func syncState(_ id: Int) -> String? { reports[id]?.syncState }

    mutating func primarySampled(_ position: Int64, timeline: Int64, askedAt: UInt64) {
        primary = Sample(position: position, timeline: timeline, askedAt: askedAt)
        for id in standbys.keys { measure(id) }
    }

    mutating func standbySampled(
        _ id: Int, _ position: Int64, timeline: Int64, askedAt: UInt64
    ) {
        standbys[id] = Sample(position: position, timeline: timeline, askedAt: askedAt)
        measure(id)
    }

    /// All rows of pg_stat_replication at one moment; a standby that is not among them is unknown.
    mutating func reported(
        _ rows: [StandbyReport], names: [(id: Int, name: String)], askedAt: UInt64
    ) {
        let isFirst = history.isEmpty
        if let flushed = rows.lazy.compactMap(\.flushed).first {
            history.append(Sample(position: flushed, askedAt: askedAt))
            if history.count > Self.historyMax { history.removeFirst() }
        }
        reports = [:]
        for (id, name) in names where !name.isEmpty {
            let own = rows.filter { $0.applicationName == name }
            // A connection that broke may still be listed beside the one that replaced it.
            let streaming = own.filter(\.isStreaming)
            var report: Report?
            for row in streaming.isEmpty ? own : streaming {
                let lag = lagTime(of: row, askedAt: askedAt, isFirst: isFirst)
                // Of several with one name the worst counts.
                if let known = report, let lag, known.lagTime.map({ $0 >= lag }) ?? true {
                    continue
                }
                report = Report(
                    state: row.state, syncState: row.syncState, lagTime: lag, at: askedAt)
            }
            reports[id] = report
        }
    }

    /// The standby does not answer, or is none any more.
    mutating func forget(_ id: Int) {
        standbys[id] = nil
        lags[id] = nil
    }

    /// The primary does not answer, or is another one: nothing can be compared.
    mutating func forgetPrimary() {
        primary = nil
        lags = [:]
        reports = [:]
        history = []
    }

    /// Drops what is older than `ageMax` nanoseconds.
    mutating func aged(now: UInt64, ageMax: UInt64) {
        func isFresh(_ at: UInt64) -> Bool { now < at || now - at <= ageMax }
        lags = lags.filter { isFresh($0.value.at) }
        reports = reports.filter { isFresh($0.value.at) }
    }

    /// When the oldest fact will be too old.
    func nextExpiry(ageMax: UInt64) -> UInt64? {
        let times = lags.values.lazy.map(\.at) + reports.values.lazy.map(\.at)
        guard let oldest = times.min() else { return nil }
        let (expiry, isOverflow) = oldest.addingReportingOverflow(ageMax)
        return isOverflow || expiry == .max ? nil : expiry + 1
    }

    private mutating func measure(_ id: Int) {
        guard let primary, let standby = standbys[id] else { return }
        // Positions on two timelines are numbers that have nothing to do with each other.
        guard standby.timeline == 0 || standby.timeline == primary.timeline else {
            lags[id] = nil
            return
        }
        let (first, last) = (
            min(primary.askedAt, standby.askedAt), max(primary.askedAt, standby.askedAt)
        )
        guard last - first <= Self.pairGap else { return }
        // What a server claims may be any number.
        let (lag, isOverflow) = primary.position.subtractingReportingOverflow(standby.position)
        lags[id] = Measurement(lag: isOverflow ? .max : max(0, lag), at: first)
    }

    /// `replay_lag` stays at its last value while a standby is idle or stuck, so it is held against
    /// the positions: a standby that has everything has no lag, and one that lacks what was flushed
    /// at some time is behind since then.
    private func lagTime(of row: StandbyReport, askedAt: UInt64, isFirst: Bool) -> Int64? {
        guard row.isStreaming, let flushed = row.flushed, let replayed = row.replayed else {
            return nil
        }
        if replayed >= flushed { return 0 }
        if row.replayLag == nil, isFirst { return nil }
        let missed = history.first { $0.position > replayed }?.askedAt ?? askedAt
        let atLeast = askedAt > missed ? (askedAt - missed) / 1000 : 0
        return max(row.replayLag ?? 0, Int64(clamping: atLeast))
    }
}

extension StandbyReport {
    var isStreaming: Bool { state == "streaming" }
}
