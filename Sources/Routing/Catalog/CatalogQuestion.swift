/// Names of which the catalog of one database is asked, without their schemas: in every schema.
package struct CatalogQuestion: Hashable, Sendable {
    /// Sorted, each once.
    package private(set) var relations: [[UInt8]]
    package private(set) var functions: [[UInt8]]

    package init(relations: some Sequence<[UInt8]> = [], functions: some Sequence<[UInt8]> = []) {
        self.relations = Self.sorted(Set(relations))
        self.functions = Self.sorted(Set(functions))
    }

    package var isEmpty: Bool { self.relations.isEmpty && self.functions.isEmpty }

    /// The names of both.
    package func union(_ other: CatalogQuestion) -> CatalogQuestion {
        CatalogQuestion(
            relations: self.relations + other.relations,
            functions: self.functions + other.functions)
    }

    private static func sorted(_ names: Set<[UInt8]>) -> [[UInt8]] {
        names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// What became of a question.
package enum CatalogAnswer: Equatable, Sendable {
    case facts(CatalogFacts)
    /// The catalog of this database cannot be asked at all until then, in nanoseconds.
    case unavailable(until: UInt64)
}

/// All relations and functions of some names. A name without any is a fact, too.
package struct CatalogFacts: Equatable, Sendable {
    package var relations: [[UInt8]: [RelationFact]]
    package var functions: [[UInt8]: [FunctionFact]]
    /// Names that the catalog could not be asked for; others may do better.
    package var unclear: CatalogQuestion
    /// When the first of them should be looked up again, in nanoseconds.
    package var expiresAt: UInt64

    package init(
        relations: [[UInt8]: [RelationFact]] = [:], functions: [[UInt8]: [FunctionFact]] = [:],
        unclear: CatalogQuestion = CatalogQuestion(), expiresAt: UInt64 = .max
    ) {
        self.relations = relations
        self.functions = functions
        self.unclear = unclear
        self.expiresAt = expiresAt
    }

    /// What of it answers a question that asks for fewer names.
    package func answer(_ question: CatalogQuestion) -> CatalogFacts {
        var answer = CatalogFacts(expiresAt: self.expiresAt)
        for name in question.relations { answer.relations[name] = self.relations[name] }
        for name in question.functions { answer.functions[name] = self.functions[name] }
        answer.unclear = CatalogQuestion(
            relations: question.relations.filter { self.relations[$0] == nil },
            functions: question.functions.filter { self.functions[$0] == nil })
        return answer
    }
}
