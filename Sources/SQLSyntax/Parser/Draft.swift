/// What is found in one statement while it is parsed.
struct Draft {
    struct Findings: OptionSet, BitwiseCopyable {
        var rawValue: UInt32
        /// INSERT, UPDATE, DELETE or MERGE as the statement itself or inside WITH.
        static let changesData = Findings(rawValue: 1 << 0)
        static let selectInto = Findings(rawValue: 1 << 1)
        static let rowLock = Findings(rawValue: 1 << 2)
        static let callsWriting = Findings(rawValue: 1 << 3)
        static let callsUnknown = Findings(rawValue: 1 << 4)
        static let callsNodeSpecific = Findings(rawValue: 1 << 5)
        static let callsVolatile = Findings(rawValue: 1 << 6)
        static let callsTransactionTime = Findings(rawValue: 1 << 7)
        static let takesAdvisoryLock = Findings(rawValue: 1 << 8)
        static let leavesState = Findings(rawValue: 1 << 9)
        static let readsSystem = Findings(rawValue: 1 << 10)
        /// A construct in which tables or calls may hide.
        static let isUnknown = Findings(rawValue: 1 << 11)
        static let createsTemporary = Findings(rawValue: 1 << 12)
        static let dependsOnLiterals = Findings(rawValue: 1 << 13)
    }

    /// A relation that the text names.
    struct Table: BitwiseCopyable {
        var name: QualifiedName
        var mode: TableReference.Mode
        /// What FOR UPDATE OF would call it.
        var alias: NamePart
        /// The query that reads it: a locking clause locks the tables of its own query.
        var level: Int32
    }

    /// A call that the text makes.
    struct Call: BitwiseCopyable {
        /// Nil for calls with a syntax of their own.
        var name: QualifiedName?
        var special: SpecialCall
        var function: FunctionClass
        var argumentCount = Self.notCounted

        /// Its parentheses are not closed yet.
        static let notCounted: Int32 = -2
        /// VARIADIC, a star, or a syntax of its own.
        static let uncountable: Int32 = -1
    }

    var findings: Findings = []
    var tables: [Table] = []
    var calls: [Call] = []
    var command = SessionCommand.none
    /// Locking clauses, and names in them.
    var locks = 0
}

/// What parsing makes of one statement, before its names are put together.
struct Verdict {
    var kind: StatementKind
    var effect: StatementEffect
    var reason: AnalysisReason
    var isReadOnly: Bool
    var traits: StatementTraits = []

    /// A statement that the primary must run, whatever else it is.
    static func write(_ kind: StatementKind, _ traits: StatementTraits = []) -> Verdict {
        Verdict(
            kind: kind, effect: .write, reason: .notASelect, isReadOnly: false, traits: traits)
    }

    /// A statement that changes what the session carries.
    static func session(
        _ kind: StatementKind, isReadOnly: Bool = true, _ traits: StatementTraits = []
    ) -> Verdict {
        Verdict(
            kind: kind, effect: .sessionControl, reason: .sessionControl, isReadOnly: isReadOnly,
            traits: traits)
    }

    /// A statement that says something about its transaction.
    static func transaction(_ kind: StatementKind, isReadOnly: Bool = true) -> Verdict {
        Verdict(
            kind: kind, effect: .transactionControl, reason: .transactionControl,
            isReadOnly: isReadOnly)
    }

    /// A statement of a name that the session gave to something before.
    static func inherited(_ kind: StatementKind, _ effect: StatementEffect) -> Verdict {
        Verdict(
            kind: kind, effect: effect, reason: .inheritsNode, isReadOnly: false,
            traits: .inheritsNode)
    }

    static let unknown = Verdict(
        kind: .other, effect: .write, reason: .containsUnknownConstruct, isReadOnly: false,
        traits: .isUnknown)
}
