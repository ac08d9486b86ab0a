public import PostgresWire

/// A transaction whose server is gone, for certain without having committed: it is answered for as
/// a failed transaction until the client ends it (HF-19, class C). Message in, answers out.
public struct LostTransaction: Equatable, Sendable {
    /// What a statement would do to the transaction.
    public enum Statement: Equatable, Sendable {
        /// ROLLBACK or ABORT, alone.
        case rollback
        /// COMMIT or END, alone.
        case commit
        case other
    }

    public enum Message: Equatable, Sendable {
        case query(Statement)
        case parse(Statement)
        case bind(Statement)
        case describe(isStatement: Bool)
        case execute
        case close
        case flush
        case sync
    }

    public enum Answer: Equatable, Sendable {
        /// The transaction is lost: said once.
        case lost
        /// As PostgreSQL says in a failed transaction (25P02).
        case failed
        case parseComplete
        case bindComplete
        case noData(withParameters: Bool)
        case closeComplete
        /// CommandComplete with the tag ROLLBACK.
        case rolledBack
        case ready(TransactionStatus)
    }

    /// The client knows.
    private var isTold: Bool
    /// What comes up to the next Sync is ignored.
    private var isSkipping: Bool
    /// What was parsed, and what the portal holds, in the open segment.
    private var parsed = Statement.other
    private var bound = Statement.other
    /// The transaction has ended: with the next ReadyForQuery the session is as any other.
    private var isEnded = false

    /// - Parameters:
    ///   - isTold: The client was sent the error, or the transaction had failed before.
    ///   - isSkipping: The error answers a segment whose Sync has not come yet.
    public init(isTold: Bool, isSkipping: Bool = false) {
        self.isTold = isTold
        self.isSkipping = isSkipping
    }

    /// The client may begin something new.
    public private(set) var isOver = false

    public mutating func received(_ message: Message) -> [Answer] {
        if message == .sync {
            isSkipping = false
            return [ready()]
        }
        // Up to the next Sync PostgreSQL ignores all else, simple queries too.
        if isSkipping { return [] }
        switch message {
        case .query(let statement): return execute(statement) + [ready()]
        case .parse(let statement):
            parsed = statement
            return statement == .other ? fail() : [.parseComplete]
        case .bind(let statement):
            bound = statement
            return statement == .other ? fail() : [.bindComplete]
        case .describe(let isStatement):
            // What would return rows must not pass for something that returns none.
            guard (isStatement ? parsed : bound) != .other else { return fail() }
            return [.noData(withParameters: isStatement)]
        case .execute:
            let answers = execute(bound)
            if answers.contains(.lost) || answers.contains(.failed) { isSkipping = true }
            return answers
        case .close: return [.closeComplete]
        case .flush, .sync: return []
        }
    }

    private mutating func execute(_ statement: Statement) -> [Answer] {
        switch statement {
        case .rollback:
            isEnded = true
            return [.rolledBack]
        // COMMIT of a transaction that is known to have failed is a ROLLBACK; of one that is not,
        // that would pass for success.
        case .commit:
            isEnded = true
            return isTold ? [.rolledBack] : [said()]
        case .other: return [said()]
        }
    }

    private mutating func fail() -> [Answer] {
        isSkipping = true
        return [said()]
    }

    private mutating func said() -> Answer {
        defer { isTold = true }
        return isTold ? .failed : .lost
    }

    private mutating func ready() -> Answer {
        parsed = .other
        bound = .other
        guard isEnded else { return .ready(.failed) }
        isOver = true
        return .ready(.idle)
    }
}
