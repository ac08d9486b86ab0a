/// One statement of a message, as far as its text shows: what it does, to what, and what it leaves
/// behind. Depends on the text, the dialect and the options only.
public struct StatementOutline: Equatable, Sendable {
    public var kind: StatementKind
    public var effect: StatementEffect
    public var reason: AnalysisReason
    public var traits: StatementTraits
    /// Executing it on a hot standby would be accepted and would change nothing outside the session.
    /// Session and transaction control is; what depends on the session's past (EXECUTE, FETCH ...)
    /// is not.
    public var isReadOnly: Bool
    /// Bytes of the statement in its message, with the comments before it and without the semicolon.
    /// Of an analysis that `StatementAnalyzer` gives it holds only if the analysis has the trait
    /// `dependsOnLiterals`: others may come from a text of the same shape.
    public var range: Range<Int>
    /// Relations named in the text, without CTE names; a superset for reads.
    public var tables: [TableReference]
    /// Calls in the text, a superset.
    public var functions: [FunctionReference]
    public var command: SessionCommand

    public init(
        kind: StatementKind, effect: StatementEffect, reason: AnalysisReason,
        traits: StatementTraits = [], isReadOnly: Bool = false, range: Range<Int> = 0..<0,
        tables: [TableReference] = [], functions: [FunctionReference] = [],
        command: SessionCommand = .none
    ) {
        self.kind = kind
        self.effect = effect
        self.reason = reason
        self.traits = traits
        self.isReadOnly = isReadOnly
        self.range = range
        self.tables = tables
        self.functions = functions
        self.command = command
    }
}

/// What a statement does to the data, weakest first: the strongest of a message decides.
public enum StatementEffect: UInt8, BitwiseCopyable, Comparable, Sendable, CaseIterable {
    /// No statement at all.
    case nothing
    /// Any node with the same data gives the same answer, unless catalog facts say otherwise.
    case read
    /// BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION.
    case transactionControl
    /// SET, RESET, DISCARD, PREPARE, LISTEN ...: writes nothing, changes what the session carries.
    case sessionControl
    /// Writes nothing, but only the primary's answer is right: the answer belongs to a node.
    case primaryRead
    /// Writes, may write, or is not understood.
    case write

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Further facts of a statement that routing asks for.
public struct StatementTraits: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Calls now(), CURRENT_TIMESTAMP or a relative, whose value is fixed by the transaction, or holds
    /// a string that dates and times read so: 'now', 'today' ...
    public static let usesTransactionTime = StatementTraits(rawValue: 1 << 0)
    /// Creates, changes or drops a relation, function or schema: catalog facts are out of date.
    public static let changesCatalog = StatementTraits(rawValue: 1 << 1)
    /// Makes a temporary object: CREATE TEMP, CREATE TEMP ... AS, SELECT INTO TEMP.
    public static let createsTemporary = StatementTraits(rawValue: 1 << 2)
    /// DECLARE ... WITH HOLD.
    public static let opensHeldCursor = StatementTraits(rawValue: 1 << 3)
    /// DECLARE without HOLD: the transaction cannot change its node any more.
    public static let opensCursor = StatementTraits(rawValue: 1 << 4)
    /// LISTEN.
    public static let listens = StatementTraits(rawValue: 1 << 5)
    /// A session-level advisory lock.
    public static let takesAdvisoryLock = StatementTraits(rawValue: 1 << 6)
    /// PREPARE in SQL, whose name lives on one connection: it can be prepared again on another one.
    public static let preparesInSQL = StatementTraits(rawValue: 1 << 7)
    /// LOAD, setseed, or a setting whose value the text does not show: state that is not replayed.
    public static let leavesOtherState = StatementTraits(rawValue: 1 << 8)
    /// Runs code whose text is not here (CALL, a user function) or that the analyser does not read
    /// (DO): it may leave state on its connection.
    public static let runsUnseenCode = StatementTraits(rawValue: 1 << 9)
    /// Names relations or functions of which only the catalog knows whether a standby can serve them.
    public static let needsFacts = StatementTraits(rawValue: 1 << 10)
    /// FETCH, MOVE, CLOSE, EXECUTE, DEALLOCATE: the node that has the named thing decides.
    public static let inheritsNode = StatementTraits(rawValue: 1 << 11)
    /// A `/*NO LOAD BALANCE*/` comment stands at either end of the text.
    public static let mustNotBalance = StatementTraits(rawValue: 1 << 12)
    /// The outcome depends on a literal, or the text itself is wanted later (PREPARE): kept by exact
    /// text only, and `range` values hold.
    public static let dependsOnLiterals = StatementTraits(rawValue: 1 << 13)
    /// Something in it is not understood.
    public static let isUnknown = StatementTraits(rawValue: 1 << 14)
    /// A statement of `DISCARD ALL`.
    public static let discardsAll = StatementTraits(rawValue: 1 << 15)

