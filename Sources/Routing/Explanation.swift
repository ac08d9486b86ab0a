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
    private let topology: RoutingTopology
    private var route = SessionRoute()
    private var transaction = TransactionStatus.idle

    /// - Parameter topology: a cluster as it is, or any with a primary and a standby when no server
    ///   is asked: its mode and load balancing count, its nodes do not.
    package init(
        topology: RoutingTopology, options: AnalysisOptions = AnalysisOptions(),
        dialect: TextDialect = .standard
    ) {
        // Each statement is seen once here: there is nothing to remember.
        self.analyzer = StatementAnalyzer(options: options, cacheBytesMax: 0)
        self.dialect = dialect
        self.topology = topology
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
        let decision = self.route.route(
            analysis, transaction: self.transaction, topology: self.topology)
        self.follow(analysis, message: message)
        return Line(sql: message, analysis: analysis, decision: decision)
    }

    /// The transaction state after a message that succeeds.
    private mutating func follow(_ analysis: StatementAnalysis, message: [UInt8]) {
        switch analysis.kind {
        case .begin, .startTransaction:
            self.transaction = .inTransaction
        case .commit, .rollback:
            if !Self.chains(message, dialect: self.dialect) { self.transaction = .idle }
        case .prepareTransaction:
            self.transaction = .idle
        case .multiple:
            for range in StatementSplitter.split(message.span, dialect: self.dialect) {
                let part = Array(message[range])
                let partAnalysis = self.analyzer.analyze(part.span, dialect: self.dialect)
                if partAnalysis.kind != .multiple { self.follow(partAnalysis, message: part) }
            }
        default:
            break
        }
    }

    /// COMMIT AND CHAIN, ROLLBACK AND CHAIN: the next transaction begins at once.
    private static func chains(_ message: [UInt8], dialect: TextDialect) -> Bool {
        var words: [String] = []
        var lexer = Lexer(dialect: dialect)
        while true {
            let token = lexer.next(in: message.span)
            if token.kind == .end { break }
            guard token.kind == .word else { continue }
            words.append(String(decoding: message[token.start..<token.end], as: UTF8.self))
        }
        return words.suffix(2).map { $0.lowercased() } == ["and", "chain"]
    }
}

extension Explanation.Line {
    /// Where it goes, for a person and for JSON.
    package var target: String {
        switch self.decision.target {
        case .primary: "primary"
        case .reader: "standby or any node by weight"
        }
    }

    /// One sentence: the statement's own reason, or the session's where that decides.
    package var sentence: String {
        switch self.decision.reason {
        case .sessionPinned, .insideTransaction, .rawMode, .loadBalanceOff:
            self.decision.reason.sentence
        case .balancedRead, .transactionControl, .primaryOnlyRead:
            self.analysis.reason.sentence
        case .pinsSession:
            "\(self.analysis.reason.sentence) \(self.decision.reason.sentence)"
        }
    }

    /// Stable word of what decided; the route's own where the session's past decides, else the
    /// analysis'.
    package var reason: String {
        switch self.decision.reason {
        case .sessionPinned, .insideTransaction, .rawMode, .loadBalanceOff:
            self.decision.reason.word
        case .balancedRead, .transactionControl, .primaryOnlyRead, .pinsSession:
            self.analysis.reason.word
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
        fields.append("\"statements\":\(self.analysis.statementCount)")
        return "{\(fields.joined(separator: ","))}"
    }
}
