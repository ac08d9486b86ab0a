import SQLSyntax

/// What was committed, in order: the position behind a record is what a standby must have replayed
/// to show it.
struct ModelWAL: Equatable {
    /// New values by key; empty for what changes no row.
    private(set) var records: [[Int: Int]] = []

    var position: Int { self.records.count }

    mutating func append(_ record: [Int: Int]) { self.records.append(record) }

    /// A new timeline begins here.
    mutating func cut(at position: Int) {
        self.records.removeLast(max(0, self.records.count - position))
    }

    func value(of key: Int, at position: Int) -> Int? {
        self.records.prefix(position).last { $0[key] != nil }?[key]
    }
}

/// One server connection by PostgreSQL's rules of transactions and visibility.
struct ModelServer {
    enum Answer: Equatable {
        case done
        /// Of a row, and how much of the WAL the snapshot shows.
        case value(Int?, seen: Int)
        case time(Int)
        case failed
    }

    /// What became of one statement.
    struct Outcome {
        var answer: Answer
        /// Number of the transaction in which it ran.
        var transaction: Int
        /// That transaction sees the same from its first statement to its last.
        var keepsSnapshot: Bool
    }

    enum Status { case idle, inTransaction, failed }

    private struct Undoable {
        var writes: [Int: Int] = [:]
        var hasCursor = false
        var isReadOnly: Bool
        var defaultIsRepeatable: Bool
    }

    private struct Transaction {
        var isolation: TransactionModes.Isolation
        var now: Undoable
        let before: Undoable
        var savepoints: [(name: String, state: Undoable)] = []
        var snapshot: Int?
        let startedAt: Int
        /// Promotion does not let it write.
        let beganInRecovery: Bool
        /// Ends with its message.
        var isImplicit: Bool
        var isFailed = false
    }

    private struct Refused: Error {}

    private var transaction: Transaction?
    private var transactionCount = 0
    private var defaultIsRepeatable = false

    var status: Status {
        guard let transaction else { return .idle }
        return transaction.isFailed ? .failed : .inTransaction
    }

    /// Where a message runs.
    struct Place {
        /// How far a standby has come; nil on the primary.
        var replayed: Int?
        /// The clock.
        var now: Int
        /// Values of writes: this plus the position in the message.
        var tag: Int
    }

    /// Runs a simple Query: what becomes of its statements, up to the first error.
    mutating func run(
        _ message: [ModelStatement], _ place: Place, _ wal: inout ModelWAL
    ) -> [Outcome] {
        var outcomes: [Outcome] = []
        for (index, statement) in message.enumerated() {
            do {
                let answer = try self.run(statement, index, message.count > 1, place, &wal)
                outcomes.append(self.outcome(answer))
            } catch {
                outcomes.append(self.outcome(.failed))
                if self.transaction?.isImplicit == true {
                    self.rollback()
                } else {
                    self.transaction?.isFailed = true
                }
                return outcomes
            }
        }
        if self.transaction?.isImplicit == true { self.commit(&wal) }
        return outcomes
    }

    private func outcome(_ answer: Answer) -> Outcome {
        let keepsSnapshot =
            switch self.transaction?.isolation {
            case .repeatableRead, .serializable: true
            case .readCommitted, .readUncommitted, nil: false
            }
        return Outcome(
            answer: answer, transaction: self.transactionCount, keepsSnapshot: keepsSnapshot)
    }

    /// What a standby refuses in a READ ONLY transaction, the client is told: such a transaction
    /// stays where it is.
    mutating func failLike(_ message: [ModelStatement]) -> Bool {
        guard self.transaction?.now.isReadOnly == true, message.count == 1 else { return false }
        switch message[0] {
        case .listen, .readUnlogged: break
        default: return false
        }
        self.transaction?.isFailed = true
        return true
    }

    /// The connection's transaction is given up.
    mutating func giveUp() {
        if self.transaction != nil { self.rollback() }
    }

