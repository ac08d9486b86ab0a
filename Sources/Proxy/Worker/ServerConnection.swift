internal import Pooling
internal import PostgresWire
internal import Reactor
internal import Sessions

typealias ServerRef = UnsafeMutablePointer<ServerConnection>

/// One connection to a server, owned by the worker that opened or adopted it.
struct ServerConnection {
    enum Phase: UInt8 {
        case connecting
        case loggingIn
        /// Logged in for somebody's login: asked what its sessions begin with.
        case asking
        /// Serves `client`.
        case leased
        /// Its client left; what it owes is drained and the reset statements run.
        case resetting
        case parked
        case closed
    }

    var socket = SocketID.none
    var handle: UInt64 = 0
    var phase = Phase.connecting
    var node: Int
    /// The whole number for (startup key, credential); with the node the key of the pool.
    var key = -1
    var profile: SessionProfile
    var credential: SessionCredential
    /// Leased to, or opened for.
    var client: ClientRef?
    /// Opened to learn the facts of a login, not to be leased at once.
    var isForLogin = false
    /// The client authenticated itself through this connection: it can serve nobody else.
    var isPassedThrough = false
    var machine = ServerMachine()
    var timer = RequestTimer()
    var input = ByteStash()
    /// Bytes of the current message that are still to come and only pass.
    var passRemaining = 0
    var passIsForwarded = false
    var login: ServerLogin?
    /// Of a connection that is asked what its sessions begin with.
    var greeting: ServerGreeting?
    var facts: LoginFacts?
    var cancelKey = CancelKey(processID: 0, secret: [])
    var parameters: [ServerGreeting.Parameter] = []
    /// What the connection has as application_name now.
    var applicationName: [UInt8] = []
    /// How much of its session's state it has: ``SessionStateLog/version``.
    var stateVersion: UInt64 = 0
    /// What its session has SET is on its way.
    var isCatchingUp = false
    var addressIndex = 0
    var sessionsServed = 0
    var cancelsInFlight = 0
    var openedAt: UInt64 = 0
    var parkedAt: UInt64 = 0
    /// Connect, login or reset has to be done by then; 0 = no deadline.
    var deadline: UInt64 = 0
    /// A server without room (53300) is tried once more after an idle connection was closed.
    var hasRetried = false
    /// Not read until the client's backlog is gone.
    var isHeldBack = false
    var resetsSent = false
    /// It sent a FATAL error: its end is no news to the client.
    var saidGoodbye = false
    /// It said that an administrator shuts it down, or ended this connection.
    var saidOrderlyShutdown = false

    init(node: Int, profile: SessionProfile, credential: SessionCredential) {
        self.node = node
        self.profile = profile
        self.credential = credential
        applicationName = profile.applicationName
    }

    var poolKey: PoolKey { PoolKey(node: node, key: key) }

    /// What can be taken over by another worker: everything but the socket's registration.
    func handoff(descriptor: Int32) -> ServerHandoff {
        ServerHandoff(
            descriptor: descriptor, node: node, key: key, profile: profile, credential: credential,
            cancelKey: cancelKey, parameters: parameters, applicationName: applicationName,
            sessionsServed: sessionsServed, openedAt: openedAt)
    }
}

/// A parked server connection on its way to another worker.
struct ServerHandoff: Sendable {
    let descriptor: Int32
    let node: Int
    let key: Int
    let profile: SessionProfile
    let credential: SessionCredential
    let cancelKey: CancelKey
    let parameters: [ServerGreeting.Parameter]
    let applicationName: [UInt8]
    let sessionsServed: Int
    let openedAt: UInt64
}
