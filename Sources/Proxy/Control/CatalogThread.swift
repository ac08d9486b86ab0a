internal import ClusterModel
internal import Operations
internal import PostgresWire
internal import Reactor
internal import Routing
internal import Settings

/// The catalog thread: answers the workers' questions about relations and functions, one query at a
/// time for each database, and remembers the answers for all workers. Nothing here touches a
/// client's bytes.
final class CatalogThread {
    /// Connections to all databases together.
    static let connectionsMax = 8
    /// Askers that may wait, of all databases together.
    static let askersMax = 10_000
    /// An asker with whom a query comes to have more names is its last.
    private static let namesMax = 500
    /// A connection that nobody needed for so long is closed, in nanoseconds.
    static let idleMax: UInt64 = 60_000_000_000
    /// A standby is not asked for so long after a change was seen, in nanoseconds.
    private static let replayGrace: UInt64 = 10_000_000_000
    /// Facts that were out of date again and again are believed for so long, in nanoseconds.
    private static let restlessLifetime: UInt64 = 1_000_000_000
    private static let staleAnswersMax = 2

    let shared: ProxyShared
    var reactor = Reactor()
    var settings: WorkerSettings
    var cluster: ClusterState
    var databases: [Int: CatalogDatabase] = [:]
    var connections = Array(repeating: CatalogConnection(), count: CatalogThread.connectionsMax)
    private var relations: CatalogMemory<RelationFact>
    private var functions: CatalogMemory<FunctionFact>
    private var waitingCount = 0
    /// The node that wrote last.
    private var writer: Int?
    /// Spreads the questions over the standbys.
    var turn = 0
    private var isStopping = false

    init(shared: ProxyShared, settings: WorkerSettings, cluster: ClusterState) {
        self.shared = shared
        self.settings = settings
        self.cluster = cluster
        writer = cluster.writer
        relations = CatalogMemory(sizeMax: Self.memorySize(settings, shared))
        functions = CatalogMemory(sizeMax: Self.memorySize(settings, shared))
        reactor.watch(shared.catalog.waker)
    }

    func run() {
        run { false }
        for slot in connections.indices { close(slot) }
    }

    /// Works until it is told to stop, or until what it has done is enough.
    func run(until isEnough: () -> Bool) {
        while !isStopping, !isEnough() { handle(reactor.next(deadline: nextDeadline())) }
    }

    /// As many names as all workers remember.
    private static func memorySize(_ settings: WorkerSettings, _ shared: ProxyShared) -> Int {
        let size = max(settings.settings.relcacheSize, CatalogStore.sizeMin)
            .multipliedReportingOverflow(by: max(shared.mailboxes.count, 1))
        return size.overflow ? .max : size.partialValue
    }

    private func handle(_ completion: Completion) {
        let slot = Int(completion.owner)
        switch completion.kind {
        case .connected: connected(slot)
        case .received: received(slot, completion.bytes)
        case .ended: failed(slot, "the server closed the connection")
        case .failed: failed(slot, Self.text(errno: completion.error))
        case .woken: for message in shared.catalog.takeAll() { handle(message) }
        case .timeout: expire()
        case .drained, .acceptable: break
        }
    }

    private func handle(_ message: CatalogMessage) {
        switch message {
        case .wanted(let question, let name, let database, let worker, let client):
            wanted(
                CatalogAsker(
                    question: question, worker: worker, client: client, since: reactor.now),
                database, name)
        case .changed(let database): changed(database)
        case .cluster(let cluster): clusterChanged(cluster)
        case .settings(let settings): settingsChanged(settings)
        case .stop: isStopping = true
        }
    }

    // MARK: Askers

    private func wanted(_ asker: CatalogAsker, _ database: Int, _ name: [UInt8]) {
        if let facts = recall(asker.question, database) {
            return answer(asker, .facts(facts), database)
        }
        let until = databases[database]?.unavailableUntil ?? 0
        if until > reactor.now { return answer(asker, .unavailable(until: until), database) }
        guard waitingCount < Self.askersMax else {
            return answer(asker, .facts(CatalogFacts().answer(asker.question)), database)
        }
        databases[database, default: CatalogDatabase(name: name)].waiting.append(asker)
        waitingCount += 1
        pump(database)
    }

    private func answer(_ asker: CatalogAsker, _ answer: CatalogAnswer, _ database: Int) {
        guard shared.mailboxes.indices.contains(asker.worker) else { return }
        shared.mailboxes[asker.worker].post(
            .catalogAnswer(answer, database: database, client: asker.client))
    }

    /// What is known of all these names already.
    private func recall(_ question: CatalogQuestion, _ database: Int) -> CatalogFacts? {
        guard settings.settings.enableSharedRelcache else { return nil }
        var facts = CatalogFacts()
        let now = reactor.now
        for name in question.relations {
            guard let entry = relations.find(name, database: database, now: now) else { return nil }
            facts.relations[name] = entry.facts
            facts.expiresAt = min(facts.expiresAt, entry.expiresAt)
        }
        for name in question.functions {
            guard let entry = functions.find(name, database: database, now: now) else { return nil }
            facts.functions[name] = entry.facts
            facts.expiresAt = min(facts.expiresAt, entry.expiresAt)
        }
        return facts
    }

    /// Puts askers back to the front: their query did not come to its end.
    func requeue(_ askers: [CatalogAsker], _ database: Int) {
        databases[database]?.waiting.insert(contentsOf: askers, at: 0)
        waitingCount += askers.count
    }

