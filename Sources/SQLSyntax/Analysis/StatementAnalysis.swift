/// What one message's SQL text is, as far as routing needs to know.
///
/// Depends on the text, the `TextDialect` and the `AnalysisOptions` only, never on a session or a
/// cluster, so that it can be cached. Belongs to the worker whose `StatementAnalyzer` gave it.
public struct StatementAnalysis: Equatable, Sendable {
    public var kind: StatementKind
    public var reason: AnalysisReason
    /// The strongest effect of its statements.
    public var effect: StatementEffect
    /// The traits of all its statements.
    public var traits: StatementTraits
    /// CERTAINLY a read which any hot standby can run with the same answer, as far as text shows.
    /// Transaction control is not a read.
    ///
    /// What text does not show: unlogged tables (a standby refuses to read them), temporary tables
    /// (who makes one is pinned), views, operators and casts that call writing functions (a standby
    /// refuses the write), and functions that hide built-in ones (`BuiltInFunctions`).
    public var isReadOnly: Bool
    /// After it the session can still be served by another server connection: it leaves nothing
    /// behind that only one connection knows. Anything else pins the session to the primary.
    public var keepsSessionMovable: Bool
    /// Non-empty statements in the text; beyond ten thousand the rest counts as one.
    public var statementCount: UInt16
    /// Its statements; nil when what is above is all that there is to know: no relation, no function
    /// of which the catalog would know more, no command to the session.
    public var detail: StatementDetail?

    public init(
        kind: StatementKind, reason: AnalysisReason, effect: StatementEffect = .write,
        traits: StatementTraits = [], isReadOnly: Bool = false,
        keepsSessionMovable: Bool = false, statementCount: UInt16 = 1,
        detail: StatementDetail? = nil
    ) {
        self.kind = kind
        self.reason = reason
        self.effect = effect
        self.traits = traits
        self.isReadOnly = isReadOnly
        self.keepsSessionMovable = keepsSessionMovable
        self.statementCount = statementCount
        self.detail = detail
    }

    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO; alone in its text.
    public var isTransactionControl: Bool { self.reason == .transactionControl }

    /// A text that was cut at a limit: nothing is known of it.
    public static let tooLong = StatementAnalysis(
        kind: .tooLong, reason: .textTooLong, traits: .isUnknown)
}

extension StatementAnalysis {
    /// The sum of what a text's statements are.
    init(_ message: ParsedMessage, options: AnalysisOptions) {
        let statements = message.statements
        guard let first = statements.first else {
            self.init(
                kind: .empty, reason: .emptyStatement, effect: .nothing, isReadOnly: true,
                keepsSessionMovable: true, statementCount: 0,
                detail: options.usesShapes ? nil : StatementDetail([]))
            return
        }
        self.init(
            kind: first.kind, reason: first.reason, effect: first.effect, traits: first.traits,
            statementCount: UInt16(clamping: statements.count))
        for statement in statements.dropFirst() {
            self.effect = max(self.effect, statement.effect)
            self.traits.formUnion(statement.traits)
        }
        if let fault = message.fault {
            // PostgreSQL runs nothing of the text.
            let isUnterminated = fault.kind == .unterminated
            self.kind = isUnterminated ? .unterminated : .other
            self.reason = isUnterminated ? .unterminatedText : .containsUnknownConstruct
            if first.reason == .invalidEncoding { self.reason = .invalidEncoding }
            self.effect = .write
            self.traits.insert(.isUnknown)
        } else if statements.count > 1 {
            self.kind = .multiple
            self.reason = .multipleStatements
        } else {
            self.isReadOnly = first.isBalancedRead
            self.keepsSessionMovable = first.leavesNothing
        }
        let isCommand = first.command != .none
        let isAll =
            statements.count == 1 && first.tables.isEmpty && first.functions.isEmpty && !isCommand
        guard !isAll || !options.usesShapes else { return }
        self.detail = StatementDetail(
            statements, isSummed: statements.count == 1 && !isCommand && message.fault == nil)
    }
}

extension StatementOutline {
    /// SELECT, VALUES, TABLE or SHOW.
    private var isQuery: Bool {
        switch self.kind {
        case .select, .values, .table, .show: true
        default: false
        }
    }

    /// See `StatementAnalysis.isReadOnly`.
    fileprivate var isBalancedRead: Bool {
        self.isQuery && (self.reason == .plainRead || self.reason == .showSetting)
    }

    /// See `StatementAnalysis.keepsSessionMovable`.
    fileprivate var leavesNothing: Bool {
        switch self.reason {
        case .plainRead, .showSetting, .showNodeSpecific, .nodeSpecificFunction,
            .nodeSpecificCatalog, .leadingComment, .leadingWhiteSpace, .noBalanceDirective:
            self.isQuery
        case .transactionControl, .poolerCommand: true
        default: false
        }
    }
}
