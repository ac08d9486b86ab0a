/// One relation of a name, with everything that keeps a standby from reading it.
public struct RelationFact: Equatable, Sendable {
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        case table, partitionedTable, view, materializedView, foreignTable, sequence
    }

    public enum Persistence: UInt8, BitwiseCopyable, Sendable {
        case permanent, unlogged, temporary
    }

    /// Nil stands for every schema: facts of too many relations, taken together.
    public var schema: [UInt8]?
    public var kind: Kind
    public var persistence: Persistence
    /// Its own and those of everything that reading it reads.
    public var hindrances: RelationHindrances
    /// Functions outside pg_catalog that reading it calls: in views, their operators and row
    /// security policies.
    public var calls: [CalledFunction]

    public init(
        schema: [UInt8]?, kind: Kind = .table, persistence: Persistence = .permanent,
        hindrances: RelationHindrances = [], calls: [CalledFunction] = []
    ) {
        self.schema = schema
        self.kind = kind
        self.persistence = persistence
        self.hindrances = hindrances
        self.calls = calls
        switch persistence {
        case .permanent: break
        case .unlogged: self.hindrances.insert(.unlogged)
        case .temporary: self.hindrances.insert(.temporary)
        }
        switch kind {
        case .foreignTable: self.hindrances.insert(.foreign)
        case .sequence: self.hindrances.insert(.sequence)
        case .table, .partitionedTable, .view, .materializedView: break
        }
        if schema == SchemaName.catalog || schema == SchemaName.information {
            self.hindrances.insert(.systemCatalog)
        }
    }

    /// Nothing keeps a standby from reading it, whatever the rules are.
    public var isPlain: Bool { self.hindrances.isEmpty && self.calls.isEmpty }
}

/// What keeps a standby from reading a relation.
public struct RelationHindrances: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let systemCatalog = RelationHindrances(rawValue: 1 << 0)
    public static let temporary = RelationHindrances(rawValue: 1 << 1)
    public static let unlogged = RelationHindrances(rawValue: 1 << 2)
    public static let foreign = RelationHindrances(rawValue: 1 << 3)
    public static let sequence = RelationHindrances(rawValue: 1 << 4)
    /// The text of a view or policy calls a writing function of PostgreSQL's, or locks rows.
    public static let writes = RelationHindrances(rawValue: 1 << 5)
    /// The text of a view or policy asks for what depends on the node.
    public static let nodeSpecific = RelationHindrances(rawValue: 1 << 6)
    /// The text of a view or policy is not understood.
    public static let unclear = RelationHindrances(rawValue: 1 << 7)
    /// The text of a view or policy has the transaction's time in it: a hindrance only where the
    /// transaction may have to move.
    public static let transactionTime = RelationHindrances(rawValue: 1 << 8)

    /// The reason that counts first under these rules, if one counts at all.
    func reason(_ rules: CatalogRules) -> CatalogReason? {
        if self.contains(.systemCatalog) { return .systemCatalog }
        if self.contains(.temporary), rules.checksTemporary { return .temporaryTable }
        if self.contains(.unlogged), rules.checksUnlogged { return .unloggedTable }
        if self.contains(.foreign) { return .foreignTable }
        if self.contains(.sequence) { return .sequence }
        if self.contains(.writes) { return .viewWrites }
        if self.contains(.nodeSpecific) { return .viewNodeSpecific }
        if self.contains(.unclear) { return .viewUnclear }
        return nil
    }
}