    /// State that ties the session to the connection which ran it.
    public static let sessionState: StatementTraits = [
        .createsTemporary, .opensHeldCursor, .listens, .takesAdvisoryLock, .preparesInSQL,
        .leavesOtherState,
    ]
    /// State that only the connection has which ran it: nobody can make it again elsewhere.
    public static let lastingState = sessionState.subtracting(.preparesInSQL)
}

/// A relation as written, folded unless quoted.
public struct TableReference: Hashable, Sendable {
    public enum Mode: UInt8, Sendable, BitwiseCopyable {
        case read
        /// Written or altered.
        case write
        /// Locked by a locking clause or LOCK TABLE.
        case lock
    }

    public var catalog: [UInt8]?
    public var schema: [UInt8]?
    public var name: [UInt8]
    public var mode: Mode

    public init(
        catalog: [UInt8]? = nil, schema: [UInt8]? = nil, name: [UInt8], mode: Mode = .read
    ) {
        self.catalog = catalog
        self.schema = schema
        self.name = name
        self.mode = mode
    }
}

/// A call as written, folded unless quoted.
public struct FunctionReference: Hashable, Sendable {
    public var schema: [UInt8]?
    public var name: [UInt8]
    /// Arguments between its parentheses, if they could be counted (no VARIADIC, no `*`).
    public var argumentCount: Int?
    /// What the built-in table says of the name when it belongs to pg_catalog.
    public var builtIn: FunctionClass

    public init(
        schema: [UInt8]? = nil, name: [UInt8], argumentCount: Int? = nil, builtIn: FunctionClass
    ) {
        self.schema = schema
        self.name = name
        self.argumentCount = argumentCount
        self.builtIn = builtIn
    }
}

/// What PostgreSQL's own function of a name does; overrides its volatility.
public enum FunctionClass: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// No function of PostgreSQL's: the catalog knows.
    case unknown
    /// Writes nothing and gives the same answer on every node that has the same data.
    case harmless
    /// Volatile and yet fit for a standby: random(), gen_random_uuid(), clock_timestamp() ...
    case harmlessVolatile
    /// now() and its relatives: the same within a transaction.
    case transactionTime
    /// Writes nothing, but the answer belongs to the node, its role or its server process.
    case nodeSpecific
    /// Writes, or works on a primary only.
    case writes
    /// Leaves a session-level advisory lock behind.
    case advisoryLock
    /// Leaves other state behind that is not replayed.
    case leavesState
}

/// What a statement asks of its session, with the names that are needed to follow it.
public enum SessionCommand: Equatable, Sendable {
    case none
    case transaction(TransactionCommand)
    /// SET, RESET, SET ROLE ..., or a SELECT whose only effect is set_config with literals.
    case settings([SettingChange])
    case discard(DiscardTarget)
    /// PREPARE name AS ...; the effect of what is prepared.
    case prepare(name: [UInt8], effect: StatementEffect)
    case execute(name: [UInt8])
    /// DEALLOCATE; nil for ALL.
    case deallocate(name: [UInt8]?)
    case declareCursor(name: [UInt8], isHeld: Bool)
    case fetch(name: [UInt8])
    /// CLOSE; nil for ALL.
    case closeCursor(name: [UInt8]?)
    case listen(channel: [UInt8])
    /// UNLISTEN; nil for *.
    case unlisten(channel: [UInt8]?)
    /// SHOW name, folded; `all` for ALL.
    case show(name: [UInt8])
    /// SHOW POOL_... and PGPOOL ...: for the proxy, not for a server.
    case pooler

