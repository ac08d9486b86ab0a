internal import Reactor
internal import Routing
internal import Synchronization

/// News for the catalog thread.
enum CatalogMessage: Sendable {
    /// A client of a worker waits for facts.
    case wanted(
        CatalogQuestion, database: [UInt8], databaseID: Int, worker: Int, client: UInt64)
    /// A worker saw a statement succeed that changed the catalog of a database.
    case changed(database: Int)
    case cluster(ClusterState)
    case settings(WorkerSettings)
    case stop
}

/// Messages for the catalog thread.
final class CatalogMailbox: Sendable {
    let waker = Waker()
    private let queue = Mutex<[CatalogMessage]>([])

    func post(_ message: CatalogMessage) {
        let wasEmpty = queue.withLock { queue in
            queue.append(message)
            return queue.count == 1
        }
        if wasEmpty { waker.ring() }
    }

    func takeAll() -> [CatalogMessage] {
        queue.withLock { queue in
            let taken = queue
            queue = []
            return taken
        }
    }
}
