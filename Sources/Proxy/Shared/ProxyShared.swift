internal import ClusterModel
internal import Glibc
internal import Operations
internal import Pooling
internal import Reactor
internal import Routing
internal import Synchronization

/// What all workers and the control thread share. Locks here are taken when a session or a server
/// connection starts or ends, never per message.
final class ProxyShared: Sendable {
    let log: Log
    let permits: Mutex<PermitBook>
    /// Who may have which of the process's descriptors, and when they were short.
    let descriptors: DescriptorBudget
    let shortage = Mutex(DescriptorShortage())
    let welcomes = Mutex(WelcomeBook())
    let blocking = BlockingPool(threads: 2)
    /// For `log_hostname`: a resolver that does not answer must not hold up logins.
    let names = BlockingPool(threads: 1)
    /// When anybody last wrote, and when each user did.
    let writeClock = WriteClock()
    let writeClocks = Mutex(WriteClockBook())
    let mailboxes: [Mailbox]
    let counters: [WorkerCounters]
    /// The control thread's mailbox: connections that could not be made.
    let control = ControlMailbox()
    /// What the control thread knows, with numbers that move no work and that workers are not told.
    let latest = Mutex<ClusterState?>(nil)
    /// When a node's status changed last, in seconds since 1970; since ``startedAt`` for others.
    let statusChanges = Mutex<[Int: Int64]>([:])
    let startedAt = WallClock.seconds()
    /// Health checks of each node so far.
    let health = Mutex<[Int: HealthCheckTotals]>([:])
    /// Recoveries that go on, and the last ones that ended.
    let recoveries = Mutex<[RecoveryFacts]>([])
    /// Replication slots that were made for nodes.
    let nodeSlots = Mutex<[NodeSlotFacts]>([])
    /// What happens to the cluster now, in Pgpool-II's words.
    let operation = Mutex<String?>(nil)
    /// What happened to the cluster lately.
    let history = ClusterHistory()
    /// The catalog thread's mailbox: questions about relations and functions.
    let catalog = CatalogMailbox()
    let databases = Mutex(DatabaseNumbers())

    init(
        log: Log, limits: PermitBook.Limits, descriptors: DescriptorBudget = .unlimited,
        workers: Int
    ) {
        self.log = log
        self.descriptors = descriptors
        permits = Mutex(PermitBook(limits: limits))
        mailboxes = (0..<workers).map { _ in Mailbox() }
        counters = (0..<workers).map { _ in WorkerCounters() }
    }
}

/// The time of day, for people.
enum WallClock {
    /// Seconds since 1970.
    static func seconds() -> Int64 { Int64(time(nil)) }
}

/// What one worker counts. Only the worker adds; others read whenever they like.
final class WorkerCounters: Sendable {
    static let nodesMax = 128

    /// Clients of this worker, from accept to close.
    let clients = Atomic<Int>(0)
    /// Cancel requests that reached a server.
    let cancels = Atomic<Int>(0)
    /// Reads that were repeated on another node without the client's notice.
    let repeatedReads = Atomic<Int>(0)
    private let decisions = CounterArray(RouteReason.allCases.count)
    private let reads: CounterArray
    private let writes: CounterArray
    /// One for each kind and node.
    private let statements: CounterArray
    /// One for each severity and node.
    private let errors: CounterArray
    /// How long requests took: for each node those that only read, and the others.
    private let times = LatencyHistogram(series: nodesMax * 2)

    init() {
        reads = CounterArray(Self.nodesMax)
        writes = CounterArray(Self.nodesMax)
        statements = CounterArray(Self.nodesMax * StatementClass.allCases.count)
        errors = CounterArray(Self.nodesMax * ErrorClass.allCases.count)
    }

    /// One statement of this kind went to `node`.
    @inline(__always)
    func statement(_ kind: StatementClass, node: Int) {
        guard node >= 0, node < Self.nodesMax else { return }
        statements.add(Int(kind.rawValue) &* Self.nodesMax &+ node)
    }

    func statements(_ kind: StatementClass, node: Int) -> UInt64 {
        guard node >= 0, node < Self.nodesMax else { return 0 }
        return statements.value(Int(kind.rawValue) &* Self.nodesMax &+ node)
    }

