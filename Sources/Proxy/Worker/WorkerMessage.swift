internal import Credentials
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Synchronization

/// The only way into a worker: a closed list of messages.
enum WorkerMessage: Sendable {
    /// A connection that another worker accepted.
    case newClient(descriptor: Int32, peer: SocketAddress)
    case cluster(ClusterState)
    /// Asked for with ``ControlMessage/positionsWanted(worker:)``, or taken back.
    case positions(ReplayPositions)
    case settings(WorkerSettings)
    /// A CancelRequest for a client of this worker.
    case cancel(slot: Int, secret: [UInt8])
    /// The session permit that this client waited for.
    case permitGranted(client: UInt64)
    /// A server connection may be had now: ask again.
    case serverAvailable(client: UInt64, node: Int)
    /// Detach a parked connection and send it to the worker whose client was promised it.
    case giveServer(server: UInt64, worker: Int, client: UInt64)
    case adoptServer(ServerHandoff, client: UInt64)
    /// The promised connection is gone: ask again.
    case serverGone(client: UInt64)
    /// A parked connection makes room for another one.
    case closeIdle(server: UInt64, isCounted: Bool)
    /// Close what is parked: somebody is about to drop, rename or copy a database.
    case closeParked
    case serverKeysDerived(ScramKeys?, client: UInt64)
    case clientKeysDerived(ScramClientKeys?, server: UInt64)
    /// Somebody's client asked for a report about all sessions.
    case reportWanted(ReportCollector)
    /// Somebody wants to know how many sessions do what.
    case tallyWanted(SessionTally)
    /// All workers have told theirs.
    case reportReady(ReportCollector)
    /// What the catalog thread found for a client's question.
    case catalogAnswer(CatalogAnswer, database: Int, client: UInt64)
    /// The catalog of a database changed; nil: of any.
    case catalogForgotten(database: Int?)
    /// Stop accepting; with `isFast` also end the sessions.
    case drain(isFast: Bool)
    case stop
}

/// Messages for one worker: a locked array swapped whole, and a bell.
final class Mailbox: Sendable {
    let waker = Waker()
    private let queue = Mutex<[WorkerMessage]>([])

    func post(_ message: WorkerMessage) {
        let wasEmpty = queue.withLock { queue in
            queue.append(message)
            return queue.count == 1
        }
        if wasEmpty { waker.ring() }
    }

    func takeAll() -> [WorkerMessage] {
        queue.withLock { queue in
            let taken = queue
            queue = []
            return taken
        }
    }
}
