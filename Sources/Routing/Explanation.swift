package import SQLSyntax

/// Where each statement of a session would go, and why: what `trunkline explain` prints.
///
/// Walks the statements as one session would send them, one message each, and keeps the transaction
/// state that they leave if each of them succeeds.
package struct Explanation: ~Copyable {
    /// One statement and its fate.
    package struct Line: Equatable, Sendable {
        /// The statement's bytes, as given.
        package var sql: [UInt8]
        package var analysis: StatementAnalysis
        package var decision: RouteDecision
    }

    private var analyzer: StatementAnalyzer
    private let dialect: TextDialect
    private let rules: RouteRules
    private var route = SessionRoute()

    /// - Parameters:
    ///   - topology: a cluster as it is, or any with a primary and a standby when no server is
    ///     asked.
    ///   - afterWrite: `disable_load_balance_on_write`.
    ///   - defaults: modes that transactions get without saying so.
    package init(
        topology: RoutingTopology, options: AnalysisOptions = AnalysisOptions(),
        dialect: TextDialect = .standard, afterWrite: RouteRules.AfterWrite = .balances,
        defaults: TransactionModes = TransactionModes(isolation: .readCommitted, isReadOnly: false)
    ) {
        // Each statement is seen once here: there is nothing to remember.
        self.analyzer = StatementAnalyzer(options: options, cacheBytesMax: 0)
        self.dialect = dialect
        self.rules = topology.rules(afterWrite: afterWrite)
        self.route.defaults = defaults
    }

    /// Explains all statements of a text that semicolons separate.
    package mutating func explain(script: [UInt8]) -> [Line] {
        StatementSplitter.split(script.span, dialect: self.dialect).map {
            self.explain(message: Array(script[$0]))
        }
    }

    /// Explains messages that NUL bytes separate; each may hold several statements. An empty last
    /// one is left out.
    package mutating func explain(nulSeparated text: [UInt8]) -> [Line] {
        var messages = text.split(separator: 0, omittingEmptySubsequences: false)
        if let last = messages.last, last.isEmpty { messages.removeLast() }
        return messages.map { self.explain(message: Array($0)) }
    }

    /// Explains one message as it is, without splitting it.
    package mutating func explain(message: [UInt8]) -> Line {
        let analysis = self.analyzer.analyze(message.span, dialect: self.dialect)
        var request = RouteRequest(analysis)
        request.canBeHeld = true
        request.canBeRefused = true
        let decision = self.route.decide(request, rules: self.rules)
        self.follow(request, decision)
        return Line(sql: message, analysis: analysis, decision: decision)
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
    package var target: String {
        switch self.decision.action {
        case .primary, .move: "primary"
        case .reader: "standby or any node by weight"
        case .home: self.decision.reason == .transactionOnStandby ? "its standby" : "primary"
        case .hold, .finish, .refuse: "nowhere"
        }
    }

    /// One sentence or two: what decided, and what the statement is where that decided.
    package var sentence: String {
        switch self.decision.reason {
        case .balancedRead: self.analysis.reason.sentence
        case .writes, .primaryOnlyRead, .sessionControl, .pinsSession, .transactionControl:
            "\(self.analysis.reason.sentence) \(self.decision.reason.sentence)"
        default: self.decision.reason.sentence
        }
    }

    /// Stable word of what decided; the analysis' own where the statement itself did.
    package var reason: String {
        switch self.decision.reason {
        case .writes, .primaryOnlyRead, .sessionControl, .pinsSession, .balancedRead:
            self.analysis.reason.word
        default: self.decision.reason.word
        }
    }

    /// Lines for a terminal: the statement on one line, then where it goes and why.
    package var text: String {
        """
        \(TextEscapes.singleLine(self.sql))
            -> \(self.target): \(self.sentence)
        """
    }

    /// One JSON object on one line. Bytes that are not UTF-8 are replaced.
    package var json: String {
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