    /// `node` answered with an error.
    func error(_ severity: ErrorClass, node: Int) {
        guard node >= 0, node < Self.nodesMax else { return }
        errors.add(Int(severity.rawValue) &* Self.nodesMax &+ node)
    }

    func errors(_ severity: ErrorClass, node: Int) -> UInt64 {
        guard node >= 0, node < Self.nodesMax else { return 0 }
        return errors.value(Int(severity.rawValue) &* Self.nodesMax &+ node)
    }

    /// `node` has answered a request.
    @inline(__always)
    func answered(node: Int, isRead: Bool, after nanoseconds: UInt64) {
        guard node >= 0, node < Self.nodesMax else { return }
        times.record(node &* 2 &+ (isRead ? 0 : 1), nanoseconds: nanoseconds)
    }

    func addTimes(node: Int, isRead: Bool, to totals: inout LatencyTotals) {
        guard node >= 0, node < Self.nodesMax else { return }
        times.add(node * 2 + (isRead ? 0 : 1), to: &totals)
    }

    /// One statement went to `node`, as a balanced read or as anything else.
    @inline(__always)
    func routed(to node: Int, isRead: Bool) { (isRead ? reads : writes).add(node) }

    /// One request was decided for this reason.
    @inline(__always)
    func decided(_ reason: RouteReason) { decisions.add(Int(reason.rawValue)) }

    func decisions(_ reason: RouteReason) -> UInt64 { decisions.value(Int(reason.rawValue)) }

    func reads(_ node: Int) -> UInt64 { reads.value(node) }
    func writes(_ node: Int) -> UInt64 { writes.value(node) }
}

/// A fixed array of relaxed counters with one writer.
final class CounterArray: @unchecked Sendable {
    private let values: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        values = .allocate(capacity: count)
        for index in 0..<count { (values + index).initialize(to: Atomic(0)) }
    }

    deinit {
        values.deinitialize(count: count)
        values.deallocate()
    }

    @inline(__always)
    func add(_ index: Int) {
        guard index >= 0, index < count else { return }
        // One writer: a plain load and store, without the price of a locked addition.
        let old = values[index].load(ordering: .relaxed)
        values[index].store(old &+ 1, ordering: .relaxed)
    }

    func value(_ index: Int) -> UInt64 {
        guard index >= 0, index < count else { return 0 }
        return values[index].load(ordering: .relaxed)
    }
}

/// News for the control thread.
enum ControlMessage: Sendable {
    /// A worker could not connect to a node or lost it.
    ///
    /// - Parameter isOrderly: the server said that an administrator shuts it down.
    case nodeLost(Int, reason: String, isOrderly: Bool = false)
    /// A worker has adopted this state, and sends nothing more to nodes that it withdrew.
    case acknowledged(worker: Int, revision: UInt64)
    /// No session of the worker is busy on the node whose work this state holds back.
    case drained(worker: Int, revision: UInt64)
    case commandEnded(CommandRun)
    /// A node's host has answered a recovery's request with this number.
    case hostAnswered(String, ticket: UInt64, HostAnswer)
    /// A recovery's record is on the disk, or why not.
    case journaled(String, ticket: UInt64, failure: String?)
    /// How much room there is on the host of a node, in bytes; nil where it does not say.
    case roomKnown(Int, bytes: Int64?)
    /// Somebody orders something, and waits.
    case order(NodeOrder, OrderReply)
    /// What was decided before this effect is on the disk, or could not be brought there.
    case noted(UInt64)
    /// A worker wants to know where the primary is now, or later, and how far the standbys are.
    case positionsWanted(worker: Int)
    case settings(WorkerSettings)
    case resolved([[SocketAddress]], problems: [String])
    case stop
}

/// Messages for the control thread.
final class ControlMailbox: Sendable {
    let waker = Waker()
    private let queue = Mutex<[ControlMessage]>([])

    func post(_ message: ControlMessage) {
        queue.withLock { $0.append(message) }
        waker.ring()
    }

    func takeAll() -> [ControlMessage] {
        queue.withLock { queue in
            let taken = queue
            queue = []
            return taken
        }
    }
}
