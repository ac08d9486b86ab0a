internal import SQLSyntax

/// Makes facts from the rows that answer ``CatalogQuery``.
public struct CatalogReading {
    /// More relations or functions of one name than this are kept as one of each schema, with the
    /// worst of them all.
    public static let factsMax = 200
    /// A relation that calls more functions than this is not understood.
    public static let callsMax = 64

    private struct Relation {
        var name: [UInt8]
        var oid: [UInt8]
        var fact: RelationFact
    }

    private let question: CatalogQuestion
    private var relations: [Relation] = []
    private var functions: [[UInt8]: [FunctionFact]] = [:]
    /// By the oid of the relation they belong to.
    private var calls: [[UInt8]: Set<CalledFunction>] = [:]
    private var texts: [[UInt8]: RelationHindrances] = [:]
    /// What was found in a text, which may belong to many relations.
    private var judged: [[UInt8]: RelationHindrances] = [:]

    /// - Parameter question: the names in the order in which they were asked for.
    public init(_ question: CatalogQuestion) { self.question = question }

    /// Takes one row: its columns in text form, nil for NULL. False: it is no row of the query's.
    public mutating func row(_ columns: [[UInt8]?]) -> Bool {
        guard columns.count == CatalogQuery.Column.allCases.count,
            let mark = columns[0]?.first.flatMap(CatalogQuery.Mark.init)
        else { return false }
        func value(_ column: CatalogQuery.Column) -> [UInt8]? { columns[column.rawValue] }
        guard let id = value(.id) else { return false }
        switch mark {
        case .relation:
            guard let name = self.name(id, self.question.relations), let oid = value(.relation),
                let schema = value(.schema), let traits = value(.traits),
                let fact = Self.relation(schema: schema, traits: traits)
            else { return false }
            self.relations.append(Relation(name: name, oid: oid, fact: fact))
        case .view, .policy:
            self.texts[id, default: []].formUnion(self.judge(value(.text)))
        case .function:
            guard let name = self.name(id, self.question.functions),
                let fact = Self.function(value)
            else { return false }
            self.functions[name, default: []].append(fact)
        case .call:
            guard let name = value(.name), let fact = Self.function(value) else { return false }
            self.calls[id, default: []].insert(CalledFunction(name: name, fact: fact))
        }
        return true
    }

    /// The facts, with an empty list for each name that the catalog does not have.
    public func facts() -> CatalogFacts {
        var facts = CatalogFacts()
        for name in self.question.relations { facts.relations[name] = [] }
        for name in self.question.functions {
            facts.functions[name] = Self.bounded(self.functions[name] ?? [])
        }
        for relation in self.relations {
            var fact = relation.fact
            fact.hindrances.formUnion(self.texts[relation.oid] ?? [])
            fact.calls = Self.ordered(self.calls[relation.oid] ?? [])
            facts.relations[relation.name, default: []].append(Self.bounded(fact))
        }
        for (name, all) in facts.relations where all.count > Self.factsMax {
            facts.relations[name] = [Self.together(all)]
        }
        return facts
    }

    // MARK: Rows

    private func name(_ ordinal: [UInt8], _ names: [[UInt8]]) -> [UInt8]? {
        guard let number = Self.number(ordinal), number >= 1, number <= names.count else {
            return nil
        }
        return names[number - 1]
    }

    private static func relation(schema: [UInt8], traits: [UInt8]) -> RelationFact? {
        guard traits.count >= 2 else { return nil }
        let kind: RelationFact.Kind
        switch traits[0] {
        case UInt8(ascii: "r"): kind = .table
        case UInt8(ascii: "p"): kind = .partitionedTable
        case UInt8(ascii: "v"): kind = .view
        case UInt8(ascii: "m"): kind = .materializedView
        case UInt8(ascii: "f"): kind = .foreignTable
        case UInt8(ascii: "S"): kind = .sequence
        default: return nil
        }
        let persistence: RelationFact.Persistence
        switch traits[1] {
        case UInt8(ascii: "p"): persistence = .permanent
        case UInt8(ascii: "u"): persistence = .unlogged
        case UInt8(ascii: "t"): persistence = .temporary
        default: return nil
        }
        var hindrances: RelationHindrances = []
        for letter in traits.dropFirst(2) {
            switch letter {
            case UInt8(ascii: "u"): hindrances.insert(.unlogged)
            case UInt8(ascii: "t"): hindrances.insert(.temporary)
            case UInt8(ascii: "f"): hindrances.insert(.foreign)
            case UInt8(ascii: "s"): hindrances.insert(.sequence)
            case UInt8(ascii: "c"): hindrances.insert(.systemCatalog)
            default: return nil
            }
        }
        return RelationFact(
            schema: schema, kind: kind, persistence: persistence, hindrances: hindrances)
    }

