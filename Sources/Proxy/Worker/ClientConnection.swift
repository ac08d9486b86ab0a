internal import PostgresWire
internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Sessions

typealias ClientRef = UnsafeMutablePointer<ClientConnection>

/// One client, owned for life by the worker that took it.
struct ClientConnection {
    enum Phase: UInt8 {
        /// Nothing understood yet, or SSLRequest answered.
        case startup
        /// Waits for a session permit.
        case queued
        /// Waits for login facts from a server, or for slow key derivation.
        case preparing
        /// Proves who it is.
        case authenticating
        /// Answers the server's own challenges through us.
        case passingThrough
        case ready
        /// Told the reason; closed when the last byte is gone.
        case closing
    }

    /// What the next message waits for, with reading paused when more piles up.
    enum Block: UInt8 {
        case none
        /// The active node still owes an answer and the next message goes elsewhere.
        case quiet
        /// A server connection is on its way.
        case lease
        /// The catalog was asked what a statement names.
        case catalog
        /// A standby is about to have replayed what the session has to see.
        case position
        /// An answer of our own is being gathered from all workers.
        case report
        /// There is no primary now, or nobody knows yet that there is none.
        case primary
    }

    var socket = SocketID.none
    var handle: UInt64 = 0
    var phase = Phase.startup
    var block = Block.none
    var peer: SocketAddress
    var profile: SessionProfile?
    var credential = SessionCredential.none
    /// The pool's number for profile and credential; -1 until login.
    var key = -1
    var cancelSecret: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var minorVersion: UInt16 = 0
    var input = ByteStash()
    /// Bytes of the current message that are still to come and go where `active` says.
    var passRemaining = 0
    var holdsPermit = false
    /// Its descriptor is one of the last: it is told so, and goes.
    var isSurplus = false
    /// SSLRequest and GSSENCRequest so far: one of each may come before the startup packet.
    var encryptionRequests = 0
    var welcome: Welcome?
    /// The welcome's, at hand for each statement.
    var dialect = TextDialect.standard
    var authentication: ClientAuthentication?
    /// The server connection that was opened for this login.
    var loginServer: ServerRef?
    /// All goes to the primary (or the main node) without being looked at.
    var isFixed = false
    var route = SessionRoute()
    /// Where a bound session has its state.
    var boundNode: Int?
    /// Where the open transaction is; -1 = nowhere.
    var homeNode = -1
    /// The texts that began the open transaction, for another node.
    var beginTexts: [[UInt8]] = []
    /// What the stateful request on its way changes if it succeeds.
    var outcome: RequestOutcome?
    /// What the session has SET, for its other server connections.
    var stateLog = SessionStateLog()
    /// What its reads must not be older than.
    var ownWrites = OwnWrites()
    /// Of the writes that it shares with other sessions; nil = with none.
    var writeClock: WriteClock?
    /// The number of its database among the catalog facts.
    var database = 0
    /// Where unqualified names are looked for.
    var searchPath = SearchPath.unknown
    /// What has run before the catalog told what it leaves behind; see ``SessionRoute/isInDoubt``.
    var doubts: [CatalogDoubt] = []
    /// Which node its reads prefer.
    var preference: ReaderPreference?
    /// Until when its next message waits for the catalog or a position; 0 = it has not waited.
    var patience: UInt64 = 0
    /// Until when it waits for a primary; 0 = it has not waited.
    var primaryDeadline: UInt64 = 0
    /// When it looks again.
    var retryAt: UInt64 = 0
    /// Its login waits for a primary.
    var awaitsPrimary = false
    /// Its transaction was lost with its server.
    var loss: LostTransaction?
    /// What the unnamed statement that came since then holds.
    var lossStatement = LostTransaction.Statement.other
    /// What is on its way may write although nobody said so.
    var mayWriteUnseen = false
    /// The transaction changed the catalog.
    var hasChangedCatalog = false
    /// A login waits until a server connection can be opened for it.
    var awaitsLoginServer = false
    /// As of the last ReadyForQuery that the client got.
    var status = PostgresWire.TransactionStatus.idle
    var leases: [ServerRef] = []
    var active: ServerRef?
    var registry = StatementRegistry()
    /// The segment that runs on a standby, for a second try elsewhere; see `canReplay`.
    var replay = ByteStash()
    /// Nothing of the segment's answer has reached the client and the copy is complete.
    var canReplay = false
    var replayForcesPrimary = false
    /// Bytes of the segment at the head of the input that were looked into without coming to its
    /// end: whole messages. 0 = it has not been looked into.
    var segmentScanned = 0
    /// The open segment is made of certain reads: what its Executes count as.
    var segmentIsRead = false
    /// The open segment was seen to its Sync before it was sent.
    var segmentIsPlanned = false
    /// A failed connect to a reader was answered by choosing another one this often.
    var leaseAttempts = 0
    /// Where the connection that `block == .lease` waits for is to go.
    var wantedNode = -1
    /// Not read until a server's backlog is gone.
    var isHeldBack = false
    var lastActive: UInt64 = 0
    var connectedAt: UInt64 = 0
    /// Under `log_hostname` only.
    var peerName: PeerName?
    /// While statements or messages are logged only.
    var statementLog: StatementLog?
    /// Once it asked the proxy itself for something.
    var pooler: PoolerSession?
    var deadline: UInt64 = 0
    /// ParameterStatus values that differ from the welcome's.
    var changedParameters: [ServerGreeting.Parameter] = []

    init(peer: SocketAddress) { self.peer = peer }

    func lease(_ node: Int) -> ServerRef? {
        for server in leases where server.pointee.node == node { return server }
        return nil
    }
}
