internal import ClusterModel
internal import Operations
internal import Reactor

/// Something to be done as soon as what was decided before it is on the disk.
struct NotedEffect {
    var number: UInt64
    var until: UInt64
    var effect: (ControlThread) -> Void
}

/// The next run of the proxy has to find what this one had begun, whenever it ends: nothing is
/// promoted, stopped or commanded before that is on the disk.
extension ControlThread {
    /// A disk that does not answer must not keep the cluster without a primary, in nanoseconds.
    private static let noteLimit: UInt64 = 1_000_000_000

    func whenNoted(_ effect: @escaping (ControlThread) -> Void) {
        guard stateWriter.isBusy else { return effect(self) }
        change.lastNote &+= 1
        let number = change.lastNote
        change.noted.append(
            NotedEffect(number: number, until: reactor.now &+ Self.noteLimit, effect: effect))
        let control = shared.control
        stateWriter.whenWritten { _ in control.post(.noted(number)) }
    }

    /// What was decided is on the disk, or could not be brought there, of which the log tells.
    func noted(_ number: UInt64) { perform { $0.number <= number } }

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