    private mutating func run(
        _ statement: ModelStatement, _ index: Int, _ isPart: Bool, _ place: Place,
        _ wal: inout ModelWAL
    ) throws(Refused) -> Answer {
        try self.refuseIfFailed(statement)
        if self.transaction == nil { self.start(place, isImplicit: true) }
        switch statement {
        case .begin:
            self.transaction?.isImplicit = false
            try self.change(statement.modes, place)
        case .setReadOnly, .setRepeatableRead:
            try self.change(statement.modes, place)
        case .commit, .commitAndChain, .rollback:
            try self.end(statement, place, &wal)
        case .savepoint, .release, .rollbackTo:
            guard self.transaction?.isImplicit == false else { throw Refused() }
            try self.mark(statement)
        case .read(let key):
            let seen = self.snapshot(place, wal)
            return .value(
                self.transaction?.now.writes[key] ?? wal.value(of: key, at: seen), seen: seen)
        case .write(let key):
            _ = self.snapshot(place, wal)
            guard place.replayed == nil, let open = self.transaction, !open.now.isReadOnly,
                !open.beganInRecovery
            else { throw Refused() }
            self.transaction?.now.writes[key] = place.tag + index
        case .readUnlogged:
            guard place.replayed == nil else { throw Refused() }
            _ = self.snapshot(place, wal)
        case .readNode: _ = self.snapshot(place, wal)
        case .readTime:
            _ = self.snapshot(place, wal)
            return .time(self.transaction?.startedAt ?? place.now)
        case .declare:
            guard let open = self.transaction, !open.isImplicit || isPart, !open.now.hasCursor
            else { throw Refused() }
            _ = self.snapshot(place, wal)
            self.transaction?.now.hasCursor = true
        case .fetch:
            guard self.transaction?.now.hasCursor == true else { throw Refused() }
        case .listen: guard place.replayed == nil else { throw Refused() }
        case .defaultRepeatable: self.transaction?.now.defaultIsRepeatable = true
        case .resetDefault: self.transaction?.now.defaultIsRepeatable = false
        case .setLocal: break
        }
        return .done
    }

    private func refuseIfFailed(_ statement: ModelStatement) throws(Refused) {
        guard self.transaction?.isFailed == true else { return }
        switch statement {
        case .commit, .commitAndChain, .rollback, .rollbackTo: break
        default: throw Refused()
        }
    }

    /// Each statement of READ COMMITTED sees the newest; the others what the first one saw.
    private mutating func snapshot(_ place: Place, _ wal: ModelWAL) -> Int {
        let newest = place.replayed ?? wal.position
        guard let open = self.transaction else { return newest }
        switch open.isolation {
        case .readCommitted, .readUncommitted: self.transaction?.snapshot = newest
        case .repeatableRead, .serializable: self.transaction?.snapshot = open.snapshot ?? newest
        }
        return self.transaction?.snapshot ?? newest
    }

    private mutating func change(_ modes: TransactionModes?, _ place: Place) throws(Refused) {
        guard let modes, let open = self.transaction else { return }
        if let isolation = modes.isolation, isolation != open.isolation {
            guard open.snapshot == nil, open.savepoints.isEmpty,
                isolation != .serializable || place.replayed == nil
            else { throw Refused() }
            self.transaction?.isolation = isolation
        }
        if modes.isReadOnly == true { self.transaction?.now.isReadOnly = true }
    }

    private mutating func mark(_ statement: ModelStatement) throws(Refused) {
        guard var open = self.transaction else { throw Refused() }
        switch statement {
        case .savepoint(let name):
            open.savepoints.append((name, open.now))
        case .release(let name):
            guard let at = open.savepoints.lastIndex(where: { $0.name == name }) else {
                throw Refused()
            }
            open.savepoints.removeSubrange(at...)
        case .rollbackTo(let name):
            guard let at = open.savepoints.lastIndex(where: { $0.name == name }) else {
                throw Refused()
            }
            open.now = open.savepoints[at].state
            open.savepoints.removeSubrange((at + 1)...)
            open.isFailed = false
        default: break
        }
        self.transaction = open
    }

    private mutating func start(
        _ place: Place, isImplicit: Bool, isolation: TransactionModes.Isolation? = nil,
        isReadOnly: Bool = false
    ) {
        self.transactionCount += 1
        var state = Undoable(isReadOnly: false, defaultIsRepeatable: self.defaultIsRepeatable)
        let before = state
        state.isReadOnly = isReadOnly
        self.transaction = Transaction(
            isolation: isolation ?? (self.defaultIsRepeatable ? .repeatableRead : .readCommitted),
            now: state, before: before, startedAt: place.now,
            beganInRecovery: place.replayed != nil, isImplicit: isImplicit)
    }

    private mutating func end(
        _ statement: ModelStatement, _ place: Place, _ wal: inout ModelWAL
    ) throws(Refused) {
        guard let open = self.transaction else { return }
        // AND CHAIN needs a transaction block, and is no warning without one.
        if open.isImplicit, statement == .commitAndChain { throw Refused() }
        if statement == .rollback { self.rollback() } else { self.commit(&wal) }
        guard statement == .commitAndChain else { return }
        self.start(
            place, isImplicit: false, isolation: open.isolation, isReadOnly: open.now.isReadOnly)
    }

    private mutating func commit(_ wal: inout ModelWAL) {
        guard let open = self.transaction, !open.isFailed else { return self.rollback() }
        self.defaultIsRepeatable = open.now.defaultIsRepeatable
        if !open.now.writes.isEmpty { wal.append(open.now.writes) }
        self.transaction = nil
    }

    private mutating func rollback() {
        self.defaultIsRepeatable =
            self.transaction?.before.defaultIsRepeatable ?? self.defaultIsRepeatable
        self.transaction = nil
    }
}
