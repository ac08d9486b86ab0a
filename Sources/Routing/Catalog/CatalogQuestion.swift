/// Names of which the catalog of one database is asked, without their schemas: in every schema.
public struct CatalogQuestion: Hashable, Sendable {
    /// Sorted, each once.
    public private(set) var relations: [[UInt8]]
    public private(set) var functions: [[UInt8]]

    public init(relations: some Sequence<[UInt8]> = [], functions: some Sequence<[UInt8]> = []) {
        self.relations = Self.sorted(Set(relations))
        self.functions = Self.sorted(Set(functions))
    }

    public var isEmpty: Bool { self.relations.isEmpty && self.functions.isEmpty }

    /// The names of both.
    public func union(_ other: CatalogQuestion) -> CatalogQuestion {
        CatalogQuestion(
            relations: self.relations + other.relations,
            functions: self.functions + other.functions)
    }

    private static func sorted(_ names: Set<[UInt8]>) -> [[UInt8]] {
        names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// What became of a question.
public enum CatalogAnswer: Equatable, Sendable {
    case facts(CatalogFacts)
    /// The catalog of this database cannot be asked at all until then, in nanoseconds.
    case unavailable(until: UInt64)
}

/// All relations and functions of some names. A name without any is a fact, too.
public struct CatalogFacts: Equatable, Sendable {
    public var relations: [[UInt8]: [RelationFact]]
    public var functions: [[UInt8]: [FunctionFact]]
    /// Names that the catalog could not be asked for; others may do better.
    public var unclear: CatalogQuestion
    /// When the first of them should be looked up again, in nanoseconds.
    public var expiresAt: UInt64

    public init(
        relations: [[UInt8]: [RelationFact]] = [:], functions: [[UInt8]: [FunctionFact]] = [:],
        unclear: CatalogQuestion = CatalogQuestion(), expiresAt: UInt64 = .max
    ) {
        self.relations = relations
        self.functions = functions
        self.unclear = unclear
        self.expiresAt = expiresAt
    }

    /// What of it answers a question that asks for fewer names.
    public func answer(_ question: CatalogQuestion) -> CatalogFacts {
        var answer = CatalogFacts(expiresAt: self.expiresAt)
        for name in question.relations { answer.relations[name] = self.relations[name] }
        for name in question.functions { answer.functions[name] = self.functions[name] }
        answer.unclear = CatalogQuestion(
            relations: question.relations.filter { self.relations[$0] == nil },
            functions: question.functions.filter { self.functions[$0] == nil })
        return answer
    }
}