    /// The askers of the next query to a database and their names; those that need none are answered.
    func nextRound(_ database: Int) -> CatalogConnection.Round? {
        guard let waiting = databases[database]?.waiting else { return nil }
        var askers: [CatalogAsker] = []
        var rest: [CatalogAsker] = []
        var relations: Set<[UInt8]> = []
        var functions: Set<[UInt8]> = []
        for asker in waiting {
            if let facts = recall(asker.question, database) {
                answer(asker, .facts(facts), database)
                continue
            }
            let wouldBeAlone = asker.isAlone || askers.first?.isAlone == true
            let isFull = relations.count + functions.count >= Self.namesMax
            if !askers.isEmpty, wouldBeAlone || isFull || !rest.isEmpty {
                rest.append(asker)
                continue
            }
            askers.append(asker)
            relations.formUnion(asker.question.relations)
            functions.formUnion(asker.question.functions)
        }
        databases[database]?.waiting = rest
        waitingCount -= waiting.count - rest.count
        guard !askers.isEmpty else { return nil }
        // Names of another encoding would make the whole query fail.
        let question = CatalogQuestion(
            relations: relations.filter(Self.isUTF8), functions: functions.filter(Self.isUTF8))
        return CatalogConnection.Round(
            askers: askers, question: question, reading: CatalogReading(question))
    }

    private static func isUTF8(_ name: [UInt8]) -> Bool {
        String(validating: name, as: UTF8.self) != nil
    }

    /// The query of a round came to its end.
    func finished(_ round: CatalogConnection.Round, _ database: Int) {
        if let failure = round.failure {
            // One asker's names must not keep the others from their answers.
            guard round.askers.count == 1, let asker = round.askers.first else {
                return requeue(
                    round.askers.map { asker in
                        var asker = asker
                        asker.isAlone = true
                        return asker
                    }, database)
            }
            log(.debug1, "the catalog could not be asked for some names: \(failure)")
            return answer(asker, .facts(CatalogFacts().answer(asker.question)), database)
        }
        var facts = round.reading.facts()
        if round.isStale {
            facts.expiresAt = reactor.now &+ min(settings.catalogLifetime, Self.restlessLifetime)
        } else {
            facts.expiresAt = reactor.now &+ settings.catalogLifetime
            for (name, found) in facts.relations {
                relations.learned(found, of: name, database: database, expiresAt: facts.expiresAt)
            }
            for (name, found) in facts.functions {
                functions.learned(found, of: name, database: database, expiresAt: facts.expiresAt)
            }
        }
        var again: [CatalogAsker] = []
        for var asker in round.askers {
            asker.staleAnswers += 1
            if round.isStale, asker.staleAnswers <= Self.staleAnswersMax {
                again.append(asker)
            } else {
                answer(asker, .facts(facts.answer(asker.question)), database)
            }
        }
        requeue(again, database)
    }

    /// A database cannot be asked: everybody who waits hears so.
    func unavailable(_ database: Int, until: UInt64, _ reason: String, hint: String?) {
        guard var state = databases[database] else { return }
        for asker in state.waiting { answer(asker, .unavailable(until: until), database) }
        waitingCount -= state.waiting.count
        state.waiting = []
        state.unavailableUntil = until
        if !state.isReported {
            state.isReported = true
            let name = String(decoding: state.name, as: UTF8.self)
            log(
                .warning, "the catalog of database \"\(name)\" cannot be asked: \(reason)",
                detail: "Calls of functions that are not PostgreSQL's own go to the primary, and "
                    + "bind their sessions to it.", hint: hint)
        }
        databases[database] = state
    }

    // MARK: Changes

    /// The catalog of a database changed: whatever was read before may be wrong.
    private func changed(_ database: Int) {
        forget(database)
        databases[database]?.primaryUntil = reactor.now &+ Self.replayGrace
        for mailbox in shared.mailboxes { mailbox.post(.catalogForgotten(database: database)) }
    }

    /// - Parameter database: nil for all.
    private func forget(_ database: Int?) {
        if let database {
            relations.forget(database: database)
            functions.forget(database: database)
        } else {
            relations.forgetAll()
            functions.forgetAll()
        }
        for slot in connections.indices
        where database == nil || connections[slot].database == database {
            connections[slot].round?.isStale = true
        }
    }

    private func clusterChanged(_ cluster: ClusterState) {
        self.cluster = cluster
        if let writer = cluster.writer, writer != self.writer {
            // The last changes may be lost on the new primary.
            if self.writer != nil {
                forget(nil)
                for mailbox in shared.mailboxes { mailbox.post(.catalogForgotten(database: nil)) }
            }
            self.writer = writer
        }
        let isPrimaryAsked = settings.settings.relcacheQueryTarget == .primary
        for slot in connections.indices where connections[slot].phase != .closed {
            let node = connections[slot].node
            if !cluster.isUsable(node) || (isPrimaryAsked && node != cluster.writer) {
                restart(slot)
            }
        }
        for database in databases.keys { pump(database) }
    }

    private func settingsChanged(_ settings: WorkerSettings) {
        self.settings = settings
        relations.resize(Self.memorySize(settings, shared))
        functions.resize(Self.memorySize(settings, shared))
        for slot in connections.indices where connections[slot].phase != .closed { restart(slot) }
        // What could not be asked may be asked now.
        for database in databases.keys {
            databases[database]?.isReported = false
            databases[database]?.unavailableUntil = 0
        }
        for database in databases.keys { pump(database) }
    }

    func log(
        _ severity: Severity, _ message: String, detail: String? = nil, hint: String? = nil
    ) {
        guard shared.log.isEnabled(severity) else { return }
        shared.log.emit(
            LogRecord(severity, message, detail: detail, hint: hint, process: "catalog"))
    }
}

/// Hands the catalog thread's object to its thread, which alone touches it from then on.
final class CatalogBox: @unchecked Sendable {
    let thread: CatalogThread
    init(_ thread: CatalogThread) { self.thread = thread }
}
