internal import Glibc
internal import Synchronization

/// How a cluster gets another primary.
package enum PrimaryChangeKind: String, Sendable, CaseIterable, Codable {
    case failover, switchover
}

/// How often that happened.
package struct PrimaryChangeCounts: Sendable, Equatable {
    package struct Last: Sendable, Equatable {
        /// In seconds since 1970.
        package var at: Int64
        package var milliseconds: UInt64
    }

    package struct Count: Sendable, Equatable {
        package var done: UInt64 = 0
        package var failed: UInt64 = 0
        /// The last one that was done.
        package var last: Last?
    }

    package private(set) var failover = Count()
    package private(set) var switchover = Count()

    package init() {}

    package subscript(kind: PrimaryChangeKind) -> Count {
        get {
            switch kind {
            case .failover: failover
            case .switchover: switchover
            }
        }
        set {
            switch kind {
            case .failover: failover = newValue
            case .switchover: switchover = newValue
            }
        }
    }
}

/// Something that happened to the cluster, for people.
package struct ClusterEvent: Sendable, Equatable, Codable {
    /// Rises by 1 with each event.
    package var number: UInt64
    /// In seconds since 1970.
    package var at: Int64
    /// `LOG`, `WARNING` ...
    package var severity: String
    package var text: String
}

/// The latest events of the cluster, and the changes of its primary since the start.
package final class ClusterHistory: Sendable {
    /// Events that are kept.
    package static let lengthMax = 100
    /// Bytes of an event's text.
    package static let textBytesMax = 1000

    private struct State {
        var events: [ClusterEvent] = []
        var number: UInt64 = 0
        var changes = PrimaryChangeCounts()
    }

    private let state = Mutex(State())

    package init() {}

    /// Remembers an event; the oldest makes room.
    package func note(_ severity: Severity, _ text: String) {
        let word = "\(severity.word)"
        let isLong = text.utf8.count > Self.textBytesMax
        let kept =
            isLong ? String(decoding: text.utf8.prefix(Self.textBytesMax), as: UTF8.self) : text
        state.withLock { state in
            state.number += 1
            if state.events.count >= Self.lengthMax { state.events.removeFirst() }
            state.events.append(
                ClusterEvent(
                    number: state.number, at: Int64(time(nil)), severity: word, text: kept))
        }
    }

    /// The primary changed after so many nanoseconds.
    package func changed(_ kind: PrimaryChangeKind, took nanoseconds: UInt64) {
        state.withLock { state in
            state.changes[kind].done += 1
            state.changes[kind].last = PrimaryChangeCounts.Last(
                at: Int64(time(nil)), milliseconds: nanoseconds / 1_000_000)
        }
    }

    /// It was tried and did not come about.
    package func failed(_ kind: PrimaryChangeKind) {
        state.withLock { $0.changes[kind].failed += 1 }
    }

    /// The latest last.
    package var events: [ClusterEvent] { state.withLock { $0.events } }
    package var changes: PrimaryChangeCounts { state.withLock { $0.changes } }
}