    public enum DiscardTarget: UInt8, Sendable, BitwiseCopyable {
        case all, plans, sequences, temporary
    }
}

public enum TransactionCommand: Equatable, Sendable {
    case begin(TransactionModes)
    case commit(isChained: Bool)
    case rollback(isChained: Bool)
    case savepoint(name: [UInt8])
    case release(name: [UInt8])
    case rollbackTo(name: [UInt8])
    /// SET TRANSACTION modes, SET [LOCAL] transaction_isolation and its relatives.
    case set(TransactionModes)
    /// PREPARE TRANSACTION: ends the transaction for the session.
    case prepare
    /// COMMIT PREPARED, ROLLBACK PREPARED.
    case finishPrepared
}

/// Options of BEGIN, START TRANSACTION or SET TRANSACTION; nil = not mentioned.
public struct TransactionModes: Equatable, Sendable, BitwiseCopyable {
    public enum Isolation: UInt8, Sendable, BitwiseCopyable {
        case readUncommitted, readCommitted, repeatableRead, serializable
    }

    public var isolation: Isolation?
    public var isReadOnly: Bool?
    public var isDeferrable: Bool?
    /// False: something is there that was not understood (SNAPSHOT, future options).
    public var isUnderstood: Bool

    public init(
        isolation: Isolation? = nil, isReadOnly: Bool? = nil, isDeferrable: Bool? = nil,
        isUnderstood: Bool = true
    ) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
        self.isDeferrable = isDeferrable
        self.isUnderstood = isUnderstood
    }
}

/// One setting that a statement changes.
public struct SettingChange: Equatable, Sendable {
    public enum Scope: UInt8, Sendable, BitwiseCopyable {
        /// Until the session ends, or undone with the transaction.
        case session
        /// SET LOCAL, set_config(..., true): until the transaction ends.
        case transaction
    }

    public enum Value: Equatable, Sendable {
        /// Literals as PostgreSQL would read them, one for each list item.
        case items([[UInt8]])
        /// The value as a whole, as set_config takes it; may itself be a list.
        case whole([UInt8])
        /// TO DEFAULT, RESET.
        case standard
        /// FROM CURRENT.
        case current
    }

    /// Canonical lower-case name: `role`, `session_authorization`, `timezone`, `client_encoding`,
    /// `xmloption` for the special forms; `*` for RESET ALL; `constraints` for SET CONSTRAINTS.
    public var name: [UInt8]
    public var scope: Scope
    public var value: Value

    public init(name: [UInt8], scope: Scope, value: Value) {
        self.name = name
        self.scope = scope
        self.value = value
    }
}

/// The statements of one message, kept with the cached analysis of its text.
///
/// Only the worker that analysed the text touches it, so the room for what it concludes needs no
/// lock.
public final class StatementDetail: Equatable, @unchecked Sendable {
    public let statements: [StatementOutline]
    /// But for the names of relations and functions, the analysis that it belongs to says all that
    /// its one statement does: nobody needs to look at `statements` for that.
    public let isSummed: Bool
    /// Room for what the owner concludes from it: under which circumstances (0 = nothing yet) ...
    public var memoKey: UInt64 = 0
    /// ... and what.
    public var memo: UInt64 = 0

    /// About the memory that it takes, in bytes.
    let byteCount: Int

    public init(_ statements: [StatementOutline], isSummed: Bool = false) {
        self.statements = statements
        self.isSummed = isSummed
        self.byteCount = statements.reduce(64) { $0 + $1.byteCount }
    }

    /// Whether they say the same of their statements; where those stand does not count.
    public static func == (left: StatementDetail, right: StatementDetail) -> Bool {
        left === right
            || left.statements.elementsEqual(right.statements) { left, right in
                var moved = left
                moved.range = right.range
                return moved == right
            }
    }
}

extension StatementOutline {
    /// About the memory that it takes: each array has a header of 32 bytes, rounded up by `malloc`.
    fileprivate var byteCount: Int {
        var count = MemoryLayout<StatementOutline>.stride + 64
        count += self.tables.count * (MemoryLayout<TableReference>.stride + 64)
        count += self.functions.count * (MemoryLayout<FunctionReference>.stride + 64)
        if self.command != .none { count += 256 }
        return count
    }
}
