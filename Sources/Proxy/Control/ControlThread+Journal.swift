internal import ClusterModel
internal import Operations
internal import Reactor

/// Something to be done as soon as what was decided before it is on the disk.
struct NotedEffect {
    /// The record that has to be there.
    var record: UInt64
    var until: UInt64
    var effect: (ControlThread) -> Void
}

/// The next run of the proxy has to find what this one had begun, whenever it ends: nothing is
/// promoted, stopped or commanded before that is on the disk.
extension ControlThread {
    /// A disk that does not answer must not keep the cluster without a primary, in nanoseconds.
    private static let noteLimit: UInt64 = 1_000_000_000

    func whenNoted(_ effect: @escaping (ControlThread) -> Void) {
        guard let record = stateWriter.pending else { return effect(self) }
        change.noted.append(
            NotedEffect(record: record, until: reactor.now &+ Self.noteLimit, effect: effect))
    }

    /// The record is on the disk, or could not be brought there, of which the log tells.
    func stateWritten(_ record: UInt64) { perform { $0.record <= record } }

    func expireNoted() {
        let now = reactor.now
        guard change.noted.contains(where: { $0.until <= now }) else { return }
        log(
            .warning, "the state file was not written within a second: the change goes on",
            hint: "If the proxy ends now, the next one does not know of it.")
        perform { $0.until <= now }
    }

    private func perform(_ isDue: (NotedEffect) -> Bool) {
        let due = change.noted.filter(isDue)
        change.noted.removeAll(where: isDue)
        for noted in due { noted.effect(self) }
    }
}
