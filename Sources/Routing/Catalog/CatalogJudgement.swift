internal import SQLSyntax

/// Applies facts to the names of one message and keeps what weighs most.
struct CatalogJudgement {
    private let path: SearchPath
    private let rules: CatalogRules
    /// Of all names that the message asks for; a name that is not here could not be looked up.
    var facts = CatalogFacts()
    private var reason: CatalogReason?
    private var leavesState = false
    private var readsTransactionTime = false

    init(path: SearchPath, rules: CatalogRules) {
        self.path = path
        self.rules = rules
    }

    var verdict: CatalogVerdict {
        guard let reason = self.reason else {
            return self.readsTransactionTime ? .transactionTime : .anyNode
        }
        return .primaryOnly(reason, leavesState: self.leavesState)
    }

    /// The names that a message needs facts of.
    static func question(_ detail: StatementDetail) -> CatalogQuestion {
        var relations: Set<[UInt8]> = []
        var functions: Set<[UInt8]> = []
        for statement in detail.statements {
            if statement.mayBeBalanced {
                for table in statement.tables where !table.isSystem { relations.insert(table.name) }
            }
            if statement.callsMatter {
                for function in statement.functions where !function.isCertainlyBuiltIn {
                    functions.insert(function.name)
                }
            }
        }
        return CatalogQuestion(relations: relations, functions: functions)
    }

    /// There are too many names to know them all at once.
    mutating func gaveUp() {
        self.reason = .tooManyNames
        self.leavesState = true
    }

    mutating func judge(_ detail: StatementDetail) {
        for statement in detail.statements {
            if statement.mayBeBalanced {
                for table in statement.tables where !table.isSystem { self.judge(table) }
            }
            if statement.callsMatter {
                for function in statement.functions { self.judge(function) }
            }
        }
    }

    // MARK: Relations

    private mutating func judge(_ table: TableReference) {
        // What could not be looked up counts as ordinary: a standby refuses what it cannot read.
        for fact in self.meant(table, self.facts.relations[table.name] ?? []) {
            if let reason = fact.hindrances.reason(self.rules) { self.found(reason) }
            if fact.hindrances.contains(.transactionTime) { self.readsTransactionTime = true }
            for call in fact.calls { self.judge(call) }
        }
    }

    /// The relations of the name that this mention may mean.
    private func meant(_ table: TableReference, _ facts: [RelationFact]) -> [RelationFact] {
        if let schema = table.schema.map(SchemaName.stored) {
            if SchemaName.isTemporary(schema) {
                return facts.filter { $0.hindrances.contains(.temporary) }
            }
            return facts.filter { $0.schema == schema || $0.schema == nil }
        }
        guard let schemas = self.path.schemas else { return facts }
        // Whoever has a temporary one of the name sees that one first.
        var meant = facts.filter { $0.persistence == .temporary || $0.schema == nil }
        for schema in schemas {
            if let fact = facts.first(where: { $0.schema == schema }) {
                meant.append(fact)
                break
            }
        }
        return meant
    }

    // MARK: Functions

    private mutating func judge(_ function: FunctionReference) {
        let schema = function.schema.map(SchemaName.stored)
        let isBuiltIn =
            function.builtIn != .unknown && (schema == nil || schema == SchemaName.catalog)
        let written = schema.map { $0 + [UInt8(ascii: ".")] + function.name } ?? function.name
        guard !function.isCertainlyBuiltIn else {
            if case .only(let matches) = self.rules.functions,
                matches(function.name) || matches(written)
            {
                self.found(.functionListed)
            }
            return
        }
        guard let facts = self.facts.functions[function.name] else {
            return self.judgeUnknown(written, isBuiltIn: isBuiltIn)
        }
        let meant = facts.filter { fact in
            guard fact.fits(function.argumentCount) else { return false }
            // PostgreSQL's own is judged by what is known of its name.
            if isBuiltIn, fact.schema == SchemaName.catalog { return false }
            if let schema { return fact.schema == schema || fact.schema == nil }
            guard let schemas = self.path.schemas, let home = fact.schema else { return true }
            return schemas.contains(home)
        }
        if meant.contains(where: \.readsTransactionTime) { self.readsTransactionTime = true }
        switch self.rules.functions {
        case .byVolatility:
            for fact in meant where fact.writes { self.found(.functionWrites, fact) }
        case .allBut(let matches):
            if matches(written) || (isBuiltIn && meant.isEmpty) { return }
            self.foundListed(meant)
        case .only(let matches):
            if matches(written) { self.foundListed(meant) }
        }
    }

    /// Nothing is known of a name but what the text and the lists say.
    private mutating func judgeUnknown(_ written: [UInt8], isBuiltIn: Bool) {
        let reason: CatalogReason
        switch self.rules.functions {
        case .byVolatility:
            if isBuiltIn { return }
            reason = .functionUnknown
        case .allBut(let matches):
            if isBuiltIn || matches(written) { return }
            reason = .functionListed
        case .only(let matches):
            guard matches(written) else { return }
            reason = .functionListed
        }
        self.found(reason)
        if !isBuiltIn { self.leavesState = true }
    }

    /// A function that reading a relation calls: its name may be listed with or without its schema.
    private mutating func judge(_ call: CalledFunction) {
        if call.fact.readsTransactionTime { self.readsTransactionTime = true }
        let qualified = (call.fact.schema ?? []) + [UInt8(ascii: ".")] + call.name
        switch self.rules.functions {
        case .byVolatility:
            if call.fact.writes { self.found(.functionWrites, call.fact) }
        case .allBut(let matches):
            if !matches(call.name), !matches(qualified) { self.foundListed([call.fact]) }
        case .only(let matches):
            if matches(call.name) || matches(qualified) { self.foundListed([call.fact]) }
        }
    }

    private mutating func foundListed(_ facts: [FunctionFact]) {
        self.found(.functionListed)
        for fact in facts { self.found(.functionListed, fact) }
    }

    private mutating func found(_ reason: CatalogReason, _ fact: FunctionFact) {
        self.found(reason)
        if fact.mayLeaveState { self.leavesState = true }
    }

    private mutating func found(_ reason: CatalogReason) {
        guard let known = self.reason else { return self.reason = reason }
        // That something may write weighs more than where it can be read.
        if known.onlyReads, !reason.onlyReads { self.reason = reason }
    }
}

extension StatementOutline {
    /// A standby may run it as far as its text shows: what it names decides.
    fileprivate var mayBeBalanced: Bool {
        switch self.effect {
        case .read, .sessionControl: true
        case .nothing, .transactionControl, .primaryRead, .write: false
        }
    }

    /// Where it runs, or what it leaves behind there, may depend on what it calls.
    fileprivate var callsMatter: Bool {
        self.mayBeBalanced || self.traits.contains(.runsUnseenCode)
    }
}

extension TableReference {
    /// In a schema that PostgreSQL's own relations have for themselves: its text says it all.
    fileprivate var isSystem: Bool {
        self.schema == SchemaName.catalog || self.schema == SchemaName.information
    }
}

extension FunctionReference {
    /// Written with pg_catalog and known there: nobody else's function can be meant.
    fileprivate var isCertainlyBuiltIn: Bool {
        self.schema == SchemaName.catalog && self.builtIn != .unknown
    }
}
