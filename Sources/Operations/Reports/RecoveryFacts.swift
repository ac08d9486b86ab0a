internal import ClusterModel

/// How far the recovery of a node is, or how it has ended.
package struct RecoveryFacts: Equatable, Sendable, Codable {
    package enum State: String, Equatable, Sendable, Codable {
        case running
        /// The node serves.
        case done
        case failed
    }

    package var node: Int
    /// Of the job.
    package var id: String
    package var state: State
    package var phase: String
    /// Empty until it is chosen.
    package var method: String
    /// The node that the data is from.
    package var source: Int?
    /// What goes on, or why it has failed.
    package var activity: String
    package var bytesDone: Int64
    /// 0 = unknown
    package var bytesTotal: Int64
    /// Nil where unknown.
    package var percent: Int?
    /// Until the copy is done; nil where unknown.
    package var secondsLeft: Int64?
    /// In seconds since 1970.
    package var startedAt: Int64
    /// In seconds since 1970; nil while it runs.
    package var endedAt: Int64?
    /// What helps after a failure.
    package var hint: String?

    package init(
        node: Int, id: String, state: State, phase: String, method: String = "",
        source: Int? = nil, activity: String = "", startedAt: Int64 = 0
    ) {
        self.node = node
        self.id = id
        self.state = state
        self.phase = phase
        self.method = method
        self.source = source
        self.activity = activity
        bytesDone = 0
        bytesTotal = 0
        self.startedAt = startedAt
    }

    /// For people: one line.
    package var words: String {
        var text = "node \(node): \(state.rawValue)"
        switch state {
        case .running:
            text += ", \(phase)" + (method.isEmpty ? "" : " (\(method))")
            if !activity.isEmpty { text += ", \(activity)" }
            if let percent {
                text +=
                    ", \(percent) % (\(ByteText.words(bytesDone)) of "
                    + "\(ByteText.words(bytesTotal)))"
            } else if bytesDone > 0 {
                text += ", \(ByteText.words(bytesDone))"
            }
            if let secondsLeft { text += ", \(secondsLeft) s left" }
        case .done: text += method.isEmpty ? "" : " (\(method))"
        case .failed: text += ", \(activity)"
        }
        return text
    }
}

/// `SHOW pool_recovery`
package enum RecoveryReport {
    package static let columns = [
        "node_id", "job", "state", "phase", "method", "source_node_id", "activity", "bytes_done",
        "bytes_total", "percent", "seconds_left", "started_at", "ended_at",
    ]

    package static func table(
        _ recoveries: [RecoveryFacts], local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        ReportTable(
            columns: columns,
            rows: recoveries.sorted { ($0.node, $0.startedAt) < ($1.node, $1.startedAt) }.map {
                [
                    String($0.node), $0.id, $0.state.rawValue, $0.phase, $0.method,
                    $0.source.map { String($0) } ?? "", $0.activity, String($0.bytesDone),
                    String($0.bytesTotal), $0.percent.map { String($0) } ?? "",
                    $0.secondsLeft.map { String($0) } ?? "",
                    ReportText.moment($0.startedAt, local), ReportText.moment($0.endedAt, local),
                ]
            })
    }
}
