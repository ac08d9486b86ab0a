import Routing
import SQLSyntax

/// A database as a table of facts, and messages that name things in it.
struct CatalogScene {
    var facts = CatalogFacts()
    var rules = CatalogRules()
    var store = CatalogStore(size: 256, lifetime: 1_000_000_000_000)
    var now: UInt64 = 1_000_000_000

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// `name`, `schema.name`; a path of none is unknown.
    static func path(_ schemas: String?) -> SearchPath {
        guard let schemas else { return .unknown }
        return SearchPath(setting: bytes(schemas), user: bytes("alice"))
    }

    mutating func relation(
        _ name: String, _ schema: String?, _ kind: RelationFact.Kind = .table,
        _ persistence: RelationFact.Persistence = .permanent,
        hindrances: RelationHindrances = [], calls: [CalledFunction] = []
    ) {
        facts.relations[Self.bytes(name), default: []].append(
            RelationFact(
                schema: schema.map(Self.bytes), kind: kind, persistence: persistence,
                hindrances: hindrances, calls: calls))
    }

    static func function(
        _ schema: String?, _ arguments: ClosedRange<Int> = 0...0, isVariadic: Bool = false,
        _ volatility: FunctionFact.Volatility = .volatile, mayLeaveState: Bool = false
    ) -> FunctionFact {
        FunctionFact(
            schema: schema.map(bytes), arguments: arguments, isVariadic: isVariadic,
            volatility: volatility, mayLeaveState: mayLeaveState)
    }

    mutating func function(_ name: String, _ facts: FunctionFact...) {
        self.facts.functions[Self.bytes(name), default: []] += facts
    }

    /// `name`, `schema.name`, or `schema."na.me"` as a pair.
    static func table(_ name: String, in schema: String? = nil) -> TableReference {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        if schema == nil, parts.count == 2 {
            return TableReference(schema: bytes(parts[0]), name: bytes(parts[1]))
        }
        return TableReference(schema: schema.map(bytes), name: bytes(name))
    }

    /// `name`, `schema.name`, `name/2` for a call with two arguments.
    static func call(_ text: String, _ builtIn: FunctionClass = .unknown) -> FunctionReference {
        let counted = text.split(separator: "/")
        let parts = counted[0].split(separator: ".").map(String.init)
        return FunctionReference(
            schema: parts.count == 2 ? bytes(parts[0]) : nil, name: bytes(parts.last ?? ""),
            argumentCount: counted.count == 2 ? Int(counted[1]) : nil, builtIn: builtIn)
    }

    static func read(
        _ tables: [TableReference] = [], _ functions: [FunctionReference] = []
    ) -> StatementDetail {
        StatementDetail([
            StatementOutline(
                kind: .select, effect: .read, reason: .plainRead, traits: .needsFacts,
                isReadOnly: true, tables: tables, functions: functions)
        ])
    }

    mutating func look(
        _ detail: StatementDetail, path: String? = "public", database: Int = 0
    ) -> CatalogLookup {
        store.verdict(
            detail, database: database, path: Self.path(path), rules: rules, now: now)
    }

    /// Asks until the answer is known; a name that is not in the scene does not exist.
    mutating func verdict(_ detail: StatementDetail, path: String? = "public") -> CatalogVerdict? {
        for _ in 0..<2 {
            switch look(detail, path: path) {
            case .known(let verdict): return verdict
            case .missing(let question):
                store.learned(.facts(answer(question)), database: 0, now: now)
            }
        }
        return nil
    }

    func answer(_ question: CatalogQuestion) -> CatalogFacts {
        var answer = CatalogFacts()
        for name in question.relations { answer.relations[name] = facts.relations[name] ?? [] }
        for name in question.functions { answer.functions[name] = facts.functions[name] ?? [] }
        return answer
    }
}

extension CatalogVerdict {
    static func primary(_ reason: CatalogReason) -> CatalogVerdict {
        .primaryOnly(reason, leavesState: false)
    }

    static func pinned(_ reason: CatalogReason) -> CatalogVerdict {
        .primaryOnly(reason, leavesState: true)
    }
}
