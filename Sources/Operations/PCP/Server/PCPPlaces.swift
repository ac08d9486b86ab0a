internal import Glibc
internal import Synchronization

/// Who is connected to the PCP server: a bounded number of strangers, and of operators that have
/// logged in. Also the owner of the sockets: they are closed here and nowhere else, so that none is
/// touched after its number has gone to somebody else.
final class PCPPlaces: Sendable {
    /// Connections that have not logged in. One more ends the oldest: who only holds places cannot
    /// keep operators out.
    static let strangersMax = 16
    /// Connections that have.
    static let operatorsMax = 16
    /// All of them, with those that were sent away and have not gone yet. One more is closed.
    static let placesMax = 64

    private struct Place {
        let descriptor: Int32
        var isOperator = false
        var isSentAway = false
    }

    private struct State {
        var places: [UInt64: Place] = [:]
        var last: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Gives a new connection a place.
    ///
    /// - Returns: its number; nil if there is none, or the server has stopped. Then it is closed.
    func enter(_ descriptor: Int32) -> UInt64? {
        state.withLock { state in
            guard !state.isClosed, state.places.count < Self.placesMax else {
                close(descriptor)
                return nil
            }
            let strangers = state.places.filter { !$0.value.isOperator && !$0.value.isSentAway }
            if strangers.count >= Self.strangersMax, let oldest = strangers.keys.min() {
                state.places[oldest]?.isSentAway = true
                state.places[oldest].map { _ = shutdown($0.descriptor, Int32(SHUT_RDWR)) }
            }
            state.last += 1
            state.places[state.last] = Place(descriptor: descriptor)
            return state.last
        }
    }

    /// A connection has logged in; false if there is no room for it.
    func becomeOperator(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard state.places.values.count(where: \.isOperator) < Self.operatorsMax else {
                return false
            }
            state.places[number]?.isOperator = true
            return true
        }
    }

    /// Closes a connection.
    func leave(_ number: UInt64) {
        state.withLock { state in
            if let place = state.places.removeValue(forKey: number) { close(place.descriptor) }
        }
    }

    /// Ends all connections, and those that come.
    func closeAll() {
        state.withLock { state in
            state.isClosed = true
            for place in state.places.values { shutdown(place.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
