internal import ClusterModel
internal import Reactor
internal import Sessions

/// The control thread's own connection to one node: opened once, asked again and again. It speaks
/// with the same login machine as the data path.
struct NodeProbe {
    enum Phase: UInt8 {
        case closed
        case connecting
        case loggingIn
        /// Logged in; nobody asked anything.
        case idle
        case asking
    }

    /// Why a node is asked.
    enum Purpose: UInt8 {
        /// The regular check: role, position, and the replication that it feeds.
        case check
        /// Somebody wants to know positions, in between.
        case positions
    }

    let node: Int
    var phase = Phase.closed
    var purpose = Purpose.check
    var wording = NodeQuestion.Wording.unprepared
    var socket = SocketID.none
    var login: ServerLogin?
    var input = ByteStash()
    var addressIndex = 0
    /// The running attempt has to be done by then, in nanoseconds; 0 = nothing runs.
    var deadline: UInt64 = 0
    /// When to check next.
    var nextAt: UInt64 = 0
    /// When the running attempt began: to connect, or to ask a kept connection.
    var begunAt: UInt64 = 0
    /// When the running question was asked, read from the clock before it was sent.
    var askedAt: UInt64 = 0
    /// When the question was asked that was answered last.
    var heardAt: UInt64 = 0
    /// A kept connection that fails is opened anew once before the node counts as lost: somebody
    /// may have ended just this connection.
    var isFresh = true
    var answer: ProbeAnswer?
    /// Rows of pg_stat_replication; nil if they were not asked for or could not be had.
    var standbys: [StandbyReport]?
    /// People were told that the server does not let the proxy ask.
    var isRefusalTold = false
    /// The server cannot answer the question in this wording.
    var isMisunderstood = false

    init(node: Int) { self.node = node }
}
