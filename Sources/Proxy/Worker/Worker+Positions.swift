internal import Reactor
internal import Routing

/// Where the primary is and how far the standbys have come, for reads that have to see what was
/// written before.
extension Worker {
    /// Asks for positions of now or later, unless such a question is on its way. They arrive as a
    /// message; while no primary answers they do not.
    func wantPositions() {
        guard positionsWantedAt == 0 else { return }
        positionsWantedAt = MonotonicClock.now()
        shared.control.post(.positionsWanted(worker: index))
    }

    /// Positions were asked for, or the ones that are known do not hold any more.
    func positionsArrived(_ positions: ReplayPositions) {
        // An earlier sample of the same term may bring news of a standby, but answers no question.
        if positions.sampledAt >= positionsWantedAt { positionsWantedAt = 0 }
        self.positions = positions
        let waiting = waitsForPosition
        waitsForPosition = []
        for handle in waiting {
            guard let client = clients.find(handle), client.pointee.block == .position else {
                continue
            }
            client.pointee.block = .none
            continueClient(client)
        }
    }
}
