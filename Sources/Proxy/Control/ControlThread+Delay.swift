internal import ClusterModel
internal import Operations
internal import Reactor
internal import Settings

/// How far standbys are behind: what is asked of it, and what the log says.
extension ControlThread {
    /// A delay is unknown after so many checks that did not tell it.
    private static let checksMissedMax: UInt64 = 3

    static func delayRules(_ settings: WorkerSettings) -> RoleSurvey.DelayRules {
        let (age, isOverflow) = checkPeriod(settings)
            .multipliedReportingOverflow(by: checksMissedMax)
        return RoleSurvey.DelayRules(
            limit: DelayLimit(settings), ageMax: isOverflow ? .max : age)
    }

    /// Says once in a period how far standbys are behind, as `log_standby_delay` has it.
    func logDelays() {
        guard reactor.now >= nextDelayLogAt,
            !probes.contains(where: { $0.phase == .asking && $0.purpose == .check })
        else { return }
        nextDelayLogAt = reactor.now &+ Self.configuredPeriod(settings)
        for node in survey.snapshot.nodes where node.role == .standby && node.isUsable {
            if node.delay == nil, node.isDelayed {
                logUnknownDelay(node)
            } else if settings.settings.logStandbyDelay == .always || node.isDelayed {
                logDelay(node)
            }
        }
    }

    /// Says at once which standbys reads avoid from now on, and which ones take reads again.
    func reportDelays(_ before: ClusterSnapshot, _ after: ClusterSnapshot) {
        for node in after.nodes where node.role == .standby && node.isUsable {
            guard let old = before.nodes.first(where: { $0.id == node.id }),
                old.isDelayed != node.isDelayed
            else { continue }
            if node.isDelayed {
                // Unknown for a moment is no news: the next periodic entry will tell.
                logDelay(node)
            } else if settings.settings.logStandbyDelay != .never, old.isUsable {
                log(.log, "Replication of node: \(node.id) is within the limit for reads again")
            }
        }
    }

    private func logDelay(_ node: NodeView) {
        guard settings.settings.logStandbyDelay != .never, let delay = node.delay, delay > 0,
            let primary = survey.snapshot.primary
        else { return }
        let amount =
            switch DelayLimit(settings) {
            case .none, .bytes: "\(delay) bytes"
            case .microseconds: "\(Self.seconds(delay)) second(s)"
            }
        log(
            .log,
            "Replication of node: \(node.id) is behind \(amount) from the primary server "
                + "(node: \(primary))")
    }

    private func logUnknownDelay(_ node: NodeView) {
        guard settings.settings.logStandbyDelay != .never else { return }
        var hint: String?
        if case .microseconds = DelayLimit(settings) {
            hint =
                "backend_application_name\(node.id) must be the standby's application_name in "
                + "pg_stat_replication of the primary, and sr_check_user needs the rights of "
                + "pg_monitor."
        }
        log(.log, "Replication delay of node: \(node.id) is unknown: it gets no reads", hint: hint)
    }

    /// Microseconds as seconds with six decimals.
    private static func seconds(_ microseconds: Int64) -> String {
        let fraction = String(microseconds % 1_000_000)
        let zeros = String(repeating: "0", count: max(0, 6 - fraction.count))
        return "\(microseconds / 1_000_000).\(zeros)\(fraction)"
    }
}

extension DelayLimit {
    init(_ settings: WorkerSettings) {
        self.init(
            bytes: settings.settings.delayThreshold,
            microseconds: Int64(
                clamping: settings.settings.delayThresholdByTime.nanoseconds / 1000))
    }
}
