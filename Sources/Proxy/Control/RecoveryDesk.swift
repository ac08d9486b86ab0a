internal import ClusterModel
internal import Operations
internal import Synchronization

/// A recovery that goes on, and what carries it out.
struct RunningRecovery {
    var machine: Recovery
    let server: HostedServer
    let host: HostReach
    /// Of the request that is under way: later answers to earlier ones mean nothing.
    var ticket: UInt64 = 0
    /// Who waits for its end.
    var replies: [OrderReply] = []
}

/// What the control thread remembers of recoveries.
struct RecoveryDesk {
    /// Ended ones that are still shown.
    static let endedMax = 16

    /// By their ids.
    var running: [String: RunningRecovery] = [:]
    /// What the last run of the proxy left, until all nodes were asked.
    var unfinished: [RecoveryRecord] = []
    /// The latest last.
    var ended: [RecoveryFacts] = []
    /// When `auto_recovery` may try a node again, in nanoseconds, and how long it waits then.
    var retries: [Int: (at: UInt64, gap: UInt64)] = [:]

    /// What has to survive the proxy, by the nodes' numbers.
    var records: [RecoveryRecord] {
        let own = running.values.filter { !$0.machine.isCheckOnly && !$0.machine.isOver }
        return (own.map(\.machine.record) + unfinished).sorted {
            ($0.node, $0.id) < ($1.node, $1.id)
        }
    }

    var deadline: UInt64 {
        running.values.reduce(UInt64.max) { min($0, $1.machine.deadline ?? .max) }
    }

    /// The one that works on a node; nil where none does, or only old data is still kept.
    func active(on node: Int) -> String? {
        running.first {
            $0.value.machine.record.node == node && !$0.value.machine.isSettled
                && !$0.value.machine.isCheckOnly
        }?.key
    }

    var activeCount: Int {
        running.values.count { !$0.machine.isSettled && !$0.machine.isCheckOnly }
    }

    /// The one whose old data is still kept.
    func kept(of node: Int) -> String? {
        running.first {
            $0.value.machine.record.node == node && $0.value.machine.isSettled
                && !$0.value.machine.isOver
        }?.key
    }

    /// For reports.
    var facts: [RecoveryFacts] {
        ended
            + running.values.filter { !$0.machine.isSettled && !$0.machine.isCheckOnly }
            .map { RecoveryFacts($0.machine) }
    }
}

extension RecoveryFacts {
    init(_ machine: Recovery) {
        let record = machine.record
        self.init(
            node: record.node, id: record.id, state: .running, phase: record.phase.rawValue,
            method: record.method?.rawValue
                ?? (record.isScripted ? "script" : record.isStartOnly ? "start" : ""),
            source: record.copiedFrom ?? record.source, activity: machine.progress.activity,
            startedAt: record.startedAt)
        bytesDone = machine.progress.bytesDone
        bytesTotal = machine.progress.bytesTotal
        percent = machine.progress.percent
        secondsLeft = machine.progress.secondsLeft
    }
}
