public import SQLSyntax

/// Where each statement of a session would go, and why: what `trunkline explain` prints.
///
/// Walks the statements as one session would send them, one message each, and keeps the transaction
/// state that they leave if each of them succeeds.
public struct Explanation: ~Copyable {
    /// One statement and its fate.
    public struct Line: Equatable, Sendable {
        /// The statement's bytes, as given.
        public var sql: [UInt8]
        public var analysis: StatementAnalysis
        public var decision: RouteDecision
        /// What the catalog said, where that decided.
        public var catalogReason: CatalogReason?
    }

    /// What a cluster's catalog says of names, and what the settings make of it.
    public struct Catalog {
        var rules: CatalogRules
        var path: SearchPath
        var ask: (CatalogQuestion) -> CatalogAnswer

        public init(
            rules: CatalogRules, path: SearchPath,
            ask: @escaping (CatalogQuestion) -> CatalogAnswer
        ) {
            self.rules = rules
            self.path = path
            self.ask = ask
        }
    }

    private var analyzer: StatementAnalyzer
    private let dialect: TextDialect
    private let rules: RouteRules
    private let topology: RoutingTopology
    private let catalog: Catalog?
    private let isPatternListed: ([UInt8]) -> Bool
    private var store = CatalogStore(size: 10_000, lifetime: .max / 2)
    private var route = SessionRoute()

    /// - Parameters:
    ///   - topology: a cluster as it is, or any with a primary and a standby when no server is
    ///     asked.
    ///   - catalog: nil: only the texts are looked at.
    ///   - isPatternListed: `primary_routing_query_pattern_list` has this text.
    ///   - afterWrite: `disable_load_balance_on_write`.
    ///   - defaults: modes that transactions get without saying so.
    public init(
        topology: RoutingTopology, options: AnalysisOptions = AnalysisOptions(),
        dialect: TextDialect = .standard, afterWrite: RouteRules.AfterWrite = .balances,
        defaults: TransactionModes = TransactionModes(isolation: .readCommitted, isReadOnly: false),
        catalog: Catalog? = nil, isPatternListed: @escaping ([UInt8]) -> Bool = { _ in false }
    ) {
        // Each statement is seen once here: there is nothing to remember.
        self.analyzer = StatementAnalyzer(options: options, cacheBytesMax: 0)
        self.dialect = dialect
        self.rules = topology.rules(afterWrite: afterWrite)
        self.topology = topology
        self.catalog = catalog
        self.isPatternListed = isPatternListed
        self.route.defaults = defaults
    }

    /// Explains all statements of a text that semicolons separate.
    public mutating func explain(script: [UInt8]) -> [Line] {
        StatementSplitter.split(script.span, dialect: self.dialect).map {
            self.explain(message: Array(script[$0]))
        }
    }

    /// Explains messages that NUL bytes separate; each may hold several statements. An empty last
    /// one is left out.
    public mutating func explain(nulSeparated text: [UInt8]) -> [Line] {
        var messages = text.split(separator: 0, omittingEmptySubsequences: false)
        if let last = messages.last, last.isEmpty { messages.removeLast() }
        return messages.map { self.explain(message: Array($0)) }
    }

    /// Explains one message as it is, without splitting it.
    public mutating func explain(message: [UInt8]) -> Line {
        let analysis = self.analyzer.analyze(message.span, dialect: self.dialect)
        var request = RouteRequest(analysis)
        request.canBeHeld = true
        request.canBeRefused = true
        if self.isPatternListed(message) { request.barrier = .patternListed }
        var reason: CatalogReason?
        if request.traits.contains(.runsUnseenCode), !self.route.isPinned, self.catalog != nil {
            reason = self.consult(analysis, &request)
            request.unseenCodeIsClean =
                request.barrier != .catalogUnknown && !request.leavesState && !request.runsBlock
        }
        var decision = self.route.decide(request, rules: self.rules)
        if self.mayRunOnStandby(decision) {
            if request.barrier == nil { reason = self.consult(analysis, &request) }
            decision = self.route.decide(request, rules: self.rules)
        }
        if decision.action == .reader, !self.hasReader {
            decision = RouteDecision(.primary, .standbyDelayed)
        }
        self.follow(request, decision)
        return Line(sql: message, analysis: analysis, decision: decision, catalogReason: reason)
    }

