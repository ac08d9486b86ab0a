/// What becomes of a session when one of its server connections ends (HF-19): decided by what was on
/// its way, and by what of the session lived on the connection alone.
public struct LostConnection: Equatable, Sendable {
    /// State of the session that nobody can make again on another server.
    public enum State: Sendable {
        /// There is none.
        case none
        /// There is, and the session may go on without it (`failover_session_state` = replay).
        case dispensable
        /// There is, and the session ends with it.
        case bound
    }

    public enum Transaction: Sendable {
        case none
        /// Its BEGIN was answered by the proxy, and no server knows of it.
        case held
        /// It has only read on this server, and can go on on another one.
        case movable
        /// It goes with its server.
        case settled
    }

    public enum Fate: Equatable, Sendable {
        /// The session waits for nothing from there: it does not notice (class A).
        case goOn
        /// What was asked is asked again elsewhere (E).
        case repeatRead
        /// A read has to be asked again by the client: a part of its answer is there (F).
        case failRead
        /// The transaction is lost for certain, the session goes on (C).
        case loseTransaction
        /// The session ends (B); with `isUnknown` nobody knows what took effect (D).
        case end(isUnknown: Bool)
        /// The client has a part of a message: nothing can be said to it.
        case cut
    }

    /// The session used this connection last, or has its transaction or its state there.
    public var concernsSession = true
    public var state = State.none
    public var transaction = Transaction.none
    /// The client waits for nothing from there, and is not within a message of its own.
    public var isQuiet = true
    /// A part of a message has reached the client.
    public var isMidMessage = false
    /// The server has told the client that it ends the session.
    public var saidGoodbye = false
    /// A part of a message of the client's has reached the server.
    public var isHalfAsked = false
    /// The client's batch is not at its Sync yet.
    public var isMidSegment = false
    /// What is on its way changes the session or its transaction if it succeeds.
    public var changesSession = false
    /// It ends the transaction.
    public var endsTransaction = false
    /// It writes, or may do.
    public var mayWrite = false
    /// Nothing of its answer has reached the client, and its bytes are still here.
    public var canRepeat = false

    public init() {}

    /// Nothing that the session needs lives on this connection alone.
    public var isMovable: Bool { state != .bound && transaction != .settled }

    /// What is open in the transaction can be told to be lost: nothing else of the session goes with
    /// it, and its COMMIT was not sent.
    public var isLosable: Bool {
        guard state != .bound, !endsTransaction, !isHalfAsked else { return false }
        switch transaction {
        case .none, .held: return false
        case .movable, .settled: return true
        }
    }

    public var fate: Fate {
        if isMidMessage { return .cut }
        guard concernsSession else { return .goOn }
        if isMovable, isQuiet { return .goOn }
        if isMovable, canRepeat { return .repeatRead }
        if saidGoodbye { return .end(isUnknown: !isQuiet) }
        if isLosable { return .loseTransaction }
        let isRead = !changesSession && !mayWrite && !isHalfAsked && !isMidSegment
        if isMovable, transaction == .none, isRead { return .failRead }
        return .end(isUnknown: !isQuiet)
    }

    /// The session goes on, and has lost its state.
    public var losesState: Bool {
        guard concernsSession, state == .dispensable else { return false }
        switch fate {
        case .goOn, .repeatRead, .failRead, .loseTransaction: return true
        case .end, .cut: return false
        }
    }
}