    private static func function(
        _ value: (CatalogQuery.Column) -> [UInt8]?
    ) -> FunctionFact? {
        guard let schema = value(.schema), let name = value(.name), let traits = value(.traits),
            let least = value(.argumentsMin).flatMap(Self.number), let language = value(.text)
        else { return nil }
        let volatility: FunctionFact.Volatility
        switch traits.first {
        case UInt8(ascii: "i"): volatility = .immutable
        case UInt8(ascii: "s"): volatility = .stable
        case UInt8(ascii: "v"): volatility = .volatile
        default: return nil
        }
        let most = value(.argumentsMax).map(Self.number)
        if let most, most == nil { return nil }
        let upper = max(least, most.flatMap { $0 } ?? least)
        var fact = FunctionFact(
            schema: schema, arguments: least...upper, isVariadic: most == nil,
            volatility: volatility, language: Self.language(language),
            mayLeaveState: traits.dropFirst().contains(UInt8(ascii: "s")),
            readsTransactionTime: traits.dropFirst().contains(UInt8(ascii: "t")))
        if volatility == .volatile, !fact.mayLeaveState {
            fact.mayLeaveState = Self.mayLeaveState(value(.body), fact.language)
        }
        if let owner = value(.extensionName) {
            fact.isHarmlessVolatile = ExtensionFunctions.isHarmless(name, of: owner)
            if ExtensionFunctions.leavesNoState(owner) { fact.mayLeaveState = false }
        }
        return fact
    }

    /// What the catalog's own look for words does not show: what the body calls.
    private static func mayLeaveState(
        _ body: [UInt8]?, _ language: FunctionFact.Language
    ) -> Bool {
        guard let body, body.count <= CatalogQuery.definitionMax else { return true }
        switch language {
        case .sql: return FunctionBody.sqlMayLeaveState(body)
        case .plpgsql: return FunctionBody.blockMayLeaveState(body)
        case .compiled, .other: return true
        }
    }

    private static func language(_ name: [UInt8]) -> FunctionFact.Language {
        switch String(decoding: name, as: UTF8.self) {
        case "sql": .sql
        case "plpgsql": .plpgsql
        case "c", "internal": .compiled
        default: .other
        }
    }

    /// A non-negative number of a few digits.
    private static func number(_ text: [UInt8]) -> Int? {
        guard !text.isEmpty, text.count <= 9 else { return nil }
        var number = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    // MARK: Texts

    private mutating func judge(_ text: [UInt8]?) -> RelationHindrances {
        guard let text, text.count <= CatalogQuery.definitionMax else { return .unclear }
        if let known = self.judged[text] { return known }
        let found = Self.hindrances(text)
        self.judged[text] = found
        return found
    }

    /// What the definition of a view or the expression of a policy shows.
    private static func hindrances(_ text: [UInt8]) -> RelationHindrances {
        let message = StatementParser.parse(
            text.span,
            options: AnalysisOptions(allowSQLComments: true, ignoreLeadingWhiteSpace: true))
        guard message.fault == nil, message.statements.count == 1,
            let statement = message.statements.first,
            !statement.traits.contains(.isUnknown)
        else { return .unclear }
        switch statement.effect {
        case .read:
            return statement.traits.contains(.usesTransactionTime) ? .transactionTime : []
        case .primaryRead: return .nodeSpecific
        case .write: return .writes
        case .nothing, .transactionControl, .sessionControl: return .unclear
        }
    }

    // MARK: Bounds

    private static func bounded(_ functions: [FunctionFact]) -> [FunctionFact] {
        guard functions.count > self.factsMax, let first = functions.first else {
            return functions
        }
        var worst = first
        worst.schema = nil
        for fact in functions {
            worst.argumentsMin = min(worst.argumentsMin, fact.argumentsMin)
            if let most = worst.argumentsMax {
                worst.argumentsMax = fact.argumentsMax.map { max($0, most) }
            }
            if fact.volatility.rawValue > worst.volatility.rawValue {
                worst.volatility = fact.volatility
            }
            worst.isHarmlessVolatile = worst.isHarmlessVolatile && fact.isHarmlessVolatile
            worst.mayLeaveState = worst.mayLeaveState || fact.mayLeaveState
            worst.readsTransactionTime =
                worst.readsTransactionTime || fact.readsTransactionTime
            if fact.language != worst.language { worst.language = .other }
        }
        return [worst]
    }

    private static func bounded(_ relation: RelationFact) -> RelationFact {
        guard relation.calls.count > self.callsMax else { return relation }
        var bounded = relation
        bounded.calls.removeLast(relation.calls.count - self.callsMax)
        bounded.hindrances.insert(.unclear)
        return bounded
    }

    /// One fact for every schema with everything that any of them has.
    private static func together(_ relations: [RelationFact]) -> RelationFact {
        var all = RelationFact(schema: nil)
        var calls: Set<CalledFunction> = []
        for fact in relations {
            all.hindrances.formUnion(fact.hindrances)
            calls.formUnion(fact.calls)
        }
        all.calls = self.ordered(calls)
        return self.bounded(all)
    }

    /// Those that may leave state first, so that a bound cuts none of them off; else by name.
    private static func ordered(_ calls: Set<CalledFunction>) -> [CalledFunction] {
        calls.sorted { left, right in
            if left.fact.mayLeaveState != right.fact.mayLeaveState {
                return left.fact.mayLeaveState
            }
            return left.name.lexicographicallyPrecedes(right.name)
        }
    }
}