    private func mayRunOnStandby(_ decision: RouteDecision) -> Bool {
        switch decision.action {
        case .reader: true
        case .home: self.route.home == .standby
        case .primary, .move, .hold, .finish, .refuse: false
        }
    }

    /// A node with a share may be read from now.
    private var hasReader: Bool {
        self.topology.nodes.contains { self.topology.mayRead(from: $0.id) && $0.getsReads }
    }

    /// Adds what the catalog says of a message.
    private mutating func consult(
        _ analysis: StatementAnalysis, _ request: inout RouteRequest
    ) -> CatalogReason? {
        guard let catalog = self.catalog, let detail = analysis.detail else { return nil }
        for _ in 0..<2 {
            let lookup = self.store.verdict(
                detail, database: 0, path: catalog.path, rules: catalog.rules, now: 0)
            switch lookup {
            case .known(.anyNode): return nil
            case .known(.transactionTime):
                request.addTransactionTime()
                return nil
            case .known(.primaryOnly(let reason, let leavesState)):
                request.barrier = .catalog
                if leavesState { request.leavesState = true }
                return reason
            case .missing(let question):
                self.store.learned(catalog.ask(question), database: 0, now: 0)
            }
        }
        request.barrier = .catalogUnknown
        if request.traits.contains(.runsUnseenCode) { request.leavesState = true }
        return nil
    }

    /// The state of the session after a request that succeeds.
    private mutating func follow(_ request: RouteRequest, _ decision: RouteDecision) {
        let toPrimary: Bool
        switch decision.action {
        case .reader: toPrimary = false
        case .primary, .move: toPrimary = true
        case .home: toPrimary = self.route.home == .primary
        case .hold, .finish: toPrimary = false
        case .refuse: return
        }
        let wasOpen = self.route.home != .none
        self.route.sent(request, decision, toPrimary: toPrimary)
        switch decision.action {
        case .hold, .finish, .refuse: break
        case .reader, .primary, .home, .move:
            let isOpen = request.begins != nil || wasOpen
            let staysOpen = isOpen && (!request.ends || request.isChained)
            self.route.settled(isIdle: !staysOpen)
        }
    }
}

extension Explanation.Line {
    /// Where it goes, for a person and for JSON.
    public var target: String {
        switch self.decision.action {
        case .primary, .move: "primary"
        case .reader: "standby or any node by weight"
        case .home: self.decision.reason == .transactionOnStandby ? "its standby" : "primary"
        case .hold, .finish, .refuse: "nowhere"
        }
    }

    /// One sentence or two: what decided, and what the statement is where that decided.
    public var sentence: String {
        switch self.decision.reason {
        case .balancedRead: self.analysis.reason.sentence
        case .catalog,
            .pinsSession where self.catalogReason != nil:
            "\(self.catalogReason?.sentence ?? "") \(self.decision.reason.sentence)"
        case .writes, .primaryOnlyRead, .sessionControl, .pinsSession, .transactionControl:
            "\(self.analysis.reason.sentence) \(self.decision.reason.sentence)"
        default: self.decision.reason.sentence
        }
    }

    /// Stable word of what decided; the analysis' own where the statement itself did.
    public var reason: String {
        switch self.decision.reason {
        case .catalog,
            .pinsSession where self.catalogReason != nil:
            self.catalogReason?.word ?? self.decision.reason.word
        case .writes, .primaryOnlyRead, .sessionControl, .pinsSession, .balancedRead:
            self.analysis.reason.word
        default: self.decision.reason.word
        }
    }

    /// Lines for a terminal: the statement on one line, then where it goes and why.
    public var text: String {
        """
        \(TextEscapes.singleLine(self.sql))
            -> \(self.target): \(self.sentence)
        """
    }

    /// One JSON object on one line. Bytes that are not UTF-8 are replaced.
    public var json: String {
        var fields: [String] = []
        fields.append("\"sql\":\(TextEscapes.json(self.sql))")
        fields.append("\"kind\":\"\(self.analysis.kind.word)\"")
        fields.append("\"read_only\":\(self.analysis.isReadOnly)")
        fields.append("\"reason\":\"\(self.reason)\"")
        fields.append("\"sentence\":\(TextEscapes.json(Array(self.sentence.utf8)))")
        fields.append("\"target\":\"\(self.target)\"")
        fields.append("\"decision\":\"\(self.decision.reason.word)\"")
        fields.append("\"statements\":\(self.analysis.statementCount)")
        return "{\(fields.joined(separator: ","))}"
    }
}
